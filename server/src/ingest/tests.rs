use super::{GROUP_TEXTS_MAX, check_chunking, check_text, default_chunking, groups};
use crate::wire::collection::Chunking;

#[test]
fn default_chunks_fit_every_model() {
    for tokens_max in [8, 16, 128, 512, 8_192] {
        let chunking = default_chunking(tokens_max);
        assert!(chunking.tokens as usize <= tokens_max);
        assert_eq!(check_chunking(chunking, tokens_max), Ok(chunking));
    }
}

#[test]
fn chunks_that_go_nowhere_are_refused() {
    let cases = [
        (15, 0, "chunking.tokens"),
        (513, 0, "chunking.tokens"),
        (100, 51, "chunking.overlap"),
    ];
    for (tokens, overlap, field) in cases {
        let error = check_chunking(Chunking { tokens, overlap }, 512).expect_err(field);
        assert_eq!(
            (error.code, error.field.as_deref()),
            ("chunking_out_of_range", Some(field))
        );
    }
}

#[test]
fn the_limit_on_texts_is_reached_and_not_passed() {
    assert_eq!(check_text("12345", "text", 5), Ok(()));
    assert_eq!(
        check_text("123456", "text", 5).expect_err("long").code,
        "text_too_long"
    );
    assert_eq!(
        check_text(" \n\t", "text", 5).expect_err("empty").code,
        "text_empty"
    );
}

#[test]
fn groups_keep_order_and_bounds() {
    let texts: Vec<String> = (0..600).map(|number| number.to_string()).collect();
    let found = groups(&texts, String::len, 1 << 20);
    assert!(found.iter().all(|group| group.len() <= GROUP_TEXTS_MAX));
    assert_eq!(found.concat(), texts);
    let texts = vec!["aaaa".to_owned(), "b".repeat(100), "cc".to_owned()];
    let found = groups(&texts, String::len, 10);
    assert_eq!(found.len(), 3);
    assert_eq!(found.concat(), texts);
    let (two, one) = (["aa".to_owned(), "bbb".to_owned()], 5);
    assert_eq!(groups(&two, String::len, one).len(), 1, "reached");
    assert_eq!(groups(&two, String::len, one - 1).len(), 2, "passed");
    assert!(groups(&[], String::len, 10).is_empty());
}
