//! Refuses filters that are too large to evaluate, or that can never be meant.

use crate::error::{Error, Result};
use crate::value::Value;

use super::{
    Clause, FILTER_CLAUSES_MAX, FILTER_DEPTH_MAX, FILTER_KEY_BYTES_MAX, FILTER_VALUE_BYTES_MAX,
    FILTER_VALUES_MAX, Filter, FilterCondition, FilterTest, Nested, Range, Scalar,
};

#[derive(Debug, Default)]
struct Totals {
    clauses: usize,
    values: usize,
    /// Within how many objects of lists the clauses stand.
    objects: usize,
}

/// Refuses what is too large to evaluate, or can never be meant. `field` is where the filter
/// stands in the request.
pub(super) fn check(filter: &Filter, field: &str) -> Result<()> {
    check_group(filter, field, FILTER_DEPTH_MAX, &mut Totals::default())
}

fn check_group(group: &Filter, field: &str, depth_left: usize, totals: &mut Totals) -> Result<()> {
    let Some(depth_left) = depth_left.checked_sub(1) else {
        return Err(Error::invalid(
            field,
            "filter_too_deep",
            format!(
                "groups nest deeper than {FILTER_DEPTH_MAX}; merge inner groups into outer ones"
            ),
        ));
    };
    let lists = [
        ("must", &group.must),
        ("should", &group.should),
        ("must_not", &group.must_not),
    ];
    for (name, clauses) in lists {
        totals.clauses += clauses.len();
        if totals.clauses > FILTER_CLAUSES_MAX {
            return Err(Error::invalid(
                format!("{field}.{name}"),
                "filter_too_large",
                format!("more than {FILTER_CLAUSES_MAX} conditions and groups in one filter"),
            ));
        }
        for (place, clause) in clauses.iter().enumerate() {
            let field = format!("{field}.{name}[{place}]");
            match clause {
                Clause::Condition(condition) => check_condition(condition, &field, totals)?,
                Clause::Group(inner) => check_group(inner, &field, depth_left, totals)?,
                Clause::HasId(ids) => check_ids(ids.len(), &field, totals)?,
                Clause::Nested(Nested { key, filter }) => {
                    let field = format!("{field}.nested");
                    check_key(key, &field)?;
                    totals.objects += 1;
                    check_group(filter, &format!("{field}.filter"), depth_left, totals)?;
                    totals.objects -= 1;
                }
            }
        }
    }
    Ok(())
}

fn check_ids(count: usize, field: &str, totals: &mut Totals) -> Result<()> {
    let field = format!("{field}.has_id");
    if totals.objects > 0 {
        return Err(Error::invalid(
            field,
            "filter_invalid",
            "in a `nested` filter, and an object within a payload has no id; put it beside",
        ));
    }
    totals.values += count;
    check_count(totals.values, field)
}

fn check_count(count: usize, field: String) -> Result<()> {
    if count > FILTER_VALUES_MAX {
        return Err(Error::invalid(
            field,
            "filter_too_large",
            format!("more than {FILTER_VALUES_MAX} values to compare with in one filter"),
        ));
    }
    Ok(())
}

fn check_key(key: &str, field: &str) -> Result<()> {
    let bytes = key.len();
    if bytes == 0 || bytes > FILTER_KEY_BYTES_MAX {
        return Err(Error::invalid(
            format!("{field}.key"),
            "filter_key_invalid",
            format!("a key of {bytes} bytes, expected 1 to {FILTER_KEY_BYTES_MAX}"),
        ));
    }
    Ok(())
}

fn check_condition(condition: &FilterCondition, field: &str, totals: &mut Totals) -> Result<()> {
    check_key(&condition.key, field)?;
    match &condition.test {
        FilterTest::Exists(_)
        | FilterTest::Null(_)
        | FilterTest::Empty(_)
        | FilterTest::DateRange(_) => Ok(()),
        FilterTest::Range(range) => check_range(range, field),
        FilterTest::Prefix(prefix) => check_prefix(prefix, field),
        FilterTest::Geo(area) => match area.fault() {
            Some((part, problem)) => {
                let field = format!("{field}.{part}");
                Err(Error::invalid(field, "filter_geo_invalid", problem))
            }
            None => Ok(()),
        },
        FilterTest::Any(values) | FilterTest::OtherThan(values) => {
            totals.values += values.len();
            check_values(values, field, totals.values)
        }
    }
}

fn check_prefix(prefix: &str, field: &str) -> Result<()> {
    let bytes = prefix.len();
    if (1..=FILTER_VALUE_BYTES_MAX).contains(&bytes) {
        return Ok(());
    }
    Err(Error::invalid(
        format!("{field}.match.prefix"),
        "filter_value_invalid",
        format!("a prefix of {bytes} bytes, expected 1 to {FILTER_VALUE_BYTES_MAX}"),
    ))
}

fn check_range(range: &Range, field: &str) -> Result<()> {
    let Range { gt, gte, lt, lte } = *range;
    for (name, bound) in [("gt", gt), ("gte", gte), ("lt", lt), ("lte", lte)] {
        if bound.is_some_and(f64::is_nan) {
            return Err(Error::invalid(
                format!("{field}.range.{name}"),
                "filter_value_invalid",
                "not a number, expected a number",
            ));
        }
    }
    Ok(())
}

fn check_values(values: &[Value], field: &str, count: usize) -> Result<()> {
    let field = format!("{field}.match");
    check_count(count, field.clone())?;
    for value in values {
        match Scalar::of(value) {
            None => {
                return Err(Error::invalid(
                    field,
                    "filter_value_invalid",
                    "null, a list, an object or a number that is not finite; expected strings, \
                     numbers or booleans (for null, use `exists`)",
                ));
            }
            Some(Scalar::String(text)) if text.len() > FILTER_VALUE_BYTES_MAX => {
                let bytes = text.len();
                return Err(Error::invalid(
                    field,
                    "filter_value_invalid",
                    format!(
                        "a string of {bytes} bytes, at most {FILTER_VALUE_BYTES_MAX} are allowed"
                    ),
                ));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
