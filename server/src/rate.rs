//! How many requests a key may make: a bucket that holds a minute's worth and fills evenly.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// One bucket a key.
#[derive(Debug)]
pub(crate) struct Rates {
    per_minute: u32,
    buckets: Vec<Mutex<Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Requests that may come at once now.
    left: f64,
    filled_at: Instant,
}

impl Rates {
    /// Full buckets for `keys` keys; 0 a minute is no bound.
    pub(crate) fn new(per_minute: u32, keys: usize, now: Instant) -> Self {
        let full = Bucket {
            left: f64::from(per_minute),
            filled_at: now,
        };
        Self {
            per_minute,
            buckets: (0..keys).map(|_| Mutex::new(full)).collect(),
        }
    }

    /// Takes one request out of a key's bucket, or says how long until there is one.
    pub(crate) fn take(&self, key: usize, now: Instant) -> Result<(), Duration> {
        let Some(bucket) = self.buckets.get(key).filter(|_| self.per_minute > 0) else {
            return Ok(());
        };
        let per_second = f64::from(self.per_minute) / 60.0;
        let mut bucket = bucket.lock();
        let passed = now.saturating_duration_since(bucket.filled_at);
        bucket.left =
            (bucket.left + passed.as_secs_f64() * per_second).min(f64::from(self.per_minute));
        bucket.filled_at = bucket.filled_at.max(now);
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return Ok(());
        }
        Err(Duration::from_secs_f64((1.0 - bucket.left) / per_second))
    }
}

#[cfg(test)]
mod tests;
