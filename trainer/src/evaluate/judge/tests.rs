//! Rankings of vectors small enough to rank by hand.

use std::collections::HashMap;

use super::*;
use crate::evaluate::collection::Named;

fn named(count: usize) -> Vec<Named> {
    (0..count)
        .map(|id| Named {
            id: id.to_string(),
            text: String::new(),
        })
        .collect()
}

fn collection(documents: usize, relevant: Vec<HashMap<usize, f64>>) -> Collection {
    let queries = named(relevant.len());
    Collection {
        name: "tiny".to_owned(),
        documents: named(documents),
        queries,
        relevant,
    }
}

#[test]
fn a_shorter_prefix_ranks_by_what_it_has() {
    // At length 1 both documents point the same way and the first wins; at 2 the second does.
    let documents = Matrix {
        rows: 2,
        columns: 2,
        values: vec![0.6, 0.8, 1.0, 0.1],
    };
    let queries = Matrix {
        rows: 1,
        columns: 2,
        values: vec![1.0, 0.0],
    };
    let collection = collection(2, vec![HashMap::from([(1, 1.0)])]);
    let at = |length| judge(&collection, &queries, &documents, length, &[1]).unwrap();
    assert_eq!(figures(&[1]), ["nDCG@10", "recall@1", "MRR@10"]);
    assert_eq!(at(2), [[1.0], [1.0], [1.0]]);
    let short = at(1);
    assert_eq!((short[1][0], short[2][0]), (0.0, 0.5));
}

#[test]
fn queries_beyond_one_chunk_are_all_judged() {
    let count = CHUNK_QUERIES + 3;
    let mut documents = Matrix::zeros(2, 2);
    documents.values = vec![1.0, 0.0, 0.0, 1.0];
    let mut queries = Matrix::zeros(count, 2);
    for row in 0..count {
        queries.row_mut(row)[row % 2] = 1.0;
    }
    let relevant = (0..count)
        .map(|row| HashMap::from([(row % 2, 1.0)]))
        .collect();
    let judged = judge(&collection(2, relevant), &queries, &documents, 2, &[10]).unwrap();
    assert_eq!(judged[2], vec![1.0; count]);
}

#[test]
fn recall_is_judged_as_deep_as_asked() {
    // Scores fall with the position, and the relevant documents are the 21st and the 90th.
    let mut documents = Matrix::zeros(100, 2);
    for row in 0..100 {
        let angle = row as f32 * 0.01;
        documents
            .row_mut(row)
            .copy_from_slice(&[angle.cos(), angle.sin()]);
    }
    let queries = Matrix {
        rows: 1,
        columns: 2,
        values: vec![1.0, 0.0],
    };
    let relevant = vec![HashMap::from([(20, 1.0), (89, 1.0)])];
    let collection = collection(100, relevant);
    let judged = judge(&collection, &queries, &documents, 2, &[10, 21, 100]).unwrap();
    assert_eq!(judged[1..4], [[0.0], [0.5], [1.0]]);
}

#[test]
fn only_the_best_ten_are_kept_in_order() {
    let scores: Vec<f32> = (0..50).map(|at| ((at * 37) % 50) as f32).collect();
    let ranked = best(&scores, 10);
    let found: Vec<f32> = ranked.iter().map(|&at| scores[at]).collect();
    assert_eq!(
        found,
        [49.0, 48.0, 47.0, 46.0, 45.0, 44.0, 43.0, 42.0, 41.0, 40.0]
    );
    assert_eq!(best(&[1.0; 20], 10), (0..10).collect::<Vec<usize>>());
}
