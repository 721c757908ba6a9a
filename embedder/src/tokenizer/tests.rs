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

#[test]
fn the_bound_holds_and_is_given_only_where_the_rules_promise_it() {
    let tokenizer = Tokenizer::from_bytes(TINY, VOCABULARY).expect("sound");
    // U+1D160 is the character that NFC makes longest, U+0958 one that it takes apart.
    for text in [
        "",
        "a",
        "nesting dolls",
        "\u{1D160}\u{1D160}",
        "\u{958}",
        "\u{FB2C}",
        "\u{1F600}",
    ] {
        let count = tokenizer.encode("", text).expect("tokens").len() - 1;
        let bound = tokenizer.count_bound(text).expect("byte level");
        assert!(count <= bound, "{text:?}: {count} tokens, at most {bound}");
    }
    let replaces = serde_json::json!({
        "type": "Replace", "pattern": {"String": "a"}, "content": "many more bytes"
    });
    let longer = Tokenizer::from_bytes(&changed("normalizer", replaces), VOCABULARY);
    assert_eq!(longer.expect("sound").count_bound("a"), None);
    let prefixed = serde_json::json!({
        "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true
    });
    let longer = Tokenizer::from_bytes(&changed("pre_tokenizer", prefixed), VOCABULARY);
    assert_eq!(longer.expect("sound").count_bound("a"), None);
}
