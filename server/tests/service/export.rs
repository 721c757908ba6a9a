//! Exports: complete, of one moment, and taken by an import as they are.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use kukla_client::{
    CreateCollection, Id, ImportOptions, Include, Point, Scroll, UpsertPoint, Wait,
};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Value, json};

use crate::support::{Service, until};

const ALL: Include = Include {
    text: true,
    payload: true,
    vectors: true,
};

async fn exported(service: &Service, collection: &str, include: Include) -> Vec<u8> {
    let pieces = service.client.export(collection, include).await;
    let mut pieces = std::pin::pin!(pieces.expect("it begins"));
    let mut lines = Vec::new();
    while let Some(piece) = pieces.next().await {
        lines.extend_from_slice(&piece.expect("it goes on"));
    }
    lines
}

async fn import(service: &Service, collection: &str, lines: Vec<u8>) -> u64 {
    let lines = stream::iter([Ok(lines.into())]);
    let options = ImportOptions::default();
    let summary = service
        .client
        .import(collection, lines, &options, |event| {
            assert!(
                matches!(event, kukla_client::ImportEvent::Progress(_)),
                "{event:?}"
            );
        })
        .await
        .expect("imported");
    assert!(summary.is_done);
    summary.progress.upserted
}

/// All points, without what an import cannot keep.
async fn points(service: &Service, collection: &str) -> Vec<Point> {
    let scroll = Scroll {
        limit: Some(10_000),
        include: ALL,
        ..Scroll::default()
    };
    let page = service
        .client
        .scroll(collection, &scroll)
        .await
        .expect("a page");
    assert_eq!(page.cursor, None);
    let points = page.points.into_iter();
    points
        .map(|point| Point {
            sequence: 0,
            ..point
        })
        .collect()
}

fn with_payload(point: UpsertPoint, payload: Value) -> UpsertPoint {
    point.with_payload(payload.as_object().expect("an object").clone())
}

#[tokio::test]
async fn an_export_of_texts_is_imported_as_it_is() {
    let service = Service::start().await;
    let schema = CreateCollection {
        chunking: Some(kukla_client::Chunking {
            tokens: 32,
            overlap: 4,
        }),
        ..CreateCollection::default()
    };
    let client = &service.client;
    for name in ["one", "two", "three"] {
        client.create_collection(name, &schema).await.expect("made");
    }
    let mut last = UpsertPoint::text("last", "Kept for long.");
    last.expires_at = Some(u64::MAX / 2);
    let points_in = [
        UpsertPoint::text(7, "Na\u{ef}ve caf\u{e9}s serve \u{1F375}. ".repeat(40)),
        with_payload(
            UpsertPoint::text("a/b", "Short."),
            json!({"n": 1, "big": u64::MAX, "deep": {"list": [null, 0.1, "x"]}}),
        ),
        last,
    ];
    client
        .upsert("one", &points_in, Wait::Durable)
        .await
        .expect("written");

    let lines = exported(&service, "one", ALL).await;
    assert_eq!(import(&service, "two", lines.clone()).await, 3);
    let expected = points(&service, "one").await;
    assert!(expected[0].chunks.as_ref().expect("asked for").len() > 1);
    assert_eq!(points(&service, "two").await, expected);
    assert_eq!(exported(&service, "two", ALL).await, lines);

    let texts = Include {
        vectors: false,
        ..ALL
    };
    let lines = exported(&service, "one", texts).await;
    assert!(
        !String::from_utf8(lines.clone())
            .expect("UTF-8")
            .contains("chunks")
    );
    assert_eq!(import(&service, "three", lines).await, 3);
    let parts = |point: &Point| (point.id.clone(), point.text.clone(), point.payload.clone());
    let embedded = points(&service, "three").await;
    assert_eq!(
        embedded.iter().map(parts).collect::<Vec<_>>(),
        expected.iter().map(parts).collect::<Vec<_>>()
    );
}

/// Writes of several batches may overtake each other, so the order of new ids can differ.
fn sorted(lines: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<_> = lines.split(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines
}

#[tokio::test]
async fn an_export_of_vectors_is_imported_as_it_is() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    let points_in: Vec<UpsertPoint> = (0..5_000_u64)
        .map(|id| {
            let point = UpsertPoint::vector(id, vec![1.0, id as f32, -0.25]);
            with_payload(point, json!({ "id": id, "filler": "x".repeat(200) }))
        })
        .collect();
    client
        .upsert("vectors", &points_in, Wait::Durable)
        .await
        .expect("written");
    client
        .delete_points("vectors", &[Id::from(3)], Wait::Durable)
        .await
        .expect("deleted");
    let lines = exported(&service, "vectors", ALL).await;
    let schema = CreateCollection::of_vectors(3);
    client
        .create_collection("copy", &schema)
        .await
        .expect("made");
    assert_eq!(import(&service, "copy", lines.clone()).await, 4_999);
    let copied = exported(&service, "copy", ALL).await;
    assert_eq!(sorted(&copied), sorted(&lines));
}

