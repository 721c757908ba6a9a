use super::ModelSource;
use crate::error::ErrorKind;

#[test]
fn the_three_forms_are_told_apart() {
    assert_eq!(
        ModelSource::parse("built-in").expect("built-in"),
        ModelSource::BuiltIn
    );
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().to_str().expect("UTF-8");
    let source = ModelSource::parse(path).expect("folder");
    assert_eq!(source, ModelSource::Folder(folder.path().to_owned()));
    // The tests run in the crate's folder.
    let source = ModelSource::parse("src").expect("relative");
    assert_eq!(source, ModelSource::Folder("src".into()));
    let name = "codefuse-ai/F2LLM-v2-80M";
    assert_eq!(
        ModelSource::parse(name).expect("name"),
        ModelSource::Name(name.to_owned())
    );
}

#[test]
fn what_is_none_of_them_is_refused() {
    for bad in [
        "",
        "no-such-folder",
        "/no/such/folder",
        "a/b/c",
        "../x",
        "a/..",
        "a b/c",
        "-a/b",
        "a/",
    ] {
        let error = ModelSource::parse(bad).expect_err(bad);
        assert_eq!(error.kind(), ErrorKind::Invalid, "{bad}");
        assert!(error.to_string().contains("built-in"), "{error}");
    }
}

#[test]
fn a_source_is_shown_as_it_is_parsed() {
    for given in ["built-in", "codefuse-ai/F2LLM-v2-80M"] {
        assert_eq!(ModelSource::parse(given).expect(given).to_string(), given);
    }
}
