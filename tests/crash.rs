//! Kills a real server in the middle of writes, seals and merges, and compares what is there
//! afterwards with what was acknowledged.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use kukla_client::{
    Client, CreateCollection, Distance, Id, Include, Search, SearchMode, UpsertPoint, Wait,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::tempdir;
use tokio::sync::Mutex;

use crate::support::Process;

const DIMENSIONS: usize = 8;
const WRITERS: u64 = 4;
const IDS_PER_WRITER: u64 = 400;
const KILLS: u64 = 12;

/// What a writer knows of its own points: the version acknowledged, and the one under way.
#[derive(Debug, Default, Clone)]
struct Known {
    acknowledged: BTreeMap<u64, Option<u64>>,
    /// Sent and not answered: either all of it happened or none.
    pending: BTreeMap<u64, Option<u64>>,
}

/// The vector of a version, so that a hit can be checked against its payload.
fn vector(id: u64, version: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(id * 1_000_003 + version);
    (0..DIMENSIONS)
        .map(|_| random.random_range(-1.0..1.0_f32))
        .collect()
}

fn point(id: u64, version: u64) -> UpsertPoint {
    let payload = serde_json::json!({ "version": version });
    UpsertPoint {
        vector: Some(vector(id, version)),
        payload: payload.as_object().cloned(),
        ..UpsertPoint::text(id.to_string(), format!("point{id} version{version}"))
    }
}

/// Writes batches until the server dies.
async fn write(
    client: Client,
    writer: u64,
    known: Arc<Mutex<Known>>,
    version: Arc<AtomicU64>,
    seed: u64,
) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    loop {
        let version = version.fetch_add(1, Ordering::SeqCst);
        let ids: Vec<u64> = (0..random.random_range(1..40))
            .map(|_| writer * IDS_PER_WRITER + random.random_range(0..IDS_PER_WRITER))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let deletes = random.random_bool(0.2);
        let outcome = if deletes { None } else { Some(version) };
        known.lock().await.pending = ids.iter().map(|id| (*id, outcome)).collect();
        let answered = if deletes {
            let ids: Vec<Id> = ids.iter().map(|id| Id::from(id.to_string())).collect();
            client
                .delete_points("crash", &ids, Wait::Durable)
                .await
                .map(|_| ())
        } else {
            let points: Vec<_> = ids.iter().map(|id| point(*id, version)).collect();
            client
                .upsert("crash", &points, Wait::Durable)
                .await
                .map(|_| ())
        };
        if answered.is_err() {
            return;
        }
        let mut known = known.lock().await;
        let pending = std::mem::take(&mut known.pending);
        known.acknowledged.extend(pending);
    }
}

/// The version of each point that the server holds.
async fn stored(client: &Client) -> BTreeMap<u64, u64> {
    let ids: Vec<Id> = (0..WRITERS * IDS_PER_WRITER)
        .map(|id| Id::from(id.to_string()))
        .collect();
    let include = Include {
        payload: true,
        text: true,
        vectors: false,
    };
    let got = client.get_points("crash", &ids, include).await.unwrap();
    let mut versions = BTreeMap::new();
    for point in got.points {
        let id: u64 = point.id.to_string().parse().unwrap();
        let version = point.payload.unwrap()["version"].as_u64().unwrap();
        assert_eq!(
            point.text,
            Some(format!("point{id} version{version}")),
            "half a write"
        );
        versions.insert(id, version);
    }
    versions
}

/// Compares what is stored with what one writer knows, and takes over how its last batch ended.
fn settle(known: &mut Known, writer: u64, stored: &BTreeMap<u64, u64>) {
    let pending = std::mem::take(&mut known.pending);
    let happened: Vec<bool> = pending
        .iter()
        .filter(|(id, outcome)| known.acknowledged.get(id).copied().flatten() != **outcome)
        .map(|(id, outcome)| stored.get(id).copied() == *outcome)
        .collect();
    assert!(
        happened.iter().all(|done| *done) || happened.iter().all(|done| !*done),
        "a batch of writer {writer} is half there"
    );
    if happened.first().copied().unwrap_or(false) {
        known.acknowledged.extend(pending);
    }
    for id in writer * IDS_PER_WRITER..(writer + 1) * IDS_PER_WRITER {
        let expected = known.acknowledged.get(&id).copied().flatten();
        assert_eq!(
            stored.get(&id).copied(),
            expected,
            "point {id} of writer {writer}"
        );
    }
}

/// Both views show the stored versions and nothing else.
async fn views_agree(client: &Client, stored: &BTreeMap<u64, u64>) {
    let count = client.count("crash", None).await.unwrap();
    assert_eq!(count, stored.len() as u64);
    for (id, version) in stored.iter().step_by(97) {
        let by_vector = Search {
            vector: Some(vector(*id, *version)),
            mode: Some(SearchMode::Vector),
            recall: Some(1.0),
            limit: Some(1),
            ..Search::default()
        };
        let hits = client.search("crash", &by_vector).await.unwrap().hits;
        assert_eq!(hits[0].id.to_string(), id.to_string());
        assert!(hits[0].score > 0.999, "point {id}: score {}", hits[0].score);
        let by_text = Search {
            query: Some(format!("point{id}")),
            mode: Some(SearchMode::Text),
            limit: Some(1),
            ..Search::default()
        };
        let hits = client.search("crash", &by_text).await.unwrap().hits;
        assert_eq!(hits[0].id.to_string(), id.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_and_nothing_is_half_there() {
    let folder = tempdir().unwrap();
    let data = folder.path().join("data");
    let known: Vec<_> = (0..WRITERS)
        .map(|_| Arc::new(Mutex::new(Known::default())))
        .collect();
    let version = Arc::new(AtomicU64::new(1));
    let is_first = AtomicBool::new(true);
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for round in 0..KILLS {
        let mut process = Process::start(&data).await;
        if is_first.swap(false, Ordering::SeqCst) {
            let schema = CreateCollection {
                model: Some(None),
                dimensions: Some(DIMENSIONS as u32),
                distance: Some(Distance::Cosine),
                ..CreateCollection::default()
            };
            process
                .client
                .create_collection("crash", &schema)
                .await
                .unwrap();
        }
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let known = Arc::clone(&known[writer as usize]);
                let seed = round * WRITERS + writer;
                let client = process.client.clone();
                tokio::spawn(write(client, writer, known, Arc::clone(&version), seed))
            })
            .collect();
        let lifetime = Duration::from_millis(random.random_range(50..600));
        tokio::time::sleep(lifetime).await;
        process.kill();
        for writer in writers {
            writer.await.unwrap();
        }
        let process = Process::start(&data).await;
        let stored = stored(&process.client).await;
        for (writer, known) in (0..).zip(&known) {
            settle(&mut *known.lock().await, writer, &stored);
        }
        let flush = vec![Id::from("absent".to_owned())];
        process
            .client
            .delete_points("crash", &flush, Wait::Searchable)
            .await
            .unwrap();
        views_agree(&process.client, &stored).await;
    }
    let acknowledged = version.load(Ordering::SeqCst);
    assert!(
        acknowledged > 50,
        "only {acknowledged} batches were written; the test proves little"
    );
}
