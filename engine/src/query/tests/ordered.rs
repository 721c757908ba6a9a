use super::super::candidates::Page;
use super::super::order::{OrderBy, Position};
use super::super::request::ScrollRequest;
use super::support::{Library, PAYLOAD, filters, point};
use crate::point::PointId;
use crate::value::{Payload, Value};
use crate::write::request::{Wait, WriteRequest};

fn pages(library: &Library, request: &ScrollRequest) -> Vec<u64> {
    let mut request = request.clone();
    let mut ids = Vec::new();
    loop {
        let page = library.collection.scroll(&request).expect("a page");
        assert!(page.points.len() <= request.limit);
        assert!(page.points.len() == request.limit || page.cursor.is_none());
        ids.extend(page.points.into_iter().map(|point| match point.id {
            PointId::Integer(id) => id,
            PointId::String(id) => panic!("{id}"),
        }));
        match page.cursor {
            Some(cursor) => request.cursor = Some(cursor),
            None => return ids,
        }
    }
}

#[test]
fn pages_of_every_size_are_the_sorted_points() {
    for (seed, settled) in [(1, false), (1, true), (4, false)] {
        let library = Library::new(seed);
        if settled {
            library.collection.settle().expect("indexed");
        }
        every_page_is_in_order(&library);
    }
}

fn every_page_is_in_order(library: &Library) {
    for filter in filters() {
        for descending in [false, true] {
            for key in ["color.shade", "group", "absent"] {
                let order = OrderBy {
                    key: key.to_owned(),
                    descending,
                };
                let mut expected: Vec<(Position, u64)> = library
                    .passing(filter.as_ref())
                    .into_iter()
                    // Numbers of new points ascend like their ids here.
                    .map(|(id, payload)| (Position::of(payload, id as u32, &order), id))
                    .collect();
                expected.sort();
                let expected: Vec<u64> = expected.into_iter().map(|(_, id)| id).collect();
                for limit in [7, 64, 10_000] {
                    let request = ScrollRequest {
                        filter: filter.clone(),
                        order_by: Some(order.clone()),
                        limit,
                        cursor: None,
                        include: PAYLOAD,
                    };
                    assert_eq!(pages(library, &request), expected, "{request:?}");
                }
            }
        }
    }
}

/// Where thousands of points are equal, a page takes about as many candidates as its limit.
#[test]
fn a_page_of_equal_values_does_not_take_all_of_them() {
    let library = Library::new(5);
    let points = |from: u64, value: Value| {
        let payload = || Payload::from([("same".to_owned(), value.clone())]);
        (from..from + 500)
            .map(move |id| point(id, payload(), None))
            .collect()
    };
    let text = |text: &str| Value::String(text.to_owned());
    let values = [
        text("2026-11-23"),
        Value::List(vec![text("2026-11-23T00:00:00Z"), text("2026-11-24")]),
        text("a common beginning, one"),
        text("a common beginning, two"),
        Value::Integer(7),
    ];
    for (from, value) in (10_000..).step_by(1_000).zip(values) {
        let write = WriteRequest::Upsert(points(from, value));
        library
            .collection
            .write(write, Wait::Durable)
            .expect("written");
    }
    library.collection.settle().expect("indexed");
    let documents = library.collection.document_view.committed();
    for descending in [false, true] {
        let order = OrderBy {
            key: "same".to_owned(),
            descending,
        };
        let request = ScrollRequest {
            filter: None,
            order_by: Some(order.clone()),
            limit: 100,
            cursor: None,
            include: PAYLOAD,
        };
        let found = pages(&library, &request);
        let view = library.collection.store.read_view();
        let position = |id: &u64| {
            let id = PointId::Integer(*id);
            let number = view.number(library.collection.id, &id.key()).expect("read");
            let number = number.expect("there");
            let document = view.document(library.collection.id, number).expect("read");
            Position::of(&document.payload, number, &order)
        };
        let positions: Vec<Position> = found.iter().map(position).collect();
        assert!(positions.is_sorted());
        assert_eq!(found.len(), library.payloads.len() + 2_500);
        for after in positions.iter().skip(99).step_by(100) {
            let page = Page {
                documents: &documents,
                order: &order,
                after: Some(after),
                limit: 100,
            };
            let candidates = page.candidates(&|_| true).expect("candidates");
            assert!(
                candidates.len() <= 303,
                "{} after {after:?}",
                candidates.len()
            );
        }
    }
}

#[test]
fn without_an_order_pages_are_in_the_order_of_writing() {
    let library = Library::new(2);
    for filter in filters() {
        let passing = library.passing(filter.as_ref());
        let expected: Vec<u64> = passing.into_iter().map(|(id, _)| id).collect();
        for limit in [1, 50, 10_000] {
            let request = ScrollRequest {
                filter: filter.clone(),
                order_by: None,
                limit,
                cursor: None,
                include: PAYLOAD,
            };
            assert_eq!(pages(&library, &request), expected, "{request:?}");
        }
    }
}

#[test]
fn bad_orders_and_cursors_are_refused() {
    let library = Library::new(3);
    let request = ScrollRequest {
        filter: None,
        order_by: Some(OrderBy {
            key: "group".to_owned(),
            descending: false,
        }),
        limit: 2,
        cursor: None,
        include: PAYLOAD,
    };
    let page = library.collection.scroll(&request).expect("a page");
    let refused = [
        (
            ScrollRequest {
                order_by: Some(OrderBy {
                    key: "k".repeat(513),
                    descending: false,
                }),
                ..request.clone()
            },
            "key_invalid",
        ),
        (
            ScrollRequest {
                order_by: None,
                cursor: page.cursor.clone(),
                ..request.clone()
            },
            "cursor_invalid",
        ),
        (
            ScrollRequest {
                filter: filters().pop().flatten(),
                cursor: page.cursor,
                ..request.clone()
            },
            "cursor_invalid",
        ),
    ];
    for (request, code) in refused {
        let error = library.collection.scroll(&request).expect_err("refused");
        assert_eq!(error.code(), code, "{request:?}");
    }
}