#[tokio::test]
async fn a_caller_that_leaves_frees_the_export() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    let points_in: Vec<UpsertPoint> = (0..6_000_u64)
        .map(|id| {
            let point = UpsertPoint::vector(id, vec![1.0, 1.0, 1.0]);
            with_payload(point, json!({ "filler": "x".repeat(2_000) }))
        })
        .collect();
    for points in points_in.chunks(1_000) {
        client
            .upsert("vectors", points, Wait::Durable)
            .await
            .expect("written");
    }
    // Each is left while there is more to come; the fifth would find no room otherwise.
    for _ in 0..12 {
        let began = loop {
            match client.export("vectors", ALL).await {
                Ok(pieces) => break pieces,
                Err(error) => assert_eq!(error.code(), Some("overloaded"), "{error}"),
            }
        };
        let mut pieces = std::pin::pin!(began);
        pieces.next().await.expect("a piece").expect("read");
    }
}

/// The rows of a table as the lines of an export of the same points, as JSON.
fn rows(table: Vec<u8>) -> Vec<Value> {
    let reader = SerializedFileReader::new(Bytes::from(table)).expect("a table");
    assert!(reader.num_row_groups() >= 1);
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| line(&row.expect("a row"))).collect()
}

fn line(row: &Row) -> Value {
    let cells: HashMap<&str, &Field> = row
        .get_column_iter()
        .map(|(name, field)| (name.as_str(), field))
        .collect();
    let text = |name: &str| match cells[name] {
        Field::Str(text) => Some(text.clone()),
        Field::Null => None,
        other => panic!("`{name}` is {other:?}"),
    };
    let mut line = serde_json::Map::new();
    let id = match number(cells["id_number"]) {
        Some(number) => json!(number),
        None => json!(text("id").expect("an id")),
    };
    assert_eq!(id.to_string().trim_matches('"'), text("id").expect("an id"));
    line.insert("id".to_owned(), id);
    for name in ["text", "model_fingerprint"] {
        if let Some(found) = text(name) {
            line.insert(name.to_owned(), json!(found));
        }
    }
    if let Some(payload) = text("payload") {
        let payload = serde_json::from_str(&payload).expect("JSON");
        line.insert("payload".to_owned(), payload);
    }
    if let Some(expires_at) = number(cells["expires_at"]) {
        line.insert("expires_at".to_owned(), json!(expires_at));
    }
    match (cells["vector"], cells["chunks"]) {
        (Field::Null, Field::Null) => {}
        (vector, Field::Null) => {
            let end = text("text").map_or(0, |text| text.chars().count());
            let chunk = json!({"start": 0, "end": end, "vector": numbers(vector)});
            line.insert("chunks".to_owned(), json!([chunk]));
        }
        (Field::Null, Field::ListInternal(chunks)) => {
            let chunks: Vec<Value> = chunks.elements().iter().map(chunk).collect();
            line.insert("chunks".to_owned(), json!(chunks));
        }
        other => panic!("{other:?}"),
    }
    line.into()
}

fn number(field: &Field) -> Option<u64> {
    match field {
        Field::ULong(number) => Some(*number),
        Field::Null => None,
        other => panic!("{other:?}"),
    }
}

fn numbers(field: &Field) -> Vec<f32> {
    let Field::ListInternal(list) = field else {
        panic!("{field:?}");
    };
    let numbers = list.elements().iter().map(|element| match element {
        Field::Float(number) => *number,
        other => panic!("{other:?}"),
    });
    numbers.collect()
}

fn chunk(field: &Field) -> Value {
    let Field::Group(chunk) = field else {
        panic!("{field:?}");
    };
    let cells: HashMap<&str, &Field> = chunk
        .get_column_iter()
        .map(|(name, field)| (name.as_str(), field))
        .collect();
    json!({
        "start": number(cells["start"]),
        "end": number(cells["end"]),
        "vector": numbers(cells["vector"]),
    })
}

async fn table(service: &Service, collection: &str, include: Include) -> Vec<u8> {
    let pieces = service.client.export_parquet(collection, include).await;
    let mut pieces = std::pin::pin!(pieces.expect("it begins"));
    let mut table = Vec::new();
    while let Some(piece) = pieces.next().await {
        table.extend_from_slice(&piece.expect("it goes on"));
    }
    table
}

