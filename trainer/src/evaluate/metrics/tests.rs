//! Figures computed by hand.

use super::*;

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn ndcg_of_graded_hits_is_the_number_computed_by_hand() {
    // Hits of relevance 0, 3, 0, 1; judged are 3, 2, 1.
    // Gain: 3 / log2(3) + 1 / log2(5) = 1.892789 + 0.430677 = 2.323466.
    // Best: 3 / 1 + 2 / log2(3) + 1 / 2 = 3 + 1.261860 + 0.5 = 4.761860.
    let metrics = Metrics::of(&[0.0, 3.0, 0.0, 1.0], &[1.0, 3.0, 2.0]);
    assert!(
        (metrics.ndcg - 2.323_466 / 4.761_860).abs() < 1e-6,
        "{}",
        metrics.ndcg
    );
    close(metrics.recall, 2.0 / 3.0);
    close(metrics.mrr, 0.5);
}

#[test]
fn the_best_order_is_one_and_nothing_found_is_zero() {
    let best = Metrics::of(&[2.0, 1.0, 0.0], &[1.0, 2.0]);
    close(best.ndcg, 1.0);
    close(best.recall, 1.0);
    close(best.mrr, 1.0);
    assert_eq!(Metrics::of(&[0.0; 10], &[1.0]), Metrics::default());
    assert_eq!(Metrics::of(&[], &[1.0]), Metrics::default());
    assert_eq!(Metrics::of(&[1.0], &[]), Metrics::default());
}

#[test]
fn hits_beyond_the_tenth_count_nothing() {
    let mut ranked = vec![0.0; 10];
    ranked.push(1.0);
    assert_eq!(Metrics::of(&ranked, &[1.0]), Metrics::default());
    ranked[9] = 1.0;
    close(Metrics::of(&ranked, &[1.0]).ndcg, 1.0 / 11f64.log2());
}

#[test]
fn more_relevant_documents_than_places_can_still_be_perfect() {
    let metrics = Metrics::of(&[1.0; 10], &[1.0; 25]);
    close(metrics.ndcg, 1.0);
    close(metrics.recall, 10.0 / 25.0);
}

#[test]
fn recall_looks_as_deep_as_it_is_told() {
    let ranked = [0.0, 1.0, 0.0, 2.0];
    close(recall(&ranked, &[1.0, 2.0, 1.0], 1), 0.0);
    close(recall(&ranked, &[1.0, 2.0, 1.0], 2), 1.0 / 3.0);
    close(recall(&ranked, &[1.0, 2.0, 1.0], 100), 2.0 / 3.0);
    close(recall(&ranked, &[], 100), 0.0);
}

#[test]
fn ndcg_of_a_binary_ranking_is_the_number_computed_by_hand() {
    // Relevant at ranks 1, 3 and 6 of five relevant ones:
    // DCG = 1 + 1/2 + 1/log2(7) = 1.856207; ideal = 1 + 1/log2(3) + 1/2 + 1/log2(5) + 1/log2(6)
    // = 1 + 0.630930 + 0.5 + 0.430677 + 0.386853 = 2.948459; nDCG = 0.629551.
    let metrics = Metrics::of(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0], &[1.0; 5]);
    assert!((metrics.ndcg - 0.629_551).abs() < 1e-6, "{}", metrics.ndcg);
    close(metrics.mrr, 1.0);
    close(metrics.recall, 0.6);
}
