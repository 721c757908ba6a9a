use proptest::prelude::*;

use super::*;

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

#[test]
fn a_point_in_both_legs_is_before_a_point_in_one() {
    let fused = fuse(&ranking(&[1, 2]), &ranking(&[3, 2]), Fusion::default());
    assert_eq!(fused[0].number, 2);
    let expected = 2.0 / 62.0;
    assert!(
        (fused[0].score - expected).abs() < 1e-7,
        "{}",
        fused[0].score
    );
    assert_eq!(fused[0].explanation.text.map(|(rank, _)| rank), Some(2));
}

#[test]
fn equal_scores_are_ordered_by_point() {
    let fused = fuse(&ranking(&[9]), &ranking(&[4]), Fusion::default());
    assert_eq!(
        fused.iter().map(|point| point.number).collect::<Vec<_>>(),
        [4, 9]
    );
}

#[test]
fn a_leg_without_weight_does_not_reorder_the_other() {
    let fusion = Fusion::ReciprocalRank {
        rank_constant: 60.0,
        vector_weight: 1.0,
        text_weight: 0.0,
    };
    let fused = fuse(&ranking(&[5, 4, 3]), &ranking(&[3, 4, 5]), fusion);
    assert_eq!(
        fused.iter().map(|point| point.number).collect::<Vec<_>>(),
        [5, 4, 3]
    );
}

proptest! {
    #[test]
    fn a_deeper_leg_never_changes_the_beginning(
        a in Just((0..40_u32).collect::<Vec<_>>()).prop_shuffle(),
        b in Just((0..40_u32).collect::<Vec<_>>()).prop_shuffle(),
        depth in 1..20_usize,
    ) {
        let short = fuse_pages(&ranking(&a[..depth]), &ranking(&b[..depth]), Fusion::default(), depth);
        let long = fuse_pages(&ranking(&a), &ranking(&b), Fusion::default(), depth);
        prop_assert_eq!(&long[..short.len()], &short[..]);
        prop_assert_eq!(long.len(), 40);
        prop_assert!(long.windows(2).all(|pair| pair[0].score >= pair[1].score));
    }

    #[test]
    fn every_point_comes_back_once_and_scores_fall(
        a in prop::collection::hash_set(0..50_u32, 0..30),
        b in prop::collection::hash_set(0..50_u32, 0..30),
    ) {
        let (left, right): (Vec<_>, Vec<_>) = (a.iter().copied().collect(), b.iter().copied().collect());
        let fused = fuse(&ranking(&left), &ranking(&right), Fusion::default());
        let mut numbers: Vec<_> = fused.iter().map(|point| point.number).collect();
        prop_assert!(fused.windows(2).all(|pair| pair[0].score >= pair[1].score));
        numbers.sort_unstable();
        let mut union: Vec<_> = a.union(&b).copied().collect();
        union.sort_unstable();
        prop_assert_eq!(numbers, union);
    }
}
