//! NumPy files that are whole, and files that are not.

use std::path::PathBuf;

use super::*;

fn array(folder: &tempfile::TempDir, kind: &str, shape: &str, values: &[u8]) -> PathBuf {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values);
    let path = folder
        .path()
        .join(format!("{}.npy", blake3::hash(&bytes).to_hex()));
    std::fs::write(&path, bytes).unwrap();
    path
}

fn scales(folder: &tempfile::TempDir, values: &[f32]) -> PathBuf {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    array(folder, "<f4", &format!("({},)", values.len()), &bytes)
}

#[test]
fn a_row_is_its_codes_times_its_scale() {
    let folder = tempfile::tempdir().unwrap();
    let codes = array(&folder, "|i1", "(2, 3)", &[1, 2, 3, 255, 128, 127]);
    let vectors = TeacherVectors::read(&codes, &scales(&folder, &[0.5, 2.0])).unwrap();
    assert_eq!((vectors.rows(), vectors.dimensions), (2, 3));
    let mut row = [0.0; 3];
    vectors.write_row(1, &mut row);
    assert_eq!(row.map(|value| value as i32), [-2, -256, 254]);
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = array(&folder, "|i1", "(2, 3)", &[0; 6]);
    let cases = [
        (
            array(&folder, "|i1", "(2, 3)", &[0; 5]),
            scales(&folder, &[1.0, 1.0]),
            "fill the shape",
        ),
        (
            array(&folder, "<i4", "(2, 3)", &[0; 24]),
            scales(&folder, &[1.0, 1.0]),
            "expected type",
        ),
        (
            array(&folder, "|i1", "(6,)", &[0; 6]),
            scales(&folder, &[1.0, 1.0]),
            "expected [rows",
        ),
        (good.clone(), scales(&folder, &[1.0]), "expected [2]"),
        (
            good,
            scales(&folder, &[1.0, f32::NAN]),
            "row 1 is not a number",
        ),
    ];
    for (codes, scales, expected) in cases {
        let message = TeacherVectors::read(&codes, &scales)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains(expected),
            "{message} does not say `{expected}`"
        );
    }
}

#[test]
fn a_header_that_claims_more_than_the_file_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short.npy");
    std::fs::write(&path, b"\x93NUMPY\x02\x00\xff\xff\xff\xff").unwrap();
    let error = TeacherVectors::read(&path, &path).unwrap_err();
    assert!(
        error.to_string().contains("ends inside its header"),
        "{error}"
    );
}
