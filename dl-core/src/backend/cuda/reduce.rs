//! From many numbers to one: sums, extremes, and softmax with its cross-entropy. The order of additions follows from the
//! shape alone: the same numbers give the same sums.

use super::array::{Array, filled};
use super::card::Card;
use super::elementwise::bent;
use super::launch::{Argument, Grid};
use crate::backend::{Nonlinearity, Reduction, around, without};

/// Elements that a single block works on; from more, many blocks leave parts, which one adds up.
const AT_ONCE: usize = 1 << 14;

/// Blocks that leave parts of everything, at most.
const PARTS: usize = 1024;

/// What kernels join, and how.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Sum = 0,
    Max = 1,
    Min = 2,
    /// Of the elements.
    Squares = 3,
    /// Of two arrays, squared.
    Difference = 4,
}

impl Kind {
    fn choice(self) -> Argument<'static> {
        Argument::Choice(self as i32)
    }
}

pub(in crate::backend) fn reduce(array: &Array, reduction: Reduction, axis: Option<usize>) -> Array {
    let count = axis.map_or(array.len(), |axis| array.shape()[axis]);
    let (kind, divisor) = match reduction {
        Reduction::Sum => (Kind::Sum, 1.0),
        Reduction::Mean => (Kind::Sum, count as f32),
        Reduction::Max => (Kind::Max, 1.0),
        Reduction::Min => (Kind::Min, 1.0),
    };
    match axis {
        None => all(array, None, kind, divisor),
        Some(axis) => along(array, axis, kind, divisor),
    }
}

/// Over everything; `other` is the array that differences are taken to.
fn all(array: &Array, other: Option<&Array>, kind: Kind, divisor: f32) -> Array {
    let card = array.card();
    let result = Array::stale(card, &[]);
    let count = array.len();
    let other = other.map_or(Argument::Absent, Argument::Array);
    if count <= AT_ONCE {
        card.launch(
            "reduce_at_once",
            Grid::blocks(1, if count <= 1024 { 256 } else { 1024 }),
            &[
                Argument::Array(array),
                other,
                Argument::Array(&result),
                Argument::Count(count),
                kind.choice(),
                Argument::Number(divisor),
            ],
        );
        return result;
    }
    let blocks = count.div_ceil(AT_ONCE / 4).min(PARTS);
    // Doubles take the room of two numbers each.
    let parts = Array::stale(card, &[blocks, 2]);
    card.launch(
        "reduce_parts",
        Grid::blocks(blocks, 256),
        &[
            Argument::Array(array),
            other,
            Argument::Array(&parts),
            Argument::Count(count),
            kind.choice(),
        ],
    );
    card.launch(
        "reduce_end",
        Grid::blocks(1, 256),
        &[
            Argument::Array(&parts),
            Argument::Array(&result),
            Argument::Count(blocks),
            // What the parts are sums of, they have in them.
            match kind {
                Kind::Max | Kind::Min => kind.choice(),
                _ => Kind::Sum.choice(),
            },
            Argument::Number(divisor),
        ],
    );
    result
}

fn along(array: &Array, axis: usize, kind: Kind, divisor: f32) -> Array {
    let (outer, size, inner) = around(array.shape(), axis);
    let card = array.card();
    let shape = without(array.shape(), axis);
    if outer * inner == 0 {
        return Array::stale(card, &shape);
    }
    let results = match inner {
        1 => outer,
        _ => outer * inner.div_ceil(32),
    };
    let (parts, run) = parts_of(card, size, results, if inner == 1 { 1 << 14 } else { 512 });
    let result = Array::stale(card, &[outer, parts, inner]);
    let last = if parts == 1 { divisor } else { 1.0 };
    let [array, result_argument] = [Argument::Array(array), Argument::Array(&result)];
    let [size_argument, run, parts_argument] = [size, run, parts].map(Argument::Count);
    match inner {
        1 => card.launch(
            "reduce_rows",
            Grid::rows(outer * parts, size.div_ceil(parts)),
            &[
                array,
                result_argument,
                Argument::Count(outer),
                size_argument,
                run,
                parts_argument,
                kind.choice(),
                Argument::Number(last),
            ],
        ),
        _ => card.launch(
            "reduce_columns",
            Grid::tiles(results * parts),
            &[
                array,
                result_argument,
                Argument::Count(outer),
                size_argument,
                Argument::Count(inner),
                run,
                parts_argument,
                kind.choice(),
                Argument::Number(last),
            ],
        ),
    }
    match parts {
        1 => result.in_shape(&shape),
        // Few enough now to be done in one go.
        _ => along(&result, 1, kind, divisor).in_shape(&shape),
    }
}

/// How many parts of how many numbers each the `size` numbers of a result are shared out to: where there are few results of
/// many numbers, more blocks than results are worth it.
fn parts_of(card: &Card, size: usize, results: usize, longest: usize) -> (usize, usize) {
    let worth = card.multiprocessors() * 4;
    let parts = match size > longest && results < worth {
        true => size.div_ceil(longest).min(worth.div_ceil(results)),
        false => 1,
    };
    (parts, size.div_ceil(parts).max(1))
}

