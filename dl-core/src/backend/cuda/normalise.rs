//! Normalising to mean 0 and variance 1, over the rows and over the columns, and the derivatives.

use super::array::Array;
use super::launch::{Argument, Grid};

/// How the rows of a matrix are shared out to blocks when each column is added up.
struct Parts {
    rows: usize,
    columns: usize,
    /// Rows of each part.
    run: usize,
    count: usize,
}

impl Parts {
    fn of(x: &Array, columns: usize) -> Parts {
        let rows = x.len() / columns.max(1);
        // Short enough for sums in single precision, and for all multiprocessors to have some.
        let run = 256;
        Parts {
            rows,
            columns,
            run,
            count: rows.div_ceil(run).max(1),
        }
    }

    /// Two doubles for each part and column.
    fn sums(&self, x: &Array) -> [Array; 2] {
        [(); 2].map(|()| Array::stale(x.card(), &[self.count, self.columns, 2]))
    }

    fn grid(&self) -> Grid {
        Grid::tiles(self.count * self.columns.div_ceil(32))
    }

    fn sizes(&self) -> [Argument<'static>; 4] {
        [self.rows, self.columns, self.run, self.count].map(Argument::Count)
    }
}

/// (x - mean) / sqrt(variance + epsilon) · scale + shift with the statistics of each column over all rows; the columns are
/// the last axis. Gives y, mean and variance.
pub(in crate::backend) fn columns(x: &Array, scale: &Array, shift: &Array, epsilon: f32) -> [Array; 3] {
    let card = x.card();
    let parts = Parts::of(x, scale.len());
    let [sums, squares] = parts.sums(x);
    let [rows, columns, run, count] = parts.sizes();
    card.launch(
        "column_moments",
        parts.grid(),
        &[
            Argument::Array(x),
            Argument::Array(&sums),
            Argument::Array(&squares),
            rows,
            columns,
            run,
            count,
        ],
    );
    let [mean, variance, factor] = [(); 3].map(|()| Array::stale(card, &[scale.len()]));
    card.launch(
        "column_moments_end",
        Grid::over(card, scale.len()),
        &[
            Argument::Array(x),
            Argument::Array(&sums),
            Argument::Array(&squares),
            Argument::Array(scale),
            Argument::Array(&mean),
            Argument::Array(&variance),
            Argument::Array(&factor),
            rows,
            columns,
            count,
            Argument::Number(epsilon),
        ],
    );
    let y = Array::stale(card, x.shape());
    card.launch(
        "normalise_columns",
        Grid::over(card, x.len()),
        &[
            Argument::Array(x),
            Argument::Array(&mean),
            Argument::Array(&factor),
            Argument::Array(shift),
            Argument::Array(&y),
            Argument::Count(x.len()),
            columns,
        ],
    );
    [y, mean, variance]
}

/// Gives dx, dscale, dshift.
pub(in crate::backend) fn columns_gradient(
    [x, scale, mean, variance, g]: [&Array; 5],
    epsilon: f32,
) -> [Array; 3] {
    let card = x.card();
    let parts = Parts::of(x, scale.len());
    let [pulls, with_distance] = parts.sums(x);
    let [rows, columns, run, count] = parts.sizes();
    card.launch(
        "column_pulls",
        parts.grid(),
        &[
            Argument::Array(x),
            Argument::Array(g),
            Argument::Array(mean),
            Argument::Array(&pulls),
            Argument::Array(&with_distance),
            rows,
            columns,
            run,
            count,
        ],
    );
    let [of_scale, of_shift, by_g, by_distance, rest] = [(); 5].map(|()| Array::stale(card, &[scale.len()]));
    card.launch(
        "column_pulls_end",
        Grid::over(card, scale.len()),
        &[
            Argument::Array(&pulls),
            Argument::Array(&with_distance),
            Argument::Array(scale),
            Argument::Array(variance),
            Argument::Array(&of_scale),
            Argument::Array(&of_shift),
            Argument::Array(&by_g),
            Argument::Array(&by_distance),
            Argument::Array(&rest),
            rows,
            columns,
            count,
            Argument::Number(epsilon),
        ],
    );
    let dx = Array::stale(card, x.shape());
    card.launch(
        "normalise_columns_gradient",
        Grid::over(card, x.len()),
        &[
            Argument::Array(x),
            Argument::Array(g),
            Argument::Array(mean),
            Argument::Array(&by_g),
            Argument::Array(&by_distance),
            Argument::Array(&rest),
            Argument::Array(&dx),
            Argument::Count(x.len()),
            columns,
        ],
    );
    [dx, of_scale, of_shift]
}

/// As [`columns`], with the statistics of each row; mean and variance have one element per row.
pub(in crate::backend) fn rows(x: &Array, scale: &Array, shift: &Array, epsilon: f32) -> [Array; 3] {
    let card = x.card();
    let width = scale.len().max(1);
    let count = x.len() / width;
    let y = Array::stale(card, x.shape());
    let [mean, variance] = [(); 2].map(|()| Array::stale(card, &[count]));
    card.launch(
        "normalise_rows",
        Grid::rows(count, width),
        &[
            Argument::Array(x),
            Argument::Array(scale),
            Argument::Array(shift),
            Argument::Array(&y),
            Argument::Array(&mean),
            Argument::Array(&variance),
            Argument::Count(count),
            Argument::Count(width),
            Argument::Number(epsilon),
        ],
    );
    [y, mean, variance]
}

/// Gives dx, dscale, dshift.
pub(in crate::backend) fn rows_gradient(
    [x, scale, mean, variance, g]: [&Array; 5],
    epsilon: f32,
) -> [Array; 3] {
    let card = x.card();
    let width = scale.len().max(1);
    let dx = Array::stale(card, x.shape());
    let parts = Parts::of(x, scale.len());
    let [rows, columns, run, count] = parts.sizes();
    card.launch(
        "normalise_rows_gradient",
        Grid::rows(x.len() / width, width),
        &[
            Argument::Array(x),
            Argument::Array(g),
            Argument::Array(scale),
            Argument::Array(mean),
            Argument::Array(variance),
            Argument::Array(&dx),
            rows,
            columns,
            Argument::Number(epsilon),
        ],
    );
    let [pulls, with_n] = parts.sums(x);
    card.launch(
        "row_pulls",
        parts.grid(),
        &[
            Argument::Array(x),
            Argument::Array(g),
            Argument::Array(mean),
            Argument::Array(variance),
            Argument::Array(&pulls),
            Argument::Array(&with_n),
            rows,
            columns,
            run,
            count,
            Argument::Number(epsilon),
        ],
    );
    let [of_scale, of_shift] = [(); 2].map(|()| Array::stale(card, &[scale.len()]));
    card.launch(
        "row_pulls_end",
        Grid::over(card, scale.len()),
        &[
            Argument::Array(&pulls),
            Argument::Array(&with_n),
            Argument::Array(&of_scale),
            Argument::Array(&of_shift),
            columns,
            count,
        ],
    );
    [dx, of_scale, of_shift]
}
