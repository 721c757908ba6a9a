//! Streamed imports.

use std::io;

use bytes::Bytes;
use futures_util::stream;
use kukla_client::{ImportEvent, ImportFault, ImportOptions, OnError, Wait};

use crate::support::Service;

const PATH: &str = "/v1/collections/docs/points";
const NDJSON: &str = "application/x-ndjson";

async fn put(service: &Service, query: &str, body: &str) -> Vec<serde_json::Value> {
    let path = format!("{PATH}{query}");
    let reply = service
        .send("PUT", &path, NDJSON, body.as_bytes().to_vec())
        .await;
    assert_eq!(
        (reply.status, reply.kind.as_str()),
        (200, NDJSON),
        "{}",
        reply.text
    );
    reply
        .text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn a_bad_line_is_reported_by_its_number_and_skipped() {
    let service = Service::start().await.with_collections().await;
    let body = "{\"id\":1,\"text\":\"one\"}\n\nbroken\n{\"id\":2}\n{\"id\":3,\"text\":\" \"}\n{\"id\":4,\"txt\":1}\n{\"id\":5,\"text\":\"five\"}";
    let lines = put(&service, "", body).await;
    let faults: Vec<_> = lines
        .iter()
        .filter(|line| line.get("line").is_some())
        .map(|line| {
            (
                line["line"].as_u64().unwrap_or(0),
                line["code"].as_str().unwrap_or("").to_owned(),
                line["field"].as_str().unwrap_or("").to_owned(),
            )
        })
        .collect();
    let expected = [
        (3, "invalid_json", "body"),
        (4, "text_required", "text"),
        (5, "text_empty", "text"),
        (6, "unknown_field", "txt"),
    ];
    let expected = expected.map(|(line, code, field)| (line, code.to_owned(), field.to_owned()));
    assert_eq!(faults, expected);
    let last = lines.last().expect("the end");
    assert_eq!(
        (
            last["lines"].as_u64(),
            last["upserted"].as_u64(),
            last["failed"].as_u64(),
            last["done"].as_bool()
        ),
        (Some(7), Some(2), Some(4), Some(true))
    );
    assert_eq!(
        service.client.count("docs", None).await.expect("counted"),
        2
    );
}

#[tokio::test]
async fn lines_that_only_the_engine_refuses_are_reported_too() {
    let service = Service::start().await.with_collections().await;
    let body = "{\"id\":1,\"text\":\"one\",\"if_sequence\":99}\n{\"id\":2,\"text\":\"two\"}\n";
    let lines = put(&service, "", body).await;
    assert_eq!(
        (lines[0]["line"].as_u64(), lines[0]["code"].as_str()),
        (Some(1), Some("sequence_conflict")),
        "{lines:?}"
    );
    let last = lines.last().expect("the end");
    assert_eq!(
        (
            last["upserted"].as_u64(),
            last["failed"].as_u64(),
            last["done"].as_bool()
        ),
        (Some(1), Some(1), Some(true))
    );
}

#[tokio::test]
async fn on_error_stop_commits_what_came_before() {
    let service = Service::start().await.with_collections().await;
    let body = "{\"id\":1,\"text\":\"one\"}\nbroken\n{\"id\":3,\"text\":\"three\"}\n";
    let lines = put(&service, "?on_error=stop", body).await;
    let last = lines.last().expect("the end");
    assert_eq!(
        (
            last["lines"].as_u64(),
            last["upserted"].as_u64(),
            last["done"].as_bool()
        ),
        (Some(2), Some(1), Some(false)),
        "{lines:?}"
    );
    let body = "{\"id\":5,\"text\":\"a\"}\n{\"id\":6,\"text\":\"b\",\"if_sequence\":99}\n{\"id\":7,\"text\":\"c\"}\n";
    let lines = put(&service, "?on_error=stop", body).await;
    let last = lines.last().expect("the end");
    assert_eq!(
        (
            last["lines"].as_u64(),
            last["upserted"].as_u64(),
            last["done"].as_bool()
        ),
        (Some(2), Some(1), Some(false)),
        "{lines:?}"
    );
    assert_eq!(
        service.client.count("docs", None).await.expect("counted"),
        2
    );
}

#[tokio::test]
async fn a_connection_goes_on_after_an_import_that_ended_early() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let service = Service::start().await.with_collections().await;
    let mut stream = tokio::net::TcpStream::connect(service.server.address())
        .await
        .expect("connected");
    let head = "PUT /v1/collections/vectors/points?on_error=stop HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(b"7\r\nbroken\n\r\n").await.expect("sent");
    // Behind the line that ends the import: more than a read takes at once.
    let lines = "{\"id\":\"x\",\"vector\":[1,0]}\n".repeat(10_000);
    let rest = format!("{:x}\r\n{lines}\r\n0\r\n\r\n", lines.len());
    stream.write_all(rest.as_bytes()).await.expect("sent");
    let next = "GET /v1/collections/vectors HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    stream.write_all(next.as_bytes()).await.expect("sent");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.expect("read");
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
    assert!(answers.contains(r#""done":false"#), "{answers}");
}

#[tokio::test]
async fn the_later_of_two_lines_with_one_id_wins() {
    let service = Service::start().await.with_collections().await;
    let body: String = (0..200)
        .map(|number| format!("{{\"id\":1,\"text\":\"version {number}\"}}\n"))
        .collect();
    let lines = put(&service, "", &body).await;
    assert_eq!(lines.last().expect("the end")["upserted"], 200);
    let point = service
        .client
        .get_point("docs", 1, kukla_client::Include::default())
        .await
        .expect("there");
    assert_eq!(point.text.as_deref(), Some("version 199"));
}

#[tokio::test]
async fn each_line_is_acknowledged_before_the_next_is_sent() {
    let service = Service::start().await.with_collections().await;
    let (sender, receiver) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(1);
    let lines = stream::unfold(receiver, |mut receiver| async move {
        let line = receiver.recv().await?;
        Some((line, receiver))
    });
    let mut sender = Some(sender);
    let options = ImportOptions::default();
    let next = |sender: &tokio::sync::mpsc::Sender<_>, number: u64| {
        let line = format!("{{\"id\":{number},\"text\":\"text {number}\"}}\n");
        sender
            .try_send(Ok(Bytes::from(line)))
            .expect("room for one");
    };
    next(sender.as_ref().expect("open"), 1);
    let summary = service.client.import("docs", lines, &options, |event| {
        let ImportEvent::Progress(progress) = event else {
            panic!("{event:?}")
        };
        match &sender {
            Some(open) if progress.lines < 5 => next(open, progress.lines + 1),
            Some(_) | None => sender = None,
        }
    });
    let summary = summary.await.expect("done");
    assert!(
        summary.is_done && summary.progress.lines == 5,
        "{summary:?}"
    );
}

#[tokio::test]
async fn many_lines_are_committed_in_bounded_batches() {
    let service = Service::start().await.with_collections().await;
    let body: Vec<io::Result<Bytes>> = (0..5_000)
        .map(|number| {
            Ok(Bytes::from(format!(
                "{{\"id\":{number},\"vector\":[{number},1,0]}}\n"
            )))
        })
        .collect();
    let mut steps = Vec::new();
    let options = ImportOptions {
        wait: Wait::Durable,
        on_error: OnError::Skip,
    };
    let summary = service.client.import(
        "vectors",
        stream::iter(body),
        &options,
        |event| match event {
            ImportEvent::Progress(progress) => steps.push(progress.lines),
            ImportEvent::Fault(ImportFault { line, detail, .. }) => panic!("line {line}: {detail}"),
        },
    );
    let summary = summary.await.expect("done");
    assert_eq!(
        (summary.progress.upserted, summary.progress.failed),
        (5_000, 0)
    );
    assert!(steps.is_sorted(), "{steps:?}");
    assert_eq!(
        service
            .client
            .count("vectors", None)
            .await
            .expect("counted"),
        5_000
    );
    // Five batches of at most 1,000 are at least five writes.
    assert!(
        service
            .client
            .collection("vectors")
            .await
            .expect("there")
            .sequence
            >= 5
    );
}

#[tokio::test]
async fn a_client_that_never_reads_does_not_stop_the_import() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let service = Service::start().await.with_collections().await;
    let mut stream = tokio::net::TcpStream::connect(service.server.address())
        .await
        .expect("connected");
    let head = "PUT /v1/collections/vectors/points HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    // 40 MB of bad lines: 1,000,000 faults of about 80 bytes would fill every buffer on the way.
    let lines = "{\"id\":\"x\",\"vector\":[1,0]} \n".repeat(4_000);
    for _ in 0..100 {
        stream
            .write_all(format!("{:x}\r\n{lines}\r\n", lines.len()).as_bytes())
            .await
            .expect("sent");
    }
    stream.write_all(b"0\r\n\r\n").await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    assert!(
        answer.contains(r#""lines":400000,"upserted":0,"failed":400000"#),
        "{}",
        &answer[answer.len() - 200..]
    );
}

#[tokio::test]
async fn an_unknown_collection_is_a_problem_and_no_stream() {
    let service = Service::start().await;
    let reply = service.send("PUT", PATH, NDJSON, b"{}\n".to_vec()).await;
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (404, Some("collection_not_found"))
    );
}
