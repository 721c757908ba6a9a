use embedder::ModelSource;

use super::*;
use crate::fixture;

#[test]
fn the_built_in_table_is_refused_and_a_transformer_is_not() {
    let open = |source: &ModelSource| {
        let checkpoint = Checkpoint::open(source, true).unwrap();
        let weights = Weights::open(&checkpoint).unwrap();
        check_rows(&weights.table, weights.config.rms_norm_eps, "start")
    };
    open(&ModelSource::Folder(fixture::tiny_model())).unwrap();
    let message = open(&ModelSource::BuiltIn).unwrap_err().to_string();
    for expected in ["token rows of `start`", "expected 1e-3", "[transformer]"] {
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn rows_are_too_small_where_both_bounds_say_so() {
    let table = |value: f32| Matrix {
        rows: 3,
        columns: 4,
        values: vec![value; 12],
    };
    assert!(check_rows(&table(1e-4), 1e-6, "m").is_err());
    // Small, but not beside the epsilon; and large, beside a large epsilon: a lifted table that a
    // [transformer] section trained.
    check_rows(&table(9e-4), 1e-6, "m").unwrap();
    check_rows(&table(1.0), 1e3, "m").unwrap();
    check_rows(&table(0.0), 0.0, "m").unwrap();
    check_rows(&Matrix::zeros(0, 4), 1e-6, "m").unwrap();
}
