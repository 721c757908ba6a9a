use super::prefixes;

#[test]
fn prefixes_are_powers_of_two_below_the_full_length() {
    assert_eq!(prefixes(320, true), [64, 128, 256, 320]);
    assert_eq!(prefixes(256, true), [64, 128, 256]);
    assert_eq!(prefixes(64, true), [64]);
    assert_eq!(prefixes(12, true), [12]);
    assert_eq!(prefixes(320, false), [320]);
}
