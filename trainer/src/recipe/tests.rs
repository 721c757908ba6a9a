//! A good recipe is read whole; a bad one names every problem.

use super::*;

const GOOD: &str = include_str!("../../recipes/built-in.toml");

fn problems(text: &str) -> Vec<String> {
    let problems = Recipe::parse(text).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn the_built_in_recipe_is_good() {
    let recipe = Recipe::parse(GOOD).unwrap();
    assert_eq!(recipe.name, "kukla-small-1");
    assert_eq!(recipe.distill.objective.lengths[0].0, recipe.dimensions);
    assert_eq!(recipe.fingerprint.len(), 16);
}

#[test]
fn all_problems_are_reported_at_once_with_their_keys() {
    let bad = GOOD
        .replace("seed = 1", "seed = \"one\"")
        .replace("temperature = 0.05", "temperature = 0.0")
        .replace("card = ", "cart = ")
        .replace("[vocabulary]", "[vocabulary]\nstrange = true")
        .replace("texts = \"texts.jsonl.gz\"\n", "")
        .replace("[\"help.jsonl.gz\", ", "[\"\", ")
        .replace("join_marks = true", "join_marks = 1")
        .replace("hi = 6000", "hi = -1")
        .replace("en = 30000", "en = 80001")
        .replace("rarity = 0.75", "rarity = 3.0")
        .replace("bits = \"nested\"", "bits = 5")
        .replace("flatten = 0.7", "flatten = 2.0")
        .replace("arabic", "klingon");
    let problems = problems(&bad);
    let expected = [
        "`seed`: is \"one\", expected a whole number",
        "`inputs.texts`: is missing",
        "`inputs.parallels`: is [\"\", \"dictionary.jsonl.gz\"], expected a list of at most 64 texts",
        "`vocabulary.join_marks`: is 1, expected true or false",
        "`vocabulary.languages.en`: is 80001, expected a whole number from 0 to 80000",
        "`vocabulary.learned.hi`: is -1, expected a whole number",
        "`vocabulary.strange`: is not a key",
        "`vocabulary.scripts.klingon`: is no script",
        "`distill.temperature`: is 0.0, expected a number from 0.03 to 10",
        "`export.bits`: is 5, expected one of 8, 4, nested",
        "`export.flatten`: is 2.0, expected a number from 0 to 1",
        "`export.weigh.rarity`: is 3.0, expected a number from 0 to 2",
        "`export.card`: is missing",
        "`export.cart`: is not a key",
    ];
    for expected in expected {
        assert!(
            problems.iter().any(|one| one.starts_with(expected)),
            "{expected}: {problems:#?}"
        );
    }
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
}

#[test]
fn codes_of_a_row_fill_its_bytes() {
    let bad = GOOD
        .replace("dimensions = 1024", "dimensions = 1000")
        .replace("lengths = [1024", "lengths = [1000");
    let problems = problems(&bad);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(
        problems[0].starts_with("`export.bits`: a row has 1000 values"),
        "{problems:#?}"
    );
}

#[test]
fn words_need_a_lexicon() {
    let lexicon = GOOD.find("[inputs.lexicon]").unwrap();
    let next = GOOD.find("[vocabulary]").unwrap();
    let bad = format!("{}{}", &GOOD[..lexicon], &GOOD[next..]);
    let problems = problems(&bad);
    assert_eq!(problems.len(), 1, "{problems:#?}");
    assert!(problems[0].starts_with("`distill.words`: needs `inputs.lexicon`"));
    let without = bad.replace("words = 1024\n", "");
    assert!(Recipe::parse(&without).unwrap().inputs.lexicon.is_none());
}

#[test]
fn the_error_lists_the_problems_and_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.toml");
    std::fs::write(&path, "name = 3\n").unwrap();
    let message = Recipe::read(&path).unwrap_err().to_string();
    assert!(message.contains("bad.toml"), "{message}");
    assert!(
        message.contains("`name`: is 3") && message.contains("`distill.steps`"),
        "{message}"
    );
}

#[test]
fn lengths_must_descend_from_the_full_size() {
    let wrong = ["[64, 1024]", "[256, 64]", "[1024, 1024]", "[]", "[1024, 0]"];
    for lengths in wrong {
        let bad = GOOD.replace("[1024, 512, 256, 128, 64, 32, 16, 8]", lengths);
        assert!(
            problems(&bad)
                .iter()
                .any(|one| one.contains("`student.length")),
            "{lengths}"
        );
    }
}

#[test]
fn a_table_beyond_the_limit_is_refused() {
    let bad = GOOD.replace("tokens = 80000", "tokens = 1000000");
    assert!(
        problems(&bad)
            .iter()
            .any(|one| one.contains("`student.dimensions`: times tokens"))
    );
}

const TRANSFORMER: &str = "
[transformer]
layers = 2
head_dim = 64
intermediate = 256
positions = 8192
batch = 64
tokens_max = [32, 128]
steps = 1000
learning_rate = 1e-4
warm_up_steps = 100
lengths = [1024, 64]
temperature = 0.05
distillation = 1.0
save_every_steps = 100
";

#[test]
fn a_transformer_stage_is_there_where_the_recipe_has_one() {
    assert!(Recipe::parse(GOOD).unwrap().transformer.is_none());
    let (good, _) = GOOD.split_once("[export.weigh]").unwrap();
    let weighed = problems(&format!("{GOOD}{TRANSFORMER}"));
    assert_eq!(weighed.len(), 1, "{weighed:#?}");
    assert!(weighed[0].starts_with("`export.weigh`: sets the lengths of a static table"));
    let recipe = Recipe::parse(&format!("{good}{TRANSFORMER}")).unwrap();
    assert_eq!(recipe.transformer.unwrap().shape.layers, 2);
    let bad = TRANSFORMER
        .replace("[1024, 64]", "[320, 64]")
        .replace("layers = 2", "layers = 0");
    let problems = problems(&format!("{good}{bad}"));
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(
        problems[0].contains("`transformer.layers`: is 0"),
        "{problems:#?}"
    );
    assert!(
        problems[1].contains("`transformer.lengths`: must start"),
        "{problems:#?}"
    );
}

#[test]
fn text_that_is_no_toml_is_one_problem() {
    assert_eq!(problems("name = [").len(), 1);
}

#[test]
fn the_fingerprint_covers_training_and_not_comments_or_export() {
    let fingerprint = |text: &str| Recipe::parse(text).unwrap().fingerprint;
    let same = format!("# A comment.\n{GOOD}").replace("tokens_max = 8192", "tokens_max = 512");
    assert_eq!(fingerprint(GOOD), fingerprint(&same));
    let other = GOOD.replace("seed = 1", "seed = 2");
    assert_ne!(fingerprint(GOOD), fingerprint(&other));
}
