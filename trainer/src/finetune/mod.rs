//! Fine-tuning: the transformer of any folder the embedder opens learns from examples.

pub mod recipe;
mod start;

use std::path::{Path, PathBuf};

use embedder::{Checkpoint, ModelSource};

use crate::error::{Error, Result};
use crate::export::card;
use crate::export::folder::{self, FolderTexts};
use crate::export::quantize::Bits;
use crate::export::trained::trained;
use crate::files;
use crate::finetune::recipe::FinetuneRecipe;
use crate::stages::{find_input, measure};
use crate::transformer::checkpoint::State;
use crate::transformer::draw::{ExampleDraw, Teacher};
use crate::transformer::examples;
use crate::transformer::train::{Place, train_to};

/// A tokenizer of a million tokens has 64 MB; a model card is a page of text.
const TEXT_BYTES_MAX: u64 = 256 << 20;

/// A recipe with the folders it is run in.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The checked recipe.
    pub recipe: FinetuneRecipe,
    /// The recipe's folder, where its card lies.
    pub folder: PathBuf,
    /// Folders searched for inputs, in order.
    pub inputs: Vec<PathBuf>,
    /// Where results are kept; one folder per recipe.
    pub work: PathBuf,
}

impl Workplace {
    /// Checkpoint and metrics.
    pub fn place(&self) -> Place {
        Place {
            checkpoint: self.work.join("finetune.safetensors"),
            metrics: self.work.join("finetune.jsonl"),
            recipe: self.recipe.fingerprint.clone(),
        }
    }

    fn open(&self, name: &str) -> Result<Checkpoint> {
        let source = ModelSource::Folder(find_input(&self.inputs, name)?);
        Ok(Checkpoint::open(&source, true)?)
    }
}

/// Trains from the checkpoint, or from the recipe's model where there is none.
pub fn finetune(workplace: &Workplace) -> Result<State> {
    finetune_to(workplace, workplace.recipe.train.steps)
}

/// As [`finetune`], but stops after step `last`, as if it had been interrupted there.
pub fn finetune_to(workplace: &Workplace, last: usize) -> Result<State> {
    let recipe = &workplace.recipe;
    let student = workplace.open(&recipe.model)?;
    let dimensions = student.config().hidden_size;
    let lengths = &recipe.train.loss.lengths;
    if lengths.first() != Some(&dimensions) {
        let problem = format!(
            "`finetune.lengths` starts with {}, and the model has {dimensions} dimensions",
            lengths.first().unwrap_or(&0)
        );
        return Err(Error::argument(problem));
    }
    let positions = student.config().max_position_embeddings;
    if let Some(longest) = recipe.tokens_max.iter().find(|&&tokens| tokens > positions) {
        let problem =
            format!("`finetune.tokens_max` has {longest}, and the model reads {positions}");
        return Err(Error::argument(problem));
    }
    let teacher = if recipe.teacher.is_empty() {
        None
    } else {
        Some(Teacher::open(workplace.open(&recipe.teacher)?, dimensions)?)
    };
    let paths: Result<Vec<PathBuf>> = recipe
        .examples
        .iter()
        .map(|name| find_input(&workplace.inputs, name))
        .collect();
    let draw = ExampleDraw {
        sources: examples::read(&paths?)?,
        student: student.clone(),
        teacher,
        batch: recipe.batch,
        tokens_max: recipe.tokens_max.clone(),
    };
    let start = || start::weights(&student, recipe);
    let place = workplace.place();
    files::create_folder(&workplace.work)?;
    train_to(start, &draw, (&recipe.train, recipe.seed), &place, last)
}

/// Writes the trained model as a folder that the embedder opens; with `sets` it is measured for
/// its card.
pub fn export(workplace: &Workplace, output: &Path, sets: &[&Path]) -> Result<()> {
    let recipe = &workplace.recipe;
    let place = workplace.place();
    let state = State::open(&place.checkpoint, &place.recipe)?;
    if state.adamw.step < recipe.train.steps {
        let problem = format!(
            "it is at step {} of {}; run `kukla-trainer finetune` to the end first",
            state.adamw.step, recipe.train.steps
        );
        return Err(Error::content(&place.checkpoint, problem));
    }
    let start = find_input(&workplace.inputs, &recipe.model)?;
    let prompts = workplace.open(&recipe.model)?.prompts().clone();
    let weights = state.weights.merged()?;
    let model = trained(&weights, recipe.quantize.then_some(Bits::Eight))?;
    let author = files::read(&workplace.folder.join(&recipe.card), TEXT_BYTES_MAX)?;
    let mut texts = FolderTexts {
        tokenizer: files::read(&start.join("tokenizer.json"), TEXT_BYTES_MAX)?,
        query_prompt: prompts.query,
        document_prompt: prompts.document,
        card: String::new(),
    };
    folder::write(output, &model, &texts)?;
    let mut sections = vec![
        String::from_utf8_lossy(&author).trim_end().to_owned(),
        format!(
            "## Size\n\n| what | value |\n|---|---|\n\
             | dimensions | {} |\n| layers | {} |\n| parameters | {} |\n| steps | {} |\n\
             | recipe | `{}`, fingerprint `{}`, seed {} |",
            model.config.hidden_size,
            model.config.num_hidden_layers,
            model.config.parameters(),
            recipe.train.steps,
            recipe.name,
            recipe.fingerprint,
            recipe.seed.0,
        ),
    ];
    if !sets.is_empty() {
        sections.push(card::evaluation(&measure(output, sets)?));
    }
    texts.card = format!("{}\n", sections.join("\n\n"));
    folder::write(output, &model, &texts)
}

#[cfg(test)]
mod tests;
