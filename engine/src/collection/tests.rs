use std::collections::BTreeMap;
use std::path::Path;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::tempdir;

use crate::clock::ManualClock;
use crate::engine::{Created, Engine};
use crate::point::{Chunk, PointId, Span};
use crate::query::filter::{Clause, Filter, FilterCondition, FilterTest};
use crate::query::request::{Fusion, Include, ScrollRequest, SearchMode, SearchRequest};
use crate::schema::Distance;
use crate::value::{Payload, Value};
use crate::write::request::{Condition, PayloadChange, UpsertPoint, Wait, WriteRequest, Written};

use super::*;

const DIMENSIONS: usize = 16;
const ALL: Include = Include {
    text: true,
    payload: true,
    vectors: true,
};

struct Fixture {
    engine: Engine,
    clock: Arc<ManualClock>,
}

impl Fixture {
    fn open(folder: &Path) -> Self {
        let options = EngineOptions {
            active_rows_max: 64,
            text_lag_ms: 10,
            ..Default::default()
        };
        let clock = Arc::new(ManualClock::default());
        let engine = Engine::open(folder, options, Arc::clone(&clock) as _).unwrap();
        Self { engine, clock }
    }

    fn collection(&self) -> Arc<Collection> {
        let schema = CollectionSchema {
            model: None,
            dimensions: DIMENSIONS as u32,
            distance: Distance::Cosine,
            recall: 0.95,
        };
        let name = CollectionName::new("things").unwrap();
        match self.engine.create_collection(&name, &schema).unwrap() {
            Created::New(collection) | Created::Existing(collection) => collection,
        }
    }
}

fn random_vector(random: &mut ChaCha8Rng) -> Vec<f32> {
    (0..DIMENSIONS)
        .map(|_| random.random_range(-1.0..1.0_f32))
        .collect()
}

fn point(id: u64, text: &str, vector: Vec<f32>) -> UpsertPoint {
    let span = Span {
        start: 0,
        end: text.len() as u32,
    };
    UpsertPoint {
        id: PointId::Integer(id),
        text: Some(text.to_owned()),
        chunks: vec![Chunk { span, vector }],
        payload: Payload::from([("kind".to_owned(), Value::Integer((id % 3) as i64))]),
        expires_at_ms: None,
        condition: Condition::Always,
    }
}

fn upsert(collection: &Collection, points: Vec<UpsertPoint>) -> Written {
    collection
        .write(WriteRequest::Upsert(points), Wait::Durable)
        .unwrap()
}

fn by_vector(vector: Vec<f32>, limit: usize) -> SearchRequest {
    SearchRequest {
        mode: SearchMode::Vector,
        text: None,
        vector: Some(vector),
        limit,
        recall: Some(1.0),
        filter: None,
        fusion: Fusion::default(),
        include: ALL,
        explain: false,
    }
}

fn by_text(text: &str, limit: usize) -> SearchRequest {
    SearchRequest {
        mode: SearchMode::Text,
        text: Some(text.to_owned()),
        vector: None,
        ..by_vector(Vec::new(), limit)
    }
}

fn kind_is(kind: i64) -> Filter {
    let test = FilterTest::Any(vec![Value::Integer(kind)]);
    let condition = FilterCondition {
        key: "kind".into(),
        test,
    };
    Filter {
        must: vec![Clause::Condition(condition)],
        ..Filter::default()
    }
}

fn ids(collection: &Collection, request: &SearchRequest) -> Vec<String> {
    let hits = collection.search(request).unwrap().hits;
    hits.iter().map(|hit| hit.id.to_string()).collect()
}

