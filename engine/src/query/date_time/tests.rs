use super::*;

fn at(text: &str) -> Option<(i64, u32)> {
    DateTime::parse(text).map(|time| (time.seconds, time.nanoseconds))
}

/// Seconds from `date -u -d TEXT +%s`.
#[test]
fn texts_are_instants() {
    let cases = [
        ("1970-01-01T00:00:00Z", 0, 0),
        ("1970-01-01", 0, 0),
        ("2000-02-29T12:34:56Z", 951_827_696, 0),
        ("2026-11-23T23:59:59.5Z", 1_795_478_399, 500_000_000),
        ("2026-11-24T01:59:59.5+02:00", 1_795_478_399, 500_000_000),
        ("2026-11-23t18:29:59.5-05:30", 1_795_478_399, 500_000_000),
        ("1969-12-31T23:59:59.000000001z", -1, 1),
        ("0000-03-01T00:00:00Z", -62_162_035_200, 0),
        (
            "9999-12-31T23:59:59.999999999Z",
            253_402_300_799,
            999_999_999,
        ),
        ("2016-12-31T23:59:60Z", 1_483_228_800, 0),
        ("1900-02-28", -2_203_977_600, 0),
    ];
    for (text, seconds, nanoseconds) in cases {
        assert_eq!(at(text), Some((seconds, nanoseconds)), "{text}");
        assert!(text.len() <= DATE_TIME_BYTES_MAX);
    }
}

#[test]
fn every_day_follows_the_day_before() {
    let mut expected = days_since_epoch(1599, 12, 31);
    for year in 1600..=2400 {
        for month in 1..=12 {
            for day in 1..=days_in_month(year, month) {
                expected += 1;
                let text = format!("{year:04}-{month:02}-{day:02}");
                assert_eq!(at(&text), Some((expected * DAY_SECONDS, 0)), "{text}");
            }
        }
    }
}

#[test]
fn anything_else_is_no_instant() {
    let cases = [
        "",
        "2026",
        "2026-11",
        "2026-11-3",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "+026-01-01",
        "2026-11-23T",
        "2026-11-23 10:00:00Z",
        "2026-11-23T10:00:00",
        "2026-11-23T24:00:00Z",
        "2026-11-23T10:60:00Z",
        "2026-11-23T10:00:61Z",
        "2026-11-23T10:00:00.Z",
        "2026-11-23T10:00:00.1234567890Z",
        "2026-11-23T10:00:00+1:00",
        "2026-11-23T10:00:00+24:00",
        "2026-11-23T10:00:00+00:60",
        "2026-11-23T10:00:00Zz",
        "2026-11-23Z",
        "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
    ];
    for text in cases {
        assert_eq!(at(text), None, "{text}");
    }
}
