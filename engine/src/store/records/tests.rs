use proptest::prelude::*;

use super::*;

fn header(spans: Vec<Span>) -> PointHeader {
    PointHeader {
        id: PointId::String("seven".into()),
        sequence: 9,
        content_sequence: 7,
        first_ordinal: 3,
        spans,
        expires_at_ms: Some(5),
    }
}

#[test]
fn a_header_comes_back_as_written() {
    let written = header(vec![Span { start: 0, end: 4 }, Span { start: 4, end: 9 }]);
    let bytes = encode(&written).unwrap();
    assert_eq!(decode::<PointHeader>("a point", &bytes).unwrap(), written);
}

#[test]
fn a_row_belongs_to_the_chunk_it_was_written_for_and_to_no_other() {
    let header = header(vec![Span { start: 0, end: 4 }, Span { start: 4, end: 9 }]);
    assert_eq!(
        header.chunk_of(RowId {
            sequence: 7,
            ordinal: 4
        }),
        Some(1)
    );
    assert_eq!(
        header.chunk_of(RowId {
            sequence: 7,
            ordinal: 5
        }),
        None
    );
    assert_eq!(
        header.chunk_of(RowId {
            sequence: 7,
            ordinal: 2
        }),
        None
    );
    assert_eq!(
        header.chunk_of(RowId {
            sequence: 6,
            ordinal: 4
        }),
        None
    );
}

#[test]
fn a_point_is_hidden_from_its_expiry_on() {
    let header = header(Vec::new());
    assert!(!header.is_expired(4));
    assert!(header.is_expired(5));
}

proptest! {
    #[test]
    fn a_row_round_trips(point: u32, vector in prop::collection::vec(-1e6_f32..1e6, 0..40)) {
        let bytes = encode_row(point, &vector);
        prop_assert_eq!(decode_row(&bytes, vector.len()).unwrap(), (point, vector));
    }

    #[test]
    fn a_flipped_bit_is_found(point: u32, position: prop::sample::Index, bit in 0..8_u8) {
        let mut bytes = encode_row(point, &[1.0, 2.0]);
        let position = position.index(bytes.len());
        bytes[position] ^= 1 << bit;
        prop_assert!(decode_row(&bytes, 2).is_err());
    }

    #[test]
    fn arbitrary_bytes_are_an_error_and_never_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        prop_assert!(decode::<PointHeader>("a point", &bytes).is_err());
        prop_assert!(decode_row(&bytes, 3).is_err());
    }
}
