//! The Model Context Protocol at `/mcp`: tools for language models, over the same functions as
//! the routes. The only file that names rmcp. Each request stands for itself; there are no
//! sessions.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::Response;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::access::{Caller, Need};
use crate::keys::Role;
use crate::problem::{ApiError, Result};
use crate::state::AppState;
use crate::wire::problem::Problem;
use crate::{catalog, extract, ingest, points, retrieve};

/// What a model reads before it uses the tools.
const INSTRUCTIONS: &str = "Kukla is a vector database. Call list_collections to see what there \
    is, search to find points by meaning and by words, get to read points whole.";

/// Answers one request. Its body is read within the limit and the budget of all bodies.
pub(crate) async fn answer(state: AppState, request: Request) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let held = extract::collect(Request::from_parts(parts.clone(), body), &state).await?;
    let (bytes, _budget) = held.into_parts();
    let config = config(&state, bytes.len());
    let handler = Tools { state };
    let service = StreamableHttpService::new(
        move || Ok(handler.clone()),
        Arc::new(NeverSessionManager::default()),
        config,
    );
    let request = Request::from_parts(parts, Body::from(bytes));
    Ok(service.handle(request).await.map(Body::new))
}

/// Without keys, only pages and programs of this machine are answered: a page elsewhere could
/// give its own name the address of this machine. A key says more than a name.
fn config(state: &AppState, bytes: usize) -> StreamableHttpServerConfig {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(bytes)
        .enforce_origin_validation();
    if state.keys.is_empty() && state.config.listen.ip().is_loopback() {
        config
    } else {
        config.disable_allowed_hosts()
    }
}

/// The tools of one request.
#[derive(Clone)]
struct Tools {
    state: AppState,
}

impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new("kukla", env!("CARGO_PKG_VERSION"));
        info.instructions = Some(INSTRUCTIONS.to_owned());
        info
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools(
            self.state.config.mcp.allow_writes,
        )))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let caller = context
            .extensions
            .get::<Parts>()
            .and_then(|parts| parts.extensions.get::<Caller>());
        // The door is before every route, so that a request without a caller is a fault.
        let caller = caller
            .cloned()
            .ok_or_else(|| ErrorData::internal_error("the request has no caller", None))?;
        let call = Call {
            state: &self.state,
            caller,
            arguments: request.arguments.unwrap_or_default(),
        };
        let answered = match request.name.as_ref() {
            "list_collections" => call.list().await,
            "search" => call.search().await,
            "get" => call.get().await,
            "upsert" if self.state.config.mcp.allow_writes => call.upsert().await,
            other => {
                let problem = format!("there is no tool `{other}`; see tools/list");
                return Err(ErrorData::invalid_params(problem, None));
            }
        };
        // A model can read what is wrong and try again, so our errors are answers of the tool.
        Ok(answered
            .map_or_else(
                |error| CallToolResult::structured_error(to_json(&Problem::from(&error))),
                CallToolResult::structured,
            )
            .into())
    }
}

/// One call of a tool: who calls, with what.
struct Call<'a> {
    state: &'a AppState,
    caller: Caller,
    arguments: Map<String, Value>,
}

