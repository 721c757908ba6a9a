//! The index's answer to a filter is the evaluator's answer for every payload.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::super::facts::{LONG_BYTES, STRING_BYTES_MAX};
use super::*;
use crate::point::PointId;
use crate::query::date_time::DateTime;
use crate::query::filter::{
    Clause, FILTER_KEY_BYTES_MAX, FilterCondition, FilterTest, Nested, Range,
};
use crate::query::geo::{GeoArea, GeoPoint};

const KEYS: [&str; 12] = [
    "a", "b", "c", "a.b", "b.a", "", "\u{e9}", "x\\y", "x\u{0}y", "%2e", "lat", "lon",
];

/// Several of them are one instant, and several lie within one second.
const TIMES: [&str; 9] = [
    "2026-11-23T10:00:00Z",
    "2026-11-23T11:00:00+01:00",
    "2026-11-23T10:00:00.5Z",
    "2026-11-23T10:00:00.500000001Z",
    "2026-11-23T10:00:01Z",
    "2026-11-23",
    "1969-12-31T23:59:59.9Z",
    "0000-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59Z",
];

fn key() -> impl Strategy<Value = String> {
    proptest::sample::select(&KEYS[..]).prop_map(str::to_owned)
}

/// One to three keys joined, as a filter names them.
fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec(key(), 1..=3).prop_map(|keys| keys.join("."))
}

fn whole() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -3i64..4,
        1 => proptest::sample::select(&[
            i64::MIN,
            i64::MIN + 1,
            i64::MAX,
            i64::MAX - 1,
            1 << 53,
            (1 << 53) + 1,
            -(1 << 53) - 1,
        ][..]),
    ]
}

fn fraction() -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => (-6i32..7).prop_map(|halves| f64::from(halves) / 2.0),
        1 => whole().prop_map(|number| number as f64),
        1 => proptest::sample::select(&[
            -0.0,
            f64::MIN_POSITIVE,
            -5e-324,
            1e300,
            f64::MAX,
            f64::MIN,
            9_223_372_036_854_775_808.0,
            18_446_744_073_709_551_616.0,
            18_446_744_073_709_549_568.0,
        ][..]),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        proptest::bool::ANY.prop_map(Value::Bool),
        whole().prop_map(Value::Integer),
        prop_oneof![
            0u64..3,
            (i64::MAX as u64 - 1)..=(i64::MAX as u64 + 1),
            u64::MAX - 1..=u64::MAX
        ]
        .prop_map(Value::Unsigned),
        fraction().prop_map(Value::Float),
        text().prop_map(Value::String),
    ]
}

/// Strings and their prefixes: short ones, points in time, and those around every limit.
fn text() -> impl Strategy<Value = String> {
    let short = ["", "x", "X", "1", "true", "\u{e9}", "x\u{0}y", "a.b"];
    let lengths = [
        LONG_BYTES - 1,
        LONG_BYTES,
        LONG_BYTES + 1,
        STRING_BYTES_MAX,
        STRING_BYTES_MAX + 1,
        STRING_BYTES_MAX + 2,
    ];
    let long = proptest::sample::select(lengths.to_vec());
    let ends = proptest::sample::select(&["", "m", "\u{e9}"][..]);
    prop_oneof![
        4 => proptest::sample::select(short.to_vec()).prop_map(str::to_owned),
        2 => proptest::sample::select(&TIMES[..]).prop_map(str::to_owned),
        2 => (long, ends).prop_map(|(length, end)| "l".repeat(length) + end),
    ]
}

fn coordinate() -> impl Strategy<Value = f64> {
    proptest::sample::select(&[-180.0, -90.0, -10.0, -0.0, 0.0, 10.0, 10.5, 90.0, 180.0][..])
}

/// Mostly an object that is a place.
fn place() -> impl Strategy<Value = Value> {
    let key = proptest::sample::select(&["lon", "lon", "lon", "long"][..]);
    (coordinate(), coordinate(), key).prop_map(|(lat, lon, key)| {
        let lat = if lat.fract() == 0.0 {
            Value::Integer(lat as i64)
        } else {
            Value::Float(lat)
        };
        Value::Object(payload([("lat", lat), (key, Value::Float(lon))]))
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        8 => scalar(),
        2 => place(),
        1 => Just(Value::Null),
        1 => Just(Value::String("l".repeat(70_000))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::btree_map(key(), inner, 0..4).prop_map(Value::Object),
        ]
    })
}

fn any_payload() -> impl Strategy<Value = Payload> {
    proptest::collection::btree_map(key(), value(), 0..5)
}

fn bound() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![
        1 => Just(None),
        2 => fraction().prop_map(Some),
        1 => proptest::sample::select(&[f64::INFINITY, f64::NEG_INFINITY][..]).prop_map(Some),
    ]
}

