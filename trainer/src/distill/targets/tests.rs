//! Each source loses the mean of its roles; what is left lies on the axes of the texts.

use std::path::Path;

use super::Targets;
use crate::data::teacher_vectors::TeacherVectors;
use crate::data::texts::{Role, Text};
use crate::matrix::{Matrix, dot};

fn array(path: &Path, kind: &str, shape: &str, bytes: &[u8]) {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(bytes);
    std::fs::write(path, file).unwrap();
}

fn vectors(rows: &[[i8; 4]]) -> TeacherVectors {
    let folder = tempfile::tempdir().unwrap();
    let (codes, scales) = (
        folder.path().join("codes.npy"),
        folder.path().join("scales.npy"),
    );
    let bytes: Vec<u8> = rows
        .iter()
        .flatten()
        .map(|code| code.cast_unsigned())
        .collect();
    array(&codes, "|i1", &format!("{}, 4", rows.len()), &bytes);
    let ones: Vec<u8> = rows.iter().flat_map(|_| 1.0f32.to_le_bytes()).collect();
    array(&scales, "<f4", &format!("{},", rows.len()), &ones);
    TeacherVectors::read(&codes, &scales).unwrap()
}

fn texts(roles: &[Role]) -> Vec<Text> {
    let text = |role: &Role| Text {
        text: "a text".to_owned(),
        lang: "en".to_owned(),
        role: *role,
        pair: None,
    };
    roles.iter().map(text).collect()
}

const ROLES: [Role; 4] = [Role::Query, Role::Query, Role::Passage, Role::Passage];
const ROWS: [[i8; 4]; 4] = [[19, 4, 0, 0], [11, -4, 0, 0], [0, 3, 57, 0], [0, -3, 43, 0]];

fn cosine(matrix: &Matrix, a: usize, b: usize) -> f32 {
    dot(matrix.row(a), matrix.row(b))
}

#[test]
fn a_lexicon_loses_its_own_mean() {
    let (teacher, lines) = (vectors(&ROWS), texts(&ROLES));
    // The words lie far off, but differ as the questions do.
    let (words, word_lines) = (
        vectors(&[[100, 8, 90, 0], [84, -8, 90, 0]]),
        texts(&[Role::Query; 2]),
    );
    let source = Some((&words, word_lines.as_slice()));
    let targets = Targets::of((&teacher, &lines), source, 4).unwrap();
    assert_eq!((targets.of_texts, targets.vectors.rows), (4, 6));
    for (text, word) in [(0, 4), (1, 5)] {
        let cosine = cosine(&targets.vectors, text, word);
        assert!(cosine > 0.999, "{text} and {word}: {cosine}");
    }
    // Two of a role are opposite once their mean is gone.
    assert!(cosine(&targets.vectors, 0, 1) < -0.999);
    assert!(cosine(&targets.vectors, 2, 3) < -0.999);
    let alone = Targets::of((&teacher, &lines), None, 4).unwrap();
    assert_eq!(alone.vectors.values[..], targets.vectors.values[..16]);
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let (teacher, lines) = (vectors(&ROWS), texts(&ROLES));
    let message = Targets::of((&teacher, &lines[..3]), None, 4)
        .unwrap_err()
        .to_string();
    assert!(message.contains("4 vectors for 3 texts"), "{message}");
    let words = texts(&[Role::Query; 3]);
    let source = Some((&teacher, words.as_slice()));
    let message = Targets::of((&teacher, &lines), source, 4)
        .unwrap_err()
        .to_string();
    assert!(message.contains("3 words and 4 vectors"), "{message}");
}
