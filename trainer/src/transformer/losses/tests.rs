//! The losses against PyTorch's on the same numbers, and their gradients against finite
//! differences as well. `golden.json` is written by `trainer/reference/losses.py`.

use candle_core::{Device, Var};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Golden {
    texts: usize,
    dimensions: usize,
    teacher_dimensions: usize,
    temperature: f64,
    lengths: Vec<usize>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    task: Task,
    negatives: usize,
    states: [Vec<f64>; 3],
    teacher: [Vec<f64>; 3],
    in_batch: f64,
    hard: f64,
    distillation: f64,
    total: f64,
    gradients: [Vec<f64>; 3],
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("golden.json")).unwrap()
}

impl Golden {
    fn options(&self) -> LossOptions {
        LossOptions {
            lengths: self.lengths.clone(),
            temperature: self.temperature,
            distillation: 1.0,
        }
    }

    /// In f64, so that finite differences are sharp.
    fn tensors(&self, values: &[Vec<f64>; 3], width: usize, negatives: usize) -> [Var; 3] {
        let shapes = [
            vec![self.texts, width],
            vec![self.texts, width],
            vec![self.texts, negatives, width],
        ];
        std::array::from_fn(|side| {
            Var::from_vec(values[side].clone(), shapes[side].clone(), &Device::Cpu).unwrap()
        })
    }

    fn parts(&self, case: &Case, values: &[Vec<f64>; 3]) -> (Parts, [Var; 3]) {
        let student = self.tensors(values, self.dimensions, case.negatives);
        let teacher = self.tensors(&case.teacher, self.teacher_dimensions, case.negatives);
        let states = |sides: &[Var; 3]| States {
            queries: sides[0].as_tensor().clone(),
            positives: sides[1].as_tensor().clone(),
            negatives: Some(sides[2].as_tensor().clone()),
        };
        let parts = self
            .options()
            .of(case.task, &states(&student), Some(&states(&teacher)))
            .unwrap();
        (parts, student)
    }
}

fn number(part: Option<&Tensor>) -> f64 {
    part.map_or(0.0, |part| part.to_scalar().unwrap())
}

#[test]
fn every_loss_is_that_of_pytorch() {
    let golden = golden();
    for case in &golden.cases {
        assert_eq!(case.negatives, case.task.negatives());
        let (parts, _) = golden.parts(case, &case.states);
        let found = [
            number(parts.in_batch.as_ref()),
            number(parts.hard.as_ref()),
            number(parts.distillation.as_ref()),
            number(Some(&parts.total)),
        ];
        let expected = [case.in_batch, case.hard, case.distillation, case.total];
        for (found, expected) in found.into_iter().zip(expected) {
            let difference = (found - expected).abs();
            assert!(
                difference < 1e-6 * expected.max(1.0),
                "{:?}: {found} {expected}",
                case.task
            );
        }
    }
}

#[test]
fn every_gradient_is_that_of_pytorch_and_of_finite_differences() {
    let golden = golden();
    for case in &golden.cases {
        let (parts, sides) = golden.parts(case, &case.states);
        let gradients = parts.total.backward().unwrap();
        for (side, var) in sides.iter().enumerate() {
            let found: Vec<f64> = gradients
                .get(var)
                .unwrap()
                .flatten_all()
                .unwrap()
                .to_vec1()
                .unwrap();
            for (at, (found, expected)) in found.iter().zip(&case.gradients[side]).enumerate() {
                let difference = (found - expected).abs();
                assert!(
                    difference < 1e-6,
                    "{:?} {side} {at}: {found} {expected}",
                    case.task
                );
            }
            for at in (0..found.len()).step_by(5) {
                let moved = |by: f64| {
                    let mut values = case.states.clone();
                    values[side][at] += by;
                    number(Some(&golden.parts(case, &values).0.total))
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let difference = (found[at] - slope).abs();
                assert!(difference < 1e-6 * slope.abs().max(1.0), "{at}: {slope}");
            }
        }
    }
}

#[test]
fn the_weights_of_lengths_are_the_published_ones() {
    let weights = length_weights(&[320, 256, 128, 64, 32, 16, 8]);
    let published = [1.0, 0.4472, 0.2108, 0.1118, 0.0632, 0.0373, 0.0226];
    for (weight, published) in weights.iter().zip(published) {
        assert!((weight - published).abs() < 1e-4, "{weight} {published}");
    }
}

#[test]
fn a_batch_without_negatives_or_teacher_has_only_the_contrast_in_batch() {
    let golden = golden();
    let case = &golden.cases[0];
    let sides = golden.tensors(&case.states, golden.dimensions, case.negatives);
    let states = States {
        queries: sides[0].as_tensor().clone(),
        positives: sides[1].as_tensor().clone(),
        negatives: None,
    };
    let parts = golden.options().of(Task::Retrieval, &states, None).unwrap();
    assert!(parts.hard.is_none() && parts.distillation.is_none());
    assert!((number(Some(&parts.total)) - case.in_batch).abs() < 1e-6);
}

#[test]
fn a_state_of_zeros_has_a_finite_loss_and_gradient() {
    let states = Var::zeros((2, 8), candle_core::DType::F32, &Device::Cpu).unwrap();
    let states = States {
        queries: states.as_tensor().clone(),
        positives: Tensor::ones((2, 8), candle_core::DType::F32, &Device::Cpu).unwrap(),
        negatives: None,
    };
    let options = LossOptions {
        lengths: vec![8, 4],
        temperature: 0.05,
        distillation: 1.0,
    };
    let parts = options.of(Task::Retrieval, &states, None).unwrap();
    assert!(parts.total.to_scalar::<f32>().unwrap().is_finite());
    let gradients = parts.total.backward().unwrap();
    let gradient = gradients.get(&states.queries).unwrap();
    let sum = gradient
        .abs()
        .unwrap()
        .sum_all()
        .unwrap()
        .to_scalar::<f32>()
        .unwrap();
    assert!(sum.is_finite(), "{sum}");
}
