//! Groups have one text a language, and nothing held out.

use super::*;
use crate::data::texts::Role;

fn text(text: &str, lang: &str, pair: Option<&str>) -> Text {
    Text {
        text: text.to_owned(),
        lang: lang.to_owned(),
        role: Role::Passage,
        pair: pair.map(str::to_owned),
    }
}

#[test]
fn groups_have_one_text_a_language_and_nothing_held_out() {
    let first = vec![
        text("cat", "en", Some("1en")),
        text("Katze", "de", Some("1de")),
        text("Kater", "de", Some("1de")),
        text("alone", "en", Some("2en")),
        text("without a key", "en", None),
    ];
    let second = vec![
        text("dog", "en", Some("1en")),
        text("chien", "fr", Some("1fr")),
        text("secret", "en", Some("2en")),
        text("geheim", "de", Some("2de")),
    ];
    let withheld = HashSet::from(["geheim"]);
    let parallels = Parallels::of(&[first, second], 100, &withheld);
    let expected: Vec<Vec<Vec<u32>>> = vec![vec![vec![100, 101]], vec![vec![105, 106]]];
    assert_eq!(parallels.sources, expected);
}
