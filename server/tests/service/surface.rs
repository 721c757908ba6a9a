//! What one does with a collection every day: filters, facets, orders, aliases, settings.

use kukla_client::{
    AliasAction, ChangeCollection, CreateCollection, Direction, ErrorKind, Facet, Id, Include,
    OrderBy, Scroll, Search, TextFormat, UpsertPoint, Wait,
};
use serde_json::{Value, json};

use crate::support::Service;

/// Points with ready vectors, 1 to n.
async fn fill(service: &Service, payloads: &[Value]) {
    let points: Vec<UpsertPoint> = (1_u8..)
        .zip(payloads)
        .map(|(id, payload)| {
            let vector = vec![1.0, f32::from(id), 0.0];
            let payload = payload.as_object().expect("an object").clone();
            UpsertPoint::vector(u64::from(id), vector).with_payload(payload)
        })
        .collect();
    let written = service.client.upsert("vectors", &points, Wait::Searchable);
    written.await.expect("written");
}

fn offices() -> Vec<Value> {
    vec![
        json!({"name": "Berlin", "at": {"lat": 52.52, "lon": 13.405}, "since": "2019-05-01", "size": 40, "tags": ["eu", "hq"]}),
        json!({"name": "Potsdam", "at": {"lat": 52.39, "lon": 13.06}, "since": "2021-05-01T09:00:00+02:00", "size": 4, "tags": ["eu"]}),
        json!({"name": "Suva", "at": [{"lat": -18.14, "lon": 178.44}], "since": "2024-01-01T00:00:00Z", "size": 7.5, "tags": []}),
        json!({"name": "Bergen", "at": {"lat": 60.39, "lon": 5.32}, "size": "small", "tags": ["hq", "eu", "hq"]}),
    ]
}

