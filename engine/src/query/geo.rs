//! Places on Earth as filters compare them: payload objects with `lat` and `lon` in degrees.

use serde::{Deserialize, Serialize};

use crate::value::Value;

/// The key of a place's latitude.
pub(crate) const LATITUDE: &str = "lat";
/// The key of a place's longitude.
pub(crate) const LONGITUDE: &str = "lon";

/// Earth's mean radius in metres (IUGG, R1).
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A place in degrees: latitude in [-90, 90], longitude in [-180, 180].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GeoPoint {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
}

/// A part of Earth's surface, its border included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum GeoArea {
    /// All places within a distance of another.
    Radius {
        /// The middle.
        center: GeoPoint,
        /// The distance over the ground, in metres.
        radius_m: f64,
    },
    /// All places between two corners. Where the left one is east of the right one, the box
    /// crosses the 180th meridian.
    Box {
        /// The corner in the north-west.
        top_left: GeoPoint,
        /// The corner in the south-east.
        bottom_right: GeoPoint,
    },
}

impl GeoPoint {
    /// The place that a payload value is, if it is an object with both coordinates in range.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let Value::Object(object) = value else {
            return None;
        };
        let point = Self {
            lat: object.get(LATITUDE)?.as_number()?,
            lon: object.get(LONGITUDE)?.as_number()?,
        };
        point.is_place().then_some(point)
    }

    /// Whether both coordinates are in range.
    pub fn is_place(self) -> bool {
        (-90.0..=90.0).contains(&self.lat) && (-180.0..=180.0).contains(&self.lon)
    }

    /// The distance over the ground in metres, on a sphere, by the haversine formula:
    /// `2 r asin sqrt(sin²(Δlat / 2) + cos lat₁ cos lat₂ sin²(Δlon / 2))`
    /// (Sinnott, Sky and Telescope 68, 1984).
    fn distance_m(self, other: Self) -> f64 {
        let half_sine = |degrees: f64| (degrees.to_radians() / 2.0).sin();
        let across = half_sine(self.lat - other.lat);
        let along = half_sine(self.lon - other.lon);
        let cosines = self.lat.to_radians().cos() * other.lat.to_radians().cos();
        let haversine = across * across + cosines * along * along;
        2.0 * EARTH_RADIUS_M * haversine.sqrt().min(1.0).asin()
    }
}

impl GeoArea {
    /// Whether the place lies within.
    pub(crate) fn contains(&self, point: GeoPoint) -> bool {
        match *self {
            Self::Radius { center, radius_m } => center.distance_m(point) <= radius_m,
            Self::Box {
                top_left,
                bottom_right,
            } => {
                let (west, east) = (top_left.lon, bottom_right.lon);
                let is_along = if west <= east {
                    (west..=east).contains(&point.lon)
                } else {
                    point.lon >= west || point.lon <= east
                };
                is_along && (bottom_right.lat..=top_left.lat).contains(&point.lat)
            }
        }
    }

    /// The least and the greatest latitude within, at least.
    pub(crate) fn latitudes(&self) -> (f64, f64) {
        /// More than rounding can take away: about ten metres.
        const MARGIN_DEGREES: f64 = 1e-4;
        match *self {
            Self::Radius { center, radius_m } => {
                let reach = (radius_m / EARTH_RADIUS_M).to_degrees() + MARGIN_DEGREES;
                (center.lat - reach, center.lat + reach)
            }
            Self::Box {
                top_left,
                bottom_right,
            } => (bottom_right.lat, top_left.lat),
        }
    }

    /// What is wrong with it, as the part and the fault; none when it can be asked for.
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        const PLACE: &str =
            "no place, expected `lat` from -90 to 90 and `lon` from -180 to 180 degrees";
        match *self {
            Self::Radius { center, .. } if !center.is_place() => Some(("geo_radius.center", PLACE)),
            Self::Radius { radius_m, .. } if !(radius_m.is_finite() && radius_m >= 0.0) => Some((
                "geo_radius.radius_m",
                "no distance, expected metres of at least 0",
            )),
            Self::Box { top_left, .. } if !top_left.is_place() => Some(("geo_box.top_left", PLACE)),
            Self::Box { bottom_right, .. } if !bottom_right.is_place() => {
                Some(("geo_box.bottom_right", PLACE))
            }
            Self::Box {
                top_left,
                bottom_right,
            } if top_left.lat < bottom_right.lat => Some((
                "geo_box",
                "upside down: `top_left` is south of `bottom_right`",
            )),
            Self::Radius { .. } | Self::Box { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests;
