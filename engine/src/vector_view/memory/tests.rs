use super::{BLOCK_ROWS_MAX, MemorySegment};
use crate::schema::Distance;
use crate::vector_view::query::Query;
use crate::vector_view::ranking::PointRanking;
use crate::vector_view::row::{NewRow, RowId, RowRange, VectorShape};
use crate::vector_view::tests::support::{Spread, clustered};

fn rows(first: u64, vectors: &[Vec<f32>]) -> Vec<NewRow> {
    (first..)
        .zip(vectors)
        .map(|(sequence, vector)| NewRow {
            row: RowId {
                sequence,
                ordinal: 0,
            },
            point: sequence as u32,
            vector: vector.clone(),
        })
        .collect()
}

#[test]
fn the_scan_by_codes_answers_as_the_plain_scan_does() {
    let vectors = clustered(1, 3_000, 48, Spread::Falling);
    let queries = clustered(2, 20, 48, Spread::Falling);
    for distance in [Distance::Cosine, Distance::Dot, Distance::Euclid] {
        let shape = VectorShape {
            dimensions: 48,
            distance,
            matryoshka: false,
        };
        let mut segment = MemorySegment::new(48);
        for (number, part) in (0..).zip(vectors.chunks(130)) {
            segment.add(&rows(number * 130, part));
        }
        for vector in &queries {
            let query = Query::new(&shape, vector);
            let (mut found, mut expected) = (PointRanking::new(10), PointRanking::new(10));
            assert_eq!(segment.scan(&query, None, 10, &mut found), 3_000);
            segment.for_each(|_, row, point, vector| {
                expected.offer(query.closeness_f32(vector), point, row);
            });
            assert_eq!(
                found.into_sorted(),
                expected.into_sorted(),
                "{distance:?} (seed=1,2)"
            );
        }
    }
}

#[test]
fn single_rows_make_few_blocks_and_copies_do_not_change() {
    let vectors = clustered(3, 2_500, 8, Spread::Even);
    let mut segment = MemorySegment::new(8);
    let mut early = segment.clone();
    for (number, row) in rows(1, &vectors).into_iter().enumerate() {
        if number == 700 {
            early = segment.clone();
        }
        segment.add(&[row]);
    }
    assert_eq!((early.rows(), segment.rows()), (700, 2_500));
    assert!(
        segment.blocks.len() <= 2_500 / BLOCK_ROWS_MAX + 11,
        "{}",
        segment.blocks.len()
    );
    let mut offsets = 0;
    segment.for_each(|offset, row, point, vector| {
        assert_eq!(
            (offset, row.sequence, point),
            (offsets, u64::from(offsets) + 1, offsets + 1)
        );
        assert_eq!(vector, vectors[offset as usize]);
        offsets += 1;
    });
    assert_eq!(offsets, 2_500);
}

#[test]
fn ranges_retire_what_is_here_and_nothing_else() {
    let vectors = clustered(4, 100, 8, Spread::Even);
    let mut segment = MemorySegment::new(8);
    segment.add(&rows(10, &vectors));
    let range = |sequence, first, count| RowRange {
        sequence,
        first,
        count,
    };
    assert!(!segment.retire(&[range(9, 0, 5), range(110, 0, u32::MAX), range(20, 1, 9)]));
    assert!(segment.retire(&[range(20, 0, 1), range(109, 0, u32::MAX), range(5, 7, 0)]));
    assert_eq!(segment.dead().iter().collect::<Vec<u32>>(), [10, 99]);
    assert_eq!(segment.live_rows(), 98);
}
