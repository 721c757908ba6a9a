use super::{AnswerReader, ImportEvent};
use crate::error::{Error, ErrorKind};

fn read(text: &str, size: usize) -> (Vec<ImportEvent>, Result<super::ImportSummary, Error>) {
    let mut events = Vec::new();
    let mut reader = AnswerReader::default();
    for chunk in text.as_bytes().chunks(size) {
        reader
            .take(chunk, "u", &mut |event| events.push(event))
            .expect("lines");
    }
    (events, reader.finish("u"))
}

const FAULT: &str = r#"{"line":2,"code":"id_empty","detail":"d","field":"id"}"#;

#[test]
fn lines_are_read_however_they_arrive() {
    let done = r#"{"lines":3,"upserted":2,"failed":1,"sequence":9,"done":true}"#;
    let text = format!("{FAULT}\n{done}\n");
    for size in [1, 7, 1_000] {
        let (events, summary) = read(&text, size);
        assert_eq!(events.len(), 2, "in chunks of {size}");
        assert!(matches!(&events[0], ImportEvent::Fault(fault) if fault.line == 2));
        let summary = summary.expect("done");
        assert!(summary.is_done);
        assert_eq!(summary.progress.lines, 3);
    }
}

#[test]
fn a_bad_line_that_stopped_the_import_is_no_error_but_not_done() {
    let stopped = r#"{"lines":2,"upserted":1,"failed":1,"sequence":9,"done":false}"#;
    let (_, summary) = read(&format!("{FAULT}\n{stopped}\n"), 1_000);
    assert!(!summary.expect("as asked").is_done);
}

#[test]
fn what_ended_the_import_is_an_error() {
    let fault = r#"{"line":5,"code":"shutting_down","detail":"d"}"#;
    let stopped = r#"{"lines":4,"upserted":4,"failed":0,"sequence":9,"done":false}"#;
    let (_, summary) = read(&format!("{fault}\n{stopped}\n"), 1_000);
    let error = summary.expect_err("ended");
    assert!(
        matches!(error, Error::ImportEnded { line: 5, .. }),
        "{error}"
    );
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn an_answer_that_breaks_off_is_an_error() {
    let (_, summary) = read(
        "{\"lines\":1,\"upserted\":1,\"failed\":0,\"sequence\":1}\n",
        1_000,
    );
    assert_eq!(summary.expect_err("no end").kind(), ErrorKind::Server);
}
