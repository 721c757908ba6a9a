//! Points in time as filters compare them: RFC 3339 strings, judged as instants.

use serde::{Deserialize, Serialize};

/// The longest string that can be a point in time: a date, a time with nine digits of a second,
/// and an offset.
pub(crate) const DATE_TIME_BYTES_MAX: usize = 35;

const DAY_SECONDS: i64 = 86_400;

/// A point in time: whole seconds since the Unix epoch, and nanoseconds after them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct DateTime {
    seconds: i64,
    nanoseconds: u32,
}

impl DateTime {
    /// Reads an RFC 3339 `date-time`, or a `full-date`, which is the beginning of that day in UTC.
    ///
    /// A second has at most nine digits after its point. Second 60 is the beginning of the next
    /// minute, whether or not there was a leap second. None where the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > DATE_TIME_BYTES_MAX {
            return None;
        }
        let (date, rest) = text.as_bytes().split_at_checked(10)?;
        let seconds = date_seconds(date)?;
        if rest.is_empty() {
            return Some(Self {
                seconds,
                nanoseconds: 0,
            });
        }
        let (time, rest) = rest.split_at_checked(9)?;
        let within_day = match time {
            [b'T' | b't', time @ ..] => time_seconds(time)?,
            _ => return None,
        };
        let (nanoseconds, offset) = match rest.strip_prefix(b".") {
            Some(rest) => fraction(rest)?,
            None => (0, rest),
        };
        Some(Self {
            seconds: seconds + within_day - offset_seconds(offset)?,
            nanoseconds,
        })
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.seconds
    }
}

/// The number that these ASCII digits are; none for any other byte.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| {
        digit
            .is_ascii_digit()
            .then(|| number * 10 + i64::from(digit - b'0'))
    })
}

/// `2026-11-23` as seconds since the epoch.
fn date_seconds(date: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date else {
        return None;
    };
    let year = number(&[y1, y2, y3, y4])?;
    let month = number(&[m1, m2])?;
    let day = number(&[d1, d2])?;
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    Some(days_since_epoch(year, month, day) * DAY_SECONDS)
}

/// `10:20:30` as seconds.
fn time_seconds(time: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *time else {
        return None;
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    let is_time = hour <= 23 && minute <= 59 && second <= 60;
    is_time.then_some(hour * 3_600 + minute * 60 + second)
}

/// One to nine digits as nanoseconds, and what follows them.
fn fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&count) {
        return None;
    }
    let (digits, rest) = text.split_at(count);
    let nanoseconds = number(digits)? * 10_i64.pow(9 - count as u32);
    Some((u32::try_from(nanoseconds).ok()?, rest))
}

/// `Z`, `+01:00` or `-01:00` as seconds east of UTC.
fn offset_seconds(offset: &[u8]) -> Option<i64> {
    match *offset {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
            let seconds = hours * 3_600 + minutes * 60;
            let is_offset = hours <= 23 && minutes <= 59;
            is_offset.then_some(if sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days between 1970-01-01 and a date of the proleptic Gregorian calendar. Years are counted from
/// March, so that the leap day is the last of its year and months have lengths that repeat every
/// five: day of the year is `(153 * month + 2) / 5`. See Hinnant, "chrono-compatible low-level
/// date algorithms", `days_from_civil`.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    const DAYS_TO_EPOCH: i64 = 719_468;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_OF_400_YEARS + day_of_era - DAYS_TO_EPOCH
}

#[cfg(test)]
mod tests;
