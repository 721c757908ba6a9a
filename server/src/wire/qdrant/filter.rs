//! Qdrant's filters as ours, JSON to JSON, so that one reader decides what a filter is.

use serde_json::{Map, Value, json};

use super::unsupported;
use crate::problem::{ApiError, Result};
use crate::wire::filter::FilterBody;

/// Translates an optional filter.
pub(crate) fn translate(filter: Option<Value>, field: &str) -> Result<Option<FilterBody>> {
    match filter {
        None | Some(Value::Null) => Ok(None),
        Some(filter) => Ok(Some(FilterBody::new(group(filter, field)?))),
    }
}

fn invalid(field: &str, problem: &str) -> ApiError {
    ApiError::invalid(field, "filter_invalid", format!("`{field}` {problem}"))
}

fn object(json: Value, field: &str) -> Result<Map<String, Value>> {
    match json {
        Value::Object(mut entries) => {
            entries.retain(|_, value| !value.is_null());
            Ok(entries)
        }
        _ => Err(invalid(field, "is not an object")),
    }
}

/// `must`, `should` and `must_not`, each a list or one condition. JSON's reader bounds the depth.
fn group(json: Value, field: &str) -> Result<Value> {
    let mut ours = Map::new();
    for (name, clauses) in object(json, field)? {
        let field = format!("{field}.{name}");
        if !matches!(name.as_str(), "must" | "should" | "must_not") {
            return Err(unsupported(&field, "is not supported here"));
        }
        let clauses = match clauses {
            Value::Array(clauses) => clauses,
            one => vec![one],
        };
        let clauses = clauses.into_iter().enumerate();
        let clauses: Result<Vec<Value>> = clauses
            .map(|(index, entry)| clause(entry, &format!("{field}[{index}]")))
            .collect();
        ours.insert(name, clauses?.into());
    }
    Ok(ours.into())
}

fn clause(json: Value, field: &str) -> Result<Value> {
    let mut entries = object(json, field)?;
    let Some(key) = entries.remove("key") else {
        return match entries.keys().find(|name| {
            matches!(
                name.as_str(),
                "has_id" | "is_empty" | "is_null" | "nested" | "has_vector"
            )
        }) {
            Some(name) => Err(unsupported(
                &format!("{field}.{name}"),
                "is not supported here",
            )),
            None => group(entries.into(), field),
        };
    };
    // In Qdrant's paths `[]` says that a list is meant; ours look into lists by themselves.
    let key = match key {
        Value::String(key) => key.replace("[]", ""),
        _ => return Err(invalid(&format!("{field}.key"), "is not a string")),
    };
    let mut conditions = Vec::new();
    for (name, test) in entries {
        let field = format!("{field}.{name}");
        let test = match name.as_str() {
            "match" => matched(test, &field)?,
            "range" => Value::Object(object(test, &field)?),
            _ => return Err(unsupported(&field, "is not supported here")),
        };
        conditions.push(json!({"key": key, name: test}));
    }
    if conditions.is_empty() {
        return Err(invalid(field, "has no test, expected `match` or `range`"));
    }
    Ok(json!({"must": conditions}))
}

fn matched(json: Value, field: &str) -> Result<Value> {
    let entries = object(json, field)?;
    match entries
        .keys()
        .find(|name| !matches!(name.as_str(), "value" | "any"))
    {
        Some(name) => Err(unsupported(
            &format!("{field}.{name}"),
            "is not supported here, expected `value` or `any`",
        )),
        None => Ok(entries.into()),
    }
}
