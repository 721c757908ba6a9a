use candle_core::Device;

use super::Rotary;
use crate::model::Config;

fn rotary(positions: usize) -> Rotary {
    let config = Config {
        hidden_size: 8,
        intermediate_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 1,
        num_key_value_heads: 1,
        head_dim: 4,
        vocab_size: 10,
        rope_theta: 100.0,
        rms_norm_eps: 1e-6,
        max_position_embeddings: positions,
        embedding_size: None,
    };
    Rotary::new(&config, &Device::Cpu).expect("rotary")
}

#[test]
fn rows_are_cosines_then_sines() {
    // Frequencies are 1 and 100^(-1/2).
    let rows = rotary(8)
        .gather(&[0, 3])
        .and_then(|rows| Ok(rows.to_vec2::<f32>()?));
    let rows = rows.expect("rows");
    assert_eq!(rows[0], [1.0, 1.0, 0.0, 0.0]);
    let expected = [3.0_f32.cos(), 0.3_f32.cos(), 3.0_f32.sin(), 0.3_f32.sin()];
    for (found, expected) in rows[1].iter().zip(expected) {
        assert!((found - expected).abs() < 1e-6);
    }
}

#[test]
fn the_table_grows_to_the_longest_text_and_no_further() {
    let rotary = rotary(1500);
    assert_eq!(rotary.table.read().dims(), [512, 4]);
    rotary.gather(&[512]).expect("grown");
    assert_eq!(rotary.table.read().dims(), [1024, 4]);
    let last = rotary
        .gather(&[1499])
        .and_then(|rows| Ok(rows.to_vec2::<f32>()?))
        .expect("last");
    assert_eq!(rotary.table.read().dims(), [1500, 4]);
    assert!((f64::from(last[0][0]) - 1499_f64.cos()).abs() < 1e-6);
}
