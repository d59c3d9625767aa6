//! Normalising to mean 0 and variance 1: over the rows, column by column (batch normalisation), and over the columns, row
//! by row (layer normalisation), with the scale and shift behind it in the same walk, and their derivatives.

use super::wide::widest;
use super::{Array, elements, from_vec, memory};
use crate::backend::threads;
use std::sync::{Mutex, PoisonError};

/// Elements below which one thread works alone.
const PARALLEL: usize = 1 << 17;

/// Elements that are read twice while they are in the processor's nearest cache, and added up in single precision before
/// the sums go into doubles.
const BLOCK: usize = 4096;

/// Columns are worked on side by side: narrow rows are joined until they are at least this wide.
const WIDTH: usize = 64;

/// (x - mean) / sqrt(variance + epsilon) · scale + shift with the statistics of each column over all rows; the columns are
/// the last axis. Gives y, mean and variance (the mean square distance from the mean, divided by the count).
pub(in crate::backend) fn columns(x: &Array, scale: &Array, shift: &Array, epsilon: f32) -> [Array; 3] {
    let values = elements(x);
    let columns = scale.len();
    let Moments { mean, variance } = moments(values, columns);
    let factor: Vec<f32> = variance
        .iter()
        .zip(elements(scale))
        .map(|(variance, scale)| (f64::from(*scale) / (variance + f64::from(epsilon)).sqrt()) as f32)
        .collect();
    let shift = elements(shift);
    let center: Vec<f32> = mean.iter().map(|&mean| mean as f32).collect();
    let (wide_center, wide_factor, wide_shift) = (
        repeated(&center, columns),
        repeated(&factor, columns),
        repeated(shift, columns),
    );
    let mut y = memory::filled(values.len(), 0.0);
    in_blocks(&mut y, wide_factor.len(), |start, y| {
        let x = &values[start..][..y.len()];
        let width = wide_factor.len().max(1);
        for (y, x) in y.chunks_mut(width).zip(x.chunks(width)) {
            let settings = wide_center.iter().zip(&wide_factor).zip(&wide_shift);
            for ((y, x), ((center, factor), shift)) in y.iter_mut().zip(x).zip(settings) {
                *y = (x - center) * factor + shift;
            }
        }
    });
    let variance = variance.iter().map(|&variance| variance as f32).collect();
    [
        from_vec(y, x.shape()),
        from_vec(center, &[columns]),
        from_vec(variance, &[columns]),
    ]
}

/// With n = (x - mean) / sqrt(variance + epsilon): dshift = sum g, dscale = sum g n over the rows,
/// dx = scale / sqrt(variance + epsilon) · (g - mean g - n · mean(g n)). Gives dx, dscale, dshift.
pub(in crate::backend) fn columns_gradient(
    [x, scale, mean, variance, g]: [&Array; 5],
    epsilon: f32,
) -> [Array; 3] {
    let (values, gradient) = (elements(x), elements(g));
    let columns = scale.len();
    let count = (values.len() / columns.max(1)).max(1) as f64;
    let inverse: Vec<f64> = elements(variance)
        .iter()
        .map(|&variance| 1.0 / (f64::from(variance) + f64::from(epsilon)).sqrt())
        .collect();
    let center = repeated(elements(mean), columns);
    let sums = column_sums(values.len(), columns, |start, end, lanes| {
        let (first, second) = lanes.split_at_mut(center.len());
        let rows = gradient[start..end]
            .chunks(center.len())
            .zip(values[start..end].chunks(center.len()));
        for (g, x) in rows {
            let settings = first.iter_mut().zip(second.iter_mut()).zip(&center);
            for ((g, x), ((first, second), center)) in g.iter().zip(x).zip(settings) {
                *first += g;
                *second += g * (x - center);
            }
        }
    });
    let (of_shift, of_distance) = sums.split_at(columns);
    let of_scale: Vec<f64> = of_distance
        .iter()
        .zip(&inverse)
        .map(|(sum, inverse)| sum * inverse)
        .collect();
    // dx = g · by_gradient + (x - mean) · by_distance + rest
    let part = |make: &dyn Fn(usize) -> f64| -> Vec<f32> {
        let made: Vec<f32> = (0..columns).map(|column| make(column) as f32).collect();
        repeated(&made, columns)
    };
    let factor = |column: usize| f64::from(elements(scale)[column]) * inverse[column];
    let by_gradient = part(&factor);
    let by_distance = part(&|column| -factor(column) * inverse[column] * of_scale[column] / count);
    let rest = part(&|column| -factor(column) * of_shift[column] / count);
    let mut dx = memory::filled(values.len(), 0.0);
    in_blocks(&mut dx, center.len(), |start, dx| {
        let rows = dx
            .chunks_mut(center.len())
            .zip(values[start..].chunks(center.len()))
            .zip(gradient[start..].chunks(center.len()));
        for ((dx, x), g) in rows {
            let settings = center.iter().zip(&by_gradient).zip(&by_distance).zip(&rest);
            for (((dx, x), g), (((center, by_gradient), by_distance), rest)) in
                dx.iter_mut().zip(x).zip(g).zip(settings)
            {
                *dx = g * by_gradient + (x - center) * by_distance + rest;
            }
        }
    });
    let single = |sums: &[f64]| from_vec(sums.iter().map(|&sum| sum as f32).collect(), &[columns]);
    [from_vec(dx, x.shape()), single(&of_scale), single(of_shift)]
}

