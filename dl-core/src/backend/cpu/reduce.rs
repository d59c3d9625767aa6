//! From many numbers to one: sums, extremes, and softmax with its cross-entropy.

use super::wide::widest;
use super::{Array, copy, curves, elements, elements_mut, from_vec, memory};
use crate::backend::{Reduction, around, without};

/// Elements summed in single precision before the partial sum goes into a double: keeps long sums exact to about
/// seven digits at the speed of single precision.
const BLOCK: usize = 1024;

pub(in crate::backend) fn reduce(array: &Array, reduction: Reduction, axis: Option<usize>) -> Array {
    let values = elements(array);
    match (reduction, axis) {
        (Reduction::Sum, None) => from_vec(vec![sum(values)], &[]),
        (Reduction::Mean, None) => from_vec(vec![sum(values) / values.len() as f32], &[]),
        (Reduction::Max, None) => from_vec(vec![widest(|| largest(values))], &[]),
        (Reduction::Min, None) => from_vec(vec![values.iter().copied().fold(f32::INFINITY, smaller)], &[]),
        (Reduction::Sum, Some(axis)) => sum_along(array, axis),
        (Reduction::Mean, Some(axis)) => {
            let mut sums = sum_along(array, axis);
            let count = array.shape()[axis] as f32;
            elements_mut(&mut sums).iter_mut().for_each(|sum| *sum /= count);
            sums
        }
        (Reduction::Max, Some(axis)) => along(array, axis, f32::NEG_INFINITY, larger),
        (Reduction::Min, Some(axis)) => along(array, axis, f32::INFINITY, smaller),
    }
}

pub(in crate::backend) fn argmax(array: &Array, axis: usize) -> Array {
    let (outer, size, inner) = around(array.shape(), axis);
    let values = elements(array);
    let mut result = Vec::with_capacity(outer * inner);
    for block in 0..outer {
        for column in 0..inner {
            let at = |index: usize| values[(block * size + index) * inner + column];
            let beats = |a: f32, b: f32| a > b || (a.is_nan() && !b.is_nan());
            let best = (1..size).fold(
                0,
                |best, index| {
                    if beats(at(index), at(best)) { index } else { best }
                },
            );
            result.push(best as f32);
        }
    }
    from_vec(result, &without(array.shape(), axis))
}

pub(in crate::backend) fn softmax(array: &Array) -> Array {
    let mut result = copy(array);
    let classes = array.shape()[array.ndim() - 1];
    let rows = elements_mut(&mut result).chunks_exact_mut(classes.max(1));
    widest(|| {
        for row in rows {
            let largest = largest(row);
            row.iter_mut().for_each(|z| *z = curves::exp(*z - largest));
            let total = sum_block(row);
            row.iter_mut().for_each(|p| *p /= total);
        }
    });
    result
}

/// ln(sum of exp(z)) - sum of y z, with the largest z taken out so that nothing overflows.
pub(in crate::backend) fn softmax_cross_entropy(logits: &Array, targets: &Array) -> Array {
    let classes = logits.shape()[1];
    let targets = Targets::of(targets, classes);
    let rows = elements(logits).chunks_exact(classes).enumerate();
    let losses = rows.map(|(number, row)| {
        let (largest, total) = widest(|| {
            let largest = largest(row);
            (largest, sum_of(row, |z| curves::exp(z - largest)))
        });
        let normaliser = total.ln();
        match targets {
            Targets::Classes(labels) => normaliser - (row[labels[number] as usize] - largest),
            // Targets need not sum to 1, so the normaliser is weighted, too.
            Targets::Probabilities(p) => {
                let p = &p[number * classes..][..classes];
                row.iter()
                    .zip(p)
                    .map(|(z, y)| y * (normaliser - (z - largest)))
                    .sum()
            }
        }
    });
    let losses: Vec<f32> = losses.collect();
    let count = losses.len();
    from_vec(losses, &[count])
}

/// (softmax(z) * sum of y - y) * gradient, row by row.
pub(in crate::backend) fn softmax_cross_entropy_gradient(
    logits: &Array,
    targets: &Array,
    gradient: &Array,
) -> Array {
    let classes = logits.shape()[1];
    let targets = Targets::of(targets, classes);
    let mut result = softmax(logits);
    let rows = elements_mut(&mut result)
        .chunks_exact_mut(classes)
        .zip(elements(gradient))
        .enumerate();
    for (number, (row, &gradient)) in rows {
        match targets {
            Targets::Classes(labels) => {
                row[labels[number] as usize] -= 1.0;
                row.iter_mut().for_each(|p| *p *= gradient);
            }
            Targets::Probabilities(p) => {
                let p = &p[number * classes..][..classes];
                let total: f32 = p.iter().sum();
                row.iter_mut()
                    .zip(p)
                    .for_each(|(s, y)| *s = (*s * total - y) * gradient);
            }
        }
    }
    result
}

