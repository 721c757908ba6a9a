//! The bucket, with the time set by hand.

use super::*;

#[test]
fn a_minutes_worth_at_once_then_evenly() {
    let start = Instant::now();
    let rates = Rates::new(60, 2, start);
    for _ in 0..60 {
        rates.take(0, start).expect("room");
    }
    let wait = rates.take(0, start).expect_err("empty");
    assert!((wait.as_secs_f64() - 1.0).abs() < 1e-6, "{wait:?}");
    rates.take(1, start).expect("another key has its own");
    let later = start + Duration::from_millis(1_001);
    rates.take(0, later).expect("one came in");
    rates.take(0, later).expect_err("only one");
}

#[test]
fn an_idle_key_saves_no_more_than_a_minute() {
    let start = Instant::now();
    let rates = Rates::new(2, 1, start);
    let later = start + Duration::from_hours(1);
    rates.take(0, later).expect("room");
    rates.take(0, later).expect("room");
    let wait = rates.take(0, later).expect_err("empty");
    assert!((wait.as_secs_f64() - 30.0).abs() < 1e-6, "{wait:?}");
}

#[test]
fn a_clock_that_stands_still_or_is_read_out_of_order_gives_nothing_away() {
    let start = Instant::now();
    let rates = Rates::new(1, 1, start + Duration::from_mins(1));
    rates.take(0, start).expect("room");
    rates
        .take(0, start + Duration::from_mins(1))
        .expect_err("no time has passed");
}

#[test]
fn zero_is_no_bound() {
    let now = Instant::now();
    let rates = Rates::new(0, 1, now);
    for _ in 0..1_000 {
        rates.take(0, now).expect("no bound");
    }
}
