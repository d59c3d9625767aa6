//! Functions applied to each element, or to each pair of elements of two arrays that are broadcast together.

use super::array::Array;
use super::launch::{Argument, Grid, Structure};
use crate::backend::{Binary, Nonlinearity, Unary};

pub(in crate::backend) fn unary(array: &Array, function: Unary) -> Array {
    let (choice, a, b) = match function {
        Unary::Negate => (0, 0.0, 0.0),
        Unary::Exp => (1, 0.0, 0.0),
        Unary::Ln => (2, 0.0, 0.0),
        Unary::Sqrt => (3, 0.0, 0.0),
        Unary::Abs => (4, 0.0, 0.0),
        Unary::Sign => (5, 0.0, 0.0),
        Unary::Square => (6, 0.0, 0.0),
        Unary::Power(exponent) => (7, exponent, 0.0),
        Unary::Clamp(low, high) => (8, low, high),
        Unary::Within(low, high) => (9, low, high),
    };
    let card = array.card();
    let result = Array::stale(card, array.shape());
    card.launch(
        "unary",
        Grid::over(card, array.len()),
        &[
            Argument::Array(array),
            Argument::Array(&result),
            Argument::Count(array.len()),
            Argument::Choice(choice),
            Argument::Number(a),
            Argument::Number(b),
        ],
    );
    result
}

/// The number that kernels know a function by.
fn choice(function: Binary) -> Argument<'static> {
    Argument::Choice(match function {
        Binary::Add => 0,
        Binary::Subtract => 1,
        Binary::Multiply => 2,
        Binary::Divide => 3,
        Binary::Equal => 4,
        Binary::SigmoidCrossEntropy => 5,
    })
}

pub(in crate::backend) fn binary(left: &Array, right: &Array, function: Binary, shape: &[usize]) -> Array {
    let card = left.card();
    let result = Array::stale(card, shape);
    let grid = Grid::over(card, result.len());
    let arrays = [
        Argument::Array(left),
        Argument::Array(right),
        Argument::Array(&result),
        Argument::Count(result.len()),
        choice(function),
    ];
    if left.shape() == right.shape() {
        card.launch("binary", grid, &arrays);
    } else {
        let layout = Layout::new(shape, left.shape(), right.shape());
        let [a, b, c, d, e] = arrays;
        card.launch(
            "binary_broadcast",
            grid,
            &[a, b, c, d, e, Argument::Whole(&layout)],
        );
    }
    result
}

/// Of an array and a number, which stands on the left if `number_first`.
pub(in crate::backend) fn with_number(
    array: &Array,
    number: f32,
    function: Binary,
    number_first: bool,
) -> Array {
    let card = array.card();
    let result = Array::stale(card, array.shape());
    card.launch(
        "binary_number",
        Grid::over(card, array.len()),
        &[
            Argument::Array(array),
            Argument::Array(&result),
            Argument::Count(array.len()),
            Argument::Number(number),
            Argument::Choice(i32::from(number_first)),
            choice(function),
        ],
    );
    result
}

pub(super) fn broadcast(array: &Array, shape: &[usize]) -> Array {
    let card = array.card();
    let result = Array::stale(card, shape);
    let layout = Layout::new(shape, array.shape(), &[]);
    card.launch(
        "broadcast",
        Grid::over(card, result.len()),
        &[
            Argument::Array(array),
            Argument::Array(&result),
            Argument::Count(result.len()),
            Argument::Whole(&layout),
        ],
    );
    result
}

/// What kernels are told of an activation function: its number and its slope.
pub(super) fn bent(function: Nonlinearity) -> [Argument<'static>; 2] {
    let (choice, slope) = match function {
        Nonlinearity::Identity => (0, 0.0),
        Nonlinearity::Sigmoid => (1, 0.0),
        Nonlinearity::Tanh => (2, 0.0),
        Nonlinearity::Relu => (3, 0.0),
        Nonlinearity::LeakyRelu(slope) => (4, slope),
        Nonlinearity::Elu(scale) => (5, scale),
    };
    [Argument::Choice(choice), Argument::Number(slope)]
}

pub(in crate::backend) fn nonlinearity(array: &Array, function: Nonlinearity) -> Array {
    let card = array.card();
    let result = Array::stale(card, array.shape());
    let [choice, slope] = bent(function);
    card.launch(
        "nonlinearity",
        Grid::over(card, array.len()),
        &[
            Argument::Array(array),
            Argument::Array(&result),
            Argument::Count(array.len()),
            choice,
            slope,
        ],
    );
    result
}

