//! Filters: read by hand from JSON, so that a fault is named with its path.

mod schema;

use std::collections::BTreeSet;

use engine::{
    Clause, DateTime, Filter, FilterCondition, FilterTest, GeoArea, GeoPoint, Nested, Range, Value,
};
use serde_json::{Map, Value as Json};

use crate::problem::{ApiError, Result};
use crate::wire::id::Id;
use crate::wire::payload;

/// How deep groups may nest here. It only keeps the reader's stack small; the engine has
/// its own, stricter rule.
const DEPTH_MAX: usize = 64;

/// The tests that a condition can have.
const TESTS: &str = "`match`, `range`, `geo_radius`, `geo_box`, `exists`, `is_null` or `is_empty`";

/// A filter as written: `must`, `should` and `must_not` lists of conditions and groups.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct FilterBody(Json);

impl FilterBody {
    /// A filter that was translated from another's.
    pub(crate) fn new(json: Json) -> Self {
        Self(json)
    }

    /// Reads the filter; `field` is where it stands in the request.
    pub(crate) fn to_engine(&self, field: &str) -> Result<Filter> {
        group(&self.0, field, 0)
    }
}

/// Reads an optional filter.
pub(crate) fn optional(body: Option<&FilterBody>, field: &str) -> Result<Option<Filter>> {
    body.map(|filter| filter.to_engine(field)).transpose()
}

fn fault(path: &str, problem: impl AsRef<str>) -> ApiError {
    ApiError::invalid(
        path,
        "filter_invalid",
        format!("`{path}` {}", problem.as_ref()),
    )
}

fn object<'a>(json: &'a Json, path: &str, expected: &str) -> Result<&'a Map<String, Json>> {
    json.as_object()
        .ok_or_else(|| fault(path, format!("is {}, expected {expected}", kind(json))))
}

fn group(json: &Json, path: &str, depth: usize) -> Result<Filter> {
    if depth > DEPTH_MAX {
        return Err(fault(path, format!("nests deeper than {DEPTH_MAX} groups")));
    }
    let entries = object(json, path, "an object with `must`, `should` or `must_not`")?;
    let mut filter = Filter::default();
    for (key, value) in entries {
        let inner = format!("{path}.{key}");
        let clauses = match key.as_str() {
            "must" => &mut filter.must,
            "should" => &mut filter.should,
            "must_not" => &mut filter.must_not,
            _ => {
                return Err(fault(
                    &inner,
                    "is not known, expected `must`, `should` or `must_not`",
                ));
            }
        };
        for (index, entry) in list(value, &inner)?.iter().enumerate() {
            clauses.push(clause(entry, &format!("{inner}[{index}]"), depth + 1)?);
        }
    }
    Ok(filter)
}

fn clause(json: &Json, path: &str, depth: usize) -> Result<Clause> {
    let entries = object(json, path, "a condition with `key`, or a group")?;
    let is_group = entries.is_empty()
        || ["must", "should", "must_not"]
            .iter()
            .any(|key| entries.contains_key(*key));
    if is_group {
        return Ok(Clause::Group(group(json, path, depth)?));
    }
    if let Some(ids) = entries.get("has_id") {
        check_alone(entries, path, "has_id")?;
        return has_id(ids, &format!("{path}.has_id"));
    }
    if let Some(inner) = entries.get("nested") {
        check_alone(entries, path, "nested")?;
        return nested(inner, &format!("{path}.nested"), depth);
    }
    let key = match entries.get("key") {
        Some(Json::String(key)) => key.clone(),
        Some(other) => {
            let inner = format!("{path}.key");
            return Err(fault(
                &inner,
                format!("is {}, expected a dotted path", kind(other)),
            ));
        }
        None => {
            return Err(fault(
                path,
                "has no `key`, expected the dotted path of a payload value",
            ));
        }
    };
    let mut tests = Vec::new();
    for (name, value) in entries.iter().filter(|(name, _)| *name != "key") {
        let inner = format!("{path}.{name}");
        tests.push(match name.as_str() {
            "match" => matched(value, &inner)?,
            "range" => range(value, &inner)?,
            "geo_radius" => FilterTest::Geo(geo_radius(value, &inner)?),
            "geo_box" => FilterTest::Geo(geo_box(value, &inner)?),
            "exists" => FilterTest::Exists(truth(value, &inner)?),
            "is_null" => FilterTest::Null(truth(value, &inner)?),
            "is_empty" => FilterTest::Empty(truth(value, &inner)?),
            _ => {
                return Err(fault(&inner, format!("is not known, expected {TESTS}")));
            }
        });
    }
    match (tests.pop(), tests.is_empty()) {
        (Some(test), true) => Ok(Clause::Condition(FilterCondition { key, test })),
        (None, _) => Err(fault(path, format!("has no test, expected {TESTS}"))),
        (Some(_), false) => Err(fault(
            path,
            "has several tests, expected one; put the others into conditions of their own",
        )),
    }
}

