//! Means and their gradients against plain loops, Adam against its formula.

use super::adam::Adam;
use super::bag::{Occurrences, means};
use super::start::start;
use super::untrained::settle_untrained;
use crate::data::token_lists::TokenLists;
use crate::matrix::{Matrix, dot};
use crate::seed::Seed;

fn lists(all: &[&[u32]]) -> TokenLists {
    let mut lists = TokenLists::new();
    for list in all {
        lists.push(list);
    }
    lists
}

fn table() -> Matrix {
    Matrix {
        rows: 4,
        columns: 2,
        values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
    }
}

#[test]
fn a_text_is_the_mean_of_its_tokens() {
    let texts = means(&table(), &lists(&[&[0, 1], &[2], &[], &[3, 3, 0, 0]]));
    assert_eq!(texts.row(0), [2.0, 3.0]);
    assert_eq!(texts.row(1), [5.0, 6.0]);
    assert_eq!(texts.row(2), [0.0, 0.0]);
    assert_eq!(texts.row(3), [4.0, 5.0]);
}

#[test]
fn gradients_of_tokens_match_finite_differences() {
    let lists = lists(&[&[0, 1, 1], &[1, 2], &[], &[0, 0, 0, 2]]);
    // The loss is the sum over texts of the square of each mean's values.
    let loss = |table: &Matrix| -> f64 {
        means(table, &lists)
            .values
            .iter()
            .map(|&value| f64::from(value * value))
            .sum()
    };
    let table = table();
    let mut of_texts = means(&table, &lists);
    of_texts.values.iter_mut().for_each(|value| *value *= 2.0);
    let occurrences = Occurrences::of(&lists, table.rows);
    let mut gradient = [0.0; 2];
    for token in 0..table.rows {
        occurrences.write_gradient(token, &of_texts, &mut gradient);
        for (column, &found) in gradient.iter().enumerate() {
            let moved = |by: f32| {
                let mut moved = table.clone();
                moved.row_mut(token)[column] += by;
                loss(&moved)
            };
            let slope = (moved(0.01) - moved(-0.01)) / 0.02;
            let found = f64::from(found);
            assert!(
                (slope - found).abs() < 1e-2,
                "token {token}: {slope} and {found}"
            );
        }
    }
    assert_eq!(occurrences.count(3), 0);
    assert_eq!(occurrences.count(0), 4);
}

#[test]
fn adam_moves_touched_rows_by_its_formula_and_no_others() {
    let mut table = table();
    let before = table.clone();
    let mut adam = Adam::new(4, 2);
    let lists = lists(&[&[1]]);
    let occurrences = Occurrences::of(&lists, 4);
    let of_texts = Matrix {
        rows: 1,
        columns: 2,
        values: vec![0.5, -2.0],
    };
    adam.step(&mut table, &occurrences, &of_texts, 0.1);
    // After one step both corrections undo the decay: the move is the rate, against the sign.
    assert!((table.row(1)[0] - 2.9).abs() < 1e-5 && (table.row(1)[1] - 4.1).abs() < 1e-5);
    adam.step(&mut table, &occurrences, &of_texts, 0.1);
    assert!((table.row(1)[0] - 2.8).abs() < 1e-5, "{:?}", table.row(1));
    assert_eq!(adam.steps, [0, 2, 0, 0]);
    for row in [0, 2, 3] {
        assert_eq!(table.row(row), before.row(row));
        assert_eq!(adam.first.row(row), [0.0, 0.0]);
    }
}

#[test]
fn the_start_follows_the_teacher_where_there_are_texts() {
    // Token 0 is in every text, token 1 and 2 in half of them each, token 3 in none.
    let mut all = TokenLists::new();
    let mut targets = Matrix::zeros(0, 8);
    for text in 0..200u32 {
        let side = text % 2;
        all.push(&[0, 1 + side]);
        let mut target = [0.0; 8];
        target[side as usize] = 1.0;
        targets.values.extend(target);
        targets.rows += 1;
    }
    let target_of: Vec<Option<u32>> = (0..200).map(Some).collect();
    let table = start(
        &all,
        4,
        &targets,
        &target_of,
        (targets.columns, 1.0, Seed(1)),
    );
    let norm = |token: usize| dot(table.row(token), table.row(token)).sqrt();
    assert!(table.row(1)[0] / norm(1) > 0.99);
    assert!(table.row(2)[1] / norm(2) > 0.99);
    assert!(norm(0) < norm(1), "a token of every text weighs less");
    assert!(norm(3) > norm(1), "a token of no text weighs most");
    assert_eq!(
        table,
        start(
            &all,
            4,
            &targets,
            &target_of,
            (targets.columns, 1.0, Seed(1))
        )
    );
    assert_ne!(
        table.row(3),
        start(
            &all,
            4,
            &targets,
            &target_of,
            (targets.columns, 1.0, Seed(2))
        )
        .row(3)
    );
}

#[test]
fn untrained_rows_get_the_median_length_of_trained_ones() {
    let mut table = Matrix {
        rows: 5,
        columns: 2,
        values: vec![3.0, 4.0, 0.6, 0.8, 0.0, 2.0, 9.0, 0.0, 0.0, 0.0],
    };
    let before = table.clone();
    settle_untrained(&mut table, &[7, 0, 1, 2, 0]);
    for row in [0, 2, 3, 4] {
        assert_eq!(table.row(row), before.row(row), "row {row}");
    }
    // Trained lengths are 5, 2 and 9; the direction stays.
    assert!((table.row(1)[0] - 3.0).abs() < 1e-5 && (table.row(1)[1] - 4.0).abs() < 1e-5);
    settle_untrained(&mut table, &[0; 5]);
    assert!((table.row(0)[0] - 3.0).abs() < 1e-6);
}
