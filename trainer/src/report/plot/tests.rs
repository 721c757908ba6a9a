//! Where points are drawn, and that nothing is drawn outside.

use super::*;

fn point(x: f64, y: f64) -> Point {
    Point {
        x,
        y,
        interval: None,
    }
}

fn plot(lines: Vec<Line>) -> Plot {
    Plot {
        title: "Loss <of> a run".to_owned(),
        x_name: "step".to_owned(),
        y_name: "loss & more".to_owned(),
        x_kind: AxisKind::Linear,
        lines,
    }
}

fn line(name: &str, points: Vec<Point>) -> Line {
    Line {
        name: name.to_owned(),
        points,
    }
}

/// Every `x,y` of every polyline of the drawing itself.
fn places(svg: &str) -> Vec<(f64, f64)> {
    let drawing = svg.split("<ul class=\"legend\">").next().unwrap();
    let lists = drawing.split("<polyline points=\"").skip(1);
    let pairs = lists.flat_map(|rest| rest.split('"').next().unwrap().split(' '));
    pairs
        .map(|pair| {
            let (x, y) = pair.split_once(',').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        })
        .collect()
}

#[test]
fn points_are_drawn_where_the_axes_say() {
    // The axes end at 0 and 10 and at 0 and 1, so the corners are the frame's.
    let svg = plot(vec![line("a", vec![point(0.0, 0.0), point(10.0, 1.0)])]).svg();
    let corners = [(LEFT, HEIGHT - BOTTOM), (WIDTH - RIGHT, TOP)];
    for (found, expected) in places(&svg).into_iter().zip(corners) {
        assert!((found.0 - expected.0).abs() < 0.1, "{found:?}");
        assert!((found.1 - expected.1).abs() < 0.1, "{found:?}");
    }
    assert_eq!(places(&svg).len(), 2);
}

#[test]
fn names_are_escaped_and_axes_are_named() {
    let svg = plot(vec![line("<b>", vec![point(1.0, 2.0)])]).svg();
    assert!(svg.contains("Loss &lt;of&gt; a run") && svg.contains("&lt;b&gt;</li>"));
    assert!(svg.contains(">step</text>") && svg.contains(">loss &amp; more</text>"));
    assert!(!svg.contains("<b>"));
}

#[test]
fn long_lines_are_averaged_and_stay_inside() {
    let points: Vec<Point> = (0..20_000)
        .map(|at| point(f64::from(at), f64::from(at % 7)))
        .collect();
    let svg = plot(vec![line("a", points)]).svg();
    let places = places(&svg);
    assert_eq!(places.len(), POINTS_MAX);
    for (x, y) in places {
        assert!((LEFT..=WIDTH - RIGHT).contains(&x) && (TOP..=HEIGHT - BOTTOM).contains(&y));
    }
}

#[test]
fn intervals_are_drawn_inside_too() {
    let mut certain = point(64.0, 0.5);
    certain.interval = Some(Interval {
        low: 0.1,
        high: 0.93,
    });
    let mut plot = plot(vec![line("a", vec![certain])]);
    plot.x_kind = AxisKind::Ratio;
    let svg = plot.svg();
    assert_eq!(svg.matches("class=\"interval\"").count(), 1);
    // 0.1 to 0.93: the axis goes from 0 to 1, so the ends are a tenth and 0.07 of it inside.
    let height = HEIGHT - TOP - BOTTOM;
    let low = format!("{:.1}H", HEIGHT - BOTTOM - 0.1 * height);
    assert!(svg.contains(&low), "{svg}");
}

#[test]
fn more_lines_than_can_be_told_apart_are_not_drawn() {
    let lines = (0..20).map(|at| line(&at.to_string(), vec![point(0.0, f64::from(at))]));
    let svg = plot(lines.collect()).svg();
    assert_eq!(svg.matches("<li>").count(), LINES_MAX);
}
