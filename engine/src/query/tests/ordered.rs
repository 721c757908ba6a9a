use super::super::order::{OrderBy, Position};
use super::super::request::ScrollRequest;
use super::support::{Library, PAYLOAD, filters};
use crate::point::PointId;

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
