//! Filters of every selectivity, and several rows of one point.

use rand::Rng;
use roaring::RoaringBitmap;

use super::support::{Bench, Spread, clustered, random};
use crate::options::EngineOptions;
use crate::schema::Distance;
use crate::vector_view::row::VectorShape;

const DIMENSIONS: usize = 96;

fn bench(rows: Vec<(u32, Vec<f32>)>) -> Bench {
    let shape = VectorShape {
        dimensions: DIMENSIONS,
        distance: Distance::Cosine,
        matryoshka: true,
    };
    let options = EngineOptions {
        active_rows_max: 20_000,
        ..EngineOptions::default()
    };
    let mut bench = Bench::with(shape, options);
    bench.add(rows);
    bench.settle();
    bench
}

#[test]
fn filters_of_every_selectivity_meet_recall_and_limit() {
    let count = 20_500;
    let vectors = clustered(11, count, DIMENSIONS, Spread::Falling);
    let bench = bench((0..).zip(vectors).collect());
    assert_eq!(bench.view.statistics().segments.len(), 1);
    let queries = clustered(12, 40, DIMENSIONS, Spread::Falling);
    let mut random = random(13);
    for share in [0.5, 0.1, 0.01, 0.001, 0.0001] {
        let allowed: RoaringBitmap = (0..count as u32)
            .filter(|_| random.random_bool(share))
            .collect();
        // `recall` checks that as many points come back as there are, up to ten.
        let recall = bench.recall(&queries, 10, 0.95, Some(&allowed));
        assert!(
            recall >= 0.93,
            "share {share}: recall {recall} (seed=11,12,13)"
        );
    }
    let none = bench.search_allowed(&queries[0], 10, 0.95, Some(&RoaringBitmap::new()));
    assert!(none.candidates.is_empty() && none.exhausted);
}

#[test]
fn a_filter_far_from_the_query_meets_recall_and_limit() {
    let vectors = clustered(21, 12_000, DIMENSIONS, Spread::Falling);
    let queries = clustered(22, 20, DIMENSIONS, Spread::Falling);
    let query = &queries[0];
    let bench = bench((0..).zip(vectors.iter().cloned()).collect());
    // Only what is less close than the median may come back: the worst case for a filtered walk.
    let mut ranked = bench.expected(query, 12_000, None);
    let allowed: RoaringBitmap = ranked.split_off(6_000).iter().map(|it| it.point).collect();
    let recall = bench.recall(&queries[..1], 10, 0.95, Some(&allowed));
    assert!(recall >= 0.9, "recall {recall} (seed=21,22)");
}

#[test]
fn as_many_points_as_asked_for_come_back_when_points_have_many_rows() {
    // 300 points of 40 rows each, all rows of a point close together: ten rows are one point.
    let centres = clustered(31, 300, DIMENSIONS, Spread::Falling);
    let mut random = random(32);
    let mut rows = Vec::new();
    for (point, centre) in (0..).zip(&centres) {
        for _ in 0..40 {
            let near = centre
                .iter()
                .map(|x| x + random.random_range(-0.01..0.01))
                .collect();
            rows.push((point, near));
        }
    }
    let bench = bench(rows);
    // Which plan is fastest is a matter of time, so the recall is that of one plan or of another,
    // all of 0.9 where they were measured; of one point for 200 queries it scatters by 0.02.
    let queries = clustered(33, 200, DIMENSIONS, Spread::Falling);
    for points in [1, 10, 100, 300] {
        let recall = bench.recall(&queries, points, 0.9, None);
        assert!(
            recall >= 0.86,
            "{points} points: recall {recall} (seed=31,32,33)"
        );
    }
    let all = bench.search(&queries[0], 301, 0.9);
    assert_eq!(all.candidates.len(), 300);
    assert!(all.exhausted);
    let half: RoaringBitmap = (0..150).collect();
    let recall = bench.recall(&queries[..20], 60, 0.9, Some(&half));
    assert!(recall >= 0.9, "filtered: recall {recall} (seed=31,32,33)");
}

#[test]
fn one_point_of_all_rows_is_one_candidate() {
    let vectors = clustered(41, 5_000, DIMENSIONS, Spread::Falling);
    let bench = bench(vectors.into_iter().map(|vector| (7, vector)).collect());
    let query = clustered(42, 1, DIMENSIONS, Spread::Falling).remove(0);
    let found = bench.search(&query, 10, 0.9);
    assert_eq!(found.candidates.len(), 1);
    assert!(found.exhausted);
    let expected = bench.expected(&query, 1, None)[0];
    assert_eq!(found.candidates[0].row, expected.row);
}
