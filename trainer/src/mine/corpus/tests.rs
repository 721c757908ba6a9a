//! Which pairs records give.

use embedder::{Chunking, EmbedderOptions, ModelSource};
use serde_json::json;

use super::*;

fn corpus(records: &[(&str, &str)], kinds: &[PairKind]) -> Result<Corpus> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    let line =
        |(title, body): &(&str, &str)| format!("{}\n", json!({"title": title, "body": body}));
    let lines: String = records.iter().map(line).collect();
    std::fs::write(&path, lines).unwrap();
    let embedder = Embedder::open(&ModelSource::BuiltIn, &EmbedderOptions::default()).unwrap();
    let options = MineOptions {
        kinds: kinds.to_vec(),
        chunking: Chunking {
            tokens: 12,
            overlap: 0,
        },
        ..MineOptions::default()
    };
    Corpus::read(&embedder, &path, &options)
}

const LONG: &str = "The river flows to the sea in spring. The engine needs oil in winter. \
                    The violin sounds well in the hall.";

#[test]
fn titles_ask_for_their_bodies() {
    let records = [
        ("River", LONG),
        ("", LONG),
        ("Empty", ""),
        ("Short", "One."),
    ];
    let corpus = corpus(&records, &[PairKind::Titles]).unwrap();
    let asked: Vec<(&str, u32)> = corpus
        .pairs
        .iter()
        .map(|pair| (pair.query.as_str(), pair.document))
        .collect();
    assert_eq!(asked, [("River", 0), ("Short", 3)]);
    assert_eq!(corpus.unpaired, 2);
    // The second body is the first once more, and its chunks are kept once.
    assert_eq!(corpus.documents[0], corpus.documents[1]);
    assert_eq!(corpus.passages.len(), corpus.documents[0].len() + 1);
    assert!(corpus.documents[0].len() > 1);
}

#[test]
fn chunks_ask_for_the_next_one() {
    let corpus = corpus(&[("", LONG), ("", "One.")], &[PairKind::Neighbours]).unwrap();
    let chunks = corpus.documents[0].len();
    assert_eq!(corpus.pairs.len(), chunks - 1);
    for (at, pair) in corpus.pairs.iter().enumerate() {
        assert_eq!(pair.query, corpus.passages[at]);
        assert_eq!(pair.positive, Positive::Passage(at as u32 + 1));
    }
    assert_eq!(corpus.unpaired, 1);
}

#[test]
fn records_without_a_pair_are_refused_as_a_whole() {
    let message = corpus(&[("", LONG)], &[PairKind::Titles]).unwrap_err();
    assert!(
        message.to_string().contains("no pair in 1 records"),
        "{message}"
    );
}
