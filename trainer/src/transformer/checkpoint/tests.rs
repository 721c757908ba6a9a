//! What is saved is opened again; what cannot be is refused.

use embedder::{Checkpoint, ModelSource};

use super::*;
use crate::error::ErrorKind;
use crate::fixture;

fn state() -> State {
    let source = ModelSource::Folder(fixture::tiny_model());
    let checkpoint = Checkpoint::open(&source, true).unwrap();
    let mut state = State::new(Weights::open(&checkpoint).unwrap());
    state.adamw.step = 17;
    state.adamw.table[0].values[3] = 0.5;
    state
}

#[test]
fn a_state_opens_as_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    let state = state();
    state.save(&path, "r1").unwrap();
    let opened = State::open(&path, "r1").unwrap();
    assert_eq!(opened.adamw, state.adamw);
    assert_eq!(opened.weights.table, state.weights.table);
    assert_eq!(opened.weights.config, state.weights.config);
    for (name, var) in &state.weights.tensors {
        let values = |var: &Var| var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(values(&opened.weights.tensors[name]), values(var), "{name}");
    }
}

#[test]
fn another_recipe_and_a_cut_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    state().save(&path, "r1").unwrap();
    let message = State::open(&path, "r2").unwrap_err().to_string();
    assert!(
        message.contains("recipe r1") && message.contains("r2"),
        "{message}"
    );
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 100]).unwrap();
    assert_eq!(
        State::open(&path, "r1").unwrap_err().kind(),
        ErrorKind::Corrupt
    );
}
