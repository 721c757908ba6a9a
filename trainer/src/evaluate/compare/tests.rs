//! Which lengths are compared, and when a difference is called significant.

use rand::Rng;

use super::*;
use crate::seed::Seed;

fn cut(length: usize, against_length: Option<usize>) -> Cut {
    Cut {
        length,
        against_length,
    }
}

#[test]
fn full_lengths_meet_first_then_equal_ones() {
    let lengths = [320, 256, 128];
    assert_eq!(
        cuts(&lengths, None, &[]).unwrap(),
        [cut(320, None), cut(256, None), cut(128, None)]
    );
    assert_eq!(
        cuts(&lengths, Some(320), &[]).unwrap(),
        [
            cut(320, Some(320)),
            cut(256, Some(256)),
            cut(128, Some(128))
        ]
    );
    let longer = [
        cut(320, Some(1024)),
        cut(320, Some(320)),
        cut(256, Some(256)),
        cut(128, Some(128)),
    ];
    assert_eq!(cuts(&lengths, Some(1024), &[]).unwrap(), longer);
    let shorter = [cut(320, Some(200)), cut(256, None), cut(128, Some(128))];
    assert_eq!(cuts(&lengths, Some(200), &[]).unwrap(), shorter);
}

#[test]
fn lengths_named_are_taken_and_impossible_ones_refused() {
    let named = cuts(&[320, 256], Some(64), &[64, 100]).unwrap();
    assert_eq!(named, [cut(64, Some(64)), cut(100, None)]);
    for length in [0, 321] {
        let message = cuts(&[320], None, &[length]).unwrap_err().to_string();
        assert!(message.contains("1 to 320"), "{message}");
    }
}

fn set(name: &str, model: Vec<f64>, against: Option<Vec<f64>>) -> MeasuredSet {
    let items = model.len();
    let measured = Measured {
        figure: "nDCG@10".to_owned(),
        model: Items::Queries(model),
        against: against.map(Items::Queries),
    };
    MeasuredSet {
        set: name.to_owned(),
        kind: SetKind::Retrieval {
            documents: 9,
            queries: items,
        },
        items,
        rows: vec![(cut(8, Some(8)), vec![measured])],
    }
}

fn difference(model: Vec<f64>, against: Vec<f64>) -> Difference {
    let measured = set("one", model, Some(against));
    let resampled = Resampled::of(&measured, 0, &Resampling::default());
    let report = FigureReport::of(&resampled.rows[0].figures[0]);
    report.difference.unwrap()
}

#[test]
fn a_small_but_steady_difference_is_significant_and_noise_is_not() {
    let mut random = Seed(8).stream("values", 0);
    let hard: Vec<f64> = (0..300).map(|_| random.random::<f64>()).collect();
    // Each query 0.01 better: far within the spread of the queries, yet the same on all of them.
    let better: Vec<f64> = hard.iter().map(|value| value + 0.01).collect();
    let steady = difference(better, hard.clone());
    assert!(steady.is_significant, "{steady:?}");
    assert!((steady.estimate.value - 0.01).abs() < 1e-9);
    let shuffled: Vec<f64> = (0..300).map(|_| random.random::<f64>()).collect();
    let noise = difference(shuffled, hard);
    assert!(!noise.is_significant, "{noise:?}");
}

#[test]
fn the_mean_counts_every_set_alike() {
    let sets = [
        set("small", vec![1.0; 10], None),
        set("large", vec![0.0; 1000], None),
    ];
    let resampling = Resampling::default();
    let resampled: Vec<Resampled> = sets
        .iter()
        .enumerate()
        .map(|(number, set)| Resampled::of(set, number, &resampling))
        .collect();
    let means = Resampled::means(&resampled);
    assert_eq!(means.len(), 1);
    assert_eq!(means[0].kind, SetKind::Mean { sets: 2 });
    let figure = &means[0].rows[0].figures[0];
    assert!((figure.model.value - 0.5).abs() < 1e-12);
    assert_eq!(figure.model.resampled.len(), resampling.resamples);
    assert!(Resampled::means(&resampled[..1]).is_empty());
}

#[test]
fn the_other_model_is_left_out_of_a_mean_where_a_set_lacks_it() {
    let sets = [
        set("one", vec![1.0, 0.0], Some(vec![0.5, 0.5])),
        set("two", vec![0.0, 0.0], None),
    ];
    let resampled: Vec<Resampled> = sets
        .iter()
        .map(|set| Resampled::of(set, 0, &Resampling::default()))
        .collect();
    let mean = &Resampled::means(&resampled)[0].rows[0].figures[0];
    assert_eq!(mean.against, None);
}
