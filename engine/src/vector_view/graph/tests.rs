use std::sync::atomic::AtomicBool;

use super::{Graph, GraphPlan, SEARCHES_MAX};
use crate::error::ErrorKind;
use crate::vector_view::space::GraphSpace;
use crate::vector_view::tests::support::{NEVER, Spread, clustered};

const SPACE: GraphSpace = GraphSpace::Angle { prefix: 16 };

fn build(vectors: &[Vec<f32>], stop: &AtomicBool) -> Option<Graph> {
    let plan = GraphPlan {
        space: SPACE,
        dimensions: 32,
        rows: vectors.len(),
        // With more, rows are linked in an order of chance, and now and then a graph misses one.
        threads: 1,
        copy_vector: &|offset, vector| vector.clone_from(&vectors[offset as usize]),
    };
    Graph::build(&plan, stop).unwrap()
}

#[test]
fn a_saved_graph_is_viewed_and_searched_by_more_threads_than_it_admits() {
    let vectors = clustered(1, 1_000, 32, Spread::Falling);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph");
    build(&vectors, &NEVER).unwrap().save(&path).unwrap();
    let graph = Graph::view(&path, SPACE, 32, 1_000).unwrap();
    assert!(graph.heap_bytes() > 0);
    std::thread::scope(|scope| {
        for _ in 0..SEARCHES_MAX + 8 {
            scope.spawn(|| {
                for (offset, vector) in (0..).zip(&vectors).step_by(50) {
                    let found = graph.search(&SPACE.encode_query(vector), 20).unwrap();
                    assert_eq!(found.len(), 20);
                    assert!(found.contains(&offset));
                }
            });
        }
    });
    let all = graph
        .search(&SPACE.encode_query(&vectors[0]), 5_000)
        .unwrap();
    assert!(all.len() <= 1_000);
}

#[test]
fn a_graph_of_another_shape_or_no_graph_is_corrupt() {
    let vectors = clustered(2, 200, 32, Spread::Falling);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph");
    build(&vectors, &NEVER).unwrap().save(&path).unwrap();
    let other = GraphSpace::Angle { prefix: 32 };
    for opened in [
        Graph::view(&path, other, 32, 200),
        Graph::view(&path, SPACE, 32, 201),
        Graph::view(&path, GraphSpace::Euclid, 16, 200),
        Graph::view(&folder.path().join("absent"), SPACE, 32, 200),
    ] {
        assert_eq!(opened.unwrap_err().kind(), ErrorKind::Corrupt);
    }
    std::fs::write(&path, b"not a graph at all").unwrap();
    let error = Graph::view(&path, SPACE, 32, 200).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn a_build_that_is_stopped_gives_nothing() {
    let vectors = clustered(3, 300, 32, Spread::Falling);
    assert!(build(&vectors, &AtomicBool::new(true)).is_none());
}
