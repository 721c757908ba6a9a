//! Whole-product tests: a real server process, spoken to over HTTP.
#![cfg(test)]

mod conformance;
mod crash;
mod mine;
mod quality;
mod support;
