use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::point::{ID_BYTES_MAX, PointId, Span};
use crate::value::{PAYLOAD_BYTES_MAX, PAYLOAD_DEPTH_MAX, Payload, Value};
use crate::write::request::Condition;

fn schema(distance: Distance) -> CollectionSchema {
    CollectionSchema {
        model: None,
        dimensions: 2,
        distance,
        recall: 0.95,
    }
}

fn point(id: &str, vector: Vec<f32>) -> UpsertPoint {
    UpsertPoint {
        id: PointId::String(id.into()),
        text: None,
        chunks: vec![Chunk {
            span: Span { start: 0, end: 0 },
            vector,
        }],
        payload: Payload::new(),
        expires_at_ms: None,
        condition: Condition::Always,
    }
}

fn refusal(points: Vec<UpsertPoint>) -> (String, &'static str) {
    let request = WriteRequest::Upsert(points);
    match check(
        request,
        &schema(Distance::Cosine),
        &EngineOptions::default(),
    ) {
        Err(Error::Invalid { field, code, .. }) => (field, code),
        other => panic!("expected a refusal, found {other:?}"),
    }
}

#[track_caller]
fn refuses(points: Vec<UpsertPoint>, field: &str, code: &str) {
    let (found_field, found_code) = refusal(points);
    assert_eq!((found_field.as_str(), found_code), (field, code));
}

#[test]
fn each_user_error_names_its_field_and_code() {
    let good = || point("a", vec![3.0, 4.0]);
    refuses(vec![], "points", "empty");
    refuses(vec![point("", vec![1.0, 0.0])], "points[0].id", "id_empty");
    let long = "x".repeat(ID_BYTES_MAX + 1);
    refuses(
        vec![good(), point(&long, vec![1.0, 0.0])],
        "points[1].id",
        "id_too_long",
    );
    refuses(vec![good(), good()], "points[1].id", "duplicate_id");
    refuses(
        vec![point("a", vec![1.0])],
        "points[0].vector",
        "dimension_mismatch",
    );
    refuses(
        vec![point("a", vec![1.0, f32::NAN])],
        "points[0].vector",
        "vector_not_finite",
    );
    refuses(
        vec![point("a", vec![f32::INFINITY, 1.0])],
        "points[0].vector",
        "vector_not_finite",
    );
    refuses(
        vec![point("a", vec![0.0, 0.0])],
        "points[0].vector",
        "zero_vector",
    );
    refuses(
        vec![point("a", vec![1e30, 0.0])],
        "points[0].vector",
        "vector_too_large",
    );
    refuses(
        vec![UpsertPoint {
            chunks: vec![],
            ..good()
        }],
        "points[0].vector",
        "vector_missing",
    );
    let blank = UpsertPoint {
        text: Some(" \n".into()),
        ..good()
    };
    refuses(vec![blank], "points[0].text", "text_empty");
    let text = UpsertPoint {
        text: Some("x".repeat(TEXT_BYTES_MAX + 1)),
        ..good()
    };
    refuses(vec![text], "points[0].text", "text_too_long");
    let chunk = Chunk {
        span: Span { start: 0, end: 5 },
        vector: vec![1.0, 0.0],
    };
    let outside = UpsertPoint {
        text: Some("four".into()),
        chunks: vec![chunk],
        ..good()
    };
    refuses(vec![outside], "points[0].vector", "chunk_out_of_range");
}

#[test]
fn payloads_are_bounded_in_size_and_depth() {
    let big = Value::String("x".repeat(PAYLOAD_BYTES_MAX));
    let payload = Payload::from([("a".to_owned(), big)]);
    let large = UpsertPoint {
        payload,
        ..point("a", vec![1.0, 0.0])
    };
    refuses(vec![large], "points[0].payload", "payload_too_large");
    let mut nested = Value::Null;
    for _ in 0..PAYLOAD_DEPTH_MAX {
        nested = Value::List(vec![nested]);
    }
    let payload = Payload::from([("a".to_owned(), nested)]);
    let deep = UpsertPoint {
        payload,
        ..point("a", vec![1.0, 0.0])
    };
    refuses(vec![deep], "points[0].payload", "payload_too_deep");
}

#[test]
fn a_request_holds_at_most_so_many_points_and_bytes() {
    let options = EngineOptions {
        write_points_max: 2,
        write_bytes_max: 40,
        ..EngineOptions::default()
    };
    let points = |count: usize| {
        let points = (0..count).map(|index| point(&index.to_string(), vec![1.0, 0.0]));
        WriteRequest::Upsert(points.collect())
    };
    let code = |request| match check(request, &schema(Distance::Cosine), &options) {
        Err(Error::Invalid { code, .. }) => Some(code),
        _ => None,
    };
    assert_eq!(code(points(2)), None);
    assert_eq!(code(points(3)), Some("too_many"));
    let text = UpsertPoint {
        text: Some("x".repeat(40)),
        ..point("a", vec![1.0, 0.0])
    };
    assert_eq!(
        code(WriteRequest::Upsert(vec![text])),
        Some("request_too_large")
    );
}

#[test]
fn cosine_normalises_and_the_others_keep_magnitudes() {
    let vector = |distance| {
        let request = WriteRequest::Upsert(vec![point("a", vec![3.0, 4.0])]);
        match check(request, &schema(distance), &EngineOptions::default())
            .unwrap()
            .into_inner()
        {
            WriteRequest::Upsert(mut points) => points.remove(0).chunks.remove(0).vector,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(vector(Distance::Cosine), [0.6, 0.8]);
    assert_eq!(vector(Distance::Dot), [3.0, 4.0]);
    assert_eq!(vector(Distance::Euclid), [3.0, 4.0]);
}

#[test]
fn a_vector_that_was_normalised_is_kept_as_it_is() {
    let mut random = ChaCha8Rng::seed_from_u64(23);
    for dimensions in [2, 64, 320, 16_384] {
        let schema = CollectionSchema {
            dimensions,
            ..schema(Distance::Cosine)
        };
        for _ in 0..50 {
            let mut vector: Vec<f32> = (0..dimensions)
                .map(|_| random.random_range(-3.0..3.0))
                .collect();
            check_vector(&mut vector, "vector", &schema).expect("normalised");
            let once = vector.clone();
            check_vector(&mut vector, "vector", &schema).expect("kept");
            assert_eq!(vector, once);
        }
    }
}
