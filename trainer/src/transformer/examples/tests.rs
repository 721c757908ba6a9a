//! Lines are read or named, sources drawn in proportion, negatives by task.

use super::*;
use crate::seed::Seed;

fn listed(lines: &[String]) -> Result<Vec<Source>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pairs.jsonl");
    std::fs::write(&path, lines.join("\n")).unwrap();
    read(&[path])
}

fn line(number: usize, negatives: usize, more: &str) -> String {
    let negatives: Vec<String> = (0..negatives)
        .map(|at| format!("\"n{number}-{at}\""))
        .collect();
    let negatives = negatives.join(",");
    format!(
        "{{\"query\":\"q{number}\",\"positive\":\"p{number}\",\"negatives\":[{negatives}]{more}}}"
    )
}

#[test]
fn the_task_says_how_many_negatives_a_query_has() {
    for (task, expected) in [("retrieval", 7), ("clustering", 9), ("classification", 1)] {
        let more = format!(",\"task\":\"{task}\"");
        let lines: Vec<String> = (0..5).map(|at| line(at, 24, &more)).collect();
        let sources = listed(&lines).unwrap();
        assert_eq!((sources.len(), sources[0].negatives), (1, expected));
        let drawn = sources[0].draw(4, &mut Seed(1).stream("draw", 0));
        assert_eq!(drawn.queries.len(), 4);
        assert_eq!(drawn.negatives.len(), 4 * expected);
        for (at, negative) in drawn.negatives.iter().enumerate() {
            let own = &drawn.queries[at / expected][1..];
            assert!(negative.starts_with(&format!("n{own}-")), "{negative}");
        }
        assert_eq!(drawn, sources[0].draw(4, &mut Seed(1).stream("draw", 0)));
    }
}

#[test]
fn an_example_with_fewer_negatives_lowers_its_source() {
    let lines = [line(0, 24, ""), line(1, 3, "")];
    assert_eq!(listed(&lines).unwrap()[0].negatives, 3);
}

#[test]
fn sources_are_drawn_in_proportion_to_their_batches() {
    let mut lines: Vec<String> = (0..90)
        .map(|at| line(at, 0, ",\"source\":\"large\""))
        .collect();
    lines.extend((0..30).map(|at| line(at, 0, ",\"source\":\"small\"")));
    let sources = listed(&lines).unwrap();
    assert_eq!(sources.len(), 2);
    let large = (0..4_000)
        .filter(|&step| {
            let mut random = Seed(1).stream("source", step);
            pick(&sources, 10, &mut random).unwrap().name == "large"
        })
        .count();
    // 9 batches of 12; the deviation of the count is 27.
    assert!((2_850..3_150).contains(&large), "{large}");
}

#[test]
fn bad_lines_and_sources_are_named() {
    let many = line(0, NEGATIVES_MAX + 1, "");
    for (lines, problem) in [
        (vec![line(0, 0, ""), "{".to_owned()], "line 2: EOF"),
        (
            vec!["{\"query\":\"\",\"positive\":\"p\"}".to_owned()],
            "line 1: `query`",
        ),
        (vec![line(0, 0, ",\"tusk\":1")], "unknown field `tusk`"),
        (vec![many], "65 negatives, at most 64"),
        (vec![line(0, 0, "")], "source `pairs` has one example"),
        (
            vec![
                line(0, 0, ",\"task\":\"clustering\""),
                line(1, 9, ",\"task\":\"clustering\""),
            ],
            "without negatives",
        ),
    ] {
        let message = listed(&lines).unwrap_err().to_string();
        assert!(message.contains(problem), "{message}");
    }
}
