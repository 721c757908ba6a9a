//! A view over a temporary folder and a store in memory, vectors to fill it with, and the oracle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use roaring::RoaringBitmap;

use crate::error::{Error, Result};
use crate::options::EngineOptions;
use crate::schema::Distance;
use crate::vector_view::VectorView;
use crate::vector_view::manifest::ManifestStore;
use crate::vector_view::query::{Query, normalize};
use crate::vector_view::ranking::PointRanking;
use crate::vector_view::row::{NewRow, RowId, RowRange, VectorShape};
use crate::vector_view::search::{Candidate, VectorAnswer, VectorQuery};

type Records = (Vec<u8>, BTreeMap<u64, Vec<u8>>);

/// A store that keeps the records in memory and fails when told to.
#[derive(Debug, Default)]
pub(super) struct MemoryStore {
    records: Mutex<Option<Records>>,
    is_failing: AtomicBool,
}

impl MemoryStore {
    pub(super) fn fail(&self, is_failing: bool) {
        self.is_failing.store(is_failing, Ordering::SeqCst);
    }

    pub(super) fn records(&self) -> Option<Records> {
        self.records.lock().clone()
    }

    pub(super) fn replace(&self, records: Option<Records>) {
        *self.records.lock() = records;
    }
}

impl ManifestStore for MemoryStore {
    fn save(&self, manifest: &[u8], deleted: &[(u64, Vec<u8>)], removed: &[u64]) -> Result<()> {
        if self.is_failing.load(Ordering::SeqCst) {
            return Err(Error::backend("save the manifest", "told to fail"));
        }
        let mut records = self.records.lock();
        let (held, sets) = records.get_or_insert_default();
        manifest.clone_into(held);
        sets.extend(deleted.iter().cloned());
        sets.retain(|id, _| !removed.contains(id));
        Ok(())
    }

    fn load(&self) -> Result<Option<(Vec<u8>, Vec<(u64, Vec<u8>)>)>> {
        let records = self.records.lock().clone();
        Ok(records.map(|(manifest, sets)| (manifest, sets.into_iter().collect())))
    }
}

/// What the collection would know: every live row, by name.
pub(super) type Oracle = BTreeMap<RowId, (u32, Vec<f32>)>;

/// A view with everything around it.
pub(super) struct Bench {
    pub(super) folder: tempfile::TempDir,
    pub(super) store: Arc<MemoryStore>,
    pub(super) shape: VectorShape,
    pub(super) options: EngineOptions,
    pub(super) view: VectorView,
    pub(super) oracle: Oracle,
    /// Every group of operations since the start, for replay.
    pub(super) retired: Vec<(u64, RowRange)>,
    pub(super) sequence: u64,
}

/// Nothing is stopped.
pub(in crate::vector_view) static NEVER: AtomicBool = AtomicBool::new(false);

impl Bench {
    pub(super) fn with(shape: VectorShape, options: EngineOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(MemoryStore::default());
        let view = open(&folder, &shape, &store, &options).unwrap();
        Self {
            folder,
            store,
            shape,
            options,
            view,
            oracle: Oracle::new(),
            retired: Vec::new(),
            sequence: 0,
        }
    }

    /// Adds one row per vector, all in one operation, of the points given.
    pub(super) fn add(&mut self, rows: Vec<(u32, Vec<f32>)>) -> RowRange {
        self.write(rows, &[])
    }

    /// Adds and retires in one group.
    pub(super) fn write(&mut self, rows: Vec<(u32, Vec<f32>)>, retired: &[RowRange]) -> RowRange {
        self.sequence += 1;
        let sequence = self.sequence;
        let range = RowRange {
            sequence,
            first: 0,
            count: rows.len() as u32,
        };
        let mut added = Vec::new();
        for (ordinal, (point, mut vector)) in rows.into_iter().enumerate() {
            if self.shape.distance == Distance::Cosine {
                normalize(&mut vector);
            }
            let row = RowId {
                sequence,
                ordinal: ordinal as u32,
            };
            self.oracle.insert(row, (point, vector.clone()));
            added.push(NewRow { row, point, vector });
        }
        self.view.apply(sequence, added, retired);
        for &range in retired {
            self.retired.push((sequence, range));
            self.oracle
                .retain(|&row, _| row < range.start() || row >= range.end());
        }
        range
    }

    pub(super) fn retire(&mut self, ranges: &[RowRange]) {
        self.write(Vec::new(), ranges);
    }

    /// Opens the view anew and replays what the collection would.
    pub(super) fn reopen(&mut self) {
        let view = open(&self.folder, &self.shape, &self.store, &self.options).unwrap();
        self.view = view;
        self.replay();
    }

    pub(super) fn replay(&self) {
        let sealed_through = self.view.sealed_through();
        let after = self
            .oracle
            .iter()
            .filter(|(row, _)| Some(**row) > sealed_through);
        let added = after.map(|(&row, (point, vector))| NewRow {
            row,
            point: *point,
            vector: vector.clone(),
        });
        let applied = self.view.applied();
        let missed = self
            .retired
            .iter()
            .filter(|(sequence, _)| *sequence > applied);
        let missed: Vec<RowRange> = missed.map(|(_, range)| *range).collect();
        self.view.apply(self.sequence, added.collect(), &missed);
    }

