use std::collections::BTreeMap;

use super::super::facet::{FacetRequest, FacetValue};
use super::super::filter::{Scalar, any_element_at};
use super::super::order::Ordered;
use super::support::{Library, filters};

/// Counted payload by payload.
fn counted(library: &Library, request: &FacetRequest) -> Vec<FacetValue> {
    let mut counts: BTreeMap<Ordered, u64> = BTreeMap::new();
    for (_, payload) in library.passing(request.filter.as_ref()) {
        let mut values = Vec::new();
        any_element_at(payload, &request.key, &mut |element| {
            values.extend(Scalar::of(element).map(Ordered::of_scalar));
            false
        });
        values.sort();
        values.dedup();
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.truncate(request.limit);
    counts
        .into_iter()
        .map(|(value, count)| FacetValue {
            value: value.into_value(),
            count,
        })
        .collect()
}

#[test]
fn counts_are_those_of_the_payloads() {
    for seed in 0..4 {
        let library = Library::new(seed);
        assert!(library.collection.dirty.count() > 0, "nothing is dirty");
        for settled in [false, true] {
            for filter in filters() {
                for (key, limit) in [("color.shade", 10_000), ("color.shade", 3), ("group", 10)] {
                    let request = FacetRequest {
                        key: key.to_owned(),
                        filter: filter.clone(),
                        limit,
                    };
                    let found = library.collection.facet(&request).expect("counted");
                    assert!(!found.is_empty(), "{request:?}");
                    assert_eq!(found, counted(&library, &request), "{settled} {request:?}");
                }
            }
            library.collection.settle().expect("indexed");
        }
        library.engine.close().expect("closed");
    }
}

#[test]
fn a_path_without_values_has_none() {
    let library = Library::new(9);
    let request = |key: &str| FacetRequest {
        key: key.to_owned(),
        filter: None,
        limit: 5,
    };
    // An object is no value, and an absent key has none.
    for key in ["color", "absent"] {
        assert_eq!(
            library.collection.facet(&request(key)).expect("counted"),
            []
        );
    }
    for (key, limit, code) in [("", 5, "key_invalid"), ("a", 0, "limit_out_of_range")] {
        let request = FacetRequest {
            limit,
            ..request(key)
        };
        let error = library.collection.facet(&request).expect_err("refused");
        assert_eq!(error.code(), code);
    }
}
