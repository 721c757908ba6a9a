//! Rotary position tables: the cosines and sines by which queries and keys are turned.

use candle_core::{Device, Tensor};
use parking_lot::RwLock;

use crate::error::Result;
use crate::model::config::Config;

/// Positions computed at load. Most texts are shorter; longer ones double the table.
const POSITIONS_FIRST: usize = 512;

/// The table, grown to the longest text seen.
///
/// Row `p` holds `cos(p * f_i)` for each frequency, then `sin(p * f_i)`, with
/// `f_i = theta^(-2i / head_dim)` (the rotary embedding of arXiv 2104.09864, in halves).
#[derive(Debug)]
pub(super) struct Rotary {
    frequencies: Vec<f64>,
    positions_max: usize,
    device: Device,
    table: RwLock<Tensor>,
}

impl Rotary {
    /// Computes the first rows.
    pub(super) fn new(config: &Config, device: &Device) -> Result<Self> {
        let half = config.head_dim / 2;
        let exponent = |i: usize| -2.0 * i as f64 / config.head_dim as f64;
        let frequencies: Vec<f64> = (0..half)
            .map(|i| config.rope_theta.powf(exponent(i)))
            .collect();
        let positions = POSITIONS_FIRST.min(config.max_position_embeddings);
        let table = RwLock::new(rows(&frequencies, positions, device)?);
        let positions_max = config.max_position_embeddings;
        Ok(Self {
            frequencies,
            positions_max,
            device: device.clone(),
            table,
        })
    }

    /// Returns the rows of these positions, `[positions, head_dim]`.
    ///
    /// Positions must be below the config's `max_position_embeddings`.
    pub(super) fn gather(&self, positions: &[u32]) -> Result<Tensor> {
        let needed = positions.iter().max().map_or(0, |last| *last as usize + 1);
        debug_assert!(
            needed <= self.positions_max,
            "position {needed} is not in the model"
        );
        let indices = Tensor::new(positions, &self.device)?;
        {
            let table = self.table.read();
            if needed <= table.dim(0)? {
                return Ok(table.index_select(&indices, 0)?);
            }
        }
        let mut table = self.table.write();
        if needed > table.dim(0)? {
            let grown = needed.next_power_of_two().min(self.positions_max);
            *table = rows(&self.frequencies, grown, &self.device)?;
        }
        Ok(table.index_select(&indices, 0)?)
    }
}

/// The first `positions` rows of the table.
fn rows(frequencies: &[f64], positions: usize, device: &Device) -> Result<Tensor> {
    let mut values = Vec::with_capacity(positions * frequencies.len() * 2);
    for position in 0..positions {
        // f64, because an angle of thousands of turns has no digits left in f32.
        let angles = frequencies
            .iter()
            .map(|frequency| position as f64 * frequency);
        values.extend(angles.clone().map(|angle| angle.cos() as f32));
        values.extend(angles.map(|angle| angle.sin() as f32));
    }
    Ok(Tensor::from_vec(
        values,
        (positions, frequencies.len() * 2),
        device,
    )?)
}

#[cfg(test)]
mod tests;
