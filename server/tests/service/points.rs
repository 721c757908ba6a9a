//! Points in, points out, through the client.

use kukla_client::{
    CreateCollection, ErrorKind, Id, Include, Scroll, Search, SearchMode, UpsertPoint, Wait,
};
use serde_json::json;

use crate::support::Service;

fn payload(json: serde_json::Value) -> kukla_client::Payload {
    json.as_object().expect("an object").clone()
}

#[expect(clippy::too_many_lines, reason = "one story, or one table of cases")]
#[tokio::test]
async fn a_point_lives_through_every_call() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    client.ready().await.expect("ready");
    let points = [
        UpsertPoint::text("a/b \u{e9}", "The cat sat on the mat.")
            .with_payload(payload(json!({"lang": "en", "n": 1}))),
        UpsertPoint::text(7, "Markets fell sharply.").with_payload(payload(json!({"lang": "de"}))),
    ];
    let written = client
        .upsert("docs", &points, Wait::Searchable)
        .await
        .expect("written");
    assert_eq!(written.upserted, 2);

    let include = Include {
        vectors: true,
        ..Include::default()
    };
    let point = client
        .get_point("docs", "a/b \u{e9}", include)
        .await
        .expect("there");
    assert_eq!(point.text.as_deref(), Some("The cat sat on the mat."));
    let chunk = &point.chunks.expect("asked for")[0];
    assert_eq!((chunk.start, chunk.end, chunk.vector.len()), (0, 23, 48));

    let got = client
        .get_points("docs", &[Id::from("7"), Id::from(8)], Include::default())
        .await
        .expect("got");
    assert_eq!(
        (got.points[0].id.clone(), got.missing),
        (Id::Integer(7), vec![Id::Integer(8)])
    );

    let filter = json!({"must": [{"key": "lang", "match": {"value": "en"}}]});
    assert_eq!(
        client.count("docs", Some(&filter)).await.expect("counted"),
        1
    );

    for mode in [SearchMode::Hybrid, SearchMode::Vector, SearchMode::Text] {
        let search = Search {
            mode: Some(mode),
            explain: true,
            ..Search::query("the cat")
        };
        let answer = client.search("docs", &search).await.expect("answered");
        let text_only = mode == SearchMode::Text;
        assert_eq!(answer.hits.len(), if text_only { 1 } else { 2 }, "{mode:?}");
        assert_eq!(answer.explain.expect("asked for").mode, mode);
        if mode == SearchMode::Text {
            assert_eq!(answer.hits[0].id, Id::from("a/b \u{e9}"));
        }
    }
    let search = Search {
        filter: Some(filter.clone()),
        ..Search::query("the cat")
    };
    assert_eq!(
        client
            .search("docs", &search)
            .await
            .expect("answered")
            .hits
            .len(),
        1
    );

    let patch = payload(json!({"n": null, "new": {"a": 1}}));
    let changed = client
        .change_payload("docs", "a/b \u{e9}", &patch, Wait::Durable)
        .await
        .expect("changed");
    assert_eq!(changed.changed, 1);
    let point = client
        .get_point("docs", "a/b \u{e9}", Include::default())
        .await
        .expect("there");
    assert_eq!(
        point.payload,
        Some(payload(json!({"lang": "en", "new": {"a": 1}})))
    );

    let first = client
        .scroll(
            "docs",
            &Scroll {
                limit: Some(1),
                ..Scroll::default()
            },
        )
        .await
        .expect("a page");
    assert_eq!(first.points.len(), 1);
    let second = client
        .scroll(
            "docs",
            &Scroll {
                cursor: first.cursor,
                ..Scroll::default()
            },
        )
        .await
        .expect("a page");
    assert_eq!((second.points.len(), second.cursor), (1, None));

    let deleted = client
        .delete_matching("docs", &filter, Wait::Searchable)
        .await
        .expect("deleted");
    assert_eq!(deleted.deleted, 1);
    assert_eq!(
        client
            .delete_point("docs", 7, Wait::Durable)
            .await
            .expect("deleted")
            .deleted,
        1
    );
    assert_eq!(
        client
            .delete_points("docs", &[Id::from(7)], Wait::Durable)
            .await
            .expect("fine")
            .deleted,
        0
    );
    assert_eq!(client.count("docs", None).await.expect("counted"), 0);
    client.delete_collection("docs").await.expect("dropped");
    assert_eq!(
        client.collection("docs").await.expect_err("gone").kind(),
        ErrorKind::NotFound
    );
    assert_eq!(client.collections().await.expect("listed").len(), 1);
}

