use std::sync::Arc;
use std::thread;

use super::{Depth, Item, PIECE_TEXTS, Queue};
use crate::error::Error;
use crate::pending::{Pending, Request};
use crate::prompts::InputKind;
use crate::split::Chunk;

fn submit(queue: &Queue, kind: InputKind, texts: Vec<String>) -> Result<Pending, Error> {
    let request = Request::new(kind, texts.len());
    let pending = request.pending();
    queue.submit(&request, texts, |_| 77).map(|()| pending)
}

fn texts(count: usize, bytes: usize) -> Vec<String> {
    vec!["x".repeat(bytes); count]
}

/// Tokenizes what waits: as many tokens as the text has bytes.
fn tokenize(queue: &Queue, pieces: usize) {
    for _ in 0..pieces {
        let piece = queue.next_piece().expect("a piece");
        let items = piece.texts.iter().enumerate().map(|(offset, text)| Item {
            request: Arc::clone(&piece.request),
            index: piece.first + offset,
            tokens: vec![0; text.len()],
        });
        let items = items.collect();
        queue.push_items(&piece, items);
    }
}

fn lengths(batch: &[Item]) -> Vec<usize> {
    batch.iter().map(|item| item.tokens.len()).collect()
}

#[test]
fn the_depth_is_exact_once_tokenized_and_zero_once_taken() {
    let queue = Queue::new(1000, 1000);
    let pending = submit(&queue, InputKind::Document, texts(3, 40)).expect("accepted");
    assert_eq!(
        queue.depth(),
        Depth {
            texts: 3,
            tokens: 33
        }
    );
    tokenize(&queue, 1);
    assert_eq!(
        queue.depth(),
        Depth {
            texts: 3,
            tokens: 120
        }
    );
    assert_eq!(queue.next_batch().expect("batch").len(), 3);
    assert_eq!(queue.depth(), Depth::default());
    drop(pending);
}

#[test]
fn a_full_queue_refuses_and_one_request_too_large_is_told_apart() {
    let queue = Queue::new(100, 10);
    let first = submit(&queue, InputKind::Document, texts(9, 40)).expect("99 of 100");
    let error = submit(&queue, InputKind::Query, texts(1, 4)).expect_err("full");
    assert!(matches!(
        error,
        Error::QueueFull {
            tokens_waiting: 99,
            tokens_max: 100,
            retry_after_ms: 77
        }
    ));
    let error = submit(&queue, InputKind::Query, texts(10, 40)).expect_err("never fits");
    assert!(matches!(
        error,
        Error::RequestTooLarge {
            tokens: 110,
            tokens_max: 100
        }
    ));
    drop(first);
}

#[test]
fn chunks_are_admitted_by_their_tokens_all_or_none_and_go_straight_to_the_model() {
    let chunk = |tokens| Chunk {
        start: 0,
        end: 1,
        tokens: vec![0; tokens],
    };
    let queue = Queue::new(100, 1_000);
    let submit = |chunks: &[Chunk]| {
        let request = Request::new(InputKind::Document, chunks.len());
        let pending = request.pending();
        let answer = queue.submit_chunks(&request, chunks, |_| 77);
        answer.map(|()| pending)
    };
    let first = submit(&[chunk(30), chunk(20)]).expect("accepted");
    let (texts, tokens) = (2, 50);
    assert_eq!(queue.depth(), Depth { texts, tokens });
    let error = submit(&[chunk(50), chunk(1)]).expect_err("full");
    assert!(matches!(
        error,
        Error::QueueFull {
            tokens_waiting: 50,
            tokens_max: 100,
            retry_after_ms: 77
        }
    ));
    let error = submit(&[chunk(101)]).expect_err("never fits");
    assert!(matches!(error, Error::RequestTooLarge { tokens: 101, .. }));
    assert_eq!(queue.depth(), Depth { texts, tokens });
    let second = submit(&[chunk(50)]).expect("the last that fits");
    assert_eq!(lengths(&queue.next_batch().expect("batch")), [20, 30, 50]);
    assert_eq!(queue.depth(), Depth::default());
    queue.close();
    assert!(matches!(submit(&[chunk(1)]), Err(Error::Closed)));
    drop((first, second));
}

#[test]
fn batches_hold_similar_lengths_within_the_budget() {
    let queue = Queue::new(10_000, 20);
    let mixed = [3, 17, 5, 16, 4, 2, 50, 4]
        .map(|bytes| "x".repeat(bytes))
        .to_vec();
    let pending = submit(&queue, InputKind::Document, mixed).expect("accepted");
    tokenize(&queue, 1);
    // The window is four batches of 20 tokens; the text of 50 would exceed it and waits.
    let mut batches = Vec::new();
    for _ in 0..5 {
        batches.push(lengths(&queue.next_batch().expect("batch")));
    }
    assert_eq!(
        batches,
        [vec![2, 3, 4, 5], vec![16], vec![17], vec![4], vec![50]]
    );
    drop(pending);
}

#[test]
fn queries_go_first_but_not_for_ever() {
    let queue = Queue::new(10_000, 10);
    let documents = submit(&queue, InputKind::Document, texts(4, 9)).expect("accepted");
    let queries = submit(&queue, InputKind::Query, texts(7, 8)).expect("accepted");
    tokenize(&queue, 2);
    let mut order = String::new();
    for _ in 0..11 {
        let batch = queue.next_batch().expect("batch");
        order.push(if batch[0].request.kind == InputKind::Query {
            'q'
        } else {
            'd'
        });
    }
    assert_eq!(order, "qqqdqqqdqdd");
    drop((documents, queries));
}

#[test]
fn a_large_request_is_cut_so_that_threads_share_it() {
    let queue = Queue::new(1 << 20, 10);
    let pending = submit(&queue, InputKind::Document, texts(PIECE_TEXTS * 2 + 1, 4)).expect("in");
    let sizes: Vec<(usize, usize)> = (0..3)
        .map(|_| queue.next_piece().expect("piece"))
        .map(|piece| (piece.first, piece.texts.len()))
        .collect();
    assert_eq!(
        sizes,
        [
            (0, PIECE_TEXTS),
            (PIECE_TEXTS, PIECE_TEXTS),
            (2 * PIECE_TEXTS, 1)
        ]
    );
    drop(pending);
}

#[test]
fn closing_answers_everybody_and_wakes_the_threads() {
    let queue = Arc::new(Queue::new(1000, 10));
    let threads = [
        thread::spawn({
            let queue = Arc::clone(&queue);
            move || while queue.next_batch().is_some() {}
        }),
        thread::spawn({
            let queue = Arc::clone(&queue);
            move || while queue.next_piece().is_some() {}
        }),
    ];
    queue.close();
    for thread in threads {
        thread.join().expect("ended");
    }
    let error = submit(&queue, InputKind::Query, texts(1, 1)).expect_err("closed");
    assert!(matches!(error, Error::Closed));

    let queue = Queue::new(1000, 10);
    let waiting = [
        submit(&queue, InputKind::Query, texts(2, 9)).expect("accepted"),
        submit(&queue, InputKind::Document, texts(2, 9)).expect("accepted"),
    ];
    tokenize(&queue, 1);
    queue.close();
    for pending in waiting {
        assert!(matches!(pending.wait(), Err(Error::Closed)));
    }
    assert_eq!(queue.depth(), Depth::default());
}
