//! The stages of a recipe: vocabulary, distill, export. Each reads what the one before left in
//! the work folder and does nothing where its own result is already there.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use embedder::{Embedder, EmbedderOptions, ModelSource};
use rayon::prelude::*;
use tokenizers::Tokenizer;

use crate::data::teacher_vectors::TeacherVectors;
use crate::data::texts::{self, Text};
use crate::data::token_lists::{TokenLists, refused};
use crate::data::words::{self, Word};
use crate::distill::checkpoint::State;
use crate::distill::run::{self, Inputs, Place};
use crate::distill::targets::Targets;
use crate::distill::transformer as layers;
use crate::error::{Error, Result};
use crate::evaluate;
use crate::export::card::{CardFacts, card};
use crate::export::folder::{self, FolderTexts};
use crate::export::lift::lift;
use crate::export::trained::trained;
use crate::files;
use crate::matrix::Matrix;
use crate::recipe::Recipe;
use crate::table::flatten::flatten;
use crate::table::untrained::settle_untrained;
use crate::table::weigh::weigh;
use crate::teacher::compute::{self, Origin};
use crate::teacher::endpoint::Key;
use crate::transformer::checkpoint::State as TransformerState;
use crate::transformer::train as transformer_train;
use crate::vocabulary::language_words::language_words;
use crate::vocabulary::learn::{join_marks, learn};
use crate::vocabulary::merges::Merges;
use crate::vocabulary::prune::Usage;
use crate::vocabulary::share::shares;
use crate::vocabulary::{count, prune};

/// A model card is a page of text; a tokenizer of a million tokens has 64 MB.
const TEXT_BYTES_MAX: u64 = 128 << 20;

/// A recipe with the folders it is run in.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The checked recipe.
    pub recipe: Recipe,
    /// The recipe's folder, where its card lies.
    pub folder: PathBuf,
    /// Folders searched for inputs, in order.
    pub inputs: Vec<PathBuf>,
    /// Where results are kept; one folder per recipe.
    pub work: PathBuf,
    /// What an endpoint asks for, where the recipe's teacher is one.
    pub teacher_key: Option<Key>,
}

impl Workplace {
    /// The smaller tokenizer.
    pub fn tokenizer(&self) -> PathBuf {
        self.work.join("tokenizer.json")
    }

    /// The static stage's files.
    pub fn place(&self) -> Place {
        Place {
            checkpoint: self.work.join("distill.safetensors"),
            metrics: self.work.join("distill.jsonl"),
            recipe: self.recipe.fingerprint.clone(),
        }
    }

    /// The transformer stage's files.
    pub fn transformer_place(&self) -> transformer_train::Place {
        transformer_train::Place {
            checkpoint: self.work.join("transformer.safetensors"),
            metrics: self.work.join("transformer.jsonl"),
            recipe: self.recipe.fingerprint.clone(),
        }
    }

    /// Finds an input by its name in the recipe.
    fn input(&self, name: &str) -> Result<PathBuf> {
        find_input(&self.inputs, name)
    }

    fn texts(&self) -> Result<Vec<Text>> {
        texts::read(&self.input(&self.recipe.inputs.texts)?)
    }

    fn parallels(&self) -> Result<Vec<Vec<Text>>> {
        let names = &self.recipe.inputs.parallels;
        names
            .iter()
            .map(|name| texts::read(&self.input(name)?))
            .collect()
    }

    fn lexicon(&self) -> Result<Option<(Vec<Text>, TeacherVectors)>> {
        let Some(names) = &self.recipe.inputs.lexicon else {
            return Ok(None);
        };
        let words = texts::read(&self.input(&names.words)?)?;
        let place = compute::Place::within(&self.work, "lexicon");
        let (codes, scales) = vectors(self, [&names.codes, &names.scales], &words, &place)?;
        Ok(Some((words, TeacherVectors::read(&codes, &scales)?)))
    }

    fn words(&self) -> Result<Vec<Word>> {
        let name = &self.recipe.inputs.words;
        if name.is_empty() {
            return Ok(Vec::new());
        }
        words::read(&self.input(name)?)
    }
}

/// Finds an input by its name in the first of the folders that has it.
pub(crate) fn find_input(folders: &[PathBuf], name: &str) -> Result<PathBuf> {
    let found = folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|path| path.exists());
    found.ok_or_else(|| Error::InputMissing {
        name: name.to_owned(),
        folders: folders
            .iter()
            .map(|path| path.display().to_string())
            .collect::<Vec<String>>()
            .join(", "),
    })
}