fn check_alone(entries: &Map<String, Json>, path: &str, name: &str) -> Result<()> {
    match entries.keys().find(|key| *key != name) {
        Some(other) => Err(fault(
            &format!("{path}.{other}"),
            format!("stands beside `{name}`, expected a condition of its own"),
        )),
        None => Ok(()),
    }
}

fn has_id(json: &Json, path: &str) -> Result<Clause> {
    let mut ids = BTreeSet::new();
    for (index, entry) in list(json, path)?.iter().enumerate() {
        let inner = format!("{path}[{index}]");
        let id: Id = serde_json::from_value(entry.clone())
            .map_err(|error| fault(&inner, format!("is not an id: {error}")))?;
        ids.insert(id.check(&inner)?.to_string());
    }
    Ok(Clause::HasId(ids))
}

/// `{"key": "a.b", "filter": {..}}`.
fn nested(json: &Json, path: &str, depth: usize) -> Result<Clause> {
    let [key, filter] = parts(json, path, ["key", "filter"])?;
    let key = key.as_str().ok_or_else(|| {
        let problem = format!("is {}, expected a dotted path", kind(key));
        fault(&format!("{path}.key"), problem)
    })?;
    Ok(Clause::Nested(Nested {
        key: key.to_owned(),
        filter: group(filter, &format!("{path}.filter"), depth)?,
    }))
}

fn truth(json: &Json, path: &str) -> Result<bool> {
    json.as_bool()
        .ok_or_else(|| fault(path, format!("is {}, expected true or false", kind(json))))
}

fn list<'a>(json: &'a Json, path: &str) -> Result<&'a [Json]> {
    let list = json.as_array();
    list.map(Vec::as_slice)
        .ok_or_else(|| fault(path, format!("is {}, expected a list", kind(json))))
}

/// `{"value": x}`, `{"any": [x, ..]}`, `{"other_than": [x, ..]}` or `{"prefix": "x"}`.
fn matched(json: &Json, path: &str) -> Result<FilterTest> {
    const PARTS: &str = "`value`, `any`, `other_than` or `prefix`";
    let entries = object(json, path, &format!("an object with {PARTS}"))?;
    let mut entries = entries.iter();
    let (Some((name, value)), None) = (entries.next(), entries.next()) else {
        return Err(fault(path, format!("must have exactly one of {PARTS}")));
    };
    let inner = format!("{path}.{name}");
    match name.as_str() {
        "value" => Ok(FilterTest::Any(vec![scalar(value, &inner)?])),
        "any" => Ok(FilterTest::Any(scalars(value, &inner)?)),
        "other_than" => Ok(FilterTest::OtherThan(scalars(value, &inner)?)),
        "prefix" => match value {
            Json::String(prefix) => Ok(FilterTest::Prefix(prefix.clone())),
            other => Err(fault(
                &inner,
                format!("is {}, expected a string", kind(other)),
            )),
        },
        _ => Err(fault(&inner, format!("is not known, expected {PARTS}"))),
    }
}

fn scalars(json: &Json, path: &str) -> Result<Vec<Value>> {
    let values = list(json, path)?.iter().enumerate();
    values
        .map(|(index, entry)| scalar(entry, &format!("{path}[{index}]")))
        .collect()
}

fn scalar(json: &Json, path: &str) -> Result<Value> {
    match json {
        Json::Bool(_) | Json::Number(_) | Json::String(_) => {
            Ok(payload::value_to_engine(json.clone()))
        }
        Json::Null | Json::Array(_) | Json::Object(_) => Err(fault(
            path,
            format!(
                "is {}, expected a string, a number or a boolean",
                kind(json)
            ),
        )),
    }
}

