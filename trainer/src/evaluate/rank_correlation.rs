//! Spearman's rank correlation, also of a resample without sorting it again.

/// Values sorted once: which items are equal, and in which order they come.
#[derive(Clone, Debug)]
pub struct Ranks {
    /// Items, smallest value first.
    order: Vec<u32>,
    /// Where each run of equal values ends in `order`.
    ends: Vec<u32>,
}

impl Ranks {
    /// Sorts values, none of which is NaN.
    pub fn of(values: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by(|&a, &b| values[a as usize].total_cmp(&values[b as usize]));
        let is_end = |&at: &usize| {
            at == order.len()
                || values[order[at] as usize].total_cmp(&values[order[at - 1] as usize])
                    != std::cmp::Ordering::Equal
        };
        let ends = (1..=order.len()).filter(is_end).map(|at| at as u32);
        let ends = ends.collect();
        Self { order, ends }
    }

    /// Tells whether all values are equal, so that there is nothing to correlate.
    pub fn is_flat(&self) -> bool {
        self.ends.len() < 2
    }

    /// The rank of each item where item `i` is there `counts[i]` times; equal values share the
    /// mean of their places.
    fn ranks(&self, counts: &[u32]) -> Vec<f64> {
        let mut ranks = vec![0.0; self.order.len()];
        let (mut start, mut before) = (0, 0.0);
        for &end in &self.ends {
            let run = &self.order[start..end as usize];
            let drawn: f64 = run
                .iter()
                .map(|&item| f64::from(counts[item as usize]))
                .sum();
            for &item in run {
                ranks[item as usize] = before + drawn.midpoint(1.0);
            }
            before += drawn;
            start = end as usize;
        }
        ranks
    }
}

/// Spearman's correlation: Pearson's of the ranks, equal values sharing the mean of their places
/// (Spearman, 1904; the form for ties of Kendall, Rank Correlation Methods, 1948).
///
/// `counts` says how often each item is there. Without spread on a side it is 0.
pub fn spearman(left: &Ranks, right: &Ranks, counts: &[u32]) -> f64 {
    let (left, right) = (left.ranks(counts), right.ranks(counts));
    let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
    // The mean of the ranks 1 to n, with ties or without.
    let mean = total.midpoint(1.0);
    let (mut both, mut left_square, mut right_square) = (0.0, 0.0, 0.0);
    for ((&a, &b), &count) in left.iter().zip(&right).zip(counts) {
        let (a, b, count) = (a - mean, b - mean, f64::from(count));
        both += count * a * b;
        left_square += count * a * a;
        right_square += count * b * b;
    }
    let spread = (left_square * right_square).sqrt();
    if spread > 0.0 { both / spread } else { 0.0 }
}

#[cfg(test)]
mod tests;
