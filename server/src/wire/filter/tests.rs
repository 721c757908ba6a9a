use engine::{
    Clause, DateTime, Filter, FilterCondition, FilterTest, GeoArea, GeoPoint, Nested, Range, Value,
};
use serde_json::{Value as Json, json};

use super::FilterBody;

fn read(json: Json) -> Result<Filter, (&'static str, String)> {
    let body: FilterBody = serde_json::from_value(json).expect("any JSON");
    body.to_engine("filter")
        .map_err(|error| (error.code, error.field.unwrap_or_default()))
}

fn condition(key: &str, test: FilterTest) -> Clause {
    Clause::Condition(FilterCondition {
        key: key.to_owned(),
        test,
    })
}

#[test]
fn nulls_emptiness_other_values_ids_and_nested_filters_are_read() {
    let filter = read(json!({"must": [
        {"key": "a", "is_null": true},
        {"key": "a", "is_empty": false},
        {"key": "a", "match": {"other_than": ["x", 1]}},
        {"has_id": [7, "x", "7"]},
        {"nested": {"key": "parts", "filter": {"must": [{"key": "n", "match": {"value": 1}}]}}},
        {},
    ]}));
    let expected = Filter {
        must: vec![
            condition("a", FilterTest::Null(true)),
            condition("a", FilterTest::Empty(false)),
            condition(
                "a",
                FilterTest::OtherThan(vec![Value::String("x".to_owned()), Value::Integer(1)]),
            ),
            Clause::HasId(["7".to_owned(), "x".to_owned()].into()),
            Clause::Nested(Nested {
                key: "parts".to_owned(),
                filter: Filter {
                    must: vec![condition("n", FilterTest::Any(vec![Value::Integer(1)]))],
                    ..Filter::default()
                },
            }),
            Clause::Group(Filter::default()),
        ],
        ..Filter::default()
    };
    assert_eq!(filter, Ok(expected));
}

#[test]
fn what_stands_beside_ids_or_in_their_place_is_refused() {
    for (clause, field) in [
        (json!({"has_id": 1}), "has_id"),
        (json!({"has_id": [1, -1]}), "has_id[1]"),
        (json!({"has_id": [1], "key": "a"}), "key"),
        (json!({"key": "a", "is_null": 1}), "is_null"),
        (json!({"nested": {"key": "a"}}), "nested"),
        (json!({"nested": {"key": 1, "filter": {}}}), "nested.key"),
        (
            json!({"nested": {"key": "a", "filter": []}}),
            "nested.filter",
        ),
    ] {
        let (code, found) = read(json!({"must": [clause]})).expect_err("refused");
        assert_eq!(
            (code, found),
            ("filter_invalid", format!("filter.must[0].{field}"))
        );
    }
    let (code, field) = read(json!({"must": [{"has_id": [""]}]})).expect_err("refused");
    assert_eq!(
        (code, field.as_str()),
        ("id_empty", "filter.must[0].has_id[0]")
    );
}

#[test]
fn every_kind_of_condition_is_read() {
    let filter = read(json!({
        "must": [
            {"key": "lang", "match": {"value": "en"}},
            {"key": "year", "match": {"any": [1999, 2000.5, true]}},
            {"key": "price", "range": {"gte": 1, "lt": 2.5}},
            {"key": "path", "match": {"prefix": "docs/"}},
            {"key": "when", "range": {"gt": "2026-11-23", "lte": "2026-11-23T12:00:00+01:00"}},
            {"key": "at", "geo_radius": {"center": {"lat": 1, "lon": -2.5}, "radius_m": 30}},
            {"key": "at", "geo_box": {"top_left": {"lat": 2, "lon": 3}, "bottom_right": {"lat": 1, "lon": 4}}},
        ],
        "should": [{"must_not": [{"key": "a.b", "exists": true}]}],
    }));
    let any = vec![
        Value::Integer(1999),
        Value::Float(2000.5),
        Value::Bool(true),
    ];
    let range = Range {
        gte: Some(1.0),
        lt: Some(2.5),
        ..Range::default()
    };
    let dates = Range {
        gt: DateTime::parse("2026-11-23T00:00:00Z"),
        lte: DateTime::parse("2026-11-23T11:00:00Z"),
        ..Range::default()
    };
    let place = |lat, lon| GeoPoint { lat, lon };
    let expected = Filter {
        must: vec![
            condition(
                "lang",
                FilterTest::Any(vec![Value::String("en".to_owned())]),
            ),
            condition("year", FilterTest::Any(any)),
            condition("price", FilterTest::Range(range)),
            condition("path", FilterTest::Prefix("docs/".to_owned())),
            condition("when", FilterTest::DateRange(dates)),
            condition(
                "at",
                FilterTest::Geo(GeoArea::Radius {
                    center: place(1.0, -2.5),
                    radius_m: 30.0,
                }),
            ),
            condition(
                "at",
                FilterTest::Geo(GeoArea::Box {
                    top_left: place(2.0, 3.0),
                    bottom_right: place(1.0, 4.0),
                }),
            ),
        ],
        should: vec![Clause::Group(Filter {
            must_not: vec![condition("a.b", FilterTest::Exists(true))],
            ..Filter::default()
        })],
        must_not: Vec::new(),
    };
    assert_eq!(filter, Ok(expected));
    assert_eq!(read(json!({})), Ok(Filter::default()));
}

