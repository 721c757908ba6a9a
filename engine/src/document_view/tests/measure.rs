//! Measures ranking quality on public retrieval sets, with floors below which a change is refused.
//!
//! `cargo test --release -p engine measure -- --nocapture` prints the table.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::*;

/// Hits that count.
const DEPTH: usize = 10;

/// The set, and the least mean nDCG@10; the measured value cut after the second digit.
const FLOORS: [(&str, f64); 8] = [
    ("xquad-en", 0.97),
    ("xquad-de", 0.94),
    ("xquad-zh", 0.96),
    ("xquad-ar", 0.94),
    ("xquad-hi", 0.96),
    ("xquad-zh-en", 0.13),
    ("med", 0.72),
    ("cranfield", 0.36),
];

#[test]
fn ranking_quality_stays_above_its_floors() {
    let sets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval");
    if !sets.is_dir() {
        println!("skipped: no retrieval sets in ../shared/eval beside the workspace");
        return;
    }
    println!(
        "{:<12} {:>9} {:>7} {:>8} {:>6}",
        "set", "documents", "queries", "nDCG@10", "floor"
    );
    for (name, floor) in FLOORS {
        let set = Set::read(&sets.join(name));
        let quality = set.quality();
        let (documents, queries) = (set.documents.len(), set.queries.len());
        println!("{name:<12} {documents:>9} {queries:>7} {quality:>8.4} {floor:>6.2}");
        assert!(
            quality >= floor,
            "{name}: nDCG@{DEPTH} {quality:.4} is below {floor}"
        );
    }
}

/// A retrieval set in BEIR's layout.
struct Set {
    /// Id and text.
    documents: Vec<(String, String)>,
    queries: Vec<(String, String)>,
    /// Query id to document id to relevance.
    judgements: HashMap<String, HashMap<String, f64>>,
}

impl Set {
    fn read(folder: &Path) -> Self {
        let mut judgements: HashMap<String, HashMap<String, f64>> = HashMap::new();
        let lines = fs::read_to_string(folder.join("qrels.tsv")).expect("judgements");
        for line in lines.lines().skip(1) {
            let fields: Vec<&str> = line.split('\t').collect();
            let [query, document, relevance] = fields.as_slice() else {
                unreachable!("three fields in `{line}`");
            };
            let relevance = relevance.parse().expect("a number");
            let of_query = judgements.entry((*query).to_owned()).or_default();
            of_query.insert((*document).to_owned(), relevance);
        }
        let queries = texts(&folder.join("queries.jsonl"));
        Self {
            documents: texts(&folder.join("corpus.jsonl")),
            queries: queries
                .into_iter()
                .filter(|(id, _)| judgements.contains_key(id))
                .collect(),
            judgements,
        }
    }

    /// The mean nDCG@10 over queries with judgements.
    fn quality(&self) -> f64 {
        let (_folder, view) = view();
        for (number, (_, text)) in self.documents.iter().enumerate() {
            stage_text(&view, number as u32, text);
        }
        view.commit(1).expect("it is committed");
        let sum: f64 = self
            .queries
            .iter()
            .map(|(id, text)| {
                let hits = found_among(&view, text, DEPTH, None);
                self.ndcg(id, &hits)
            })
            .sum();
        sum / self.queries.len() as f64
    }

    /// Discounted cumulative gain over the ideal one, with linear gains (Jarvelin and Kekalainen,
    /// TOIS 2002).
    fn ndcg(&self, query: &str, hits: &[u32]) -> f64 {
        let relevances = &self.judgements[query];
        let gained = hits.iter().map(|number| {
            let (id, _) = &self.documents[*number as usize];
            relevances.get(id).copied().unwrap_or(0.0)
        });
        let mut ideal: Vec<f64> = relevances.values().copied().collect();
        ideal.sort_by(|one, other| other.total_cmp(one));
        discounted(gained) / discounted(ideal.into_iter().take(DEPTH)).max(f64::MIN_POSITIVE)
    }
}

fn discounted(gains: impl Iterator<Item = f64>) -> f64 {
    gains
        .enumerate()
        .map(|(rank, gain)| gain / ((rank + 2) as f64).log2())
        .sum()
}

fn texts(path: &PathBuf) -> Vec<(String, String)> {
    let lines = fs::read_to_string(path).expect("texts");
    lines
        .lines()
        .map(|line| {
            let entry: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let field = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            let text = format!("{} {}", field("title"), field("text"));
            (field("_id"), text.trim().to_owned())
        })
        .collect()
}
