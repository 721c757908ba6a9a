//! A word is cut once, and what is remembered has a bound.

use std::cell::Cell;

use super::*;

#[test]
fn a_word_is_cut_once_on_whatever_thread_and_another_tokenizer_cuts_it_again() {
    let cuts = Cell::new(0);
    let cut = |word: &str, tokens: &mut Vec<u32>| {
        cuts.set(cuts.get() + 1);
        tokens.extend(word.bytes().map(u32::from));
        Ok(())
    };
    let words = Words::default();
    let mut tokens = Vec::new();
    words
        .encode(["ab", " c", "ab"].into_iter(), cut, &mut tokens)
        .unwrap();
    assert_eq!(tokens, [97, 98, 32, 99, 97, 98]);
    assert_eq!(cuts.get(), 2);
    let never = |_: &str, _: &mut Vec<u32>| -> Result<()> { panic!("cut again") };
    let read = || words.encode([" c"].into_iter(), never, &mut Vec::new());
    std::thread::scope(|scope| scope.spawn(read).join().unwrap()).unwrap();
    Words::default()
        .encode(["ab"].into_iter(), cut, &mut tokens)
        .unwrap();
    assert_eq!(cuts.get(), 3);
}

#[test]
fn long_words_are_cut_each_time_and_beyond_the_bound_all_is_forgotten() {
    let cuts = Cell::new(0);
    let cut = |_: &str, tokens: &mut Vec<u32>| {
        cuts.set(cuts.get() + 1);
        tokens.push(7);
        Ok(())
    };
    let words = Words::default();
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
    let words = Words::default();
    let refused = |_: &str, _: &mut Vec<u32>| {
        Err(crate::error::Error::Tokenizer {
            reason: "no".to_owned(),
        })
    };
    let mut tokens = Vec::new();
    words
        .encode(["ab"].into_iter(), refused, &mut tokens)
        .unwrap_err();
    words
        .encode(
            ["ab"].into_iter(),
            |_, tokens| {
                tokens.push(1);
                Ok(())
            },
            &mut tokens,
        )
        .unwrap();
    assert_eq!(tokens, [1]);
}
