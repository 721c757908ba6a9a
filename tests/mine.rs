//! The trainer mines pairs from a collection of a running server.

use kukla_client::{Chunking, CreateCollection, UpsertPoint, Wait};
use serde_json::json;
use tempfile::tempdir;
use trainer::mine::output::Line;
use trainer::mine::{MineOptions, MineSummary, PairKind, ServedCollection, mine_collection};

use crate::support::Process;

const THINGS: [&str; 9] = [
    "river", "engine", "violin", "harvest", "window", "bridge", "garden", "letter", "market",
];

async fn fill(server: &Process) {
    let schema = CreateCollection {
        chunking: Some(Chunking {
            tokens: 16,
            overlap: 0,
        }),
        ..CreateCollection::default()
    };
    server
        .client
        .create_collection("docs", &schema)
        .await
        .unwrap();
    let point = |(at, thing): (usize, &&str)| {
        // Two chunks that are about the same thing and hardly share another word with others.
        let text = format!(
            "A {thing} lies beside a {thing} and another {thing}. \
             The {thing} of this {thing} was the {thing}."
        );
        let mut point = UpsertPoint::text(at as u64, text);
        let payload = json!({"title": format!("What is a {thing}?")});
        point.payload = payload.as_object().cloned();
        point
    };
    let mut points: Vec<UpsertPoint> = THINGS.iter().enumerate().map(point).collect();
    points.push(UpsertPoint::text("untitled", "A text without a title."));
    server
        .client
        .upsert("docs", &points, Wait::Searchable)
        .await
        .unwrap();
}

async fn mine(server: &Process, kind: PairKind) -> (MineSummary, Vec<Line>) {
    let folder = tempdir().unwrap();
    let output = folder.path().join("pairs.jsonl");
    let collection = ServedCollection {
        url: server.address(),
        key_file: None,
        certificates: None,
        name: "docs".to_owned(),
        depth: 50,
    };
    let options = MineOptions {
        kinds: vec![kind],
        mined: 5,
        drawn: 3,
        margin: 0.01,
        ..MineOptions::default()
    };
    let path = output.clone();
    // The trainer is synchronous and waits for the server on this thread.
    let mining = move || mine_collection(&collection, &options, &path);
    let summary = tokio::task::spawn_blocking(mining).await.unwrap().unwrap();
    let text = std::fs::read_to_string(&output).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    (summary, lines.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_collection_is_mined_with_its_own_model_and_search() {
    let data = tempdir().unwrap();
    let server = Process::start(data.path()).await;
    fill(&server).await;
    let (summary, lines) = mine(&server, PairKind::Titles).await;
    assert_eq!(
        (summary.written, summary.unpaired),
        (THINGS.len(), 1),
        "{summary:?}"
    );
    assert_eq!(lines.len(), THINGS.len());
    for line in &lines {
        let thing = THINGS
            .iter()
            .find(|thing| line.query.contains(*thing))
            .unwrap();
        assert!(line.positive.contains(thing), "{line:?}");
        assert_eq!(line.negatives.len(), 3, "{line:?}");
        assert!(
            line.negatives.iter().all(|text| !text.contains(thing)),
            "{line:?}"
        );
    }
    let (_, neighbours) = mine(&server, PairKind::Neighbours).await;
    assert!(!neighbours.is_empty());
    for line in &neighbours {
        let thing = THINGS
            .iter()
            .find(|thing| line.query.contains(*thing))
            .unwrap();
        assert!(line.positive != line.query, "{line:?}");
        assert!(
            line.negatives.iter().all(|text| !text.contains(thing)),
            "{line:?}"
        );
    }
}
