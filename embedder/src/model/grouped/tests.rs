use std::ops::Range;

use super::groups;

#[test]
fn groups_cover_every_text_once_and_pad_little() {
    let lengths = [20, 1, 700, 21, 22, 1, 64, 65, 2, 23, 500, 24];
    let mut by_length: Vec<usize> = (0..lengths.len()).collect();
    by_length.sort_by_key(|text| lengths[*text]);
    let ranges = groups(&by_length, &lengths);
    let mut next = 0;
    for range in ranges {
        assert_eq!(range.start, next);
        assert!(range.end > range.start);
        next = range.end;
        let texts = &by_length[range];
        let tokens: usize = texts.iter().map(|text| lengths[*text]).sum();
        let longest = texts
            .iter()
            .map(|text| lengths[*text])
            .max()
            .expect("not empty");
        assert!(longest * texts.len() <= tokens * 5 / 4, "{texts:?}");
    }
    assert_eq!(next, lengths.len());
}

#[test]
fn texts_of_one_length_are_one_group() {
    assert_eq!(
        groups(&[0, 1, 2, 3], &[9, 9, 9, 9]),
        vec![Range { start: 0, end: 4 }]
    );
    assert_eq!(groups(&[0], &[1]), vec![Range { start: 0, end: 1 }]);
}
