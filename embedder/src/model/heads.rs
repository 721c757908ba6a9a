//! The layout of attention's heads.

/// How the heads of attention are laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads {
    /// Query heads.
    pub(super) queries: usize,
    /// Key and value heads; each serves `queries / keys` query heads.
    pub(super) keys: usize,
    /// Dimensions of one head.
    pub(super) dimensions: usize,
}
