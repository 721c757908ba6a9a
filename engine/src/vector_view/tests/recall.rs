//! Recall against the exact scan, at what was asked for, on several kinds of vectors.

use rand::Rng;

use super::support::{Bench, Spread, clustered, normal, random};
use crate::options::EngineOptions;
use crate::schema::Distance;
use crate::vector_view::row::{RowRange, VectorShape};

fn bench(distance: Distance, matryoshka: bool, vectors: Vec<Vec<f32>>) -> Bench {
    let shape = VectorShape {
        dimensions: vectors[0].len(),
        distance,
        matryoshka,
    };
    let mut bench = Bench::with(shape, EngineOptions::default());
    bench.add((0..).zip(vectors).collect());
    bench.settle();
    bench
}

/// Asks for each recall and expects it, less what a sample of queries may be off by.
#[track_caller]
fn check(bench: &Bench, queries: &[Vec<f32>], points: usize) {
    for asked in [0.9, 0.95, 0.99] {
        let recall = bench.recall(queries, points, asked, None);
        assert!(
            recall >= asked - 0.02,
            "asked for {asked} at {points}, found {recall}"
        );
    }
    assert!((bench.recall(&queries[..5], points, 1.0, None) - 1.0).abs() < 1e-6);
}

#[test]
fn vectors_with_meaning_in_prefixes_meet_recall() {
    let bench = bench(
        Distance::Cosine,
        true,
        clustered(1, 9_000, 256, Spread::Falling),
    );
    let queries = clustered(2, 60, 256, Spread::Falling);
    check(&bench, &queries, 10);
    check(&bench, &queries[..20], 100);
    let segment = &bench.view.statistics().segments[0];
    assert!(
        segment.rungs.iter().all(|rung| rung.prefix < 256),
        "{:?}",
        segment.rungs
    );
    let explained = bench.search(&queries[0], 10, 0.9);
    assert!(
        explained.segments[0].plan.contains("graph"),
        "{:?}",
        explained.segments
    );
}

#[test]
fn vectors_without_meaning_in_prefixes_get_a_full_graph_and_meet_recall() {
    let bench = bench(
        Distance::Cosine,
        true,
        clustered(3, 6_000, 128, Spread::EmptyPrefix),
    );
    check(&bench, &clustered(4, 60, 128, Spread::EmptyPrefix), 10);
    let segment = &bench.view.statistics().segments[0];
    assert!(
        segment.rungs.iter().all(|rung| rung.prefix == 128),
        "{:?}",
        segment.rungs
    );
}

#[test]
fn inner_products_of_wild_magnitudes_meet_recall() {
    let mut random = random(5);
    let wild = |random: &mut rand_chacha::ChaCha8Rng| -> Vec<f32> {
        let length = 10.0_f32.powf(random.random_range(-3.0..3.0));
        (0..48).map(|_| length * normal(random)).collect()
    };
    let vectors = (0..6_000).map(|_| wild(&mut random)).collect();
    let queries: Vec<Vec<f32>> = (0..60).map(|_| wild(&mut random)).collect();
    check(&bench(Distance::Dot, false, vectors), &queries, 10);
}

#[test]
fn inner_products_of_varied_magnitudes_meet_recall() {
    let mut random = random(6);
    let mut vectors = clustered(7, 6_000, 64, Spread::Even);
    for vector in &mut vectors {
        let length = random.random_range(0.2..4.0);
        for x in vector.iter_mut() {
            *x *= length;
        }
    }
    let queries = clustered(8, 60, 64, Spread::Even);
    check(&bench(Distance::Dot, false, vectors), &queries, 10);
}

#[test]
fn euclidean_distances_meet_recall() {
    let mut random = random(9);
    let far = |random: &mut rand_chacha::ChaCha8Rng| -> Vec<f32> {
        (0..32).map(|_| 1_000.0 + 3.0 * normal(random)).collect()
    };
    let vectors = (0..6_000).map(|_| far(&mut random)).collect();
    let queries: Vec<Vec<f32>> = (0..60).map(|_| far(&mut random)).collect();
    check(&bench(Distance::Euclid, false, vectors), &queries, 10);
}

