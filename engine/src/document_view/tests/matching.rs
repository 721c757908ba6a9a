//! The index's answer to a filter is the evaluator's answer for every payload.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::super::facts::STRING_BYTES_MAX;
use super::*;
use crate::query::filter::{Clause, FILTER_KEY_BYTES_MAX, FilterCondition, FilterTest, Range};

const KEYS: [&str; 10] = [
    "a", "b", "c", "a.b", "b.a", "", "\u{e9}", "x\\y", "x\u{0}y", "%2e",
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
        proptest::sample::select(&["", "x", "X", "1", "true", "\u{e9}", "x\u{0}y", "a.b"][..])
            .prop_map(|text| Value::String(text.to_owned())),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        8 => scalar(),
        1 => Just(Value::Null),
        1 => Just(Value::String("l".repeat(STRING_BYTES_MAX + 1))),
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

fn test() -> impl Strategy<Value = FilterTest> {
    prop_oneof![
        proptest::bool::ANY.prop_map(FilterTest::Exists),
        proptest::collection::vec(scalar(), 0..4).prop_map(FilterTest::Any),
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
    let group = |clause: BoxedStrategy<Clause>| {
        let clauses = || proptest::collection::vec(clause.clone(), 0..3);
        (clauses(), clauses(), clauses()).prop_map(|(must, should, must_not)| Filter {
            must,
            should,
            must_not,
        })
    };
    let clause =
        condition.prop_recursive(2, 8, 3, move |inner| group(inner).prop_map(Clause::Group));
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
                    .filter(|(_, payload)| filter.matches(payload))
                    .map(|(number, _)| *number)
                    .collect();
                let answer = view.matching(filter).expect("it is answered");
                prop_assert_eq!(answer, Some(expected), "{:?}", filter);
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

fn answer(view: &DocumentView, filter: &Filter) -> Option<Vec<u32>> {
    let points = view.matching(filter).expect("it is answered");
    points.map(|points| points.iter().collect())
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
    assert_eq!(answer(&view, &any(string(STRING_BYTES_MAX + 1))), None);
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
    assert_eq!(answer(&view, &one(&over, test)), None);
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
            Some(if numbers.matches(&awkward) {
                vec![7]
            } else {
                vec![]
            }),
            "{key}"
        );
    }
}
