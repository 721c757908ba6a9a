//! Learned merges join what the original leaves in pieces, and only there.

use std::str::FromStr;

use tokenizers::Tokenizer;

use super::*;
use crate::data::words::Word;
use crate::fixture;
use crate::vocabulary::language_words::language_words;
use crate::vocabulary::prune;

fn word(text: &str, count: f64) -> Word {
    Word {
        text: text.to_owned(),
        lang: "xx".to_owned(),
        count,
    }
}

#[test]
fn a_word_goes_on_through_its_marks() {
    // Two letters with a vowel sign between them.
    let word = "\u{915}\u{93e}\u{932}";
    let mut json = fixture::tokenizer_json();
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
        "use_regex": false});
    let pattern = format!(r"{WORD}|\s");
    let split = json!({
        "type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false,
    });
    json["pre_tokenizer"] = json!({"type": "Sequence", "pretokenizers": [split, bytes]});
    let words = |merges: &Merges| {
        let tokenizer = Tokenizer::from_str(&merges.json.to_string()).unwrap();
        let encoding = tokenizer.encode(word, false).unwrap();
        let mut words = encoding.get_word_ids().to_vec();
        words.dedup();
        words.len()
    };
    let merges = Merges::parse(json).unwrap();
    assert_eq!(words(&merges), 2);
    assert_eq!(words(&join_marks(merges).unwrap()), 1);
    let plain = Merges::parse(fixture::tokenizer_json()).unwrap();
    let message = join_marks(plain).unwrap_err().to_string();
    assert!(message.contains("`vocabulary.join_marks`"), "{message}");
}

fn learned(words: &[Word], count: usize) -> (Merges, Tokenizer) {
    let original = fixture::tokenizer_json();
    let tokenizer = Tokenizer::from_str(&original.to_string()).unwrap();
    let merges = Merges::parse(original).unwrap();
    let wanted = BTreeMap::from([("xx".to_owned(), count)]);
    let words = language_words(&merges, &tokenizer, (words, &[]), |_| true).unwrap();
    let merges = learn(merges, &words, &wanted).unwrap();
    let all: Vec<u32> = (0..merges.tokens.len() as u32).collect();
    let json = prune::write(&merges, &all).unwrap();
    let tokenizer = Tokenizer::from_str(&json.to_string()).unwrap();
    (merges, tokenizer)
}

fn pieces(tokenizer: &Tokenizer, text: &str) -> usize {
    tokenizer.encode(text, false).unwrap().get_ids().len()
}

#[test]
fn the_most_frequent_words_become_tokens() {
    let words = [word("zip", 10.0), word("zap", 9.0), word("quux", 0.5)];
    let before = Merges::parse(fixture::tokenizer_json())
        .unwrap()
        .tokens
        .len();
    let (merges, tokenizer) = learned(&words, 5);
    assert_eq!(merges.tokens.len(), before + 5);
    assert_eq!(pieces(&tokenizer, "a zip"), 2);
    assert_eq!(pieces(&tokenizer, "a zap"), 2);
    assert_eq!(pieces(&tokenizer, "a quux"), 6);
    assert_eq!(pieces(&tokenizer, "hello world"), 2, "as before");
}

#[test]
fn learning_ends_where_every_word_is_whole_and_repeats_exactly() {
    let words = [word("zip", 10.0), word("zap", 10.0)];
    let (merges, tokenizer) = learned(&words, 1_000);
    assert_eq!(pieces(&tokenizer, " zip"), 1);
    assert_eq!(merges.json, learned(&words, 1_000).0.json);
}

#[test]
fn special_tokens_stay_special() {
    let (_, tokenizer) = learned(&[word("zip", 1.0), word("<|im_end|>", 99.0)], 3);
    let end = tokenizer.token_to_id(prune::END_TOKEN).unwrap();
    assert_eq!(end as usize, tokenizer.get_vocab_size(true) - 1);
    assert_eq!(
        tokenizer.encode("a", true).unwrap().get_ids().last(),
        Some(&end)
    );
}
