use super::{Answer, FAULTS_WAITING_MAX};
use crate::problem::ApiError;
use crate::wire::import::{ImportFault, ImportProgress};

fn progress(lines: u64, done: Option<bool>) -> ImportProgress {
    ImportProgress {
        lines,
        done,
        ..ImportProgress::default()
    }
}

#[tokio::test]
async fn progress_that_is_not_read_is_replaced() {
    let answer = Answer::default();
    answer.progress(progress(1, None));
    answer.progress(progress(2, None));
    let bytes = answer.next().await.expect("progress");
    let text = r#"{"lines":2,"upserted":0,"failed":0,"sequence":0}"#;
    assert_eq!(bytes, format!("{text}\n"));
    answer.progress(progress(3, Some(true)));
    assert!(answer.next().await.is_some());
    assert_eq!(answer.next().await, None);
}

#[tokio::test]
async fn faults_are_bounded_and_come_before_the_progress_that_covers_them() {
    let answer = Answer::default();
    for line in 0..FAULTS_WAITING_MAX as u64 + 5 {
        let error = ApiError::invalid("id", "id_empty", "empty");
        answer.fault(ImportFault::new(line + 1, error));
    }
    answer.progress(progress(2_000, Some(true)));
    let bytes = answer.next().await.expect("lines");
    let text = std::str::from_utf8(&bytes).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), FAULTS_WAITING_MAX + 1);
    assert_eq!(
        lines[0],
        r#"{"line":1,"code":"id_empty","detail":"empty","field":"id"}"#
    );
    assert!(lines[FAULTS_WAITING_MAX].starts_with(r#"{"lines":2000"#));
    assert_eq!(answer.next().await, None);
}
