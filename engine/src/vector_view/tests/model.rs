//! Random operations against a map, with every answer at recall 1.0 compared exactly.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use roaring::RoaringBitmap;

use super::support::{Bench, NEVER, coarse, coarse_unit, random};
use crate::options::EngineOptions;
use crate::schema::Distance;
use crate::vector_view::row::{RowRange, VectorShape};

const DIMENSIONS: usize = 24;
const STEPS: usize = 220;

struct Model {
    bench: Bench,
    random: ChaCha8Rng,
    /// The live ranges, each with its point.
    live: Vec<(u32, RowRange)>,
    points: u32,
}

impl Model {
    fn vector(&mut self) -> Vec<f32> {
        match self.bench.shape.distance {
            Distance::Cosine => coarse_unit(&mut self.random, DIMENSIONS),
            Distance::Dot | Distance::Euclid => coarse(&mut self.random, DIMENSIONS),
        }
    }

    /// Upserts some points with one to three rows each; some replace points that exist.
    fn upsert(&mut self) {
        let mut rows = Vec::new();
        let mut retired = Vec::new();
        let mut written = Vec::new();
        for _ in 0..self.random.random_range(1..=20) {
            let point = if !self.live.is_empty() && self.random.random_bool(0.4) {
                let place = self.random.random_range(0..self.live.len());
                let (point, range) = self.live.swap_remove(place);
                retired.push(range);
                point
            } else {
                self.points += 1;
                self.points - 1
            };
            let count = self.random.random_range(1..=3);
            written.push((point, rows.len() as u32, count));
            for _ in 0..count {
                let vector = self.vector();
                rows.push((point, vector));
            }
        }
        let sequence = self.bench.write(rows, &retired).sequence;
        self.live
            .extend(written.into_iter().map(|(point, first, count)| {
                let range = RowRange {
                    sequence,
                    first,
                    count,
                };
                (point, range)
            }));
    }

    fn delete(&mut self) {
        let mut retired = Vec::new();
        for _ in 0..self.random.random_range(1..=12) {
            if !self.live.is_empty() {
                let place = self.random.random_range(0..self.live.len());
                retired.push(self.live.swap_remove(place).1);
            }
        }
        self.bench.retire(&retired);
    }

    fn check(&mut self) {
        let vector = self.vector();
        let points = self.random.random_range(1..=30);
        let allowed = self.random.random_bool(0.5).then(|| {
            let share = self.random.random_range(0.0..1.0);
            (0..self.points)
                .filter(|_| self.random.random_bool(share))
                .collect::<RoaringBitmap>()
        });
        let found = self
            .bench
            .search_allowed(&vector, points, 1.0, allowed.as_ref());
        let expected = self.bench.expected(&vector, points, allowed.as_ref());
        assert_eq!(found.candidates, expected);
        assert_eq!(found.exhausted, expected.len() < points);
        // The same without asking for everything: every segment here is too small for a graph.
        let again = self
            .bench
            .search_allowed(&vector, points, 0.5, allowed.as_ref());
        assert_eq!(again.candidates, expected);
    }

    fn step(&mut self) {
        match self.random.random_range(0..20) {
            0..=7 => self.upsert(),
            8..=10 => self.delete(),
            11..=15 => {
                self.bench.view.maintain(&NEVER).unwrap();
            }
            16 => self.bench.view.checkpoint().unwrap(),
            17 => self.bench.settle(),
            18 => self.bench.reopen(),
            _ => {
                self.bench.view.checkpoint().unwrap();
                self.bench.reopen();
            }
        }
        self.check();
    }
}

fn run(seed: u64, distance: Distance) {
    let shape = VectorShape {
        dimensions: DIMENSIONS,
        distance,
        matryoshka: false,
    };
    let options = EngineOptions {
        active_rows_max: 40,
        segment_rows_max: 500,
        ..EngineOptions::default()
    };
    let mut model = Model {
        bench: Bench::with(shape, options),
        random: random(seed),
        live: Vec::new(),
        points: 0,
    };
    for _ in 0..STEPS {
        model.step();
    }
    let statistics = model.bench.view.statistics();
    assert_eq!(
        statistics.rows,
        model.bench.oracle.len() as u64,
        "seed={seed}"
    );
    assert!(
        statistics
            .segments
            .iter()
            .all(|segment| segment.rows <= 500 && segment.rows > 0)
    );
}

#[test]
fn random_operations_agree_with_a_map_for_cosine() {
    (0..4).for_each(|seed| run(seed, Distance::Cosine));
}

#[test]
fn random_operations_agree_with_a_map_for_dot() {
    (10..14).for_each(|seed| run(seed, Distance::Dot));
}

#[test]
fn random_operations_agree_with_a_map_for_euclid() {
    (20..24).for_each(|seed| run(seed, Distance::Euclid));
}