impl Call<'_> {
    async fn list(self) -> Result<Value> {
        if let Some(key) = self.arguments.keys().next() {
            return Err(ApiError::invalid(
                key.as_str(),
                "unknown_field",
                format!("`{key}` is not known; list_collections takes nothing"),
            ));
        }
        let collections = catalog::list(self.state, self.caller).await?;
        let mut listed = to_json(&collections);
        for collection in listed["collections"].as_array_mut().into_iter().flatten() {
            if let Some(fields) = collection.as_object_mut() {
                // The state of the index says nothing to a model.
                fields.remove("index");
            }
        }
        Ok(listed)
    }

    async fn search(self) -> Result<Value> {
        let state = self.state;
        let (collection, mut body) = self.admit(Role::Read)?;
        body.entry("include")
            .or_insert_with(|| json!(["chunk", "payload"]));
        let answer = retrieve::search(state, &collection, read(body)?).await?;
        Ok(to_json(&answer))
    }

    async fn get(self) -> Result<Value> {
        let state = self.state;
        let (collection, body) = self.admit(Role::Read)?;
        Ok(to_json(
            &points::get(state, &collection, read(body)?).await?,
        ))
    }

    async fn upsert(self) -> Result<Value> {
        let state = self.state;
        let (collection, body) = self.admit(Role::Write)?;
        let wait = engine::Wait::Searchable;
        let upserted = ingest::upsert(state, &collection, read(body)?, wait).await?;
        Ok(to_json(&upserted))
    }

    /// Takes the collection out of the arguments and asks whether the caller may.
    fn admit(mut self, role: Role) -> Result<(String, Map<String, Value>)> {
        let name = match self.arguments.remove("collection") {
            Some(Value::String(name)) => name,
            Some(_) => {
                return Err(ApiError::invalid(
                    "collection",
                    "invalid_value",
                    "`collection` is not a string",
                ));
            }
            None => {
                return Err(ApiError::invalid(
                    "collection",
                    "missing_field",
                    "`collection` is missing; list_collections has the names",
                ));
            }
        };
        self.caller.check(Need::Role(role), Some(&name))?;
        Ok((name, self.arguments))
    }
}

/// Reads arguments as the body of the route of the same name.
fn read<T: DeserializeOwned>(body: Map<String, Value>) -> Result<T> {
    let bytes = serde_json::to_vec(&body).map_err(|error| ApiError::fault("internal", &error))?;
    extract::parse(&bytes)
}

/// Our answers hold nothing that JSON cannot.
fn to_json(answer: &impl Serialize) -> Value {
    serde_json::to_value(answer).unwrap_or_default()
}

/// The tools with what they take, in JSON Schema.
fn tools(allow_writes: bool) -> Vec<Tool> {
    let collection = json!({"type": "string", "description": "a name from list_collections"});
    let id = json!({"type": ["string", "integer"]});
    let payload = json!({"type": "object", "description": "any JSON object"});
    let mut tools = vec![
        tool(
            "list_collections",
            "Lists the collections with how many points each holds.",
            json!({"type": "object", "properties": {}, "additionalProperties": false}),
        ),
        tool(
            "search",
            "Finds points by meaning and by words, best first, each with its score, its closest \
             passage and its payload.",
            json!({
                "type": "object",
                "required": ["collection", "query"],
                "additionalProperties": false,
                "properties": {
                    "collection": collection,
                    "query": {"type": "string", "description": "a question or some words"},
                    "limit": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 10},
                    "mode": {"enum": ["hybrid", "vector", "text"],
                        "description": "vector: by meaning; text: by words; hybrid: both"},
                    "filter": {"type": "object", "description":
                        "conditions on payloads, such as {\"must\":[{\"key\":\"lang\",\"match\":{\"value\":\"en\"}}]}"},
                },
            }),
        ),
        tool(
            "get",
            "Reads points by id, with text and payload.",
            json!({
                "type": "object",
                "required": ["collection", "ids"],
                "additionalProperties": false,
                "properties": {"collection": collection, "ids": {"type": "array", "items": id}},
            }),
        ),
    ];
    if allow_writes {
        let schema = json!({
            "type": "object",
            "required": ["collection", "points"],
            "additionalProperties": false,
            "properties": {
                "collection": collection,
                "points": {"type": "array", "items": {
                    "type": "object",
                    "required": ["id", "text"],
                    "properties": {"id": id, "text": {"type": "string"}, "payload": payload},
                }},
            },
        });
        let about = "Inserts or replaces points; they can be searched when this returns.";
        tools.push(tool("upsert", about, schema).annotate(ToolAnnotations::new().read_only(false)));
    }
    tools
}

fn tool(name: &'static str, about: &'static str, schema: Value) -> Tool {
    let schema = match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    };
    Tool::new(name, about, schema).annotate(ToolAnnotations::new().read_only(true))
}
