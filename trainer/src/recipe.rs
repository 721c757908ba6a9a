//! A recipe: one TOML file that says everything a run depends on. Checked as a whole, so that all
//! its problems are reported at once.

pub(crate) mod check;
pub(crate) mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use crate::data::pairs::CropOptions;
use crate::distill::batch::BatchOptions;
use crate::distill::objective::Objective;
use crate::distill::run::DistillOptions;
use crate::distill::transformer::TransformerOptions;
use crate::error::{RecipeProblem, Result};
use crate::export::quantize::Bits;
use crate::finetune::recipe::train;
use crate::recipe::check::Section;
use crate::seed::Seed;
use crate::table::weigh::Powers;
use crate::teacher::recipe::{TeacherOptions, teacher};
use crate::transformer::start::Shape;
use crate::vocabulary::prune::{PruneOptions, TOKENS_MIN};
use crate::vocabulary::script::Script;

/// A table of this many values is 4 GiB with its moments.
const VALUES_MAX: usize = 1 << 28;

/// Sources of parallel texts a recipe may have.
const PARALLELS_MAX: usize = 64;

/// File names of what a run reads; their folders are given on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct InputNames {
    /// JSON lines, plain or gzip.
    pub texts: String,
    /// More texts, which translate each other; a file is a source. May be none.
    pub parallels: Vec<String>,
    /// Word lists, lines of language, word and count; empty for none.
    pub words: String,
    /// NumPy file, int8.
    pub teacher_codes: String,
    /// NumPy file, float32.
    pub teacher_scales: String,
    /// Single words with the teacher's vectors of all of them, where there are any.
    pub lexicon: Option<LexiconNames>,
    /// The original's `tokenizer.json`.
    pub tokenizer: String,
}

/// File names of a lexicon.
#[derive(Clone, Debug, PartialEq)]
pub struct LexiconNames {
    /// JSON lines as those of texts, a word a line.
    pub words: String,
    /// NumPy file, int8.
    pub codes: String,
    /// NumPy file, float32.
    pub scales: String,
}

/// What a model folder says beside its weights.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportOptions {
    /// The longest text the model takes, in tokens.
    pub tokens_max: usize,
    /// Bits of the token table's values.
    pub bits: Bits,
    /// How much a static table's weak directions are raised, from 0 to 1.
    pub flatten: f64,
    /// How a static table's lengths are set, where they are not left as training leaves them.
    pub weigh: Option<Powers>,
    /// Put before a query; empty for none.
    pub query_prompt: String,
    /// The beginning of the model card, a Markdown file beside the recipe.
    pub card: String,
}

/// A checked recipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// The model's name.
    pub name: String,
    /// The root of all randomness.
    pub seed: Seed,
    /// What is read.
    pub inputs: InputNames,
    /// What computes the teacher's vectors where the inputs do not have them.
    pub teacher: Option<TeacherOptions>,
    /// Which tokens stay.
    pub vocabulary: PruneOptions,
    /// Languages count by this power of their size when tokens are chosen.
    pub vocabulary_temper: f64,
    /// True where a word goes on through combining marks.
    pub join_marks: bool,
    /// How many merges are learned from a language's words.
    pub learned: BTreeMap<String, usize>,
    /// The student's hidden size.
    pub dimensions: usize,
    /// The static stage.
    pub distill: DistillOptions,
    /// The transformer stage, where there is one.
    pub transformer: Option<TransformerOptions>,
    /// How the model folder is written.
    pub export: ExportOptions,
    /// A hash of everything above but `teacher` and `export`.
    pub fingerprint: String,
}

impl Recipe {
    /// Reads and checks a recipe; the error lists every problem with its key.
    pub fn read(path: &Path) -> Result<Self> {
        file::read(path, Self::parse)
    }

