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
    /// Unit rows `[vectors, dimensions]`: of texts, then of the lexicon.
    pub vectors: Matrix,
    /// How many of the rows are of texts.
    pub of_texts: usize,
    /// The share of the teacher's variance over texts that is left.
    pub share: f64,
}

/// Texts and the teacher's vectors of the first of them.
pub type Source<'a> = (&'a TeacherVectors, &'a [Text]);

impl Targets {
    /// Centres, rotates and cuts the teacher's vectors to `dimensions` values, or to all it has.
    ///
    /// Queries and passages have a mean each: the teacher read them with different prefixes, and
    /// the student has none. Words of a lexicon have their own: a word alone lies elsewhere than a
    /// question. The axes are those of the texts.
    pub fn of(texts: Source<'_>, lexicon: Option<Source<'_>>, dimensions: usize) -> Result<Self> {
        let (teacher, _) = texts;
        let dimensions = dimensions.min(teacher.dimensions);
        let centred = Centred::of(texts)?;
        let step = teacher.rows().div_ceil(SAMPLE_ROWS).max(1);
        let axes = Axes::of(&centred.rows(0, teacher.rows(), step), dimensions)?;
        let mut vectors = Matrix::zeros(0, dimensions);
        centred.project(&axes, &mut vectors)?;
        if let Some((words, lines)) = lexicon {
            if (words.dimensions, words.rows()) != (teacher.dimensions, lines.len()) {
                let problem = format!(
                    "the lexicon has {} words and {} vectors of {} values; expected a vector a \
                     word, of {} values as the texts have",
                    lines.len(),
                    words.rows(),
                    words.dimensions,
                    teacher.dimensions
                );
                return Err(Error::argument(problem));
            }
            Centred::of((words, lines))?.project(&axes, &mut vectors)?;
        }
        Ok(Self {
            vectors,
            of_texts: teacher.rows(),
            share: axes.share,
        })
    }
}

/// A source's vectors without the mean of their role.
struct Centred<'a> {
    source: Source<'a>,
    means: [Vec<f32>; 2],
}

impl<'a> Centred<'a> {
    fn of(source: Source<'a>) -> Result<Self> {
        let (teacher, texts) = source;
        if teacher.rows() > texts.len() {
            let problem = format!(
                "the teacher has {} vectors for {} texts; the files do not belong together",
                teacher.rows(),
                texts.len()
            );
            return Err(Error::argument(problem));
        }
        let means = means(teacher, texts);
        Ok(Self { source, means })
    }

    fn rows(&self, first: usize, last: usize, step: usize) -> Matrix {
        let (teacher, texts) = self.source;
        let rows: Vec<usize> = (first..last).step_by(step).collect();
        let mut centred = Matrix::zeros(rows.len(), teacher.dimensions);
        for (at, &row) in rows.iter().enumerate() {
            let values = centred.row_mut(at);
            teacher.write_row(row, values);
            let mean = &self.means[side(texts[row].role)];
            let pairs = values.iter_mut().zip(mean);
            pairs.for_each(|(value, mean)| *value -= mean);
        }
        centred
    }

    /// Appends all rows, on the axes.
    fn project(&self, axes: &Axes, vectors: &mut Matrix) -> Result<()> {
        let rows = self.source.0.rows();
        for first in (0..rows).step_by(CHUNK_ROWS) {
            let chunk = self.rows(first, rows.min(first + CHUNK_ROWS), 1);
            vectors.values.extend(axes.project(&chunk)?.values);
            vectors.rows += chunk.rows;
        }
        Ok(())
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

#[cfg(test)]
mod tests;
