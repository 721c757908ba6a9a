use super::*;
use crate::value::Payload;

const BERLIN: GeoPoint = GeoPoint {
    lat: 52.520,
    lon: 13.405,
};
const PARIS: GeoPoint = GeoPoint {
    lat: 48.8566,
    lon: 2.3522,
};

fn radius(center: GeoPoint, radius_m: f64) -> GeoArea {
    GeoArea::Radius { center, radius_m }
}

fn place(lat: f64, lon: f64) -> GeoPoint {
    GeoPoint { lat, lon }
}

fn boxed(top: f64, left: f64, bottom: f64, right: f64) -> GeoArea {
    GeoArea::Box {
        top_left: place(top, left),
        bottom_right: place(bottom, right),
    }
}

/// A quarter of a great circle and a degree of a meridian are known without the formula.
#[test]
fn distances_are_those_of_a_sphere() {
    let quarter = EARTH_RADIUS_M * std::f64::consts::FRAC_PI_2;
    let cases = [
        (place(0.0, 0.0), place(0.0, 90.0), quarter),
        (place(0.0, 0.0), place(90.0, 12.0), quarter),
        (place(0.0, -180.0), place(0.0, 180.0), 0.0),
        (place(0.0, 0.0), place(0.0, 180.0), 2.0 * quarter),
        (place(10.0, 20.0), place(11.0, 20.0), quarter / 90.0),
    ];
    for (one, other, expected) in cases {
        let found = one.distance_m(other);
        assert!(
            (found - expected).abs() < 1e-3,
            "{one:?} {other:?}: {found}"
        );
    }
    let found = BERLIN.distance_m(PARIS);
    assert!((877_000.0..879_000.0).contains(&found), "{found}");
}

#[test]
fn areas_hold_their_border() {
    assert!(radius(BERLIN, 0.0).contains(BERLIN));
    assert!(radius(BERLIN, 880_000.0).contains(PARIS));
    assert!(!radius(BERLIN, 870_000.0).contains(PARIS));
    assert!(boxed(53.0, 2.0, 48.0, 14.0).contains(PARIS));
    assert!(boxed(PARIS.lat, PARIS.lon, PARIS.lat, PARIS.lon).contains(PARIS));
    assert!(!boxed(48.0, 2.0, 47.0, 14.0).contains(PARIS));
    let pacific = boxed(10.0, 170.0, -10.0, -170.0);
    for (lon, expected) in [(175.0, true), (-175.0, true), (180.0, true), (0.0, false)] {
        assert_eq!(pacific.contains(place(0.0, lon)), expected, "{lon}");
    }
}

#[test]
fn latitudes_leave_nothing_out() {
    for lat in [-90.0, -60.0, 0.0, 33.0, 90.0] {
        for radius_m in [0.0, 1.0, 1_000.0, 2_000_000.0] {
            let area = radius(place(lat, 7.0), radius_m);
            let (low, high) = area.latitudes();
            for step in -900..=900 {
                let point = place(f64::from(step) / 10.0, 7.0);
                assert!(
                    !area.contains(point) || (low..=high).contains(&point.lat),
                    "{area:?} {point:?}"
                );
            }
        }
    }
}

#[test]
fn only_objects_with_both_coordinates_are_places() {
    let object = |lat: Value, lon: Value| {
        Value::Object(Payload::from([
            ("lat".to_owned(), lat),
            ("lon".to_owned(), lon),
        ]))
    };
    let whole = object(Value::Integer(1), Value::Unsigned(2));
    assert_eq!(GeoPoint::of(&whole), Some(place(1.0, 2.0)));
    for value in [
        object(Value::Float(90.1), Value::Integer(0)),
        object(Value::Integer(0), Value::Float(-180.5)),
        object(Value::Float(f64::NAN), Value::Integer(0)),
        object(Value::String("1".to_owned()), Value::Integer(0)),
        Value::Object(Payload::from([("lat".to_owned(), Value::Integer(1))])),
        Value::List(vec![Value::Integer(1), Value::Integer(2)]),
        Value::Null,
    ] {
        assert_eq!(GeoPoint::of(&value), None, "{value:?}");
    }
}

#[test]
fn areas_that_cannot_be_are_named() {
    let cases = [
        (radius(place(91.0, 0.0), 1.0), Some("geo_radius.center")),
        (radius(BERLIN, -1.0), Some("geo_radius.radius_m")),
        (radius(BERLIN, f64::INFINITY), Some("geo_radius.radius_m")),
        (boxed(91.0, 0.0, 0.0, 0.0), Some("geo_box.top_left")),
        (boxed(1.0, 0.0, 0.0, 181.0), Some("geo_box.bottom_right")),
        (boxed(1.0, 0.0, 2.0, 1.0), Some("geo_box")),
        (boxed(1.0, 0.0, 1.0, 0.0), None),
        (radius(BERLIN, 0.0), None),
    ];
    for (area, expected) in cases {
        assert_eq!(area.fault().map(|(part, _)| part), expected, "{area:?}");
    }
}