/// Bounds that are numbers, or RFC 3339 strings.
fn range(json: &Json, path: &str) -> Result<FilterTest> {
    let entries = object(json, path, "an object with `gt`, `gte`, `lt` or `lte`")?;
    if entries.is_empty() {
        return Err(fault(path, "is empty, expected `gt`, `gte`, `lt` or `lte`"));
    }
    let has_strings = entries.values().any(Json::is_string);
    if has_strings {
        Ok(FilterTest::DateRange(bounds(entries, path, date_time)?))
    } else {
        Ok(FilterTest::Range(bounds(entries, path, |value| {
            value.as_f64().ok_or_else(|| {
                let kind = kind(value);
                format!("is {kind}, expected a number or an RFC 3339 date")
            })
        })?))
    }
}

fn bounds<T: Default>(
    entries: &Map<String, Json>,
    path: &str,
    read: impl Fn(&Json) -> Result<T, String>,
) -> Result<Range<T>> {
    let mut range = Range::default();
    for (name, value) in entries {
        let inner = format!("{path}.{name}");
        let bound = match name.as_str() {
            "gt" => &mut range.gt,
            "gte" => &mut range.gte,
            "lt" => &mut range.lt,
            "lte" => &mut range.lte,
            _ => {
                return Err(fault(
                    &inner,
                    "is not known, expected `gt`, `gte`, `lt` or `lte`",
                ));
            }
        };
        *bound = Some(read(value).map_err(|problem| fault(&inner, problem))?);
    }
    Ok(range)
}

fn date_time(json: &Json) -> Result<DateTime, String> {
    let Json::String(text) = json else {
        let kind = kind(json);
        return Err(format!(
            "is {kind} beside a string, expected bounds of one kind"
        ));
    };
    DateTime::parse(text).ok_or_else(|| {
        format!("is `{text}`, expected an RFC 3339 date such as `2026-11-23T10:00:00Z`")
    })
}

/// `{"center": {"lat", "lon"}, "radius_m": x}`.
fn geo_radius(json: &Json, path: &str) -> Result<GeoArea> {
    let [center, radius_m] = parts(json, path, ["center", "radius_m"])?;
    Ok(GeoArea::Radius {
        center: place(center, &format!("{path}.center"))?,
        radius_m: number(radius_m, &format!("{path}.radius_m"))?,
    })
}

/// `{"top_left": {"lat", "lon"}, "bottom_right": {"lat", "lon"}}`.
fn geo_box(json: &Json, path: &str) -> Result<GeoArea> {
    let [top_left, bottom_right] = parts(json, path, ["top_left", "bottom_right"])?;
    Ok(GeoArea::Box {
        top_left: place(top_left, &format!("{path}.top_left"))?,
        bottom_right: place(bottom_right, &format!("{path}.bottom_right"))?,
    })
}

fn place(json: &Json, path: &str) -> Result<GeoPoint> {
    let [lat, lon] = parts(json, path, ["lat", "lon"])?;
    Ok(GeoPoint {
        lat: number(lat, &format!("{path}.lat"))?,
        lon: number(lon, &format!("{path}.lon"))?,
    })
}

fn number(json: &Json, path: &str) -> Result<f64> {
    json.as_f64()
        .ok_or_else(|| fault(path, format!("is {}, expected a number", kind(json))))
}

/// The values of an object that has these two keys and no other.
fn parts<'a>(json: &'a Json, path: &str, names: [&str; 2]) -> Result<[&'a Json; 2]> {
    let [first, second] = names;
    let expected = format!("an object with `{first}` and `{second}`");
    let entries = object(json, path, &expected)?;
    if let Some(other) = entries.keys().find(|key| !names.contains(&key.as_str())) {
        return Err(fault(
            &format!("{path}.{other}"),
            format!("is not known, expected `{first}` and `{second}`"),
        ));
    }
    match (entries.get(first), entries.get(second)) {
        (Some(first), Some(second)) => Ok([first, second]),
        (None, _) => Err(fault(
            path,
            format!("has no `{first}`, expected {expected}"),
        )),
        (_, None) => Err(fault(
            path,
            format!("has no `{second}`, expected {expected}"),
        )),
    }
}

/// What a JSON value is, for messages.
fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
