//! The write path, in order: a request is checked, waits in the queue, is resolved against the
//! present, applied to a transaction, committed with its group in one synced batch, and then
//! shown by the views.

pub(crate) mod check;
pub(crate) mod commit;
pub(crate) mod operation;
pub(crate) mod queue;
pub(crate) mod request;
pub(crate) mod resolve;
pub(crate) mod transaction;