/// Cuts the vocabulary and writes `tokenizer.json`; returns how many tokens stayed.
pub fn vocabulary(workplace: &Workplace) -> Result<usize> {
    let recipe = &workplace.recipe;
    let original = workplace.input(&recipe.inputs.tokenizer)?;
    let words = workplace.words()?;
    let mut merges = Merges::read(&original)?;
    if recipe.join_marks {
        merges = join_marks(merges)?;
    }
    let tokenizer = Tokenizer::from_str(&merges.json.to_string()).map_err(refused)?;
    let mut texts = workplace.texts()?;
    texts.extend(workplace.parallels()?.into_iter().flatten());
    let is_learned = |language: &str| recipe.learned.contains_key(language);
    let of_languages = language_words(&merges, &tokenizer, (&words, &texts), is_learned)?;
    let merges = learn(merges, &of_languages, &recipe.learned)?;
    let tokenizer = Tokenizer::from_str(&merges.json.to_string()).map_err(refused)?;
    let counts = count::counts(&tokenizer, &texts, &words)?;
    let usage = Usage {
        weights: &count::weights(&counts, recipe.vocabulary_temper),
        counts: &counts,
    };
    let kept = prune::choose(&merges, usage, &recipe.vocabulary)?;
    let json = prune::write(&merges, &kept)?;
    let path = workplace.tokenizer();
    files::replace(&path, json.to_string().as_bytes())?;
    Ok(open_tokenizer(&path)?.get_vocab_size(true))
}

/// Computes the teacher's vectors in the work folder where the recipe has a teacher and the inputs
/// do not have its vectors; returns how many there are.
pub fn embed(workplace: &Workplace) -> Result<usize> {
    let (codes, scales) = teacher(workplace, &workplace.texts()?)?;
    let words = workplace.lexicon()?.map_or(0, |(words, _)| words.len());
    Ok(TeacherVectors::read(&codes, &scales)?.rows() + words)
}

/// The files of the teacher's vectors of the texts.
fn teacher(workplace: &Workplace, texts: &[Text]) -> Result<(PathBuf, PathBuf)> {
    let names = &workplace.recipe.inputs;
    let count = match &workplace.recipe.teacher {
        Some(options) if options.texts > 0 => options.texts.min(texts.len()),
        _ => texts.len(),
    };
    let place = compute::Place::within(&workplace.work, "teacher");
    let names = [names.teacher_codes.as_str(), names.teacher_scales.as_str()];
    vectors(workplace, names, &texts[..count], &place)
}

/// The files of the teacher's vectors of all these texts: those of the inputs, or else those that
/// the recipe's teacher computes at `place`.
fn vectors(
    workplace: &Workplace,
    [codes, scales]: [&str; 2],
    texts: &[Text],
    place: &compute::Place,
) -> Result<(PathBuf, PathBuf)> {
    let found = (workplace.input(codes), workplace.input(scales));
    let Some(options) = &workplace.recipe.teacher else {
        return Ok((found.0?, found.1?));
    };
    let (path, name) = match found {
        (Ok(codes), Ok(scales)) => return Ok((codes, scales)),
        (Ok(path), Err(_)) => (path, scales),
        (Err(_), Ok(path)) => (path, codes),
        (Err(_), Err(_)) => {
            let folder = options.folder().map(|name| workplace.input(name));
            let folder = folder.transpose()?.unwrap_or_default();
            let origin = Origin::of(options.fingerprint(&folder)?, texts);
            let open = || options.open(&folder, workplace.teacher_key.as_ref());
            compute::compute(open, texts, &origin, place)?;
            return Ok((place.codes.clone(), place.scales.clone()));
        }
    };
    let problem = format!(
        "`{name}` is in none of the input folders; give both files of the teacher's vectors, or \
         none, and they are computed"
    );
    Err(Error::content(&path, problem))
}

