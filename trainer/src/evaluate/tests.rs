//! Whole evaluations with the built-in model on sets small enough to know the answer.

use embedder::{EmbedderOptions, ModelSource};

use super::*;
use crate::seed::Seed;

fn built_in() -> Embedder {
    Embedder::open(&ModelSource::BuiltIn, &EmbedderOptions::default()).unwrap()
}

/// A folder and a file in which the right answer shares its words with the question.
fn sets() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let beir = folder.path().join("beir");
    std::fs::create_dir(&beir).unwrap();
    let words = ["river", "engine", "violin", "harvest"];
    let lines = |line: &dyn Fn(usize) -> String| (0..words.len()).map(line).collect::<String>();
    let corpus = lines(&|at| {
        format!(
            "{{\"_id\": \"{at}\", \"text\": \"All about the {}.\"}}\n",
            words[at]
        )
    });
    let queries = lines(&|at| format!("{{\"_id\": \"{at}\", \"text\": \"{}\"}}\n", words[at]));
    let judged = lines(&|at| format!("{at}\t{at}\t1\n"));
    let sentences = lines(&|at| {
        let (word, other) = (words[at], words[(at + 1) % words.len()]);
        format!("the {word},the {word} here,5\nthe {word},some {other} there,{at}\n")
    });
    let sentences = ["sentence1,sentence2,score\n", &sentences].concat();
    std::fs::write(beir.join("corpus.jsonl"), corpus).unwrap();
    std::fs::write(beir.join("queries.jsonl"), queries).unwrap();
    std::fs::write(beir.join("qrels.tsv"), judged).unwrap();
    std::fs::write(folder.path().join("sts.csv"), sentences).unwrap();
    folder
}

#[test]
fn folders_and_files_are_measured_together() {
    let folder = sets();
    let (beir, sts) = (folder.path().join("beir"), folder.path().join("sts.csv"));
    let model = built_in();
    let report = evaluate(&model, &[&beir, &sts], &[]).unwrap();
    let lengths = |set: &report::SetReport| -> Vec<usize> {
        set.lengths.iter().map(|one| one.cut.length).collect()
    };
    assert_eq!(report.sets.len(), 2);
    assert_eq!(lengths(&report.sets[0]), model.info().prefix_lengths);
    let (_, ndcg) = report.sets[0].figure("nDCG@10").next().unwrap();
    assert!((ndcg.model.value - 1.0).abs() < 1e-12);
    assert!((ndcg.model.interval.low - 1.0).abs() < 1e-12);
    let (_, spearman) = report.sets[1].figure("Spearman").next().unwrap();
    assert!(spearman.model.value > 0.5, "{spearman:?}");
    assert!(spearman.model.interval.low <= spearman.model.value);
    assert!(spearman.model.interval.high >= spearman.model.value);
}

#[test]
fn a_model_beside_itself_differs_nowhere() {
    let folder = sets();
    let (beir, sts) = (folder.path().join("beir"), folder.path().join("sts.csv"));
    let model = built_in();
    let options = EvaluateOptions {
        lengths: vec![64, 16],
        recall_at: vec![1],
        resampling: Resampling {
            resamples: 200,
            seed: Seed(9),
        },
    };
    let report = evaluate_beside(&model, Some(&model), &[&beir, &sts], &options).unwrap();
    for set in &report.sets {
        for figure in set.lengths.iter().flat_map(|length| &length.figures) {
            let difference = figure.difference.unwrap();
            assert!(difference.estimate.value.abs() < 1e-12);
            assert!(!difference.is_significant, "{figure:?}");
        }
    }
    let again = evaluate_beside(&model, Some(&model), &[&beir, &sts], &options).unwrap();
    assert_eq!(again, report);
}

#[test]
fn impossible_options_are_refused() {
    let model = built_in();
    let folder = sets();
    let beir = folder.path().join("beir");
    let with = |recall_at: Vec<usize>| {
        let options = EvaluateOptions {
            recall_at,
            ..EvaluateOptions::default()
        };
        let found = evaluate_beside(&model, None, &[&beir], &options);
        found.unwrap_err().to_string()
    };
    assert!(with(vec![0]).contains("recall@0"));
    assert!(with(vec![1_001]).contains("1 to 1000"));
    assert!(with(vec![1; 9]).contains("at most 8"));
    let message = evaluate(&model, &[], &[]).unwrap_err().to_string();
    assert!(message.contains("no sets"), "{message}");
    let message = evaluate(&model, &[&folder.path().join("none")], &[]).unwrap_err();
    assert_eq!(message.kind(), crate::ErrorKind::NotFound);
}

#[test]
fn a_text_that_is_too_long_is_named_by_its_place() {
    let folder = sets();
    let beir = folder.path().join("beir");
    let line = |at: usize, text: &str| format!("{{\"_id\": \"{at}\", \"text\": \"{text}\"}}\n");
    let mut corpus: String = (0..80).map(|at| line(at, "short")).collect();
    corpus.push_str(&line(80, &"word ".repeat(9_000)));
    std::fs::write(beir.join("corpus.jsonl"), corpus).unwrap();
    let message = evaluate(&built_in(), &[&beir], &[])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("beir") && message.contains("document 81 has"),
        "{message}"
    );
}
