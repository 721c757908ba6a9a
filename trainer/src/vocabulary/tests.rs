//! The smaller vocabulary is closed under merges and loses no text.

use std::collections::{BTreeMap, HashSet};
use std::str::FromStr;

use tokenizers::Tokenizer;

use crate::fixture::{self, MERGES};
use crate::vocabulary::merges::Merges;
use crate::vocabulary::prune::{self, END_TOKEN, PruneOptions, Usage};
use crate::vocabulary::script::Script;

const TEXTS: &[&str] = &[
    "hello world",
    "h\u{e4}llo  w\u{f6}rld\n",
    "cat dog",
    "\u{4f60}\u{597d}",
    "",
];

fn merges() -> Merges {
    Merges::parse(fixture::tokenizer_json()).unwrap()
}

/// Weights by the merge's product, zero for all others.
fn weights(merges: &Merges, wanted: &[(&str, f64)]) -> Vec<f64> {
    let weight = |token: &String| {
        wanted
            .iter()
            .find(|(name, _)| name == token)
            .map_or(0.0, |&(_, weight)| weight)
    };
    merges.tokens.iter().map(weight).collect()
}

fn options(tokens: usize) -> PruneOptions {
    PruneOptions {
        tokens,
        ..PruneOptions::default()
    }
}

fn choose(merges: &Merges, weights: &[f64], options: &PruneOptions) -> Vec<u32> {
    let usage = Usage {
        weights,
        counts: &BTreeMap::new(),
    };
    prune::choose_within(merges, usage, options).unwrap()
}

fn prune_to(tokens: usize, wanted: &[(&str, f64)]) -> (Merges, Vec<u32>, Tokenizer) {
    let merges = merges();
    let weights = weights(&merges, wanted);
    let kept = choose(&merges, &weights, &options(tokens));
    let json = prune::write(&merges, &kept).unwrap();
    let tokenizer = Tokenizer::from_str(&json.to_string()).unwrap();
    (merges, kept, tokenizer)
}

#[test]
fn every_kept_token_keeps_what_it_is_merged_from() {
    // Room for 256 bytes, 2 special tokens and 5 merges; ` world` alone needs 5.
    let (merges, kept, tokenizer) = prune_to(263, &[("\u{120}world", 9.0), ("hello", 5.0)]);
    let is_kept: HashSet<u32> = kept.iter().copied().collect();
    for &id in &kept {
        if let Some(rank) = merges.made_by[id as usize] {
            let [left, right, _] = merges.merges[rank];
            assert!(
                is_kept.contains(&left) && is_kept.contains(&right),
                "token {id}"
            );
        }
    }
    assert_eq!(tokenizer.get_vocab_size(true), 263);
    let tokens = tokenizer.encode("hello world", false).unwrap();
    assert_eq!(tokens.get_tokens().last().unwrap(), "\u{120}world");
    assert!(!tokens.get_tokens().contains(&"hello".to_owned()));
}

#[test]
fn the_smaller_tokenizer_reproduces_text() {
    let original = Tokenizer::from_str(&fixture::tokenizer_json().to_string()).unwrap();
    let (_, _, smaller) = prune_to(262, &[("hello", 2.0)]);
    for text in TEXTS {
        let before = original.encode(*text, false).unwrap();
        let after = smaller.encode(*text, false).unwrap();
        let expected = original.decode(before.get_ids(), false).unwrap();
        assert_eq!(smaller.decode(after.get_ids(), false).unwrap(), expected);
        assert!(after.len() >= before.len());
    }
}

#[test]
fn every_text_ends_with_the_end_token() {
    let (_, kept, tokenizer) = prune_to(262, &[]);
    let end = tokenizer.token_to_id(END_TOKEN).unwrap();
    assert_eq!(end as usize, kept.len() + 1);
    for text in TEXTS {
        assert_eq!(
            tokenizer.encode(*text, true).unwrap().get_ids().last(),
            Some(&end)
        );
    }
}

#[test]
fn a_template_of_the_original_is_replaced() {
    let merges = merges();
    let kept: Vec<u32> = (0..merges.tokens.len() as u32).collect();
    // What was written once has a template already, alone or among others.
    let once = prune::write(&merges, &kept).unwrap();
    let again = Merges::parse(once.clone()).unwrap();
    let twice = prune::write(&again, &kept).unwrap();
    assert_eq!(once["post_processor"], twice["post_processor"]);
    let mut alone = once.clone();
    alone["post_processor"] = once["post_processor"]["processors"][1].clone();
    let alone = prune::write(&Merges::parse(alone).unwrap(), &kept[..256]).unwrap();
    assert_eq!(alone["post_processor"]["type"], "TemplateProcessing");
    let tokenizer = Tokenizer::from_str(&alone.to_string()).unwrap();
    let tokens = tokenizer.encode("hi", true).unwrap();
    assert_eq!(tokens.get_tokens(), ["h", "i", END_TOKEN]);
}

