//! Pairs are joined in the order in which they were learned.

use serde_json::{Value, json};

use super::*;

/// An alphabet of the first 256 characters from `!` on, so that a test can write them.
fn alphabet() -> [char; 256] {
    std::array::from_fn(|byte| char::from_u32(0x100 + byte as u32).unwrap())
}

fn written(word: &str) -> String {
    word.bytes()
        .map(|byte| alphabet()[usize::from(byte)])
        .collect()
}

/// A file with a token for each byte and for what each pair becomes, in order from 256 on.
fn file(pairs: &[(&str, &str)]) -> Value {
    let letters = alphabet().into_iter().map(String::from);
    let joined = pairs
        .iter()
        .map(|(left, right)| written(left) + &written(right));
    let vocab: HashMap<String, usize> = letters.chain(joined).zip(0..).collect();
    let merges: Vec<Value> = pairs
        .iter()
        .map(|(left, right)| json!([written(left), written(right)]))
        .collect();
    json!({"model": {"type": "BPE", "dropout": null, "vocab": vocab, "merges": merges}})
}

fn read(file: &Value) -> Option<Merges> {
    Merges::read(file.to_string().as_bytes(), &alphabet())
}

fn encode(merges: &Merges, word: &str) -> Vec<u32> {
    let mut tokens = vec![7];
    merges.encode(word, &mut tokens);
    assert_eq!(tokens.remove(0), 7, "what was there stays");
    tokens
}

#[test]
fn the_pair_that_was_learned_first_is_joined_first() {
    let merges = read(&file(&[("b", "c"), ("a", "b"), ("a", "bc")])).unwrap();
    assert_eq!(encode(&merges, "abc"), [258]);
    assert_eq!(encode(&merges, "ab"), [257]);
    assert_eq!(encode(&merges, "abcab"), [258, 257]);
    assert_eq!(encode(&merges, "cab"), [99, 257]);
    assert!(encode(&merges, "").is_empty());
    assert_eq!(encode(&merges, "a"), [97]);
    assert_eq!(encode(&merges, "\u{e9}"), [0xc3, 0xa9]);
}

#[test]
fn of_equal_pairs_the_leftmost_is_joined_first() {
    let merges = read(&file(&[("a", "a"), ("aa", "aa")])).unwrap();
    assert_eq!(encode(&merges, "aaa"), [256, 97]);
    assert_eq!(encode(&merges, "aaaaa"), [257, 97]);
    let longest = "a".repeat(WORD_BYTES_MAX);
    assert_eq!(encode(&merges, &longest), [257; WORD_BYTES_MAX / 4]);
}

#[test]
fn both_ways_of_writing_a_pair_are_read() {
    let mut file = file(&[("a", "b")]);
    let joined = format!("{} {}", written("a"), written("b"));
    file["model"]["merges"] = json!([joined]);
    assert_eq!(encode(&read(&file).unwrap(), "ab"), [256]);
}

#[test]
fn other_rules_for_words_are_not_read() {
    let plain = file(&[("a", "b")]);
    assert!(read(&plain).is_some());
    for (name, value) in [
        ("dropout", json!(0.1)),
        ("continuing_subword_prefix", json!("##")),
        ("end_of_word_suffix", json!("</w>")),
        ("ignore_merges", json!(true)),
        ("merges", json!([["x", "y"]])),
        ("merges", json!(["alone"])),
        ("vocab", json!({})),
    ] {
        let mut other = plain.clone();
        other["model"][name] = value;
        assert!(read(&other).is_none(), "{name}");
    }
    assert!(Merges::read(b"{}", &alphabet()).is_none());
}