#[test]
fn a_write_is_searchable_at_once_and_a_replacement_hides_what_it_replaced() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    let mut east = vec![0.0; DIMENSIONS];
    east[0] = 1.0;
    let mut north = vec![0.0; DIMENSIONS];
    north[1] = 1.0;
    upsert(
        &collection,
        vec![
            point(1, "east", east.clone()),
            point(2, "north", north.clone()),
        ],
    );
    assert_eq!(ids(&collection, &by_vector(east.clone(), 1)), ["1"]);
    upsert(&collection, vec![point(1, "north too", north.clone())]);
    let hits = collection.search(&by_vector(east, 2)).unwrap().hits;
    assert!(hits.iter().all(|hit| hit.score.abs() < 1e-6), "{hits:?}");
    let delete = WriteRequest::Delete(vec![PointId::String("1".into()), PointId::Integer(9)]);
    let written = collection.write(delete, Wait::Searchable).unwrap();
    assert_eq!(written.points, 1);
    assert_eq!(ids(&collection, &by_vector(north, 10)), ["2"]);
    assert_eq!(ids(&collection, &by_text("north", 10)), ["2"]);
}

#[test]
fn a_refused_request_leaves_nothing_behind() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let first = upsert(
        &collection,
        vec![point(1, "one", random_vector(&mut random))],
    );
    let late = UpsertPoint {
        condition: Condition::IfSequence(first.sequence + 5),
        ..point(1, "two", random_vector(&mut random))
    };
    let request = WriteRequest::Upsert(vec![point(7, "seven", random_vector(&mut random)), late]);
    let error = collection.write(request, Wait::Durable).unwrap_err();
    assert_eq!(error.code(), "sequence_conflict");
    assert_eq!(collection.count(None).unwrap(), 1);
    assert_eq!(collection.get(&[PointId::Integer(7)], ALL).unwrap(), [None]);
    assert_eq!(collection.statistics().unwrap().sequence, first.sequence);
}

#[test]
fn an_update_alone_needs_the_point_to_be_there() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let mut update = |text: &str| {
        let update = UpsertPoint {
            condition: Condition::IfExists,
            ..point(1, text, random_vector(&mut random))
        };
        collection.write(WriteRequest::Upsert(vec![update]), Wait::Durable)
    };
    assert_eq!(update("early").unwrap_err().code(), "point_absent");
    upsert(&collection, vec![point(1, "one", vec![1.0; DIMENSIONS])]);
    update("two").unwrap();
    let delete = WriteRequest::Delete(vec![PointId::Integer(1)]);
    collection.write(delete, Wait::Durable).unwrap();
    assert_eq!(update("late").unwrap_err().code(), "point_absent");
    assert_eq!(collection.count(None).unwrap(), 0);
}

#[test]
fn payload_changes_are_logged_as_whole_values_and_keep_the_vector() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let vector = random_vector(&mut random);
    upsert(&collection, vec![point(1, "one", vector.clone())]);
    let patch = Payload::from([
        ("kind".to_owned(), Value::Null),
        ("lang".to_owned(), Value::String("en".into())),
    ]);
    let change = WriteRequest::ChangePayload(PointId::Integer(1), PayloadChange::Merge(patch));
    collection.write(change, Wait::Durable).unwrap();
    let found = collection
        .get(&[PointId::Integer(1)], ALL)
        .unwrap()
        .remove(0)
        .unwrap();
    let expected = Payload::from([("lang".to_owned(), Value::String("en".into()))]);
    assert_eq!(found.payload, Some(expected));
    assert_eq!(ids(&collection, &by_vector(vector, 1)), ["1"]);
    let absent =
        WriteRequest::ChangePayload(PointId::Integer(9), PayloadChange::Replace(Payload::new()));
    assert_eq!(
        collection.write(absent, Wait::Durable).unwrap_err().code(),
        "point_not_found"
    );
}

#[test]
fn an_expired_point_is_hidden_everywhere_and_then_deleted() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let vector = random_vector(&mut random);
    let mortal = UpsertPoint {
        expires_at_ms: Some(100),
        ..point(1, "mortal", vector.clone())
    };
    upsert(
        &collection,
        vec![mortal, point(2, "stays", random_vector(&mut random))],
    );
    assert_eq!(collection.count(None).unwrap(), 2);
    fixture.clock.set_ms(100);
    assert_eq!(collection.count(None).unwrap(), 1);
    assert_eq!(collection.get(&[PointId::Integer(1)], ALL).unwrap(), [None]);
    assert_eq!(ids(&collection, &by_vector(vector, 10)), ["2"]);
    collection.settle().unwrap();
    assert_eq!(collection.statistics().unwrap().points, 1);
}

