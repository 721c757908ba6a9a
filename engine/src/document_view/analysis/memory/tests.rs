//! A word is analyzed once for a language, and what is remembered has a bound.

use super::*;

type Sent = Vec<(String, f32)>;

/// Asks for a word's terms; answers them, and whether they were known.
fn ask(memory: &mut Memory, language: Option<Language>, word: &str) -> (Sent, bool) {
    let (mut sent, mut is_known) = (Vec::new(), true);
    let analyze = |sink: &mut dyn FnMut(&str, f32)| {
        is_known = false;
        sink(word, 1.0);
        sink(&format!("{language:?}"), 0.5);
    };
    memory.terms(language, word, analyze, &mut |term, weight| {
        sent.push((term.to_owned(), weight));
    });
    (sent, is_known)
}

#[test]
fn a_word_is_analyzed_once_for_each_language() {
    let mut memory = Memory::default();
    let languages = [None, Some(Language::English), Some(Language::German)];
    for is_known in [false, true] {
        for word in ["die", "", "Katze"] {
            for language in languages {
                let expected = vec![(word.to_owned(), 1.0), (format!("{language:?}"), 0.5)];
                assert_eq!(ask(&mut memory, language, word), (expected, is_known));
            }
        }
    }
}

#[test]
fn a_word_without_terms_is_known_too() {
    let mut memory = Memory::default();
    let mut asked = 0;
    for _ in 0..2 {
        let none = |_: &mut dyn FnMut(&str, f32)| asked += 1;
        memory.terms(None, "a", none, &mut |term, _| panic!("{term}"));
        assert!(ask(&mut memory, None, "b").0.len() == 2);
    }
    assert_eq!(asked, 1);
}

#[test]
fn long_words_are_analyzed_each_time_and_beyond_the_bound_all_is_forgotten() {
    let mut memory = Memory::default();
    let long = "x".repeat(WORD_BYTES_MAX + 1);
    for _ in 0..2 {
        assert!(!ask(&mut memory, None, &long).1);
    }
    for number in 0..WORDS_MAX {
        assert!(!ask(&mut memory, None, &number.to_string()).1);
    }
    assert!(ask(&mut memory, None, "0").1);
    // The next word finds no room and begins anew, so it alone is known.
    assert!(!ask(&mut memory, None, "new").1);
    assert!(ask(&mut memory, None, "new").1);
    assert!(!ask(&mut memory, None, "0").1);
}