/// The mean of (a - b)².
pub(in crate::backend) fn squared_error(a: &Array, b: &Array) -> Array {
    let mut sum = 0.0_f64;
    for (a, b) in elements(a).chunks(BLOCK).zip(elements(b).chunks(BLOCK)) {
        sum += f64::from(widest(|| squares(a, b)));
    }
    from_vec(vec![(sum / a.len() as f64) as f32], &[])
}

/// 2 (a - b) · gradient / n, where the gradient is one number.
pub(in crate::backend) fn squared_error_gradient(a: &Array, b: &Array, gradient: &Array) -> Array {
    let scale = 2.0 * elements(gradient)[0] / a.len() as f32;
    let mut values = memory::room(a.len());
    widest(|| {
        let pairs = elements(a).iter().zip(elements(b));
        values.extend(pairs.map(|(a, b)| (a - b) * scale));
    });
    from_vec(values, a.shape())
}

/// What the rows of a cross-entropy are compared with.
#[derive(Clone, Copy)]
enum Targets<'a> {
    Classes(&'a [f32]),
    Probabilities(&'a [f32]),
}

impl Targets<'_> {
    fn of(array: &Array, classes: usize) -> Targets<'_> {
        match array.shape() {
            [_, width] if *width == classes => Targets::Probabilities(elements(array)),
            _ => Targets::Classes(elements(array)),
        }
    }
}

/// NaN wins, so that it is not lost on the way.
fn larger(a: f32, b: f32) -> f32 {
    if a > b || a.is_nan() { a } else { b }
}

fn smaller(a: f32, b: f32) -> f32 {
    if a < b || a.is_nan() { a } else { b }
}

fn sum(values: &[f32]) -> f32 {
    widest(|| {
        values
            .chunks(BLOCK)
            .map(|block| f64::from(sum_block(block)))
            .sum::<f64>() as f32
    })
}

/// Sixteen running sums, so that the processor need not wait for one addition before the next.
#[inline(always)]
fn sum_block(block: &[f32]) -> f32 {
    sum_of(block, |x| x)
}

/// The sum of a function of each number.
#[inline(always)]
fn sum_of(values: &[f32], function: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; 16];
    let (chunks, rest) = values.as_chunks::<16>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += function(value);
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|&value| function(value)).sum::<f32>()
}

/// The sum of (a - b)², as in [`sum_of`].
#[inline(always)]
fn squares(a: &[f32], b: &[f32]) -> f32 {
    let square = |a: f32, b: f32| (a - b) * (a - b);
    let mut lanes = [0.0; 16];
    let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<16>(), b.as_chunks::<16>());
    for (a, b) in a.iter().zip(b) {
        for (lane, (&a, &b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += square(a, b);
        }
    }
    let rest = rest_a.iter().zip(rest_b).map(|(&a, &b)| square(a, b));
    lanes.iter().sum::<f32>() + rest.sum::<f32>()
}

/// The largest number, or NaN if there is one; by sixteen at a time, as in [`sum_of`].
#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let (chunks, rest) = values.as_chunks::<16>();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, value);
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, larger)
}

fn sum_along(array: &Array, axis: usize) -> Array {
    let (outer, size, inner) = around(array.shape(), axis);
    if inner == 1 {
        let values = elements(array);
        let sums = (0..outer)
            .map(|row| sum(&values[row * size..(row + 1) * size]))
            .collect();
        return from_vec(sums, &without(array.shape(), axis));
    }
    along(array, axis, 0.0, |total, x| total + x)
}

/// Folds whole runs of the inner axes at once, in the order in which they lie in memory.
fn along(array: &Array, axis: usize, start: f32, fold: impl Fn(f32, f32) -> f32) -> Array {
    let (outer, size, inner) = around(array.shape(), axis);
    let values = elements(array);
    let mut result = memory::filled(outer * inner, start);
    widest(|| {
        for block in 0..outer {
            let totals = &mut result[block * inner..(block + 1) * inner];
            for index in 0..size {
                let run = &values[(block * size + index) * inner..][..inner];
                totals
                    .iter_mut()
                    .zip(run)
                    .for_each(|(total, &x)| *total = fold(*total, x));
            }
        }
    });
    from_vec(result, &without(array.shape(), axis))
}
