use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::Tokenizer;
use crate::error::ErrorKind;

const TINY: &[u8] = include_bytes!("../../tests/data/tiny/tokenizer.json");
const VOCABULARY: usize = 384;

/// The tiny tokenizer with one part of its file replaced.
fn changed(key: &str, value: serde_json::Value) -> Vec<u8> {
    let mut json: serde_json::Value = serde_json::from_slice(TINY).expect("json");
    json[key] = value;
    json.to_string().into_bytes()
}

#[test]
fn the_end_is_last_once_whether_or_not_the_file_adds_it() {
    let adds = Tokenizer::from_bytes(TINY, VOCABULARY).expect("adds");
    let without = changed("post_processor", serde_json::Value::Null);
    let appended = Tokenizer::from_bytes(&without, VOCABULARY).expect("appended");
    assert!(adds.adds_end && !appended.adds_end);
    for text in ["", "a", "nesting dolls", "an end <|im_end|>", "<|im_end|>"] {
        for prompt in ["", "Query: "] {
            let tokens = adds.encode(prompt, text).expect("tokens");
            assert_eq!(
                tokens,
                appended.encode(prompt, text).expect("tokens"),
                "{text}"
            );
            assert_eq!(tokens.last(), Some(&adds.end_token()));
            let ends = tokens
                .iter()
                .filter(|token| **token == adds.end_token())
                .count();
            assert_eq!(ends, 1 + text.matches("<|im_end|>").count(), "{text}");
        }
    }
}

#[test]
fn truncation_and_padding_of_the_file_are_off() {
    let truncation = serde_json::json!({
        "direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0
    });
    let padding = serde_json::json!({
        "strategy": {"Fixed": 500}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
        "pad_type_id": 0, "pad_token": "<|endoftext|>"
    });
    let sound = Tokenizer::from_bytes(TINY, VOCABULARY).expect("sound");
    let text = "many more than three tokens are in this text";
    let expected = sound.encode("", text).expect("tokens");
    assert!(expected.len() > 3);
    for (key, value) in [("truncation", truncation), ("padding", padding)] {
        let tokenizer = Tokenizer::from_bytes(&changed(key, value), VOCABULARY).expect(key);
        assert_eq!(
            tokenizer.encode("", text).expect("tokens"),
            expected,
            "{key}"
        );
    }
}

#[test]
fn a_tokenizer_without_an_end_is_refused() {
    let without = changed("post_processor", serde_json::Value::Null);
    let without = String::from_utf8(without)
        .expect("text")
        .replace("<|im_end|>", "<|no_end|>");
    let error = Tokenizer::from_bytes(without.as_bytes(), VOCABULARY).expect_err("no end");
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    assert!(error.to_string().contains("<|im_end|>"), "{error}");
}

#[test]
fn spans_cover_the_text_in_order() {
    let tokenizer = Tokenizer::from_bytes(TINY, VOCABULARY).expect("tokenizer");
    let text = "Dolls: \u{43a}\u{443}\u{43a}\u{43b}\u{44b} nest.";
    let spans = tokenizer.spans(text).expect("spans");
    assert_eq!(spans.first().map(|span| span.0), Some(0));
    assert_eq!(spans.last().map(|span| span.1), Some(text.len()));
    assert!(
        spans
            .windows(2)
            .all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1)
    );
}

/// The built-in model's file: rules of Qwen3, whose words go on through combining marks.
fn built_in() -> Tokenizer {
    let json = include_bytes!("../../models/built-in/tokenizer.json");
    Tokenizer::from_bytes(json, 80_000).expect("built-in")
}

/// Texts of pieces that stand in each other's way: spaces, line ends, marks, digits, signs,
/// contractions, added tokens and what looks like them, and letters of many scripts.
fn mixed() -> impl Strategy<Value = String> {
    let pieces = [
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\u{a0}",
        "\u{3000}",
        "a",
        "The",
        "it's",
        "WE'LL",
        "'",
        "na\u{ef}ve",
        "e\u{301}",
        "\u{212b}",
        "\u{915}\u{94d}\u{937}",
        "\u{92e}\u{947}\u{902}",
        "\u{627}\u{644}",
        "\u{4f60}\u{597d}",
        "\u{ac00}",
        "\u{1100}\u{1161}",
        "12",
        "3.14",
        "\u{663}",
        "<",
        "<|",
        "<|im_end|>",
        "<|im_start|>",
        "--",
        "!!",
        "\u{2026}",
        "\u{1f600}",
        "\u{200d}",
        "\u{0}",
        "hydrocortisone",
        "_",
        "//",
    ];
    let piece = prop_oneof![
        4 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-zA-Z]{1,80}",
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

#[test]
fn the_short_way_gives_the_librarys_tokens() {
    let tokenizer = built_in();
    assert!(tokenizer.short.is_some());
    let mut runner = TestRunner::new_with_rng(
        Config {
            cases: 4_000,
            failure_persistence: None,
            ..Config::default()
        },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let mut taken = std::cell::Cell::new(0);
    runner
        .run(&mixed(), |text| {
            let long = tokenizer.encode_long(&text).expect("long");
            if let Some(short) = tokenizer.encode_short(&text).expect("short") {
                taken.set(taken.get() + 1);
                prop_assert_eq!(&short, &long);
            }
            prop_assert_eq!(tokenizer.encode("", &text).expect("tokens"), long);
            Ok(())
        })
        .expect("equal");
    assert!(*taken.get_mut() > 500, "{taken:?}");
}

#[test]
fn the_short_way_is_left_for_texts_it_does_not_read() {
    let tokenizer = built_in();
    let is_short = |text: &str| tokenizer.encode_short(text).expect("tokens").is_some();
    assert!(is_short("a < b, and 1 <2>"));
    for text in ["e\u{301}", "an end <|im_end|>", "<|im_start|>"] {
        assert!(!is_short(text), "{text}");
    }
}

#[test]
fn a_file_with_other_rules_goes_the_long_way() {
    let rules = serde_json::json!({"type": "Lowercase"});
    let tokenizer =
        Tokenizer::from_bytes(&changed("normalizer", rules), VOCABULARY).expect("opens");
    assert!(tokenizer.short.is_none());
    assert_eq!(
        tokenizer.encode("", "DOLLS").expect("tokens"),
        tokenizer.encode("", "dolls").expect("tokens")
    );
}

#[test]
fn two_tokenizers_in_one_thread_keep_their_words_apart() {
    let (one, other) = (built_in(), built_in());
    let tiny = Tokenizer::from_bytes(TINY, VOCABULARY).expect("tiny");
    for tokenizer in [&one, &tiny, &other, &tiny, &one] {
        let text = "nesting dolls and nesting dolls";
        let expected = tokenizer.encode_long(text).expect("long");
        assert_eq!(tokenizer.encode("", text).expect("tokens"), expected);
    }
}
