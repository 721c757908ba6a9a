//! What is taken, what is refused, and what becomes of it.

use serde_json::json;

use super::point::{PayloadParts, VectorInput, read_with_vector};
use super::query::{Query, Ranking, ReciprocalRank};
use super::*;
use crate::wire::filter::FilterBody;

fn code(error: ApiError) -> (&'static str, String) {
    (error.code, error.field.unwrap_or_default())
}

#[test]
fn filters_become_ours() {
    let filter = json!({
        "must": {"key": "a.b[].c", "match": {"value": 1}},
        "should": [{"key": "n", "range": {"gt": 1.5, "lte": null}}, {"must_not": []}],
        "must_not": [
            {"has_id": [1, "a"]},
            {"is_null": {"key": "a[]"}},
            {"is_empty": {"key": "b"}},
            {"key": "c", "match": {"except": ["x"]}},
            {"nested": {"key": "d[]", "filter": {"must": {"is_null": {"key": "e"}}}}},
        ],
    });
    let expected = json!({
        "must": [{"must": [{"key": "a.b.c", "match": {"value": 1}}]}],
        "should": [{"must": [{"key": "n", "range": {"gt": 1.5}}]}, {"must_not": []}],
        "must_not": [
            {"has_id": [1, "a"]},
            {"key": "a", "is_null": true},
            {"key": "b", "is_empty": true},
            {"must": [{"key": "c", "match": {"other_than": ["x"]}}]},
            {"nested": {"key": "d", "filter": {"must": [{"key": "e", "is_null": true}]}}},
        ],
    });
    let found = filter::translate(Some(filter), "filter").expect("taken");
    assert_eq!(found, Some(FilterBody::new(expected)));
    let found = found.expect("there").to_engine("filter").expect("ours");
    assert_eq!((found.must.len(), found.should.len()), (1, 2));
    assert_eq!(filter::translate(Some(Value::Null), "filter"), Ok(None));
}

#[test]
fn filters_of_another_kind_are_refused_by_name() {
    for (clause, field) in [
        (json!({"has_vector": ""}), "filter.must[0].has_vector"),
        (
            json!({"key": "a", "match": {"text": "x"}}),
            "filter.must[0].match.text",
        ),
        (
            json!({"key": "a", "geo_radius": {}}),
            "filter.must[0].geo_radius",
        ),
        (json!({"min_should": {}}), "filter.must[0].min_should"),
    ] {
        let filter = json!({"must": [clause]});
        let error = filter::translate(Some(filter), "filter").expect_err("refused");
        assert_eq!(code(error), ("not_supported", field.to_owned()));
    }
    for (filter, field) in [
        (json!([]), "filter"),
        (json!({"must": [1]}), "filter.must[0]"),
        (
            json!({"must": [{"key": 1, "match": {}}]}),
            "filter.must[0].key",
        ),
        (json!({"must": [{"key": "a"}]}), "filter.must[0]"),
        (
            json!({"must": [{"is_null": {}}]}),
            "filter.must[0].is_null.key",
        ),
        (
            json!({"must": [{"nested": {"key": "a"}}]}),
            "filter.must[0].nested.filter",
        ),
        (
            json!({"must": [{"has_id": [1], "other": 1}]}),
            "filter.must[0].other",
        ),
    ] {
        let error = filter::translate(Some(filter), "filter").expect_err("refused");
        assert_eq!(code(error), ("filter_invalid", field.to_owned()));
    }
}

#[test]
fn vectors_and_documents_also_under_the_empty_name() {
    let numbers = VectorInput::Numbers(vec![1.0, 0.5]);
    let text = VectorInput::Text {
        text: "a".to_owned(),
        model: "m".to_owned(),
    };
    for (json, expected) in [
        (json!([1, 0.5]), &numbers),
        (json!({"": [1, 0.5]}), &numbers),
        (json!({"text": "a", "model": "m"}), &text),
        (json!({"text": "a", "model": "m", "options": null}), &text),
        (json!({"": {"text": "a", "model": "m"}}), &text),
    ] {
        assert_eq!(VectorInput::read(json, "vector").as_ref(), Ok(expected));
    }
    for json in [
        json!({"dense": [1]}),
        json!({"": [1], "other": [1]}),
        json!({"": {"": [1]}}),
        json!({"indices": [1], "values": [1]}),
        json!([[1, 2]]),
        json!(["a"]),
        json!({"text": "a"}),
        json!({"text": "a", "model": "m", "image": 1}),
        json!({"text": "a", "model": "m", "options": {"x": 1}}),
        json!("a"),
        Value::Null,
    ] {
        let error = VectorInput::read(json.clone(), "vector").expect_err("refused");
        assert_eq!(code(error).0, "not_supported", "{json}");
    }
}

