//! Cuts a stream of bytes into lines of bounded length.

use bytes::{Bytes, BytesMut};

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// What it holds.
    Whole(Bytes),
    /// It was over the limit, and is dropped; so many bytes were seen.
    TooLong(usize),
}

/// Collects bytes and gives lines back as they end.
#[derive(Debug)]
pub(crate) struct LineCutter {
    buffer: BytesMut,
    /// Up to here the buffer is known to hold no end of a line.
    searched: usize,
    /// Bytes of a line over the limit that were thrown away so far; 0 for none.
    dropped: usize,
    bytes_max: usize,
}

impl LineCutter {
    /// A cutter that never holds more than one line of `bytes_max` and what came with it.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            buffer: BytesMut::new(),
            searched: 0,
            dropped: 0,
            bytes_max,
        }
    }

    /// Adds bytes; take all lines with [`Self::next_line`] before adding more.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next line that has ended.
    pub(crate) fn next_line(&mut self) -> Option<Line> {
        let found = self
            .buffer
            .get(self.searched..)
            .and_then(|rest| memchr::memchr(b'\n', rest));
        let Some(position) = found else {
            self.searched = self.buffer.len();
            self.drop_if_too_long();
            return None;
        };
        let mut line = self.buffer.split_to(self.searched + position + 1);
        self.searched = 0;
        line.truncate(line.len() - 1);
        Some(self.finish(line))
    }

    /// What follows the last end of a line, if anything does.
    pub(crate) fn last_line(&mut self) -> Option<Line> {
        self.searched = 0;
        let line = self.buffer.split();
        if line.is_empty() && self.dropped == 0 {
            return None;
        }
        Some(self.finish(line))
    }

    fn finish(&mut self, mut line: BytesMut) -> Line {
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        let bytes = std::mem::take(&mut self.dropped) + line.len();
        if bytes > self.bytes_max {
            Line::TooLong(bytes)
        } else {
            Line::Whole(line.freeze())
        }
    }

    fn drop_if_too_long(&mut self) {
        if self.dropped + self.buffer.len() > self.bytes_max {
            self.dropped += self.buffer.len();
            self.buffer.clear();
            self.searched = 0;
        }
    }
}

#[cfg(test)]
mod tests;
