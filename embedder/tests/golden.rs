//! Our vectors against those of the original implementation, and the published sizes.
#![cfg(test)]

mod support;

use embedder::model::Config;
use embedder::{Checkpoint, Embedder, EmbedderOptions, InputKind, ModelSource, prefix};
use support::{cases, cosine, tiny, tiny_path};

const COSINE_MIN: f64 = 0.99999;

#[test]
fn tokens_are_those_of_the_original() {
    let source = ModelSource::Folder(tiny_path());
    let checkpoint = Checkpoint::open(&source, true).expect("checkpoint");
    for case in cases() {
        let prompt = checkpoint.prompts().of(case.kind());
        let tokens = checkpoint
            .tokenizer()
            .encode(prompt, &case.text)
            .expect("tokens");
        assert_eq!(tokens, case.tokens, "{:?}", case.text);
        assert_eq!(tokens.last(), Some(&checkpoint.tokenizer().end_token()));
    }
}

#[test]
fn vectors_are_those_of_the_original() {
    let embedder = tiny(&EmbedderOptions::default());
    for case in cases() {
        let embeddings = embedder
            .embed(vec![case.text.clone()], case.kind())
            .expect("embedding");
        assert_eq!(embeddings[0].tokens, case.tokens.len());
        let found = cosine(&embeddings[0].vector, &case.vector);
        assert!(found >= COSINE_MIN, "{found} for {:?}", case.text);
    }
}

#[test]
fn every_prefix_is_normalized() {
    let embedder = tiny(&EmbedderOptions::default());
    let case = &cases()[0];
    let vector = &embedder
        .embed(vec![case.text.clone()], case.kind())
        .expect("embedding")[0]
        .vector;
    assert_eq!(embedder.info().prefix_lengths, [48, 32, 16, 8]);
    for &dimensions in &embedder.info().prefix_lengths {
        let shorter = prefix(vector, dimensions).expect("prefix");
        let length: f32 = shorter
            .iter()
            .map(|value| value * value)
            .sum::<f32>()
            .sqrt();
        assert!((length - 1.0).abs() < 1e-6, "{dimensions}: {length}");
        assert!(cosine(&shorter, &case.vector[..dimensions]) >= COSINE_MIN);
    }
}

#[test]
fn the_published_sizes_have_their_published_totals() {
    // Hidden, feed-forward, layers, heads, key heads, parameters of F2LLM-v2.
    let published = [
        ("80M", [320, 2048, 8, 16, 8], 80_084_288),
        ("160M", [640, 1536, 9, 16, 8], 159_185_024),
        ("330M", [896, 2560, 16, 16, 8], 334_349_184),
        ("0.6B", [1024, 3072, 28, 16, 8], 596_049_920),
        ("1.7B", [2048, 6144, 28, 16, 8], 1_720_574_976),
        ("4B", [2560, 9728, 36, 32, 8], 4_022_468_096),
        ("8B", [4096, 12288, 36, 32, 8], 7_568_405_504),
        ("14B", [5120, 17408, 40, 40, 8], 13_990_394_880),
    ];
    for (name, [hidden, intermediate, layers, heads, key_heads], parameters) in published {
        let config = Config {
            hidden_size: hidden,
            intermediate_size: intermediate,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            num_key_value_heads: key_heads,
            head_dim: 128,
            vocab_size: 151_936,
            rope_theta: 1e6,
            rms_norm_eps: 1e-6,
            max_position_embeddings: 40_960,
            embedding_size: None,
        };
        config.check().expect(name);
        assert_eq!(config.parameters(), parameters, "{name}");
        let read = Config::from_json(&config.to_json()).expect(name);
        assert_eq!(read, config, "{name}");
    }
}

#[test]
fn the_parameters_of_a_folder_are_counted() {
    let embedder = tiny(&EmbedderOptions::default());
    // The file has four bytes a parameter and a header of a few kilobytes.
    let weights = embedder.info().parameters * 4;
    assert!(embedder.info().bytes > weights && embedder.info().bytes < weights + 8192);
    assert_eq!(embedder.info().name, "tiny");
    assert_eq!(embedder.info().tokens_max, 2048);
}

#[test]
fn the_built_in_model_opens_and_finds_what_is_meant() {
    let embedder = Embedder::open(&ModelSource::BuiltIn, &EmbedderOptions::default());
    let embedder = embedder.expect("built-in");
    let texts = [
        "The cat sleeps on the sofa.",
        "Interest rates rose again.",
        "A database index.",
    ];
    let documents = embedder.embed(texts.map(str::to_owned).to_vec(), InputKind::Document);
    let documents = documents.expect("documents");
    for (question, best) in [
        ("Where does the kitten nap?", 0),
        ("How do banks set rates?", 1),
    ] {
        let query = embedder
            .embed(vec![question.to_owned()], InputKind::Query)
            .expect("query");
        let scores: Vec<f64> = documents
            .iter()
            .map(|text| cosine(&text.vector, &query[0].vector))
            .collect();
        let found = (0..3).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        assert_eq!(found, Some(best), "{question}: {scores:?}");
    }
}
