//! What is taken from a metrics file, and what is refused.

use super::*;

fn read(content: &str) -> Result<Run> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.jsonl");
    std::fs::write(&path, content).unwrap();
    Run::read(&path)
}

#[test]
fn every_number_is_a_series_and_the_rest_is_ignored() {
    let run = read(
        "{\"step\": 0, \"loss\": 2.5, \"note\": \"begin\", \"gradient_norm\": null}\n\
         {\"step\": 10, \"loss\": 2, \"held_out\": {\"ndcg\": 0.5, \"by\": {\"de\": 0.25}}}\n\
         {\"step\": 20, \"held_out\": [{\"length\": 320, \"titles\": 0.75}, {\"titles\": 1}, 7]}\n",
    )
    .unwrap();
    let names: Vec<&str> = run.series.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "held_out.320.titles",
            "held_out.by.de",
            "held_out.ndcg",
            "loss"
        ]
    );
    assert_eq!(run.name, "run");
    assert_eq!(run.series["loss"], BTreeMap::from([(0, 2.5), (10, 2.0)]));
    assert_eq!(
        run.series["held_out.320.titles"],
        BTreeMap::from([(20, 0.75)])
    );
}

#[test]
fn a_step_said_again_counts_as_said_last() {
    let run = read(
        "{\"step\": 1, \"loss\": 3}\n{\"step\": 2, \"loss\": 9}\n{\"step\": 2, \"loss\": 1}\n",
    );
    assert_eq!(
        run.unwrap().series["loss"],
        BTreeMap::from([(1, 3.0), (2, 1.0)])
    );
}

#[test]
fn a_line_without_a_step_names_file_and_line() {
    for line in [
        "{\"loss\": 1}",
        "{\"step\": -1}",
        "{\"step\": \"2\"}",
        "[1]",
    ] {
        let message = read(&format!("{{\"step\": 0, \"loss\": 1}}\n{line}\n"));
        let message = message.unwrap_err().to_string();
        assert!(message.contains("run.jsonl` line 2"), "{message}");
    }
    let message = read("{\"step\": 0}\n").unwrap_err().to_string();
    assert!(
        message.contains("no line with a `step` and a number"),
        "{message}"
    );
}

#[test]
fn names_and_levels_are_bounded() {
    let many: Vec<String> = (0..=SERIES_MAX).map(|at| format!("\"a{at}\": 1")).collect();
    let message = read(&format!("{{\"step\": 0, {}}}\n", many.join(", ")));
    let message = message.unwrap_err().to_string();
    assert!(message.contains("at most 256"), "{message}");
    let run = read(
        "{\"step\": 0, \"a\": {\"b\": {\"c\": {\"d\": 1}}}, \"e\": {\"f\": {\"g\": {\"h\": {\"i\": 1}}}}}",
    );
    let names: Vec<String> = run.unwrap().series.into_keys().collect();
    assert_eq!(names, ["a.b.c.d"]);
}
