//! Facets: which values a payload path has, and how often.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::filter::FilterBody;
use crate::wire::payload;

/// A question for the values at a payload path.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facet {
    /// The dotted path; of a list, every element counts.
    pub(crate) key: String,
    /// Which points count; all by default.
    pub(crate) filter: Option<FilterBody>,
    /// How many values; 10 by default.
    #[schema(minimum = 1, maximum = 10000)]
    pub(crate) limit: Option<usize>,
}

/// The values, the most frequent first, then by value.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetAnswer {
    pub(crate) values: Vec<FacetValue>,
}

/// A value and the points that have it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetValue {
    /// A string, a number or a boolean.
    #[schema(value_type = Scalar)]
    pub(crate) value: serde_json::Value,
    /// Points with this value, exactly; one whose list holds it twice counts once.
    pub(crate) count: u64,
}

/// A value that can be counted; only for the contract.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "names a shape in the contract")]
pub(crate) enum Scalar {
    String(String),
    Number(f64),
    Bool(bool),
}

impl From<Vec<engine::FacetValue>> for FacetAnswer {
    fn from(values: Vec<engine::FacetValue>) -> Self {
        let values = values.into_iter().map(|found| FacetValue {
            value: payload::value_from_engine(found.value),
            count: found.count,
        });
        Self {
            values: values.collect(),
        }
    }
}
