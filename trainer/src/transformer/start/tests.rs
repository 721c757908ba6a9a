//! However many layers, the start computes what the static table does.

use super::*;
use crate::data::token_lists::TokenLists;
use crate::loss::prefix::UnitPrefix;
use crate::table::bag;

fn table(rows: usize, columns: usize) -> Matrix {
    let mut random = Seed(3).stream("table", 0);
    let mut table = Matrix::zeros(rows, columns);
    for row in 0..rows {
        // Frequent words are short, rare ones long.
        let length = 10f32.powf(random.random_range(-1.5..0.5));
        for value in table.row_mut(row) {
            *value = length * random.random_range(-1.0f32..1.0);
        }
    }
    table
}

#[test]
fn every_depth_starts_equal_to_the_static_table() {
    let (end, table) = (49, table(50, 24));
    let mut bodies = TokenLists::new();
    let mut ended = TokenLists::new();
    for list in [&[1u32, 2, 3][..], &[7], &[4, 4, 4, 5, 9, 30, 48, 2, 2]] {
        bodies.push(list);
        ended.push(&[list, &[end]].concat());
    }
    let expected = bag::means(&table, &bodies);
    let expected = UnitPrefix::of(&expected, 0..3, 24).unit;
    for layers in 1..=3 {
        let shape = Shape {
            layers,
            head_dim: 8,
            intermediate: 16,
            tokens_max: 64,
        };
        let weights = lift(&table, end as usize, shape, Seed(1)).unwrap();
        let states = weights.forward(&ended).unwrap().states;
        let values = states.flatten_all().unwrap().to_vec1().unwrap();
        let states = Matrix {
            rows: 3,
            columns: 24,
            values,
        };
        let found = UnitPrefix::of(&states, 0..3, 24).unit;
        for row in 0..3 {
            let cosine = dot(found.row(row), expected.row(row));
            assert!(cosine > 0.9999, "{layers} layers, text {row}: {cosine}");
        }
    }
}

#[test]
fn a_shape_that_does_not_fit_is_refused() {
    for (layers, head_dim) in [(0, 8), (1, 7), (1, 10), (1, 0)] {
        let shape = Shape {
            layers,
            head_dim,
            intermediate: 8,
            tokens_max: 8,
        };
        let message = lift(&table(4, 24), 3, shape, Seed(1))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("do not fit a hidden size of 24"),
            "{message}"
        );
    }
}
