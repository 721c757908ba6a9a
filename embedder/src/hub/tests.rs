use super::fetch;
use crate::error::{Error, ErrorKind};

#[test]
fn offline_names_the_folder_as_the_way_forward() {
    let error = fetch("no-such-owner/no-such-model", true).expect_err("not in the cache");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("folder"), "{error}");
    assert!(
        error.to_string().contains("no-such-owner/no-such-model"),
        "{error}"
    );
}

#[test]
fn what_is_no_name_never_reaches_the_cache() {
    for bad in ["../../etc", "a/b/c", "/etc", "owner/..", ""] {
        let error = fetch(bad, true).expect_err(bad);
        assert!(matches!(error, Error::SourceUnknown { .. }), "{error}");
    }
}