#[test]
fn a_smaller_page_is_the_beginning_of_a_larger_one() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let words = ["amber", "birch", "cedar", "dune"];
    let points = (0..200)
        .map(|id| {
            let text = format!("{} {}", words[id as usize % 4], words[id as usize % 3]);
            point(id, &text, random_vector(&mut random))
        })
        .collect();
    collection
        .write(WriteRequest::Upsert(points), Wait::Searchable)
        .unwrap();
    let hybrid = |limit| SearchRequest {
        mode: SearchMode::Hybrid,
        text: Some("cedar birch".into()),
        ..by_vector(vec![0.5; DIMENSIONS], limit)
    };
    let large = ids(&collection, &hybrid(150));
    assert_eq!(large.len(), 150);
    for limit in [1, 10, 60] {
        assert_eq!(ids(&collection, &hybrid(limit)), large[..limit]);
    }
}

#[test]
fn a_scroll_visits_every_point_once_and_refuses_a_foreign_cursor() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let points = (0..25)
        .map(|id| point(id, "text", random_vector(&mut random)))
        .collect();
    upsert(&collection, points);
    let mut request = ScrollRequest {
        filter: Some(kind_is(1)),
        order_by: None,
        limit: 3,
        cursor: None,
        include: ALL,
    };
    let mut seen = Vec::new();
    loop {
        let page = collection.scroll(&request).unwrap();
        seen.extend(page.points.iter().map(|point| point.id.to_string()));
        request.cursor = page.cursor;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["1", "4", "7", "10", "13", "16", "19", "22"]);
    request.cursor = Some("999.3".into());
    assert_eq!(
        collection.scroll(&request).unwrap_err().code(),
        "cursor_invalid"
    );
}

#[test]
fn the_views_can_be_deleted_and_come_back_the_same() {
    let folder = tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(6);
    let query = random_vector(&mut random);
    let (by_vector_before, by_text_before) = {
        let fixture = Fixture::open(folder.path());
        let collection = fixture.collection();
        for base in 0..10 {
            let points = (0..40)
                .map(|id| point(base * 40 + id, "willow oak", random_vector(&mut random)))
                .collect();
            upsert(&collection, points);
        }
        collection.settle().unwrap();
        assert!(!collection.statistics().unwrap().segments.is_empty());
        let answers = (
            ids(&collection, &by_vector(query.clone(), 50)),
            ids(&collection, &by_text("oak", 50)),
        );
        fixture.engine.close().unwrap();
        answers
    };
    std::fs::remove_dir_all(folder.path().join("views")).unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    collection.settle().unwrap();
    assert_eq!(ids(&collection, &by_vector(query, 50)), by_vector_before);
    assert_eq!(ids(&collection, &by_text("oak", 50)), by_text_before);
}

#[test]
fn a_dropped_collection_is_gone_and_its_name_is_free() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    upsert(&collection, vec![point(1, "one", vec![1.0; DIMENSIONS])]);
    fixture.engine.drop_collection("things").unwrap();
    let request = WriteRequest::Delete(vec![PointId::Integer(1)]);
    let error = collection.write(request, Wait::Durable).unwrap_err();
    assert_eq!(error.code(), "collection_not_found");
    assert_eq!(fixture.collection().count(None).unwrap(), 0);
}

