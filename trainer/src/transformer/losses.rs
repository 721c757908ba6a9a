//! The losses of F2LLM-v2 as published (arXiv 2603.19223), differentiable.
//!
//! `total = in-batch + hard + distillation`, the first two at every prefix length.

use candle_core::{D, Result, Tensor};

/// Keeps the length of a state of zeros from dividing by nothing.
const SQUARES_MIN: f64 = 1e-24;

/// What a pair of texts has to do with each other; decides which losses it has.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// A query and the passage that answers it.
    Retrieval,
    /// Two texts of one cluster.
    Clustering,
    /// A text and its class.
    Classification,
}

impl Task {
    /// How many hard negatives a query has.
    pub fn negatives(self) -> usize {
        match self {
            Self::Retrieval => 7,
            Self::Clustering => 9,
            Self::Classification => 1,
        }
    }

    /// True where the other queries' positives are negatives. In the other tasks they may well be
    /// of the same cluster or class.
    pub fn is_contrasted_in_batch(self) -> bool {
        self == Self::Retrieval
    }
}

/// States `[texts, dimensions]` of a batch, not normalised.
#[derive(Clone, Debug)]
pub struct States {
    /// Of the queries, `[n, d]`.
    pub queries: Tensor,
    /// Of the query's positive, `[n, d]`.
    pub positives: Tensor,
    /// Of the query's hard negatives, `[n, k, d]`, where it has any.
    pub negatives: Option<Tensor>,
}

impl States {
    /// The first `length` values of every state, at unit length.
    pub fn prefix(&self, length: usize) -> Result<Self> {
        let cut = |states: &Tensor| unit(&states.narrow(D::Minus1, 0, length)?);
        Ok(Self {
            queries: cut(&self.queries)?,
            positives: cut(&self.positives)?,
            negatives: self.negatives.as_ref().map(cut).transpose()?,
        })
    }
}

/// The parts of a step's loss, each a scalar; a part that a batch does not have is none.
#[derive(Debug)]
pub struct Parts {
    /// Queries against every positive of the batch.
    pub in_batch: Option<Tensor>,
    /// Queries against their own hard negatives.
    pub hard: Option<Tensor>,
    /// Distance to the teacher's states.
    pub distillation: Option<Tensor>,
    /// The sum, which is what the gradient is of.
    pub total: Tensor,
}

/// How the losses are set up.
#[derive(Clone, Debug, PartialEq)]
pub struct LossOptions {
    /// Prefix lengths, descending from the full one.
    pub lengths: Vec<usize>,
    /// Divides the cosines.
    pub temperature: f64,
    /// Weight of the distance to the teacher; 1 as published.
    pub distillation: f64,
}

impl LossOptions {
    /// The loss of a batch of one task. `teacher` holds the teacher's states of the same texts, of
    /// the student's width or wider.
    pub fn of(&self, task: Task, student: &States, teacher: Option<&States>) -> Result<Parts> {
        let in_batch = if task.is_contrasted_in_batch() {
            Some(self.at_every_length(student, |states| {
                in_batch(&states.queries, &states.positives, self.temperature)
            })?)
        } else {
            None
        };
        let hard = match &student.negatives {
            Some(_) => Some(self.at_every_length(student, |states| {
                let negatives = states.negatives.as_ref().unwrap_or(&states.positives);
                hard(
                    &states.queries,
                    &states.positives,
                    negatives,
                    self.temperature,
                )
            })?),
            None => None,
        };
        let distillation = teacher
            .map(|teacher| distillation(student, teacher)? * self.distillation)
            .transpose()?;
        let parts = [&in_batch, &hard, &distillation];
        let mut total = Tensor::zeros((), student.queries.dtype(), student.queries.device())?;
        for part in parts.into_iter().flatten() {
            total = (total + part)?;
        }
        Ok(Parts {
            in_batch,
            hard,
            distillation,
            total,
        })
    }

    /// Matryoshka: the sum over the n-th length `D_n` of `loss(D_n) / (n * sqrt(d / D_n))`.
    fn at_every_length(
        &self,
        states: &States,
        loss: impl Fn(&States) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let mut total = Tensor::zeros((), states.queries.dtype(), states.queries.device())?;
        for (&length, weight) in self.lengths.iter().zip(length_weights(&self.lengths)) {
            total = (total + (loss(&states.prefix(length)?)? * weight)?)?;
        }
        Ok(total)
    }
}

/// The published weights of prefix lengths, which descend from the full one: for the n-th, from 1,
/// `1 / (n * sqrt(d / D_n))`. They are not divided by their sum.
pub fn length_weights(lengths: &[usize]) -> Vec<f64> {
    let full = lengths.first().copied().unwrap_or(1) as f64;
    let weight =
        |(at, &length): (usize, &usize)| 1.0 / ((at as f64 + 1.0) * (full / length as f64).sqrt());
    lengths.iter().enumerate().map(weight).collect()
}

/// In-batch contrast: cross entropy of query i against every positive, of which the i-th is right.
pub fn in_batch(queries: &Tensor, positives: &Tensor, temperature: f64) -> Result<Tensor> {
    let scores = (queries.matmul(&positives.t()?)? / temperature)?;
    let own = ((queries * positives)?.sum(1)? / temperature)?;
    (log_sum_exp(&scores)? - own)?.mean_all()
}

/// Contrast with hard negatives: cross entropy of query i against its positive and its own `k`.
pub fn hard(
    queries: &Tensor,
    positives: &Tensor,
    negatives: &Tensor,
    temperature: f64,
) -> Result<Tensor> {
    let own = (queries * positives)?.sum_keepdim(1)?;
    let others = negatives.broadcast_mul(&queries.unsqueeze(1)?)?.sum(2)?;
    let scores = (Tensor::cat(&[&own, &others], 1)? / temperature)?;
    let own = (own.squeeze(1)? / temperature)?;
    (log_sum_exp(&scores)? - own)?.mean_all()
}

/// Mean squared error to the teacher's first values, both un-normalised, summed over queries,
/// positives and negatives.
pub fn distillation(student: &States, teacher: &States) -> Result<Tensor> {
    let mut total = distance(&student.queries, &teacher.queries)?;
    total = (total + distance(&student.positives, &teacher.positives)?)?;
    if let (Some(student), Some(teacher)) = (&student.negatives, &teacher.negatives) {
        total = (total + distance(student, teacher)?)?;
    }
    Ok(total)
}

/// The wider of the two is cut to the other's width.
fn distance(student: &Tensor, teacher: &Tensor) -> Result<Tensor> {
    let width = student.dim(D::Minus1)?.min(teacher.dim(D::Minus1)?);
    let student = student.narrow(D::Minus1, 0, width)?;
    let teacher = teacher.narrow(D::Minus1, 0, width)?;
    (student - teacher)?.sqr()?.mean_all()
}

fn unit(states: &Tensor) -> Result<Tensor> {
    let squares = states.sqr()?.sum_keepdim(D::Minus1)?;
    states.broadcast_div(&(squares + SQUARES_MIN)?.sqrt()?)
}

/// `log(sum(exp(row)))`, with the largest value taken out first.
fn log_sum_exp(scores: &Tensor) -> Result<Tensor> {
    let largest = scores.max_keepdim(1)?.detach();
    let sum = scores.broadcast_sub(&largest)?.exp()?.sum_keepdim(1)?;
    (sum.log()? + largest)?.squeeze(1)
}

#[cfg(test)]
mod tests;
