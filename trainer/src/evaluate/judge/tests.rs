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
    let judged = judge(&collection, &queries, &documents, &[2, 1]).unwrap();
    assert_eq!(judged[0].length, 2);
    assert!((judged[0].metrics.ndcg - 1.0).abs() < 1e-9);
    assert!((judged[1].metrics.mrr - 0.5).abs() < 1e-9, "{judged:?}");
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
    let judged = judge(&collection(2, relevant), &queries, &documents, &[2]).unwrap();
    assert!((judged[0].metrics.mrr - 1.0).abs() < 1e-9);
}

#[test]
fn a_length_the_model_does_not_have_is_refused() {
    let matrix = Matrix::zeros(1, 4);
    let collection = collection(1, vec![HashMap::from([(0, 1.0)])]);
    for length in [0, 5] {
        let error = judge(&collection, &matrix, &matrix, &[length]).unwrap_err();
        assert!(error.to_string().contains("1 to 4"), "{error}");
    }
}

#[test]
fn only_the_best_ten_are_kept_in_order() {
    let scores: Vec<f32> = (0..50).map(|at| ((at * 37) % 50) as f32).collect();
    let ranked = best(&scores);
    let found: Vec<f32> = ranked.iter().map(|&at| scores[at]).collect();
    assert_eq!(
        found,
        [49.0, 48.0, 47.0, 46.0, 45.0, 44.0, 43.0, 42.0, 41.0, 40.0]
    );
    assert_eq!(best(&[1.0; 20]), (0..10).collect::<Vec<usize>>());
}
