use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::error::{Error, ErrorKind};

fn object<const N: usize>(entries: [(&str, Value); N]) -> Payload {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn any<const N: usize>(key: &str, values: [Value; N]) -> Clause {
    condition(key, FilterTest::Any(values.to_vec()))
}

fn condition(key: &str, test: FilterTest) -> Clause {
    Clause::Condition(FilterCondition {
        key: key.to_owned(),
        test,
    })
}

fn must(clauses: Vec<Clause>) -> Filter {
    Filter {
        must: clauses,
        ..Filter::default()
    }
}

fn passes(clause: Clause, payload: &Payload) -> bool {
    must(vec![clause]).matches(&id(), payload)
}

fn id() -> PointId {
    PointId::Integer(7)
}

fn has_id(ids: &[&str]) -> Clause {
    Clause::HasId(ids.iter().map(|id| (*id).to_owned()).collect())
}

fn in_object(key: &str, filter: Filter) -> Clause {
    Clause::Nested(Nested {
        key: key.to_owned(),
        filter,
    })
}

fn book() -> Payload {
    object([
        ("lang", text("en")),
        ("year", Value::Integer(1984)),
        ("price", Value::Float(9.5)),
        ("signed", Value::Bool(false)),
        ("gift", Value::Null),
        ("seen", text("2026-11-23T10:00:00Z")),
        (
            "places",
            Value::List(vec![
                text("Berlin"),
                Value::Object(object([
                    ("lat", Value::Float(52.52)),
                    ("lon", Value::Float(13.405)),
                ])),
            ]),
        ),
        ("empty", Value::List(Vec::new())),
        (
            "tags",
            Value::List(vec![text("a"), Value::List(vec![text("b")])]),
        ),
        ("author", Value::Object(object([("name", text("Eric"))]))),
        ("file.name", text("x.txt")),
        (
            "parts",
            Value::List(vec![
                Value::Object(object([("pages", Value::Integer(10))])),
                Value::Object(object([("pages", Value::Integer(20))])),
            ]),
        ),
    ])
}

#[test]
fn conditions_read_dotted_paths_lists_and_numbers() {
    let range = |gte, lt| {
        FilterTest::Range(Range {
            gte,
            lt,
            ..Range::default()
        })
    };
    let prefix = |prefix: &str| FilterTest::Prefix(prefix.to_owned());
    let since = |time| {
        FilterTest::DateRange(Range {
            gte: DateTime::parse(time),
            ..Range::default()
        })
    };
    let near = |lat, lon| {
        FilterTest::Geo(GeoArea::Radius {
            center: GeoPoint { lat, lon },
            radius_m: 10_000.0,
        })
    };
    let cases = [
        (any("lang", [text("de"), text("en")]), true),
        (any("lang", [text("EN")]), false),
        (any("lang", []), false),
        (any("year", [Value::Float(1984.0)]), true),
        (any("year", [text("1984")]), false),
        (any("signed", [Value::Bool(false)]), true),
        (any("signed", [Value::Integer(0)]), false),
        (any("gift", [Value::Null]), false),
        (any("tags", [text("a")]), true),
        (any("tags", [text("b")]), true),
        (any("author.name", [text("Eric")]), true),
        (any("author", [text("Eric")]), false),
        (any("file.name", [text("x.txt")]), true),
        (any("parts.pages", [Value::Integer(20)]), true),
        (condition("parts.pages", range(Some(15.0), None)), true),
        (
            condition("parts.pages", range(Some(11.0), Some(20.0))),
            false,
        ),
        (condition("price", range(Some(9.5), Some(10.0))), true),
        (condition("price", range(None, Some(9.5))), false),
        (condition("price", range(None, None)), true),
        (condition("lang", range(None, None)), false),
        (condition("lang", prefix("e")), true),
        (condition("lang", prefix("en")), true),
        (condition("lang", prefix("eng")), false),
        (condition("tags", prefix("b")), true),
        (condition("year", prefix("1")), false),
        (condition("seen", since("2026-11-23T10:00:00Z")), true),
        (condition("seen", since("2026-11-23T11:00:00+01:00")), true),
        (condition("seen", since("2026-11-23T10:00:00.1Z")), false),
        (condition("year", since("1984-01-01")), false),
        (condition("seen", range(None, None)), false),
        (condition("places", near(52.5, 13.4)), true),
        (condition("places", near(52.5, 14.4)), false),
        (condition("places.lat", near(52.5, 13.4)), false),
        (condition("gift", FilterTest::Exists(true)), true),
        (condition("empty", FilterTest::Exists(true)), true),
        (condition("author", FilterTest::Exists(true)), true),
        (condition("author.age", FilterTest::Exists(true)), false),
        (condition("author.age", FilterTest::Exists(false)), true),
        (condition("parts.pages", FilterTest::Exists(true)), true),
    ];
    for (clause, expected) in cases {
        assert_eq!(passes(clause.clone(), &book()), expected, "{clause:?}");
    }
}

#[test]
fn null_and_empty_differ_from_absent() {
    let list = Value::List;
    let payload = object([
        ("null", Value::Null),
        ("nulls", list(vec![Value::Null])),
        ("mixed", list(vec![Value::Integer(1), Value::Null])),
        ("nothing", list(Vec::new())),
        ("hollow", list(vec![list(Vec::new())])),
        ("zero", Value::Integer(0)),
        ("no_text", text("")),
        ("object", Value::Object(Payload::new())),
    ]);
    // Path, whether it holds null, whether it is empty.
    let cases = [
        ("absent", false, true),
        ("null", true, true),
        ("nulls", true, false),
        ("mixed", true, false),
        ("nothing", false, true),
        ("hollow", false, false),
        ("zero", false, false),
        ("no_text", false, false),
        ("object", false, false),
    ];
    for (key, is_null, is_empty) in cases {
        for expected in [true, false] {
            let null = condition(key, FilterTest::Null(expected));
            assert_eq!(passes(null, &payload), is_null == expected, "{key}");
            let empty = condition(key, FilterTest::Empty(expected));
            assert_eq!(passes(empty, &payload), is_empty == expected, "{key}");
        }
    }
}

#[test]
fn another_value_is_asked_for() {
    let payload = object([
        ("one", Value::Integer(1)),
        ("both", Value::List(vec![Value::Integer(1), text("x")])),
        ("null", Value::List(vec![Value::Integer(1), Value::Null])),
        ("object", Value::Object(Payload::new())),
    ]);
    let other_than = |key, values: &[Value]| condition(key, FilterTest::OtherThan(values.to_vec()));
    let cases = [
        (other_than("one", &[Value::Integer(1)]), false),
        (other_than("one", &[Value::Float(1.0)]), false),
        (other_than("one", &[Value::Integer(2), text("1")]), true),
        (other_than("one", &[]), true),
        (other_than("both", &[Value::Integer(1)]), true),
        (other_than("both", &[Value::Integer(1), text("x")]), false),
        (other_than("null", &[Value::Integer(1)]), false),
        (other_than("null", &[text("x")]), true),
        (other_than("object", &[Value::Integer(1)]), true),
        (other_than("absent", &[Value::Integer(1)]), false),
    ];
    for (clause, expected) in cases {
        assert_eq!(passes(clause.clone(), &payload), expected, "{clause:?}");
    }
}

#[test]
fn ids_are_compared_as_they_are_written() {
    for (ids, expected) in [(&["6", "7"][..], true), (&["8"], false), (&[], false)] {
        assert_eq!(passes(has_id(ids), &book()), expected, "{ids:?}");
    }
    let text = PointId::String("7".to_owned());
    assert!(must(vec![has_id(&["7"])]).matches(&text, &book()));
}

#[test]
fn a_nested_filter_is_met_by_one_object() {
    let part = |color: &str, size: i64| {
        Value::Object(object([
            ("color", text(color)),
            ("size", Value::Integer(size)),
        ]))
    };
    let payload = object([
        (
            "parts",
            Value::List(vec![part("red", 1), Value::List(vec![part("blue", 9)])]),
        ),
        ("main", part("red", 9)),
    ]);
    let is = |color: &str| any("color", [text(color)]);
    let size = |size| any("size", [Value::Integer(size)]);
    let apart = must(vec![
        any("parts.color", [text("red")]),
        any("parts.size", [Value::Integer(9)]),
    ]);
    assert!(
        apart.matches(&id(), &payload),
        "two objects meet it together"
    );
    let not_red = Filter {
        must_not: vec![is("red")],
        ..Filter::default()
    };
    let cases = [
        (in_object("parts", must(vec![is("red"), size(9)])), false),
        (in_object("parts", must(vec![is("red"), size(1)])), true),
        (in_object("parts", must(vec![is("blue"), size(9)])), true),
        (in_object("main", must(vec![is("red"), size(9)])), true),
        (in_object("parts", not_red.clone()), true),
        (in_object("main", not_red), false),
        (in_object("parts", Filter::default()), true),
        (in_object("parts.color", Filter::default()), false),
        (in_object("absent", Filter::default()), false),
    ];
    for (clause, expected) in cases {
        assert_eq!(passes(clause.clone(), &payload), expected, "{clause:?}");
    }
}

#[test]
fn every_bound_of_a_range_counts() {
    let cases = [
        (
            Range {
                gt: Some(5.0),
                ..Range::default()
            },
            [false, false, true],
        ),
        (
            Range {
                gte: Some(5.0),
                ..Range::default()
            },
            [false, true, true],
        ),
        (
            Range {
                lt: Some(5.0),
                ..Range::default()
            },
            [true, false, false],
        ),
        (
            Range {
                lte: Some(5.0),
                ..Range::default()
            },
            [true, true, false],
        ),
    ];
    for (range, expected) in cases {
        assert_eq!(
            [4.0, 5.0, 6.0].map(|number| range.contains(number)),
            expected,
            "{range:?}"
        );
    }
}

#[test]
fn large_whole_numbers_are_equal_only_to_themselves() {
    let exact = 9_007_199_254_740_993; // 2^53 + 1, which no f64 is.
    let payload = object([
        ("n", Value::Integer(exact)),
        ("u", Value::Unsigned(u64::MAX)),
    ]);
    assert!(passes(any("n", [Value::Integer(exact)]), &payload));
    assert!(!passes(any("n", [Value::Integer(exact - 1)]), &payload));
    assert!(!passes(
        any("n", [Value::Float(9_007_199_254_740_992.0)]),
        &payload
    ));
    assert!(passes(any("u", [Value::Unsigned(u64::MAX)]), &payload));
    let small = object([("n", Value::Unsigned(7)), ("z", Value::Float(-0.0))]);
    assert!(passes(any("n", [Value::Integer(7)]), &small));
    assert!(passes(any("z", [Value::Integer(0)]), &small));
}

#[test]
fn groups_combine() {
    let english = any("lang", [text("en")]);
    let german = any("lang", [text("de")]);
    let check = |filter: Filter, expected| assert_eq!(filter.matches(&id(), &book()), expected);
    check(Filter::default(), true);
    check(must(vec![english.clone(), german.clone()]), false);
    let should = vec![german.clone(), english.clone()];
    check(
        Filter {
            should: should.clone(),
            ..Filter::default()
        },
        true,
    );
    check(
        Filter {
            should,
            must_not: vec![english.clone()],
            ..Filter::default()
        },
        false,
    );
    check(
        must(vec![Clause::Group(Filter {
            must_not: vec![german],
            ..Filter::default()
        })]),
        true,
    );
    check(
        Filter {
            must_not: vec![Clause::Group(must(vec![english]))],
            ..Filter::default()
        },
        false,
    );
}

fn refusal(filter: &Filter) -> (String, &'static str) {
    let error = filter.check("filter").expect_err("the filter is refused");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    match error {
        Error::Invalid { field, code, .. } => (field, code),
        other => unreachable!("{other}"),
    }
}

fn nested(depth: usize) -> Filter {
    (1..depth).fold(Filter::default(), |inner, _| {
        must(vec![Clause::Group(inner)])
    })
}

#[test]
fn depth_is_bounded() {
    assert!(nested(FILTER_DEPTH_MAX).check("filter").is_ok());
    let (field, code) = refusal(&nested(FILTER_DEPTH_MAX + 1));
    assert_eq!(code, "filter_too_deep");
    assert!(field.starts_with("filter.must[0].must[0]"), "{field}");
}

#[test]
fn clauses_are_bounded() {
    let clause = condition("a", FilterTest::Exists(true));
    let half = vec![clause.clone(); FILTER_CLAUSES_MAX / 2 - 1];
    let group = |count| Clause::Group(must(vec![clause.clone(); count]));
    let mut filter = must(half);
    filter.should = vec![group(FILTER_CLAUSES_MAX / 2)];
    assert!(filter.check("filter").is_ok());
    filter.should = vec![group(FILTER_CLAUSES_MAX / 2 + 1)];
    assert_eq!(
        refusal(&filter),
        ("filter.should[0].must".to_owned(), "filter_too_large")
    );
}

#[test]
fn values_are_bounded() {
    let values = |count| condition("a", FilterTest::Any(vec![Value::Integer(1); count]));
    let full = must(vec![values(FILTER_VALUES_MAX - 1), values(1)]);
    assert!(full.check("filter").is_ok());
    let over = must(vec![values(FILTER_VALUES_MAX), values(1)]);
    assert_eq!(
        refusal(&over),
        ("filter.must[1].match".to_owned(), "filter_too_large")
    );
    let other_than = condition("a", FilterTest::OtherThan(vec![Value::Integer(1)]));
    let over = must(vec![values(FILTER_VALUES_MAX), other_than]);
    assert_eq!(
        refusal(&over),
        ("filter.must[1].match".to_owned(), "filter_too_large")
    );
    let over = must(vec![values(FILTER_VALUES_MAX), has_id(&["1"])]);
    assert_eq!(
        refusal(&over),
        ("filter.must[1].has_id".to_owned(), "filter_too_large")
    );
}

#[test]
fn nested_filters_are_bounded_like_groups() {
    let depth = |depth| {
        (1..depth).fold(Filter::default(), |inner, _| {
            must(vec![in_object("a", inner)])
        })
    };
    assert!(depth(FILTER_DEPTH_MAX).check("filter").is_ok());
    assert_eq!(refusal(&depth(FILTER_DEPTH_MAX + 1)).1, "filter_too_deep");
    let (field, code) = refusal(&must(vec![in_object("", Filter::default())]));
    assert_eq!(
        (field.as_str(), code),
        ("filter.must[0].nested.key", "filter_key_invalid")
    );
    let inner = must(vec![Clause::Group(must(vec![has_id(&["1"])]))]);
    let (field, code) = refusal(&must(vec![has_id(&["1"]), in_object("a", inner)]));
    assert_eq!(field, "filter.must[1].nested.filter.must[0].must[0].has_id");
    assert_eq!(code, "filter_invalid");
}

#[test]
fn keys_are_bounded() {
    let key = |bytes| {
        must(vec![condition(
            &"k".repeat(bytes),
            FilterTest::Exists(true),
        )])
    };
    assert!(key(FILTER_KEY_BYTES_MAX).check("filter").is_ok());
    for bytes in [0, FILTER_KEY_BYTES_MAX + 1] {
        let expected = ("filter.must[0].key".to_owned(), "filter_key_invalid");
        assert_eq!(refusal(&key(bytes)), expected);
    }
}

#[test]
fn compared_values_are_bounded() {
    let of = |value| must(vec![any("a", [value])]);
    assert!(
        of(text(&"x".repeat(FILTER_VALUE_BYTES_MAX)))
            .check("filter")
            .is_ok()
    );
    let refused = [
        text(&"x".repeat(FILTER_VALUE_BYTES_MAX + 1)),
        Value::Null,
        Value::List(vec![Value::Integer(1)]),
        Value::Object(Payload::new()),
        Value::Float(f64::NAN),
        Value::Float(f64::INFINITY),
    ];
    for value in refused {
        let expected = ("filter.must[0].match".to_owned(), "filter_value_invalid");
        assert_eq!(refusal(&of(value)), expected);
    }
}

#[test]
fn bounds_are_numbers() {
    let range = Range {
        lte: Some(f64::NAN),
        ..Range::default()
    };
    let filter = must(vec![condition("a", FilterTest::Range(range))]);
    let expected = (
        "filter.must[0].range.lte".to_owned(),
        "filter_value_invalid",
    );
    assert_eq!(refusal(&filter), expected);
}

#[test]
fn prefixes_are_bounded() {
    let prefix = |bytes| must(vec![condition("a", FilterTest::Prefix("p".repeat(bytes)))]);
    assert!(prefix(1).check("filter").is_ok());
    assert!(prefix(FILTER_VALUE_BYTES_MAX).check("filter").is_ok());
    for bytes in [0, FILTER_VALUE_BYTES_MAX + 1] {
        let expected = (
            "filter.must[0].match.prefix".to_owned(),
            "filter_value_invalid",
        );
        assert_eq!(refusal(&prefix(bytes)), expected);
    }
}

#[test]
fn areas_are_places() {
    let area = GeoArea::Radius {
        center: GeoPoint { lat: 0.0, lon: 0.0 },
        radius_m: f64::NAN,
    };
    let filter = must(vec![condition("a", FilterTest::Geo(area))]);
    let expected = (
        "filter.must[0].geo_radius.radius_m".to_owned(),
        "filter_geo_invalid",
    );
    assert_eq!(refusal(&filter), expected);
}

fn numbers() -> impl Strategy<Value = Value> {
    prop_oneof![
        any_number().prop_map(Value::Integer),
        proptest::num::u64::ANY.prop_map(Value::Unsigned),
        any_number().prop_map(|number| Value::Float(number as f64)),
        (-4.0..4.0).prop_map(Value::Float),
    ]
}

fn any_number() -> impl Strategy<Value = i64> {
    prop_oneof![-3i64..3, proptest::num::i64::ANY]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Equality of scalars is equality of numbers, computed without `f64` where both are whole.
    #[test]
    fn scalars_are_equal_when_numbers_are(one in numbers(), other in numbers()) {
        fn whole(value: &Value) -> Option<i128> {
            match value {
                Value::Integer(number) => Some(i128::from(*number)),
                Value::Unsigned(number) => Some(i128::from(*number)),
                Value::Float(number) if number.fract() == 0.0 => Some(*number as i128),
                _ => None,
            }
        }
        let expected = match (whole(&one), whole(&other)) {
            (Some(one), Some(other)) => one == other,
            (None, None) => one.as_number() == other.as_number(),
            _ => false,
        };
        prop_assert_eq!(Scalar::of(&one) == Scalar::of(&other), expected);
    }
}
