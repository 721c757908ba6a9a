//! Filtered vector search through the whole read path, against the exact scan.

use std::collections::BTreeSet;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::clock::ManualClock;
use crate::collection::Collection;
use crate::engine::{Created, Engine};
use crate::options::EngineOptions;
use crate::point::{Chunk, PointId, Span};
use crate::query::filter::{Clause, Filter, FilterCondition, FilterTest, Range};
use crate::query::request::{Fusion, Include, SearchMode, SearchRequest};
use crate::schema::{CollectionName, CollectionSchema, Distance};
use crate::value::{Payload, Value};
use crate::write::request::{Condition, UpsertPoint, Wait, WriteRequest};

const POINTS: usize = 20_000;
const DIMENSIONS: usize = 256;
const CLUSTERS: usize = 100;
const QUERIES: usize = 40;
const LIMIT: usize = 10;
const ASKED: f32 = 0.95;
const SEED: u64 = 17;

fn centres(random: &mut ChaCha8Rng) -> Vec<Vec<f32>> {
    let centre = |random: &mut ChaCha8Rng| {
        (0..DIMENSIONS)
            .map(|_| random.random_range(-1.0..1.0_f32))
            .collect()
    };
    (0..CLUSTERS).map(|_| centre(random)).collect()
}

fn near(centre: &[f32], random: &mut ChaCha8Rng) -> Vec<f32> {
    centre
        .iter()
        .map(|number| number + random.random_range(-0.7..0.7_f32))
        .collect()
}

fn point(id: usize, cluster: usize, vector: Vec<f32>, random: &mut ChaCha8Rng) -> UpsertPoint {
    let share = Value::Float(random.random_range(0.0..1.0));
    let payload = Payload::from([
        ("share".to_owned(), share),
        ("cluster".to_owned(), Value::Integer(cluster as i64)),
        ("rank".to_owned(), Value::Integer(id as i64)),
    ]);
    UpsertPoint {
        id: PointId::Integer(id as u64),
        text: None,
        chunks: vec![Chunk {
            span: Span { start: 0, end: 0 },
            vector,
        }],
        payload,
        expires_at_ms: None,
        condition: Condition::Always,
    }
}

fn fill(collection: &Collection, centres: &[Vec<f32>], random: &mut ChaCha8Rng) {
    let ids: Vec<usize> = (0..POINTS).collect();
    for ids in ids.chunks(2_000) {
        let points = ids
            .iter()
            .map(|id| {
                let cluster = random.random_range(0..CLUSTERS);
                let vector = near(&centres[cluster], random);
                point(*id, cluster, vector, random)
            })
            .collect();
        let written = collection.write(WriteRequest::Upsert(points), Wait::Durable);
        written.expect("it is written");
    }
    collection.settle().expect("sealed and indexed");
}

fn below(key: &str, bound: f64) -> Filter {
    let range = Range {
        lt: Some(bound),
        ..Range::default()
    };
    Filter {
        must: vec![Clause::Condition(FilterCondition {
            key: key.to_owned(),
            test: FilterTest::Range(range),
        })],
        ..Filter::default()
    }
}

/// The ids that come back; `plan` says how each segment was searched.
fn found(
    collection: &Collection,
    query: &[f32],
    recall: f32,
    filter: &Filter,
    plan: &mut Vec<String>,
) -> BTreeSet<String> {
    let request = SearchRequest {
        mode: SearchMode::Vector,
        text: None,
        vector: Some(query.to_vec()),
        limit: LIMIT,
        recall: Some(recall),
        filter: Some(filter.clone()),
        fusion: Fusion::default(),
        include: Include {
            text: false,
            payload: false,
            vectors: false,
        },
        explain: true,
    };
    let answer = collection.search(&request).expect("answered");
    let segments = answer.explanation.expect("asked for").segments;
    *plan = segments.into_iter().map(|segment| segment.plan).collect();
    let hits = answer.hits;
    let ids: BTreeSet<String> = hits.iter().map(|hit| hit.id.to_string()).collect();
    assert_eq!(ids.len(), hits.len(), "a point came twice");
    ids
}

#[test]
fn filters_of_every_selectivity_meet_the_recall_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = EngineOptions {
        // One sealed segment with a graph, large enough that a scan of half of it is dearer.
        active_rows_max: 19_000,
        ..EngineOptions::default()
    };
    let engine = Engine::open(folder.path(), options, Arc::new(ManualClock::default()));
    let engine = engine.expect("it opens");
    let schema = CollectionSchema {
        model: None,
        dimensions: DIMENSIONS as u32,
        distance: Distance::Cosine,
        recall: ASKED,
    };
    let name = CollectionName::new("vectors").expect("a name");
    let created = engine.create_collection(&name, &schema);
    let (Created::New(collection) | Created::Existing(collection)) = created.expect("made");
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let centres = centres(&mut random);
    fill(&collection, &centres, &mut random);
    let segments = collection.statistics().expect("known").segments;
    assert!(
        segments.iter().any(|segment| !segment.rungs.is_empty()),
        "nothing but scans to choose from: {segments:?}"
    );
    let queries: Vec<Vec<f32>> = (0..QUERIES)
        .map(|index| near(&centres[index % CLUSTERS], &mut random))
        .collect();
    // By chance over all clusters, and by cluster, so that most of what is close does not pass.
    for percent in [50.0, 10.0, 1.0, 0.1, 0.01] {
        for (key, bound) in [
            ("share", percent / 100.0),
            ("cluster", f64::max(percent, 1.0)),
            ("rank", percent / 100.0 * POINTS as f64),
        ] {
            let filter = below(key, bound);
            let passing = collection.count(Some(&filter)).expect("counted") as usize;
            let mut kept = 0;
            let mut wanted = 0;
            let mut plan = Vec::new();
            for query in &queries {
                let exact = found(&collection, query, 1.0, &filter, &mut plan);
                let hits = found(&collection, query, ASKED, &filter, &mut plan);
                assert_eq!(exact.len(), LIMIT.min(passing), "{key} {percent}");
                assert_eq!(hits.len(), LIMIT.min(passing), "{key} {percent}");
                kept += exact.intersection(&hits).count();
                wanted += exact.len();
            }
            let recall = kept as f32 / wanted.max(1) as f32;
            println!("{key} {percent} %: {passing} pass, recall {recall:.4}, {plan:?}");
            assert!(
                recall >= ASKED || wanted == 0,
                "{key} {percent} %: recall {recall} (seed {SEED})"
            );
        }
    }
}
