use engine::Value;
use serde_json::json;

use super::{from_engine, to_engine};

#[test]
fn a_payload_comes_back_as_it_was() {
    let json = json!({
        "null": null, "true": true, "small": -3, "large": 18_446_744_073_709_551_615_u64,
        "float": 0.1, "text": "na\u{ef}ve \u{1F4A1}", "list": [1, "a", [null]], "inner": {"a": {"b": 1}},
    });
    let object = json.as_object().expect("an object").clone();
    assert_eq!(from_engine(to_engine(object.clone())), object);
}

#[test]
fn numbers_keep_their_kind() {
    let object = json!({"a": 1, "b": 9_223_372_036_854_775_808_u64, "c": 1.0});
    let payload = to_engine(object.as_object().expect("an object").clone());
    assert_eq!(payload["a"], Value::Integer(1));
    assert_eq!(payload["b"], Value::Unsigned(9_223_372_036_854_775_808));
    assert_eq!(payload["c"], Value::Float(1.0));
}
