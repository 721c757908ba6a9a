use super::*;

#[test]
fn every_text_is_in_one_batch_and_no_batch_is_too_large() {
    let lengths: Vec<usize> = (0..500).map(|at| 1 + (at * 37) % 300).collect();
    let batches = buckets(&lengths);
    let mut seen: Vec<usize> = batches.concat();
    seen.sort_unstable();
    assert_eq!(seen, (0..500).collect::<Vec<usize>>());
    for batch in &batches {
        let longest = batch.iter().map(|&at| lengths[at]).max().unwrap();
        assert!(batch.len() * longest <= BATCH_TOKENS_MAX, "{batch:?}");
        assert!(batch.len() <= BATCH_TEXTS_MAX, "{batch:?}");
    }
    // Most of a batch is no padding.
    let padded: usize = batches
        .iter()
        .map(|batch| batch.len() * lengths[batch[0]])
        .sum();
    let tokens: usize = lengths.iter().sum();
    assert!(padded < tokens * 11 / 10, "{padded} for {tokens}");
}

#[test]
fn a_list_longer_than_a_batch_is_a_batch_of_its_own() {
    let batches = buckets(&[3, BATCH_TOKENS_MAX + 1, 0]);
    assert_eq!(batches, [vec![1], vec![0, 2]]);
    assert!(buckets(&[]).is_empty());
}

#[test]
fn many_short_texts_reach_the_bound_on_texts() {
    let batches = buckets(&vec![1; BATCH_TEXTS_MAX + 1]);
    let sizes: Vec<usize> = batches.iter().map(Vec::len).collect();
    assert_eq!(sizes, [BATCH_TEXTS_MAX, 1]);
}
