use engine::{ID_BYTES_MAX, PointId};

use super::{Id, check_all};

#[test]
fn ids_are_strings_or_unsigned_integers() {
    let ids: Vec<Id> =
        serde_json::from_str(r#"[7.0, "7", 18446744073709551615, "plain"]"#).expect("ids");
    assert_eq!(
        serde_json::to_string(&ids).expect("JSON"),
        r#"[7,"7",18446744073709551615,"plain"]"#
    );
    for bad in [
        "-1",
        "1.5",
        "-1.0",
        "9007199254740993.0",
        "1e300",
        "true",
        "null",
        "[]",
        "18446744073709551616",
    ] {
        let error = serde_json::from_str::<Id>(bad).expect_err(bad).to_string();
        assert!(error.contains("unsigned 64-bit integer"), "{bad}: {error}");
    }
}

#[test]
fn the_limit_on_bytes_is_reached_and_not_passed() {
    let longest = "x".repeat(ID_BYTES_MAX);
    assert_eq!(
        Id::String(longest.clone()).check("id"),
        Ok(PointId::String(longest))
    );
    let error = Id::String("x".repeat(ID_BYTES_MAX + 1))
        .check("points[2].id")
        .expect_err("one byte more");
    assert_eq!(
        (error.code, error.field.as_deref()),
        ("id_too_long", Some("points[2].id"))
    );
    let error = Id::String(String::new()).check("id").expect_err("empty");
    assert_eq!(error.code, "id_empty");
}

#[test]
fn a_list_is_bounded_and_names_the_id_at_fault() {
    let error = check_all(vec![Id::Integer(1), Id::String(String::new())], 2).expect_err("empty");
    assert_eq!(
        (error.code, error.field.as_deref()),
        ("id_empty", Some("ids[1]"))
    );
    let error = check_all(vec![Id::Integer(1), Id::Integer(2)], 1).expect_err("one too many");
    assert_eq!(
        (error.code, error.field.as_deref()),
        ("too_many", Some("ids"))
    );
}
