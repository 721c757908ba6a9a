use engine::{Clause, Filter, FilterCondition, FilterTest, Range, Value};
use serde_json::{Value as Json, json};

use super::FilterBody;

fn read(json: Json) -> Result<Filter, (&'static str, String)> {
    let body: FilterBody = serde_json::from_value(json).expect("any JSON");
    body.to_engine("filter")
        .map_err(|error| (error.code, error.field.unwrap_or_default()))
}

#[test]
fn every_kind_of_condition_is_read() {
    let filter = read(json!({
        "must": [
            {"key": "lang", "match": {"value": "en"}},
            {"key": "year", "match": {"any": [1999, 2000.5, true]}},
            {"key": "price", "range": {"gte": 1, "lt": 2.5}},
        ],
        "should": [{"must_not": [{"key": "a.b", "exists": true}]}],
    }));
    let condition = |key: &str, test| {
        Clause::Condition(FilterCondition {
            key: key.to_owned(),
            test,
        })
    };
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
    let expected = Filter {
        must: vec![
            condition(
                "lang",
                FilterTest::Any(vec![Value::String("en".to_owned())]),
            ),
            condition("year", FilterTest::Any(any)),
            condition("price", FilterTest::Range(range)),
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

#[test]
fn each_fault_is_named_with_its_path() {
    let cases = [
        (json!([]), "filter"),
        (json!({"most": []}), "filter.most"),
        (json!({"must": {}}), "filter.must"),
        (json!({"must": [1]}), "filter.must[0]"),
        (json!({"must": [{}]}), "filter.must[0]"),
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
