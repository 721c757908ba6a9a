use super::{InputKind, Prompts};

const QUERY: &str =
    "Instruct: Given a question, retrieve passages that can help answer the question.\nQuery: ";

#[test]
fn without_a_file_the_published_prompts_are_used() {
    for json in [None, Some("{}"), Some("{\"prompts\": null}")] {
        let prompts = Prompts::from_json(json).expect("prompts");
        assert_eq!(prompts.of(InputKind::Query), QUERY);
        assert_eq!(prompts.of(InputKind::Document), "");
    }
}

#[test]
fn prompts_of_the_file_are_kept_verbatim() {
    let json = r#"{"prompts": {"query": " Instruct: x\n\nQuery:  ", "document": "passage: "},
                   "default_prompt_name": null, "similarity_fn_name": "cosine"}"#;
    let prompts = Prompts::from_json(Some(json)).expect("prompts");
    assert_eq!(prompts.of(InputKind::Query), " Instruct: x\n\nQuery:  ");
    assert_eq!(prompts.of(InputKind::Document), "passage: ");
}

#[test]
fn a_prompt_the_file_leaves_out_is_empty() {
    let prompts = Prompts::from_json(Some("{\"prompts\": {}}")).expect("prompts");
    assert_eq!(prompts.of(InputKind::Query), "");
}

#[test]
fn what_is_no_prompt_file_is_refused() {
    for json in [
        "",
        "[]",
        "{\"prompts\": 3}",
        "{\"prompts\": {\"query\": 3}}",
    ] {
        Prompts::from_json(Some(json)).expect_err(json);
    }
}
