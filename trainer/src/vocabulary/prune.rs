//! Chooses which tokens stay and writes the smaller `tokenizer.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::vocabulary::merges::Merges;
use crate::vocabulary::script::Script;

/// Below this nothing but bytes and special tokens would fit.
pub const TOKENS_MIN: usize = 300;

/// The token that ends every text and whose state is the embedding, as in F2LLM-v2.
pub const END_TOKEN: &str = "<|im_end|>";

/// How the kept tokens are chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PruneOptions {
    /// How many tokens stay, special ones included.
    pub tokens: usize,
    /// For a script, how many tokens stay at least: the texts' most frequent, then those the
    /// original merged first.
    pub scripts: BTreeMap<String, usize>,
    /// For a language, how many of its most frequent tokens stay at least, after the scripts'.
    pub languages: BTreeMap<String, usize>,
}

/// What is known of each token's use.
#[derive(Clone, Copy, Debug)]
pub struct Usage<'a> {
    /// A weight per token, over all languages.
    pub weights: &'a [f64],
    /// How often each token occurs, language by language.
    pub counts: &'a BTreeMap<String, Vec<f64>>,
}

/// Chooses the tokens that stay: ids of the original, ascending, special tokens not included.
///
/// Every kept token's merge parents are kept as well.
pub fn choose(merges: &Merges, usage: Usage<'_>, options: &PruneOptions) -> Result<Vec<u32>> {
    if options.tokens < TOKENS_MIN {
        let problem = format!(
            "`vocabulary.tokens` is {}, at least {TOKENS_MIN}",
            options.tokens
        );
        return Err(Error::argument(problem));
    }
    choose_within(merges, usage, options)
}

/// As [`choose`], down to bytes and special tokens alone.
pub(crate) fn choose_within(
    merges: &Merges,
    usage: Usage<'_>,
    options: &PruneOptions,
) -> Result<Vec<u32>> {
    let specials = special_tokens(&merges.json)?.len();
    let room = options
        .tokens
        .saturating_sub(specials)
        .min(merges.tokens.len());
    let mut kept = Kept::bytes(merges);
    if room < kept.count {
        let problem = format!(
            "`vocabulary.tokens` is {}, and bytes and special tokens alone are {}",
            options.tokens,
            kept.count + specials
        );
        return Err(Error::argument(problem));
    }
    let order = most_used(merges, usage.weights);
    for (name, &wanted) in &options.scripts {
        let script = Script::find(name)
            .ok_or_else(|| Error::argument(format!("`vocabulary.scripts.{name}` is no script")))?;
        let of_script = |&&id: &&u32| {
            merges
                .text(id as usize)
                .is_some_and(|text| script.writes(&text))
        };
        for &id in order.iter().filter(of_script).take(wanted) {
            kept.add(merges, id, room);
        }
    }
    for (language, &wanted) in &options.languages {
        let problem =
            || format!("`vocabulary.languages.{language}` is in no text and no word list");
        let counts = usage.counts.get(language);
        let counts = counts.ok_or_else(|| Error::argument(problem()))?;
        let used = most_used(merges, counts).into_iter();
        for id in used.filter(|&id| counts[id as usize] > 0.0).take(wanted) {
            kept.add(merges, id, room);
        }
    }
    for &id in &order {
        kept.add(merges, id, room);
    }
    Ok((0..merges.tokens.len() as u32)
        .filter(|&id| kept.is_kept[id as usize])
        .collect())
}

/// Tokens by weight. Equal weights, zero above all, fall back to the original's own order.
fn most_used(merges: &Merges, weights: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..merges.tokens.len() as u32).collect();
    order.sort_by(|&a, &b| {
        weights[b as usize]
            .total_cmp(&weights[a as usize])
            .then(a.cmp(&b))
    });
    order
}

struct Kept {
    is_kept: Vec<bool>,
    count: usize,
}

impl Kept {
    /// Tokens that no merge makes: the 256 bytes.
    fn bytes(merges: &Merges) -> Self {
        let is_kept: Vec<bool> = merges.made_by.iter().map(Option::is_none).collect();
        let count = is_kept.iter().filter(|&&is_kept| is_kept).count();
        Self { is_kept, count }
    }

