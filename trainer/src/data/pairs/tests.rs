//! Draws repeat with their seed, and pieces come from their passage.

use std::collections::HashSet;

use super::*;
use crate::fixture;
use crate::seed::Seed;

const CROP: CropOptions = CropOptions {
    tokens_min: 4,
    tokens_max: 8,
    keep_share: 0.0,
    drop_share: 0.0,
};

/// Texts as lists of 30 tokens: the text's number times 100, and up.
fn numbered(texts: &[Text]) -> TokenLists {
    let mut lists = TokenLists::new();
    for text in 0..texts.len() as u32 {
        lists.push(&(text * 100..text * 100 + 30).collect::<Vec<u32>>());
    }
    lists
}

#[test]
fn a_draw_repeats_with_its_seed_and_differs_by_step() {
    let texts = fixture::texts(50);
    let (split, lists) = (Split::of(&texts, 0.1, Seed(1)), numbered(&texts));
    let sampler = PairSampler::new(&texts, &split, &lists, 0.5);
    let draw = |step: u64| {
        let mut random = Seed(5).stream("batch", step);
        let titles = sampler.titles(8, &mut random);
        let crops = sampler.crops(8, CROP, &mut random);
        (titles.queries, titles.passages, crops.queries)
    };
    assert_eq!(draw(3), draw(3));
    assert_ne!(draw(3), draw(4));
}

#[test]
fn titles_are_of_one_language_and_none_is_held_out() {
    let texts = fixture::texts(50);
    let (split, lists) = (Split::of(&texts, 0.3, Seed(1)), numbered(&texts));
    let sampler = PairSampler::new(&texts, &split, &lists, 0.5);
    for step in 0..20 {
        let batch = sampler.titles(8, &mut Seed(5).stream("batch", step));
        assert_eq!(batch.groups.len(), 8);
        let texts_of = |side: &[Vec<u32>]| -> Vec<usize> {
            side.iter().map(|list| (list[0] / 100) as usize).collect()
        };
        let languages: HashSet<u32> = texts_of(&batch.passages)
            .iter()
            .map(|&text| split.language_of[text])
            .collect();
        assert_eq!(languages.len(), 1);
        for text in texts_of(&batch.queries)
            .into_iter()
            .chain(texts_of(&batch.passages))
        {
            assert!(!split.is_held_out[text]);
        }
    }
}

#[test]
fn translations_are_of_two_languages_and_one_group() {
    let texts = fixture::texts(20);
    let (split, lists) = (Split::of(&texts, 0.0, Seed(1)), numbered(&texts));
    let sampler = PairSampler::new(&texts, &split, &lists, 0.5);
    let batch = sampler.translations(100, &mut Seed(5).stream("batch", 0));
    assert_eq!(batch.groups.len(), 20, "as many as there are");
    for (query, passage) in batch.queries.iter().zip(&batch.passages) {
        let (query, passage) = (query[0] as usize / 100, passage[0] as usize / 100);
        assert_ne!(split.language_of[query], split.language_of[passage]);
        // Four texts a group, one group after another.
        assert_eq!(query / 4, passage / 4);
    }
}

#[test]
fn a_piece_and_the_rest_are_the_passage() {
    let list: Vec<u32> = (0..40).collect();
    for step in 0..200 {
        let mut random = Seed(5).stream("crop", step);
        let (piece, rest) = crop(&list, CROP, &mut random);
        assert!((4..=8).contains(&piece.len()), "{}", piece.len());
        assert!(piece.windows(2).all(|two| two[1] == two[0] + 1));
        let mut all = [piece, rest].concat();
        all.sort_unstable();
        assert_eq!(all, list);
    }
}

#[test]
fn a_kept_piece_stays_and_dropping_leaves_at_least_one_token() {
    let list: Vec<u32> = (0..CROP_TOKENS_MIN as u32).collect();
    let options = CropOptions {
        keep_share: 1.0,
        drop_share: 0.9,
        ..CROP
    };
    for step in 0..200 {
        let (piece, whole) = crop(&list, options, &mut Seed(5).stream("crop", step));
        assert_eq!(whole, list);
        assert!(!piece.is_empty() && piece.len() <= 8);
    }
}
