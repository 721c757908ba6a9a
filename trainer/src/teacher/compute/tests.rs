//! A teacher that counts what it is asked.

use std::cell::Cell;
use std::rc::Rc;

use indicatif::ProgressBar;

use super::*;
use crate::data::teacher_vectors::TeacherVectors;
use crate::error::ErrorKind;
use crate::fixture;
use crate::matrix::Matrix;

/// A vector of a text's length, role and place in the chunk.
struct Lengths {
    columns: usize,
    asked: Rc<Cell<usize>>,
}

impl Teacher for Lengths {
    fn embed(&self, texts: &[Text], bar: &ProgressBar) -> Result<Matrix> {
        self.asked.set(self.asked.get() + texts.len());
        bar.inc(texts.len() as u64);
        let mut all = Matrix::zeros(texts.len(), self.columns);
        for (at, text) in texts.iter().enumerate() {
            let angle = (text.text.len() * 31 + at) as f32;
            let row = all.row_mut(at);
            row[0] = angle.cos();
            row[1] = angle.sin();
        }
        Ok(all)
    }
}

fn open(columns: usize, asked: &Rc<Cell<usize>>) -> impl FnOnce() -> Result<Box<dyn Teacher>> {
    let asked = Rc::clone(asked);
    move || Ok(Box::new(Lengths { columns, asked }) as Box<dyn Teacher>)
}

/// More than two chunks, the last one short.
fn texts() -> Vec<Text> {
    let texts = fixture::texts(CHUNK_TEXTS * 5 / 8);
    assert!(texts.len() > 2 * CHUNK_TEXTS && !texts.len().is_multiple_of(CHUNK_TEXTS));
    texts
}

fn bytes(place: &Place) -> [Vec<u8>; 2] {
    [&place.codes, &place.scales].map(|path| std::fs::read(path).unwrap())
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (whole, parts) = (
        Place::within(whole.path(), "t"),
        Place::within(parts.path(), "t"),
    );
    let texts = texts();
    let origin = Origin::of("one".to_owned(), &texts);
    let asked = Rc::new(Cell::new(0));
    compute(open(4, &asked), &texts, &origin, &whole).unwrap();
    assert_eq!(asked.get(), texts.len());
    asked.set(0);
    compute_to(open(4, &asked), &texts, &origin, &parts, 1).unwrap();
    assert!(!parts.codes.exists() && asked.get() == CHUNK_TEXTS);
    // Killed inside the second chunk, between the writes of its codes and its scales.
    let partial = parts.codes.with_extension("npy.partial");
    let mut torn = std::fs::read(&partial).unwrap();
    torn.extend([1; 4 * 100 + 3]);
    std::fs::write(&partial, torn).unwrap();
    compute(open(4, &asked), &texts, &origin, &parts).unwrap();
    assert_eq!(asked.get(), texts.len());
    assert!(bytes(&whole) == bytes(&parts), "the files differ");
    let read = TeacherVectors::read(&parts.codes, &parts.scales).unwrap();
    assert_eq!((read.rows(), read.dimensions), (texts.len(), 4));
    // What is there is not computed again, and the teacher is not even opened.
    let never = || -> Result<Box<dyn Teacher>> { panic!("opened") };
    compute(never, &texts, &origin, &parts).unwrap();
}

#[test]
fn a_run_killed_before_the_files_were_moved_only_moves_them() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::within(folder.path(), "t");
    let texts = texts();
    let origin = Origin::of("one".to_owned(), &texts);
    let asked = Rc::new(Cell::new(0));
    compute(open(2, &asked), &texts, &origin, &place).unwrap();
    let before = bytes(&place);
    for path in [&place.codes, &place.scales] {
        files::put(path, &path.with_extension("npy.partial")).unwrap();
    }
    let never = || -> Result<Box<dyn Teacher>> { panic!("opened") };
    compute(never, &texts, &origin, &place).unwrap();
    assert!(bytes(&place) == before, "the files differ");
}

#[test]
fn vectors_of_another_teacher_or_of_other_texts_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::within(folder.path(), "t");
    let texts = texts();
    let asked = Rc::new(Cell::new(0));
    let origin = Origin::of("one".to_owned(), &texts);
    compute_to(open(4, &asked), &texts, &origin, &place, 1).unwrap();
    let refused = |teacher: &str, texts: &[Text], columns: usize| {
        let origin = Origin::of(teacher.to_owned(), texts);
        let error = compute(open(columns, &asked), texts, &origin, &place).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        error.to_string()
    };
    let message = refused("two", &texts, 4);
    assert!(message.contains("of another teacher; use"), "{message}");
    let message = refused("one", &texts[1..], 4);
    assert!(message.contains("of other texts; use"), "{message}");
    let message = refused("two", &texts[1..], 4);
    assert!(message.contains("teacher and other texts"), "{message}");
    // The same teacher by name that now gives other vectors: an endpoint may.
    let message = refused("one", &texts, 5);
    assert!(
        message.contains("4 values and the teacher's 5"),
        "{message}"
    );
    // Vectors that nobody describes are not taken for ours.
    std::fs::remove_file(&place.origin).unwrap();
    std::fs::write(&place.codes, "codes").unwrap();
    let message = refused("one", &texts, 4);
    assert!(
        message.contains("vectors are that it should describe"),
        "{message}"
    );
}

#[test]
fn roles_are_part_of_the_texts() {
    let mut texts = fixture::texts(1);
    let before = Origin::of("one".to_owned(), &texts);
    texts[0].role = Role::Passage;
    assert_ne!(Origin::of("one".to_owned(), &texts), before);
}
