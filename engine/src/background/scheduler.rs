//! When which collection wants a worker's attention.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::store::keys::CollectionId;

#[derive(Debug, Default)]
struct State {
    due: HashMap<CollectionId, Instant>,
    is_stopped: bool,
}

/// Collections by the time at which they are due.
#[derive(Debug, Default)]
pub(crate) struct Scheduler {
    state: Mutex<State>,
    changed: Condvar,
}

impl Scheduler {
    /// Makes a collection due after `delay`, or keeps an earlier time.
    pub(crate) fn schedule(&self, collection: CollectionId, delay: Duration) {
        let at = Instant::now() + delay;
        let mut state = self.state.lock();
        let due = state.due.entry(collection).or_insert(at);
        if at <= *due {
            *due = at;
            self.changed.notify_one();
        }
    }

    /// Waits for the next collection that is due; none when stopped.
    pub(crate) fn next(&self) -> Option<CollectionId> {
        let mut state = self.state.lock();
        loop {
            if state.is_stopped {
                return None;
            }
            let earliest = state.due.iter().min_by_key(|(_, at)| **at);
            match earliest.map(|(collection, at)| (*collection, *at)) {
                None => self.changed.wait(&mut state),
                Some((collection, at)) if at <= Instant::now() => {
                    state.due.remove(&collection);
                    return Some(collection);
                }
                Some((_, at)) => {
                    self.changed.wait_until(&mut state, at);
                }
            }
        }
    }

    /// Makes `next` answer none from now on.
    pub(crate) fn stop(&self) {
        self.state.lock().is_stopped = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_a_later_time_does_not_delay() {
        let scheduler = Scheduler::default();
        scheduler.schedule(CollectionId(1), Duration::from_millis(20));
        scheduler.schedule(CollectionId(2), Duration::ZERO);
        scheduler.schedule(CollectionId(1), Duration::from_hours(1));
        assert_eq!(scheduler.next(), Some(CollectionId(2)));
        assert_eq!(scheduler.next(), Some(CollectionId(1)));
    }

    #[test]
    fn a_stopped_scheduler_answers_none_also_to_who_waits() {
        let scheduler = Scheduler::default();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| scheduler.next());
            scheduler.stop();
            assert_eq!(waiting.join().unwrap(), None);
        });
    }
}