    /// Adds a token with all it is merged from, if there is room for all of them.
    fn add(&mut self, merges: &Merges, id: u32, room: usize) {
        let mut needed = Vec::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if self.is_kept[id as usize] || needed.contains(&id) {
                continue;
            }
            needed.push(id);
            if let Some(rank) = merges.made_by[id as usize] {
                let [left, right, _] = merges.merges[rank];
                open.extend([left, right]);
            }
        }
        if self.count + needed.len() > room {
            return;
        }
        self.count += needed.len();
        for id in needed {
            self.is_kept[id as usize] = true;
        }
    }
}

/// The smaller `tokenizer.json`: kept tokens renumbered in their old order, then special tokens;
/// the post-processor ends every text with [`END_TOKEN`].
pub fn write(merges: &Merges, kept: &[u32]) -> Result<Value> {
    let mut new_ids = vec![None; merges.tokens.len()];
    let mut vocabulary = Map::new();
    for (new, &old) in kept.iter().enumerate() {
        new_ids[old as usize] = Some(new);
        vocabulary.insert(merges.tokens[old as usize].clone(), json!(new));
    }
    let stays = |id: &u32| new_ids[*id as usize].is_some();
    let lines: Vec<Value> = merges
        .merges
        .iter()
        .filter(|merge| merge.iter().all(stays))
        .map(|[left, right, _]| {
            json!([
                merges.tokens[*left as usize],
                merges.tokens[*right as usize]
            ])
        })
        .collect();
    let mut added = special_tokens(&merges.json)?;
    for (index, token) in added.iter_mut().enumerate() {
        token["id"] = json!(kept.len() + index);
    }
    let end = added.iter().find(|token| token["content"] == END_TOKEN);
    let end = end.ok_or_else(|| {
        Error::argument(format!(
            "the original tokenizer has no special token `{END_TOKEN}`"
        ))
    })?;
    let end_id = end["id"].clone();
    let mut json = merges.json.clone();
    json["model"]["vocab"] = Value::Object(vocabulary);
    json["model"]["merges"] = Value::Array(lines);
    json["added_tokens"] = Value::Array(added);
    json["post_processor"] = post_processor(&merges.json["post_processor"], &end_id)?;
    Ok(json)
}

fn special_tokens(json: &Value) -> Result<Vec<Value>> {
    let added = json["added_tokens"].as_array().cloned();
    added.ok_or_else(|| Error::argument("the original tokenizer has no `added_tokens`"))
}

/// What the original does, with a template of our own in place of its: its ids are other ones.
fn post_processor(original: &Value, end_id: &Value) -> Result<Value> {
    let piece = |id: &str| json!({"Sequence": {"id": id, "type_id": 0}});
    let end = json!({"SpecialToken": {"id": END_TOKEN, "type_id": 0}});
    let template = json!({
        "type": "TemplateProcessing",
        "single": [piece("A"), end],
        "pair": [piece("A"), piece("B"), end],
        "special_tokens": {
            END_TOKEN: {"id": END_TOKEN, "ids": [end_id], "tokens": [END_TOKEN]},
        },
    });
    let mut processors = match original {
        Value::Null => Vec::new(),
        _ => match original["processors"].as_array() {
            Some(processors) => processors.clone(),
            None => vec![original.clone()],
        },
    };
    for processor in &processors {
        check_template(processor)?;
    }
    processors.retain(|processor| processor["type"] != "TemplateProcessing");
    if processors.is_empty() {
        return Ok(template);
    }
    processors.push(template);
    Ok(json!({"type": "Sequence", "processors": processors}))
}

/// A template may add the end token and nothing else.
fn check_template(processor: &Value) -> Result<()> {
    let added = processor["special_tokens"].as_object();
    match added
        .into_iter()
        .flatten()
        .find(|(token, _)| *token != END_TOKEN)
    {
        Some((token, _)) => Err(Error::argument(format!(
            "the original tokenizer adds `{token}` to every text, expected `{END_TOKEN}` alone"
        ))),
        None => Ok(()),
    }
}
