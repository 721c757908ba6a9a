//! Where a transformer's batches come from: examples to fine-tune on.

use candle_core::{Device, Tensor};
use embedder::model::{Kernels, PackedBatch, Qwen3};
use embedder::{Checkpoint, InputKind};
use rand::Rng;

use crate::data::token_lists::TokenLists;
use crate::error::{Error, Result};
use crate::seed::Seed;
use crate::transformer::batch::{Batch, Draw, ended};
use crate::transformer::examples::{Drawn, Source, pick};

/// A larger model whose un-normalised states are copied.
#[derive(Debug)]
pub struct Teacher {
    checkpoint: Checkpoint,
    model: Qwen3,
}

impl Teacher {
    /// Loads a teacher of the student's family, whose first dimensions are the student's.
    pub fn open(checkpoint: Checkpoint, student_dimensions: usize) -> Result<Self> {
        let dimensions = checkpoint.config().hidden_size;
        if dimensions < student_dimensions {
            let problem = format!(
                "the teacher has {dimensions} dimensions and the student {student_dimensions}; \
                 a teacher is cut to its student's, so it has as many or more"
            );
            return Err(Error::argument(problem));
        }
        let weights = checkpoint.var_builder(&Device::Cpu);
        let model = Qwen3::load(checkpoint.config(), weights, Kernels::Fused)?;
        Ok(Self { checkpoint, model })
    }

    fn states(&self, texts: &[(InputKind, &str)], tokens_max: usize) -> Result<Tensor> {
        let lists = tokenise(&self.checkpoint, texts, tokens_max)?;
        let batch = PackedBatch {
            tokens: lists.tokens().to_vec(),
            lengths: (0..lists.len())
                .map(|text| lists.list(text).len())
                .collect(),
        };
        Ok(self.model.forward(&batch)?.detach())
    }
}

/// Draws batches of examples, each of one source and cut to one of several lengths.
#[derive(Debug)]
pub struct ExampleDraw {
    /// The data sets.
    pub sources: Vec<Source>,
    /// The student's tokenizer and prompts.
    pub student: Checkpoint,
    /// Where states to copy come from.
    pub teacher: Option<Teacher>,
    /// Queries of a batch.
    pub batch: usize,
    /// Lengths that texts are cut to; a step draws one.
    pub tokens_max: Vec<usize>,
}

impl Draw for ExampleDraw {
    fn draw(&self, seed: Seed, step: usize) -> Result<Batch> {
        let mut random = seed.stream("examples", step as u64);
        let source = pick(&self.sources, self.batch, &mut random);
        let source = source.ok_or_else(|| Error::argument("there are no examples"))?;
        let at = random.random_range(0..self.tokens_max.len().max(1));
        let tokens_max = self.tokens_max.get(at).copied().unwrap_or(usize::MAX);
        let drawn = source.draw(self.batch, &mut random);
        let texts = texts(&drawn);
        let teacher = self.teacher.as_ref();
        let teacher = teacher.map(|teacher| teacher.states(&texts, tokens_max));
        Ok(Batch {
            source: source.name.clone(),
            task: source.task,
            queries: drawn.queries.len(),
            negatives: source.negatives,
            lists: tokenise(&self.student, &texts, tokens_max)?,
            teacher: teacher.transpose()?,
        })
    }
}

/// Queries, positives, negatives, each with the side its prompt is for.
fn texts<'a>(drawn: &Drawn<'a>) -> Vec<(InputKind, &'a str)> {
    let queries = drawn.queries.iter().map(|text| (InputKind::Query, *text));
    let documents = drawn.positives.iter().chain(&drawn.negatives);
    queries
        .chain(documents.map(|text| (InputKind::Document, *text)))
        .collect()
}

fn tokenise(
    checkpoint: &Checkpoint,
    texts: &[(InputKind, &str)],
    tokens_max: usize,
) -> Result<TokenLists> {
    let tokenizer = checkpoint.tokenizer();
    let mut lists = TokenLists::new();
    for (kind, text) in texts {
        let list = tokenizer.encode(checkpoint.prompts().of(*kind), text)?;
        lists.push(&ended(&list, tokens_max, tokenizer.end_token()));
    }
    Ok(lists)
}
