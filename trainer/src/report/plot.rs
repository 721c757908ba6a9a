//! A plot as SVG: axes with numbers and names, lines with marks, intervals, a legend.

use crate::evaluate::bootstrap::Interval;
use crate::report::axis::{Axis, AxisKind};
use crate::report::page::escape;

/// Lines that can be told apart in one plot.
pub const LINES_MAX: usize = 8;

/// Points drawn a line; more are averaged over equal parts of the way.
pub const POINTS_MAX: usize = 500;

/// A line of so many points or fewer has a mark on each.
const MARKS_MAX: usize = 40;

/// The drawing and its margins, in units of the drawing.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 48.0;

/// How far the intervals of neighbouring lines are drawn from each other.
const APART: f64 = 7.0;

/// A value at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Along the lower axis.
    pub x: f64,
    /// Along the left axis.
    pub y: f64,
    /// How certain the value is.
    pub interval: Option<Interval>,
}

/// A named line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its points, by ascending `x`.
    pub points: Vec<Point>,
}

/// A plot; at most [`LINES_MAX`] lines are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it shows, for those who do not see it.
    pub title: String,
    /// What is along the lower axis.
    pub x_name: String,
    /// What is along the left axis.
    pub y_name: String,
    /// How places along the lower axis follow from values.
    pub x_kind: AxisKind,
    /// The lines.
    pub lines: Vec<Line>,
}

/// Where values lie in the drawing.
struct Frame {
    x: Axis,
    y: Axis,
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.y.place(value) * (HEIGHT - TOP - BOTTOM)
    }
}

impl Plot {
    /// The drawing with its legend, ready to stand in a page.
    pub fn svg(&self) -> String {
        let lines: Vec<Line> = self.lines.iter().take(LINES_MAX).map(thin).collect();
        let points = || lines.iter().flat_map(|line| &line.points);
        let xs = points().map(|point| point.x);
        let x = match self.x_kind {
            AxisKind::Linear => Axis::linear(xs),
            AxisKind::Ratio => Axis::ratio(xs),
        };
        let ys = points().flat_map(|point| {
            let ends = point.interval.map(|one| [one.low, one.high]);
            std::iter::once(point.y).chain(ends.into_iter().flatten())
        });
        let frame = Frame {
            x,
            y: Axis::linear(ys),
        };
        let mut parts = vec![format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
            escape(&self.title)
        )];
        parts.extend(self.axes(&frame));
        for (number, line) in lines.iter().enumerate() {
            parts.push(draw(line, number, &frame));
        }
        parts.push("</svg>".to_owned());
        parts.push(legend(&lines));
        parts.join("\n")
    }

    fn axes(&self, frame: &Frame) -> Vec<String> {
        let (right, lower) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let mut parts = Vec::new();
        for &tick in &frame.y.ticks {
            let (y, label) = (frame.y(tick), frame.y.label(tick));
            parts.push(format!(
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
                LEFT - 8.0,
                y + 4.0
            ));
        }
        for &tick in &frame.x.ticks {
            let (x, label) = (frame.x(tick), frame.x.label(tick));
            parts.push(format!(
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{TOP}\" x2=\"{x:.1}\" y2=\"{lower}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{label}</text>",
                lower + 18.0
            ));
        }
        parts.push(format!(
            "<path class=\"axis\" d=\"M{LEFT} {TOP}V{lower}H{right}\"/>"
        ));
        let middle = f64::midpoint(TOP, lower);
        parts.push(format!(
            "<text class=\"name\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text class=\"name\" x=\"16\" y=\"{middle:.1}\" text-anchor=\"middle\" \
             transform=\"rotate(-90 16 {middle:.1})\">{}</text>",
            f64::midpoint(LEFT, right),
            HEIGHT - 8.0,
            escape(&self.x_name),
            escape(&self.y_name)
        ));
        parts
    }
}

/// Averages neighbours until at most [`POINTS_MAX`] points are left; intervals are kept as they
/// are, since few points have them.
fn thin(line: &Line) -> Line {
    let size = line.points.len().div_ceil(POINTS_MAX).max(1);
    let mean = |part: &[Point]| {
        let share = 1.0 / part.len() as f64;
        Point {
            x: part.iter().map(|point| point.x).sum::<f64>() * share,
            y: part.iter().map(|point| point.y).sum::<f64>() * share,
            interval: part[0].interval.filter(|_| part.len() == 1),
        }
    };
    Line {
        name: line.name.clone(),
        points: line.points.chunks(size).map(mean).collect(),
    }
}

fn draw(line: &Line, number: usize, frame: &Frame) -> String {
    let place = |point: &Point| format!("{:.1},{:.1}", frame.x(point.x), frame.y(point.y));
    let places: Vec<String> = line.points.iter().map(place).collect();
    let mut parts = vec![format!("<g class=\"line{number}\">")];
    parts.push(format!("<polyline points=\"{}\"/>", places.join(" ")));
    for point in &line.points {
        let x = frame.x(point.x);
        if let Some(interval) = point.interval {
            let (low, high) = (frame.y(interval.low), frame.y(interval.high));
            // Beside each other, so that equal intervals do not hide one another.
            let x = x + APART * number as f64;
            let (left, right) = (x - 3.0, x + 3.0);
            parts.push(format!(
                "<path class=\"interval\" d=\"M{left:.1} {low:.1}H{right:.1}M{x:.1} {low:.1}\
                 V{high:.1}M{left:.1} {high:.1}H{right:.1}\"/>"
            ));
        }
        if line.points.len() <= MARKS_MAX {
            let y = frame.y(point.y);
            parts.push(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"));
        }
    }
    parts.push("</g>".to_owned());
    parts.join("")
}

fn legend(lines: &[Line]) -> String {
    let entry = |(number, line): (usize, &Line)| {
        format!(
            "<li><svg class=\"key\" viewBox=\"0 0 36 10\" aria-hidden=\"true\">\
             <g class=\"line{number}\"><polyline points=\"0,5 36,5\"/></g></svg>{}</li>",
            escape(&line.name)
        )
    };
    let entries: Vec<String> = lines.iter().enumerate().map(entry).collect();
    format!("<ul class=\"legend\">{}</ul>", entries.concat())
}

#[cfg(test)]
mod tests;
