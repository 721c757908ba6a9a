use super::super::filter::{Clause, Filter, FilterCondition, FilterTest};
use super::super::order::{ORDER_BYTES_MAX, OrderBy};
use super::super::request::Include;
use super::*;
use crate::value::{Payload, Value};

fn request() -> ScrollRequest {
    ScrollRequest {
        filter: None,
        order_by: None,
        limit: 10,
        cursor: None,
        include: Include {
            text: false,
            payload: false,
            vectors: false,
        },
    }
}

fn filter(key: &str) -> Filter {
    Filter {
        must: vec![Clause::Condition(FilterCondition {
            key: key.to_owned(),
            test: FilterTest::Exists(true),
        })],
        ..Filter::default()
    }
}

fn read_back(of: u32, request: &ScrollRequest, text: &str) -> Result<Option<After>> {
    let name = CollectionName::new("docs").expect("a name");
    let request = ScrollRequest {
        cursor: Some(text.to_owned()),
        ..request.clone()
    };
    read(CollectionId(of), &name, &request)
}

#[test]
fn a_cursor_is_read_back_by_the_same_question_alone() {
    let order_by = |key: &str, descending| OrderBy {
        key: key.to_owned(),
        descending,
    };
    let asked = ScrollRequest {
        filter: Some(filter("a")),
        order_by: Some(order_by("b", true)),
        ..request()
    };
    let text = write(CollectionId(3), &asked, After::Number(7)).expect("written");
    assert_eq!(
        read_back(3, &asked, &text).expect("read"),
        Some(After::Number(7))
    );
    let wider = ScrollRequest {
        limit: 99,
        ..asked.clone()
    };
    assert!(read_back(3, &wider, &text).is_ok());
    let others = [
        ScrollRequest {
            filter: Some(filter("c")),
            ..asked.clone()
        },
        ScrollRequest {
            filter: None,
            ..asked.clone()
        },
        ScrollRequest {
            order_by: Some(order_by("b", false)),
            ..asked.clone()
        },
        ScrollRequest {
            order_by: None,
            ..asked.clone()
        },
    ];
    for other in others {
        let error = read_back(3, &other, &text).expect_err("refused");
        assert_eq!(error.code(), "cursor_invalid");
    }
    let error = read_back(4, &asked, &text).expect_err("refused");
    assert!(error.to_string().contains("another collection"), "{error}");
}

#[test]
fn texts_that_are_no_cursor_are_refused() {
    let whole = write(CollectionId(0), &request(), After::Number(7)).expect("written");
    let cut = whole.get(2..).expect("longer").to_owned();
    let odd = format!("{whole}0");
    let changed = whole.replacen('0', "1", 1);
    for text in ["", "0", "zz", "0.7", "\u{e9}", &cut, &odd, &changed] {
        let error = read_back(0, &request(), text).expect_err(text);
        assert_eq!(error.code(), "cursor_invalid", "{text}");
    }
}

#[test]
fn the_longest_cursor_can_be_read() {
    let order = OrderBy {
        key: "a".to_owned(),
        descending: true,
    };
    let value = Value::String("x".repeat(2 * ORDER_BYTES_MAX));
    let payload = Payload::from([("a".to_owned(), value)]);
    let after = After::Position(Position::of(&payload, u32::MAX, &order));
    let text = write(CollectionId(u32::MAX), &request(), after.clone()).expect("written");
    assert_eq!(
        read_back(u32::MAX, &request(), &text).expect("read"),
        Some(after)
    );
}
