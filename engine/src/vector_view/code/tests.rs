use rand::Rng;

use super::{QueryCode, encode, encode_bounded};
use crate::distance::plain;
use crate::vector_view::tests::support::random;

#[test]
fn the_largest_component_becomes_127() {
    let mut codes = [0; 4];
    let scale = encode(&[0.5, -1.0, 0.25, 0.0], &mut codes);
    assert_eq!(codes, [64, -127, 32, 0]);
    assert!((scale - 1.0 / 127.0).abs() < 1e-9);
}

#[test]
fn vectors_that_no_code_can_express_are_zero() {
    for vector in [[0.0, 0.0], [1e-45, 0.0], [f32::INFINITY, 1.0]] {
        let mut codes = [9; 2];
        let scale = encode(&vector, &mut codes);
        assert!(
            codes == [0, 0] || scale.is_infinite(),
            "{vector:?} gives {codes:?}"
        );
    }
}

#[test]
fn the_bounds_hold_the_inner_product_at_every_magnitude() {
    let mut random = random(1);
    for round in 0..2_000 {
        let count = random.random_range(1..200);
        let mut vector = |exponent: f32| -> Vec<f32> {
            let length = 10.0_f32.powf(exponent);
            (0..count)
                .map(|_| length * random.random_range(-1.0_f32..1.0).powi(3))
                .collect()
        };
        let (row, query) = (
            vector(round as f32 % 13.0 - 6.0),
            vector(round as f32 % 7.0 - 3.0),
        );
        let mut codes = vec![0; count];
        let bound = encode_bounded(&row, &mut codes);
        let between = QueryCode::new(&query).dot(&codes, bound);
        let dot = plain::dot_f32(&row, &query);
        assert!(
            between.lower <= dot && dot <= between.upper,
            "round {round}: {dot} outside {between:?} (seed=1)"
        );
    }
}

#[test]
fn the_bounds_are_tight_for_unit_vectors() {
    let mut codes = vec![0; 320];
    let row = vec![1.0 / 320.0_f32.sqrt(); 320];
    let bound = encode_bounded(&row, &mut codes);
    let between = QueryCode::new(&row).dot(&codes, bound);
    assert!(between.upper - between.lower < 0.001, "{between:?}");
}
