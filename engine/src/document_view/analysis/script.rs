//! Which script a character belongs to, as far as text analysis treats it differently.

/// Scripts, by how their words are found and stemmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Script {
    Latin,
    Greek,
    Cyrillic,
    Arabic,
    Devanagari,
    Tamil,
    /// Ideographs: no spaces, one character can be a word.
    Han,
    /// Hiragana and katakana: no spaces.
    Kana,
    /// Syllables; spaces part phrases rather than words, one character can be a word.
    Hangul,
    /// Thai, Lao, Khmer, Myanmar and their neighbors: no spaces.
    SoutheastAsian,
    /// Digits and every other script with spaces.
    Other,
}

impl Script {
    /// The script of a character. Blocks from the Unicode Standard, version 16.
    pub(super) fn of(character: char) -> Self {
        match u32::from(character) {
            0x41..=0x5A
            | 0x61..=0x7A
            | 0xAA
            | 0xBA
            | 0xC0..=0xD6
            | 0xD8..=0xF6
            | 0xF8..=0x24F
            | 0x250..=0x2AF
            | 0x1E00..=0x1EFF
            | 0x2C60..=0x2C7F
            | 0xA720..=0xA7FF
            | 0xAB30..=0xAB6F
            | 0xFB00..=0xFB06 => Self::Latin,
            0x370..=0x3FF | 0x1F00..=0x1FFF => Self::Greek,
            0x400..=0x52F | 0x1C80..=0x1C8F | 0x2DE0..=0x2DFF | 0xA640..=0xA69F => Self::Cyrillic,
            0x600..=0x65F
            | 0x66A..=0x6EF
            | 0x6FA..=0x6FF
            | 0x750..=0x77F
            | 0x8A0..=0x8FF
            | 0xFB50..=0xFDFF
            | 0xFE70..=0xFEFE => Self::Arabic,
            0x900..=0x965 | 0x970..=0x97F | 0xA8E0..=0xA8FF => Self::Devanagari,
            0xB80..=0xBE5 => Self::Tamil,
            0x2E80..=0x2FDF
            | 0x3005..=0x3007
            | 0x3021..=0x3029
            | 0x3400..=0x4DBF
            | 0x4E00..=0x9FFF
            | 0xF900..=0xFAFF
            | 0x20000..=0x3FFFF => Self::Han,
            0x3031..=0x3035
            | 0x3040..=0x30FF
            | 0x31F0..=0x31FF
            | 0xFF66..=0xFF9F
            | 0x1B000..=0x1B16F => Self::Kana,
            0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF => Self::Hangul,
            0xE01..=0xE4F
            | 0xE81..=0xECF
            | 0xEDC..=0xEDF
            | 0x1000..=0x103F
            | 0x104A..=0x108F
            | 0x109A..=0x109F
            | 0x1780..=0x17DF
            | 0x1950..=0x19DF
            | 0x1A20..=0x1AAF
            | 0xA9E0..=0xA9EF
            | 0xAA60..=0xAA7F
            | 0xAA80..=0xAADF => Self::SoutheastAsian,
            _ => Self::Other,
        }
    }

    /// The script of a word: of its first character that is not of [`Script::Other`].
    pub(super) fn of_word(word: &str) -> Self {
        word.chars()
            .map(Self::of)
            .find(|script| *script != Self::Other)
            .unwrap_or(Self::Other)
    }

    /// Whether words are not parted by spaces, so that overlapping pairs stand for them.
    pub(super) fn is_unspaced(self) -> bool {
        matches!(
            self,
            Self::Han | Self::Kana | Self::Hangul | Self::SoutheastAsian
        )
    }

    /// Whether one character can be a word that somebody searches for.
    pub(super) fn has_words_of_one_character(self) -> bool {
        matches!(self, Self::Han | Self::Hangul)
    }
}