fn time() -> impl Strategy<Value = Option<DateTime>> {
    prop_oneof![
        1 => Just(None),
        2 => proptest::sample::select(&TIMES[..]).prop_map(DateTime::parse),
    ]
}

fn area() -> impl Strategy<Value = GeoArea> {
    let point = || (coordinate(), coordinate()).prop_map(|(lat, lon)| GeoPoint { lat, lon });
    let radii = [0.0, 1_000.0, 60_000.0, 1_200_000.0, 3e7];
    prop_oneof![
        (point(), proptest::sample::select(radii.to_vec()))
            .prop_map(|(center, radius_m)| GeoArea::Radius { center, radius_m }),
        (point(), point()).prop_map(|(top_left, bottom_right)| GeoArea::Box {
            top_left,
            bottom_right,
        }),
    ]
}

fn test() -> impl Strategy<Value = FilterTest> {
    prop_oneof![
        proptest::bool::ANY.prop_map(FilterTest::Exists),
        proptest::bool::ANY.prop_map(FilterTest::Null),
        proptest::bool::ANY.prop_map(FilterTest::Empty),
        proptest::collection::vec(scalar(), 0..4).prop_map(FilterTest::Any),
        proptest::collection::vec(scalar(), 0..4).prop_map(FilterTest::OtherThan),
        text().prop_map(FilterTest::Prefix),
        (time(), time(), time(), time())
            .prop_map(|(gt, gte, lt, lte)| FilterTest::DateRange(Range { gt, gte, lt, lte })),
        time().prop_map(|gt| FilterTest::DateRange(Range {
            gt,
            ..Range::default()
        })),
        area().prop_map(FilterTest::Geo),
        (bound(), bound(), bound(), bound())
            .prop_map(|(gt, gte, lt, lte)| FilterTest::Range(Range { gt, gte, lt, lte })),
        fraction().prop_map(|gte| FilterTest::Range(Range {
            gte: Some(gte),
            ..Range::default()
        })),
        fraction().prop_map(|lt| FilterTest::Range(Range {
            lt: Some(lt),
            ..Range::default()
        })),
    ]
}