    pub(super) fn settle(&self) {
        self.view.settle(&NEVER).unwrap();
    }

    pub(super) fn search(&self, vector: &[f32], points: usize, recall: f32) -> VectorAnswer {
        self.search_allowed(vector, points, recall, None)
    }

    pub(super) fn search_allowed(
        &self,
        vector: &[f32],
        points: usize,
        recall: f32,
        allowed: Option<&RoaringBitmap>,
    ) -> VectorAnswer {
        let request = VectorQuery {
            vector,
            points,
            recall,
            allowed,
            explain: true,
        };
        self.view.search(&request).unwrap()
    }

    /// The right answer, by a plain scan of the oracle.
    pub(super) fn expected(
        &self,
        vector: &[f32],
        points: usize,
        allowed: Option<&RoaringBitmap>,
    ) -> Vec<Candidate> {
        let query = Query::new(&self.shape, vector);
        let mut ranking = PointRanking::new(points);
        for (&row, (point, vector)) in &self.oracle {
            if allowed.is_none_or(|allowed| allowed.contains(*point)) {
                ranking.offer(query.closeness_f32(vector), *point, row);
            }
        }
        let ranked = ranking.into_sorted().into_iter();
        ranked
            .map(|ranked| Candidate {
                point: ranked.point,
                row: ranked.row,
                score: query.score(ranked.closeness),
            })
            .collect()
    }

    /// The mean share of the right points that searches find.
    pub(super) fn recall(
        &self,
        queries: &[Vec<f32>],
        points: usize,
        asked: f32,
        allowed: Option<&RoaringBitmap>,
    ) -> f32 {
        let mut sum = 0.0;
        for query in queries {
            let expected = self.expected(query, points, allowed);
            let found = self
                .search_allowed(query, points, asked, allowed)
                .candidates;
            assert_eq!(
                found.len(),
                expected.len(),
                "as many points as there are, up to {points}"
            );
            let found: BTreeSet<u32> = found.iter().map(|candidate| candidate.point).collect();
            let held = expected
                .iter()
                .filter(|right| found.contains(&right.point))
                .count();
            sum += held as f32 / expected.len().max(1) as f32;
        }
        sum / queries.len() as f32
    }

    pub(super) fn segment_folders(&self) -> BTreeSet<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("segments")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

pub(super) fn open(
    folder: &tempfile::TempDir,
    shape: &VectorShape,
    store: &Arc<MemoryStore>,
    options: &EngineOptions,
) -> Result<VectorView> {
    let store: Arc<dyn ManifestStore> = Arc::<MemoryStore>::clone(store);
    VectorView::open(folder.path(), *shape, store, options)
}

pub(in crate::vector_view) fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Numbers with few bits, so that every sum is exact in every precision and order of adding.
pub(super) fn coarse(random: &mut ChaCha8Rng, dimensions: usize) -> Vec<f32> {
    (0..dimensions)
        .map(|_| random.random_range(-16..=16) as f32 / 8.0)
        .collect()
}

/// A unit vector of sixteen numbers of a quarter: exact in every precision, too.
pub(super) fn coarse_unit(random: &mut ChaCha8Rng, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0; dimensions];
    let mut left = 16;
    while left > 0 {
        let place = random.random_range(0..dimensions);
        if vector[place] == 0.0 {
            vector[place] = if random.random() { 0.25 } else { -0.25 };
            left -= 1;
        }
    }
    vector
}

/// How the weight of the numbers falls along the vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::vector_view) enum Spread {
    /// Early numbers carry more: prefixes mean something.
    Falling,
    /// The first 64 numbers say nothing about the rest.
    EmptyPrefix,
    /// All alike.
    Even,
}

/// Points around random centres, and queries around the same centres.
pub(in crate::vector_view) fn clustered(
    seed: u64,
    count: usize,
    dimensions: usize,
    spread: Spread,
) -> Vec<Vec<f32>> {
    let mut centres = random(0x00C3_117E);
    let weight = |place: usize| match spread {
        Spread::Falling => 1.0 / (1.0 + place as f32 / 16.0),
        Spread::EmptyPrefix if place < 64 => 0.0,
        Spread::EmptyPrefix | Spread::Even => 1.0,
    };
    let centres: Vec<Vec<f32>> = (0..60)
        .map(|_| {
            (0..dimensions)
                .map(|place| weight(place) * normal(&mut centres))
                .collect()
        })
        .collect();
    let mut random = random(seed);
    let mut vectors = Vec::with_capacity(count);
    for _ in 0..count {
        let centre = &centres[random.random_range(0..centres.len())];
        let mut vector: Vec<f32> = (0..dimensions)
            .map(|place| centre[place] + 0.8 * weight(place) * normal(&mut random))
            .collect();
        if spread == Spread::EmptyPrefix {
            // The same length of noise in every prefix, unrelated to anything.
            vector[..64]
                .iter_mut()
                .for_each(|x| *x = normal(&mut random));
        }
        normalize(&mut vector);
        vectors.push(vector);
    }
    vectors
}

/// About normal: the sum of four uniform numbers, scaled to variance one.
pub(super) fn normal(random: &mut ChaCha8Rng) -> f32 {
    let sum: f32 = (0..4).map(|_| random.random_range(-1.0_f32..1.0)).sum();
    sum * 0.866
}
