//! Reads of a whole collection, compared with what its payloads say.

mod export;
mod facet;
mod ordered;
mod recall;
mod support;
