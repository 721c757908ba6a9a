//! Texts of like length together, so that little is computed for padding.

/// Tokens of a batch, padding included; also bounds the memory of its attention.
pub const BATCH_TOKENS_MAX: usize = 4_096;

/// Texts of a batch.
pub const BATCH_TEXTS_MAX: usize = 64;

/// Cuts lists of tokens into batches of indices, longest lists first.
///
/// A batch times its longest list has at most [`BATCH_TOKENS_MAX`] tokens, or is a single list.
/// The same lengths give the same batches.
pub fn buckets(lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(lengths[at]), at));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for at in order {
        match batches.last_mut() {
            Some(batch) if batch.len() < room => batch.push(at),
            _ => {
                let longest = lengths[at].max(1);
                room = (BATCH_TOKENS_MAX / longest).clamp(1, BATCH_TEXTS_MAX);
                batches.push(vec![at]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests;