/// Trains the token table and returns it; takes up a checkpoint where there is one.
pub fn distill(workplace: &Workplace) -> Result<Matrix> {
    let recipe = &workplace.recipe;
    if !workplace.tokenizer().exists() {
        vocabulary(workplace)?;
    }
    let tokenizer = open_tokenizer(&workplace.tokenizer())?;
    let texts = workplace.texts()?;
    let (codes, scales) = teacher(workplace, &texts)?;
    let teacher = TeacherVectors::read(&codes, &scales)?;
    let lexicon = workplace.lexicon()?;
    let source = lexicon
        .as_ref()
        .map(|(words, vectors)| (vectors, words.as_slice()));
    let targets = Targets::of((&teacher, &texts), source, recipe.dimensions)?;
    drop(teacher);
    let parallels = workplace.parallels()?;
    let words = lexicon.map(|(words, _)| words).unwrap_or_default();
    let all: Vec<&str> = texts
        .iter()
        .chain(parallels.iter().flatten())
        .chain(&words)
        .map(|text| text.text.as_str())
        .collect();
    let all = all.par_iter().copied();
    let lists = TokenLists::of(&tokenizer, all, recipe.distill.tokens_max)?;
    let inputs = Inputs {
        texts: &texts,
        parallels: &parallels,
        dimensions: recipe.dimensions,
        lists: &lists,
        vocabulary: tokenizer.get_vocab_size(true),
        targets: &targets,
        seed: recipe.seed,
    };
    let state = run::run(&inputs, &recipe.distill, &workplace.place())?;
    if let Some(options) = &recipe.transformer {
        let end_token = end_token(&tokenizer, &workplace.tokenizer())?;
        let table = settled(state);
        let place = workplace.transformer_place();
        let stages = (&recipe.distill, options);
        layers::run(&inputs, stages, (&table, end_token), &place)?;
        return Ok(table);
    }
    Ok(state.table)
}

/// The trained table, with the tokens that training never reached as long as the others.
fn settled(mut state: State) -> Matrix {
    settle_untrained(&mut state.table, &state.adam.steps);
    state.table
}

fn end_token(tokenizer: &Tokenizer, path: &Path) -> Result<u32> {
    let id = tokenizer.token_to_id(prune::END_TOKEN);
    id.ok_or_else(|| Error::content(path, format!("it has no `{}`", prune::END_TOKEN)))
}

/// Writes the trained table as a model folder; with `sets` it is measured for its card.
pub fn export(workplace: &Workplace, output: &Path, sets: &[&Path]) -> Result<()> {
    let recipe = &workplace.recipe;
    let place = workplace.place();
    let state = State::open(&place.checkpoint, &place.recipe)?;
    check_done(&place.checkpoint, state.step, recipe.distill.steps)?;
    let path = workplace.tokenizer();
    let tokenizer = open_tokenizer(&path)?;
    let vocabulary = state.table.rows;
    let model = match &recipe.transformer {
        None => {
            let end_token = end_token(&tokenizer, &path)? as usize;
            let mut table = settled(state);
            flatten(&mut table, recipe.export.flatten)?;
            if let Some(powers) = recipe.export.weigh {
                let shares = shares(&tokenizer, &workplace.texts()?, &workplace.words()?)?;
                weigh(&mut table, &shares, powers);
            }
            lift(
                &table,
                end_token,
                (recipe.export.tokens_max, recipe.export.bits),
            )?
        }
        Some(options) => {
            let place = workplace.transformer_place();
            let state = TransformerState::open(&place.checkpoint, &place.recipe)?;
            check_done(&place.checkpoint, state.adamw.step, options.train.steps)?;
            trained(&state.weights, Some(recipe.export.bits))?
        }
    };
    let author = files::read(&workplace.folder.join(&recipe.export.card), TEXT_BYTES_MAX)?;
    let mut texts = FolderTexts {
        tokenizer: files::read(&path, TEXT_BYTES_MAX)?,
        query_prompt: recipe.export.query_prompt.clone(),
        document_prompt: String::new(),
        card: String::new(),
    };
    folder::write(output, &model, &texts)?;
    let report = if sets.is_empty() {
        None
    } else {
        Some(measure(output, sets)?)
    };
    let held_out = run::last_scores(&place)?;
    texts.card = card(&CardFacts {
        recipe,
        text: &String::from_utf8_lossy(&author),
        vocabulary,
        parameters: model.config.parameters(),
        tokens_max: recipe.export.tokens_max,
        held_out: &held_out,
        evaluation: report.as_ref(),
    });
    folder::write(output, &model, &texts)
}

fn check_done(checkpoint: &Path, step: usize, steps: usize) -> Result<()> {
    if step >= steps {
        return Ok(());
    }
    let problem =
        format!("it is at step {step} of {steps}; run `kukla-trainer distill` to the end");
    Err(Error::content(checkpoint, problem))
}

pub(crate) fn measure(model: &Path, sets: &[&Path]) -> Result<evaluate::report::Report> {
    let source = ModelSource::Folder(model.to_path_buf());
    let embedder = Embedder::open(&source, &EmbedderOptions::default())?;
    evaluate::evaluate(&embedder, sets, &[])
}

fn open_tokenizer(path: &Path) -> Result<Tokenizer> {
    let mut tokenizer =
        Tokenizer::from_file(path).map_err(|error| Error::content(path, error.to_string()))?;
    tokenizer.with_truncation(None).map_err(refused)?;
    tokenizer.with_padding(None);
    Ok(tokenizer)
}

#[cfg(test)]
mod tests;
