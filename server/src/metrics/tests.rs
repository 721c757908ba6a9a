use std::time::Duration;

use super::{Metrics, resident_bytes};

#[test]
fn requests_are_counted_by_route_and_status() {
    let metrics = Metrics::new();
    metrics.observe_request("GET", "/v1/collections", 200, Duration::from_millis(3));
    metrics.observe_request("GET", "/v1/collections", 200, Duration::from_millis(3));
    let page = metrics.encode().expect("a page");
    let line =
        "kukla_request_seconds_count{method=\"GET\",route=\"/v1/collections\",status=\"200\"} 2";
    assert!(page.contains(line), "{page}");
    assert!(page.ends_with("# EOF\n"));
}

#[test]
fn resident_memory_is_read_where_the_system_tells() {
    let is_told = std::path::Path::new("/proc/self/statm").exists();
    assert_eq!(resident_bytes() > 0, is_told);
}
