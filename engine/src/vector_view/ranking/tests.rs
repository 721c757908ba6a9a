use rand::Rng;

use super::PointRanking;
use crate::vector_view::row::RowId;
use crate::vector_view::tests::support::random;

fn row(ordinal: u32) -> RowId {
    RowId {
        sequence: 1,
        ordinal,
    }
}

#[test]
fn each_point_is_kept_once_with_its_best_row() {
    let mut ranking = PointRanking::new(2);
    for (closeness, point, ordinal) in [
        (0.1, 1, 0),
        (0.3, 1, 1),
        (0.2, 2, 2),
        (0.2, 1, 3),
        (0.25, 3, 4),
    ] {
        ranking.offer(closeness, point, row(ordinal));
    }
    assert!((ranking.threshold() - 0.25).abs() < 1e-6);
    let found: Vec<(u32, u32)> = ranking
        .into_sorted()
        .iter()
        .map(|it| (it.point, it.row.ordinal))
        .collect();
    assert_eq!(found, [(1, 1), (3, 4)]);
}

#[test]
fn ties_go_to_the_lower_point_and_the_earlier_row_in_any_order() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        let mut ranking = PointRanking::new(2);
        for number in order {
            ranking.offer(1.0, number / 2 + 5, row(number));
            ranking.offer(1.0, 9, row(number));
        }
        let found: Vec<(u32, u32)> = ranking
            .into_sorted()
            .iter()
            .map(|it| (it.point, it.row.ordinal))
            .collect();
        assert_eq!(found, [(5, 0), (6, 2)], "{order:?}");
    }
}

#[test]
fn nothing_enters_an_empty_ranking_and_nan_is_last() {
    let mut ranking = PointRanking::new(0);
    ranking.offer(1.0, 1, row(0));
    assert!(ranking.into_sorted().is_empty());
    let mut ranking = PointRanking::new(2);
    ranking.offer(f32::NAN, 1, row(0));
    ranking.offer(-1e30, 2, row(1));
    let points: Vec<u32> = ranking.into_sorted().iter().map(|it| it.point).collect();
    assert_eq!(points, [2, 1]);
}

#[test]
fn a_ranking_agrees_with_sorting_everything() {
    let mut random = random(7);
    for points in [1, 3, 20] {
        let mut ranking = PointRanking::new(points);
        let mut best = std::collections::BTreeMap::new();
        for ordinal in 0..500 {
            let (point, closeness) = (random.random_range(0..40), random.random_range(-50..50));
            ranking.offer(closeness as f32, point, row(ordinal));
            let held = best.entry(point).or_insert(closeness);
            *held = closeness.max(*held);
        }
        let mut expected: Vec<(i32, u32)> = best.into_iter().map(|(p, c)| (-c, p)).collect();
        expected.sort_unstable();
        expected.truncate(points);
        let found: Vec<(i32, u32)> = ranking
            .into_sorted()
            .iter()
            .map(|it| (-it.closeness as i32, it.point))
            .collect();
        assert_eq!(found, expected, "seed=7");
    }
}
