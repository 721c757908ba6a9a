//! What one does with a collection every day: filters, facets, orders, aliases, settings.

use kukla_client::{
    AliasAction, ChangeCollection, ChangePayloads, Chosen, CreateCollection, Direction, ErrorKind,
    Facet, Id, Include, OrderBy, PayloadChange, Scroll, Search, TextFormat, UpsertPoint, Wait,
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

#[tokio::test]
async fn ids_that_no_path_can_hold_are_read_changed_and_deleted_by_bodies() {
    let service = Service::start().await.with_collections().await;
    let client = &service.client;
    let ids = [".", "..", "get", "count", "payload", "a/b?c#d"].map(Id::from);
    let points: Vec<UpsertPoint> = ids
        .iter()
        .map(|id| UpsertPoint::vector(id.clone(), vec![1.0, 2.0, 3.0]))
        .collect();
    let written = client.upsert("vectors", &points, Wait::Durable).await;
    assert_eq!(written.expect("written").upserted, 6);
    let change = ChangePayloads {
        points: Chosen::Ids(ids.to_vec()),
        change: PayloadChange::Set([("n".to_owned(), json!(1))].into_iter().collect()),
    };
    let changed = client
        .change_payloads("vectors", &change, Wait::Durable)
        .await
        .expect("changed");
    assert_eq!(changed.changed, 6);
    let got = client.get_points("vectors", &ids, Include::default()).await;
    let got = got.expect("read");
    assert_eq!((got.points.len(), got.missing.len()), (6, 0));
    for point in got.points {
        assert_eq!(point.payload.expect("a payload")["n"], 1);
    }
    let deleted = client.delete_points("vectors", &ids, Wait::Durable).await;
    assert_eq!(deleted.expect("deleted").deleted, 6);
}

#[tokio::test]
async fn changes_of_payloads_say_what_is_wrong() {
    let service = Service::start().await.with_collections().await;
    fill(&service, &[json!({"a": 1})]).await;
    let many: Vec<String> = (0..1_001).map(|key| key.to_string()).collect();
    let too_many = json!({"ids": [1], "remove": many}).to_string();
    let cases = [
        ("{}", "one_change", "body"),
        (r#"{"ids":[1]}"#, "one_change", "body"),
        (r#"{"ids":[1],"set":{},"merge":{}}"#, "one_change", "body"),
        (r#"{"set":{}}"#, "ids_or_filter", "ids"),
        (
            r#"{"set":{},"ids":[1],"filter":{}}"#,
            "ids_or_filter",
            "ids",
        ),
        (r#"{"set":[],"ids":[1]}"#, "invalid_value", "set"),
        (r#"{"put":{},"ids":[1]}"#, "unknown_field", "put"),
        (
            r#"{"set":{},"filter":{"must":[{"key":"a"}]}}"#,
            "filter_invalid",
            "filter.must[0]",
        ),
        (too_many.as_str(), "too_many", "remove"),
    ];
    for (body, code, field) in cases {
        let path = "/v1/collections/vectors/points/payload";
        let reply = service.json("POST", path, body).await;
        let problem = reply.json();
        let found = (
            reply.status,
            problem["code"].as_str(),
            problem["field"].as_str(),
        );
        assert_eq!(found, (400, Some(code), Some(field)), "{body:.80}");
    }
    let many: Vec<String> = (0..1_000).map(|key| key.to_string()).collect();
    let most = json!({"ids": [1], "remove": many}).to_string();
    let path = "/v1/collections/vectors/points/payload";
    assert_eq!(service.json("POST", path, &most).await.status, 200);
}

/// A word, or a part of one, and the text in which it is found; none of the others has it. Nobody
/// tells the language of a text; one word does not show German, so that one is a question.
const WORDS: [(&str, &str); 9] = [
    // Thai: "language" in "I study the Thai language every day".
    (
        "\u{e20}\u{e32}\u{e29}\u{e32}",
        "\u{e09}\u{e31}\u{e19}\u{e40}\u{e23}\u{e35}\u{e22}\u{e19}\u{e20}\u{e32}\u{e29}\u{e32}\u{e44}\u{e17}\u{e22}\u{e17}\u{e38}\u{e01}\u{e27}\u{e31}\u{e19}",
    ),
    // Thai: "rice" in "mother goes to buy rice at the market".
    (
        "\u{e02}\u{e49}\u{e32}\u{e27}",
        "\u{e41}\u{e21}\u{e48}\u{e44}\u{e1b}\u{e0b}\u{e37}\u{e49}\u{e2d}\u{e02}\u{e49}\u{e32}\u{e27}\u{e17}\u{e35}\u{e48}\u{e15}\u{e25}\u{e32}\u{e14}",
    ),
    // Japanese: "Tokyo" in "tomorrow I go to Tokyo Tower".
    (
        "\u{6771}\u{4eac}",
        "\u{660e}\u{65e5}\u{306f}\u{6771}\u{4eac}\u{30bf}\u{30ef}\u{30fc}\u{306b}\u{884c}\u{304f}",
    ),
    // Japanese: "computer" in "I bought a new computer".
    (
        "\u{30b3}\u{30f3}\u{30d4}\u{30e5}\u{30fc}\u{30bf}",
        "\u{65b0}\u{3057}\u{3044}\u{30b3}\u{30f3}\u{30d4}\u{30e5}\u{30fc}\u{30bf}\u{3092}\u{8cb7}\u{3063}\u{305f}",
    ),
    // Chinese: "database" in "we use a vector database".
    (
        "\u{6570}\u{636e}\u{5e93}",
        "\u{6211}\u{4eec}\u{4f7f}\u{7528}\u{5411}\u{91cf}\u{6570}\u{636e}\u{5e93}",
    ),
    (
        "Ministerium",
        "Das Verteidigungsministerium antwortet nicht.",
    ),
    (
        "wo sind die H\u{e4}user",
        "Das alte Haus steht in der Stadt und ist leer.",
    ),
    ("running", "She runs along the river in the morning."),
    ("libraries", "The library is open on Sunday."),
];

#[tokio::test]
async fn words_are_found_in_texts_of_every_script_without_being_told_the_language() {
    let service = Service::start().await.with_collections().await;
    let points: Vec<UpsertPoint> = (0_u64..)
        .zip(WORDS)
        .map(|(id, (_, text))| UpsertPoint::text(id, text))
        .collect();
    let written = service.client.upsert("docs", &points, Wait::Searchable);
    written.await.expect("written");
    for (id, (word, text)) in (0_u64..).zip(WORDS) {
        let body = json!({"query": word, "mode": "text"}).to_string();
        let reply = service
            .json("POST", "/v1/collections/docs/search", &body)
            .await;
        let hits = reply.json()["hits"].as_array().expect("hits").clone();
        let found: Vec<&Value> = hits.iter().map(|hit| &hit["id"]).collect();
        assert_eq!(found, [&json!(id)], "`{word}` in `{text}`");
    }
}