fn filter() -> impl Strategy<Value = Filter> {
    let condition =
        (path(), test()).prop_map(|(key, test)| Clause::Condition(FilterCondition { key, test }));
    let ids = proptest::collection::btree_set(0u32..50, 0..20);
    let ids = ids.prop_map(|ids| Clause::HasId(ids.iter().map(u32::to_string).collect()));
    let condition = prop_oneof![8 => condition, 1 => ids];
    let group = |clause: BoxedStrategy<Clause>| {
        let clauses = || proptest::collection::vec(clause.clone(), 0..3);
        (clauses(), clauses(), clauses()).prop_map(|(must, should, must_not)| Filter {
            must,
            should,
            must_not,
        })
    };
    let clause = condition.prop_recursive(2, 8, 3, move |inner| {
        let nested = (path(), group(inner.clone()))
            .prop_map(|(key, filter)| Clause::Nested(Nested { key, filter }));
        prop_oneof![2 => group(inner).prop_map(Clause::Group), 1 => nested]
    });
    (
        proptest::collection::vec(clause.clone(), 0..3),
        proptest::collection::vec(clause.clone(), 0..3),
        proptest::collection::vec(clause, 0..2),
    )
        .prop_map(|(must, should, must_not)| Filter {
            must,
            should,
            must_not,
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        max_shrink_iters: 2_000,
        rng_seed: RngSeed::Fixed(3),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Payloads come in several commits, are replaced and removed; every filter is asked at each.
    #[test]
    fn matching_is_the_evaluator(
        changes in proptest::collection::vec((0u32..40, proptest::option::weighted(0.9, any_payload())), 1..120),
        filters in proptest::collection::vec(filter(), 40),
        commits in 1usize..4,
    ) {
        let (_folder, view) = view();
        let numbers: HashMap<String, u32> = (0..40).map(|id| (id.to_string(), id)).collect();
        let mut points: BTreeMap<u32, Payload> = BTreeMap::new();
        for (commit, changes) in changes.chunks(changes.len().div_ceil(commits)).enumerate() {
            for (number, payload) in changes {
                let content = payload.as_ref().map(|payload| DocumentContent { text: None, payload });
                view.stage(*number, content).expect("it is staged");
                match payload {
                    Some(payload) => points.insert(*number, payload.clone()),
                    None => points.remove(number),
                };
            }
            view.commit(commit as u64 + 1).expect("it is committed");
            for filter in &filters {
                let expected: RoaringBitmap = points
                    .iter()
                    .filter(|(number, payload)| {
                        filter.matches(&PointId::Integer((**number).into()), payload)
                    })
                    .map(|(number, _)| *number)
                    .collect();
                let answer = view.committed().matching(filter, &numbers).expect("it is answered");
                prop_assert!(answer.certain.is_disjoint(&answer.undecided), "{:?}", filter);
                prop_assert!(answer.certain.is_subset(&expected), "{:?}", filter);
                let judged = answer.undecided & &expected;
                prop_assert_eq!(answer.certain | judged, expected, "{:?}", filter);
            }
        }
    }
}

fn one(key: &str, test: FilterTest) -> Filter {
    Filter {
        must: vec![Clause::Condition(FilterCondition {
            key: key.to_owned(),
            test,
        })],
        ..Filter::default()
    }
}

/// The points that pass; none where some are undecided.
fn answer(view: &DocumentView, filter: &Filter) -> Option<Vec<u32>> {
    let Matching { certain, undecided } = view.matching(filter).expect("it is answered");
    undecided.is_empty().then(|| certain.iter().collect())
}

fn undecided(view: &DocumentView, filter: &Filter) -> Vec<u32> {
    let matching = view.matching(filter).expect("it is answered");
    matching.undecided.iter().collect()
}

#[test]
fn long_strings_are_left_to_the_evaluator() {
    let (_folder, view) = view();
    let string = |bytes| Value::String("s".repeat(bytes));
    stage_payload(&view, 0, &payload([("a", string(STRING_BYTES_MAX))]));
    stage_payload(&view, 1, &payload([("a", string(STRING_BYTES_MAX + 1))]));
    view.commit(1).expect("it is committed");
    let any = |value| one("a", FilterTest::Any(vec![value]));
    assert_eq!(answer(&view, &any(string(STRING_BYTES_MAX))), Some(vec![0]));
    let long = any(string(STRING_BYTES_MAX + 1));
    assert_eq!(undecided(&view, &long), vec![1]);
    let begins = |bytes| one("a", FilterTest::Prefix("s".repeat(bytes)));
    assert_eq!(answer(&view, &begins(LONG_BYTES)), Some(vec![0, 1]));
    assert_eq!(undecided(&view, &begins(LONG_BYTES + 1)), vec![1]);
    assert_eq!(
        answer(&view, &one("a", FilterTest::Exists(true))),
        Some(vec![0, 1])
    );
}

#[test]
fn long_keys_are_left_to_the_evaluator() {
    let (_folder, view) = view();
    let key = |bytes| "k".repeat(bytes);
    let (fits, over) = (key(FILTER_KEY_BYTES_MAX), key(FILTER_KEY_BYTES_MAX + 1));
    let both = payload([(&fits, Value::Integer(1)), (&over, Value::Integer(1))]);
    stage_payload(&view, 0, &both);
    view.commit(1).expect("it is committed");
    let test = FilterTest::Range(Range::default());
    assert_eq!(answer(&view, &one(&fits, test.clone())), Some(vec![0]));
    assert_eq!(undecided(&view, &one(&over, test)), vec![0]);
}

#[test]
fn only_the_seconds_of_bounds_are_left_to_the_evaluator() {
    let (_folder, view) = view();
    let times = [
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:01.5Z",
        "2026-01-01T00:00:02Z",
    ];
    for (number, time) in (0..).zip(times) {
        stage_payload(
            &view,
            number,
            &payload([("a", Value::String(time.to_owned()))]),
        );
    }
    view.commit(1).expect("it is committed");
    let range = Range {
        gte: DateTime::parse("2026-01-01T00:00:00.1Z"),
        lt: DateTime::parse("2026-01-01T00:00:02.1Z"),
        ..Range::default()
    };
    let found = view.matching(&one("a", FilterTest::DateRange(range)));
    let found = found.expect("it is answered");
    assert_eq!(found.certain, RoaringBitmap::from([1]));
    assert_eq!(found.undecided, RoaringBitmap::from([0, 2]));
}

#[test]
fn only_nested_filters_and_lists_are_left_to_the_evaluator() {
    let (_folder, view) = view();
    let number = Value::Integer;
    let part = |color, size| payload([("color", number(color)), ("size", number(size))]);
    let parts = |parts: Vec<Payload>| parts.into_iter().map(Value::Object).collect();
    let payloads = [
        payload([
            ("a", number(1)),
            ("parts", Value::List(parts(vec![part(1, 1), part(2, 2)]))),
        ]),
        payload([("a", Value::List(vec![number(1), number(2)]))]),
        payload([("a", number(2)), ("parts", Value::Object(part(1, 2)))]),
        payload([("a", Value::Null), ("parts", Value::Object(part(3, 2)))]),
        payload([("a", Value::List(vec![number(2), Value::Null]))]),
    ];
    for (number, payload) in (0..).zip(&payloads) {
        stage_payload(&view, number, payload);
    }
    view.commit(1).expect("it is committed");
    let other_than = one("a", FilterTest::OtherThan(vec![number(1)]));
    let found = view.matching(&other_than).expect("it is answered");
    assert_eq!(found.certain.iter().collect::<Vec<_>>(), [2]);
    assert_eq!(found.undecided.iter().collect::<Vec<_>>(), [1, 4]);
    assert_eq!(
        answer(&view, &one("a", FilterTest::Null(true))),
        Some(vec![3, 4])
    );
    assert_eq!(
        answer(&view, &one("a", FilterTest::Empty(true))),
        Some(vec![3])
    );
    let equals = |key: &str, value| {
        let test = FilterTest::Any(vec![number(value)]);
        let key = key.to_owned();
        Clause::Condition(FilterCondition { key, test })
    };
    let inner = Filter {
        must: vec![equals("color", 1), equals("size", 2)],
        ..Filter::default()
    };
    let nested = Filter {
        must: vec![Clause::Nested(Nested {
            key: "parts".to_owned(),
            filter: inner,
        })],
        ..Filter::default()
    };
    assert_eq!(undecided(&view, &nested), [0, 2]);
}

#[test]
fn only_lists_of_places_are_left_to_the_evaluator() {
    let (_folder, view) = view();
    let place = |lat: f64, lon: f64| {
        let coordinates = [("lat", Value::Float(lat)), ("lon", Value::Float(lon))];
        Value::Object(payload(coordinates))
    };
    let places = vec![place(1.0, 1.0), place(50.0, 50.0)];
    stage_payload(&view, 0, &payload([("at", place(1.0, 1.0))]));
    stage_payload(&view, 1, &payload([("at", place(1.0, 2.0))]));
    stage_payload(&view, 2, &payload([("at", Value::List(places))]));
    stage_payload(
        &view,
        3,
        &payload([("at.lat", Value::Float(1.0)), ("at.lon", Value::Float(1.0))]),
    );
    view.commit(1).expect("it is committed");
    let area = GeoArea::Radius {
        center: GeoPoint { lat: 1.0, lon: 1.0 },
        radius_m: 1_000.0,
    };
    let found = view.matching(&one("at", FilterTest::Geo(area)));
    let found = found.expect("it is answered");
    assert_eq!(found.certain, RoaringBitmap::from([0]));
    assert_eq!(found.undecided, RoaringBitmap::from([2]));
}

/// What the write path lets through and tantivy could choke on.
#[test]
fn awkward_payloads_are_indexed() {
    let (_folder, view) = view();
    let deep = (0..crate::value::PAYLOAD_DEPTH_MAX).fold(Value::Integer(1), |inner, level| {
        if level % 2 == 0 {
            Value::List(vec![inner])
        } else {
            Value::Object(payload([("d", inner)]))
        }
    });
    let wide = (0..50_000)
        .map(|number| Value::Integer(number * 7))
        .collect();
    let keys = (0..5_000)
        .map(|number| (format!("key{number}"), Value::Float(number as f64 + 0.5)))
        .collect();
    let awkward = payload([
        ("huge", Value::String("h".repeat(900_000))),
        ("deep", deep),
        ("wide", Value::List(wide)),
        ("keys", Value::Object(keys)),
        ("dates", Value::String("2026-01-01T00:00:00Z".to_owned())),
        ("nan", Value::Float(f64::NAN)),
        ("infinite", Value::Float(f64::INFINITY)),
    ]);
    stage_payload(&view, 7, &awkward);
    view.commit(1).expect("it is committed");
    let equal = |key: &str, value| answer(&view, &one(key, FilterTest::Any(vec![value])));
    assert_eq!(equal("wide", Value::Integer(349_993)), Some(vec![7]));
    assert_eq!(equal("wide", Value::Integer(349_994)), Some(vec![]));
    assert_eq!(equal("keys.key4999", Value::Float(4_999.5)), Some(vec![7]));
    let date = Value::String("2026-01-01T00:00:00Z".to_owned());
    assert_eq!(equal("dates", date), Some(vec![7]));
    for key in ["huge", "deep", "nan", "infinite"] {
        assert_eq!(
            answer(&view, &one(key, FilterTest::Exists(true))),
            Some(vec![7]),
            "{key}"
        );
    }
    let deepest = format!("deep{}", ".d".repeat(crate::value::PAYLOAD_DEPTH_MAX / 2));
    assert_eq!(equal(&deepest, Value::Integer(1)), Some(vec![7]));
    for key in ["nan", "infinite"] {
        let numbers = one(key, FilterTest::Range(Range::default()));
        assert_eq!(
            answer(&view, &numbers),
            Some(if numbers.matches(&PointId::Integer(7), &awkward) {
                vec![7]
            } else {
                vec![]
            }),
            "{key}"
        );
    }
}
