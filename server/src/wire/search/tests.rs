use engine::Fusion;
use serde_json::json;

use super::FusionBody;

fn read(json: serde_json::Value) -> FusionBody {
    serde_json::from_value(json).expect("a fusion")
}

#[test]
fn fusion_has_defaults_and_takes_weights() {
    assert_eq!(read(json!({})).check(), Ok(Fusion::default()));
    let weighted = read(json!({"method": "rrf", "rank_constant": 10, "weights": {"text": 0}}));
    let expected = Fusion::ReciprocalRank {
        rank_constant: 10.0,
        vector_weight: 1.0,
        text_weight: 0.0,
    };
    assert_eq!(weighted.check(), Ok(expected));
    let scores = read(json!({"weights": {"vector": 2, "text": 1}}));
    let expected = Fusion::Scores {
        vector_weight: 2.0,
        text_weight: 1.0,
    };
    assert_eq!(scores.check(), Ok(expected));
}

#[test]
fn numbers_that_make_no_ranking_are_refused_with_their_field() {
    let cases = [
        (json!({"rank_constant": 60}), "fusion.rank_constant"),
        (
            json!({"method": "rrf", "rank_constant": -1}),
            "fusion.rank_constant",
        ),
        (
            json!({"method": "rrf", "rank_constant": 1e39}),
            "fusion.rank_constant",
        ),
        (
            json!({"weights": {"vector": -0.1}}),
            "fusion.weights.vector",
        ),
        (
            json!({"weights": {"text": 2_000_000}}),
            "fusion.weights.text",
        ),
        (
            json!({"weights": {"vector": 0, "text": 0}}),
            "fusion.weights",
        ),
    ];
    for (json, field) in cases {
        let error = read(json).check().expect_err(field);
        assert_eq!(
            (error.code, error.field.as_deref()),
            ("fusion_invalid", Some(field))
        );
    }
}
