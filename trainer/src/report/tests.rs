//! Whole pages from files, and what is refused.

use serde_json::json;

use super::*;

const METRICS: &str = "\
{\"step\": 1, \"loss\": 2.0, \"loss_in_batch\": 1.5, \"gradient_norm\": 0.4, \"learning_rate\": 1e-5}
{\"step\": 2, \"loss\": 1.0, \"loss_in_batch\": 0.5, \"gradient_norm\": 0.3, \"learning_rate\": 2e-5}
{\"step\": 3, \"loss\": 0.5, \"tokens_per_second\": 900, \"held_out\": [{\"length\": 64, \"titles\": 0.5}, {\"length\": 8, \"titles\": 0.25}], \"queue\": 3}
";

fn evaluation(name: &str, value: f64, with_other: bool) -> serde_json::Value {
    let mut figure =
        json!({"figure": "nDCG@10", "value": value, "low": value - 0.05, "high": value + 0.05});
    let model = json!({"name": name, "fingerprint": "f", "dimensions": 64, "parameters": 9});
    let mut report = json!({
        "model": model, "confidence": 0.95, "resamples": 500, "seed": 1,
        "sets": [{
            "set": "<xquad>", "kind": "retrieval", "documents": 5, "queries": 3,
            "lengths": [{"length": 64, "figures": []}, {"length": 8, "figures": []}],
        }],
    });
    if with_other {
        figure["against"] = json!({"value": 0.5, "low": 0.4, "high": 0.6});
        figure["difference"] =
            json!({"value": 0.2, "low": 0.1, "high": 0.3, "is_significant": true});
        report["against"] =
            json!({"name": "old", "fingerprint": "g", "dimensions": 64, "parameters": 9});
    }
    for at in 0..2 {
        let length = &mut report["sets"][0]["lengths"][at];
        length["figures"] = json!([figure.clone()]);
        if with_other {
            length["against_length"] = length["length"].clone();
        }
    }
    report
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

fn inputs() -> ReportInputs {
    ReportInputs {
        title: "A run".to_owned(),
        ..ReportInputs::default()
    }
}

#[test]
fn every_series_has_a_plot_with_a_table() {
    let place = Place::new();
    let page = make(&ReportInputs {
        metrics: vec![place.file("run.jsonl", METRICS)],
        ..inputs()
    })
    .unwrap();
    let headings: Vec<&str> = page
        .split("<h2>")
        .skip(1)
        .map(|rest| rest.split("</h2>").next().unwrap())
        .collect();
    assert_eq!(
        headings,
        [
            "Losses (run)",
            "Gradient norm (run)",
            "Learning rate (run)",
            "Speed (run)",
            "Held out: titles (run)",
            "queue (run)"
        ]
    );
    assert_eq!(page.matches("<table>").count(), headings.len());
    assert_eq!(page.matches("role=\"img\"").count(), headings.len());
    assert!(page.contains("<th>step</th><th>loss</th><th>loss in batch</th>"));
    assert!(page.contains("<td>2</td><td>1.000</td><td>0.5000</td>"));
    assert!(page.contains("<th>step</th><th>64</th><th>8</th>"));
}

#[test]
fn the_page_needs_nothing_from_elsewhere_and_knows_the_dark() {
    let place = Place::new();
    let page = make(&ReportInputs {
        title: "<script>".to_owned(),
        metrics: vec![place.file("run.jsonl", METRICS)],
        ..ReportInputs::default()
    })
    .unwrap();
    for outside in ["http", "src=", "href=", "url(", "@import", "<script"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark"));
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn quality_is_shown_before_and_after_with_intervals() {
    let place = Place::new();
    let page = make(&ReportInputs {
        before: Some(place.file("a.json", &evaluation("old", 0.5, false).to_string())),
        after: Some(place.file("b.json", &evaluation("new", 0.7, false).to_string())),
        ..inputs()
    })
    .unwrap();
    assert!(page.contains("nDCG@10 on &lt;xquad&gt;"));
    assert_eq!(page.matches("class=\"interval\"").count(), 4);
    let row = "<td>64</td><td>0.500 (0.450 to 0.550)</td><td>0.700 (0.650 to 0.750)</td>";
    assert!(page.contains(row), "{page}");
    assert!(page.contains("measured apart"));
}

#[test]
fn what_was_compared_on_the_same_resamples_has_a_difference() {
    let place = Place::new();
    let page = make(&ReportInputs {
        after: Some(place.file("b.json", &evaluation("new", 0.7, true).to_string())),
        ..inputs()
    })
    .unwrap();
    assert!(
        page.contains("<td>+0.200 (+0.100 to +0.300), significant</td>"),
        "{page}"
    );
    assert!(page.contains("Before: old") && !page.contains("measured apart"));
    assert_eq!(page.matches("class=\"interval\"").count(), 4);
}

#[test]
fn nothing_to_show_and_wrong_files_are_refused() {
    let place = Place::new();
    let message = |inputs: ReportInputs| make(&inputs).unwrap_err().to_string();
    assert!(message(inputs()).contains("nothing to show"));
    let metrics = place.file("run.jsonl", METRICS);
    let early = ReportInputs {
        metrics: vec![metrics.clone()],
        before: Some(metrics.clone()),
        ..inputs()
    };
    assert!(message(early).contains("`after`, which is missing"));
    let wrong = ReportInputs {
        after: Some(metrics.clone()),
        ..inputs()
    };
    let wrong = message(wrong);
    assert!(
        wrong.contains("run.jsonl") && wrong.contains("evaluate --json"),
        "{wrong}"
    );
    let many = ReportInputs {
        metrics: vec![metrics; RUNS_MAX + 1],
        ..inputs()
    };
    assert!(message(many).contains("at most 16"));
}