#[test]
fn a_poisoned_collection_reads_and_does_not_write() {
    let folder = tempdir().unwrap();
    let fixture = Fixture::open(folder.path());
    let collection = fixture.collection();
    upsert(&collection, vec![point(1, "one", vec![1.0; DIMENSIONS])]);
    collection.poison("a test");
    let request = WriteRequest::Delete(vec![PointId::Integer(1)]);
    let error = collection.write(request, Wait::Durable).unwrap_err();
    assert_eq!(error.code(), "collection_poisoned");
    assert_eq!(
        ids(&collection, &by_vector(vec![1.0; DIMENSIONS], 1)),
        ["1"]
    );
}

/// Random operations against a map, with seals, merges and reopens in between.
#[test]
fn a_collection_agrees_with_a_map() {
    for seed in 0..4 {
        agrees_with_a_map(seed);
    }
}

fn agrees_with_a_map(seed: u64) {
    let folder = tempdir().unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut fixture = Fixture::open(folder.path());
    let mut collection = fixture.collection();
    let mut model: BTreeMap<u64, Vec<f32>> = BTreeMap::new();
    for step in 0..60 {
        match random.random_range(0..10) {
            0..=5 => {
                let mut fresh = BTreeMap::new();
                for _ in 0..random.random_range(1..40) {
                    fresh.insert(random.random_range(0..300_u64), random_vector(&mut random));
                }
                let points = fresh
                    .iter()
                    .map(|(id, vector)| point(*id, "word", vector.clone()))
                    .collect();
                upsert(&collection, points);
                model.extend(fresh);
            }
            6 => {
                let gone: Vec<u64> = (0..20).map(|_| random.random_range(0..300)).collect();
                let ids = gone.iter().map(|id| PointId::Integer(*id)).collect();
                collection
                    .write(WriteRequest::Delete(ids), Wait::Durable)
                    .unwrap();
                model.retain(|id, _| !gone.contains(id));
            }
            7 => {
                let kind = random.random_range(0..3);
                let request = WriteRequest::DeleteMatching(kind_is(kind));
                let written = collection.write(request, Wait::Durable).unwrap();
                let before = model.len();
                model.retain(|id, _| (id % 3) as i64 != kind);
                assert_eq!(
                    written.points as usize,
                    before - model.len(),
                    "seed={seed} step={step}"
                );
            }
            8 => collection.settle().unwrap(),
            _ => {
                drop(collection);
                // Half of the time as after a crash, without making the views durable.
                if random.random_bool(0.5) {
                    fixture.engine.close().unwrap();
                }
                drop(fixture);
                fixture = Fixture::open(folder.path());
                collection = fixture.collection();
            }
        }
        verify(
            &collection,
            &model,
            &mut random,
            &format!("seed={seed} step={step}"),
        );
    }
}

fn verify(
    collection: &Collection,
    model: &BTreeMap<u64, Vec<f32>>,
    random: &mut ChaCha8Rng,
    place: &str,
) {
    assert_eq!(
        collection.count(None).unwrap(),
        model.len() as u64,
        "{place}"
    );
    let kinds = model.keys().filter(|id| *id % 3 == 0).count() as u64;
    assert_eq!(
        collection.count(Some(&kind_is(0))).unwrap(),
        kinds,
        "{place}"
    );
    let query = random_vector(random);
    let cosine = |vector: &[f32]| {
        let dot: f32 = vector.iter().zip(&query).map(|(a, b)| a * b).sum();
        let length = |vector: &[f32]| vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        dot / length(vector) / length(&query)
    };
    let mut expected: Vec<f32> = model.values().map(|vector| cosine(vector)).collect();
    expected.sort_by(|a, b| b.total_cmp(a));
    let hits = collection
        .search(&by_vector(query.clone(), 20))
        .unwrap()
        .hits;
    assert_eq!(hits.len(), model.len().min(20), "{place}");
    for (hit, expected) in hits.iter().zip(expected) {
        assert!(
            (hit.score - expected).abs() < 2e-3,
            "{place}: {} {expected}",
            hit.score
        );
        let id: u64 = hit.id.to_string().parse().unwrap();
        assert!(
            (cosine(&model[&id]) - hit.score).abs() < 2e-3,
            "{place}: stale {id}"
        );
    }
}
