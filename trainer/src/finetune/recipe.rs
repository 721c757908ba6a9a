//! What a fine-tuning run depends on, in one TOML file.

use std::path::Path;

use crate::error::{RecipeProblem, Result};
use crate::recipe::check::Section;
use crate::recipe::file;
use crate::seed::Seed;
use crate::transformer::adapters::LoraOptions;
use crate::transformer::losses::LossOptions;
use crate::transformer::train::TrainOptions;

/// Files of examples a recipe may name.
const FILES_MAX: usize = 256;

/// Prefix lengths a recipe may name.
const LENGTHS_MAX: usize = 32;

/// Ranks above this are no longer low.
const RANK_MAX: usize = 1_024;

/// The longest text, in tokens.
const TOKENS_MAX: usize = 1 << 16;

/// A checked recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct FinetuneRecipe {
    /// The name of the model that is made.
    pub name: String,
    /// The root of all randomness.
    pub seed: Seed,
    /// The folder training starts from, found among the inputs.
    pub model: String,
    /// Files of examples.
    pub examples: Vec<String>,
    /// The folder of the teacher; empty for none.
    pub teacher: String,
    /// Queries of a batch.
    pub batch: usize,
    /// Lengths that texts are cut to; a step draws one.
    pub tokens_max: Vec<usize>,
    /// Adapters to train instead of the weights.
    pub lora: Option<LoraOptions>,
    /// Steps, learning rate, loss.
    pub train: TrainOptions,
    /// True where the token table is written as int8 and the rest as f16.
    pub quantize: bool,
    /// The beginning of the model card, a Markdown file beside the recipe.
    pub card: String,
    /// A hash of everything above but the export.
    pub fingerprint: String,
}

impl FinetuneRecipe {
    /// Reads and checks a recipe; the error lists every problem with its key.
    pub fn read(path: &Path) -> Result<Self> {
        file::read(path, Self::parse)
    }

    /// Checks a recipe's text.
    pub fn parse(text: &str) -> Result<Self, Vec<RecipeProblem>> {
        let (mut root, fingerprint) = file::open(text)?;
        let name = root.text("name");
        let seed = Seed(root.count("seed", 0..=u32::MAX as usize) as u64);
        let mut inputs = root.section("inputs");
        let model = inputs.text("model");
        let examples = inputs.texts("examples", FILES_MAX);
        if examples.is_empty() {
            inputs.problem("examples", "must name a file or more".to_owned());
        }
        let teacher = inputs.text_or_empty("teacher");
        root.close(inputs);
        let mut section = root.section("finetune");
        let batch = section.count("batch", 2..=65_536);
        let tokens_max = section.counts("tokens_max", 8..=TOKENS_MAX);
        let lora = section.has("lora").then(|| lora(&mut section));
        let train = train(&mut section);
        root.close(section);
        let mut export = root.section("export");
        let quantize = export.truth("quantize");
        let card = export.text("card");
        root.close(export);
        let recipe = Self {
            name,
            seed,
            model,
            examples,
            teacher,
            batch,
            tokens_max,
            lora,
            train,
            quantize,
            card,
            fingerprint,
        };
        root.finish().map(|()| recipe)
    }
}

/// `[finetune.lora]`: rank and alpha.
fn lora(section: &mut Section) -> LoraOptions {
    let mut lora = section.section("lora");
    let options = LoraOptions {
        rank: lora.count("rank", 1..=RANK_MAX),
        alpha: lora.number("alpha", 1e-3..=1e4),
    };
    section.close(lora);
    options
}

/// The keys that every transformer stage has.
pub(crate) fn train(section: &mut Section) -> TrainOptions {
    let lengths = section.counts("lengths", 1..=1 << 16);
    let is_descending = lengths.windows(2).all(|two| two[0] > two[1]);
    if !is_descending || lengths.len() > LENGTHS_MAX {
        let problem = format!("must descend, and be {LENGTHS_MAX} at most");
        section.problem("lengths", problem);
    }
    let steps = section.count("steps", 1..=100_000_000);
    TrainOptions {
        steps,
        learning_rate: section.number("learning_rate", 1e-9..=1.0),
        warm_up_steps: section.count("warm_up_steps", 0..=steps),
        loss: LossOptions {
            lengths,
            temperature: section.number("temperature", 1e-3..=10.0),
            distillation: section.number("distillation", 0.0..=1e6),
        },
        save_every_steps: section.count("save_every_steps", 1..=1_000_000),
    }
}
