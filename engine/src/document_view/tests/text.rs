//! BM25: languages, identifiers, order, limits.

use super::super::analysis::TERM_BYTES_MAX;
use super::super::search::{TERMS_MAX, TERMS_READ_MAX};
use super::*;

/// Each query finds the first text and not the second.
fn check(query: &str, [yes, no]: [&str; 2]) {
    let (_folder, view) = view_of(&[no, yes]);
    assert_eq!(
        found(&view, query),
        [1],
        "`{query}` in `{yes}`, not in `{no}`"
    );
}

#[test]
fn spellings_are_one() {
    check("STRASSE", ["eine Stra\u{df}e", "ein Weg"]);
    check("cafe", ["a caf\u{e9}", "a pub"]);
    check("cafe\u{301}", ["a cafe", "a pub"]);
    check("\u{ff46}\u{ff55}\u{ff4c}\u{ff4c}", ["full", "half"]);
    check("file", ["the \u{fb01}le", "the folder"]);
    check(
        "\u{3b1}\u{3b8}\u{3b7}\u{3bd}\u{3b1}",
        [
            "\u{391}\u{3b8}\u{3ae}\u{3bd}\u{3b1}",
            "\u{3a3}\u{3c0}\u{3ac}\u{3c1}\u{3c4}\u{3b7}",
        ],
    );
    // Arabic with and without vowel points and hamza.
    check(
        "\u{627}\u{62d}\u{645}\u{62f}",
        [
            "\u{623}\u{64e}\u{62d}\u{652}\u{645}\u{64e}\u{62f}",
            "\u{639}\u{644}\u{64a}",
        ],
    );
    // Hindi with and without nukta.
    check(
        "\u{92b}\u{93c}\u{93f}\u{932}\u{94d}\u{92e}",
        [
            "\u{92b}\u{93f}\u{932}\u{94d}\u{92e}",
            "\u{917}\u{940}\u{924}",
        ],
    );
}

#[test]
fn inflections_are_found() {
    check("running", ["she runs", "she walks"]);
    check("collections", ["a collection", "a point"]);
    check("Anna", ["Anna\u{2019}s dolls", "Olga's dolls"]);
    check(
        "die H\u{e4}user in der Stadt",
        ["ein Haus und ein Garten", "ein Weg oder ein Pfad"],
    );
    check("la maison", ["les maisons dans Paris", "un jardin"]);
    // Russian: "books", "of the book".
    check(
        "\u{43a}\u{43d}\u{438}\u{433}\u{438}",
        [
            "\u{43a}\u{43d}\u{438}\u{433}\u{43e}\u{439}",
            "\u{43a}\u{443}\u{43a}\u{43b}\u{430}",
        ],
    );
    // Hindi: "boys", "boy".
    check(
        "\u{932}\u{921}\u{93c}\u{915}\u{94b}\u{902}",
        ["\u{932}\u{921}\u{93c}\u{915}\u{93e}", "\u{918}\u{930}"],
    );
}

#[test]
fn parts_of_compounds_are_found() {
    check("Ministerium", ["Verteidigungsministerium", "Sommerferien"]);
    check("Verteidigung", ["Verteidigungsministerium", "Sommerferien"]);
}

