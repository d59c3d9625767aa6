//! Rows of a table by number, and the way back: what embeddings do.

use super::array::Array;
use super::launch::{Argument, Grid};

/// `numbers: [..]` from `table: [rows, width]` gives `[.., width]`; NaN where a number is no row.
pub(in crate::backend) fn lookup(table: &Array, numbers: &Array) -> Array {
    let card = table.card();
    let (rows, width) = (table.shape()[0], table.shape()[1]);
    let result = Array::stale(card, &[numbers.shape(), &[width]].concat());
    card.launch(
        "lookup",
        Grid::over(card, result.len()),
        &[
            Argument::Array(table),
            Argument::Array(numbers),
            Argument::Array(&result),
            Argument::Count(result.len()),
            Argument::Count(rows),
            Argument::Count(width),
        ],
    );
    result
}

/// The reverse: zeros of `[rows, width]`, to whose rows of these numbers the rows of `gradient` are added in their order.
pub(in crate::backend) fn lookup_gradient(gradient: &Array, numbers: &Array, rows: usize) -> Array {
    let card = gradient.card();
    let width = gradient.shape()[gradient.ndim() - 1];
    let result = Array::stale(card, &[rows, width]);
    if result.len() == 0 {
        return result;
    }
    /// Rows that a block works on, a warp each.
    const WARPS: usize = 4;
    card.launch(
        "lookup_gradient",
        Grid::blocks(rows.div_ceil(WARPS), 32 * WARPS as u32),
        &[
            Argument::Array(gradient),
            Argument::Array(numbers),
            Argument::Array(&result),
            Argument::Count(numbers.len()),
            Argument::Count(rows),
            Argument::Count(width),
        ],
    );
    result
}

/// `numbers: [n]` as rows of zeros with a single one; NaN where a number is no class.
pub(in crate::backend) fn one_hot(numbers: &Array, classes: usize) -> Array {
    let card = numbers.card();
    let result = Array::stale(card, &[numbers.len(), classes]);
    card.launch(
        "one_hot",
        Grid::over(card, result.len()),
        &[
            Argument::Array(numbers),
            Argument::Array(&result),
            Argument::Count(result.len()),
            Argument::Count(classes),
        ],
    );
    result
}
