use super::{point_index, relative};
use crate::problem::ApiError;

#[test]
fn an_error_about_one_point_is_found_and_told_in_terms_of_its_line() {
    let error = ApiError::invalid(
        "points[17].payload",
        "payload_too_large",
        "`points[17].payload` is large",
    );
    assert_eq!(point_index(&error, 18), Some(17));
    assert_eq!(point_index(&error, 17), None);
    let error = relative(error);
    assert_eq!(error.field.as_deref(), Some("payload"));
    assert_eq!(error.detail, "`payload` is large");
}

#[test]
fn an_error_about_the_whole_write_has_no_point() {
    for field in ["points", "collection", "points[x].id", "points[3"] {
        let error = ApiError::invalid(field, "too_many", "many");
        assert_eq!(point_index(&error, 10), None, "{field}");
    }
    assert_eq!(point_index(&ApiError::new("internal", "x"), 10), None);
}
