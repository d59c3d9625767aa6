//! Matrix products: the `gemm` crate computes blocks, the threads share the columns or rows of the result.

use super::elementwise::bend;
use super::{Array, elements, from_vec, memory};
use crate::backend::{Nonlinearity, threads};

/// Multiplications below which one thread works alone. With both threads awake, two cores were faster from 2^18 on
/// (64 x 64 x 64: 1.8 instead of 2.4 microseconds); 2^20, about ten microseconds of one core, also pays for waking one.
const PARALLEL: usize = 1 << 20;

/// Result columns (or rows) that a thread takes are multiples of this, so that no cache line is written by two.
const GRAIN: usize = 16;

pub(in crate::backend) fn matmul(left: &Array, left_t: bool, right: &Array, right_t: bool) -> Array {
    let left = Matrix::of(left, left_t);
    let right = Matrix::of(right, right_t);
    let mut result = memory::filled(left.rows * right.columns, 0.0);
    multiply(left, right, &mut result, false, Nonlinearity::Identity);
    from_vec(result, &[left.rows, right.columns])
}

pub(in crate::backend) fn affine(x: &Array, weights: &Array, bias: &Array, function: Nonlinearity) -> Array {
    let (x, weights) = (Matrix::of(x, false), Matrix::of(weights, false));
    let bias = elements(bias);
    let mut result = memory::room(x.rows * bias.len());
    (0..x.rows).for_each(|_| result.extend_from_slice(bias));
    multiply(x, weights, &mut result, true, function);
    from_vec(result, &[x.rows, weights.columns])
}

/// result += left · right on the calling thread, where `left` and `result` are as many rows as fit.
pub(super) fn add_product(left: &[f32], right: &Array, right_t: bool, result: &mut [f32]) {
    let right = Matrix::of(right, right_t);
    let rows = result.len() / right.columns.max(1);
    assert!(
        left.len() == rows * right.rows && result.len() == rows * right.columns,
        "the matrices fit each other and the result"
    );
    let left = Matrix {
        values: left,
        rows,
        columns: right.rows,
        row_step: right.rows,
        column_step: 1,
    };
    let target = Target(result.as_mut_ptr());
    // SAFETY: the block is the whole result, which is borrowed exclusively.
    unsafe { multiply_block(left, right, target, (0, rows), (0, right.columns), true) };
}

/// A matrix in memory, read in either direction: element (r, c) lies at r * row_step + c * column_step.
#[derive(Clone, Copy)]
struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl Matrix<'_> {
    fn of(array: &Array, transposed: bool) -> Matrix<'_> {
        let (rows, columns) = (array.shape()[0], array.shape()[1]);
        let values = elements(array);
        match transposed {
            false => Matrix {
                values,
                rows,
                columns,
                row_step: columns,
                column_step: 1,
            },
            true => Matrix {
                values,
                rows: columns,
                columns: rows,
                row_step: 1,
                column_step: columns,
            },
        }
    }
}

/// The result's memory, handed to several threads that write different blocks of it.
#[derive(Clone, Copy)]
struct Target(*mut f32);

// SAFETY: each thread writes a block of its own, see `multiply`.
unsafe impl Send for Target {}
// SAFETY: as above.
unsafe impl Sync for Target {}

impl Target {
    /// A method, so that a closure captures the whole `Target` and not the pointer inside.
    fn start(self) -> *mut f32 {
        self.0
    }
}

/// result = function(left · right), or, if `add`, function(result + left · right).
fn multiply(left: Matrix, right: Matrix, result: &mut [f32], add: bool, function: Nonlinearity) {
    let (rows, inner, columns) = (left.rows, left.columns, right.columns);
    assert!(
        right.rows == inner && result.len() == rows * columns,
        "the matrices fit each other and the result"
    );
    let target = Target(result.as_mut_ptr());
    if rows * inner * columns < PARALLEL {
        // SAFETY: the block is the whole result, which is borrowed exclusively.
        unsafe { multiply_block(left, right, target, (0, rows), (0, columns), add) };
        return bend(result, function);
    }
    // The longer side is shared out: each thread packs only its part of that side.
    let by_rows = rows >= columns;
    threads::in_parallel(|part, parts| {
        let (rows, columns) = match by_rows {
            true => (share(left.rows, part, parts), (0, right.columns)),
            false => ((0, left.rows), share(right.columns, part, parts)),
        };
        // SAFETY: 1. the result is borrowed exclusively until all parts are done; 2. the shares of different parts do
        // not overlap, so no element is written by two threads; 3. both lie inside the result.
        unsafe { multiply_block(left, right, target, rows, columns, add) };
        if function != Nonlinearity::Identity {
            for row in rows.0..rows.1 {
                // SAFETY: a run of this part's own block, see above.
                let run = unsafe {
                    let start = target.start().add(row * right.columns + columns.0);
                    std::slice::from_raw_parts_mut(start, columns.1 - columns.0)
                };
                bend(run, function);
            }
        }
    });
}

/// The part's share of `count` things, in multiples of the grain: (first, one after the last).
fn share(count: usize, part: usize, parts: usize) -> (usize, usize) {
    let grains = count.div_ceil(GRAIN);
    let edge = |part: usize| (grains * part / parts * GRAIN).min(count);
    (edge(part), edge(part + 1))
}

/// Computes the block of the result with these rows and columns (first, one after the last).
///
/// # Safety
/// `target` points to a result of left.rows x right.columns elements; the ranges lie inside it, and nobody else touches
/// the block meanwhile.
unsafe fn multiply_block(
    left: Matrix,
    right: Matrix,
    target: Target,
    rows: (usize, usize),
    columns: (usize, usize),
    add: bool,
) {
    let (height, breadth) = (rows.1 - rows.0, columns.1 - columns.0);
    if height == 0 || breadth == 0 || left.columns == 0 {
        return; // an empty sum: the result already holds zeros, or what is to be added to
    }
    // SAFETY: 1. rows, columns and steps describe elements inside `left.values` and `right.values`, because both
    // matrices were made from whole arrays; 2. the caller promises the block of the result.
    unsafe {
        gemm::gemm(
            height,
            breadth,
            left.columns,
            target.start().add(rows.0 * right.columns + columns.0),
            1,
            right.columns as isize,
            add,
            left.values.as_ptr().add(rows.0 * left.row_step),
            left.column_step as isize,
            left.row_step as isize,
            right.values.as_ptr().add(columns.0 * right.column_step),
            right.column_step as isize,
            right.row_step as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
