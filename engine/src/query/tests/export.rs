use super::support::{Library, PAYLOAD};
use crate::point::PointId;
use crate::write::request::{Wait, WriteRequest};

#[test]
fn an_export_is_of_one_moment_and_ends_when_told() {
    let library = Library::new(5);
    let expected: Vec<u64> = library.payloads.keys().copied().collect();
    let mut found = Vec::new();
    let export = library.collection.export(PAYLOAD, |point| {
        let PointId::Integer(id) = point.id else {
            panic!("{}", point.id);
        };
        if found.is_empty() {
            let gone = expected.iter().copied().map(PointId::Integer).collect();
            let written = library
                .collection
                .write(WriteRequest::Delete(gone), Wait::Durable);
            assert_eq!(written.expect("deleted").points, expected.len() as u64);
        }
        assert_eq!(point.payload.as_ref(), library.payloads.get(&id));
        found.push(id);
        true
    });
    export.expect("exported");
    assert_eq!(found, expected);

    let library = Library::new(6);
    let mut count = 0;
    let export = library.collection.export(PAYLOAD, |_| {
        count += 1;
        count < 3
    });
    export.expect("exported");
    assert_eq!(count, 3);
}