    /// Checks a recipe's text.
    pub fn parse(text: &str) -> Result<Self, Vec<RecipeProblem>> {
        let (mut root, fingerprint) = file::open(text)?;
        let name = root.text("name");
        let seed = Seed(root.count("seed", 0..=u32::MAX as usize) as u64);
        let inputs = input_names(&mut root);
        let teacher = root.has("teacher").then(|| teacher(&mut root));
        let (vocabulary, vocabulary_temper, join_marks, learned) = vocabulary(&mut root);
        let mut student = root.section("student");
        let dimensions = student.count("dimensions", 8..=8_192);
        let lengths = lengths(&mut student, dimensions);
        if vocabulary.tokens.saturating_mul(dimensions) > VALUES_MAX {
            student.problem(
                "dimensions",
                format!("times tokens is more than {VALUES_MAX}"),
            );
        }
        root.close(student);
        let distill = distill(&mut root, lengths);
        if distill.batch.words > 0 && inputs.lexicon.is_none() {
            let problem = "needs `inputs.lexicon`, which is missing".to_owned();
            root.problem("distill.words", problem);
        }
        let transformer = root
            .has("transformer")
            .then(|| transformer(&mut root, &distill));
        let mut section = root.section("export");
        let export = ExportOptions {
            tokens_max: section.count("tokens_max", 8..=1 << 20),
            bits: bits(&mut section),
            flatten: section.number("flatten", 0.0..=1.0),
            weigh: section.has("weigh").then(|| weigh(&mut section)),
            query_prompt: section.text_or_empty("query_prompt"),
            card: section.text("card"),
        };
        if export.weigh.is_some() && transformer.is_some() {
            let problem = "sets the lengths of a static table, and there is a `[transformer]`";
            section.problem("weigh", problem.to_owned());
        }
        if let Err(problem) = export.bits.parts(dimensions) {
            section.problem("bits", problem.to_string());
        }
        root.close(section);
        let recipe = Self {
            name,
            seed,
            inputs,
            teacher,
            vocabulary,
            vocabulary_temper,
            join_marks,
            learned,
            dimensions,
            distill,
            transformer,
            export,
            fingerprint,
        };
        root.finish().map(|()| recipe)
    }
}

fn input_names(root: &mut Section) -> InputNames {
    let mut section = root.section("inputs");
    let names = InputNames {
        texts: section.text("texts"),
        parallels: section.texts("parallels", PARALLELS_MAX),
        words: section.text_or_empty("words"),
        teacher_codes: section.text("teacher_codes"),
        teacher_scales: section.text("teacher_scales"),
        lexicon: section.has("lexicon").then(|| lexicon(&mut section)),
        tokenizer: section.text("tokenizer"),
    };
    root.close(section);
    names
}

fn lexicon(section: &mut Section) -> LexiconNames {
    let mut lexicon = section.section("lexicon");
    let names = LexiconNames {
        words: lexicon.text("words"),
        codes: lexicon.text("codes"),
        scales: lexicon.text("scales"),
    };
    section.close(lexicon);
    names
}

fn bits(section: &mut Section) -> Bits {
    section.choice(
        "bits",
        &[
            ("8", Bits::Eight),
            ("4", Bits::Four),
            ("nested", Bits::Nested),
        ],
    )
}

fn weigh(section: &mut Section) -> Powers {
    let mut weigh = section.section("weigh");
    let powers = Powers {
        length: weigh.number("length", 0.0..=2.0),
        rarity: weigh.number("rarity", 0.0..=2.0),
    };
    section.close(weigh);
    powers
}

fn vocabulary(root: &mut Section) -> (PruneOptions, f64, bool, BTreeMap<String, usize>) {
    let mut section = root.section("vocabulary");
    let tokens = section.count("tokens", TOKENS_MIN..=1 << 20);
    let temper = section.number("language_temper", 0.0..=1.0);
    let join_marks = section.truth("join_marks");
    let mut listed = section.section("scripts");
    let mut scripts = BTreeMap::new();
    for name in listed.keys() {
        let count = listed.count(&name, 0..=tokens);
        if Script::find(&name).is_none() {
            listed.problem(&name, "is no script this program knows".to_owned());
        }
        scripts.insert(name, count);
    }
    section.close(listed);
    let [languages, learned] =
        ["languages", "learned"].map(|name| counts_by_language(&mut section, name, tokens));
    root.close(section);
    (
        PruneOptions {
            tokens,
            scripts,
            languages,
        },
        temper,
        join_marks,
        learned,
    )
}

