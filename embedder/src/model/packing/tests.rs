use crate::error::ErrorKind;
use crate::model::{Config, PackedBatch};

fn config() -> Config {
    Config {
        hidden_size: 8,
        intermediate_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 1,
        num_key_value_heads: 1,
        head_dim: 8,
        vocab_size: 10,
        rope_theta: 1e6,
        rms_norm_eps: 1e-6,
        max_position_embeddings: 4,
        embedding_size: None,
    }
}

#[test]
fn batches_that_contradict_themselves_are_refused() {
    let batches = [
        (vec![], vec![], "no texts"),
        (vec![1, 2], vec![1], "sum to 1"),
        (vec![1], vec![1, 1], "sum to 2"),
        (vec![1], vec![1, 0], "text 1 has 0 tokens"),
        (vec![1; 5], vec![5], "text 0 has 5 tokens"),
        (vec![1], vec![usize::MAX], "text 0 has"),
        (vec![1, 10], vec![2], "outside the vocabulary"),
    ];
    for (tokens, lengths, part) in batches {
        let error = PackedBatch { tokens, lengths }
            .check(&config())
            .expect_err(part);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains(part), "{error}");
    }
    PackedBatch {
        tokens: vec![0, 9, 1],
        lengths: vec![1, 2],
    }
    .check(&config())
    .expect("sound");
}
