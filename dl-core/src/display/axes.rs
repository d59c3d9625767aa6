//! A pair of axes with curves and points between them, drawn into SVG elements. What is drawn is decided by the charts;
//! the marks on the axes are plotters' work.

use std::fmt::Write;

use plotters::prelude::*;
use plotters::style::Color as _;

use super::card::{self, TEXT, TITLE, short, text_width};
use super::marks::Marks;
use super::palette::{Color, INK, hex};

/// Lengths are whole numbers for plotters: it draws at twice the size, so that they are half pixels.
const SCALE: f64 = 2.0;
/// If all series together have more points they are thinned out: a picture stays below 300 kB.
const MOST_POINTS: usize = 2500;
/// A boundary of more pieces than this is a tangle that only hides the colours.
const MOST_LINES: usize = 3000;

/// Curves of at most this many points show each of them.
const FEW_POINTS: usize = 25;

/// How a series looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    /// A line; `dashed` tells it from a neighbour without colour.
    Line { dashed: bool },
    /// Separate points, in the shape of the class with this number.
    Points(usize),
}

/// Points (x, y) that belong together, in one colour.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    pub(super) mark: Mark,
    pub(super) color: Color,
}

/// A picture under everything else that fills the area between the axes.
pub(super) struct Ground {
    pub(super) png: Vec<u8>,
    /// Lines from (x, y) to (x, y), such as a decision boundary.
    pub(super) lines: Vec<[(f64, f64); 2]>,
}

/// What is drawn, and how large, in pixels.
pub(super) struct Axes<'a> {
    pub(super) size: (f64, f64),
    pub(super) title: &'a str,
    pub(super) labels: (&'a str, &'a str),
    /// Lowest and highest x and y.
    pub(super) range: [(f64, f64); 2],
    /// Of the x axis and of the y axis.
    pub(super) marks: [Marks; 2],
    pub(super) series: &'a [Series],
    pub(super) ground: Option<&'a Ground>,
}

/// Lowest and highest of the finite values; none if there are none.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .filter(|value| value.is_finite())
        .map(|value| (value, value))
        .reduce(|(low, high), (value, _)| (low.min(value), high.max(value)))
}

/// The [`extent`] with a little air around it; from 0 to 1 if there is none.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let Some((low, high)) = extent(values) else {
        return (0.0, 1.0);
    };
    let air = if low == high {
        0.5 * low.abs().max(1.0)
    } else {
        0.05 * (high - low)
    };
    (low - air, high + air)
}

/// The ranges of x and y that hold all points of the series.
pub(super) fn ranges(series: &[Series]) -> [(f64, f64); 2] {
    let points = || series.iter().flat_map(|series| &series.points);
    [
        range(points().map(|point| point.0)),
        range(points().map(|point| point.1)),
    ]
}

impl Axes<'_> {
    /// The axes on a card of their own; `title` is what a screen reader says.
    pub(super) fn picture(&self, title: &str) -> String {
        let mut card = card::Card::new(self.size.0, self.size.1);
        card.group(0.0, 0.0, &self.draw());
        card.finish(title)
    }

    /// The SVG elements.
    pub(super) fn draw(&self) -> String {
        let mut elements = String::new();
        let head = self.head(&mut elements);
        let mut mesh = String::new();
        let area = self
            .mesh(head, &mut mesh)
            .expect("drawing into a string cannot fail");
        if let Some(ground) = self.ground {
            let [left, top, right, bottom] = area;
            elements.push_str(&card::image(
                [left, top, right - left, bottom - top],
                &ground.png,
                true,
            ));
        }
        // Plotters writes a document; its elements go into ours.
        let inner = mesh
            .split_once(">\n")
            .map_or("", |(_, rest)| rest)
            .trim_end()
            .trim_end_matches("</svg>");
        let inner = inner
            .replace(" opacity=\"1\"", "")
            .replace(" font-family=\"sans-serif\"", "");
        write!(
            elements,
            "<g transform=\"scale({})\">\n{inner}</g>\n",
            short(1.0 / SCALE)
        )
        .expect("a string grows");
        let place = |(x, y): (f64, f64)| {
            let share = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
            let (x, y) = (share(x, self.range[0]), share(y, self.range[1]));
            (
                area[0] + x * (area[2] - area[0]),
                area[3] - y * (area[3] - area[1]),
            )
        };
        if let Some(ground) = self.ground {
            boundary(&mut elements, ground, &place);
        }
        let step = self
            .series
            .iter()
            .map(|series| series.points.len())
            .sum::<usize>()
            .div_ceil(MOST_POINTS)
            .max(1);
        for series in self.series {
            draw_series(&mut elements, series, step, &place);
        }
        elements
    }

    /// Title and legend; returns their height.
    fn head(&self, elements: &mut String) -> f64 {
        let mut base = 8.0;
        if !self.title.is_empty() {
            base += 16.0;
            elements.push_str(&card::text_line(14.0, base, TITLE, self.title));
        }
        if self.series.len() > 1 {
            base += 20.0;
            let mut x = 14.0;
            let letters = if self.size.0 < 400.0 { 24 } else { 60 };
            for series in self.series {
                let label = card::shorten(&series.name, letters);
                let width = 22.0 + text_width(&label, TEXT.size) + 16.0;
                // What does not fit on the line any more gets one of its own.
                if x > 14.0 && x + width > self.size.0 {
                    (x, base) = (14.0, base + 18.0);
                }
                let at = base - 4.5;
                match series.mark {
                    Mark::Line { dashed } => {
                        draw_line(elements, &[(x, at), (x + 18.0, at)], series.color, dashed);
                    }
                    Mark::Points(shape) => draw_points(elements, &[(x + 8.0, at)], series.color, shape),
                }
                elements.push_str(&card::text_line(x + 22.0, base, TEXT, &label));
                x += width;
            }
        }
        // The highest mark of the y axis is half a line above the axes.
        base + 12.0
    }

    /// Axes, marks and labels; returns the area between the axes (left, top, right, bottom).
    fn mesh(&self, head: f64, svg: &mut String) -> Result<[f64; 4], Box<dyn std::error::Error>> {
        let pixels = |length: f64| (length * SCALE) as u32;
        let size = (pixels(self.size.0), pixels(self.size.1));
        // Plotters' font size counts the whole line: letters are 1.24 times smaller.
        let ink = RGBColor(0x22, 0x22, 0x22);
        let font = ("sans-serif", TEXT.size * SCALE * 1.24).into_font().color(&ink);
        let [x, y] = self.range;
        let places = [if self.size.0 < 300.0 { 5 } else { 7 }, 6];
        let [across, up] = [0, 1].map(|axis| self.marks[axis].scale(self.range[axis], places[axis]));
        let root = SVGBackend::with_string(svg, size).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin_top(pixels(head))
            .margin_right(pixels(18.0))
            .margin_left(pixels(6.0))
            .margin_bottom(pixels(6.0))
            .x_label_area_size(pixels(if self.labels.0.is_empty() { 26.0 } else { 44.0 }))
            .y_label_area_size(pixels(if self.labels.1.is_empty() { 48.0 } else { 66.0 }))
            .build_cartesian_2d(across, up)?;
        let grid = RGBAColor(0, 0, 0, if self.ground.is_some() { 0.0 } else { 0.12 });
        let format = |value: &f64| self.marks[0].word(*value, x);
        let format_y = |value: &f64| self.marks[1].word(*value, y);
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(grid.stroke_width(2))
            .axis_style(RGBColor(0x88, 0x88, 0x88).stroke_width(2))
            .x_label_formatter(&format)
            .y_label_formatter(&format_y)
            .x_desc(self.labels.0)
            .y_desc(self.labels.1)
            .label_style(font.clone())
            .axis_desc_style(font)
            .draw()?;
        let (x, y) = chart.plotting_area().get_pixel_range();
        root.present()?;
        Ok([x.start, y.start, x.end, y.end].map(|length| f64::from(length) / SCALE))
    }
}

