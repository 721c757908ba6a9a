mod crash;
mod filter;
mod model;
mod recall;
mod rewrite;
mod support;
mod together;
