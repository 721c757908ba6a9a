use candle_core::{Device, Tensor};

use super::TokenTable;
use crate::model::kernels::Kernels;

#[test]
fn quantized_rows_are_signed_bytes_times_their_scale() {
    let bytes: Vec<u8> = [-128_i8, -1, 0, 1, 64, 127]
        .map(|value| (value as u8) ^ 0x80)
        .to_vec();
    let table = TokenTable::Quantized {
        rows: Tensor::from_vec(bytes, (2, 3), &Device::Cpu).expect("rows"),
        scales: Tensor::new(&[[0.5_f32], [2.0]], &Device::Cpu).expect("scales"),
    };
    for kernels in [Kernels::Fused, Kernels::Differentiable] {
        let vectors = table.lookup(&[1, 0, 1], kernels).expect("vectors");
        let vectors = vectors.to_vec2::<f32>().expect("values");
        assert_eq!(
            vectors,
            [[2.0, 128.0, 254.0], [-64.0, -0.5, 0.0], [2.0, 128.0, 254.0]]
        );
        table.lookup(&[2], kernels).expect_err("outside the table");
    }
}
