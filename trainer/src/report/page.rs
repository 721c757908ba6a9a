//! The page around the drawings.

/// Colours and lines of the page, in light and in dark. Lines differ in colour and in dashes.
const STYLE: &str = "\
:root { color-scheme: light dark; --back: #fff; --text: #1b1b1b; --soft: #5c5c5c; --grid: #e2e2e2;
  --c0: #0b61a4; --c1: #b3400f; --c2: #1d7a3a; --c3: #7a3aa8; --c4: #8a6500; --c5: #a3195b;
  --c6: #0d7377; --c7: #4d4d4d; }
@media (prefers-color-scheme: dark) {
  :root { --back: #16181c; --text: #e8e8e8; --soft: #a9adb3; --grid: #33373d;
    --c0: #6cb6f5; --c1: #f59a6c; --c2: #6fd08c; --c3: #c79bf0; --c4: #e0bd4f; --c5: #f285b5;
    --c6: #5fd0d3; --c7: #c4c4c4; } }
body { background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2.5rem; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--soft); font-size: 12px; } svg text.name { fill: var(--text); font-size: 13px; }
.grid { stroke: var(--grid); stroke-width: 1; } .axis { stroke: var(--soft); fill: none; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.interval { fill: none; stroke-width: 1.5; opacity: .75; }
.line0 { stroke: var(--c0); } .line1 { stroke: var(--c1); } .line2 { stroke: var(--c2); }
.line3 { stroke: var(--c3); } .line4 { stroke: var(--c4); } .line5 { stroke: var(--c5); }
.line6 { stroke: var(--c6); } .line7 { stroke: var(--c7); }
.line1 polyline { stroke-dasharray: 8 3; } .line2 polyline { stroke-dasharray: 2 3; }
.line3 polyline { stroke-dasharray: 10 3 2 3; } .line4 polyline { stroke-dasharray: 5 5; }
.line5 polyline { stroke-dasharray: 12 4; } .line6 polyline { stroke-dasharray: 4 2 1 2; }
.line7 polyline { stroke-dasharray: 1 5; }
circle { fill: var(--back); stroke-width: 2; }
ul.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: 0;
  margin: .25rem 0 1rem; } ul.legend svg.key { width: 36px; height: 10px; display: inline-block;
  margin-right: .5rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem;
  font-variant-numeric: tabular-nums; } th, td { border-bottom: 1px solid var(--grid);
  padding: .2rem .8rem .2rem 0; text-align: right; white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
";

/// Rows of cells below their heads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The first row.
    pub heads: Vec<String>,
    /// The others, each as long as the first.
    pub rows: Vec<Vec<String>>,
}

/// A part of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub heading: String,
    /// A paragraph; none where it is empty.
    pub text: String,
    /// A drawing, as markup.
    pub drawing: Option<String>,
    /// What is drawn, in numbers.
    pub table: Option<Table>,
}

/// The whole page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its heading.
    pub title: String,
    /// Its parts in order.
    pub sections: Vec<Section>,
}

impl Page {
    /// One HTML file that needs nothing else.
    pub fn html(&self) -> String {
        let title = escape(&self.title);
        let sections: Vec<String> = self.sections.iter().map(Section::html).collect();
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
             {}\n</body>\n</html>\n",
            sections.join("\n")
        )
    }
}

impl Section {
    fn html(&self) -> String {
        let mut parts = vec![format!("<section>\n<h2>{}</h2>", escape(&self.heading))];
        if !self.text.is_empty() {
            parts.push(format!("<p>{}</p>", escape(&self.text)));
        }
        parts.extend(self.drawing.clone());
        parts.extend(self.table.as_ref().map(Table::html));
        parts.push("</section>".to_owned());
        parts.join("\n")
    }
}

impl Table {
    fn html(&self) -> String {
        let row = |cells: &[String], tag: &str| {
            let cell = |cell: &String| format!("<{tag}>{}</{tag}>", escape(cell));
            let cells: Vec<String> = cells.iter().map(cell).collect();
            format!("<tr>{}</tr>", cells.concat())
        };
        let rows: Vec<String> = self.rows.iter().map(|cells| row(cells, "td")).collect();
        format!(
            "<div class=\"scroll\"><table>\n<thead>{}</thead>\n<tbody>\n{}\n</tbody>\n</table></div>",
            row(&self.heads, "th"),
            rows.join("\n")
        )
    }
}

/// Text that means itself inside markup.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}
