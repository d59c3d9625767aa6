//! Moving elements without computing: transposing, slices and their reverse, joining, gathering, repeating.

use super::array::{Array, filled, send};
use super::card::Card;
use super::elementwise;
use super::launch::{Argument, Grid};
use super::record::{Knob, knob};
use crate::backend::around;
use crate::error::Error;
use std::ops::Range;

/// The first two axes change places.
pub(in crate::backend) fn swap(array: &Array) -> Array {
    let card = array.card();
    let mut shape = array.shape().to_vec();
    shape.swap(0, 1);
    let result = Array::stale(card, &shape);
    card.launch(
        "swap",
        Grid::over(card, array.len()),
        &[
            Argument::Array(array),
            Argument::Array(&result),
            Argument::Count(array.len()),
            Argument::Count(array.shape()[0]),
            Argument::Count(array.shape()[1]),
            Argument::Count(shape[2..].iter().product()),
        ],
    );
    result
}

pub(in crate::backend) fn slice(array: &Array, axis: usize, range: Range<usize>) -> Array {
    let (outer, size, inner) = around(array.shape(), axis);
    let mut shape = array.shape().to_vec();
    shape[axis] = range.len();
    if outer == 1 {
        return array.piece(range.start * inner, &shape);
    }
    let result = Array::stale(array.card(), &shape);
    runs(
        "take",
        array,
        &result,
        result.len(),
        [range.len() * inner, size * inner, range.start * inner],
    );
    result
}

pub(in crate::backend) fn embed(array: &Array, axis: usize, start: usize, shape: &[usize]) -> Array {
    let result = filled(array.card(), 0.0, shape);
    lay(array, &result, axis, start);
    result
}

pub(in crate::backend) fn concat(arrays: &[&Array], axis: usize) -> Array {
    let mut shape = arrays[0].shape().to_vec();
    shape[axis] = arrays.iter().map(|array| array.shape()[axis]).sum();
    let result = Array::stale(arrays[0].card(), &shape);
    let mut start = 0;
    for array in arrays {
        lay(array, &result, axis, start);
        start += array.shape()[axis];
    }
    result
}

/// Lays an array into a larger one, from `start` on along `axis`.
fn lay(array: &Array, result: &Array, axis: usize, start: usize) {
    let (_, size, inner) = around(array.shape(), axis);
    let whole = result.shape()[axis];
    runs(
        "lay",
        array,
        result,
        array.len(),
        [size * inner, whole * inner, start * inner],
    );
}

fn runs(kernel: &str, from: &Array, to: &Array, count: usize, [run, block, start]: [usize; 3]) {
    let card = to.card();
    card.launch(
        kernel,
        Grid::over(card, count),
        &[
            Argument::Array(from),
            Argument::Array(to),
            Argument::Count(count),
            Argument::Count(run),
            Argument::Count(block),
            Argument::Count(start),
        ],
    );
}

/// Numbers of rows, on the card.
pub(crate) struct RowOrder {
    /// Whole numbers of 32 bits, not floating point.
    rows: Array,
}

impl RowOrder {
    pub(in crate::backend) fn new(card: &'static Card, rows: &[usize]) -> RowOrder {
        let order = RowOrder {
            rows: Array::stale(card, &[rows.len()]),
        };
        order.replace(rows);
        order
    }

    /// Takes as many other numbers in place of these, in the same memory.
    pub(in crate::backend) fn replace(&self, rows: &[usize]) {
        assert_eq!(rows.len(), self.rows.len(), "as many rows");
        let numbers: Result<Vec<u32>, _> = rows.iter().map(|&row| u32::try_from(row)).collect();
        let Ok(numbers) = numbers else {
            Error::new(
                "more than 4,294,967,295 rows are too many to be gathered on a card",
                "work on the data in parts: data.take(..)",
            )
            .raise()
        };
        send(self.rows.card(), self.rows.pointer(), &numbers);
    }
}

/// The rows that stand at these places of the order.
pub(in crate::backend) fn gather(array: &Array, order: &RowOrder, places: Range<usize>) -> Array {
    let card = array.card();
    let mut shape = array.shape().to_vec();
    shape[0] = places.len();
    let result = Array::stale(card, &shape);
    assert!(places.end <= order.rows.len(), "the places are some of the order");
    card.launch(
        "gather",
        Grid::over(card, result.len()),
        &[
            Argument::Array(array),
            Argument::Array(&order.rows),
            Argument::Array(&result),
            Argument::Count(result.len()),
            Argument::Count(shape[1..].iter().product()),
            knob(Knob::Place, places.start as u64),
            Argument::Count(places.start),
        ],
    );
    result
}

pub(in crate::backend) fn broadcast(array: &Array, shape: &[usize]) -> Array {
    elementwise::broadcast(array, shape)
}
