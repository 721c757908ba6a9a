//! Arguments with what their operators stand for, and patterns of answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What earlier steps saved.
pub(crate) type Saved = BTreeMap<String, Value>;

/// The operator of an object that is one, with what it is given.
fn operator(object: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, given) = object.iter().next()?;
    (object.len() == 1 && name.starts_with('$')).then_some((name.as_str(), given))
}

/// An argument with what its operators stand for; `index` is the place in an `$each`.
pub(crate) fn expand(value: &Value, saved: &Saved, index: u64) -> Value {
    match value {
        Value::Array(entries) => entries
            .iter()
            .map(|entry| expand(entry, saved, index))
            .collect(),
        Value::Object(object) => match operator(object) {
            Some(("$saved", name)) => saved[name.as_str().unwrap()].clone(),
            Some(("$index", first)) => (first.as_u64().unwrap() + index).into(),
            Some((name, given)) => {
                let times = expand(&given[1], saved, 0).as_u64().unwrap();
                repeated(name, &given[0], times, saved)
            }
            None => object
                .iter()
                .map(|(name, entry)| (name.clone(), expand(entry, saved, index)))
                .collect(),
        },
        plain => plain.clone(),
    }
}

fn repeated(name: &str, inner: &Value, times: u64, saved: &Saved) -> Value {
    match (name, inner) {
        ("$repeat", Value::String(text)) => text.repeat(times as usize).into(),
        ("$repeat" | "$list", inner) => (0..times).map(|_| expand(inner, saved, 0)).collect(),
        ("$each", inner) => (0..times)
            .map(|index| expand(inner, saved, index))
            .collect(),
        ("$nest", inner) => (0..times).fold(inner.clone(), |nested, _| Value::Array(vec![nested])),
        (name, _) => panic!("{name} is not an operator"),
    }
}

/// Whether a value matches a pattern; the error says where it does not.
pub(crate) fn mismatch(
    pattern: &Value,
    found: &Value,
    saved: &Saved,
    place: &str,
) -> Result<(), String> {
    let wrong = || {
        let found: String = found.to_string().chars().take(200).collect();
        Err(format!("{place}: {found} does not match {pattern}"))
    };
    match (pattern, found) {
        (Value::Object(object), found) => match (operator(object), found) {
            (Some((name, given)), found) => {
                if holds(name, given, found, saved) {
                    Ok(())
                } else {
                    wrong()
                }
            }
            (None, Value::Object(_)) => object.iter().try_for_each(|(key, inner)| {
                let found = found.get(key).unwrap_or(&Value::Null);
                mismatch(inner, found, saved, &format!("{place}/{key}"))
            }),
            (None, _) => wrong(),
        },
        (Value::Array(patterns), Value::Array(entries)) if patterns.len() == entries.len() => {
            let mut pairs = patterns.iter().zip(entries).enumerate();
            pairs.try_for_each(|(index, (inner, found))| {
                mismatch(inner, found, saved, &format!("{place}/{index}"))
            })
        }
        (Value::Number(_), Value::Number(_)) if is_near(pattern, found) => Ok(()),
        (pattern, found) if pattern == found => Ok(()),
        _ => wrong(),
    }
}

fn is_near(pattern: &Value, found: &Value) -> bool {
    let numbers = pattern.as_f64().zip(found.as_f64());
    numbers.is_some_and(|(wanted, found)| (wanted - found).abs() <= 1e-4 * wanted.abs().max(1.0))
}

fn holds(name: &str, given: &Value, found: &Value, saved: &Saved) -> bool {
    let length = expand(given, saved, 0).as_u64();
    let length = length.map(|length| length as usize);
    match (name, found) {
        ("$saved", found) => mismatch(&saved[given.as_str().unwrap()], found, saved, "").is_ok(),
        ("$kind", found) => given == kind(found),
        ("$length", Value::Array(entries)) => length == Some(entries.len()),
        ("$length", Value::String(text)) => length == Some(text.chars().count()),
        ("$contains", Value::String(text)) => text.contains(given.as_str().unwrap()),
        ("$unit", Value::Array(entries)) => {
            let numbers = entries.iter().filter_map(Value::as_f64);
            let square: f64 = numbers.map(|number| number * number).sum();
            length == Some(entries.len()) && (square - 1.0).abs() < 1e-3
        }
        ("$length" | "$contains" | "$unit", _) => false,
        (name, _) => panic!("{name} is not an operator"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
