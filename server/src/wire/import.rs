//! The lines that answer a streamed import.

use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::ApiError;

/// An acknowledgement: every line up to `lines` is on disk or was reported as bad.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ImportProgress {
    /// Lines dealt with, from the first.
    pub(crate) lines: u64,
    /// Points inserted or replaced so far.
    pub(crate) upserted: u64,
    /// Bad lines so far.
    pub(crate) failed: u64,
    /// The last write's sequence number.
    pub(crate) sequence: u64,
    /// Only on the last line of the answer: whether the whole input was dealt with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<bool>,
}

/// A bad line, or what ended the import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ImportFault {
    /// The line, from 1.
    pub(crate) line: u64,
    /// A stable word, as in the error body.
    pub(crate) code: &'static str,
    /// What was found and what was expected.
    pub(crate) detail: String,
    /// The part of the line at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<String>,
}

impl ImportFault {
    /// Reports `error` for a line.
    pub(crate) fn new(line: u64, error: ApiError) -> Self {
        Self {
            line,
            code: error.code,
            detail: error.detail,
            field: error.field,
        }
    }
}
