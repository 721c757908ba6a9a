use std::collections::BTreeSet;

use serde_json::Value;

use super::text;
use crate::codes;

#[test]
fn the_file_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi.json");
    let found = std::fs::read_to_string(path).expect("openapi.json");
    assert!(
        found == text(),
        "write it with: kukla openapi > openapi.json"
    );
}

#[test]
fn every_route_and_every_code_is_listed() {
    let contract: Value = serde_json::from_str(text()).expect("JSON");
    let router = include_str!("../router.rs");
    let mut routes = 0;
    for line in router.lines().filter(|line| line.contains(".route(\"")) {
        let path = line.split('"').nth(1).expect("a path");
        let item = &contract["paths"][path];
        for method in ["get", "put", "post", "patch", "delete"] {
            let is_routed =
                line.contains(&format!(" {method}(")) || line.contains(&format!(".{method}("));
            assert_eq!(item.get(method).is_some(), is_routed, "{method} {path}");
            routes += usize::from(is_routed);
        }
    }
    assert_eq!(routes, 28);
    let listed = contract["components"]["schemas"]["Code"]["enum"]
        .as_array()
        .expect("codes");
    assert_eq!(listed.len(), codes::TABLE.len());
}

#[test]
fn every_operation_has_a_name_of_its_own() {
    let contract: Value = serde_json::from_str(text()).expect("JSON");
    let paths = contract["paths"].as_object().expect("paths");
    let operations = paths.values().filter_map(|item| item.as_object());
    let names: Vec<_> = operations
        .flat_map(|item| item.values())
        .filter_map(|operation| operation["operationId"].as_str())
        .collect();
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
    assert!(names.len() > 15, "{} names", names.len());
}

#[test]
fn what_needs_one_of_several_parts_says_so() {
    let contract: Value = serde_json::from_str(text()).expect("JSON");
    let schemas = &contract["components"]["schemas"];
    for (body, groups) in [("DeletePoints", 1), ("ChangePayloads", 2)] {
        let conditions = schemas[body]["allOf"].as_array().expect("conditions");
        assert_eq!(conditions.len(), groups, "{body}");
        for alternative in conditions[0]["oneOf"].as_array().expect("alternatives") {
            let needed = alternative["required"][0].as_str().expect("a part");
            assert!(schemas[body]["properties"][needed].is_object(), "{needed}");
            assert_eq!(alternative["properties"][needed]["not"]["type"], "null");
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let contract: Value = serde_json::from_str(text()).expect("JSON");
    let mut found = 0;
    for part in text().split("\"$ref\": \"#").skip(1) {
        let pointer = part.split('"').next().expect("a pointer");
        assert!(contract.pointer(pointer).is_some(), "{pointer}");
        found += 1;
    }
    assert!(found > 20, "{found} references");
}
