//! Points whose last change the document view does not show yet.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use roaring::RoaringBitmap;

#[derive(Debug, Default)]
struct State {
    /// Point number to the sequence number of its last change.
    points: HashMap<u32, u64>,
    /// The last operation that the document view shows.
    shown: u64,
    /// Whether the view is being made anew, so that it may miss any point.
    is_rebuilding: bool,
}

/// The dirty points of one collection.
#[derive(Debug, Default)]
pub(crate) struct DirtyPoints {
    state: Mutex<State>,
    changed: Condvar,
}

impl DirtyPoints {
    /// Records that an operation changed points.
    pub(crate) fn mark(&self, numbers: &[u32], sequence: u64) {
        let mut state = self.state.lock();
        state
            .points
            .extend(numbers.iter().map(|number| (*number, sequence)));
    }

    /// Records that the document view shows everything up to `sequence`.
    pub(crate) fn show(&self, sequence: u64) {
        let mut state = self.state.lock();
        state.points.retain(|_, changed| *changed > sequence);
        if state.points.is_empty() {
            state.points.shrink_to_fit();
        }
        state.shown = sequence;
        state.is_rebuilding = false;
        self.changed.notify_all();
    }

    /// Records that the view is being made anew.
    pub(crate) fn rebuild(&self) {
        self.state.lock().is_rebuilding = true;
    }

    /// The dirty points now; none when every point may be, because the view is being rebuilt.
    pub(crate) fn numbers(&self) -> Option<RoaringBitmap> {
        let state = self.state.lock();
        (!state.is_rebuilding).then(|| state.points.keys().copied().collect())
    }

    /// The last operation that the document view shows.
    pub(crate) fn shown(&self) -> u64 {
        self.state.lock().shown
    }

    /// How many points are dirty.
    pub(crate) fn count(&self) -> usize {
        self.state.lock().points.len()
    }

    /// Waits until `sequence` is shown; false when `wait_max` passes first.
    pub(crate) fn wait_shown(&self, sequence: u64, wait_max: Duration) -> bool {
        self.wait(wait_max, |state| state.shown >= sequence)
    }

    /// Waits until fewer than `count_max` points are dirty; false when `wait_max` passes first.
    pub(crate) fn wait_below(&self, count_max: usize, wait_max: Duration) -> bool {
        self.wait(wait_max, |state| state.points.len() < count_max)
    }

    fn wait(&self, wait_max: Duration, holds: impl Fn(&State) -> bool) -> bool {
        let deadline = Instant::now() + wait_max;
        let mut state = self.state.lock();
        while !holds(&state) {
            if self.changed.wait_until(&mut state, deadline).timed_out() {
                return holds(&state);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_stays_dirty_until_its_last_change_is_shown() {
        let dirty = DirtyPoints::default();
        dirty.mark(&[1, 2], 5);
        dirty.mark(&[2], 6);
        dirty.show(5);
        assert_eq!(dirty.numbers(), Some(RoaringBitmap::from([2])));
        dirty.show(6);
        assert_eq!((dirty.count(), dirty.shown()), (0, 6));
    }

    #[test]
    fn while_rebuilding_every_point_may_be_dirty() {
        let dirty = DirtyPoints::default();
        dirty.rebuild();
        assert_eq!(dirty.numbers(), None);
        dirty.show(1);
        assert_eq!(dirty.numbers(), Some(RoaringBitmap::new()));
    }

    #[test]
    fn waiting_ends_at_the_deadline() {
        let dirty = DirtyPoints::default();
        dirty.mark(&[1], 1);
        assert!(!dirty.wait_shown(1, Duration::from_millis(1)));
        assert!(!dirty.wait_below(1, Duration::from_millis(1)));
        dirty.show(1);
        assert!(dirty.wait_shown(1, Duration::from_millis(1)));
    }
}
