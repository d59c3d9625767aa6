//! What a model of two inputs answers everywhere in the plane: colours under the points, and the line where its decision
//! turns.

use super::axes::{Axes, Ground, Series, ranges};
use super::chart::classes_of;
use super::confusion::{decide, threshold};
use super::marks::Marks;
use super::palette::{answer, tint};
use super::picture::Picture;
use super::{MimeBundle, Show, text_chart};
use crate::error::{Error, Result};
use crate::losses::Decision;
use crate::model::Sequential;
use crate::tensor::Tensor;

/// The answers are taken on a grid of this many places on each side.
const GRID: usize = 120;

/// Points of known classes over a model's answers; made by [`decision_surface`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let points = moons(100, 0.1);
/// let model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// let surface = decision_surface(&model, &points.x, &points.y)?;
/// assert!(surface.show().plain().contains("points"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct DecisionSurface {
    series: Vec<Series>,
    range: [(f64, f64); 2],
    /// The answer at each place of the grid, row by row from the top: 0 to 1, or a class where there are several.
    answers: Vec<f32>,
    kind: Kind,
    right: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// One number: how sure the model is of class 1. The boundary is at 0.5.
    Sure,
    /// The number of a class.
    Class,
}

/// The answers of a model of two inputs in the colours of the classes, the boundary between them, and the points
/// `x: [n, 2]` with their classes `y: [n]` or `[n, 1]`.
///
/// A model that answers with one number decides between class 0 and 1: at 0.5, or where its loss says (at 0 for a loss on
/// logits). White is in doubt. With several numbers the largest names the class.
///
/// ```
/// use dl_core::prelude::*;
/// let data = xor(100, 0.1);
/// let model = Sequential::new([2]).add(Dense::new(4).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
/// decision_surface(&model, &data.x, &data.y)?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the model does not take two inputs, or `x` and `y` are no points with classes.
pub fn decision_surface(model: &Sequential, x: &Tensor, y: &Tensor) -> Result<DecisionSurface> {
    let op = "decision_surface";
    let series = classes_of(op, x, y)?;
    if model.input_shape() != [2] {
        let why = format!("the model takes samples of shape {:?}", model.input_shape());
        return Err(Error::shape(
            op,
            why,
            "only a model of two inputs, Sequential::new([2]), has a plane",
        ));
    }
    let range = ranges(&series);
    let places: Vec<f32> = (0..GRID * GRID)
        .flat_map(|at| place(range, at % GRID, at / GRID))
        .collect();
    let predictions = model.predict(&Tensor::from_vec(places, [GRID * GRID, 2]))?;
    let width = predictions.len() / (GRID * GRID);
    let decision = model.decision();
    let (answers, kind) = match threshold(width, decision) {
        Some(threshold) => {
            // Logits have no bounds: the logistic function makes shares of them. Other numbers are shares already.
            let share = |value: f32| {
                if threshold == 0.0 {
                    1.0 / (1.0 + (-value).exp())
                } else {
                    value
                }
            };
            (
                predictions.values().iter().map(|&value| share(value)).collect(),
                Kind::Sure,
            )
        }
        None => (
            decide(&predictions, Decision::Largest)
                .into_iter()
                .map(|class| class as f32)
                .collect(),
            Kind::Class,
        ),
    };
    let decided = decide(&model.predict(x)?, decision);
    let right = decided
        .iter()
        .zip(y.values().iter())
        .filter(|&(&class, &truth)| class as f32 == truth)
        .count();
    Ok(DecisionSurface {
        series,
        range,
        answers,
        kind,
        right,
    })
}

/// The point at a place of the grid: the middle of its pixel.
fn place([x, y]: [(f64, f64); 2], column: usize, row: usize) -> [f32; 2] {
    let share = |at: usize| (at as f64 + 0.5) / GRID as f64;
    [
        (x.0 + (x.1 - x.0) * share(column)) as f32,
        (y.1 - (y.1 - y.0) * share(row)) as f32,
    ]
}

impl DecisionSurface {
    fn title(&self) -> String {
        let count: usize = self.series.iter().map(|series| series.points.len()).sum();
        format!("{} of {count} points are on the right side", self.right)
    }

    fn ground(&self) -> Ground {
        let mut picture = Picture::new(GRID, GRID, [255; 3]);
        for (at, &value) in self.answers.iter().enumerate() {
            let color = match self.kind {
                _ if value.is_nan() => [0x80; 3],
                Kind::Sure => answer(value),
                Kind::Class => tint(value as usize),
            };
            picture.set(at % GRID, at / GRID, color);
        }
        Ground {
            png: picture.png(),
            lines: self.boundary(),
        }
    }

    /// Short lines where the answer passes from one class to another.
    fn boundary(&self) -> Vec<[(f64, f64); 2]> {
        match self.kind {
            Kind::Sure => self.contour(|answer| answer - 0.5),
            Kind::Class => (1..self.series.len().max(2))
                .flat_map(|class| self.contour(|answer| if answer == class as f32 { 0.5 } else { -0.5 }))
                .collect(),
        }
    }

    /// Short lines where the height of the answers passes through 0, between neighbours on the grid (marching squares,
    /// Lorensen and Cline 1987, in two dimensions).
    fn contour(&self, height: impl Fn(f32) -> f32) -> Vec<[(f64, f64); 2]> {
        let height = |(column, row): (usize, usize)| height(self.answers[row * GRID + column]);
        // Where the line crosses the way from one place to its neighbour, if it does.
        let crossing = |from: (usize, usize), to: (usize, usize)| {
            let (a, b) = (height(from), height(to));
            if (a > 0.0) == (b > 0.0) {
                return None;
            }
            let share = f64::from(a / (a - b));
            // Beside an answer that is no number or has no bounds.
            if share.is_nan() {
                return None;
            }
            let [from, to] = [from, to].map(|(column, row)| place(self.range, column, row).map(f64::from));
            let between = |axis: usize| from[axis] + share * (to[axis] - from[axis]);
            Some((between(0), between(1)))
        };
        let mut lines = Vec::new();
        for (row, column) in (0..GRID - 1).flat_map(|row| (0..GRID - 1).map(move |column| (row, column))) {
            let (left, right, top, bottom) = (column, column + 1, row, row + 1);
            let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
            let crossings: Vec<_> = (0..4)
                .filter_map(|side| crossing(corners[side], corners[(side + 1) % 4]))
                .collect();
            lines.extend(crossings.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        }
        lines
    }
}

impl Show for DecisionSurface {
    fn show(&self) -> MimeBundle {
        let title = self.title();
        let axes = Axes {
            size: (520.0, 430.0),
            title: &title,
            labels: ("first number", "second number"),
            range: self.range,
            marks: Marks::PLAIN,
            series: &self.series,
            ground: Some(&self.ground()),
        };
        MimeBundle::text(text_chart::draw(&title, &self.series, self.range, Marks::PLAIN))
            .with_svg(axes.picture(&format!("Decision surface: {title}")))
    }
}
