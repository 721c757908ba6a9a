use bytes::Bytes;

use super::{Line, LineCutter};

fn cut(chunks: &[&str], bytes_max: usize) -> Vec<Line> {
    let mut cutter = LineCutter::new(bytes_max);
    let mut lines = Vec::new();
    for chunk in chunks {
        cutter.push(chunk.as_bytes());
        while let Some(line) = cutter.next_line() {
            lines.push(line);
        }
    }
    lines.extend(cutter.last_line());
    lines
}

fn whole(text: &str) -> Line {
    Line::Whole(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn lines_are_the_same_however_the_bytes_arrive() {
    let text = "first\r\n\nthird\nlast";
    let expected = vec![whole("first"), whole(""), whole("third"), whole("last")];
    for size in 1..=text.len() {
        let chunks: Vec<&str> = text
            .as_bytes()
            .chunks(size)
            .map(|chunk| std::str::from_utf8(chunk).expect("ascii"))
            .collect();
        assert_eq!(cut(&chunks, 100), expected, "in chunks of {size}");
    }
}

#[test]
fn the_limit_is_reached_and_not_passed() {
    let lines = cut(&["12345\n123456\n1\n"], 5);
    assert_eq!(lines, [whole("12345"), Line::TooLong(6), whole("1")]);
}

#[test]
fn a_line_without_end_is_dropped_as_it_comes() {
    let mut cutter = LineCutter::new(8);
    for _ in 0..1_000 {
        cutter.push(b"0123456789");
        assert_eq!(cutter.next_line(), None);
        assert!(
            cutter.buffer.len() <= 8,
            "{} bytes are held",
            cutter.buffer.len()
        );
    }
    cutter.push(b"\nnext\n");
    assert_eq!(cutter.next_line(), Some(Line::TooLong(10_000)));
    assert_eq!(cutter.next_line(), Some(whole("next")));
}

#[test]
fn nothing_makes_no_line() {
    assert_eq!(cut(&[], 5), []);
    assert_eq!(cut(&["a\n"], 5), [whole("a")]);
}
