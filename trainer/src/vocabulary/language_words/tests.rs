//! Words are cut as the tokenizer cuts texts, and counted in shares.

use std::str::FromStr;

use super::*;
use crate::fixture::{self, text};

fn found(words: &[Word], texts: &[Text]) -> Vec<(String, Vec<(String, f64)>)> {
    let json = fixture::tokenizer_json();
    let tokenizer = Tokenizer::from_str(&json.to_string()).unwrap();
    let merges = Merges::parse(json).unwrap();
    let found = language_words(&merges, &tokenizer, (words, texts), |name| name != "no").unwrap();
    let spell = |list: &[u32]| {
        list.iter()
            .map(|id| merges.tokens[*id as usize].as_str())
            .collect()
    };
    found
        .iter()
        .map(|(language, words)| {
            let words = words.sorted().into_iter();
            let mut words: Vec<(String, f64)> =
                words.map(|(list, share)| (spell(list), share)).collect();
            words.sort_by(|a, b| a.0.cmp(&b.0));
            (language.clone(), words)
        })
        .collect()
}

#[test]
fn words_of_lists_and_texts_are_counted_in_shares() {
    let list = [Word {
        text: "zip".to_owned(),
        lang: "xx".to_owned(),
        count: 40.0,
    }];
    // `hello` and ` world` are tokens already and only count towards the total.
    let texts = [text("hello world zip zip", "xx"), text("zap", "no")];
    let found = found(&list, &texts);
    assert_eq!(found.len(), 1, "{found:?}");
    let (language, words) = &found[0];
    assert_eq!(language, "xx");
    assert_eq!(words.len(), 1, "{words:?}");
    assert_eq!(words[0].0, "\u{120}zip");
    assert!((words[0].1 - (1.0 + 2.0 / 4.0)).abs() < 1e-9, "{words:?}");
}

#[test]
fn numbers_signs_and_runs_of_spaces_are_no_words() {
    let texts = [text("qq 12 ==== \n\n  \n a_b <|im_end|>", "xx")];
    let found = found(&[], &texts);
    let words: Vec<&str> = found[0].1.iter().map(|(word, _)| word.as_str()).collect();
    // The letter before the sign is a word of its own, and whole words are not listed.
    assert_eq!(words, ["qq", "\u{120}a"], "{found:?}");
}

#[test]
fn only_a_space_may_stand_before_a_word() {
    let merges = Merges::parse(fixture::tokenizer_json()).unwrap();
    let id = |name: &str| {
        merges
            .tokens
            .iter()
            .position(|token| token == name)
            .unwrap() as u32
    };
    // A space, a tab, and a line end as byte-level tokenizers write them.
    for (first, expected) in [("\u{120}", true), ("\u{109}", false), ("\u{10a}", false)] {
        assert_eq!(is_word(&merges, &[id(first), id("q")]), expected, "{first}");
    }
    assert!(!is_word(&merges, &[id("q"), id("\u{120}")]));
    assert!(!is_word(&merges, &[id("q")]), "whole already");
}