#[tokio::test]
async fn a_long_text_is_one_point_with_spans_in_code_points() {
    let service = Service::start().await;
    let client = &service.client;
    let schema = CreateCollection {
        dimensions: Some(16),
        chunking: Some(kukla_client::Chunking {
            tokens: 32,
            overlap: 4,
        }),
        ..CreateCollection::default()
    };
    client
        .create_collection("short", &schema)
        .await
        .expect("created");
    let text = "Na\u{ef}ve caf\u{e9}s serve \u{1F375}. ".repeat(40);
    client
        .upsert(
            "short",
            &[UpsertPoint::text(1, text.clone())],
            Wait::Durable,
        )
        .await
        .expect("written");
    let collection = client.collection("short").await.expect("there");
    assert_eq!((collection.points, collection.dimensions), (1, 16));
    assert!(collection.vectors > 1, "{collection:?}");
    let search = Search {
        mode: Some(SearchMode::Vector),
        ..Search::query("tea")
    };
    let answer = client.search("short", &search).await.expect("answered");
    assert_eq!(answer.hits.len(), 1);
    let chunk = answer.hits[0].chunk.as_ref().expect("a chunk");
    let cut: String = text
        .chars()
        .skip(chunk.start)
        .take(chunk.end - chunk.start)
        .collect();
    assert_eq!(chunk.text, cut);
}

#[tokio::test]
async fn a_collection_of_another_model_takes_no_texts_but_vectors() {
    let data = tempfile::tempdir().expect("a folder");
    let config = crate::support::config(data.path());
    let mut other = config.clone();
    let server = server::Server::start(config).await.expect("starts");
    let client =
        kukla_client::Client::new(&format!("http://{}", server.address())).expect("an address");
    client
        .create_collection("docs", &CreateCollection::default())
        .await
        .expect("created");
    let fingerprint = server.model().fingerprint.clone();
    server.stop().await.expect("stops");

    other.model.source = "built-in".to_owned();
    let server = server::Server::start(other).await.expect("starts");
    let client =
        kukla_client::Client::new(&format!("http://{}", server.address())).expect("an address");
    let error = client
        .upsert("docs", &[UpsertPoint::text(1, "a")], Wait::Durable)
        .await
        .expect_err("refused");
    assert_eq!(
        (error.code(), error.field()),
        (Some("model_mismatch"), Some("points[0].text"))
    );
    let text = error.to_string();
    assert!(
        text.contains("built-in") && text.contains("tiny") && text.contains("--model"),
        "{text}"
    );
    let error = client
        .search("docs", &Search::query("a"))
        .await
        .expect_err("refused");
    assert_eq!(error.code(), Some("model_mismatch"));
    let mut point = UpsertPoint::vector(1, vec![1.0; 48]);
    let error = client
        .upsert("docs", &[point.clone()], Wait::Durable)
        .await
        .expect_err("refused");
    assert_eq!(error.code(), Some("fingerprint_required"));
    point.model_fingerprint = Some(fingerprint);
    client
        .upsert("docs", &[point], Wait::Durable)
        .await
        .expect("a vector of the right model");
    let answer = client
        .search("docs", &Search::vector(vec![1.0; 48]))
        .await
        .expect("answered");
    assert_eq!(answer.hits.len(), 1);
    server.stop().await.expect("stops");
}
