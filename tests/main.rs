//! Whole-product tests: a real server process, spoken to over HTTP.
#![cfg(test)]

mod crash;
mod quality;
mod support;
