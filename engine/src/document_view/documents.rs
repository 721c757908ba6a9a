//! A point's content as tantivy's document.

use std::collections::BTreeMap;

use tantivy::TantivyDocument;
use tantivy::schema::OwnedValue;

use super::DocumentContent;
use super::facts::Facts;
use super::index::Fields;

/// The document of point `number`.
pub(super) fn document(
    fields: Fields,
    number: u32,
    content: DocumentContent<'_>,
) -> TantivyDocument {
    let mut document = TantivyDocument::default();
    document.add_u64(fields.number, u64::from(number));
    if let Some(text) = content.text {
        document.add_text(fields.text, text);
    }
    let facts = Facts::of(content.payload);
    for term in &facts.terms {
        document.add_bytes(fields.facts, term);
    }
    if !facts.numbers.is_empty() {
        let columns: BTreeMap<String, OwnedValue> = facts
            .numbers
            .into_iter()
            .map(|(column, numbers)| {
                let numbers = numbers.into_iter().map(OwnedValue::F64).collect();
                (column, OwnedValue::Array(numbers))
            })
            .collect();
        document.add_object(fields.numbers, columns);
    }
    document
}
