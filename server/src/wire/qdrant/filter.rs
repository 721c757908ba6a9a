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
    if !entries.contains_key("key") {
        return without_key(entries, field);
    }
    let key = key(&mut entries, field)?;
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

/// A group, or a condition that names its key elsewhere or has none.
fn without_key(mut entries: Map<String, Value>, field: &str) -> Result<Value> {
    let special = ["has_id", "is_empty", "is_null", "nested", "has_vector"];
    let Some(name) = special.into_iter().find(|name| entries.contains_key(*name)) else {
        return group(entries.into(), field);
    };
    let asked = entries.remove(name).unwrap_or_default();
    if let Some(other) = entries.keys().next() {
        return Err(invalid(
            &format!("{field}.{other}"),
            &format!("stands beside `{name}`, expected a condition of its own"),
        ));
    }
    let field = format!("{field}.{name}");
    match name {
        "has_id" => Ok(json!({ "has_id": asked })),
        "is_empty" | "is_null" => {
            let mut asked = object(asked, &field)?;
            Ok(json!({"key": key(&mut asked, &field)?, name: true}))
        }
        "nested" => {
            let mut asked = object(asked, &field)?;
            let key = key(&mut asked, &field)?;
            let inner = asked.remove("filter").unwrap_or_default();
            let filter = group(inner, &format!("{field}.filter"))?;
            Ok(json!({"nested": {"key": key, "filter": filter}}))
        }
        _ => Err(unsupported(&field, "is not supported here")),
    }
}

/// In Qdrant's paths `[]` says that a list is meant; ours look into lists by themselves.
fn key(entries: &mut Map<String, Value>, field: &str) -> Result<String> {
    match entries.remove("key") {
        Some(Value::String(key)) => Ok(key.replace("[]", "")),
        _ => Err(invalid(&format!("{field}.key"), "is not a string")),
    }
}

fn matched(json: Value, field: &str) -> Result<Value> {
    let mut entries = object(json, field)?;
    if let Some(values) = entries.remove("except") {
        entries.insert("other_than".to_owned(), values);
        return Ok(entries.into());
    }
    match entries
        .keys()
        .find(|name| !matches!(name.as_str(), "value" | "any"))
    {
        Some(name) => Err(unsupported(
            &format!("{field}.{name}"),
            "is not supported here, expected `value`, `any` or `except`",
        )),
        None => Ok(entries.into()),
    }
}