#[expect(clippy::too_many_lines, reason = "one table of cases")]
#[test]
fn each_fault_is_named_with_its_path() {
    let cases = [
        (json!([]), "filter"),
        (json!({"most": []}), "filter.most"),
        (json!({"must": {}}), "filter.must"),
        (json!({"must": [1]}), "filter.must[0]"),
        (json!({"must": [{"key": "a"}]}), "filter.must[0]"),
        (
            json!({"must": [{"key": 1, "exists": true}]}),
            "filter.must[0].key",
        ),
        (
            json!({"must": [{"key": "a", "exists": 1}]}),
            "filter.must[0].exists",
        ),
        (
            json!({"must": [{"key": "a", "near": 1}]}),
            "filter.must[0].near",
        ),
        (
            json!({"must": [{"key": "a", "match": {}}]}),
            "filter.must[0].match",
        ),
        (
            json!({"must": [{"key": "a", "match": {"value": null}}]}),
            "filter.must[0].match.value",
        ),
        (
            json!({"must": [{"key": "a", "match": {"any": [1, []]}}]}),
            "filter.must[0].match.any[1]",
        ),
        (
            json!({"must": [{"key": "a", "match": {"value": 1, "any": []}}]}),
            "filter.must[0].match",
        ),
        (
            json!({"must": [{"key": "a", "range": {}}]}),
            "filter.must[0].range",
        ),
        (
            json!({"must": [{"key": "a", "range": {"gt": "1"}}]}),
            "filter.must[0].range.gt",
        ),
        (
            json!({"must": [{"key": "a", "range": {"from": 1}}]}),
            "filter.must[0].range.from",
        ),
        (
            json!({"must": [{"key": "a", "match": {"prefix": 1}}]}),
            "filter.must[0].match.prefix",
        ),
        (
            json!({"must": [{"key": "a"}], "should": [{"key": "a", "match": {"suffix": "b"}}]}),
            "filter.must[0]",
        ),
        (
            json!({"must": [{"key": "a", "match": {"suffix": "b"}}]}),
            "filter.must[0].match.suffix",
        ),
        (
            json!({"must": [{"exists": true, "key": "a"}, {"key": "a", "range": {"gte": "yesterday"}}]}),
            "filter.must[1].range.gte",
        ),
        (
            json!({"must": [{"key": "a", "range": {"gte": "2026-02-29T00:00:00Z"}}]}),
            "filter.must[0].range.gte",
        ),
        (
            json!({"must": [{"key": "a", "range": {"gte": 1, "lt": "2026-01-01T00:00:00Z"}}]}),
            "filter.must[0].range.gte",
        ),
        (
            json!({"must": [{"key": "a", "geo_radius": {"center": {"lat": 1, "lon": 2}}}]}),
            "filter.must[0].geo_radius",
        ),
        (
            json!({"must": [{"key": "a", "geo_radius": {"center": {"lat": 1}, "radius_m": 1}}]}),
            "filter.must[0].geo_radius.center",
        ),
        (
            json!({"must": [{"key": "a", "geo_radius": {"center": {"lat": 1, "lon": "2"}, "radius_m": 1}}]}),
            "filter.must[0].geo_radius.center.lon",
        ),
        (
            json!({"must": [{"key": "a", "geo_radius": {"center": {"lat": 1, "lon": 2}, "radius_m": null}}]}),
            "filter.must[0].geo_radius.radius_m",
        ),
        (
            json!({"must": [{"key": "a", "geo_box": {"top_left": {"lat": 1, "lon": 2}, "top_right": {}}}]}),
            "filter.must[0].geo_box.top_right",
        ),
        (
            json!({"must": [{"key": "a", "exists": true, "range": {"gt": 1}}]}),
            "filter.must[0]",
        ),
        (
            json!({"should": [{"must": [{"should": [{"key": "a"}]}]}]}),
            "filter.should[0].must[0].should[0]",
        ),
    ];
    for (json, field) in cases {
        let text = json.to_string();
        assert_eq!(
            read(json),
            Err(("filter_invalid", field.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn nesting_is_bounded() {
    let mut json = json!({});
    for _ in 0..80 {
        json = json!({"must": [json]});
    }
    // An empty object inside is no condition, so the innermost has to be a group.
    let found = read(json).expect_err("too deep");
    assert_eq!(found.0, "filter_invalid");
}
