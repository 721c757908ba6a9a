//! Work that nobody waits for: the document view follows the log, the vector view seals and
//! merges, expired points are deleted. Three threads for all collections.

pub(crate) mod scheduler;
pub(crate) mod worker;
