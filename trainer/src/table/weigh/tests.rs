//! Rare tokens count more, and directions stay.

use super::*;

fn table() -> Matrix {
    Matrix {
        rows: 4,
        columns: 2,
        values: vec![4.0, 0.0, 0.0, 1.0, 0.6, 0.8, 0.0, 0.0],
    }
}

fn lengths(table: &Matrix) -> Vec<f32> {
    let rows = (0..table.rows).map(|row| table.row(row));
    rows.map(|row| dot(row, row).sqrt()).collect()
}

#[test]
fn a_length_is_a_power_of_itself_times_a_power_of_the_rarity() {
    let mut weighed = table();
    let powers = Powers {
        length: 0.5,
        rarity: 1.0,
    };
    // Rarities 1, 2, 4 and 2: the median of them, the upper of the two in the middle, is 2.
    let shares = [-1.0f64, -2.0, -4.0, -2.0].map(f64::exp);
    weigh(&mut weighed, &shares, powers);
    for (found, expected) in lengths(&weighed).iter().zip([1.0, 1.0, 2.0, 0.0]) {
        assert!((found - expected).abs() < 1e-5, "{found} and {expected}");
    }
    assert!((weighed.row(2)[0] / weighed.row(2)[1] - 0.75).abs() < 1e-5);
}

#[test]
fn powers_one_and_zero_change_nothing() {
    let mut weighed = table();
    let powers = Powers {
        length: 1.0,
        rarity: 0.0,
    };
    weigh(&mut weighed, &[0.1, 1.0, 1e-9, 0.5], powers);
    assert_eq!(weighed, table());
}
