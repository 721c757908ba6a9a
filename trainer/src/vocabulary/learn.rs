//! New merges for words that the original tokenizer cuts in pieces.
//!
//! Byte-pair encoding (Sennrich et al., 2016) goes on where the original stopped: the most
//! frequent pair of neighbours in a language's words becomes a token, again and again. New merges
//! come last, so a text the original joins well is joined as before.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::vocabulary::language_words::LanguageWords;
use crate::vocabulary::merges::Merges;

/// A pair that occurs less often than this share of the list's most frequent one is a chance.
const SHARE_MIN: f64 = 1e-7;

/// What a word is to Qwen's tokenizer, and what it is with combining marks inside.
const WORD: &str = r"[^\r\n\p{L}\p{N}]?\p{L}+";
const MARKED_WORD: &str = r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+";

/// Lets a word go on through combining marks, which Indic and Semitic scripts write vowels with.
///
/// The original starts a new word at each, so that no merge could ever make a whole one.
pub fn join_marks(merges: Merges) -> Result<Merges> {
    let mut json = merges.json;
    let splits = match json["pre_tokenizer"]["pretokenizers"].as_array_mut() {
        Some(list) => list.iter_mut().collect(),
        None => vec![&mut json["pre_tokenizer"]],
    };
    let mut is_found = false;
    for split in splits {
        let regex = &mut split["pattern"]["Regex"];
        if let Some(pattern) = regex.as_str().filter(|pattern| pattern.contains(WORD)) {
            *regex = json!(pattern.replace(WORD, MARKED_WORD));
            is_found = true;
        }
    }
    if !is_found {
        let problem = format!(
            "`vocabulary.join_marks` needs a tokenizer that splits words by `{WORD}`, \
             and the original does not"
        );
        return Err(Error::argument(problem));
    }
    Merges::parse(json).map_err(Error::argument)
}

/// Words as pieces, and where each pair of neighbours is.
struct Pieces {
    words: Vec<(Vec<u32>, f64)>,
    counts: HashMap<(u32, u32), f64>,
    places: HashMap<(u32, u32), HashSet<usize>>,
    /// Every count a pair ever had; all but its present one are stale.
    ranked: BinaryHeap<(Count, Reverse<(u32, u32)>)>,
}

/// A count in its total order.
#[derive(Clone, Copy, Debug)]
struct Count(f64);

impl Ord for Count {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Count {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Count {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Count {}

/// Adds up to `wanted[language]` merges, learned from the words of each language.
pub fn learn(
    merges: Merges,
    words: &BTreeMap<String, LanguageWords>,
    wanted: &BTreeMap<String, usize>,
) -> Result<Merges> {
    let mut tokens = merges.tokens.clone();
    let mut ids: HashMap<String, u32> = tokens
        .iter()
        .enumerate()
        .map(|(id, token)| (token.clone(), id as u32))
        .collect();
    let (mut lines, mut learned) = (Vec::new(), HashSet::new());
    for (language, &count) in wanted {
        let Some(words) = words.get(language) else {
            continue;
        };
        let mut pieces = Pieces::of(words);
        let largest = pieces.best().map_or(0.0, |(_, count)| count);
        for _ in 0..count {
            let best = pieces.best().filter(|best| best.1 > SHARE_MIN * largest);
            let Some((pair, _)) = best else { break };
            let (left, right) = (&tokens[pair.0 as usize], &tokens[pair.1 as usize]);
            let product = format!("{left}{right}");
            // A language before this one may have learned the very merge.
            if learned.insert(pair) {
                lines.push(json!([left, right]));
            }
            let id = *ids.entry(product.clone()).or_insert_with(|| {
                tokens.push(product);
                tokens.len() as u32 - 1
            });
            pieces.join(pair, id);
        }
    }
    let json = extended(merges.json, &tokens, lines)?;
    Merges::parse(json).map_err(Error::argument)
}

impl Pieces {
    fn of(words: &LanguageWords) -> Self {
        let mut pieces = Self {
            words: Vec::new(),
            counts: HashMap::new(),
            places: HashMap::new(),
            ranked: BinaryHeap::new(),
        };
        for (list, weight) in words.sorted() {
            let at = pieces.words.len();
            pieces.words.push((list.to_vec(), weight));
            pieces.count(at, 1.0);
        }
        pieces
    }

    /// Adds (or with -1 takes away) the pairs of a word.
    fn count(&mut self, at: usize, sign: f64) {
        let (list, weight) = &self.words[at];
        for two in list.windows(2) {
            let pair = (two[0], two[1]);
            let count = self.counts.entry(pair).or_default();
            *count += sign * weight;
            self.ranked.push((Count(*count), Reverse(pair)));
            self.places.entry(pair).or_default().insert(at);
        }
    }

    /// The most frequent pair; of equal ones the smallest ids, so that a list gives one answer.
    fn best(&mut self) -> Option<((u32, u32), f64)> {
        while let Some(&(count, Reverse(pair))) = self.ranked.peek() {
            if self
                .counts
                .get(&pair)
                .is_some_and(|now| Count(*now) == count)
            {
                return Some((pair, count.0));
            }
            self.ranked.pop();
        }
        None
    }

    fn join(&mut self, pair: (u32, u32), product: u32) {
        let mut places: Vec<usize> = self.places.remove(&pair).into_iter().flatten().collect();
        // Sums of floats depend on their order.
        places.sort_unstable();
        for at in places {
            self.count(at, -1.0);
            let list = std::mem::take(&mut self.words[at].0);
            let mut joined: Vec<u32> = Vec::with_capacity(list.len());
            let mut next = 0;
            while next < list.len() {
                let is_pair = list[next] == pair.0 && list.get(next + 1) == Some(&pair.1);
                joined.push(if is_pair { product } else { list[next] });
                next += if is_pair { 2 } else { 1 };
            }
            self.words[at].0 = joined;
            self.count(at, 1.0);
        }
        self.counts.remove(&pair);
        self.places.remove(&pair);
    }
}

/// The file with new tokens and merges; special tokens move behind them.
fn extended(mut json: Value, tokens: &[String], lines: Vec<Value>) -> Result<Value> {
    let specials = json["added_tokens"].as_array_mut();
    let specials =
        specials.ok_or_else(|| Error::argument("the original tokenizer has no `added_tokens`"))?;
    for (index, special) in specials.iter_mut().enumerate() {
        special["id"] = json!(tokens.len() + index);
    }
    let model = &mut json["model"];
    let vocabulary: serde_json::Map<String, Value> = tokens
        .iter()
        .enumerate()
        .map(|(id, token)| (token.clone(), json!(id)))
        .collect();
    model["vocab"] = Value::Object(vocabulary);
    if let Some(merges) = model["merges"].as_array_mut() {
        // Older files write a merge as one text; all lines of a file are of one form.
        let is_text = merges.first().is_some_and(Value::is_string);
        let line = |line: Value| match (is_text, line[0].as_str(), line[1].as_str()) {
            (true, Some(left), Some(right)) => json!(format!("{left} {right}")),
            _ => line,
        };
        merges.extend(lines.into_iter().map(line));
    }
    Ok(json)
}

#[cfg(test)]
mod tests;
