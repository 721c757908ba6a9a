use std::collections::HashSet;
use std::fs;
use std::path::Path;

use super::{TABLE, find};

#[test]
fn every_code_has_one_row_and_a_status_of_its_own_kind() {
    let mut seen = HashSet::new();
    for row in TABLE {
        assert!(seen.insert(row.code), "`{}` has two rows", row.code);
        assert!((400..=599).contains(&row.status), "{row:?}");
        assert_eq!(row.status().as_u16(), row.status);
        assert!(
            !row.title.is_empty() && !row.title.ends_with('.'),
            "{row:?}"
        );
    }
}

/// Reads the sources, because a code that is answered and not listed breaks the contract.
#[test]
fn every_code_in_the_sources_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = HashSet::new();
    for folder in ["src", "../engine/src"] {
        collect(&root.join(folder), &mut found);
    }
    assert!(
        found.contains("dimension_mismatch"),
        "the engine's codes were not read"
    );
    assert!(
        found.contains("route_not_found"),
        "the server's codes were not read"
    );
    let mut missing: Vec<_> = found.iter().filter(|code| find(code).is_none()).collect();
    missing.sort();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
}

/// The first string after each call that makes an error, if it looks like a code.
fn collect(folder: &Path, found: &mut HashSet<String>) {
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            for call in ["Error::invalid(", "ApiError::new(", "fault(\""] {
                for (start, _) in text.match_indices(call) {
                    let end = text.len().min(start + 300);
                    let call = text.get(start..end).unwrap_or_default();
                    found.extend(code_in(call).map(str::to_owned));
                }
            }
        }
    }
}

/// A literal of lower-case words joined by underscores, before the call's end.
fn code_in(call: &str) -> Option<&str> {
    let call = call.split(';').next().unwrap_or(call);
    call.split('"').skip(1).step_by(2).find(|literal| {
        literal.contains('_')
            && !literal.contains("__")
            && literal
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && !FIELDS.contains(literal)
    })
}

/// Names of fields that stand before the code in a call.
const FIELDS: &[&str] = &["must_not", "order_by"];
