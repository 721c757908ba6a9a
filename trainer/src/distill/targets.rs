//! What the student copies: the teacher's vectors without their mean, on their principal axes.

use crate::axes::Axes;
use crate::data::teacher_vectors::TeacherVectors;
use crate::data::texts::{Role, Text};
use crate::error::{Error, Result};
use crate::matrix::Matrix;

/// Rows the axes are computed from; more change them in the third digit only.
const SAMPLE_ROWS: usize = 40_000;

/// Rows handled at once; bounds the memory beside the result.
const CHUNK_ROWS: usize = 8_192;

/// The teacher's vectors in the student's space.
#[derive(Clone, Debug)]
pub struct Targets {
    /// Unit rows `[texts with a vector, dimensions]`.
    pub vectors: Matrix,
    /// The share of the teacher's variance that is left.
    pub share: f64,
}

impl Targets {
    /// Centres, rotates and cuts the teacher's vectors to `dimensions` values, or to all it has.
    ///
    /// Queries and passages have a mean each: the teacher read them with different prefixes, and
    /// the student has none.
    pub fn of(teacher: &TeacherVectors, texts: &[Text], dimensions: usize) -> Result<Self> {
        if teacher.rows() > texts.len() {
            let problem = format!(
                "the teacher has {} vectors for {} texts; the files do not belong together",
                teacher.rows(),
                texts.len()
            );
            return Err(Error::argument(problem));
        }
        let dimensions = dimensions.min(teacher.dimensions);
        let means = means(teacher, texts);
        let chunk = |first: usize, last: usize, step: usize| {
            let rows: Vec<usize> = (first..last).step_by(step).collect();
            let mut centred = Matrix::zeros(rows.len(), teacher.dimensions);
            for (at, &row) in rows.iter().enumerate() {
                let values = centred.row_mut(at);
                teacher.write_row(row, values);
                let mean = &means[side(texts[row].role)];
                values
                    .iter_mut()
                    .zip(mean)
                    .for_each(|(value, mean)| *value -= mean);
            }
            centred
        };
        let step = teacher.rows().div_ceil(SAMPLE_ROWS).max(1);
        let axes = Axes::of(&chunk(0, teacher.rows(), step), dimensions)?;
        let mut vectors = Matrix::zeros(0, dimensions);
        for first in (0..teacher.rows()).step_by(CHUNK_ROWS) {
            let last = teacher.rows().min(first + CHUNK_ROWS);
            vectors
                .values
                .extend(axes.project(&chunk(first, last, 1))?.values);
            vectors.rows = last;
        }
        Ok(Self {
            vectors,
            share: axes.share,
        })
    }
}

fn means(teacher: &TeacherVectors, texts: &[Text]) -> [Vec<f32>; 2] {
    let mut sums = [
        vec![0.0f64; teacher.dimensions],
        vec![0.0f64; teacher.dimensions],
    ];
    let mut counts = [0usize; 2];
    let mut row_values = vec![0.0; teacher.dimensions];
    for (row, text) in texts.iter().enumerate().take(teacher.rows()) {
        teacher.write_row(row, &mut row_values);
        counts[side(text.role)] += 1;
        let sum = &mut sums[side(text.role)];
        sum.iter_mut()
            .zip(&row_values)
            .for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let mean = |side: usize| {
        let count = counts[side].max(1) as f64;
        sums[side].iter().map(|sum| (sum / count) as f32).collect()
    };
    [mean(0), mean(1)]
}

fn side(role: Role) -> usize {
    match role {
        Role::Query => 0,
        Role::Passage => 1,
    }
}
