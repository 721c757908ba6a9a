//! A section of a recipe that collects its problems instead of stopping at the first.
//!
//! Getters return a harmless value where there is a problem; it is never used, because a recipe
//! with problems is never returned.

use std::ops::RangeInclusive;

use toml::{Table, Value};

use crate::error::RecipeProblem;

/// A table of the recipe, with the keys not yet read and the problems found so far.
#[derive(Debug)]
pub(crate) struct Section {
    path: String,
    table: Table,
    problems: Vec<RecipeProblem>,
}

impl Section {
    pub(crate) fn root(table: Table) -> Self {
        Self {
            path: String::new(),
            table,
            problems: Vec::new(),
        }
    }

    /// Takes a sub-table; a missing one is empty, so that each of its keys is named.
    pub(crate) fn section(&mut self, key: &str) -> Self {
        let path = self.key(key);
        let table = match self.table.remove(key) {
            Some(Value::Table(table)) => table,
            None => Table::new(),
            Some(other) => {
                self.problem(key, format!("is {}, expected a table", other.type_str()));
                Table::new()
            }
        };
        Self {
            path,
            table,
            problems: Vec::new(),
        }
    }

    /// True where the recipe has this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Takes back a sub-table's problems; keys nobody asked for are problems too.
    pub(crate) fn close(&mut self, section: Self) {
        let Err(problems) = section.finish() else {
            return;
        };
        self.problems.extend(problems);
    }

    pub(crate) fn finish(mut self) -> Result<(), Vec<RecipeProblem>> {
        for key in self.keys() {
            self.problem(&key, "is not a key of a recipe".to_owned());
        }
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self.problems)
        }
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    pub(crate) fn problem(&mut self, key: &str, problem: String) {
        let key = self.key(key);
        self.problems.push(RecipeProblem { key, problem });
    }

    pub(crate) fn text(&mut self, key: &str) -> String {
        match self.table.remove(key) {
            Some(Value::String(text)) if !text.is_empty() => text,
            other => {
                self.expected(key, other.as_ref(), "a text that is not empty");
                String::new()
            }
        }
    }

    pub(crate) fn text_or_empty(&mut self, key: &str) -> String {
        match self.table.remove(key) {
            Some(Value::String(text)) => text,
            other => {
                self.expected(key, other.as_ref(), "a text, which may be empty");
                String::new()
            }
        }
    }

    /// One of some names; a number is its own name.
    pub(crate) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T); 3]) -> T {
        let value = self.table.remove(key);
        let name = match &value {
            Some(Value::String(name)) => name.clone(),
            Some(Value::Integer(number)) => number.to_string(),
            _ => String::new(),
        };
        if let Some(&(_, choice)) = choices.iter().find(|(known, _)| *known == name) {
            return choice;
        }
        let names = choices.map(|(name, _)| name).join(", ");
        self.expected(key, value.as_ref(), &format!("one of {names}"));
        choices[0].1
    }

    pub(crate) fn truth(&mut self, key: &str) -> bool {
        match self.table.remove(key) {
            Some(Value::Boolean(truth)) => truth,
            other => {
                self.expected(key, other.as_ref(), "true or false");
                false
            }
        }
    }

    /// A list of texts, which may be empty.
    pub(crate) fn texts(&mut self, key: &str, count_max: usize) -> Vec<String> {
        let value = self.table.remove(key);
        let list = value.as_ref().and_then(Value::as_array);
        let texts: Option<Vec<String>> = list
            .filter(|list| list.len() <= count_max)
            .and_then(|list| list.iter().map(text_of).collect());
        texts.unwrap_or_else(|| {
            let wanted = format!("a list of at most {count_max} texts");
            self.expected(key, value.as_ref(), &wanted);
            Vec::new()
        })
    }

    pub(crate) fn count(&mut self, key: &str, range: RangeInclusive<usize>) -> usize {
        let value = self.table.remove(key);
        let count = value.as_ref().and_then(|value| count_of(value, &range));
        count.unwrap_or_else(|| {
            let wanted = format!("a whole number from {} to {}", range.start(), range.end());
            self.expected(key, value.as_ref(), &wanted);
            *range.start()
        })
    }

    pub(crate) fn number(&mut self, key: &str, range: RangeInclusive<f64>) -> f64 {
        let value = self.table.remove(key);
        let number = value.as_ref().and_then(|value| number_of(value, &range));
        number.unwrap_or_else(|| {
            let wanted = format!("a number from {} to {}", range.start(), range.end());
            self.expected(key, value.as_ref(), &wanted);
            *range.start()
        })
    }

    pub(crate) fn counts(&mut self, key: &str, range: RangeInclusive<usize>) -> Vec<usize> {
        let wanted = format!("whole numbers from {} to {}", range.start(), range.end());
        self.all(key, &wanted, |value| count_of(value, &range))
    }

    pub(crate) fn numbers(&mut self, key: &str, range: RangeInclusive<f64>) -> Vec<f64> {
        let wanted = format!("numbers from {} to {}", range.start(), range.end());
        self.all(key, &wanted, |value| number_of(value, &range))
    }

    fn all<T>(&mut self, key: &str, wanted: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<T> {
        let value = self.table.remove(key);
        let list = value
            .as_ref()
            .and_then(Value::as_array)
            .filter(|list| !list.is_empty());
        let read_all: Option<Vec<T>> = list.and_then(|list| list.iter().map(read).collect());
        read_all.unwrap_or_else(|| {
            self.expected(key, value.as_ref(), &format!("a list of {wanted}"));
            Vec::new()
        })
    }

    fn expected(&mut self, key: &str, found: Option<&Value>, wanted: &str) {
        let problem = match found {
            Some(found) => format!("is {found}, expected {wanted}"),
            None => format!("is missing, expected {wanted}"),
        };
        self.problem(key, problem);
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|text| !text.is_empty())?;
    Some(text.to_owned())
}

fn count_of(value: &Value, range: &RangeInclusive<usize>) -> Option<usize> {
    let count = usize::try_from(value.as_integer()?).ok()?;
    range.contains(&count).then_some(count)
}

fn number_of(value: &Value, range: &RangeInclusive<f64>) -> Option<f64> {
    let number = value
        .as_float()
        .or_else(|| value.as_integer().map(|whole| whole as f64))?;
    range.contains(&number).then_some(number)
}