#[test]
fn a_template_that_adds_something_else_is_refused() {
    let mut json = fixture::tokenizer_json();
    json["post_processor"] = serde_json::json!({
        "type": "TemplateProcessing", "special_tokens": {"<s>": {"id": "<s>", "ids": [1]}},
    });
    let merges = Merges::parse(json).unwrap();
    let message = prune::write(&merges, &[0]).unwrap_err().to_string();
    assert!(message.contains("adds `<s>`"), "{message}");
}

#[test]
fn with_room_for_all_nothing_changes() {
    let (merges, kept, tokenizer) = prune_to(10_000, &[]);
    assert_eq!(kept.len(), 256 + MERGES.len());
    assert_eq!(kept.len(), merges.tokens.len());
    let original = Tokenizer::from_str(&fixture::tokenizer_json().to_string()).unwrap();
    for text in TEXTS {
        let ids =
            |tokenizer: &Tokenizer| tokenizer.encode(*text, false).unwrap().get_ids().to_vec();
        assert_eq!(ids(&tokenizer), ids(&original));
    }
}

#[test]
fn a_script_with_a_quota_goes_first() {
    let merges = merges();
    let scripts = BTreeMap::from([("greek".to_owned(), 1)]);
    let options = PruneOptions {
        scripts,
        ..options(259)
    };
    // Room for one merge: the heaviest is not Greek, and the Greek one has no weight at all.
    let kept = choose(&merges, &weights(&merges, &[("he", 3.0)]), &options);
    let names: Vec<&str> = kept[256..]
        .iter()
        .map(|&id| merges.tokens[id as usize].as_str())
        .collect();
    assert_eq!(names, ["\u{ce}\u{b1}"]);
}

#[test]
fn too_small_a_vocabulary_and_an_unknown_script_are_refused() {
    let merges = merges();
    let none = vec![0.0; merges.tokens.len()];
    let counts = BTreeMap::from([("xx".to_owned(), none.clone())]);
    let usage = Usage {
        weights: &none,
        counts: &counts,
    };
    let error = prune::choose(&merges, usage, &options(299)).unwrap_err();
    assert!(error.to_string().contains("299"), "{error}");
    let scripts = BTreeMap::from([("klingon".to_owned(), 3)]);
    let options = PruneOptions {
        scripts,
        ..options(400)
    };
    let error = prune::choose(&merges, usage, &options).unwrap_err();
    assert!(error.to_string().contains("klingon"), "{error}");
    let unknown = PruneOptions {
        tokens: 400,
        languages: BTreeMap::from([("yy".to_owned(), 3)]),
        ..PruneOptions::default()
    };
    let error = prune::choose(&merges, usage, &unknown).unwrap_err();
    assert!(
        error.to_string().contains("`vocabulary.languages.yy`"),
        "{error}"
    );
}

#[test]
fn a_language_with_a_quota_goes_before_the_heaviest() {
    let merges = merges();
    let counts = |names: &[(&str, f64)]| weights(&merges, names);
    // Room for one merge, and a language keeps at most its own tokens.
    for (quota, expected) in [(1, "or"), (0, "he")] {
        let counts = BTreeMap::from([("xx".to_owned(), counts(&[("or", 1.0)]))]);
        let options = PruneOptions {
            languages: BTreeMap::from([("xx".to_owned(), quota)]),
            ..options(259)
        };
        let usage = Usage {
            weights: &weights(&merges, &[("he", 3.0)]),
            counts: &counts,
        };
        let kept = prune::choose_within(&merges, usage, &options).unwrap();
        let names: Vec<&str> = kept[256..]
            .iter()
            .map(|&id| merges.tokens[id as usize].as_str())
            .collect();
        assert_eq!(names, [expected], "quota {quota}");
    }
}

#[test]
fn token_texts_undo_the_byte_alphabet() {
    let merges = merges();
    let id = |name: &str| {
        merges
            .tokens
            .iter()
            .position(|token| token == name)
            .unwrap()
    };
    assert_eq!(merges.text(id("\u{120}world")).unwrap(), " world");
    assert_eq!(merges.text(id("\u{c3}\u{a4}")).unwrap(), "\u{e4}");
    assert_eq!(merges.text(id("\u{c3}")), None);
}

#[test]
fn merges_that_name_no_token_are_refused() {
    let mut json = fixture::tokenizer_json();
    json["model"]["merges"][3] = serde_json::json!(["hell", "p"]);
    assert!(Merges::parse(json).unwrap_err().contains("hellp"));
    let mut json = fixture::tokenizer_json();
    json["model"]["type"] = "WordPiece".into();
    assert!(Merges::parse(json).unwrap_err().contains("BPE"));
}

#[test]
fn scripts_know_their_letters() {
    let cases = [
        ("arabic", " \u{633}\u{644}\u{627}\u{645}", true),
        ("arabic", "salam", false),
        ("han", "\u{4f60}\u{597d}", true),
        ("devanagari", "\u{928}\u{92e}", true),
        ("latin", " hello", true),
        ("latin", "hello\u{4f60}", false),
        ("latin", " ", false),
    ];
    for (script, word, expected) in cases {
        assert_eq!(
            Script::find(script).unwrap().writes(word),
            expected,
            "{script} {word}"
        );
    }
}