#[test]
fn rankings_by_vector_text_words_and_point() {
    let read = |json: Value, using: Option<&str>| Ranking::read(Some(json), using, "query");
    assert_eq!(read(json!([1]), None), Ok(Ranking::Vector(vec![1.0])));
    assert_eq!(
        read(json!({"nearest": [1]}), Some("")),
        Ok(Ranking::Vector(vec![1.0]))
    );
    assert_eq!(
        read(json!(7), None),
        Ok(Ranking::Point(crate::wire::id::Id::Integer(7)))
    );
    let words = json!({"text": "a", "model": "Qdrant/bm25"});
    assert_eq!(
        read(words, Some("sparse")),
        Ok(Ranking::Words("a".to_owned()))
    );
    for (json, using) in [
        (json!([1]), Some("dense")),
        (json!({"nearest": [1], "mmr": {}}), None),
        (json!({"nearest": {"nearest": [1]}}), None),
        (json!({"recommend": {}}), None),
        (json!({"fusion": "rrf"}), None),
        (json!(-1), None),
        (Value::Null, None),
    ] {
        let error = read(json.clone(), using).expect_err("refused");
        assert_eq!(error.code, "not_supported", "{json}");
    }
}

#[test]
fn reciprocal_ranks_begin_at_nought() {
    let plain = ReciprocalRank::read(Some(&json!({"fusion": "rrf"})), 2).expect("taken");
    assert_eq!((plain.score(0, 0), plain.score(1, 2)), (0.5, 0.25));
    let query = json!({"rrf": {"k": 1, "weights": [2.0, 0.0]}});
    let weighted = ReciprocalRank::read(Some(&query), 2).expect("taken");
    assert_eq!((weighted.score(0, 1), weighted.score(1, 0)), (1.0, 0.0));
    for (query, expected) in [
        (json!({"fusion": "dbsf"}), "not_supported"),
        (json!([1.0]), "not_supported"),
        (json!({"rrf": {"k": 0}}), "fusion_invalid"),
        (json!({"rrf": {"weights": [1.0]}}), "fusion_invalid"),
        (json!({"rrf": {"weights": [1.0, -1.0]}}), "fusion_invalid"),
    ] {
        let error = ReciprocalRank::read(Some(&query), 2).expect_err("refused");
        assert_eq!(error.code, expected, "{query}");
    }
    assert!(ReciprocalRank::read(None, 2).is_err());
}

#[test]
fn as_many_prefetches_as_allowed_and_no_more() {
    let query = |count: usize| -> Query {
        let prefetches = vec![json!({"query": [1]}); count];
        serde_json::from_value(json!({"prefetch": prefetches})).expect("a query")
    };
    let found = query(query::PREFETCHES_MAX)
        .take_prefetches()
        .expect("taken");
    assert_eq!(found.len(), query::PREFETCHES_MAX);
    let error = query(query::PREFETCHES_MAX + 1)
        .take_prefetches()
        .expect_err("refused");
    assert_eq!(error.code, "too_many");
    let nested = json!({"prefetch": {"query": [1], "prefetch": []}});
    let mut nested: Query = serde_json::from_value(nested).expect("a query");
    assert_eq!(
        nested.take_prefetches().expect_err("refused").code,
        "not_supported"
    );
}

#[test]
fn parts_of_payloads() {
    let payload = || json!({"a": 1, "b": 2}).as_object().cloned();
    let cut = |json: Value| {
        PayloadParts::read(Some(json), PayloadParts::None).map(|parts| parts.cut(payload()))
    };
    assert_eq!(cut(json!(true)), Ok(json!({"a": 1, "b": 2})));
    assert_eq!(cut(json!(false)), Ok(Value::Null));
    assert_eq!(cut(json!(["a"])), Ok(json!({"a": 1})));
    assert_eq!(cut(json!({"include": ["b"]})), Ok(json!({"b": 2})));
    assert_eq!(cut(json!({"exclude": ["b"]})), Ok(json!({"a": 1})));
    for wrong in [
        json!(1),
        json!([1]),
        json!({}),
        json!({"include": [], "exclude": []}),
    ] {
        assert!(cut(wrong).is_err());
    }
    assert_eq!(read_with_vector(Some(&json!([""]))), Ok(true));
    assert!(read_with_vector(Some(&json!(["dense"]))).is_err());
}
