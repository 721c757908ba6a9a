//! Intervals against what theory says of them.

use super::*;

fn mean_of(values: &[f64], resampling: Resampling) -> Interval {
    let drawn = resampling.run(0, values.len(), |counts| vec![mean(values, counts)]);
    Interval::of(&drawn[0])
}

#[test]
fn quantiles_lie_between_neighbours() {
    // Definition 7: place = share * (n - 1). Of 0..=4: 0.1 * 4 = 0.4, 0.5 * 4 = 2.
    let sorted = [0.0, 1.0, 2.0, 3.0, 4.0];
    assert!((quantile(&sorted, 0.1) - 0.4).abs() < 1e-12);
    assert!((quantile(&sorted, 0.5) - 2.0).abs() < 1e-12);
    assert!((quantile(&sorted, 1.0) - 4.0).abs() < 1e-12);
    assert!((quantile(&[7.0], 0.3) - 7.0).abs() < 1e-12);
}

#[test]
fn the_interval_of_a_mean_is_that_of_its_normal_approximation() {
    // 400 values of mean 1/2 and deviation 1/2: the mean's deviation is 0.5 / sqrt(400) = 0.025,
    // and 1.96 of it to each side is 0.451 to 0.549.
    let values: Vec<f64> = (0..400).map(|at| f64::from(at % 2)).collect();
    let interval = mean_of(
        &values,
        Resampling {
            resamples: 4_000,
            seed: Seed(3),
        },
    );
    assert!((interval.low - 0.451).abs() < 0.004, "{interval:?}");
    assert!((interval.high - 0.549).abs() < 0.004, "{interval:?}");
}

#[test]
fn equal_seeds_give_equal_intervals_and_other_seeds_others() {
    let values: Vec<f64> = (0..50).map(|at| f64::from(at * at % 17)).collect();
    let with = |seed: u64| {
        mean_of(
            &values,
            Resampling {
                seed: Seed(seed),
                ..Resampling::default()
            },
        )
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

#[test]
fn sets_are_resampled_independently() {
    let resampling = Resampling::default();
    let values: Vec<f64> = (0..50).map(f64::from).collect();
    let draw = |set: usize| resampling.run(set, 50, |counts| vec![mean(&values, counts)]);
    assert_ne!(draw(0), draw(1));
}

#[test]
fn values_without_spread_have_an_interval_without_width() {
    let interval = mean_of(&[0.25; 30], Resampling::default());
    assert_eq!((interval.low, interval.high), (0.25, 0.25));
    assert!(interval.excludes_zero());
    assert!(!mean_of(&[-1.0, 1.0], Resampling::default()).excludes_zero());
}

#[test]
fn too_few_and_too_many_resamples_are_refused() {
    for resamples in [99, 100_001] {
        let resampling = Resampling {
            resamples,
            ..Resampling::default()
        };
        let message = resampling.check().unwrap_err().to_string();
        assert!(message.contains("100 to 100000"), "{message}");
    }
    assert!(Resampling::default().check().is_ok());
}