#[test]
fn scripts_without_spaces_are_found_by_part() {
    // "Tokyo" in "to Tokyo Tower", not in "Kyoto".
    check(
        "\u{6771}\u{4eac}",
        [
            "\u{6771}\u{4eac}\u{30bf}\u{30ef}\u{30fc}\u{306b}\u{884c}\u{304f}",
            "\u{4eac}\u{90fd}\u{306b}\u{884c}\u{304f}",
        ],
    );
    // "cat", one character, inside a sentence.
    check(
        "\u{732b}",
        [
            "\u{6211}\u{7684}\u{732b}\u{5f88}\u{597d}",
            "\u{6211}\u{7684}\u{72d7}\u{5f88}\u{597d}",
        ],
    );
    // "tower" in katakana.
    check(
        "\u{30bf}\u{30ef}\u{30fc}",
        [
            "\u{6771}\u{4eac}\u{30bf}\u{30ef}\u{30fc}",
            "\u{30db}\u{30c6}\u{30eb}",
        ],
    );
    // Thai "language" inside "Thai language".
    check(
        "\u{e20}\u{e32}\u{e29}\u{e32}",
        [
            "\u{e20}\u{e32}\u{e29}\u{e32}\u{e44}\u{e17}\u{e22}",
            "\u{e2d}\u{e32}\u{e2b}\u{e32}\u{e23}",
        ],
    );
    // Lao "language", Khmer "Khmer", Myanmar "Myanmar".
    check(
        "\u{e9e}\u{eb2}\u{eaa}\u{eb2}",
        [
            "\u{e9e}\u{eb2}\u{eaa}\u{eb2}\u{ea5}\u{eb2}\u{ea7}",
            "\u{ec0}\u{ea1}\u{eb7}\u{ead}\u{e87}",
        ],
    );
    check(
        "\u{1781}\u{17d2}\u{1798}\u{17c2}\u{179a}",
        [
            "\u{1797}\u{17b6}\u{179f}\u{17b6}\u{1781}\u{17d2}\u{1798}\u{17c2}\u{179a}",
            "\u{1791}\u{17b9}\u{1780}",
        ],
    );
    check(
        "\u{1019}\u{103c}\u{1014}\u{103a}\u{1019}\u{102c}",
        [
            "\u{1019}\u{103c}\u{1014}\u{103a}\u{1019}\u{102c}\u{1005}\u{102c}",
            "\u{101b}\u{1031}",
        ],
    );
    // Korean "water" with a particle.
    check(
        "\u{bb3c}",
        [
            "\u{bb3c}\u{c744} \u{b9c8}\u{c2dc}\u{b2e4}",
            "\u{bc25}\u{c744} \u{ba39}\u{b2e4}",
        ],
    );
    // Latin letters beside ideographs.
    check(
        "iphone",
        [
            "\u{6211}\u{7684}iPhone\u{5f88}\u{597d}",
            "\u{6211}\u{7684}\u{624b}\u{673a}",
        ],
    );
}

#[test]
fn identifiers_are_found_whole_and_by_part() {
    for (identifier, queries) in [
        ("usb-c", ["usb-c", "USB C", "usbc", "usb"]),
        ("foo_bar", ["foo_bar", "fooBar", "bar", "foo-bar"]),
        (
            "AbstractFactory",
            ["abstractfactory", "factory", "abstract_factory", "ABSTRACT"],
        ),
        (
            "HTTPServer",
            ["http", "server", "httpserver", "http-server"],
        ),
        ("v1.2.3", ["v1.2.3", "V1.2.3", "\"v1.2.3\"", "(v1.2.3)."]),
        (
            "john.doe@example.com",
            ["john.doe@example.com", "doe", "example.com", "John"],
        ),
        (
            "550e8400-e29b-41d4",
            ["550e8400-e29b-41d4", "550E8400", "e29b", "41d4"],
        ),
        ("c++", ["C++", "c++", "c++.", "(C++)"]),
    ] {
        for query in queries {
            check(
                query,
                [&format!("see {identifier} here"), "nothing of the kind"],
            );
        }
    }
    let (_folder, view) = view_of(&[
        "version v1.2.4",
        "version v1.2.3",
        "version v12.3",
        "C",
        "C++",
    ]);
    assert_eq!(
        found(&view, "v1.2.3")[0],
        1,
        "the whole outweighs its parts"
    );
    assert_eq!(found(&view, "c++")[0], 4);
}

#[test]
fn the_page_is_full_among_the_allowed() {
    let (_folder, view) = view();
    for number in 0..3_000u32 {
        let text = format!("doll {}", "filler ".repeat(number as usize % 50));
        stage_text(&view, number, &text);
        if number % 1_000 == 999 {
            view.commit(u64::from(number)).expect("it is committed");
        }
    }
    // The shortest texts score best; the allowed ones are the worst.
    let allowed: RoaringBitmap = (0..3_000).filter(|number| number % 50 == 49).collect();
    let all: Vec<u32> = allowed.iter().collect();
    assert_eq!(found_among(&view, "doll", 1_000, Some(&allowed)), all);
    assert_eq!(found_among(&view, "doll", 10, Some(&allowed)), all[..10]);
    assert_eq!(
        found_among(&view, "doll", 10, Some(&RoaringBitmap::new())),
        NONE
    );
    assert_eq!(found_among(&view, "doll", 0, None), NONE);
    let unknown: RoaringBitmap = (5_000..5_010).collect();
    assert_eq!(found_among(&view, "doll", 10, Some(&unknown)), NONE);
}

