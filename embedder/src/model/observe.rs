//! Sees states inside the model while it computes, for those who decide what can be left out.

use candle_core::Tensor;

use crate::error::Result;

/// Sees the states that go into weights.
pub trait Observer {
    /// `states` is `[rows, width]` and goes into the weight called `weight`, as in
    /// `layers.0.input_layernorm`, `layers.0.mlp.down_proj` and `norm`: every norm over the hidden
    /// size, and every projection out of a feed-forward layer. Its last layer has a row a text,
    /// behind its first norm.
    fn see(&mut self, weight: &str, states: &Tensor) -> Result<()>;
}

/// An observer that may not be there, and the layer that is computed.
pub(super) struct Watch<'a> {
    observer: Option<&'a mut dyn Observer>,
    pub(super) layer: usize,
}

impl<'a> Watch<'a> {
    pub(super) fn new(observer: Option<&'a mut dyn Observer>) -> Self {
        Self { observer, layer: 0 }
    }

    /// True where somebody looks.
    pub(super) fn is_on(&self) -> bool {
        self.observer.is_some()
    }

    /// Shows what goes into a weight of the layer.
    pub(super) fn show(&mut self, weight: &str, states: &Tensor) -> Result<()> {
        let layer = self.layer;
        match &mut self.observer {
            Some(observer) => observer.see(&format!("layers.{layer}.{weight}"), states),
            None => Ok(()),
        }
    }

    /// Shows what goes into the last norm.
    pub(super) fn show_last(&mut self, states: &Tensor) -> Result<()> {
        match &mut self.observer {
            Some(observer) => observer.see("norm", states),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
