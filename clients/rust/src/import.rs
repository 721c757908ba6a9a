//! Streamed imports: lines go out while acknowledgements come in.

use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use reqwest::Body;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::models::Wait;
use crate::transport::{self, Transport};

/// The longest line of an answer; the server's are a few hundred bytes.
const ANSWER_LINE_BYTES_MAX: usize = 1 << 20;

/// What the server is to do with a bad line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnError {
    /// Report it and go on.
    #[default]
    Skip,
    /// Commit what came before it, report it and end.
    Stop,
}

impl OnError {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Stop => "stop",
        }
    }
}

/// How an import is carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// When lines are acknowledged.
    pub wait: Wait,
    /// What to do with a bad line.
    pub on_error: OnError,
}

/// An acknowledgement: every line up to `lines` is on disk or was reported as bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProgress {
    /// Lines dealt with, from the first that was sent.
    pub lines: u64,
    /// Points inserted or replaced so far.
    pub upserted: u64,
    /// Bad lines so far.
    pub failed: u64,
    /// The last write's sequence number.
    pub sequence: u64,
    /// On the last one: whether the whole input was dealt with.
    #[serde(default)]
    pub done: Option<bool>,
}

/// A bad line, or what ended the import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFault {
    /// The line, from 1.
    pub line: u64,
    /// A stable word.
    pub code: String,
    /// What was found and what was expected.
    pub detail: String,
    /// The part of the line at fault.
    #[serde(default)]
    pub field: Option<String>,
}

/// What the server says while an import runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportEvent {
    /// Lines are acknowledged.
    Progress(ImportProgress),
    /// A line is bad.
    Fault(ImportFault),
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSummary {
    /// The last acknowledgement.
    pub progress: ImportProgress,
    /// Whether the whole input was dealt with; false when a bad line stopped it, as asked.
    pub is_done: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AnswerLine {
    Progress(ImportProgress),
    Fault(ImportFault),
}

/// Runs an import to its end.
pub(crate) async fn run<S>(
    transport: &Transport,
    url: &str,
    lines: S,
    mut on_event: impl FnMut(ImportEvent),
) -> Result<ImportSummary>
where
    S: Stream<Item = std::io::Result<Bytes>> + Send + Sync + 'static,
{
    // reqwest only says that the body failed; the reason is kept here.
    let input_fault = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&input_fault);
    let body = lines.map(move |item| {
        item.inspect_err(|error| {
            if let Ok(mut fault) = kept.lock() {
                *fault = Some(std::io::Error::new(error.kind(), error.to_string()));
            }
        })
    });
    let told = |source: reqwest::Error| {
        let fault = input_fault.lock().ok().and_then(|mut fault| fault.take());
        fault.map_or_else(|| transport::connection(url, source), Error::Input)
    };
    let request = transport
        .http()
        .put(url)
        .header("content-type", "application/x-ndjson")
        .body(Body::wrap_stream(body));
    let response = request.send().await.map_err(&told)?;
    let response = transport::check(response, url).await?;
    let mut stream = response.bytes_stream();
    let mut reader = AnswerReader::default();
    while let Some(bytes) = stream.next().await {
        reader.take(&bytes.map_err(&told)?, url, &mut on_event)?;
    }
    reader.finish(url)
}

/// Puts the answer's lines together.
#[derive(Default)]
struct AnswerReader {
    buffer: BytesMut,
    progress: ImportProgress,
    last_fault: Option<ImportFault>,
}

impl AnswerReader {
    fn take(
        &mut self,
        bytes: &[u8],
        url: &str,
        on_event: &mut impl FnMut(ImportEvent),
    ) -> Result<()> {
        self.buffer.extend_from_slice(bytes);
        while let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
            let line = self.buffer.split_to(end + 1);
            let parsed = serde_json::from_slice(&line).map_err(|error| Error::Answer {
                url: url.to_owned(),
                problem: error.to_string(),
            })?;
            match parsed {
                AnswerLine::Progress(progress) => {
                    self.progress = progress;
                    on_event(ImportEvent::Progress(progress));
                }
                AnswerLine::Fault(fault) => {
                    self.last_fault = Some(fault.clone());
                    on_event(ImportEvent::Fault(fault));
                }
            }
        }
        if self.buffer.len() > ANSWER_LINE_BYTES_MAX {
            return Err(Error::Answer {
                url: url.to_owned(),
                problem: format!("a line of more than {ANSWER_LINE_BYTES_MAX} bytes"),
            });
        }
        Ok(())
    }

    fn finish(self, url: &str) -> Result<ImportSummary> {
        let Some(is_done) = self.progress.done else {
            return Err(Error::Answer {
                url: url.to_owned(),
                problem: "it ended before the import did".to_owned(),
            });
        };
        // A fault beyond the acknowledged lines ended the import; one within them is a bad line.
        match self.last_fault {
            Some(fault) if !is_done && fault.line > self.progress.lines => {
                Err(Error::ImportEnded {
                    line: fault.line,
                    code: fault.code,
                    detail: fault.detail,
                })
            }
            Some(_) | None => Ok(ImportSummary {
                progress: self.progress,
                is_done,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