#[test]
fn unit_vectors_are_searched_alike_whatever_the_distance() {
    let vectors = clustered(10, 5_000, 64, Spread::Falling);
    let queries = clustered(11, 30, 64, Spread::Falling);
    for distance in [Distance::Dot, Distance::Euclid] {
        check(&bench(distance, false, vectors.clone()), &queries, 10);
    }
}

#[test]
fn equal_vectors_and_zero_vectors_are_found() {
    let mut vectors = vec![vec![0.0; 32]; 2_500];
    vectors.resize(5_000, vec![1.0; 32]);
    let bench = bench(Distance::Dot, false, vectors);
    for asked in [0.9, 1.0] {
        let found = bench.search(&[1.0; 32], 3_000, asked);
        assert_eq!(found.candidates.len(), 3_000);
        assert!(
            found.candidates[..2_500]
                .iter()
                .all(|it| (it.score - 32.0).abs() < 1e-3)
        );
    }
    assert_eq!(bench.search(&[0.0; 32], 10, 0.9).candidates.len(), 10);
}

#[test]
fn recall_holds_while_rows_die_and_is_measured_again() {
    let mut bench = bench(
        Distance::Cosine,
        true,
        clustered(12, 8_000, 96, Spread::Falling),
    );
    let queries = clustered(13, 40, 96, Spread::Falling);
    let measured = |bench: &Bench| bench.view.state.load().sealed[0].table.live_rows;
    assert_eq!(measured(&bench), 8_000);
    let dead = |first| RowRange {
        sequence: 1,
        first,
        count: 500,
    };
    bench.retire(&[dead(0), dead(4_000)]);
    assert!(bench.view.wants_work(), "an eighth is dead");
    check(&bench, &queries, 10);
    bench.settle();
    assert_eq!(measured(&bench), 7_000);
    assert!(!bench.view.wants_work());
    check(&bench, &queries, 10);
    bench.reopen();
    assert_eq!(measured(&bench), 7_000, "the new table is durable");
}

#[test]
fn remembered_queries_are_measured_with() {
    let bench = bench(
        Distance::Cosine,
        true,
        clustered(14, 5_000, 64, Spread::Falling),
    );
    assert!(!bench.view.wants_work());
    let mut due = Vec::new();
    for (number, query) in (1..).zip(clustered(15, 330, 64, Spread::Falling)) {
        if bench.view.remember_query(&query) {
            due.push(number);
        }
    }
    assert_eq!(due, [64, 128, 192, 256], "who asks wakes who measures");
    assert!(!bench.view.remember_query(&[1.0; 63]));
    assert_eq!(bench.view.remembered.lock().len(), 256);
    assert!(bench.view.wants_work());
    bench.settle();
    assert!(!bench.view.wants_work());
    let state = bench.view.state.load();
    let table = &state.sealed[0].table;
    // So many real queries need no made up ones beside them.
    assert_eq!((table.remembered_queries, table.sampled_queries), (256, 0));
}

#[test]
fn many_segments_together_meet_recall() {
    let shape = VectorShape {
        dimensions: 64,
        distance: Distance::Cosine,
        matryoshka: true,
    };
    let options = EngineOptions {
        active_rows_max: 4_100,
        segment_rows_max: 4_100,
        ..EngineOptions::default()
    };
    let mut bench = Bench::with(shape, options);
    let vectors = clustered(16, 13_000, 64, Spread::Falling);
    for (number, part) in (0..).zip(vectors.chunks(4_100)) {
        bench.add((number * 4_100..).zip(part.iter().cloned()).collect());
        while bench.view.maintain(&super::support::NEVER).unwrap() {}
    }
    let statistics = bench.view.statistics();
    assert_eq!(
        (statistics.segments.len(), statistics.active_rows),
        (3, 700)
    );
    check(&bench, &clustered(17, 40, 64, Spread::Falling), 10);
}
