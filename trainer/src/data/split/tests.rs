//! Held-out groups stay whole, and translations find each other.

use std::collections::HashSet;

use super::*;
use crate::fixture;

#[test]
fn a_group_is_held_out_in_all_its_languages_or_in_none() {
    let texts = fixture::texts(200);
    let split = Split::of(&texts, 0.2, Seed(1));
    let groups = |pairs: &[Pair]| {
        pairs
            .iter()
            .map(|pair| pair.group)
            .collect::<HashSet<u64>>()
    };
    let (learned, held_out) = (groups(&split.pairs), groups(&split.held_out_pairs));
    assert!(learned.is_disjoint(&held_out));
    assert_eq!(learned.len() + held_out.len(), 200);
    assert!((20..60).contains(&held_out.len()), "{}", held_out.len());
    assert_eq!(split.pairs.len() + split.held_out_pairs.len(), 400);
    for pair in &split.held_out_pairs {
        assert!(split.is_held_out[pair.query as usize] && split.is_held_out[pair.passage as usize]);
    }
}

#[test]
fn pairs_know_their_sides_and_translations() {
    let texts = fixture::texts(10);
    let split = Split::of(&texts, 0.0, Seed(1));
    assert_eq!(split.languages, ["de", "en"]);
    assert!(split.held_out_pairs.is_empty() && split.held_out_translations.is_empty());
    for pair in &split.pairs {
        let (query, passage) = (&texts[pair.query as usize], &texts[pair.passage as usize]);
        assert_eq!((query.role, passage.role), (Role::Query, Role::Passage));
        assert_eq!(query.pair, passage.pair);
    }
    assert_eq!(split.translations.len(), 10);
    for group in &split.translations {
        let languages: HashSet<u32> = group
            .iter()
            .map(|pair| split.language_of[pair.query as usize])
            .collect();
        assert_eq!(languages.len(), 2);
    }
}

#[test]
fn half_a_pair_is_no_pair() {
    let mut texts = fixture::texts(2);
    texts.retain(|text| text.role == Role::Query || text.lang == "de");
    let split = Split::of(&texts, 0.0, Seed(1));
    assert_eq!(split.pairs.len(), 2);
    assert!(split.translations.is_empty());
}

#[test]
fn the_seed_chooses_what_is_held_out() {
    let texts = fixture::texts(100);
    let held_out = |seed: u64| Split::of(&texts, 0.3, Seed(seed)).is_held_out;
    assert_eq!(held_out(1), held_out(1));
    assert_ne!(held_out(1), held_out(2));
}