#[test]
fn a_smaller_page_begins_a_larger_one_and_ties_go_by_number() {
    let (_folder, view) = view();
    let words = [
        "red",
        "green",
        "blue",
        "doll",
        "house",
        "a garden",
        "running water",
    ];
    for number in (0..2_000u32).rev() {
        let text: Vec<&str> = (0..7)
            .filter(|place| number.wrapping_mul(2_654_435_761) >> (place + 8) & 1 == 1)
            .map(|place| words[place])
            .collect();
        stage_text(&view, number, &text.join(" "));
        if number % 300 == 0 {
            view.commit(u64::from(number) + 1).expect("it is committed");
        }
    }
    let query = "a red doll runs through green houses, blue gardens";
    let hits = view
        .search_text(query, 2_000, None)
        .expect("it is searched")
        .hits;
    let is_ordered = hits.is_sorted_by(|(first, better), (second, worse)| {
        better.total_cmp(worse).then(second.cmp(first)).is_gt()
    });
    assert!(is_ordered, "{hits:?}");
    for points in [1, 2, 10, 100, 1_000] {
        let page = view
            .search_text(query, points, None)
            .expect("it is searched")
            .hits;
        assert_eq!(page, hits[..points.min(hits.len())], "{points} points");
    }
}

#[test]
fn an_empty_query_finds_nothing() {
    let (_folder, view) = view_of(&["doll", ""]);
    for query in ["", " ", "?!", "\u{0}", "\u{301}", "absent"] {
        assert_eq!(found(&view, query), NONE, "`{query}`");
    }
}

#[test]
fn overlong_tokens_neither_panic_nor_lose_the_document() {
    let blob = "x".repeat(70_000);
    let wide = "\u{10330}".repeat(30_000);
    let run = "\u{4e00}".repeat(200_000);
    let marks = format!("a{}", "\u{301}".repeat(100_000));
    let chain = "ab-".repeat(30_000);
    for text in [&blob, &wide, &run, &marks, &chain] {
        let (_folder, view) = view_of(&[&format!("before {text} after")]);
        assert_eq!(found(&view, "before"), [0]);
        assert_eq!(found(&view, "after"), [0]);
        assert_eq!(found(&view, text), [0], "it is found by itself");
    }
}

#[test]
fn terms_are_cut_at_a_character() {
    let analyzer = Analyzer::default();
    for text in [
        "x".repeat(1_000),
        "\u{10330}".repeat(1_000),
        "\u{434}".repeat(1_000),
    ] {
        analyzer.each_term(&text, &mut |term, _| {
            assert!(term.len() <= TERM_BYTES_MAX, "{} bytes", term.len());
        });
    }
}

#[test]
fn a_long_text_is_found_at_both_ends() {
    let middle = "filler words and more filler words ".repeat(20_000);
    let (_folder, view) = view_of(&[&format!("Anfang {middle} usb-c Ende"), "other"]);
    for query in ["anfang", "ende", "usbc", "filler"] {
        assert_eq!(found(&view, query), [0], "`{query}`");
    }
}

#[test]
fn a_long_query_is_bounded() {
    let (_folder, view) = view_of(&["needle", "w1 w2 w3", "w1"]);
    let words: Vec<String> = (0..TERMS_READ_MAX * 2)
        .map(|word| format!("w{word}"))
        .collect();
    let query = words.join(" ");
    let analyzer = Analyzer::default();
    assert_eq!(
        analyzer.query_terms(&query, TERMS_READ_MAX).len(),
        TERMS_READ_MAX
    );
    let has_needle = |query: &str| found(&view, query).contains(&0);
    assert!(has_needle(&format!("needle {query}")));
    assert!(
        !has_needle(&format!("{query} needle")),
        "beyond the terms read"
    );
}

#[test]
fn of_many_terms_the_rarest_are_searched() {
    let common: Vec<String> = (0..TERMS_MAX).map(|word| format!("c{word}")).collect();
    let common = common.join(" ");
    let (_folder, view) = view_of(&[&common, &common, "needle", "c0 needle"]);
    let hits = view
        .search_text(&format!("{common} needle"), 10, None)
        .expect("it is searched")
        .hits;
    let numbers: Vec<u32> = hits.iter().map(|(number, _)| *number).collect();
    // One of the common terms made room for the rare one, which would come last otherwise.
    assert!(numbers.contains(&2), "{numbers:?}");
    assert_eq!(numbers.len(), 4);
}

#[test]
fn repeated_terms_of_a_query_count_once() {
    let analyzer = Analyzer::default();
    assert_eq!(
        analyzer.query_terms("doll Doll DOLLS doll", 10),
        analyzer.query_terms("doll", 10)
    );
}