fn boundary(elements: &mut String, ground: &Ground, place: &impl Fn((f64, f64)) -> (f64, f64)) {
    if ground.lines.is_empty() || ground.lines.len() > MOST_LINES {
        return;
    }
    write!(
        elements,
        "<path fill=\"none\" stroke=\"{INK}\" stroke-width=\"2\" stroke-linecap=\"round\" d=\""
    )
    .expect("a string grows");
    for &[from, to] in &ground.lines {
        let (from, to) = (place(from), place(to));
        let [a, b, c, d] = [from.0, from.1, to.0, to.1].map(tenth);
        write!(elements, "M{a} {b}L{c} {d}").expect("a string grows");
    }
    elements.push_str("\"/>\n");
}

/// Draws every `step`-th point of a series, and its last.
fn draw_series(
    elements: &mut String,
    series: &Series,
    step: usize,
    place: &impl Fn((f64, f64)) -> (f64, f64),
) {
    let last = series
        .points
        .last()
        .filter(|_| !(series.points.len() - 1).is_multiple_of(step));
    let shown = series.points.iter().step_by(step).chain(last);
    let finite = |&&(x, y): &&(f64, f64)| x.is_finite() && y.is_finite();
    let points: Vec<(f64, f64)> = shown.filter(finite).map(|&point| place(point)).collect();
    match series.mark {
        Mark::Line { dashed } => {
            draw_line(elements, &points, series.color, dashed);
            // A single point would be no line at all, and few are easier to count with their marks.
            if points.len() <= FEW_POINTS {
                draw_points(elements, &points, series.color, usize::from(dashed));
            }
        }
        Mark::Points(shape) => draw_points(elements, &points, series.color, shape),
    }
}

fn draw_line(elements: &mut String, points: &[(f64, f64)], color: Color, dashed: bool) {
    let dash = if dashed { " stroke-dasharray=\"7 4\"" } else { "" };
    let places: Vec<String> = points
        .iter()
        .map(|&(x, y)| format!("{},{}", tenth(x), tenth(y)))
        .collect();
    let (color, places) = (hex(color), places.join(" "));
    writeln!(
        elements,
        "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2.5\" stroke-linejoin=\"round\"{dash} \
         points=\"{places}\"/>"
    )
    .expect("a string grows");
}

fn draw_points(elements: &mut String, points: &[(f64, f64)], color: Color, shape: usize) {
    // Relative moves around each point, so that a point costs some 40 bytes.
    let outline = match shape % 4 {
        0 => "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0",
        1 => "m0-5.5l5.5 9.5h-11z",
        2 => "m-4-4h8v8h-8z",
        _ => "m0-6l5.5 6l-5.5 6l-5.5-6z",
    };
    let places: String = points
        .iter()
        .map(|&(x, y)| format!("M{} {}{outline}", tenth(x), tenth(y)))
        .collect();
    let color = hex(color);
    writeln!(
        elements,
        "<path fill=\"{color}\" stroke=\"#ffffff\" stroke-width=\"0.8\" d=\"{places}\"/>"
    )
    .expect("a string grows");
}

/// A length to a tenth of a pixel.
fn tenth(length: f64) -> String {
    short((10.0 * length).round() / 10.0)
}