/// The gradient of what was bent to `y`, and its sums over all but the last axis, in one walk.
pub(in crate::backend) fn nonlinearity_gradient_and_sums(
    g: &Array,
    y: &Array,
    function: Nonlinearity,
) -> (Array, Array) {
    let columns = g.shape()[g.ndim() - 1];
    let rows = g.len() / columns.max(1);
    if function == Nonlinearity::Identity || g.len() == 0 {
        let matrix = g.in_shape(&[rows, columns]);
        return (g.clone(), along(&matrix, 0, Kind::Sum, 1.0));
    }
    let card = g.card();
    let tiles = columns.div_ceil(32);
    let (parts, run) = parts_of(card, rows, tiles, 512);
    let dz = Array::stale(card, g.shape());
    let sums = Array::stale(card, &[parts, columns]);
    let [choice, slope] = bent(function);
    card.launch(
        "unbend_columns",
        Grid::tiles(tiles * parts),
        &[
            Argument::Array(g),
            Argument::Array(y),
            Argument::Array(&dz),
            Argument::Array(&sums),
            Argument::Count(rows),
            Argument::Count(columns),
            Argument::Count(run),
            Argument::Count(parts),
            choice,
            slope,
        ],
    );
    let sums = match parts {
        1 => sums.in_shape(&[columns]),
        _ => along(&sums, 0, Kind::Sum, 1.0),
    };
    (dz, sums)
}

pub(in crate::backend) fn argmax(array: &Array, axis: usize) -> Array {
    let (outer, size, inner) = around(array.shape(), axis);
    let card = array.card();
    let shape = without(array.shape(), axis);
    if size == 0 {
        return filled(card, 0.0, &shape);
    }
    let result = Array::stale(card, &shape);
    let [array, result_argument] = [Argument::Array(array), Argument::Array(&result)];
    let [outer_argument, size, inner_argument] = [outer, size, inner].map(Argument::Count);
    match inner {
        1 => card.launch(
            "argmax_rows",
            Grid::warps(outer),
            &[array, result_argument, outer_argument, size],
        ),
        _ => card.launch(
            "argmax_columns",
            Grid::over(card, outer * inner),
            &[array, result_argument, outer_argument, size, inner_argument],
        ),
    }
    result
}

pub(in crate::backend) fn softmax(array: &Array) -> Array {
    let card = array.card();
    let result = Array::stale(card, array.shape());
    let width = array.shape()[array.ndim() - 1];
    let rows = array.len() / width.max(1);
    card.launch(
        "softmax",
        Grid::rows(rows, width),
        &[
            Argument::Array(array),
            Argument::Array(&result),
            Argument::Count(rows),
            Argument::Count(width),
        ],
    );
    result
}

/// Whether targets are class numbers; else they are probabilities.
fn are_classes(targets: &Array, classes: usize) -> Argument<'static> {
    let probabilities = matches!(targets.shape(), [_, width] if *width == classes);
    Argument::Choice(i32::from(!probabilities))
}

/// The mean of one number for each row, and, if asked for, its gradient for the logits, from the same pass.
pub(in crate::backend) fn softmax_cross_entropy(
    logits: &Array,
    targets: &Array,
    with_gradient: bool,
) -> (Array, Option<Array>) {
    let card = logits.card();
    let (rows, width) = (logits.shape()[0], logits.shape()[1]);
    let losses = Array::stale(card, &[rows]);
    let gradient = with_gradient.then(|| Array::stale(card, logits.shape()));
    card.launch(
        "softmax_cross_entropy",
        Grid::rows(rows, width),
        &[
            Argument::Array(logits),
            Argument::Array(targets),
            Argument::Array(&losses),
            gradient.as_ref().map_or(Argument::Absent, Argument::Array),
            Argument::Count(rows),
            Argument::Count(width),
            are_classes(targets, width),
        ],
    );
    (reduce(&losses, Reduction::Mean, None), gradient)
}

/// The mean of (a - b)².
pub(in crate::backend) fn squared_error(a: &Array, b: &Array) -> Array {
    all(a, Some(b), Kind::Difference, a.len() as f32)
}

/// 2 (a - b) · gradient · number / n, where the gradient is one number on the card, or absent.
pub(in crate::backend) fn squared_error_gradient(
    a: &Array,
    b: &Array,
    gradient: Option<&Array>,
    number: f32,
) -> Array {
    let card = a.card();
    let result = Array::stale(card, a.shape());
    card.launch(
        "squared_error_gradient",
        Grid::over(card, a.len()),
        &[
            Argument::Array(a),
            Argument::Array(b),
            gradient.map_or(Argument::Absent, Argument::Array),
            Argument::Number(number),
            Argument::Array(&result),
            Argument::Count(a.len()),
        ],
    );
    result
}

/// One number.
pub(super) fn sum_of_squares(array: &Array) -> Array {
    all(array, None, Kind::Squares, 1.0)
}
