//! Which of the closest passages are negatives, and which of those are drawn.

use rand::seq::index;
use rand_chacha::ChaCha8Rng;

/// The highest score of a negative: with a higher one a passage may answer the query as well.
///
/// `(1 - margin) * positive` (TopK-PercPos, arXiv 2407.15831, section 4). None where the positive
/// scores zero or less, because a share of that is no bound.
pub fn ceiling(positive: f32, margin: f64) -> Option<f32> {
    (positive > 0.0).then(|| (f64::from(positive) * (1.0 - margin)) as f32)
}

/// The closest candidates below a ceiling, while scores come in.
#[derive(Clone, Debug)]
pub struct Closest {
    ceiling: f32,
    count: usize,
    found: Vec<(f32, u32)>,
    /// No lower score is among the closest any more.
    floor: f32,
}

impl Closest {
    /// Looks for `count` candidates, at least one.
    pub fn new(ceiling: f32, count: usize) -> Self {
        Self {
            ceiling,
            count: count.max(1),
            found: Vec::new(),
            floor: f32::NEG_INFINITY,
        }
    }

    /// Tells whether a score can be among the closest.
    pub fn wants(&self, score: f32) -> bool {
        score <= self.ceiling && score > self.floor
    }

    /// Adds a candidate whose score is wanted.
    pub fn add(&mut self, score: f32, candidate: u32) {
        self.found.push((score, candidate));
        if self.found.len() >= 4 * self.count {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        if self.found.len() > self.count {
            self.found
                .select_nth_unstable_by(self.count - 1, |a, b| by_score(*a, *b));
            self.found.truncate(self.count);
            self.floor = self.found[self.count - 1].0;
        }
    }

    /// The closest, the closest first; of equal ones the earlier candidate first.
    pub fn finish(mut self) -> Vec<u32> {
        self.found.sort_by(|a, b| by_score(*a, *b));
        let closest = self.found.into_iter().take(self.count);
        closest.map(|(_, candidate)| candidate).collect()
    }
}

fn by_score(left: (f32, u32), right: (f32, u32)) -> std::cmp::Ordering {
    right.0.total_cmp(&left.0).then(left.1.cmp(&right.1))
}

/// Draws `count` of the candidates, in their order; none where there are fewer.
pub fn draw<T: Clone>(candidates: &[T], count: usize, random: &mut ChaCha8Rng) -> Option<Vec<T>> {
    if candidates.len() < count {
        return None;
    }
    let mut places = index::sample(random, candidates.len(), count).into_vec();
    places.sort_unstable();
    Some(
        places
            .into_iter()
            .map(|at| candidates[at].clone())
            .collect(),
    )
}

#[cfg(test)]
mod tests;
