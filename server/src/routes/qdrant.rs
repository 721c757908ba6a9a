//! Qdrant's facade.

use std::time::Instant;

use axum::extract::{FromRequest as _, Request, State};
use axum::{Extension, Json};
use engine::Wait;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::access::Caller;
use crate::extract::{JsonBody, PathOf, QueryOf};
use crate::problem::ApiError;
use crate::qdrant::{aliases, collections, points, query};
use crate::state::AppState;
use crate::wire::qdrant::alias::ChangeAliases;
use crate::wire::qdrant::point::{
    Count, DeletePayload, Facet, Retrieve, Scroll, Selector, SetPayload, Upsert,
};
use crate::wire::qdrant::query::{Queries, Query};
use crate::wire::qdrant::{Answer, QdrantProblem, Updated};

type Answered<T> = Result<Json<Answer<T>>, QdrantProblem>;

/// The version of Qdrant's interface that this follows.
const INTERFACE_VERSION: &str = "1.20.0";

/// When a write is answered. Other parameters are about clusters, and have no effect here.
#[derive(Debug, Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    wait: bool,
}

impl Parameters {
    fn wait(&self) -> Wait {
        if self.wait {
            Wait::Searchable
        } else {
            Wait::Durable
        }
    }
}

async fn read<T>(request: Request, state: &AppState) -> Result<T, QdrantProblem>
where
    T: DeserializeOwned + Send + 'static,
{
    let body: JsonBody<T> = JsonBody::from_request(request, state).await?;
    Ok(body.value)
}

fn answer<T>(result: T, started: Instant) -> Json<Answer<T>> {
    Json(Answer::new(result, started))
}

/// Which interface this is, for clients that compare versions.
pub(crate) async fn version() -> Json<Value> {
    Json(json!({"title": "kukla, a subset of Qdrant's interface", "version": INTERFACE_VERSION}))
}

pub(crate) async fn list(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
) -> Json<Answer<Value>> {
    let started = Instant::now();
    answer(collections::list(&state, &caller), started)
}

pub(crate) async fn describe(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
) -> Answered<Value> {
    let started = Instant::now();
    Ok(answer(collections::describe(&state, &name).await?, started))
}

pub(crate) async fn exists(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
) -> Json<Answer<Value>> {
    let started = Instant::now();
    answer(collections::exists(&state, &name), started)
}

