//! Shares of texts and of word lists, language by language.

use std::str::FromStr;

use super::*;
use crate::fixture::{self, text};

fn word(text: &str, lang: &str, count: f64) -> Word {
    Word {
        text: text.to_owned(),
        lang: lang.to_owned(),
        count,
    }
}

fn found(texts: &[Text], words: &[Word]) -> impl Fn(&str) -> f64 {
    let tokenizer = Tokenizer::from_str(&fixture::tokenizer_json().to_string()).unwrap();
    let shares = shares(&tokenizer, texts, words).unwrap();
    move |token| shares[tokenizer.token_to_id(token).unwrap() as usize]
}

#[test]
fn a_token_counts_once_a_text_and_a_language_once() {
    let texts = [
        text("hello hello", "aa"),
        text("cat", "aa"),
        text("hello", "bb"),
    ];
    let share = found(&texts, &[]);
    // Half of the first language's texts and all of the second's; one text in three is the least.
    let smooth = |share: f64| share * (2.0 / 3.0) + 1.0 / 3.0;
    assert!((share("hello") - smooth(0.75)).abs() < 1e-9);
    assert!((share("cat") - smooth(0.25)).abs() < 1e-9);
    assert!((share("dog") - smooth(0.0)).abs() < 1e-9);
}

#[test]
fn a_language_of_few_texts_is_known_by_its_word_list() {
    let texts = vec![text("cat", "aa"); TEXTS_MIN];
    let few = &texts[..TEXTS_MIN - 1];
    let words = [word("hello", "aa", 1.0), word("dog", "aa", 1e-4)];
    let share = found(few, &words);
    assert!(share("\u{120}") > 0.9, "every word stands behind a space");
    assert!(share("cat") < 0.01);
    let share = found(&texts, &words);
    assert!((share("cat") - 0.5).abs() < 0.01, "{}", share("cat"));
}
