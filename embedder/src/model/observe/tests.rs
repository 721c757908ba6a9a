//! An observer sees every norm and every projection, and changes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use candle_core::Device;

use super::*;
use crate::checkpoint::Checkpoint;
use crate::model::{Kernels, PackedBatch, Qwen3};
use crate::source::ModelSource;

#[derive(Default)]
struct Shapes(BTreeMap<String, Vec<usize>>);

impl Observer for Shapes {
    fn see(&mut self, weight: &str, states: &Tensor) -> Result<()> {
        let before = self.0.insert(weight.to_owned(), states.dims().to_vec());
        assert_eq!(before, None, "{weight} was seen twice");
        Ok(())
    }
}

#[test]
fn every_norm_and_feed_forward_layer_is_seen_and_nothing_changes() {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/tiny");
    let checkpoint = Checkpoint::open(&ModelSource::Folder(tiny), true).unwrap();
    let config = checkpoint.config();
    let weights = checkpoint.var_builder(&Device::Cpu);
    let model = Qwen3::load(config, weights, Kernels::Fused).unwrap();
    let batch = PackedBatch {
        tokens: vec![5, 6, 7, 2, 9, 2],
        lengths: vec![4, 2],
    };
    let mut shapes = Shapes::default();
    let seen = model.forward_observed(&batch, &mut shapes).unwrap();
    let plain = model.forward(&batch).unwrap();
    let values = |states: &Tensor| states.to_vec2::<f32>().unwrap();
    assert_eq!(values(&seen), values(&plain));
    // Three layers of 48 and 96; behind the first norm of the last one a row a text is left.
    let mut expected = BTreeMap::from([("norm".to_owned(), vec![2, 48])]);
    for (layer, rows) in [(0, 6), (1, 6), (2, 2)] {
        expected.insert(format!("layers.{layer}.input_layernorm"), vec![6, 48]);
        expected.insert(
            format!("layers.{layer}.post_attention_layernorm"),
            vec![rows, 48],
        );
        expected.insert(format!("layers.{layer}.mlp.down_proj"), vec![rows, 96]);
    }
    assert_eq!(shapes.0, expected);
}