#[tokio::test]
async fn filters_take_dates_prefixes_places_and_lists() {
    let service = Service::start().await.with_collections().await;
    fill(&service, &offices()).await;
    let near = json!({"center": {"lat": 52.5, "lon": 13.4}, "radius_m": 5000});
    let pacific =
        json!({"top_left": {"lat": 0, "lon": 170}, "bottom_right": {"lat": -20, "lon": -170}});
    let cases = [
        (
            json!({"key": "name", "match": {"prefix": "Ber"}}),
            vec![1, 4],
        ),
        (
            json!({"key": "since", "range": {"lt": "2021-05-01T07:00:00Z"}}),
            vec![1],
        ),
        (
            json!({"key": "since", "range": {"lte": "2021-05-01T07:00:00Z"}}),
            vec![1, 2],
        ),
        (json!({"key": "since", "range": {"gt": 0}}), vec![]),
        (json!({"key": "size", "range": {"gt": 5}}), vec![1, 3]),
        (json!({"key": "at", "geo_radius": near}), vec![1]),
        (json!({"key": "at", "geo_box": pacific}), vec![3]),
        (json!({"key": "at.lat", "range": {"gt": 55}}), vec![4]),
        (json!({"key": "tags", "match": {"value": "hq"}}), vec![1, 4]),
    ];
    for (condition, expected) in cases {
        let filter = json!({"must": [condition]});
        let scroll = Scroll {
            filter: Some(filter.clone()),
            ..Scroll::default()
        };
        let page = service
            .client
            .scroll("vectors", &scroll)
            .await
            .expect("a page");
        let found: Vec<Id> = page.points.into_iter().map(|point| point.id).collect();
        let expected: Vec<Id> = expected.into_iter().map(Id::Integer).collect();
        assert_eq!(found, expected, "{filter}");
        let search = Search {
            filter: Some(filter.clone()),
            ..Search::vector(vec![1.0, 0.0, 0.0])
        };
        let hits = service
            .client
            .search("vectors", &search)
            .await
            .expect("hits")
            .hits;
        assert_eq!(hits.len(), expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn facets_count_exactly_what_is_there_now() {
    let service = Service::start().await.with_collections().await;
    fill(&service, &offices()).await;
    let client = &service.client;
    let counted = async |request: Facet| -> Vec<(Value, u64)> {
        let values = client.facet("vectors", &request).await.expect("counted");
        values
            .into_iter()
            .map(|found| (found.value, found.count))
            .collect()
    };
    let expected = vec![(json!("eu"), 3), (json!("hq"), 2)];
    assert_eq!(counted(Facet::of("tags")).await, expected);
    let expected = vec![(json!(4), 1), (json!(7.5), 1)];
    let request = Facet {
        filter: Some(json!({"must": [{"key": "size", "range": {"lt": 10}}]})),
        ..Facet::of("size")
    };
    assert_eq!(counted(request).await, expected);
    let patch = json!({"tags": ["hq"]})
        .as_object()
        .expect("an object")
        .clone();
    client
        .change_payload("vectors", 2, &patch, Wait::Durable)
        .await
        .expect("changed");
    let request = Facet {
        limit: Some(1),
        ..Facet::of("tags")
    };
    assert_eq!(counted(request).await, vec![(json!("hq"), 3)]);
}

#[tokio::test]
async fn a_scroll_follows_an_order_from_page_to_page() {
    let service = Service::start().await.with_collections().await;
    fill(&service, &offices()).await;
    let client = &service.client;
    for (direction, expected) in [
        (Direction::Asc, [1, 2, 3, 4]),
        (Direction::Desc, [3, 2, 1, 4]),
    ] {
        let mut scroll = Scroll {
            order_by: Some(OrderBy {
                key: "since".to_owned(),
                direction,
            }),
            limit: Some(1),
            ..Scroll::default()
        };
        let mut found = Vec::new();
        loop {
            let page = client.scroll("vectors", &scroll).await.expect("a page");
            found.extend(page.points.into_iter().map(|point| point.id));
            scroll.cursor = page.cursor;
            if scroll.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, expected.map(Id::Integer), "{direction:?}");
    }
    let first = Scroll {
        limit: Some(1),
        ..Scroll::default()
    };
    let page = client.scroll("vectors", &first).await.expect("a page");
    let other = Scroll {
        filter: Some(json!({"must": [{"key": "name", "exists": true}]})),
        cursor: page.cursor,
        ..first
    };
    let error = client.scroll("vectors", &other).await.expect_err("refused");
    assert_eq!(
        (error.code(), error.field()),
        (Some("cursor_invalid"), Some("cursor"))
    );
}

#[tokio::test]
async fn an_alias_stands_for_its_collection_everywhere() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    client.set_alias("live", "vectors").await.expect("set");
    let points = [UpsertPoint::vector(1, vec![1.0, 0.0, 0.0])];
    client
        .upsert("live", &points, Wait::Searchable)
        .await
        .expect("written");
    assert_eq!(client.count("vectors", None).await.expect("counted"), 1);
    assert_eq!(
        client.collection("live").await.expect("there").name,
        "vectors"
    );
    let search = Search::vector(vec![1.0, 0.0, 0.0]);
    assert_eq!(
        client
            .search("live", &search)
            .await
            .expect("hits")
            .hits
            .len(),
        1
    );

    let schema = CreateCollection::of_vectors(3);
    client
        .create_collection("next", &schema)
        .await
        .expect("made");
    let actions = [
        AliasAction::Set {
            alias: "live".to_owned(),
            collection: "next".to_owned(),
        },
        AliasAction::Set {
            alias: "last".to_owned(),
            collection: "vectors".to_owned(),
        },
    ];
    let aliases = client.change_aliases(&actions).await.expect("switched");
    assert_eq!(aliases, client.aliases().await.expect("listed"));
    assert_eq!(aliases.len(), 2);
    assert_eq!(
        client.alias("live").await.expect("there").collection,
        "next"
    );
    assert_eq!(client.count("live", None).await.expect("counted"), 0);
    assert_eq!(client.count("last", None).await.expect("counted"), 1);

    for name in ["vectors", "last"] {
        let error = client.delete_collection(name).await.expect_err("in use");
        assert_eq!(error.code(), Some("collection_in_use"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Conflict);
    }
    client.delete_alias("last").await.expect("deleted");
    client.delete_collection("vectors").await.expect("deleted");
    let error = client.alias("last").await.expect_err("gone");
    assert_eq!(error.code(), Some("alias_not_found"));
}

#[tokio::test]
async fn the_recall_of_a_collection_can_be_changed_and_stays() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    let change = ChangeCollection { recall: Some(0.5) };
    let changed = client.change_collection("vectors", &change).await;
    assert_eq!(
        changed.expect("changed").recall.to_bits(),
        0.5_f32.to_bits()
    );
    let schema = CreateCollection::of_vectors(3);
    let found = client
        .create_collection("vectors", &schema)
        .await
        .expect("found");
    assert!(!found.is_new);
    assert_eq!(found.collection.recall.to_bits(), 0.5_f32.to_bits());
}

#[tokio::test]
async fn html_is_stored_as_the_text_that_a_reader_sees() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    let html = "<h1>Tea</h1><script>no()</script><p>Green &amp; black.</p>";
    let mut point = UpsertPoint::text("tea", html);
    point.format = Some(TextFormat::Html);
    let mut plain = UpsertPoint::text("plain", html);
    plain.format = Some(TextFormat::Markdown);
    let points = [point, plain];
    client
        .upsert("docs", &points, Wait::Searchable)
        .await
        .expect("written");
    let read = async |id: &str| {
        let point = client.get_point("docs", id, Include::default()).await;
        point.expect("there").text.expect("a text")
    };
    assert_eq!(read("tea").await, "# Tea\n\nGreen & black.");
    assert_eq!(read("plain").await, html);
}

#[tokio::test]
async fn a_hit_brings_the_chunks_around_it_when_asked() {
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
        .create_collection("short", &schema)
        .await
        .expect("made");
    let text = "Na\u{ef}ve caf\u{e9}s serve \u{1F375}. ".repeat(40);
    let points = [UpsertPoint::text(1, text.clone())];
    client
        .upsert("short", &points, Wait::Durable)
        .await
        .expect("written");
    let include = Include {
        vectors: true,
        ..Include::default()
    };
    let chunks = client
        .get_point("short", 1, include)
        .await
        .expect("there")
        .chunks;
    let chunks = chunks.expect("asked for");
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    // The vector of each chunk finds that chunk, so that first, middle and last are met.
    for (index, chunk) in chunks.iter().enumerate() {
        let search = Search {
            include: words(&["neighbours", "chunk"]),
            ..Search::vector(chunk.vector.clone())
        };
        let hits = client
            .search("short", &search)
            .await
            .expect("answered")
            .hits;
        assert_eq!(hits[0].text, None);
        let found = hits[0].chunk.as_ref().expect("a chunk").index;
        let neighbours = hits[0].neighbours.as_ref().expect("asked for");
        let expected = |index: Option<usize>| {
            let chunk = chunks.get(index?)?;
            let cut = text.chars().skip(chunk.start).take(chunk.end - chunk.start);
            Some((chunk.start, chunk.end, cut.collect::<String>()))
        };
        let given = |chunk: &Option<kukla_client::NeighbourChunk>| {
            let chunk = chunk.as_ref()?;
            Some((chunk.start, chunk.end, chunk.text.clone()))
        };
        assert_eq!(
            given(&neighbours.before),
            expected(found.checked_sub(1)),
            "{index}"
        );
        assert_eq!(
            given(&neighbours.after),
            expected(Some(found + 1)),
            "{index}"
        );
    }
    let hits = client
        .search("short", &Search::query("tea"))
        .await
        .expect("answered")
        .hits;
    assert_eq!(hits[0].neighbours, None);
}
