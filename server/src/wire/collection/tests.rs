use super::CreateCollection;

#[test]
fn null_is_told_from_absent() {
    let read = |text: &str| {
        serde_json::from_str::<CreateCollection>(text)
            .expect(text)
            .model
    };
    assert_eq!(read("{}"), None);
    assert_eq!(read(r#"{"model":null}"#), Some(None));
    assert_eq!(read(r#"{"model":"a"}"#), Some(Some("a".to_owned())));
}
