use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

fn position(value: Option<Value>, number: u32, descending: bool) -> Position {
    let payload = value.map_or_else(Payload::new, |value| {
        Payload::from([("a".to_owned(), value)])
    });
    let order = OrderBy {
        key: "a".to_owned(),
        descending,
    };
    Position::of(&payload, number, &order)
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn values() -> Vec<Option<Value>> {
    vec![
        Some(Value::Bool(false)),
        Some(Value::Bool(true)),
        Some(Value::Float(f64::MIN)),
        Some(Value::Integer(i64::MIN)),
        Some(Value::Float(-0.5)),
        Some(Value::Integer(0)),
        Some(Value::Float(0.5)),
        Some(Value::Integer((1 << 53) + 1)),
        Some(Value::Unsigned(u64::MAX)),
        Some(Value::Float(1e300)),
        Some(text("2026-11-23T12:00:00+02:00")),
        Some(text("2026-11-23T11:00:00Z")),
        Some(text("")),
        Some(text("B")),
        Some(text("a")),
    ]
}

#[test]
fn kinds_and_values_have_one_order_and_missing_is_last() {
    for descending in [false, true] {
        let mut expected = values();
        if descending {
            expected.reverse();
        }
        expected.extend([None, Some(Value::Null), Some(Value::List(Vec::new()))]);
        let positions: Vec<Position> = (0..)
            .zip(expected)
            .map(|(number, value)| position(value, number, descending))
            .collect();
        assert!(positions.is_sorted(), "{positions:?}");
    }
}

#[test]
fn a_rough_position_never_contradicts_the_exact_one() {
    for descending in [false, true] {
        let positions: Vec<Position> = values()
            .into_iter()
            .chain([None])
            .map(|value| position(value, 0, descending))
            .collect();
        for one in &positions {
            for other in &positions {
                assert!(
                    one > other || one.rough() <= other.rough(),
                    "{descending} {one:?} {other:?}"
                );
            }
        }
    }
}

#[test]
fn equal_values_stand_in_the_order_of_numbers() {
    for descending in [false, true] {
        let one = position(Some(Value::Integer(2)), 1, descending);
        let other = position(Some(Value::Float(2.0)), 2, descending);
        assert!(one < other, "{descending}");
    }
}

#[test]
fn of_a_list_the_first_in_the_direction_counts() {
    let list = Some(Value::List(vec![
        Value::Integer(5),
        Value::Null,
        Value::List(vec![Value::Integer(9), Value::Integer(1)]),
    ]));
    let alone = |number| Some(Value::Integer(number));
    assert_eq!(
        position(list.clone(), 0, false),
        position(alone(1), 0, false)
    );
    assert_eq!(position(list, 0, true), position(alone(9), 0, true));
}

#[test]
fn long_strings_are_ordered_by_their_beginning() {
    let long = |end: &str| Some(text(&("x".repeat(ORDER_BYTES_MAX - 1) + end)));
    assert_eq!(
        position(long("\u{e9}b"), 0, false),
        position(long("\u{e9}a"), 0, false)
    );
    assert!(position(long("a"), 0, false) < position(long("b"), 0, false));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Halves of numbers are compared as numbers, whatever their type.
    #[test]
    fn numbers_compare_by_value(one in -9i64..9, other in -9i64..9) {
        let number = |halves: i64| {
            let value = Value::Float(halves as f64 / 2.0);
            position(Some(value), 0, false)
        };
        prop_assert_eq!(number(one).cmp(&number(other)), one.cmp(&other));
        prop_assert_eq!(number(one).rough().cmp(&number(other).rough()), one.cmp(&other));
    }
}