/// As [`columns`], with the statistics of each row; mean and variance have one element per row.
pub(in crate::backend) fn rows(x: &Array, scale: &Array, shift: &Array, epsilon: f32) -> [Array; 3] {
    let (scale, shift) = (elements(scale), elements(shift));
    let width = scale.len().max(1);
    let count = x.len() / width;
    let mut y = memory::filled(x.len(), 0.0);
    let (mut means, mut variances) = (Vec::with_capacity(count), Vec::with_capacity(count));
    widest(|| {
        for (y, x) in y.chunks_exact_mut(width).zip(elements(x).chunks_exact(width)) {
            let mean = sum(x.iter().copied()) / width as f32;
            let variance = sum(x.iter().map(|x| (x - mean) * (x - mean))) / width as f32;
            let inverse = 1.0 / (variance + epsilon).sqrt();
            for (((y, x), scale), shift) in y.iter_mut().zip(x).zip(scale).zip(shift) {
                *y = (x - mean) * inverse * scale + shift;
            }
            means.push(mean);
            variances.push(variance);
        }
    });
    [
        from_vec(y, x.shape()),
        from_vec(means, &[count]),
        from_vec(variances, &[count]),
    ]
}

/// The formulas of [`columns_gradient`] with s = scale · g in place of g for dx, and means over the columns.
pub(in crate::backend) fn rows_gradient(
    [x, scale, mean, variance, g]: [&Array; 5],
    epsilon: f32,
) -> [Array; 3] {
    let width = scale.len().max(1);
    let scale = elements(scale);
    let mut dx = memory::filled(x.len(), 0.0);
    let (mut of_scale, mut of_shift) = (vec![0.0; width], vec![0.0; width]);
    let (x_values, g_values) = (elements(x), elements(g));
    let lines = dx
        .chunks_exact_mut(width)
        .zip(x_values.chunks_exact(width))
        .zip(g_values.chunks_exact(width))
        .zip(elements(mean).iter().zip(elements(variance)));
    widest(|| {
        for (((dx, x), g), (mean, variance)) in lines {
            let inverse = 1.0 / (variance + epsilon).sqrt();
            let scaled = || g.iter().zip(scale).map(|(g, scale)| g * scale);
            let mean_g = sum(scaled()) / width as f32;
            let mean_gn = sum(scaled().zip(x).map(|(s, x)| s * (x - mean) * inverse)) / width as f32;
            let sums = of_scale.iter_mut().zip(of_shift.iter_mut());
            for ((((dx, x), g), scale), (of_scale, of_shift)) in
                dx.iter_mut().zip(x).zip(g).zip(scale).zip(sums)
            {
                let n = (x - mean) * inverse;
                *dx = inverse * (g * scale - mean_g - n * mean_gn);
                *of_scale += g * n;
                *of_shift += g;
            }
        }
    });
    let columns = scale.len();
    [
        from_vec(dx, x.shape()),
        from_vec(of_scale, &[columns]),
        from_vec(of_shift, &[columns]),
    ]
}