fn counts_by_language(section: &mut Section, name: &str, most: usize) -> BTreeMap<String, usize> {
    let mut listed = section.section(name);
    let counts = listed.keys().into_iter().map(|name| {
        let count = listed.count(&name, 0..=most);
        (name, count)
    });
    let counts = counts.collect();
    section.close(listed);
    counts
}

/// `lengths = [320, 256, ...]` with `length_weights = [1.0, ...]`, descending from the full size.
fn lengths(student: &mut Section, dimensions: usize) -> Vec<(usize, f32)> {
    let lengths = student.counts("lengths", 1..=dimensions.max(1));
    let weights = student.numbers("length_weights", 0.0..=1_000.0);
    let is_descending = lengths.windows(2).all(|two| two[0] > two[1]);
    if !lengths.is_empty() && (!is_descending || lengths[0] != dimensions) {
        let problem = format!("must start with `dimensions` ({dimensions}) and descend");
        student.problem("lengths", problem);
    }
    if weights.len() != lengths.len() || weights.iter().sum::<f64>() <= 0.0 {
        let problem = format!("must have {} weights, not all zero", lengths.len());
        student.problem("length_weights", problem);
    }
    lengths
        .into_iter()
        .zip(weights.into_iter().map(|weight| weight as f32))
        .collect()
}

fn distill(root: &mut Section, lengths: Vec<(usize, f32)>) -> DistillOptions {
    let mut section = root.section("distill");
    let objective = Objective {
        lengths,
        copy: section.number("copy", 0.0..=1e6) as f32,
        similarity: section.number("similarity", 0.0..=1e6) as f32,
        contrastive: section.number("contrastive", 0.0..=1e6) as f32,
        // Below 0.03 the exponentials of unlike pairs leave the range of f32.
        temperature: section.number("temperature", 0.03..=10.0) as f32,
    };
    let options = DistillOptions {
        steps: section.count("steps", 1..=100_000_000),
        learning_rate: section.number("learning_rate", 1e-8..=1.0) as f32,
        start_length: section.number("start_length", 1e-3..=1e3) as f32,
        batch: batch(&mut section),
        objective,
        language_temper: section.number("language_temper", 0.0..=1.0),
        tokens_max: section.count("tokens_max", 16..=8_192),
        held_out_share: section.number("held_out_share", 0.0..=0.5),
        save_every_steps: section.count("save_every_steps", 1..=1_000_000),
    };
    root.close(section);
    options
}

fn transformer(root: &mut Section, distill: &DistillOptions) -> TransformerOptions {
    let mut section = root.section("transformer");
    let options = TransformerOptions {
        shape: Shape {
            layers: section.count("layers", 1..=64),
            head_dim: section.count("head_dim", 2..=1_024),
            intermediate: section.count("intermediate", 1..=1 << 16),
            tokens_max: section.count("positions", 8..=1 << 20),
        },
        batch: section.count("batch", 2..=16_384),
        tokens_max: section.counts("tokens_max", 8..=8_192),
        train: train(&mut section),
    };
    let full = distill.objective.lengths.first().map(|&(length, _)| length);
    if options.train.loss.lengths.first().copied() != full {
        let problem = format!(
            "must start with `student.dimensions` ({})",
            full.unwrap_or(0)
        );
        section.problem("lengths", problem);
    }
    root.close(section);
    options
}

fn batch(section: &mut Section) -> BatchOptions {
    let mut crop = section.section("crop");
    let options = CropOptions {
        tokens_min: crop.count("tokens_min", 1..=1_024),
        tokens_max: crop.count("tokens_max", 1..=1_024),
        keep_share: crop.number("keep_share", 0.0..=1.0),
        drop_share: crop.number("drop_share", 0.0..=0.9),
    };
    section.close(crop);
    // The similarity matrix of a batch is its square.
    let rows = 0..=16_384;
    BatchOptions {
        texts: section.count("texts", rows.clone()),
        // Most recipes have no lexicon.
        words: if section.has("words") {
            section.count("words", rows.clone())
        } else {
            0
        },
        titles: section.count("titles", rows.clone()),
        translations: section.count("translations", rows.clone()),
        parallels: section.count("parallels", rows.clone()),
        crops: section.count("crops", rows),
        crop: options,
    }
}
