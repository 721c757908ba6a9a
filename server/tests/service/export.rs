//! Exports: complete, of one moment, and taken by an import as they are.

use futures_util::{StreamExt as _, stream};
use kukla_client::{
    CreateCollection, Id, ImportOptions, Include, Point, Scroll, UpsertPoint, Wait,
};
use serde_json::{Value, json};

use crate::support::Service;

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
