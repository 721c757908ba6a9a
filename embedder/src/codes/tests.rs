//! Every code of every packing stands for its number.

use super::*;

fn codes(bytes: &[u8], bits: usize) -> Vec<f32> {
    Packing::uniform(bytes.len(), bits).dequantize(bytes, &[1.0])
}

#[test]
fn the_first_value_is_in_the_lowest_bits() {
    assert_eq!(codes(&[0x7f, 0x81], 8), [127.0, -127.0]);
    assert_eq!(codes(&[0xf0, 0x78], 4), [-8.0, 7.0, 0.0, -1.0]);
    assert_eq!(codes(&[0b11_10_01_00], 2), [-3.0, -1.0, 1.0, 3.0]);
    let bits = [1.0, -1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0];
    assert_eq!(codes(&[0b0000_1101], 1), bits);
}

#[test]
fn a_row_of_one_part_keeps_its_codes_and_its_scale() {
    let packing = Packing::uniform(2, 8);
    assert_eq!(
        packing.bytes_of(&[0x00, 0xff, 0x80, 1], &[0.5, 2.0]),
        [128, 127, 0, 129]
    );
    assert_eq!(packing.row_scales(&[0.5, 2.0]), [0.5, 2.0]);
}

#[test]
fn each_part_of_each_row_has_its_scale() {
    let packing = Packing::of_note("a", "2x4 4x2 8x1", 3).unwrap();
    assert_eq!((packing.values(), packing.parts()), (14, 3));
    let bytes = [0x1f, 0b11_10_01_00, 0b1000_0000, 0x88, 0, 0];
    let scales = [1.0, 0.5, 0.25, 3.0, 2.0, 1.0];
    let values = packing.dequantize(&bytes, &scales);
    assert_eq!(values[..6], [7.0, -7.0, -1.5, -0.5, 0.5, 1.5]);
    assert_eq!(values[6..8], [-0.25, -0.25]);
    assert_eq!(values[13..18], [0.25, 0.0, 0.0, -6.0, -6.0]);
    // As bytes with one scale a row they are the same to half a step of the largest value.
    let rows = packing.row_scales(&scales);
    let found = packing.bytes_of(&bytes, &scales);
    for (at, (byte, value)) in found.iter().zip(&values).enumerate() {
        let scale = rows[at / 14];
        let found = (f32::from(*byte) - f32::from(BYTE_ZERO)) * scale;
        assert!(
            (found - value).abs() <= scale / 2.0 + 1e-6,
            "{found} and {value}"
        );
    }
}

#[test]
fn parts_that_are_none_are_refused_by_name() {
    for note in [
        "", "4", "4x3", "3x4", "x4", "4x4", "8x4 -8x1", "0x4 8x4", "9x1",
    ] {
        let error = Packing::of_note("a", note, 4).unwrap_err().to_string();
        assert!(
            error.contains("`a`") && error.contains("`256x4 512x1`"),
            "{error}"
        );
    }
    let many = ["8x1"; PARTS_MAX + 1].join(" ");
    Packing::of_note("a", &many, PARTS_MAX + 1).unwrap_err();
    Packing::of_note("a", &["8x1"; PARTS_MAX].join(" "), PARTS_MAX).unwrap();
}
