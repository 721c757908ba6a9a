//! What a filter can ask of a payload, flattened: terms that say "at this path is this value" or
//! "this path exists", and numbers and points in time by path for ranges. Mirrors
//! `query::filter`'s evaluator.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::query::date_time::DateTime;
use crate::query::filter::{FILTER_KEY_BYTES_MAX, Scalar, is_blank};
use crate::query::geo::GeoPoint;
use crate::query::order::Ordered;
use crate::value::{Payload, Value};

/// Changes whenever the same payload may give other facts.
pub(super) const FACTS_VERSION: u32 = 3;

/// Of a longer string only the beginning is a fact: payloads often carry whole texts, which would
/// double on disk and which nobody compares for equality.
pub(super) const STRING_BYTES_MAX: usize = 256;

/// How much of a longer string is a fact.
pub(super) const LONG_BYTES: usize = 64;

/// The facts of one payload.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Distinct, in order. At most `2 + FILTER_KEY_BYTES_MAX + 1 + STRING_BYTES_MAX` bytes each.
    pub(super) terms: BTreeSet<Vec<u8>>,
    /// Column name to the numbers at its path: those of the payload, and points in time as whole
    /// seconds, rounded down.
    pub(super) numbers: BTreeMap<String, Vec<f64>>,
}

impl Facts {
    /// Flattens a payload.
    pub(super) fn of(payload: &Payload) -> Self {
        let mut facts = Self::default();
        let mut paths = BTreeMap::new();
        for (key, value) in payload {
            facts.add(key, value, &mut paths);
        }
        for (path, found) in paths {
            let says = [
                (found.is_blank, blank(&path)),
                (found.elements == 0 && !found.is_blank, hollow(&path)),
                (found.has_null, null(&path)),
                (found.elements > 1, several(&path)),
            ];
            let true_ones = says.into_iter().filter(|(is_so, _)| *is_so);
            facts.terms.extend(true_ones.map(|(_, term)| term));
        }
        facts
    }

    fn add(&mut self, path: &str, value: &Value, paths: &mut BTreeMap<String, AtPath>) {
        // No filter may name a longer path, and whatever lies below is longer still.
        if path.len() > FILTER_KEY_BYTES_MAX {
            return;
        }
        self.terms.insert(exists(path));
        let found = paths.entry(path.to_owned()).or_insert(AtPath::NOTHING);
        found.is_blank &= is_blank(value);
        self.add_element(path, value, paths);
    }

