use super::*;
use crate::recipe::Recipe;

const GOOD: &str = include_str!("../../../recipes/built-in.toml");

const ENDPOINT: &str = "
[teacher]
kind = \"endpoint\"
texts = 10
url = \"http://127.0.0.1:6363/v1/embeddings\"
model = \"m\"
query_prompt = \"\"
passage_prompt = \"\"
batch_texts = 32
characters_max = 2000
";

const QWEN3: &str = "
[teacher]
kind = \"qwen3\"
texts = 0
folder = \"tiny\"
tokens_max = 128
";

/// The built-in recipe with another teacher.
fn with(teacher: &str) -> String {
    let start = GOOD.find("[teacher]").unwrap_or(GOOD.len());
    let rest = &GOOD[start..];
    let end = rest[1..].find("\n[").map_or(rest.len(), |at| at + 2);
    format!("{}{}{teacher}", &GOOD[..start], &rest[end..])
}

#[test]
fn each_kind_is_read_and_no_teacher_needs_no_new_training() {
    let none = Recipe::parse(&with("")).unwrap();
    assert!(none.teacher.is_none());
    let endpoint = Recipe::parse(&with(ENDPOINT)).unwrap();
    let teacher = endpoint.teacher.unwrap();
    assert!(teacher.folder().is_none() && teacher.texts == 10);
    let qwen3 = Recipe::parse(&with(QWEN3)).unwrap();
    assert_eq!(qwen3.teacher.unwrap().folder(), Some("tiny"));
    assert_eq!(none.fingerprint, qwen3.fingerprint);
    let built_in = Recipe::parse(GOOD).unwrap().teacher.unwrap();
    let TeacherKind::Bert { prompts, .. } = &built_in.kind else {
        panic!("{built_in:?}")
    };
    assert_eq!(
        (prompts.query.as_str(), prompts.passage.as_str()),
        ("query: ", "passage: ")
    );
}

#[test]
fn all_problems_are_reported_at_once_with_their_keys() {
    let problems = |teacher: &str| -> Vec<String> {
        let problems = Recipe::parse(&with(teacher)).unwrap_err();
        problems.iter().map(ToString::to_string).collect()
    };
    let bad = ENDPOINT
        .replace("http://127", "ftp://127")
        .replace("batch_texts = 32", "batch_texts = 2049")
        .replace("model", "folder");
    let found = problems(&bad);
    for expected in [
        "`teacher.url`: must begin with `http://`",
        "`teacher.batch_texts`: is 2049, expected a whole number from 1 to 2048",
        "`teacher.model`: is missing",
        "`teacher.folder`: is not a key",
    ] {
        assert!(
            found.iter().any(|one| one.starts_with(expected)),
            "{found:#?}"
        );
    }
    assert_eq!(found.len(), 4, "{found:#?}");
    let found = problems(&ENDPOINT.replace("//127", "//me:secret@127"));
    assert!(
        found.len() == 1 && found[0].contains("--teacher-key-variable"),
        "{found:#?}"
    );
    let found = problems(&QWEN3.replace("qwen3", "gpt"));
    assert!(
        found[0].contains("`gpt`, expected `bert`, `qwen3` or `endpoint`"),
        "{found:#?}"
    );
    // A Qwen3 folder has prompts of its own.
    let found = problems(&format!("{QWEN3}query_prompt = \"\"\n"));
    assert!(
        found[0].contains("`teacher.query_prompt`: is not a key"),
        "{found:#?}"
    );
}

#[test]
fn a_request_decides_no_vector_and_a_prompt_does() {
    let fingerprint = |text: &str| {
        let teacher = Recipe::parse(&with(text)).unwrap().teacher.unwrap();
        teacher.fingerprint(Path::new("")).unwrap()
    };
    let smaller = ENDPOINT.replace("batch_texts = 32", "batch_texts = 8");
    assert_eq!(fingerprint(ENDPOINT), fingerprint(&smaller));
    let prompted = ENDPOINT.replace("query_prompt = \"\"", "query_prompt = \"q: \"");
    assert_ne!(fingerprint(ENDPOINT), fingerprint(&prompted));
}
