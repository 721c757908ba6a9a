use embedder::{Embedder, EmbedderOptions};

use super::*;
use crate::fixture;
use crate::matrix::dot;

#[test]
fn vectors_are_those_of_the_embedder_with_the_folders_prompts() {
    let mut texts = fixture::texts(8);
    texts[5].text = "x".to_owned();
    let teacher = Qwen3::open(&fixture::tiny_model(), 512).unwrap();
    let bar = ProgressBar::hidden();
    let found = teacher.embed(&texts, &bar).unwrap();
    assert_eq!(bar.position(), texts.len() as u64);
    let source = ModelSource::Folder(fixture::tiny_model());
    let embedder = Embedder::open(&source, &EmbedderOptions::default()).unwrap();
    for (row, text) in texts.iter().enumerate() {
        let kind = match text.role {
            Role::Query => InputKind::Query,
            Role::Passage => InputKind::Document,
        };
        let expected = embedder.embed(vec![text.text.clone()], kind).unwrap();
        let cosine = dot(found.row(row), &expected[0].vector);
        assert!(cosine > 0.999_99, "text {row}: {cosine}");
    }
}

#[test]
fn a_text_is_cut_and_a_cut_beyond_the_positions_is_refused() {
    let mut texts = fixture::texts(1);
    texts[0].text = "one two three ".repeat(50);
    let mut longer = texts.clone();
    longer[0].text.push_str("and more");
    let teacher = Qwen3::open(&fixture::tiny_model(), 32).unwrap();
    let bar = ProgressBar::hidden();
    let cut = teacher.embed(&texts[..1], &bar).unwrap();
    assert_eq!(cut, teacher.embed(&longer[..1], &bar).unwrap());
    let error = Qwen3::open(&fixture::tiny_model(), 1 << 16).unwrap_err();
    assert!(error.to_string().contains("reads at most 2048"), "{error}");
}