pub(in crate::backend) fn nonlinearity_gradient(g: &Array, y: &Array, function: Nonlinearity) -> Array {
    if function == Nonlinearity::Identity {
        return g.clone();
    }
    let card = g.card();
    let result = Array::stale(card, g.shape());
    let [choice, slope] = bent(function);
    card.launch(
        "nonlinearity_gradient",
        Grid::over(card, g.len()),
        &[
            Argument::Array(g),
            Argument::Array(y),
            Argument::Array(&result),
            Argument::Count(g.len()),
            choice,
            slope,
        ],
    );
    result
}

/// y = function(y + bias) in place, with one bias for each column (the last axis); `y` is nobody else's.
pub(super) fn add_bias(y: &Array, bias: &Array, function: Nonlinearity) {
    let card = y.card();
    let [choice, slope] = bent(function);
    card.launch(
        "add_bias",
        Grid::over(card, y.len()),
        &[
            Argument::Array(y),
            Argument::Array(bias),
            Argument::Count(y.len()),
            Argument::Count(bias.len()),
            choice,
            slope,
        ],
    );
}

/// The axes of a result, and how far apart neighbours on them lie in up to two arrays that are broadcast to it. More than 32
/// axes of more than one element would be more elements than any card has memory for.
#[repr(C)]
struct Layout {
    rank: u64,
    size: [u64; 32],
    left: [u64; 32],
    right: [u64; 32],
}

// SAFETY: `Layout` in elementwise.cu has the same fields.
unsafe impl Structure for Layout {}

impl Layout {
    fn new(shape: &[usize], left: &[usize], right: &[usize]) -> Layout {
        let mut layout = Layout {
            rank: 0,
            size: [1; 32],
            left: [0; 32],
            right: [0; 32],
        };
        let axes = shape.iter().zip(strides(shape, left)).zip(strides(shape, right));
        let mut joined: Vec<[usize; 3]> = Vec::with_capacity(shape.len());
        for ((&size, left), right) in axes.filter(|((size, _), _)| **size != 1) {
            match joined.last_mut() {
                // Neighbouring axes that both arrays walk through in one go are one axis.
                Some([outer, to_left, to_right]) if *to_left == left * size && *to_right == right * size => {
                    *outer *= size;
                    (*to_left, *to_right) = (left, right);
                }
                _ => joined.push([size, left, right]),
            }
        }
        layout.rank = joined.len() as u64;
        for (axis, [size, left, right]) in joined.into_iter().enumerate() {
            layout.size[axis] = size as u64;
            layout.left[axis] = left as u64;
            layout.right[axis] = right as u64;
        }
        layout
    }
}

/// For each axis of `shape`, how far apart neighbours lie in an array that is broadcast to it.
fn strides(shape: &[usize], array: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; shape.len()];
    let mut distance = 1;
    for (stride, &size) in strides.iter_mut().rev().zip(array.iter().rev()) {
        if size != 1 {
            *stride = distance;
        }
        distance *= size;
    }
    strides
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(shape: &[usize], left: &[usize], right: &[usize]) -> Vec<[u64; 3]> {
        let layout = Layout::new(shape, left, right);
        (0..layout.rank as usize)
            .map(|axis| [layout.size[axis], layout.left[axis], layout.right[axis]])
            .collect()
    }

    #[test]
    fn axes_that_are_walked_through_together_are_joined() {
        // A bias for each column of images.
        assert_eq!(
            layout(&[8, 5, 5, 3], &[8, 5, 5, 3], &[3]),
            [[200, 3, 0], [3, 1, 1]]
        );
        // One mask for all channels.
        assert_eq!(layout(&[2, 4, 3], &[2, 4, 3], &[2, 4, 1]), [[8, 3, 1], [3, 1, 0]]);
        // A column and a row.
        assert_eq!(layout(&[2, 3], &[2, 1], &[1, 3]), [[2, 1, 0], [3, 0, 1]]);
        // Single numbers, and nothing.
        assert_eq!(layout(&[2, 3], &[1, 1], &[]), [[6, 0, 0]]);
        assert!(layout(&[1, 1], &[1], &[]).is_empty());
    }
}
