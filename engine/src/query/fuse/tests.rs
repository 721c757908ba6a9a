use proptest::prelude::*;

use super::*;

const RANKS: Fusion = Fusion::ReciprocalRank {
    rank_constant: 60.0,
    vector_weight: 1.0,
    text_weight: 1.0,
};

const SCORES: Fusion = Fusion::Scores {
    vector_weight: 0.25,
    text_weight: 0.75,
};

fn ranking(numbers: &[u32]) -> Vec<Ranked> {
    let scored = (0..).zip(numbers);
    scored
        .map(|(index, number)| Ranked {
            number: *number,
            score: 1.0 / (1 + index) as f32,
            chunk: None,
        })
        .collect()
}

fn scored(points: &[(u32, f32)]) -> Vec<Ranked> {
    let ranked = points.iter().map(|&(number, score)| Ranked {
        number,
        score,
        chunk: None,
    });
    ranked.collect()
}

fn fused(vector: &[Ranked], text: &[Ranked], fusion: Fusion) -> Vec<Fused> {
    let legs = Legs {
        vector,
        text,
        text_possible: 0.0,
    };
    fuse(legs, fusion)
}

fn numbers(fused: &[Fused]) -> Vec<u32> {
    fused.iter().map(|point| point.number).collect()
}

#[track_caller]
fn check_score(fused: &[Fused], number: u32, expected: f32) {
    let point = fused.iter().find(|point| point.number == number).unwrap();
    assert!(
        (point.score - expected).abs() < 1e-6,
        "{number}: {} and not {expected}",
        point.score
    );
}

#[test]
fn by_rank_a_point_in_both_legs_is_before_a_point_in_one() {
    let fused = fused(&ranking(&[1, 2]), &ranking(&[3, 2]), RANKS);
    assert_eq!(fused[0].number, 2);
    check_score(&fused, 2, 2.0 / 62.0);
    let text = fused[0].explanation.text.unwrap();
    assert_eq!(text.rank, 2);
    assert!((text.added - 1.0 / 62.0).abs() < 1e-7);
}

#[test]
fn by_score_each_leg_counts_from_nothing_to_its_weight() {
    let vector = scored(&[(1, 0.9), (2, 0.7), (3, 0.5)]);
    let text = scored(&[(3, 8.0), (4, 2.0)]);
    let fused = fused(&vector, &text, SCORES);
    check_score(&fused, 1, 0.25);
    check_score(&fused, 2, 0.125);
    check_score(&fused, 3, 0.75);
    check_score(&fused, 4, 0.75 * 0.25);
    assert_eq!(numbers(&fused), [3, 1, 4, 2]);
}

#[test]
fn by_score_the_hundredth_closest_point_counts_for_nothing_and_none_for_less() {
    let vector: Vec<(u32, f32)> = (0..150).map(|at| (at, 1.0 - at as f32 / 1_000.0)).collect();
    let fused = fused(&scored(&vector), &[], SCORES);
    check_score(&fused, 0, 0.25);
    check_score(&fused, 99, 0.0);
    check_score(&fused, 149, 0.0);
}

#[test]
fn words_that_hold_little_of_the_query_count_less() {
    let (vector, text) = (scored(&[(1, 0.9), (2, 0.1)]), scored(&[(2, 1.0)]));
    for (possible, expected) in [(0.0, 0.75), (5.0, 0.75), (50.0, 0.15)] {
        let legs = Legs {
            vector: &vector,
            text: &text,
            text_possible: possible,
        };
        check_score(&fuse(legs, SCORES), 2, expected);
    }
}

#[test]
fn equal_scores_are_ordered_by_rank_and_then_by_point() {
    let halves = Fusion::Scores {
        vector_weight: 0.5,
        text_weight: 0.5,
    };
    for fusion in [RANKS, halves] {
        let across = fused(&scored(&[(9, 0.5)]), &scored(&[(4, 2.0)]), fusion);
        assert_eq!(numbers(&across), [4, 9]);
        let within = fused(&scored(&[(9, 0.5), (4, 0.5)]), &[], fusion);
        assert_eq!(numbers(&within), [9, 4]);
    }
}

#[test]
fn a_leg_without_weight_does_not_reorder_the_other() {
    let by_rank = Fusion::ReciprocalRank {
        rank_constant: 60.0,
        vector_weight: 1.0,
        text_weight: 0.0,
    };
    let by_score = Fusion::Scores {
        vector_weight: 1.0,
        text_weight: 0.0,
    };
    for fusion in [by_rank, by_score] {
        let fused = fused(&ranking(&[5, 4, 3]), &ranking(&[3, 4, 5]), fusion);
        assert_eq!(numbers(&fused), [5, 4, 3]);
    }
}

#[test]
fn legs_without_points_or_with_one_score_are_no_fault() {
    assert!(fused(&[], &[], SCORES).is_empty());
    let fused = fused(&scored(&[(1, 0.0)]), &scored(&[(2, 0.0)]), SCORES);
    check_score(&fused, 1, 0.25);
    check_score(&fused, 2, 0.0);
}

proptest! {
    #[test]
    fn a_deeper_leg_never_changes_the_beginning(
        a in Just((0..40_u32).collect::<Vec<_>>()).prop_shuffle(),
        b in Just((0..40_u32).collect::<Vec<_>>()).prop_shuffle(),
        depth in 1..20_usize,
        fusion in prop::sample::select(vec![RANKS, SCORES]),
    ) {
        let (vector, text) = (ranking(&a), ranking(&b));
        let legs = |end: usize| Legs { vector: &vector[..end], text: &text[..end], text_possible: 3.0 };
        let short = fuse_pages(legs(depth), fusion, depth);
        let long = fuse_pages(legs(40), fusion, depth);
        prop_assert_eq!(&long[..short.len()], &short[..]);
        prop_assert_eq!(long.len(), 40);
        prop_assert!(long.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }

    #[test]
    fn every_point_comes_back_once_and_scores_fall(
        a in prop::collection::hash_set(0..50_u32, 0..30),
        b in prop::collection::hash_set(0..50_u32, 0..30),
        fusion in prop::sample::select(vec![RANKS, SCORES]),
    ) {
        let (left, right): (Vec<_>, Vec<_>) = (a.iter().copied().collect(), b.iter().copied().collect());
        let fused = fused(&ranking(&left), &ranking(&right), fusion);
        prop_assert!(fused.windows(2).all(|pair| pair[0].score >= pair[1].score));
        let mut numbers = numbers(&fused);
        numbers.sort_unstable();
        let mut union: Vec<_> = a.union(&b).copied().collect();
        union.sort_unstable();
        prop_assert_eq!(numbers, union);
    }
}
