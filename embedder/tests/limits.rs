//! Each limit reached and refused, and work that nobody waits for skipped.
#![cfg(test)]

mod support;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use embedder::{Chunking, EmbedderOptions, Error, ErrorKind, InputKind};
use support::tiny;

fn texts(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("text number {number} of many"))
        .collect()
}

#[test]
fn a_text_beyond_the_models_tokens_is_refused_with_the_counts() {
    let embedder = tiny(&EmbedderOptions::default());
    let fits = "x".repeat(3);
    let long = "number ".repeat(4000);
    let counted = embedder
        .count_tokens(&long, InputKind::Document)
        .expect("count");
    assert!(counted > embedder.info().tokens_max);
    let error = embedder
        .embed(vec![fits, long], InputKind::Document)
        .expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let Error::TextTooLong {
        index,
        tokens,
        tokens_max,
    } = error
    else {
        panic!("{error}")
    };
    assert_eq!((index, tokens, tokens_max), (1, counted, 2048));
}

#[test]
fn the_longest_text_is_accepted() {
    let embedder = tiny(&EmbedderOptions::default());
    let mut text = "1".repeat(2047);
    assert_eq!(
        embedder
            .count_tokens(&text, InputKind::Document)
            .expect("count"),
        2048
    );
    let embeddings = embedder
        .embed(vec![text.clone()], InputKind::Document)
        .expect("fits");
    assert_eq!(embeddings[0].tokens, 2048);
    text.push('1');
    embedder
        .embed(vec![text], InputKind::Document)
        .expect_err("one token more");
}

#[test]
fn a_text_of_too_many_bytes_is_refused_before_it_is_tokenized() {
    let options = EmbedderOptions {
        text_bytes_max: 10,
        ..EmbedderOptions::default()
    };
    let embedder = tiny(&options);
    let too_large = "eleven here".to_owned();
    let error = embedder
        .submit(vec![too_large.clone()], InputKind::Query)
        .expect_err("bytes");
    assert!(matches!(
        error,
        Error::TextTooLarge {
            index: 0,
            bytes: 11,
            bytes_max: 10
        }
    ));
    embedder
        .count_tokens(&too_large, InputKind::Query)
        .expect_err("bytes");
    embedder
        .split(
            &too_large,
            &Chunking {
                tokens: 8,
                overlap: 0,
            },
        )
        .expect_err("bytes");
    embedder
        .embed(vec!["ten bytes!".to_owned()], InputKind::Query)
        .expect("fits");
}

#[test]
fn a_full_queue_is_an_error_at_once_and_drains() {
    // Room for about ten of these texts, each estimated at six tokens.
    let options = EmbedderOptions {
        queue_tokens_max: 64,
        ..EmbedderOptions::default()
    };
    let embedder = tiny(&options);
    let mut accepted = Vec::new();
    let error = loop {
        match embedder.submit(texts(8), InputKind::Document) {
            Ok(pending) => accepted.push(pending),
            Err(error) => break error,
        }
        assert!(accepted.len() < 1_000_000, "the queue never filled");
    };
    assert_eq!(error.kind(), ErrorKind::Overloaded);
    let Error::QueueFull {
        retry_after_ms,
        tokens_max,
        ..
    } = error
    else {
        panic!("{error}")
    };
    assert!(retry_after_ms > 0);
    assert_eq!(tokens_max, 64);
    for pending in accepted {
        assert_eq!(pending.wait().expect("accepted work is done").len(), 8);
    }
    embedder
        .embed(texts(8), InputKind::Document)
        .expect("there is room again");
    let statistics = embedder.statistics();
    assert_eq!(
        (statistics.texts_waiting, statistics.tokens_waiting),
        (0, 0)
    );
}

#[test]
fn a_request_larger_than_the_queue_is_invalid_rather_than_overloaded() {
    let options = EmbedderOptions {
        queue_tokens_max: 64,
        ..EmbedderOptions::default()
    };
    let error = tiny(&options)
        .submit(texts(100), InputKind::Document)
        .expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(
        matches!(error, Error::RequestTooLarge { tokens_max: 64, .. }),
        "{error}"
    );
}

#[test]
fn work_whose_caller_left_is_skipped() {
    let options = EmbedderOptions {
        batch_tokens_max: 1,
        ..EmbedderOptions::default()
    };
    let embedder = tiny(&options);
    let count = 2000;
    drop(
        embedder
            .submit(texts(count), InputKind::Document)
            .expect("accepted"),
    );
    embedder
        .embed(texts(1), InputKind::Document)
        .expect("what came after is answered");
    let statistics = embedder.statistics();
    let done = statistics.texts_total + statistics.texts_skipped_total;
    assert_eq!(done, count as u64 + 1);
    assert!(statistics.texts_skipped_total > 0, "{statistics:?}");
}

#[test]
fn dropping_the_embedder_answers_what_waits() {
    let options = EmbedderOptions {
        batch_tokens_max: 1,
        ..EmbedderOptions::default()
    };
    let embedder = tiny(&options);
    let clone = embedder.clone();
    let pending = embedder
        .submit(texts(3000), InputKind::Document)
        .expect("accepted");
    drop(embedder);
    clone
        .embed(texts(1), InputKind::Query)
        .expect("a clone keeps the threads");
    drop(clone);
    let error = pending.wait().expect_err("closed");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn no_texts_are_answered_with_no_embeddings() {
    let embedder = tiny(&EmbedderOptions::default());
    assert_eq!(
        embedder.embed(Vec::new(), InputKind::Query).expect("none"),
        []
    );
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[test]
fn a_pending_answer_is_a_future() {
    let embedder = tiny(&EmbedderOptions::default());
    let pending = embedder
        .submit(texts(50), InputKind::Query)
        .expect("accepted");
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut pending = pin!(pending);
    let embeddings = loop {
        match pending.as_mut().poll(&mut context) {
            Poll::Ready(answer) => break answer.expect("embeddings"),
            Poll::Pending => thread::park(),
        }
    };
    assert_eq!(embeddings.len(), 50);
}

#[test]
fn counters_count() {
    let embedder = tiny(&EmbedderOptions::default());
    let embeddings = embedder
        .embed(texts(30), InputKind::Document)
        .expect("embeddings");
    let statistics = embedder.statistics();
    assert_eq!(statistics.texts_total, 30);
    let tokens: usize = embeddings.iter().map(|embedding| embedding.tokens).sum();
    assert_eq!(statistics.tokens_total, tokens as u64);
    assert!(statistics.batches_total >= 1 && statistics.model_seconds_total > 0.0);
}
