use super::*;

fn string(text: &str) -> Ordered {
    Ordered::String(text.to_owned())
}

#[test]
fn the_most_frequent_come_first_then_the_smaller_values() {
    let mut counts = Counts::new(10, 100);
    for (value, points) in [("c", 1), ("a", 1), ("b", 2), ("a", 1), ("d", 1)] {
        counts.add(string(value), points).expect("within bounds");
    }
    let found = counts.into_most_frequent(3);
    let found: Vec<_> = found
        .into_iter()
        .map(|found| (found.value, found.count))
        .collect();
    let value = |text: &str| Value::String(text.to_owned());
    assert_eq!(found, [(value("a"), 2), (value("b"), 2), (value("c"), 1)]);
}

#[test]
fn values_and_their_bytes_are_bounded() {
    let mut counts = Counts::new(2, 5);
    counts.add(string("abc"), 1).expect("within bounds");
    let error = counts.add(string("def"), 1).expect_err("too many bytes");
    assert_eq!(error.code(), "facet_too_many_values");
    counts.add(string("de"), 1).expect("within bounds");
    counts.add(string("de"), 1).expect("known already");
    let error = counts
        .add(Ordered::Bool(true), 1)
        .expect_err("too many values");
    assert_eq!(error.code(), "facet_too_many_values");
}
