//! The sum of losses a step goes down: copy, similarity and contrast, at every prefix length.

use crate::distill::batch::Batch;
use crate::error::Result;
use crate::loss::contrastive::contrastive;
use crate::loss::copy::copy;
use crate::loss::prefix::UnitPrefix;
use crate::loss::similarity::similarity;
use crate::matrix::Matrix;

/// How much each part counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    /// Prefix lengths with their weights.
    pub lengths: Vec<(usize, f32)>,
    /// Weight of copying the teacher's vectors.
    pub copy: f32,
    /// Weight of keeping the teacher's similarities.
    pub similarity: f32,
    /// Weight of the contrast inside pairs.
    pub contrastive: f32,
    /// Divides the cosines of the contrast.
    pub temperature: f32,
}

/// The parts of a loss, summed over lengths with their weights and divided by those.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// One minus the cosine to the teacher.
    pub copy: f64,
    /// Squared difference of similarities.
    pub similarity: f64,
    /// InfoNCE, mean over the kinds of pairs.
    pub contrastive: f64,
    /// The weighted sum, which is what the gradient is of.
    pub total: f64,
}

impl Objective {
    /// Returns the losses of a batch and the gradient by its text vectors.
    ///
    /// `vectors` are the student's `[texts, dimensions]`, `targets` all of the teacher's.
    pub fn of(
        &self,
        vectors: &Matrix,
        batch: &Batch,
        targets: &Matrix,
    ) -> Result<(Losses, Matrix)> {
        let mut gradient = Matrix::zeros(vectors.rows, vectors.columns);
        let mut losses = Losses::default();
        let teacher = gather(targets, &batch.targets);
        let neighbours = teacher.times_transposed(&teacher)?;
        let weights: f32 = self.lengths.iter().map(|&(_, weight)| weight).sum();
        for &(length, weight) in &self.lengths {
            let weight = weight / weights;
            if !batch.targets.is_empty() {
                let rows = 0..batch.targets.len();
                let student = UnitPrefix::of(vectors, rows, length);
                self.distil(
                    &student,
                    (&teacher, &neighbours),
                    weight,
                    (&mut losses, &mut gradient),
                )?;
            }
            for pairs in &batch.pairs {
                let weight = weight / batch.pairs.len() as f32;
                let queries = UnitPrefix::of(vectors, pairs.queries.clone(), length);
                let passages = UnitPrefix::of(vectors, pairs.passages.clone(), length);
                let contrast = contrastive(
                    &queries.unit,
                    &passages.unit,
                    &pairs.groups,
                    self.temperature,
                )?;
                losses.contrastive += f64::from(weight) * contrast.loss;
                let weight = weight * self.contrastive;
                queries.add_gradient(
                    &contrast.of_queries,
                    weight,
                    &mut gradient,
                    pairs.queries.start,
                );
                let first = pairs.passages.start;
                passages.add_gradient(&contrast.of_passages, weight, &mut gradient, first);
            }
        }
        losses.total = f64::from(self.copy) * losses.copy
            + f64::from(self.similarity) * losses.similarity
            + f64::from(self.contrastive) * losses.contrastive;
        Ok((losses, gradient))
    }

    fn distil(
        &self,
        student: &UnitPrefix,
        (teacher, neighbours): (&Matrix, &Matrix),
        weight: f32,
        (losses, gradient): (&mut Losses, &mut Matrix),
    ) -> Result<()> {
        let length = student.unit.columns;
        // What is longer than the teacher's vectors has nothing to copy, only similarities.
        if length <= teacher.columns {
            let wanted = UnitPrefix::of(teacher, 0..teacher.rows, length);
            let (loss, slope) = copy(&student.unit, &wanted.unit);
            losses.copy += f64::from(weight) * loss;
            student.add_gradient(&slope, weight * self.copy, gradient, 0);
        }
        if self.similarity > 0.0 {
            let (loss, slope) = similarity(&student.unit, neighbours)?;
            losses.similarity += f64::from(weight) * loss;
            student.add_gradient(&slope, weight * self.similarity, gradient, 0);
        }
        Ok(())
    }
}

fn gather(targets: &Matrix, rows: &[u32]) -> Matrix {
    let mut gathered = Matrix::zeros(rows.len(), targets.columns);
    for (at, &row) in rows.iter().enumerate() {
        gathered
            .row_mut(at)
            .copy_from_slice(targets.row(row as usize));
    }
    gathered
}
