//! Which dimensions are kept, and the factor of a norm, by hand.

use super::*;
use crate::prune::activations::Seen;

#[test]
fn the_largest_norms_are_kept_in_their_old_order() {
    let kept = largest(&[1.0, 4.0, 0.0, 3.0, 4.0], 3);
    assert_eq!(kept.dimensions, [1, 3, 4]);
    assert!((kept.share - 11.0 / 12.0).abs() < 1e-12);
    assert_eq!(largest(&[2.0; 4], 2).dimensions, [0, 1]);
}

#[test]
fn a_norm_makes_up_for_the_mean_it_divides_by() {
    // Of four dimensions two are always zero: mean squares behind the division are 2, 2, 0, 0.
    // The mean over the two that are kept is twice that over all four, its root is sqrt(2).
    let found = factor(&[2.0, 2.0, 0.0, 0.0], &[0, 1]);
    assert!((found - 2f64.sqrt()).abs() < 1e-12, "{found}");
    assert!((factor(&[1.3, 0.7], &[0, 1]) - 1.0).abs() < 1e-12);
}

#[test]
fn every_norm_counts_the_same() {
    let mut seen = Activations::new(1e-6);
    let mut add = |name: &str, squares: &[f64]| {
        let one = Seen {
            rows: 1,
            squares: squares.to_vec(),
        };
        seen.seen.insert(name.to_owned(), one);
    };
    // The first norm's states are a thousand times larger, and still it has one voice of three:
    // shares of dimension 0 are 0.6, 0.1 and 0.1, of dimension 1 0.4, 0.9 and 0.9.
    add("layers.0.input_layernorm", &[36e6, 16e6]);
    add("layers.0.post_attention_layernorm", &[0.01, 0.81]);
    add("norm", &[0.01, 0.81]);
    add("layers.0.mlp.down_proj", &[0.0, 9.0, 1.0]);
    let after = Config {
        hidden_size: 1,
        intermediate_size: 2,
        num_hidden_layers: 1,
        num_attention_heads: 1,
        num_key_value_heads: 1,
        head_dim: 2,
        vocab_size: 4,
        rope_theta: 1e6,
        rms_norm_eps: 1e-6,
        max_position_embeddings: 8,
        embedding_size: None,
    };
    let kept = Kept::choose(&seen, &after).unwrap();
    assert_eq!(kept.hidden.dimensions, [1]);
    assert!((kept.hidden.share - 2.2 / 3.0).abs() < 1e-9);
    assert_eq!(kept.intermediate[0].dimensions, [1, 2]);
    assert_eq!(kept.factors.len(), 3);
}
