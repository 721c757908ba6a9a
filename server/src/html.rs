//! HTML to the text that a reader sees, with headings and list items marked as in Markdown, so
//! that it is cut at them. The only file that names `html5gum`.

use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

/// The text of an HTML document or a part of one. Broken HTML is read as a browser's tokenizer
/// would; nothing is refused.
pub(crate) fn to_text(html: &str) -> String {
    let mut writer = Writer::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, _span: Span<()>| {
        writer.take(&event);
        // Nothing is handed on: the writer keeps it.
        None::<Infallible>
    });
    // What stands between tags such as `script` is not HTML.
    emitter.naively_switch_states(true);
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    writer.text
}

/// What stands between two words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Cell,
    Line,
    Paragraph,
}

impl Gap {
    fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Space => " ",
            Self::Cell => " | ",
            Self::Line => "\n",
            Self::Paragraph => "\n\n",
        }
    }
}

/// What an element does to the text around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Its content is not shown.
    Hidden,
    /// White space counts.
    Preformatted,
    /// A heading, with its mark.
    Heading(&'static str),
    Item,
    Gap(Gap),
    Inline,
}

impl Role {
    fn of(name: &[u8]) -> Self {
        match name {
            b"script" | b"style" | b"template" | b"svg" | b"noscript" | b"iframe" | b"noembed" => {
                Self::Hidden
            }
            b"pre" | b"textarea" => Self::Preformatted,
            b"h1" => Self::Heading("# "),
            b"h2" => Self::Heading("## "),
            b"h3" => Self::Heading("### "),
            b"h4" => Self::Heading("#### "),
            b"h5" => Self::Heading("##### "),
            b"h6" => Self::Heading("###### "),
            b"li" => Self::Item,
            b"td" | b"th" => Self::Gap(Gap::Cell),
            b"br" | b"tr" | b"dt" | b"dd" | b"div" | b"option" | b"summary" | b"legend" => {
                Self::Gap(Gap::Line)
            }
            b"p" | b"title" | b"body" | b"article" | b"section" | b"main" | b"aside" | b"nav"
            | b"header" | b"footer" | b"address" | b"blockquote" | b"figure" | b"figcaption"
            | b"table" | b"caption" | b"ul" | b"ol" | b"dl" | b"form" | b"fieldset"
            | b"details" | b"hr" => Self::Gap(Gap::Paragraph),
            _ => Self::Inline,
        }
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    gap: Gap,
    /// What comes before the next word.
    mark: &'static str,
    /// How many preformatted elements are open.
    preformatted: usize,
    /// The hidden element that is open, and how many of its name within it.
    hidden: Option<(Vec<u8>, usize)>,
    /// The start tag being read.
    tag: Vec<u8>,
    is_alternative: bool,
}

impl Writer {
    fn take(&mut self, event: &CallbackEvent<'_>) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.tag.clear();
                self.tag.extend_from_slice(name);
                self.open(name);
            }
            CallbackEvent::AttributeName { name } => {
                self.is_alternative = self.tag == b"img" && *name == b"alt";
            }
            CallbackEvent::AttributeValue { value } if self.is_alternative => {
                self.is_alternative = false;
                self.write(value);
            }
            CallbackEvent::EndTag { name } => self.close(name),
            CallbackEvent::String { value } => self.write(value),
            _ => {}
        }
    }

    fn open(&mut self, name: &[u8]) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth += usize::from(hidden == name);
            return;
        }
        match Role::of(name) {
            Role::Hidden => self.hidden = Some((name.to_vec(), 1)),
            Role::Preformatted => {
                self.widen(Gap::Paragraph);
                self.preformatted += 1;
            }
            Role::Heading(mark) => {
                self.widen(Gap::Paragraph);
                self.mark = mark;
            }
            Role::Item => {
                self.widen(Gap::Line);
                self.mark = "- ";
            }
            Role::Gap(gap) => self.widen(gap),
            Role::Inline => {}
        }
    }

    fn close(&mut self, name: &[u8]) {
        if let Some((hidden, depth)) = &mut self.hidden {
            *depth -= usize::from(hidden == name);
            if *depth == 0 {
                self.hidden = None;
            }
            return;
        }
        match Role::of(name) {
            Role::Preformatted => {
                self.widen(Gap::Paragraph);
                self.preformatted = self.preformatted.saturating_sub(1);
            }
            Role::Heading(_) => {
                self.widen(Gap::Paragraph);
                self.mark = "";
            }
            Role::Item => {
                self.widen(Gap::Line);
                self.mark = "";
            }
            Role::Gap(gap) => self.widen(gap),
            Role::Hidden | Role::Inline => {}
        }
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn write(&mut self, value: &[u8]) {
        if self.hidden.is_some() {
            return;
        }
        let value = String::from_utf8_lossy(value);
        if self.preformatted > 0 {
            if !value.trim().is_empty() {
                self.push(value.trim_end_matches(['\n', '\r']));
            }
            return;
        }
        if value.starts_with(char::is_whitespace) {
            self.widen(Gap::Space);
        }
        for word in value.split_whitespace() {
            self.push(word);
            self.gap = Gap::Space;
        }
        if !value.ends_with(char::is_whitespace) && self.gap == Gap::Space {
            self.gap = Gap::None;
        }
    }

    fn push(&mut self, piece: &str) {
        if !self.text.is_empty() {
            self.text.push_str(self.gap.text());
        }
        self.text.push_str(self.mark);
        self.text.push_str(piece);
        self.gap = Gap::None;
        self.mark = "";
    }
}

#[cfg(test)]
mod tests;
