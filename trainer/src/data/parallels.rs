//! Texts beside those with a teacher's vector that say the same in two or more languages.

use std::collections::{HashMap, HashSet};

use crate::data::split::group_of;
use crate::data::texts::Text;

/// Groups of texts that translate each other, source by source: a batch is of one source.
#[derive(Clone, Debug, Default)]
pub struct Parallels {
    /// For each source its groups; a group holds positions of texts in different languages.
    pub sources: Vec<Vec<Vec<u32>>>,
}

impl Parallels {
    /// Groups the texts of every source by their keys, which differ only in the language they
    /// end with.
    ///
    /// `first` is the position of the first source's first text among all texts. A group with a
    /// text that is among `withheld` is left out, so that nothing held out is learned from.
    pub fn of(sources: &[Vec<Text>], first: usize, withheld: &HashSet<&str>) -> Self {
        let mut position = first as u32;
        let mut parallels = Self::default();
        for texts in sources {
            let mut numbers: HashMap<u64, usize> = HashMap::new();
            let mut groups: Vec<Vec<(u32, &Text)>> = Vec::new();
            for text in texts {
                if let Some(key) = &text.pair {
                    let slot = *numbers.entry(group_of(key, &text.lang)).or_insert_with(|| {
                        groups.push(Vec::new());
                        groups.len() - 1
                    });
                    let is_new = groups[slot]
                        .iter()
                        .all(|(_, other)| other.lang != text.lang);
                    if is_new {
                        groups[slot].push((position, text));
                    }
                }
                position += 1;
            }
            let is_learned = |group: &Vec<(u32, &Text)>| {
                group.len() > 1
                    && !group
                        .iter()
                        .any(|(_, text)| withheld.contains(text.text.as_str()))
            };
            let positions = |group: Vec<(u32, &Text)>| group.iter().map(|(at, _)| *at).collect();
            parallels.sources.push(
                groups
                    .into_iter()
                    .filter(is_learned)
                    .map(positions)
                    .collect(),
            );
        }
        parallels
    }
}

#[cfg(test)]
mod tests;
