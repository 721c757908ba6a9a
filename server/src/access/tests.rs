//! The table against the contract, and the rules.

use super::*;
use crate::keys;

fn caller(role: Role, collections: &str) -> Caller {
    let made = keys::make("web", role, collections).expect("a key");
    Caller::Key(Arc::new(KeyLine::parse(&made.line).expect("a line")))
}

#[test]
fn every_route_of_the_contract_says_what_it_needs() {
    let contract: serde_json::Value =
        serde_json::from_str(crate::openapi_text()).expect("the contract is JSON");
    let mut routes = Vec::new();
    for (path, item) in contract["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            routes.push((method.to_uppercase(), path.clone()));
        }
    }
    for (method, path) in &routes {
        let is_there = TABLE.iter().any(|row| (row.0, row.1) == (method, path));
        assert!(is_there, "`{method} {path}` is not in the table");
    }
    assert!(routes.len() > 15, "the contract was read");
}

#[test]
fn every_route_of_a_facade_says_what_it_needs() {
    let mut routes = 0;
    for line in include_str!("../facades.rs").lines() {
        let Some(path) = line.split(".route(\"").nth(1) else {
            continue;
        };
        let path = path.split('"').next().expect("a path");
        for method in ["get", "put", "post", "patch", "delete"] {
            let is_routed =
                line.contains(&format!(" {method}(")) || line.contains(&format!(".{method}("));
            let method = method.to_uppercase();
            let is_there = TABLE.iter().any(|row| (row.0, row.1) == (&*method, path));
            assert_eq!(is_there, is_routed, "`{method} {path}`");
            routes += usize::from(is_routed);
        }
    }
    assert_eq!(routes, 24);
}

#[test]
fn nothing_is_open_by_being_forgotten() {
    assert_eq!(need("POST", "/v1/forgotten"), Everywhere(Admin));
    assert_eq!(need("BREW", "/v1/collections"), Everywhere(Admin));
    assert_eq!(need("HEAD", "/v1/collections"), For(Read));
}

#[test]
fn a_role_allows_itself_and_less() {
    for (role, allowed) in [(Read, 1), (Write, 2), (Admin, 3)] {
        let caller = caller(role, "*");
        let found = [Read, Write, Admin]
            .into_iter()
            .filter(|needed| caller.check(For(*needed), Some("docs")).is_ok())
            .count();
        assert_eq!(found, allowed, "{role:?}");
    }
    let error = caller(Read, "*")
        .check(For(Write), None)
        .expect_err("refused");
    assert_eq!(
        (error.status.as_u16(), error.code),
        (403, "role_insufficient")
    );
}

#[test]
fn a_limited_key_is_for_its_collections_only() {
    let limited = caller(Admin, "docs,faq");
    assert!(limited.check(For(Admin), Some("faq")).is_ok());
    for (need, collection) in [(For(Read), Some("other")), (Everywhere(Read), None)] {
        let error = limited.check(need, collection).expect_err("refused");
        assert_eq!(
            (error.status.as_u16(), error.code),
            (403, "collection_forbidden")
        );
    }
    assert!(limited.may_see("docs") && !limited.may_see("doc"));
    assert!(caller(Read, "*").check(Everywhere(Read), None).is_ok());
    assert!(
        Caller::Anyone
            .check(Everywhere(Admin), Some("other"))
            .is_ok()
    );
}
