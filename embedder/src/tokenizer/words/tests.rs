//! A word is cut once, and what is remembered has a bound.

use std::cell::Cell;

use super::*;

#[test]
fn a_word_is_cut_once_and_another_owner_cuts_it_again() {
    let cuts = Cell::new(0);
    let cut = |word: &str| {
        cuts.set(cuts.get() + 1);
        Ok(word.chars().map(u32::from).collect())
    };
    let words = Words::new();
    let mut tokens = Vec::new();
    words
        .encode(["ab", " c", "ab"].into_iter(), cut, &mut tokens)
        .unwrap();
    // A space is written as the 33rd of the bytes that do not print.
    assert_eq!(tokens, [97, 98, 256 + 32, 99, 97, 98]);
    assert_eq!(cuts.get(), 2);
    Words::new()
        .encode(["ab"].into_iter(), cut, &mut tokens)
        .unwrap();
    assert_eq!(cuts.get(), 3);
}

#[test]
fn long_words_are_cut_each_time_and_beyond_the_bound_all_is_forgotten() {
    let cuts = Cell::new(0);
    let cut = |_: &str| {
        cuts.set(cuts.get() + 1);
        Ok(vec![7])
    };
    let words = Words::new();
    let mut tokens = Vec::new();
    let long = "x".repeat(WORD_BYTES_MAX + 1);
    words
        .encode([long.as_str(), &long].into_iter(), cut, &mut tokens)
        .unwrap();
    assert_eq!(cuts.replace(0), 2);
    let many: Vec<String> = (0..=WORDS_MAX).map(|number| number.to_string()).collect();
    let many = || many.iter().map(String::as_str);
    words.encode(many(), cut, &mut tokens).unwrap();
    assert_eq!(cuts.replace(0), WORDS_MAX + 1);
    // The last word found no room and began anew, so it alone is known.
    words
        .encode(many().rev().take(2), cut, &mut tokens)
        .unwrap();
    assert_eq!(cuts.get(), 1);
}

#[test]
fn what_could_not_be_cut_is_an_error_and_is_not_remembered() {
    let words = Words::new();
    let refused = |_: &str| {
        Err(crate::error::Error::Tokenizer {
            reason: "no".to_owned(),
        })
    };
    let mut tokens = Vec::new();
    words
        .encode(["ab"].into_iter(), refused, &mut tokens)
        .unwrap_err();
    words
        .encode(["ab"].into_iter(), |_| Ok(vec![1]), &mut tokens)
        .unwrap();
    assert_eq!(tokens, [1]);
}
