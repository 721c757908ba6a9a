//! The writing system of a token, so that scripts the texts lack still get whole tokens.

/// A writing system with its Unicode ranges.
#[derive(Debug)]
pub struct Script {
    /// The name used in recipes.
    pub name: &'static str,
    ranges: &'static [(u32, u32)],
}

/// The scripts a recipe can name.
pub const SCRIPTS: &[Script] = &[
    Script {
        name: "arabic",
        ranges: &[(0x600, 0x6ff), (0x750, 0x77f), (0x8a0, 0x8ff)],
    },
    Script {
        name: "bengali",
        ranges: &[(0x980, 0x9ff)],
    },
    Script {
        name: "cyrillic",
        ranges: &[(0x400, 0x52f)],
    },
    Script {
        name: "devanagari",
        ranges: &[(0x900, 0x97f)],
    },
    Script {
        name: "greek",
        ranges: &[(0x370, 0x3ff)],
    },
    Script {
        name: "han",
        ranges: &[(0x3400, 0x4dbf), (0x4e00, 0x9fff)],
    },
    Script {
        name: "hangul",
        ranges: &[(0xac00, 0xd7af)],
    },
    Script {
        name: "hebrew",
        ranges: &[(0x590, 0x5ff)],
    },
    Script {
        name: "kana",
        ranges: &[(0x3040, 0x30ff)],
    },
    Script {
        name: "latin",
        ranges: &[(0x41, 0x5a), (0x61, 0x7a), (0xc0, 0x24f)],
    },
    Script {
        name: "thai",
        ranges: &[(0xe00, 0xe7f)],
    },
];

impl Script {
    /// Finds a script by its name in recipes.
    pub fn find(name: &str) -> Option<&'static Self> {
        SCRIPTS.iter().find(|script| script.name == name)
    }

    /// True where every character of a word, leading space aside, belongs to the script.
    pub fn writes(&self, word: &str) -> bool {
        let word = word.strip_prefix(' ').unwrap_or(word);
        !word.is_empty() && word.chars().all(|character| self.has(u32::from(character)))
    }

    fn has(&self, character: u32) -> bool {
        self.ranges
            .iter()
            .any(|&(first, last)| (first..=last).contains(&character))
    }
}
