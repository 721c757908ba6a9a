mod durability;
mod matching;
mod measure;
mod text;

use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::value::Value;

/// No points.
const NONE: [u32; 0] = [];

fn view() -> (TempDir, DocumentView) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let view = open(folder.path());
    (folder, view)
}

fn open(folder: &Path) -> DocumentView {
    DocumentView::open(folder).expect("the view opens")
}

fn stage_text(view: &DocumentView, number: u32, text: &str) {
    let content = DocumentContent {
        text: Some(text),
        payload: &Payload::new(),
    };
    view.stage(number, Some(content)).expect("it is staged");
}

fn stage_payload(view: &DocumentView, number: u32, payload: &Payload) {
    let content = DocumentContent {
        text: None,
        payload,
    };
    view.stage(number, Some(content)).expect("it is staged");
}

/// A view of these texts, numbered from 0.
fn view_of(texts: &[&str]) -> (TempDir, DocumentView) {
    let (folder, view) = view();
    for (number, text) in texts.iter().enumerate() {
        stage_text(&view, number as u32, text);
    }
    view.commit(1).expect("it is committed");
    (folder, view)
}

/// The points that a query finds, best first.
fn found(view: &DocumentView, query: &str) -> Vec<u32> {
    found_among(view, query, 100, None)
}

fn found_among(
    view: &DocumentView,
    query: &str,
    points: usize,
    allowed: Option<&RoaringBitmap>,
) -> Vec<u32> {
    let hits = view
        .search_text(query, points, allowed)
        .map(|answer| answer.hits);
    hits.expect("it is searched")
        .into_iter()
        .map(|(number, _)| number)
        .collect()
}

fn payload<const N: usize>(entries: [(&str, Value); N]) -> Payload {
    entries
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect()
}
