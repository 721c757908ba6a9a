use std::thread;

use super::{Embedding, Request};
use crate::error::Error;
use crate::prompts::InputKind;

fn embedding(value: f32) -> Embedding {
    Embedding {
        vector: vec![value],
        tokens: 1,
    }
}

#[test]
fn answers_keep_the_order_of_the_texts() {
    let request = Request::new(InputKind::Query, 3);
    let pending = request.pending();
    for index in [2, 0, 1] {
        assert!(!request.is_over());
        request.complete(index, embedding(index as f32));
    }
    assert!(request.is_over());
    let vectors: Vec<f32> = pending
        .wait()
        .expect("answer")
        .iter()
        .map(|embedding| embedding.vector[0])
        .collect();
    assert_eq!(vectors, [0.0, 1.0, 2.0]);
}

#[test]
fn the_first_error_is_the_answer() {
    let request = Request::new(InputKind::Query, 2);
    let pending = request.pending();
    request.complete(0, embedding(1.0));
    request.fail(Error::Closed);
    request.fail(Error::Worker {
        reason: "second".to_owned(),
    });
    request.complete(1, embedding(1.0));
    assert!(matches!(pending.wait(), Err(Error::Closed)));
}

#[test]
fn dropping_the_answer_ends_the_request() {
    let request = Request::new(InputKind::Document, 2);
    drop(request.pending());
    assert!(request.is_over());
    request.complete(0, embedding(1.0));
}

#[test]
fn waiting_wakes_up() {
    let request = Request::new(InputKind::Document, 1);
    let pending = request.pending();
    let waiting = thread::spawn(move || pending.wait());
    request.complete(0, embedding(1.0));
    let answer = waiting.join().expect("no panic").expect("answer");
    assert_eq!(answer, [embedding(1.0)]);
}
