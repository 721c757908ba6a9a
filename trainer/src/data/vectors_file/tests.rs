use super::*;
use crate::data::teacher_vectors::TeacherVectors;
use crate::export::quantize::{Bits, quantize};
use crate::fixture::restored;
use crate::matrix::Matrix;

const ROWS: usize = 6;

fn rows(first: usize, count: usize) -> QuantizedRows {
    let values = (first * 3..(first + count) * 3).map(|at| (at as f32).sin());
    quantize(
        &Matrix {
            rows: count,
            columns: 3,
            values: values.collect(),
        },
        Bits::Eight,
    )
    .unwrap()
}

fn places(folder: &tempfile::TempDir) -> [PathBuf; 2] {
    ["codes.npy", "scales.npy"].map(|name| folder.path().join(name))
}

#[test]
fn what_is_written_in_parts_is_read_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let [codes, scales] = places(&folder);
    let mut file = VectorsFile::open(&codes, &scales, ROWS).unwrap();
    file.push(&rows(0, 4)).unwrap();
    drop(file);
    // A row is cut off in the scales: it counts as not there.
    let partial = folder.path().join("scales.npy.partial");
    let cut = File::options().write(true).open(&partial).unwrap();
    cut.set_len((HEADER_BYTES + 15) as u64).unwrap();
    let mut file = VectorsFile::open(&codes, &scales, ROWS).unwrap();
    assert_eq!(file.rows(), 3);
    file.keep(2).unwrap();
    assert_eq!(file.rows(), 2);
    file.push(&rows(2, 4)).unwrap();
    assert!(!codes.exists());
    file.finish().unwrap();
    let read = TeacherVectors::read(&codes, &scales).unwrap();
    let expected = restored(&rows(0, ROWS));
    let mut found = Matrix::zeros(ROWS, 3);
    (0..ROWS).for_each(|row| read.write_row(row, found.row_mut(row)));
    assert_eq!(found, expected);
    // Interrupted between the two moves: nothing is lost.
    let aside = folder.path().join("scales.npy.partial");
    files::put(&scales, &aside).unwrap();
    let file = VectorsFile::open(&codes, &scales, ROWS).unwrap();
    assert_eq!(file.rows(), ROWS);
    file.finish().unwrap();
    assert!(TeacherVectors::read(&codes, &scales).unwrap() == read);
}

#[test]
fn rows_of_another_size_and_files_of_another_length_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let [codes, scales] = places(&folder);
    let mut file = VectorsFile::open(&codes, &scales, ROWS).unwrap();
    file.push(&rows(0, 2)).unwrap();
    let other = quantize(&Matrix::zeros(1, 4), Bits::Eight).unwrap();
    let message = file.push(&other).unwrap_err().to_string();
    assert!(
        message.contains("have 3 values and the teacher's 4"),
        "{message}"
    );
    let message = VectorsFile::open(&codes, &scales, ROWS + 1)
        .unwrap_err()
        .to_string();
    assert!(message.contains("expected 7 rows"), "{message}");
    std::fs::write(folder.path().join("codes.npy.partial"), [7; 200]).unwrap();
    let message = VectorsFile::open(&codes, &scales, ROWS)
        .unwrap_err()
        .to_string();
    assert!(message.contains("not a NumPy file"), "{message}");
}