/// As numbers of one kind, so that 1 and 1.0 of a vector are equal.
fn read_lines(lines: &[u8]) -> Vec<Value> {
    let lines = lines.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    let read = lines.map(|line| {
        let mut line: Value = serde_json::from_slice(line).expect("JSON");
        for chunk in line["chunks"].as_array_mut().into_iter().flatten() {
            let vector: Vec<f32> =
                serde_json::from_value(chunk["vector"].take()).expect("a vector");
            chunk["vector"] = json!(vector);
        }
        if line["chunks"].is_null() {
            line.as_object_mut().expect("an object").remove("chunks");
        }
        line
    });
    read.collect()
}

#[tokio::test]
async fn a_table_holds_what_the_lines_hold() {
    let service = Service::start().await;
    let client = &service.client;
    let schema = CreateCollection {
        chunking: Some(kukla_client::Chunking {
            tokens: 32,
            overlap: 4,
        }),
        ..CreateCollection::default()
    };
    client
        .create_collection("one", &schema)
        .await
        .expect("made");
    let nothing = table(&service, "one", ALL).await;
    let reader = SerializedFileReader::new(Bytes::from(nothing)).expect("a table");
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    let mut last = UpsertPoint::text("last", "Kept for long.");
    last.expires_at = Some(u64::MAX - 1);
    let points_in = [
        UpsertPoint::text(
            u64::MAX,
            "Na\u{ef}ve caf\u{e9}s serve \u{1F375}. ".repeat(40),
        ),
        with_payload(
            UpsertPoint::text("a/b", "Short."),
            json!({"n": 1, "big": u64::MAX, "deep": {"list": [null, 0.1, "x"]}}),
        ),
        last,
        UpsertPoint::text("9", "A number as a string. ".repeat(50)),
    ];
    client
        .upsert("one", &points_in, Wait::Durable)
        .await
        .expect("written");
    let parts = |text, payload, vectors| Include {
        text,
        payload,
        vectors,
    };
    for include in [
        ALL,
        parts(true, false, false),
        parts(true, true, false),
        parts(true, false, true),
    ] {
        let lines = read_lines(&exported(&service, "one", include).await);
        assert_eq!(lines.len(), 4);
        assert_eq!(rows(table(&service, "one", include).await), lines);
    }
    let path = "/v1/collections/one/export?format=parquet";
    let reply = service
        .json("GET", &format!("{path}&include=payload"), "")
        .await;
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (400, Some("include_invalid"))
    );
    let reply = service
        .json("GET", "/v1/collections/one/export?format=csv", "")
        .await;
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (400, Some("invalid_query"))
    );
}

#[tokio::test]
async fn a_long_table_is_written_in_row_groups() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    for from in (0..12_000_u64).step_by(2_000) {
        let points_in: Vec<UpsertPoint> = (from..from + 2_000)
            .map(|id| {
                let point = UpsertPoint::vector(id, vec![1.0, id as f32, -0.25]);
                with_payload(point, json!({ "filler": format!("{id}").repeat(400) }))
            })
            .collect();
        client
            .upsert("vectors", &points_in, Wait::Durable)
            .await
            .expect("written");
    }
    let table = table(&service, "vectors", ALL).await;
    let reader = SerializedFileReader::new(Bytes::from(table.clone())).expect("a table");
    assert!(reader.num_row_groups() >= 2, "{}", reader.num_row_groups());
    let lines = read_lines(&exported(&service, "vectors", ALL).await);
    assert_eq!(rows(table), lines);
}

#[tokio::test]
async fn an_export_too_many_is_told_when_to_try_again() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    for from in (0..6_000_u64).step_by(500) {
        let points_in: Vec<UpsertPoint> = (from..from + 500)
            .map(|id| {
                let point = UpsertPoint::vector(id, vec![1.0, 1.0, 1.0]);
                with_payload(point, json!({ "filler": "x".repeat(8_000) }))
            })
            .collect();
        client
            .upsert("vectors", &points_in, Wait::Durable)
            .await
            .expect("written");
    }
    // More than the buffers between the two sides take, so none of them ends by itself.
    let mut begun = Vec::new();
    for _ in 0..4 {
        begun.push(client.export("vectors", ALL).await.expect("it begins"));
    }
    for format in ["jsonl", "parquet"] {
        let path = format!("/v1/collections/vectors/export?format={format}");
        let reply = service.json("GET", &path, "").await;
        assert_eq!(reply.status, 429, "{}", reply.text);
        assert_eq!(reply.json()["code"], "overloaded");
        assert_eq!(reply.retry_after.as_deref(), Some("1"));
    }
    drop(begun);
    let is_free = || async {
        let begun = service.client.export("vectors", ALL).await;
        begun.is_ok()
    };
    until(is_free).await;
}
