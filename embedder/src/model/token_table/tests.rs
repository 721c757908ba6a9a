use candle_core::{Device, Tensor};

use super::{TokenRows, TokenTable};
use crate::model::kernels::Kernels;

#[test]
fn quantized_rows_are_signed_bytes_times_their_scale() {
    let bytes: Vec<u8> = [-128_i8, -1, 0, 1, 64, 127]
        .map(|value| (value as u8) ^ 0x80)
        .to_vec();
    let table = TokenTable {
        rows: TokenRows::Quantized {
            rows: Tensor::from_vec(bytes, (2, 3), &Device::Cpu).expect("rows"),
            scales: Tensor::new(&[[0.5_f32], [2.0]], &Device::Cpu).expect("scales"),
        },
        basis: None,
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

#[test]
fn a_row_of_a_factorised_table_is_multiplied_by_the_basis() {
    let table = TokenTable {
        rows: TokenRows::Float(Tensor::new(&[[1.0_f32, 2.0], [0.0, -1.0]], &Device::Cpu).unwrap()),
        basis: Some(Tensor::new(&[[1.0_f32, 0.0, 3.0], [0.5, 1.0, 0.0]], &Device::Cpu).unwrap()),
    };
    let vectors = table.lookup(&[1, 0], Kernels::Differentiable).unwrap();
    let vectors = vectors.to_vec2::<f32>().unwrap();
    assert_eq!(vectors, [[-0.5, -1.0, 0.0], [2.0, 2.0, 3.0]]);
}
