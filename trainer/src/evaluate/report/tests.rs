//! The JSON says everything and is read back as it was written.

use super::*;
use crate::evaluate::compare::{Figure, Row, Sample};

#[test]
fn the_json_is_read_back_as_it_was_written() {
    let sample = |value: f64| Sample {
        value,
        resampled: vec![value - 0.1, value, value + 0.1],
    };
    let figure = Figure {
        name: "nDCG@10".to_owned(),
        model: sample(0.5),
        against: Some(sample(0.25)),
    };
    let rows = vec![Row {
        cut: Cut {
            length: 64,
            against_length: Some(64),
        },
        figures: vec![figure],
    }];
    let kind = SetKind::Retrieval {
        documents: 10,
        queries: 5,
    };
    let set = Resampled {
        set: "one".to_owned(),
        kind,
        rows,
    };
    let facts = |name: &str| ModelFacts {
        name: name.to_owned(),
        fingerprint: "abc".to_owned(),
        dimensions: 64,
        parameters: 7,
    };
    let models = [Some(facts("new")), Some(facts("old"))];
    let report = Report::of(models, &[set], &Resampling::default()).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    let found = &json["sets"][0];
    assert_eq!(
        (&found["kind"], &found["queries"]),
        (&"retrieval".into(), &5.into())
    );
    let length = &found["lengths"][0];
    assert_eq!(
        (&length["length"], &length["against_length"]),
        (&64.into(), &64.into())
    );
    let figure = &length["figures"][0];
    assert_eq!(
        (&figure["figure"], &figure["value"]),
        (&"nDCG@10".into(), &0.5.into())
    );
    assert!(figure["low"].as_f64().unwrap() < 0.5 && figure["high"].as_f64().unwrap() > 0.5);
    assert_eq!(figure["difference"]["value"], 0.25);
    // The same resamples move both alike, so the difference has no spread.
    assert_eq!(figure["difference"]["is_significant"], true);
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}
