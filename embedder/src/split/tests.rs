use std::fmt::Write;

use super::{Chunk, Chunking, middle_of, split};
use crate::error::{Error, ErrorKind};
use crate::tokenizer::Tokenizer;

const TINY: &[u8] = include_bytes!("../../tests/data/tiny/tokenizer.json");
const TOKENS_MAX: usize = 2048;

fn tokenizer() -> Tokenizer {
    Tokenizer::from_bytes(TINY, 384).expect("tokenizer")
}

/// Splits, and checks what must hold of any answer.
fn check(text: &str, tokens: usize, overlap: usize) -> Vec<Chunk> {
    let tokenizer = tokenizer();
    let chunking = Chunking { tokens, overlap };
    let chunks = split(&tokenizer, "", text, &chunking, TOKENS_MAX).expect("chunks");
    assert!(!chunks.is_empty());
    let mut covered = 0;
    for chunk in &chunks {
        let piece = &text[chunk.start..chunk.end]; // Panics off a character boundary.
        let read = tokenizer.encode("", piece).expect("tokens");
        assert!(read.len() <= tokens, "{piece:?}");
        assert_eq!(read, chunk.tokens, "{piece:?}");
        let gap = text.get(covered..chunk.start).unwrap_or("");
        assert!(gap.trim().is_empty(), "lost: {gap:?}");
        covered = covered.max(chunk.end);
    }
    assert!(
        text[covered..].trim().is_empty(),
        "lost at the end: {:?}",
        &text[covered..]
    );
    chunks
}

fn spans(chunks: &[Chunk]) -> Vec<(usize, usize)> {
    let spans = chunks.iter().map(|chunk| (chunk.start, chunk.end));
    spans.collect()
}

#[test]
fn a_text_that_fits_is_one_chunk_whole() {
    for text in ["", " ", "short", "  spaces around  ", "# Heading\n\ntext\n"] {
        assert_eq!(spans(&check(text, 64, 8)), [(0, text.len())], "{text:?}");
    }
}

#[test]
fn chunks_end_at_sentences_where_they_can() {
    let text = "One sentence follows another. ".repeat(30);
    let chunks = check(&text, 40, 0);
    assert!(chunks.len() > 1);
    for chunk in &chunks {
        assert!(
            text[..chunk.end].trim_end().ends_with('.'),
            "{:?}",
            &text[chunk.start..chunk.end]
        );
    }
}

#[test]
fn headings_stay_with_what_they_head() {
    let mut text = String::new();
    for section in 0..6 {
        let body = "A sentence of this section. ".repeat(4);
        writeln!(text, "## Section {section}\n\n{body}\n").expect("written");
    }
    let chunks = check(&text, 90, 0);
    let starts = chunks
        .iter()
        .filter(|chunk| text[chunk.start..].starts_with("## "))
        .count();
    assert!(
        starts >= 4,
        "{starts} of {} chunks begin with a heading",
        chunks.len()
    );
}

#[test]
fn languages_without_spaces_are_bounded_too() {
    check(&"\u{5411}\u{91cf}\u{6570}\u{636e}\u{5e93}\u{628a}\u{6587}\u{5b57}\u{53d8}\u{6210}\u{5411}\u{91cf}\u{3002}".repeat(40), 50, 10);
    check(
        &"\u{0e2a}\u{0e27}\u{0e31}\u{0e2a}\u{0e14}\u{0e35}".repeat(100),
        50,
        10,
    );
    check(&"x".repeat(5000), 32, 0);
    check(&" \n\t".repeat(3000), 32, 0);
}

#[test]
fn neighbours_overlap_when_asked() {
    let text = "Some words. ".repeat(100);
    let apart = check(&text, 40, 0);
    let together = check(&text, 40, 20);
    assert!(
        together.len() > apart.len(),
        "{} and {} chunks",
        together.len(),
        apart.len()
    );
    assert!(together.windows(2).any(|pair| pair[1].start < pair[0].end));
}

#[test]
fn a_character_of_more_tokens_than_fit_is_not_cut() {
    let tokenizer = tokenizer();
    let text = "\u{1f469}\u{1f680}";
    let chunking = Chunking {
        tokens: 2,
        overlap: 0,
    };
    let chunks = split(&tokenizer, "", text, &chunking, TOKENS_MAX).expect("chunks");
    assert_eq!(spans(&chunks), [(0, 4), (4, 8)]);
    // What the model does not read at all is refused.
    let error = split(&tokenizer, "", text, &chunking, 3).expect_err("too long");
    assert!(matches!(error, Error::TextTooLong { tokens_max: 3, .. }));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let bad = [
        (
            "chunking.tokens",
            Chunking {
                tokens: 0,
                overlap: 0,
            },
        ),
        (
            "chunking.tokens",
            Chunking {
                tokens: 1,
                overlap: 0,
            },
        ),
        (
            "chunking.tokens",
            Chunking {
                tokens: TOKENS_MAX + 1,
                overlap: 0,
            },
        ),
        (
            "chunking.overlap",
            Chunking {
                tokens: 10,
                overlap: 9,
            },
        ),
        (
            "chunking.overlap",
            Chunking {
                tokens: 10,
                overlap: usize::MAX,
            },
        ),
    ];
    for (name, chunking) in bad {
        let error = split(&tokenizer(), "", "text", &chunking, TOKENS_MAX).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(matches!(error, Error::SettingInvalid { setting, .. } if setting == name));
    }
}

#[test]
fn what_is_halved_is_cut_between_words_where_there_are_some() {
    for (piece, expected) in [
        ("to be or not to be", "not to be"),
        (
            "Nobody remembers the first river, and",
            "the first river, and",
        ),
        ("one, two", "two"),
        ("indivisible", "isible"),
        ("\u{4E2D}\u{6587}", "\u{6587}"),
        ("\u{1F600}\u{1F600}", "\u{1F600}"),
        ("??!!", "!!"),
    ] {
        assert_eq!(&piece[middle_of(piece)..], expected, "{piece:?}");
    }
}
