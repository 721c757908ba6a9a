//! Every call, one function each.

use bytes::Bytes;
use futures_util::Stream;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::error::Result;
use crate::import::{self, ImportEvent, ImportOptions, ImportSummary};
use crate::models::{
    Alias, AliasAction, ChangeCollection, ChangePayloads, Collection, CreateCollection, Created,
    Deleted, EmbedOptions, Embeddings, Facet, FacetValue, GotPoints, Id, Include, Model, Payload,
    Point, Scroll, Scrolled, Search, SearchAnswer, UpsertPoint, Upserted, Wait, Written,
};
use crate::transport::{self, ClientOptions, Transport};

#[derive(serde::Deserialize)]
struct Aliases {
    aliases: Vec<Alias>,
}

/// A client of one server; cheap to clone.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// A client of the server at `url`, such as `http://127.0.0.1:6363`.
    pub fn new(url: &str) -> Result<Self> {
        Self::with_options(url, ClientOptions::default())
    }

    /// The same with other timeouts and retries.
    pub fn with_options(url: &str, options: ClientOptions) -> Result<Self> {
        Ok(Self {
            transport: Transport::new(url, options)?,
        })
    }

    fn collection_url(&self, collection: &str, rest: &[&str], query: &[(&str, &str)]) -> String {
        let mut segments = vec!["v1", "collections", collection];
        segments.extend_from_slice(rest);
        self.transport.url(&segments, query)
    }

    /// Whether the process runs.
    pub async fn health(&self) -> Result<()> {
        let url = self.transport.url(&["healthz"], &[]);
        self.transport.call::<Value>(Method::GET, &url).await?;
        Ok(())
    }

    /// Whether requests are welcome; an `Unavailable` error says why not.
    pub async fn ready(&self) -> Result<()> {
        let url = self.transport.url(&["readyz"], &[]);
        self.transport.call::<Value>(Method::GET, &url).await?;
        Ok(())
    }

    /// The metrics page, in OpenMetrics text.
    pub async fn metrics(&self) -> Result<String> {
        let url = self.transport.url(&["metrics"], &[]);
        self.transport.text(&url).await
    }

    /// The contract.
    pub async fn openapi(&self) -> Result<Value> {
        let url = self.transport.url(&["openapi.json"], &[]);
        self.transport.call(Method::GET, &url).await
    }

    /// Creates a collection, or finds it if it exists just so.
    pub async fn create_collection(
        &self,
        collection: &str,
        schema: &CreateCollection,
    ) -> Result<Created> {
        let url = self.collection_url(collection, &[], &[]);
        let response = self.transport.send_json(Method::PUT, &url, schema).await?;
        let is_new = response.status() == StatusCode::CREATED;
        Ok(Created {
            is_new,
            collection: transport::read(response, &url).await?,
        })
    }

    /// All collections, by name.
    pub async fn collections(&self) -> Result<Vec<Collection>> {
        #[derive(serde::Deserialize)]
        struct Collections {
            collections: Vec<Collection>,
        }
        let url = self.transport.url(&["v1", "collections"], &[]);
        let answer: Collections = self.transport.call(Method::GET, &url).await?;
        Ok(answer.collections)
    }

    /// One collection.
    pub async fn collection(&self, collection: &str) -> Result<Collection> {
        let url = self.collection_url(collection, &[], &[]);
        self.transport.call(Method::GET, &url).await
    }

    /// Changes settings of a collection.
    pub async fn change_collection(
        &self,
        collection: &str,
        change: &ChangeCollection,
    ) -> Result<Collection> {
        let url = self.collection_url(collection, &[], &[]);
        self.transport.call_with(Method::PATCH, &url, change).await
    }

    /// All aliases, by name.
    pub async fn aliases(&self) -> Result<Vec<Alias>> {
        let url = self.transport.url(&["v1", "aliases"], &[]);
        let answer: Aliases = self.transport.call(Method::GET, &url).await?;
        Ok(answer.aliases)
    }

    /// Where an alias leads.
    pub async fn alias(&self, alias: &str) -> Result<Alias> {
        let url = self.transport.url(&["v1", "aliases", alias], &[]);
        self.transport.call(Method::GET, &url).await
    }

    /// Makes an alias of a collection, or moves it there.
    pub async fn set_alias(&self, alias: &str, collection: &str) -> Result<Alias> {
        let url = self.transport.url(&["v1", "aliases", alias], &[]);
        let body = json!({ "collection": collection });
        self.transport.call_with(Method::PUT, &url, &body).await
    }

    /// Deletes an alias; its collection stays.
    pub async fn delete_alias(&self, alias: &str) -> Result<()> {
        let url = self.transport.url(&["v1", "aliases", alias], &[]);
        self.transport.call::<Value>(Method::DELETE, &url).await?;
        Ok(())
    }

    /// Carries out several steps at once, all or none, and answers all aliases.
    pub async fn change_aliases(&self, actions: &[AliasAction]) -> Result<Vec<Alias>> {
        let url = self.transport.url(&["v1", "aliases"], &[]);
        let body = json!({ "actions": actions });
        let answer: Aliases = self.transport.call_with(Method::POST, &url, &body).await?;
        Ok(answer.aliases)
    }

    /// Deletes a collection and everything in it. One that an alias names is refused.
    pub async fn delete_collection(&self, collection: &str) -> Result<()> {
        let url = self.collection_url(collection, &[], &[]);
        self.transport.call::<Value>(Method::DELETE, &url).await?;
        Ok(())
    }

    /// Inserts or replaces points, all or none.
    pub async fn upsert(
        &self,
        collection: &str,
        points: &[UpsertPoint],
        wait: Wait,
    ) -> Result<Upserted> {
        let url = self.collection_url(collection, &["points"], &[("wait", wait.word())]);
        let body = json!({ "points": points });
        self.transport.call_with(Method::PUT, &url, &body).await
    }

    /// Streams lines of JSON, one point each, and tells each acknowledgement and each bad line.
    /// Each item of `lines` is one line or several, with their line ends. It is not retried: go
    /// on after the last acknowledged line.
    pub async fn import<S>(
        &self,
        collection: &str,
        lines: S,
        options: &ImportOptions,
        on_event: impl FnMut(ImportEvent),
    ) -> Result<ImportSummary>
    where
        S: Stream<Item = std::io::Result<Bytes>> + Send + Sync + 'static,
    {
        let query = [
            ("wait", options.wait.word()),
            ("on_error", options.on_error.word()),
        ];
        let url = self.collection_url(collection, &["points"], &query);
        import::run(&self.transport, &url, lines, on_event).await
    }

    /// All points of one moment, as JSON lines that [`import`](Self::import) takes as they are, in
    /// pieces of any length. An error among them means that the rest is missing. It is not
    /// retried.
    pub async fn export(
        &self,
        collection: &str,
        include: Include,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let words = include.words().join(",");
        let url = self.collection_url(collection, &["export"], &[("include", &words)]);
        self.transport.stream(url).await
    }

    /// All points of one moment as a Parquet file, in pieces of any length. An error among them
    /// means that the rest is missing. It is not retried.
    pub async fn export_parquet(
        &self,
        collection: &str,
        include: Include,
    ) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
        let words = include.words().join(",");
        let query = [("format", "parquet"), ("include", words.as_str())];
        let url = self.collection_url(collection, &["export"], &query);
        self.transport.stream(url).await
    }

    /// One point.
    pub async fn get_point(
        &self,
        collection: &str,
        id: impl Into<Id>,
        include: Include,
    ) -> Result<Point> {
        let id = id.into().to_string();
        let words = include.words().join(",");
        let url = self.collection_url(collection, &["points", &id], &[("include", &words)]);
        self.transport.call(Method::GET, &url).await
    }

    /// Several points.
    pub async fn get_points(
        &self,
        collection: &str,
        ids: &[Id],
        include: Include,
    ) -> Result<GotPoints> {
        let url = self.collection_url(collection, &["points", "get"], &[]);
        let body = json!({ "ids": ids, "include": include.words() });
        self.transport.call_with(Method::POST, &url, &body).await
    }

    /// Deletes one point; that it did not exist is not an error.
    pub async fn delete_point(
        &self,
        collection: &str,
        id: impl Into<Id>,
        wait: Wait,
    ) -> Result<Deleted> {
        let id = id.into().to_string();
        let url = self.collection_url(collection, &["points", &id], &[("wait", wait.word())]);
        self.transport.call(Method::DELETE, &url).await
    }

    /// Deletes points by id.
    pub async fn delete_points(&self, collection: &str, ids: &[Id], wait: Wait) -> Result<Deleted> {
        self.delete(collection, &json!({ "ids": ids }), wait).await
    }

    /// Deletes the points that match a filter.
    pub async fn delete_matching(
        &self,
        collection: &str,
        filter: &Value,
        wait: Wait,
    ) -> Result<Deleted> {
        self.delete(collection, &json!({ "filter": filter }), wait)
            .await
    }

    async fn delete(&self, collection: &str, body: &Value, wait: Wait) -> Result<Deleted> {
        let url = self.collection_url(collection, &["points", "delete"], &[("wait", wait.word())]);
        self.transport.call_with(Method::POST, &url, body).await
    }

    /// Merges a patch into a point's payload (RFC 7396): null removes a key.
    pub async fn change_payload(
        &self,
        collection: &str,
        id: impl Into<Id>,
        patch: &Payload,
        wait: Wait,
    ) -> Result<Written> {
        let id = id.into().to_string();
        let segments = ["points", id.as_str(), "payload"];
        let url = self.collection_url(collection, &segments, &[("wait", wait.word())]);
        self.transport.call_with(Method::PATCH, &url, patch).await
    }

    /// Changes the payloads of several points. Each point is a write of its own; the first that
    /// fails ends it, and what was changed before stays changed.
    pub async fn change_payloads(
        &self,
        collection: &str,
        change: &ChangePayloads,
        wait: Wait,
    ) -> Result<Written> {
        let segments = ["points", "payload"];
        let url = self.collection_url(collection, &segments, &[("wait", wait.word())]);
        self.transport.call_with(Method::POST, &url, change).await
    }

    /// Counts the points that match, or all.
    pub async fn count(&self, collection: &str, filter: Option<&Value>) -> Result<u64> {
        #[derive(serde::Deserialize)]
        struct Counted {
            count: u64,
        }
        let url = self.collection_url(collection, &["points", "count"], &[]);
        let body = filter.map_or_else(|| json!({}), |filter| json!({ "filter": filter }));
        let answer: Counted = self.transport.call_with(Method::POST, &url, &body).await?;
        Ok(answer.count)
    }

    /// How many points have each value at a payload path; the most frequent first.
    pub async fn facet(&self, collection: &str, request: &Facet) -> Result<Vec<FacetValue>> {
        #[derive(serde::Deserialize)]
        struct Answer {
            values: Vec<FacetValue>,
        }
        let url = self.collection_url(collection, &["points", "facet"], &[]);
        let answer: Answer = self
            .transport
            .call_with(Method::POST, &url, request)
            .await?;
        Ok(answer.values)
    }

    /// A page of points in a stable order.
    pub async fn scroll(&self, collection: &str, request: &Scroll) -> Result<Scrolled> {
        let url = self.collection_url(collection, &["points", "scroll"], &[]);
        let mut body = json!({ "include": request.include.words() });
        if let Some(filter) = &request.filter {
            body["filter"] = filter.clone();
        }
        if let Some(order_by) = &request.order_by {
            body["order_by"] = json!(order_by);
        }
        if let Some(limit) = request.limit {
            body["limit"] = limit.into();
        }
        if let Some(cursor) = &request.cursor {
            body["cursor"] = cursor.as_str().into();
        }
        self.transport.call_with(Method::POST, &url, &body).await
    }

    /// Searches.
    pub async fn search(&self, collection: &str, search: &Search) -> Result<SearchAnswer> {
        let url = self.collection_url(collection, &["search"], &[]);
        self.transport.call_with(Method::POST, &url, search).await
    }

    /// Embeds texts with the loaded model.
    pub async fn embed(&self, texts: &[String], options: &EmbedOptions) -> Result<Embeddings> {
        let url = self.transport.url(&["v1", "embeddings"], &[]);
        let mut body = json!({ "input": texts, "input_type": options.input_type });
        if let Some(dimensions) = options.dimensions {
            body["dimensions"] = dimensions.into();
        }
        self.transport.call_with(Method::POST, &url, &body).await
    }

    /// The models that can be asked for.
    pub async fn models(&self) -> Result<Vec<Model>> {
        #[derive(serde::Deserialize)]
        struct Models {
            data: Vec<Model>,
        }
        let url = self.transport.url(&["v1", "models"], &[]);
        let answer: Models = self.transport.call(Method::GET, &url).await?;
        Ok(answer.data)
    }
}
