//! The contract, made from the code: routes, wire types and the table of error codes.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{Content, OpenApi as Contract, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use crate::codes;
use crate::routes::{aliases, collections, embeddings, health, points, search};
use crate::wire::import::ImportFault;
use crate::wire::problem::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Kukla",
        description = "A self-hosted vector database with its embedding model inside. Scores are higher for closer, always. Unknown fields are refused. Every error is a problem body (RFC 9457) with a stable `code`, except under /v1/embeddings and /v1/models, which answer in OpenAI's shape. Where keys are configured, a request carries one: read, write or admin, for all collections or for some.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        collections::list, collections::create, collections::describe, collections::change,
        collections::delete, collections::export,
        points::upsert, points::get_one, points::delete_one, points::change_payload,
        points::change_payloads,
        points::get, points::delete, points::count, points::facet,
        points::scroll,
        search::search,
        aliases::list, aliases::change, aliases::find, aliases::set, aliases::delete,
        embeddings::embed, embeddings::models,
        health::live, health::ready, health::metrics, health::contract,
    ),
    components(schemas(Problem, ImportFault)),
    modifiers(&ErrorAnswers, &ErrorCodes, &KeySchemes, &Alternatives)
)]
struct Definition;

/// Every operation may answer a problem; a facade says its own errors itself.
struct ErrorAnswers;

impl Modify for ErrorAnswers {
    fn modify(&self, contract: &mut Contract) {
        for item in contract.paths.paths.values_mut() {
            let operations = [
                item.get.as_mut(),
                item.put.as_mut(),
                item.post.as_mut(),
                item.patch.as_mut(),
                item.delete.as_mut(),
            ];
            for operation in operations.into_iter().flatten() {
                let responses = &mut operation.responses.responses;
                if responses.contains_key("4XX") {
                    continue;
                }
                let problem: RefOr<Schema> = Ref::from_schema_name("Problem").into();
                let response = ResponseBuilder::new()
                    .description("An error.")
                    .content("application/problem+json", Content::new(Some(problem)))
                    .build();
                responses.insert("default".to_owned(), response.into());
            }
        }
    }
}

/// Lists every code with its status and meaning.
struct ErrorCodes;

impl Modify for ErrorCodes {
    fn modify(&self, contract: &mut Contract) {
        let Some(components) = contract.components.as_mut() else {
            return;
        };
        let words: Vec<_> = codes::TABLE.iter().map(|row| json!(row.code)).collect();
        let meanings: Vec<String> = codes::TABLE
            .iter()
            .map(|row| format!("- `{}` ({}): {}", row.code, row.status, row.title))
            .collect();
        let code = json!({
            "type": "string",
            "enum": words,
            "description": format!("A stable word for the error.\n\n{}", meanings.join("\n")),
        });
        if let Ok(code) = serde_json::from_value::<RefOr<Schema>>(code) {
            components.schemas.insert("Code".to_owned(), code);
        }
        for name in ["Problem", "ImportFault"] {
            if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name) {
                object
                    .properties
                    .insert("code".to_owned(), Ref::from_schema_name("Code").into());
            }
        }
    }
}

/// Where keys are configured, a request carries one in one of two headers.
struct KeySchemes;

impl Modify for KeySchemes {
    fn modify(&self, contract: &mut Contract) {
        let Some(components) = contract.components.as_mut() else {
            return;
        };
        let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let header = ApiKey::Header(ApiKeyValue::new("api-key"));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(header));
        let none: [&str; 0] = [];
        contract.security = Some(vec![
            SecurityRequirement::default(),
            SecurityRequirement::new("bearer", none),
            SecurityRequirement::new("api_key", none),
        ]);
    }
}

/// Bodies of which exactly one of some parts is needed, which the types cannot say.
const ONE_OF: &[(&str, &[&[&str]])] = &[
    ("DeletePoints", &[&["ids", "filter"]]),
    (
        "ChangePayloads",
        &[&["ids", "filter"], &["merge", "set", "remove", "replace"]],
    ),
];

/// Says of these bodies that one of the parts is there and not null, and the others are not.
struct Alternatives;

impl Modify for Alternatives {
    fn modify(&self, contract: &mut Contract) {
        let Some(components) = contract.components.as_mut() else {
            return;
        };
        for (body, groups) in ONE_OF {
            if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(*body) {
                let conditions: Vec<_> = groups.iter().map(|parts| one_of(parts)).collect();
                // The schema type has no field for it; what is here is written as it is.
                object.extensions = Some([("allOf", json!(conditions))].into_iter().collect());
            }
        }
    }
}

fn one_of(parts: &[&str]) -> Value {
    let alternatives = parts.iter().map(|needed| {
        let others = parts.iter().filter(|part| *part != needed);
        let mut properties: Map<String, Value> = others
            .map(|part| ((*part).to_owned(), json!({"type": "null"})))
            .collect();
        properties.insert((*needed).to_owned(), json!({"not": {"type": "null"}}));
        json!({"required": [needed], "properties": properties})
    });
    json!({"oneOf": alternatives.collect::<Vec<_>>()})
}

static TEXT: LazyLock<String> = LazyLock::new(|| {
    let mut text = Definition::openapi()
        .to_pretty_json()
        .expect("the contract holds nothing that JSON cannot");
    text.push('\n');
    text
});

/// The contract as JSON, the same for every call.
pub fn text() -> &'static str {
    &TEXT
}

#[cfg(test)]
mod tests;
