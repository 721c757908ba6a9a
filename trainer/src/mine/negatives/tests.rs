//! The margin, the closest, and the draw.

use rand::Rng;

use super::*;
use crate::seed::Seed;

#[test]
fn the_ceiling_is_a_share_of_the_positives_score() {
    assert!((ceiling(0.8, 0.05).unwrap() - 0.76).abs() < 1e-6);
    assert!((ceiling(0.8, 0.0).unwrap() - 0.8).abs() < 1e-6);
    assert_eq!(ceiling(0.0, 0.05), None);
    assert_eq!(ceiling(-0.3, 0.05), None);
}

#[test]
fn the_closest_below_the_ceiling_are_those_of_a_full_sort() {
    let mut random = Seed(2).stream("scores", 0);
    for count in [1, 5, 24, 400] {
        let scores: Vec<f32> = (0..300)
            .map(|_| (random.random_range(0..200) as f32) / 200.0)
            .collect();
        let mut closest = Closest::new(0.7, count);
        for (at, &score) in scores.iter().enumerate() {
            if closest.wants(score) {
                closest.add(score, at as u32);
            }
        }
        let mut expected: Vec<u32> = (0..300u32)
            .filter(|&at| scores[at as usize] <= 0.7)
            .collect();
        expected.sort_by(|&a, &b| {
            scores[b as usize]
                .total_cmp(&scores[a as usize])
                .then(a.cmp(&b))
        });
        expected.truncate(count);
        assert_eq!(closest.finish(), expected, "{count}");
    }
}

#[test]
fn nothing_above_the_ceiling_is_wanted() {
    let closest = Closest::new(0.5, 3);
    assert!(closest.wants(0.5) && !closest.wants(0.500_001));
}

#[test]
fn the_draw_keeps_the_order_and_depends_on_the_seed_alone() {
    let all: Vec<usize> = (0..24).collect();
    let drawn = |seed: u64| draw(&all, 7, &mut Seed(seed).stream("negatives", 3)).unwrap();
    assert_eq!(drawn(1).len(), 7);
    assert!(drawn(1).windows(2).all(|two| two[0] < two[1]));
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
    assert_eq!(
        draw(&all, 24, &mut Seed(1).stream("negatives", 0)).unwrap(),
        all
    );
    assert_eq!(draw(&all, 25, &mut Seed(1).stream("negatives", 0)), None);
}

#[test]
fn every_candidate_is_drawn_equally_often() {
    // 7 of 24 in 2,400 draws: each 700 times; three deviations of a binomial are 67.
    let mut counts = [0; 24];
    let all: Vec<usize> = (0..24).collect();
    for step in 0..2_400 {
        for at in draw(&all, 7, &mut Seed(5).stream("negatives", step)).unwrap() {
            counts[at] += 1;
        }
    }
    assert!(
        counts.iter().all(|count| (600..800).contains(count)),
        "{counts:?}"
    );
}