/// Mean and variance of each column.
struct Moments {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

/// From the sums of the distances to the first row and of their squares: exact also where all numbers are far from 0, and
/// each number is fetched from memory once.
fn moments(values: &[f32], columns: usize) -> Moments {
    let first_row = values.get(..columns).unwrap_or(&[]);
    let wide = repeated(first_row, columns);
    let sums = column_sums(values.len(), columns, |start, end, lanes| {
        let (sums, squares) = lanes.split_at_mut(wide.len());
        for x in values[start..end].chunks(wide.len()) {
            for (((x, first), sum), square) in
                x.iter().zip(&wide).zip(sums.iter_mut()).zip(squares.iter_mut())
            {
                let distance = x - first;
                *sum += distance;
                *square += distance * distance;
            }
        }
    });
    let count = (values.len() / columns.max(1)).max(1) as f64;
    let (sums, squares) = sums.split_at(columns);
    Moments {
        mean: first_row
            .iter()
            .zip(sums)
            .map(|(&first, sum)| f64::from(first) + sum / count)
            .collect(),
        variance: sums
            .iter()
            .zip(squares)
            .map(|(sum, square)| ((square - sum * sum / count) / count).max(0.0))
            .collect(),
    }
}

/// The settings of the columns in a row, as often as it takes for a loop over them to be worthwhile.
fn repeated(settings: &[f32], columns: usize) -> Vec<f32> {
    settings.repeat(WIDTH.div_ceil(columns.max(1)))
}

/// Two sums for each column: first all of the one, then all of the other. `add(start, end, lanes)` adds the elements of one
/// block to lanes, as many for each sum as there are repeated settings.
fn column_sums(length: usize, columns: usize, add: impl Fn(usize, usize, &mut [f32]) + Sync) -> Vec<f64> {
    let width = WIDTH.div_ceil(columns.max(1)) * columns;
    let mut sums = vec![0.0; 2 * columns];
    if length == 0 || columns == 0 {
        return sums;
    }
    let block = BLOCK.div_ceil(width) * width;
    let blocks = length.div_ceil(block);
    let found = Mutex::new(Vec::new());
    let share = |part: usize, parts: usize| {
        let mut sums = vec![0.0; 2 * columns];
        let mut lanes = vec![0.0; 2 * width];
        for number in blocks * part / parts..blocks * (part + 1) / parts {
            lanes.fill(0.0);
            let start = number * block;
            widest(|| add(start, length.min(start + block), &mut lanes));
            for (lane, &sum) in lanes.iter().enumerate() {
                sums[lane / width * columns + lane % width % columns] += f64::from(sum);
            }
        }
        found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((part, sums));
    };
    match length < PARALLEL {
        true => share(0, 1),
        false => threads::in_parallel(share),
    }
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    // In a fixed order, so that the same numbers give the same sums.
    found.sort_by_key(|(part, _)| *part);
    for (_, part) in found {
        sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    sums
}

/// Calls `fill(start, block)` for blocks of the result, each a whole number of times `width` long but the last.
fn in_blocks(result: &mut [f32], width: usize, fill: impl Fn(usize, &mut [f32]) + Sync) {
    let size = BLOCK.div_ceil(width.max(1)) * width.max(1);
    if result.len() < PARALLEL {
        return widest(|| fill(0, result));
    }
    let blocks: Vec<Mutex<&mut [f32]>> = result.chunks_mut(size).map(Mutex::new).collect();
    threads::in_parallel(|part, parts| {
        let own = blocks.len() * part / parts..blocks.len() * (part + 1) / parts;
        for number in own {
            let mut block = blocks[number].lock().unwrap_or_else(PoisonError::into_inner);
            widest(|| fill(number * size, &mut block));
        }
    });
}

/// Sixteen running sums, so that the processor need not wait for one addition before the next.
#[inline(always)]
fn sum(values: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0.0; 16];
    for (number, value) in values.enumerate() {
        lanes[number % 16] += value;
    }
    lanes.iter().sum()
}
