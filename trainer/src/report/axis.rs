//! From values to places along an axis, and the round numbers written beside it.

/// About how many numbers stand beside an axis.
const TICKS: f64 = 6.0;

/// How places follow from values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AxisKind {
    /// Equal differences are equal distances.
    Linear,
    /// Equal ratios are equal distances; for prefix lengths, which halve. Values are positive.
    Ratio,
}

/// An axis: its ends and the values written beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    kind: AxisKind,
    low: f64,
    high: f64,
    /// The values written beside the axis, ascending.
    pub ticks: Vec<f64>,
}

impl Axis {
    /// An axis that holds all values and ends at round numbers.
    pub fn linear(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(values);
        let spread = if high > low {
            high - low
        } else {
            low.abs().max(1.0) * 0.1
        };
        let step = round_step(spread / TICKS);
        // A value that is a multiple but for its last bit is one.
        let first = (low / step + 1e-9).floor();
        let last = (high / step - 1e-9).ceil().max(first + 1.0);
        let count = (last - first) as usize;
        let ticks: Vec<f64> = (0..=count).map(|at| (first + at as f64) * step).collect();
        Self {
            kind: AxisKind::Linear,
            low: first * step,
            high: last * step,
            ticks,
        }
    }

    /// An axis of ratios with every value written beside it.
    pub fn ratio(values: impl Iterator<Item = f64>) -> Self {
        let mut ticks: Vec<f64> = values.filter(|value| *value > 0.0).collect();
        ticks.sort_by(f64::total_cmp);
        ticks.dedup();
        let low = ticks.first().copied().unwrap_or(1.0);
        let high = ticks.last().copied().unwrap_or(1.0);
        Self {
            kind: AxisKind::Ratio,
            low,
            high: if high > low { high } else { low * 2.0 },
            ticks,
        }
    }

    /// Where a value lies: 0 at the lower end, 1 at the upper.
    pub fn place(&self, value: f64) -> f64 {
        match self.kind {
            AxisKind::Linear => (value - self.low) / (self.high - self.low),
            AxisKind::Ratio => (value / self.low).log2() / (self.high / self.low).log2(),
        }
    }

    /// A tick as it is written: with as many digits as tell it from its neighbour.
    pub fn label(&self, tick: f64) -> String {
        let step = match (self.kind, self.ticks.as_slice()) {
            (AxisKind::Linear, [first, second, ..]) => second - first,
            _ => 1.0,
        };
        if !(1e-4..1e7).contains(&step) {
            let text = format!("{tick:.1e}");
            return if tick.abs() < step / 2.0 {
                "0".to_owned()
            } else {
                text
            };
        }
        let digits = (-step.log10()).ceil().max(0.0) as usize;
        let text = format!("{tick:.digits$}");
        if text.trim_start_matches(['-', '0', '.']).is_empty() {
            return "0".to_owned();
        }
        text
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if ends.0 > ends.1 { (0.0, 1.0) } else { ends }
}

/// The least of 1, 2 and 5 times a power of ten that is no less than `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0];
    let fits = |factor: &f64| factor * power >= least * (1.0 - 1e-9);
    steps.into_iter().find(fits).unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests;
