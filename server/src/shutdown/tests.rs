use std::future::{pending, ready};
use std::time::Duration;

use tokio::sync::watch;

use super::{asked, drain};

#[tokio::test]
async fn requests_that_never_finish_are_given_up_after_the_drain_time() {
    let (stop, stopping) = watch::channel(false);
    stop.send_replace(true);
    assert!(!drain(pending(), stopping, Duration::from_millis(1)).await);
}

#[tokio::test]
async fn a_server_that_ends_by_itself_is_not_waited_for() {
    let (_stop, stopping) = watch::channel(false);
    assert!(drain(ready(()), stopping, Duration::from_hours(1)).await);
}

#[tokio::test]
async fn an_owner_who_is_gone_asks_for_the_end() {
    let (stop, stopping) = watch::channel(false);
    drop(stop);
    asked(stopping).await;
}
