//! Commits a group of requests: resolve and apply each, one synced batch, then the views.

use std::sync::Arc;
use std::time::Duration;

use crate::collection::Collection;
use crate::error::{Error, Result};
use crate::point::PointId;
use crate::query::filter::Filter;
use crate::query::select;
use crate::store::log::{EmbeddedLog, Entry, OperationLog};

use super::check::check;
use super::queue::Ticket;
use super::request::{Wait, WriteRequest, Written};
use super::resolve::{Resolved, Selector, resolve};
use super::transaction::Transaction;

/// A group's batch stops growing at this size.
const GROUP_BYTES_MAX: usize = 32 << 20;
/// The most points that one deletion by filter takes.
pub const DELETE_POINTS_MAX: usize = 100_000;
/// Points that one sweep of expired points deletes.
const EXPIRED_POINTS_MAX: usize = 1_000;
/// Writes wait while this many points are not in the document view.
const DIRTY_POINTS_MAX: usize = 1 << 20;
/// Writes wait while this many times the active segment's bound is not sealed.
const UNSEALED_FACTOR_MAX: usize = 8;
/// How long a write waits for background work to catch up before it is refused.
const ROOM_WAIT: Duration = Duration::from_secs(20);
/// How long `Wait::Searchable` waits.
const SEARCHABLE_WAIT: Duration = Duration::from_secs(30);

impl Collection {
    /// Writes, and answers when `wait` holds. Concurrent writes share one sync.
    ///
    /// All of the request happens or none. Errors of kind `Invalid`, `Conflict` and `NotFound`
    /// left nothing behind; `Overloaded` asks to try again.
    pub fn write(&self, request: WriteRequest, wait: Wait) -> Result<Written> {
        let checked = check(request, &self.schema(), &self.options)?;
        self.wait_for_room()?;
        let written = self.submit(checked.into_inner())?;
        if wait == Wait::Searchable {
            self.wait_searchable(written.sequence)?;
        }
        Ok(written)
    }

    /// Deletes points whose expiry has passed; answers how many.
    pub(crate) fn delete_expired(&self) -> Result<u64> {
        if self.expired(1)?.is_empty() {
            return Ok(0);
        }
        // Does not wait for room: the thread that calls this is the one that makes it.
        Ok(self.submit(WriteRequest::DeleteExpired)?.points)
    }

    fn submit(&self, request: WriteRequest) -> Result<Written> {
        self.check_open()?;
        let written = self
            .queue
            .submit(request, |group| self.commit_group(group))?;
        self.wake_followers();
        Ok(written)
    }

    fn wait_for_room(&self) -> Result<()> {
        let unsealed_max = UNSEALED_FACTOR_MAX * self.options.active_rows_max;
        if self.dirty.wait_below(DIRTY_POINTS_MAX, ROOM_WAIT)
            && self
                .sealing
                .wait_below(unsealed_max, ROOM_WAIT, || self.unsealed_rows())
        {
            return Ok(());
        }
        self.check_open()?;
        Err(Error::Overloaded {
            what: "background work",
            count_max: unsealed_max,
            retry_after_ms: 1_000,
        })
    }

    fn wait_searchable(&self, sequence: u64) -> Result<()> {
        self.follow_now();
        if self.dirty.wait_shown(sequence, SEARCHABLE_WAIT) {
            return Ok(());
        }
        let waited_ms = SEARCHABLE_WAIT.as_millis() as u64;
        Err(Error::Timeout {
            what: "the document view",
            waited_ms,
        })
    }

    fn commit_group(&self, group: &[Arc<Ticket>]) {
        let Err(error) = self.try_commit(group) else {
            return;
        };
        // Whether the batch reached the disk cannot be known, so nothing more is written.
        self.poison(&format!("commit: {error}"));
        for ticket in group {
            if ticket.take().is_none() {
                ticket.answer(Err(self.poisoned()));
            } else {
                ticket.answer(Err(Error::backend("commit", &error)));
            }
        }
    }

    fn try_commit(&self, group: &[Arc<Ticket>]) -> Result<()> {
        let mut counters = self.counters.lock();
        let mut transaction = Transaction::begin(&self.store, self.id, self.generation, *counters);
        let mut entries = Vec::new();
        let mut outcomes = Vec::new();
        for ticket in group {
            if transaction.bytes() > GROUP_BYTES_MAX {
                break;
            }
            let Some(request) = ticket.take() else {
                continue;
            };
            let outcome = match resolve(request, &transaction, &Selection(self)) {
                Ok(Resolved::Operation(operation, points)) => {
                    let (sequence, change) = transaction.apply(&operation)?;
                    entries.push(Entry {
                        sequence,
                        operation,
                        change,
                    });
                    Ok(Written { points, sequence })
                }
                Ok(Resolved::Nothing) => Ok(Written {
                    points: 0,
                    sequence: transaction.counters().sequence,
                }),
                Ok(Resolved::Later(request)) => {
                    ticket.put_back(request);
                    break;
                }
                Err(error) => Err(error),
            };
            outcomes.push((ticket, outcome));
        }
        if !entries.is_empty() {
            let (batch, after) = transaction.finish()?;
            EmbeddedLog::new(&self.store).append(self.id, &entries, batch)?;
            *counters = after;
            self.show(entries);
        }
        drop(counters);
        for (ticket, outcome) in outcomes {
            ticket.answer(outcome);
        }
        Ok(())
    }

    /// Makes committed operations visible to searches.
    fn show(&self, entries: Vec<Entry>) {
        let mut added = Vec::new();
        let mut retired = Vec::new();
        let mut last = 0;
        for Entry {
            sequence,
            operation,
            change,
        } in entries
        {
            self.dirty.mark(&change.numbers, sequence);
            added.extend(operation.into_rows(sequence, &change.numbers));
            retired.extend(change.retired);
            last = sequence;
        }
        self.vector_view.apply(last, added, &retired);
    }

    fn expired(&self, count_max: usize) -> Result<Vec<u32>> {
        self.store
            .read_view()
            .expired(self.id, self.clock.now_ms(), count_max)
    }
}

/// Selects points of a collection for deletion.
struct Selection<'a>(&'a Collection);

impl Selection<'_> {
    fn ids(&self, numbers: impl IntoIterator<Item = u32>) -> Result<Vec<PointId>> {
        let view = self.0.store.read_view();
        let mut ids = Vec::new();
        for number in numbers {
            ids.extend(view.header(self.0.id, number)?.map(|header| header.id));
        }
        Ok(ids)
    }
}

impl Selector for Selection<'_> {
    fn collection(&self) -> &str {
        self.0.name().as_str()
    }

    fn matching(&self, filter: &Filter) -> Result<Vec<PointId>> {
        let numbers = select::matching(self.0, filter)?;
        if numbers.len() > DELETE_POINTS_MAX as u64 {
            let problem = format!(
                "{} points match, at most {DELETE_POINTS_MAX} are deleted at once; narrow it",
                numbers.len()
            );
            return Err(Error::invalid("filter", "too_many", problem));
        }
        self.ids(numbers)
    }

    fn expired(&self) -> Result<Vec<PointId>> {
        self.ids(self.0.expired(EXPIRED_POINTS_MAX)?)
    }
}
