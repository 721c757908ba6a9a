//! A collection in which some points are indexed, some changed since, some deleted or expired.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::clock::ManualClock;
use crate::collection::Collection;
use crate::engine::{Created, Engine};
use crate::options::EngineOptions;
use crate::point::{Chunk, PointId, Span};
use crate::query::filter::{Clause, Filter, FilterCondition, FilterTest};
use crate::query::request::Include;
use crate::schema::{CollectionName, CollectionSchema, Distance};
use crate::value::{Payload, Value};
use crate::write::request::{Condition, UpsertPoint, Wait, WriteRequest};

pub(super) const PAYLOAD: Include = Include {
    text: false,
    payload: true,
    vectors: false,
};

const NOW_MS: u64 = 1_000;

pub(super) struct Library {
    pub(super) collection: Arc<Collection>,
    /// Live points by the order in which their ids were first written.
    pub(super) payloads: BTreeMap<u64, Payload>,
    pub(super) engine: Engine,
    _folder: TempDir,
}

pub(super) fn point(id: u64, payload: Payload, expires_at_ms: Option<u64>) -> UpsertPoint {
    let span = Span { start: 0, end: 0 };
    UpsertPoint {
        id: PointId::Integer(id),
        text: None,
        chunks: vec![Chunk {
            span,
            vector: vec![1.0, id as f32],
        }],
        payload,
        expires_at_ms,
        condition: Condition::Always,
    }
}

fn value(random: &mut ChaCha8Rng) -> Value {
    match random.random_range(0..9) {
        0 => Value::Bool(random.random()),
        1 => Value::Integer(random.random_range(-2..3)),
        2 => Value::Float(f64::from(random.random_range(-4..5)) / 2.0),
        3 => Value::String("long ".repeat(60 + random.random_range(0..3))),
        4 => Value::String(format!("2026-11-2{}T10:00:00Z", random.random_range(0..9))),
        5 => Value::List(vec![value(random), value(random)]),
        6 => Value::Null,
        _ => Value::String(["red", "green", "blue", ""][random.random_range(0..4)].to_owned()),
    }
}

fn payload(random: &mut ChaCha8Rng) -> Payload {
    let mut payload = Payload::new();
    payload.insert(
        "group".to_owned(),
        Value::Integer(random.random_range(0..3)),
    );
    if random.random_range(0..5) > 0 {
        let shade = Payload::from([("shade".to_owned(), value(random))]);
        payload.insert("color".to_owned(), Value::Object(shade));
    }
    if random.random_range(0..5) == 0 {
        payload.insert("color.shade".to_owned(), value(random));
    }
    payload
}

impl Library {
    /// 300 points: indexed ones first, then changes that the index may or may not show.
    pub(super) fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::default());
        clock.set_ms(NOW_MS);
        let options = EngineOptions {
            // Background indexing is as good as off, so that points stay dirty.
            text_lag_ms: 600_000,
            ..EngineOptions::default()
        };
        let engine = Engine::open(folder.path(), options, clock).expect("it opens");
        let schema = CollectionSchema {
            model: None,
            dimensions: 2,
            distance: Distance::Dot,
            recall: 0.95,
        };
        let name = CollectionName::new("library").expect("a name");
        let created = engine.create_collection(&name, &schema);
        let (Created::New(collection) | Created::Existing(collection)) = created.expect("made");
        let mut library = Self {
            collection,
            payloads: BTreeMap::new(),
            engine,
            _folder: folder,
        };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        library.upsert(0..300, None, &mut random);
        library.collection.settle().expect("indexed");
        library.upsert(40..80, None, &mut random);
        library.upsert(280..320, None, &mut random);
        library.upsert(100..110, Some(NOW_MS), &mut random);
        let gone = (200..220).map(PointId::Integer).collect();
        library.write(WriteRequest::Delete(gone));
        library.payloads.retain(|id, _| !(200..220).contains(id));
        library
    }

    fn upsert(
        &mut self,
        ids: std::ops::Range<u64>,
        expires_at_ms: Option<u64>,
        random: &mut ChaCha8Rng,
    ) {
        let mut points = Vec::new();
        for id in ids {
            let payload = payload(random);
            points.push(point(id, payload.clone(), expires_at_ms));
            if expires_at_ms.is_some() {
                self.payloads.remove(&id);
            } else {
                self.payloads.insert(id, payload);
            }
        }
        self.write(WriteRequest::Upsert(points));
    }

    fn write(&self, request: WriteRequest) {
        let written = self.collection.write(request, Wait::Durable);
        written.expect("it is written");
    }

    /// Those that pass.
    pub(super) fn passing(&self, filter: Option<&Filter>) -> Vec<(u64, &Payload)> {
        self.payloads
            .iter()
            .filter(|(id, payload)| {
                filter.is_none_or(|filter| filter.matches(&PointId::Integer(**id), payload))
            })
            .map(|(id, payload)| (*id, payload))
            .collect()
    }
}

/// No filter, one by a number, and one that the index cannot decide alone.
pub(super) fn filters() -> Vec<Option<Filter>> {
    let one = |key: &str, test| Filter {
        must: vec![Clause::Condition(FilterCondition {
            key: key.to_owned(),
            test,
        })],
        ..Filter::default()
    };
    vec![
        None,
        Some(one("group", FilterTest::Any(vec![Value::Integer(1)]))),
        Some(one("color.shade", FilterTest::Prefix("long ".repeat(61)))),
        Some(one("color.shade", FilterTest::Exists(true))),
    ]
}