    fn add_element(&mut self, path: &str, value: &Value, paths: &mut BTreeMap<String, AtPath>) {
        if let (false, Some(found)) = (matches!(value, Value::List(_)), paths.get_mut(path)) {
            found.elements += 1;
            found.has_null |= matches!(value, Value::Null);
        }
        match value {
            Value::List(elements) => {
                for element in elements {
                    self.add_element(path, element, paths);
                }
            }
            Value::Object(object) => {
                if GeoPoint::of(value).is_some() {
                    self.terms.insert(place(path));
                }
                for (key, value) in object {
                    self.add(&format!("{path}.{key}"), value, paths);
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Unsigned(_)
            | Value::Float(_)
            | Value::String(_) => self.add_scalar(path, value),
        }
    }

    fn add_scalar(&mut self, path: &str, value: &Value) {
        let Some(scalar) = Scalar::of(value) else {
            return;
        };
        self.terms.insert(equals(path, scalar).term);
        if let Some(number) = value.as_number() {
            // Adding zero turns -0.0 into 0.0, which the column would keep apart.
            let numbers = self.numbers.entry(column(path)).or_default();
            numbers.push(number + 0.0);
        }
        if let Some(time) = value.as_string().and_then(DateTime::parse) {
            let times = self.numbers.entry(time_column(path)).or_default();
            times.push(time.seconds() as f64);
        }
    }
}

/// What all values at one path are together.
#[derive(Debug, Clone, Copy)]
struct AtPath {
    /// None of them says anything.
    is_blank: bool,
    has_null: bool,
    elements: usize,
}

impl AtPath {
    const NOTHING: Self = Self {
        is_blank: true,
        has_null: false,
        elements: 0,
    };
}

/// A fact that was looked for.
pub(super) struct Fact {
    pub(super) term: Vec<u8>,
    /// Whether the fact says all that was asked; if not, what has the fact may be something else.
    pub(super) is_whole: bool,
}

/// The fact that a path exists.
pub(super) fn exists(path: &str) -> Vec<u8> {
    term(path, b'e', &[])
}

/// The fact that a path exists and holds only nulls and lists without elements.
pub(super) fn blank(path: &str) -> Vec<u8> {
    term(path, b'x', &[])
}

/// The fact that a path holds lists of lists without elements, and nothing else.
pub(super) fn hollow(path: &str) -> Vec<u8> {
    term(path, b'h', &[])
}

/// The fact that a path holds null, perhaps in a list.
pub(super) fn null(path: &str) -> Vec<u8> {
    term(path, b'n', &[])
}

/// The fact that a path holds more than one element.
pub(super) fn several(path: &str) -> Vec<u8> {
    term(path, b'm', &[])
}

/// The fact that a path holds an object that is a place.
pub(super) fn place(path: &str) -> Vec<u8> {
    term(path, b'g', &[])
}

/// The fact that a path holds a value.
pub(super) fn equals(path: &str, scalar: Scalar<'_>) -> Fact {
    let term = match scalar {
        Scalar::Bool(truth) => term(path, b'b', &[u8::from(truth)]),
        Scalar::Integer(number) => term(path, b'i', &number.to_be_bytes()),
        Scalar::Unsigned(number) => term(path, b'u', &number.to_be_bytes()),
        Scalar::Float(number) => term(path, b'f', &number.to_bits().to_be_bytes()),
        Scalar::String(text) if text.len() <= STRING_BYTES_MAX => term(path, b's', text.as_bytes()),
        Scalar::String(text) => {
            return Fact {
                term: term(path, b'l', long_beginning(text)),
                is_whole: false,
            };
        }
    };
    Fact {
        term,
        is_whole: true,
    }
}

/// The beginning of the facts that a path holds a string which begins with `prefix`, for short
/// strings and for long ones. The first is empty where no short string is long enough.
pub(super) fn begins_with(path: &str, prefix: &str) -> (Option<Vec<u8>>, Fact) {
    let short = (prefix.len() <= STRING_BYTES_MAX).then(|| term(path, b's', prefix.as_bytes()));
    let long = Fact {
        term: term(path, b'l', long_beginning(prefix)),
        is_whole: prefix.len() <= LONG_BYTES,
    };
    (short, long)
}

/// The beginning of the facts of all longer strings at a path.
pub(super) fn long_strings(path: &str) -> Vec<u8> {
    term(path, b'l', &[])
}

/// The beginning of all facts at a path.
pub(super) fn at(path: &str) -> Vec<u8> {
    let mut beginning = term(path, b'e', &[]);
    beginning.pop();
    beginning
}

/// The value that a fact at the path says; none for facts that say something else.
pub(super) fn value(path: &str, term: &[u8]) -> Option<Ordered> {
    let (kind, value) = term.get(2 + path.len()..)?.split_first()?;
    let scalar = match kind {
        b'b' => Scalar::Bool(value == [1]),
        b'i' => Scalar::Integer(i64::from_be_bytes(value.try_into().ok()?)),
        b'u' => Scalar::Unsigned(u64::from_be_bytes(value.try_into().ok()?)),
        b'f' => Scalar::Float(f64::from_bits(u64::from_be_bytes(value.try_into().ok()?))),
        b's' => Scalar::String(std::str::from_utf8(value).ok()?),
        _ => return None,
    };
    Some(Ordered::of_scalar(scalar))
}

/// The value that a fact at the path says, as a scroll orders it; of a long string its beginning.
pub(super) fn value_in_scroll(path: &str, term: &[u8]) -> Option<Ordered> {
    if let Some(value) = value(path, term) {
        return Some(value.in_scroll());
    }
    match term.get(2 + path.len()..)?.split_first()? {
        (b'l', beginning) => Some(Ordered::String(
            String::from_utf8_lossy(beginning).into_owned(),
        )),
        _ => None,
    }
}

fn long_beginning(text: &str) -> &[u8] {
    let bytes = text.as_bytes();
    bytes.get(..LONG_BYTES).unwrap_or(bytes)
}

/// The path's length comes first, so that no path can pose as another with a value.
fn term(path: &str, kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(path.len()).unwrap_or(u16::MAX);
    let mut term = Vec::with_capacity(2 + path.len() + 1 + value.len());
    term.extend_from_slice(&length.to_be_bytes());
    term.extend_from_slice(path.as_bytes());
    term.push(kind);
    term.extend_from_slice(value);
    term
}

/// The column of the numbers at a path.
pub(super) fn column(path: &str) -> String {
    column_of('p', path)
}

/// The column of the points in time at a path.
pub(super) fn time_column(path: &str) -> String {
    column_of('t', path)
}

/// Everything that tantivy reads as a sign (dots, escapes, control characters) is written as `%`
/// and two hexadecimal digits.
fn column_of(kind: char, path: &str) -> String {
    let mut name = String::with_capacity(1 + path.len());
    name.push(kind);
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            name.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            write!(name, "%{byte:02x}").ok();
        }
    }
    name
}
