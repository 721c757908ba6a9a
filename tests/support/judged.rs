//! Judged retrieval sets in BEIR layout, and how a ranking is scored.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use kukla_client::{Client, CreateCollection, Search, UpsertPoint, Wait};

/// How deep a ranking is looked at.
pub(crate) const DEPTH: usize = 10;

/// Points in one request.
const BATCH: usize = 200;

/// A judged retrieval set in BEIR layout.
pub(crate) struct Judged {
    pub(crate) corpus: Vec<(String, String)>,
    pub(crate) queries: Vec<(String, String)>,
    pub(crate) judgements: HashMap<String, BTreeMap<String, f64>>,
}

/// Where the sets are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/eval")
}

fn lines(path: &Path) -> Result<Vec<(String, String)>> {
    let text = std::fs::read_to_string(path).context(path.display().to_string())?;
    let records = text.lines().map(|line| {
        let record: serde_json::Value = serde_json::from_str(line)?;
        let part = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let text = format!("{}\n{}", part("title"), part("text"))
            .trim()
            .to_owned();
        Ok((part("_id"), text))
    });
    records.collect()
}

/// Reads one set; queries without judgements are left out.
pub(crate) fn read(set: &str) -> Result<Judged> {
    let folder = folder().join(set);
    let mut judgements: HashMap<String, BTreeMap<String, f64>> = HashMap::new();
    let table = std::fs::read_to_string(folder.join("qrels.tsv"))?;
    for line in table.lines().skip(1) {
        let mut parts = line.split('\t');
        let (Some(query), Some(document), Some(gain)) = (parts.next(), parts.next(), parts.next())
        else {
            anyhow::bail!("{set}: `{line}` is no judgement");
        };
        judgements
            .entry(query.to_owned())
            .or_default()
            .insert(document.to_owned(), gain.trim().parse()?);
    }
    let queries = lines(&folder.join("queries.jsonl"))?;
    Ok(Judged {
        corpus: lines(&folder.join("corpus.jsonl"))?,
        queries: queries
            .into_iter()
            .filter(|(id, _)| judgements.contains_key(id))
            .collect(),
        judgements,
    })
}

/// Normalised discounted cumulative gain at [`DEPTH`] (Jarvelin and Kekalainen, 2002), linear gain.
pub(crate) fn ndcg(ranked: &[String], gains: &BTreeMap<String, f64>) -> f64 {
    let discounted = |gains: &mut dyn Iterator<Item = f64>| -> f64 {
        (2..)
            .zip(gains)
            .map(|(place, gain)| gain / f64::from(place).log2())
            .sum()
    };
    let found = discounted(
        &mut ranked
            .iter()
            .map(|id| gains.get(id).copied().unwrap_or(0.0)),
    );
    let mut ideal: Vec<f64> = gains.values().copied().filter(|gain| *gain > 0.0).collect();
    ideal.sort_by(|a, b| b.total_cmp(a));
    let best = discounted(&mut ideal.into_iter().take(DEPTH));
    if best == 0.0 { 0.0 } else { found / best }
}

/// Puts the set's texts into a collection of its name, with the server's model.
pub(crate) async fn import(client: &Client, set: &str, judged: &Judged) -> Result<()> {
    let schema = CreateCollection::default();
    client.create_collection(set, &schema).await?;
    for batch in judged.corpus.chunks(BATCH) {
        let texts = batch.iter().filter(|(_, text)| !text.is_empty());
        let points: Vec<_> = texts
            .map(|(id, text)| UpsertPoint::text(id.as_str(), text.as_str()))
            .collect();
        client.upsert(set, &points, Wait::Searchable).await?;
    }
    Ok(())
}

/// The mean nDCG@10 of the first `queries_max` queries, each made into a search by `ask`.
pub(crate) async fn score(
    client: &Client,
    set: &str,
    judged: &Judged,
    queries_max: usize,
    ask: impl Fn(&str) -> Search,
) -> Result<f64> {
    let mut sum = 0.0;
    let queries = &judged.queries[..judged.queries.len().min(queries_max)];
    for (id, query) in queries {
        let hits = client.search(set, &ask(query)).await?.hits;
        let ranked: Vec<String> = hits.iter().map(|hit| hit.id.to_string()).collect();
        sum += ndcg(&ranked, &judged.judgements[id]);
    }
    Ok(sum / queries.len() as f64)
}
