use engine::{Chunk, Include, Point, PointId, Span};

use super::{GetParameters, StoredPoint, read_include};

#[test]
fn spans_are_counted_in_code_points() {
    let asked = Include {
        text: false,
        payload: false,
        vectors: true,
    };
    assert!(read_include(asked).text, "spans need the text");
    let text = "a\u{e9}\u{1F4A1}z".to_owned();
    let end = u32::try_from(text.len()).expect("short");
    let point = Point {
        id: PointId::Integer(7),
        sequence: 3,
        text: Some(text),
        payload: None,
        chunks: Some(vec![Chunk {
            span: Span { start: 3, end },
            vector: vec![1.0],
        }]),
        expires_at_ms: None,
    };
    let json = serde_json::to_value(StoredPoint::new(point, asked)).expect("JSON");
    let expected = serde_json::json!({
        "id": 7, "sequence": 3, "chunks": [{"start": 2, "end": 4, "vector": [1.0]}],
    });
    assert_eq!(json, expected);
}

#[test]
fn parts_are_read_from_a_list_with_commas() {
    let read = |list: Option<&str>| {
        GetParameters {
            include: list.map(str::to_owned),
        }
        .include()
    };
    let all = Include {
        text: true,
        payload: true,
        vectors: true,
    };
    assert_eq!(read(Some("text,payload,vectors")), Ok(all));
    assert_eq!(
        read(None),
        Ok(Include {
            vectors: false,
            ..all
        })
    );
    assert_eq!(
        read(Some("")),
        Ok(Include {
            text: false,
            payload: false,
            vectors: false
        })
    );
    let error = read(Some("text,vector")).expect_err("unknown");
    assert_eq!(
        (error.code, error.field.as_deref()),
        ("include_invalid", Some("include"))
    );
}
