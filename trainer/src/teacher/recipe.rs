//! The `[teacher]` section of a recipe.

use std::path::Path;

use crate::data::texts::TEXTS_MAX;
use crate::error::Result;
use crate::recipe::check::Section;
use crate::teacher::bert::Bert;
use crate::teacher::endpoint::{Endpoint, EndpointOptions, Key, Patience};
use crate::teacher::qwen3::Qwen3;
use crate::teacher::{RolePrompts, Teacher, folder_hash};

/// Texts of a request to an endpoint.
const BATCH_TEXTS_MAX: usize = 2_048;

/// A teacher, as the recipe describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct TeacherOptions {
    /// What computes the vectors.
    pub kind: TeacherKind,
    /// How many texts get a vector, from the first on; 0 for all.
    pub texts: usize,
}

/// The kinds of teachers.
#[derive(Clone, Debug, PartialEq)]
pub enum TeacherKind {
    /// A BERT folder among the inputs.
    Bert {
        /// Its name.
        folder: String,
        /// Put before texts.
        prompts: RolePrompts,
        /// Texts are cut to so many tokens.
        tokens_max: usize,
    },
    /// A Qwen3 folder among the inputs, with prompts of its own.
    Qwen3 {
        /// Its name.
        folder: String,
        /// Texts are cut to so many tokens.
        tokens_max: usize,
    },
    /// An address.
    Endpoint(EndpointOptions),
}

impl TeacherOptions {
    /// The folder to be found among the inputs, where there is one.
    pub fn folder(&self) -> Option<&str> {
        match &self.kind {
            TeacherKind::Bert { folder, .. } | TeacherKind::Qwen3 { folder, .. } => Some(folder),
            TeacherKind::Endpoint(_) => None,
        }
    }

    /// Opens the teacher, which lies at `folder` where its kind has one.
    pub fn open(&self, folder: &Path, key: Option<&Key>) -> Result<Box<dyn Teacher>> {
        Ok(match &self.kind {
            TeacherKind::Bert {
                prompts,
                tokens_max,
                ..
            } => Box::new(Bert::open(folder, prompts.clone(), *tokens_max)?),
            TeacherKind::Qwen3 { tokens_max, .. } => Box::new(Qwen3::open(folder, *tokens_max)?),
            TeacherKind::Endpoint(options) => {
                Box::new(Endpoint::new(options.clone(), key, Patience::default())?)
            }
        })
    }

    /// A hash of everything that decides the teacher's vectors but the texts.
    pub fn fingerprint(&self, folder: &Path) -> Result<String> {
        let content = match &self.kind {
            TeacherKind::Bert {
                prompts,
                tokens_max,
                ..
            } => format!("bert {} {prompts:?} {tokens_max}", folder_hash(folder)?),
            TeacherKind::Qwen3 { tokens_max, .. } => {
                format!("qwen3 {} {tokens_max}", folder_hash(folder)?)
            }
            // The size of a request decides no vector.
            TeacherKind::Endpoint(options) => format!(
                "endpoint {} {} {:?} {}",
                options.url, options.model, options.prompts, options.characters_max
            ),
        };
        Ok(blake3::hash(content.as_bytes()).to_hex()[..32].to_owned())
    }
}

/// Reads the section `[teacher]`.
pub(crate) fn teacher(root: &mut Section) -> TeacherOptions {
    let mut section = root.section("teacher");
    let kind = section.text("kind");
    let texts = section.count("texts", 0..=TEXTS_MAX);
    let kind = match kind.as_str() {
        "qwen3" => TeacherKind::Qwen3 {
            folder: section.text("folder"),
            tokens_max: section.count("tokens_max", 8..=1 << 16),
        },
        "endpoint" => TeacherKind::Endpoint(EndpointOptions {
            url: url(&mut section),
            model: section.text("model"),
            prompts: prompts(&mut section),
            batch_texts: section.count("batch_texts", 1..=BATCH_TEXTS_MAX),
            characters_max: section.count("characters_max", 16..=1 << 20),
        }),
        other => {
            if other != "bert" && !other.is_empty() {
                let problem = format!("is `{other}`, expected `bert`, `qwen3` or `endpoint`");
                section.problem("kind", problem);
            }
            TeacherKind::Bert {
                folder: section.text("folder"),
                prompts: prompts(&mut section),
                tokens_max: section.count("tokens_max", 8..=1 << 16),
            }
        }
    };
    root.close(section);
    TeacherOptions { kind, texts }
}

fn prompts(section: &mut Section) -> RolePrompts {
    RolePrompts {
        query: section.text_or_empty("query_prompt"),
        passage: section.text_or_empty("passage_prompt"),
    }
}

/// An address, without anything that should stay secret.
fn url(section: &mut Section) -> String {
    let url = section.text("url");
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    match rest {
        None if url.is_empty() => {}
        None => section.problem("url", "must begin with `http://` or `https://`".to_owned()),
        Some(rest) if rest.split('/').next().unwrap_or_default().contains('@') => {
            let problem = "holds a name or password; a key is given by --teacher-key-variable";
            section.problem("url", problem.to_owned());
        }
        Some(_) => {}
    }
    url
}

#[cfg(test)]
mod tests;
