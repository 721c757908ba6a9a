use std::time::Duration;

use super::{RETRY_MS_FIRST, RETRY_MS_MAX, RETRY_MS_MIN, Totals};
use crate::queue::Depth;

#[test]
fn the_retry_time_is_what_waits_at_the_speed_so_far() {
    let totals = Totals::default();
    assert_eq!(totals.retry_after_ms(1_000_000), RETRY_MS_FIRST);
    totals.add_batch(10, 1000, Duration::from_secs(1));
    totals.add_batch(10, 1000, Duration::from_secs(3));
    assert_eq!(totals.retry_after_ms(500), 1000);
    assert_eq!(totals.retry_after_ms(0), RETRY_MS_MIN);
    assert_eq!(totals.retry_after_ms(usize::MAX), RETRY_MS_MAX);
}

#[test]
fn totals_and_depth_are_shown_together() {
    let totals = Totals::default();
    totals.add_batch(3, 30, Duration::from_millis(500));
    totals.add_skipped(4);
    let shown = totals.with_depth(Depth {
        texts: 5,
        tokens: 50,
    });
    assert_eq!((shown.texts_waiting, shown.tokens_waiting), (5, 50));
    assert_eq!(
        (shown.texts_total, shown.tokens_total, shown.batches_total),
        (3, 30, 1)
    );
    assert_eq!(shown.texts_skipped_total, 4);
    assert!((shown.model_seconds_total - 0.5).abs() < 1e-9);
}