pub(crate) async fn create(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Answered<bool> {
    let started = Instant::now();
    let body = read(request, &state).await?;
    Ok(answer(
        collections::create(&state, &name, body).await?,
        started,
    ))
}

pub(crate) async fn delete(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
) -> Answered<bool> {
    let started = Instant::now();
    Ok(answer(collections::delete(&state, &name).await?, started))
}

pub(crate) async fn aliases(State(state): State<AppState>) -> Answered<Value> {
    let started = Instant::now();
    Ok(answer(aliases::list(&state, None)?, started))
}

pub(crate) async fn aliases_of(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
) -> Answered<Value> {
    let started = Instant::now();
    Ok(answer(aliases::list(&state, Some(&name))?, started))
}

pub(crate) async fn change_aliases(
    State(state): State<AppState>,
    request: Request,
) -> Answered<bool> {
    let started = Instant::now();
    let body: ChangeAliases = read(request, &state).await?;
    Ok(answer(aliases::change(&state, body).await?, started))
}

/// Every path in a payload is indexed already.
pub(crate) async fn index_payload(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
) -> Answered<Updated> {
    let started = Instant::now();
    let sequence = points::sequence(&state, &name).await?;
    Ok(answer(Updated::new(sequence, Wait::Searchable), started))
}

pub(crate) async fn upsert(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    parameters: Result<QueryOf<Parameters>, ApiError>,
    request: Request,
) -> Answered<Updated> {
    let (started, wait) = (Instant::now(), parameters?.0.wait());
    let body: Upsert = read(request, &state).await?;
    let sequence = points::upsert(&state, &name, body.points()?, wait).await?;
    Ok(answer(Updated::new(sequence, wait), started))
}

pub(crate) async fn retrieve(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Answered<Vec<Value>> {
    let started = Instant::now();
    let body: Retrieve = read(request, &state).await?;
    Ok(answer(
        points::retrieve(&state, &name, body).await?,
        started,
    ))
}

pub(crate) async fn get_one(
    State(state): State<AppState>,
    PathOf((name, id)): PathOf<(String, String)>,
) -> Answered<Value> {
    let started = Instant::now();
    Ok(answer(points::get_one(&state, &name, id).await?, started))
}

pub(crate) async fn delete_points(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    parameters: Result<QueryOf<Parameters>, ApiError>,
    request: Request,
) -> Answered<Updated> {
    let (started, wait) = (Instant::now(), parameters?.0.wait());
    let body: Selector = read(request, &state).await?;
    let sequence = points::delete(&state, &name, body, wait).await?;
    Ok(answer(Updated::new(sequence, wait), started))
}

pub(crate) async fn count(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Answered<Value> {
    let started = Instant::now();
    let body: Count = read(request, &state).await?;
    Ok(answer(points::count(&state, &name, body).await?, started))
}

pub(crate) async fn facet(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Answered<Value> {
    let started = Instant::now();
    let body: Facet = read(request, &state).await?;
    Ok(answer(points::facet(&state, &name, body).await?, started))
}

pub(crate) async fn scroll(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Answered<Value> {
    let started = Instant::now();
    let body: Scroll = read(request, &state).await?;
    Ok(answer(points::scroll(&state, &name, body).await?, started))
}

pub(crate) async fn run_query(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Answered<Value> {
    let started = Instant::now();
    let body: Query = read(request, &state).await?;
    Ok(answer(query::run(&state, &name, body).await?, started))
}

pub(crate) async fn run_queries(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Answered<Vec<Value>> {
    let started = Instant::now();
    let body: Queries = read(request, &state).await?;
    Ok(answer(query::batch(&state, &name, body).await?, started))
}

pub(crate) async fn set_payload(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    parameters: Result<QueryOf<Parameters>, ApiError>,
    request: Request,
) -> Answered<Updated> {
    let (started, wait) = (Instant::now(), parameters?.0.wait());
    let body: SetPayload = read(request, &state).await?;
    let sequence = points::set_payload(&state, &name, body, (false, wait)).await?;
    Ok(answer(Updated::new(sequence, wait), started))
}

pub(crate) async fn overwrite_payload(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    parameters: Result<QueryOf<Parameters>, ApiError>,
    request: Request,
) -> Answered<Updated> {
    let (started, wait) = (Instant::now(), parameters?.0.wait());
    let body: SetPayload = read(request, &state).await?;
    let sequence = points::set_payload(&state, &name, body, (true, wait)).await?;
    Ok(answer(Updated::new(sequence, wait), started))
}

pub(crate) async fn delete_payload(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    parameters: Result<QueryOf<Parameters>, ApiError>,
    request: Request,
) -> Answered<Updated> {
    let (started, wait) = (Instant::now(), parameters?.0.wait());
    let body: DeletePayload = read(request, &state).await?;
    let sequence = points::delete_payload(&state, &name, body, wait).await?;
    Ok(answer(Updated::new(sequence, wait), started))
}

pub(crate) async fn clear_payload(
    State(state): State<AppState>,
    PathOf(name): PathOf<String>,
    parameters: Result<QueryOf<Parameters>, ApiError>,
    request: Request,
) -> Answered<Updated> {
    let (started, wait) = (Instant::now(), parameters?.0.wait());
    let body: Selector = read(request, &state).await?;
    let sequence = points::clear_payload(&state, &name, body, wait).await?;
    Ok(answer(Updated::new(sequence, wait), started))
}
