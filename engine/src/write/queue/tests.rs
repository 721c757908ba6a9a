use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::point::PointId;

fn request(number: u64) -> WriteRequest {
    WriteRequest::Delete(vec![PointId::Integer(number)])
}

fn written(sequence: u64) -> Written {
    Written {
        points: 1,
        sequence,
    }
}

#[test]
fn every_concurrent_request_is_answered_once_and_groups_form() {
    let queue = WriteQueue::new(64);
    let groups = AtomicUsize::new(0);
    let requests = AtomicUsize::new(0);
    let (threads, each) = (8, 50);
    // The first leader waits until all other threads are queued behind it or about to be,
    // so that at least one group holds more than one request.
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (queue, groups, requests, barrier) = (&queue, &groups, &requests, &barrier);
            scope.spawn(move || {
                barrier.wait();
                for index in 0..each {
                    let answer = queue.submit(request((thread * each + index) as u64), |group| {
                        groups.fetch_add(1, Ordering::SeqCst);
                        for ticket in group {
                            assert!(ticket.take().is_some());
                            requests.fetch_add(1, Ordering::SeqCst);
                            ticket.answer(Ok(written(7)));
                        }
                        std::thread::yield_now();
                    });
                    assert_eq!(answer.unwrap().sequence, 7);
                }
            });
        }
    });
    assert_eq!(requests.load(Ordering::SeqCst), threads * each);
    assert!(groups.load(Ordering::SeqCst) <= threads * each);
}

#[test]
fn a_request_that_was_put_back_leads_the_next_group() {
    let queue = WriteQueue::new(4);
    let calls = AtomicUsize::new(0);
    let answer = queue.submit(request(1), |group| {
        let ticket = &group[0];
        let request = ticket.take().unwrap();
        if calls.fetch_add(1, Ordering::SeqCst) == 0 {
            ticket.put_back(request);
        } else {
            ticket.answer(Ok(written(3)));
        }
    });
    assert_eq!(answer.unwrap().sequence, 3);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn a_leader_that_panics_answers_its_group_and_leaves_the_turn() {
    let queue = WriteQueue::new(4);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        queue.submit(request(1), |group| {
            group[0].take();
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    let answer = queue.submit(request(2), |group| group[0].answer(Ok(written(1))));
    assert_eq!(answer.unwrap().sequence, 1);
}

#[test]
fn a_full_queue_refuses_at_once() {
    let queue = WriteQueue::new(1);
    let outcome = queue.submit(request(1), |group| {
        // The leader's own request left the queue, so one more may wait and a second may not.
        queue
            .state
            .lock()
            .waiting
            .push_back(Arc::new(Ticket::new(request(2))));
        let refused = queue.submit(request(3), |_| ());
        assert!(matches!(
            refused,
            Err(Error::Overloaded { count_max: 1, .. })
        ));
        queue.state.lock().waiting.clear();
        group[0].answer(Ok(written(1)));
    });
    assert!(outcome.is_ok());
}
