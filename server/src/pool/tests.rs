use std::sync::Arc;
use std::sync::mpsc;

use super::Pool;
use crate::problem::ApiError;

#[tokio::test]
async fn a_full_queue_is_refused_at_once_and_a_free_place_is_taken() {
    let pool = Arc::new(Pool::new("tests", 1, 1));
    let (release, wait) = mpsc::channel::<()>();
    let (started, has_started) = tokio::sync::oneshot::channel();
    let running = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move {
            let call = move || {
                started.send(()).expect("the test waits");
                wait.recv().expect("the test releases");
                Ok(1)
            };
            pool.run(call).await
        }
    });
    has_started.await.expect("the first call runs");
    let queued = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { pool.run(|| Ok(2)).await }
    });
    while pool.waiting() == 0 {
        tokio::task::yield_now().await;
    }

    let refused = pool.run(|| Ok(3)).await.expect_err("the queue holds one");
    assert_eq!(refused.code, "overloaded");
    assert!(refused.retry_after_ms.is_some());

    release.send(()).expect("the first call waits");
    assert_eq!(running.await.expect("no panic"), Ok(1));
    assert_eq!(queued.await.expect("no panic"), Ok(2));
    assert_eq!(pool.run(|| Ok(4)).await, Ok(4));
    assert_eq!(pool.waiting(), 0);
}

#[tokio::test]
async fn a_panic_in_a_call_is_a_fault_and_frees_its_place() {
    let pool = Pool::new("tests", 1, 0);
    let broken: Result<(), ApiError> = pool.run(|| panic!("on purpose")).await;
    assert_eq!(broken.expect_err("it panicked").code, "internal");
    assert_eq!(pool.run(|| Ok(1)).await, Ok(1));
}
