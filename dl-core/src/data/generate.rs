//! Data made by formula and chance: points on a plane in two classes, and series over time. [`seed`](crate::seed) makes it
//! repeatable.

use super::Dataset;
use crate::error::Error;
use crate::tensor::Tensor;
use std::f64::consts::{PI, TAU};

/// `count` points around the four corners of the unit square: class 1 where exactly one coordinate is near 1.
///
/// `x: [count, 2]` are the corners (0, 0), (0, 1), (1, 0), (1, 1), taken in turn, plus normal noise of standard
/// deviation `noise`; `y: [count, 1]` is 0 or 1. From a noise of about 0.2 on the clouds overlap, and no honest
/// boundary is right for every point.
///
/// # Panics
/// When the noise is negative or no number; so for all generators here.
///
/// ```
/// use dl_core::data::xor;
/// let data = xor(4, 0.0);
/// assert_eq!(data.y.to_vec(), [0., 1., 1., 0.]);
/// ```
#[track_caller]
pub fn xor(count: usize, noise: f32) -> Dataset {
    check_noise("xor", noise);
    let corner = |index: usize| [(index / 2 % 2) as f32, (index % 2) as f32];
    let class = |[a, b]: [f32; 2]| f32::from(a != b);
    let y = (0..count).map(|index| class(corner(index)));
    two_classes(clouds(count, noise, corner), y.collect())
}

/// `count` points in two round clouds that a straight line separates (up to the noise): class 0 around (0.3, 0.4) and
/// class 1 around (0.9, 1.0), in turn, with standard deviation `noise`. Named after scikit-learn's `make_blobs`.
///
/// `x: [count, 2]`, `y: [count, 1]` of 0 and 1.
///
/// ```
/// use dl_core::data::blobs;
/// assert_eq!(blobs(50, 0.12).x.shape(), [50, 2]);
/// ```
#[track_caller]
pub fn blobs(count: usize, noise: f32) -> Dataset {
    check_noise("blobs", noise);
    let centres = [[0.3, 0.4], [0.9, 1.0]];
    two_classes(clouds(count, noise, |index| centres[index % 2]), in_turn(count))
}

/// `count` points spread evenly over a board of `fields` by `fields` unit squares, coloured like a chess board: class 0
/// where the sum of the column and row number is even.
///
/// `x: [count, 2]` from 0 to `fields`, `y: [count, 1]` of 0 and 1.
///
/// # Panics
/// When there are no fields.
///
/// ```
/// use dl_core::data::checkerboard;
/// let board = checkerboard(100, 4);
/// let [a, b] = [board.x.at([7, 0]), board.x.at([7, 1])];
/// assert_eq!(board.y.at([7, 0]), (a.floor() + b.floor()) % 2.0);
/// ```
#[track_caller]
pub fn checkerboard(count: usize, fields: usize) -> Dataset {
    if fields == 0 {
        Error::shape(
            "checkerboard",
            "a board of 0 fields has no room for points",
            "checkerboard(500, 4)",
        )
        .raise();
    }
    let x = Tensor::uniform([count, 2], 0.0, fields as f32).to_vec();
    let y = x
        .chunks_exact(2)
        .map(|point| (point[0].floor() + point[1].floor()) % 2.0)
        .collect();
    two_classes(x, y)
}

/// `count` points on two interleaved half circles of radius 1 that no straight line separates, in turn: class 0 on
/// (cos t, sin t), class 1 on (1 - cos t, 0.5 - sin t), for t from 0 to pi, plus normal noise of standard deviation
/// `noise`. Named after scikit-learn's `make_moons`.
///
/// `x: [count, 2]`, `y: [count, 1]` of 0 and 1.
///
/// ```
/// use dl_core::prelude::*;
/// let train = moons(200, 0.1);
/// assert_eq!(train.class_counts(), [100, 100]);
/// ```
#[track_caller]
pub fn moons(count: usize, noise: f32) -> Dataset {
    check_noise("moons", noise);
    let point = |index: usize| {
        let t = PI * along(index, count);
        let [x, y] = [t.cos(), t.sin()];
        pair(if index.is_multiple_of(2) {
            [x, y]
        } else {
            [1.0 - x, 0.5 - y]
        })
    };
    two_classes(clouds(count, noise, point), in_turn(count))
}

/// `count` points on two circles around the origin, in turn: class 0 on the outer one of radius 1, class 1 on the inner one
/// of radius 0.5, plus normal noise of standard deviation `noise`. Named after scikit-learn's `make_circles`.
///
/// `x: [count, 2]`, `y: [count, 1]` of 0 and 1.
///
/// ```
/// use dl_core::prelude::*;
/// let radius = circles(10, 0.0).x.square().sum_axis(1).sqrt();
/// assert!((radius.at([0]) - 1.0).abs() < 1e-6 && (radius.at([1]) - 0.5).abs() < 1e-6);
/// ```
#[track_caller]
pub fn circles(count: usize, noise: f32) -> Dataset {
    check_noise("circles", noise);
    // The last point of a class stands one step before its first: a circle has no ends.
    let of_each = count.div_ceil(2).max(1) as f64;
    let point = |index: usize| {
        let t = TAU * (index / 2) as f64 / of_each;
        let radius = if index.is_multiple_of(2) { 1.0 } else { 0.5 };
        pair([radius * t.cos(), radius * t.sin()])
    };
    two_classes(clouds(count, noise, point), in_turn(count))
}

/// `count` points on two spirals that wind around each other, in turn: class 0 on r (cos t, sin t) and class 1 on the
/// opposite side, -r (cos t, sin t), where r = (1 + 9 s) / 10 and t = 3.5 pi s for s from 0 to 1, plus normal noise of
/// standard deviation `noise`. After the two-spirals task of Lang and Witbrock (1988).
///
/// `x: [count, 2]` within about -1 to 1, `y: [count, 1]` of 0 and 1.
///
/// ```
/// use dl_core::prelude::*;
/// let train = spirals(300, 0.02);
/// assert_eq!(train.x.shape(), [300, 2]);
/// ```
#[track_caller]
pub fn spirals(count: usize, noise: f32) -> Dataset {
    check_noise("spirals", noise);
    let point = |index: usize| {
        let s = along(index, count);
        let (radius, t) = ((1.0 + 9.0 * s) / 10.0, 3.5 * PI * s);
        let side = if index.is_multiple_of(2) { radius } else { -radius };
        pair([side * t.cos(), side * t.sin()])
    };
    two_classes(clouds(count, noise, point), in_turn(count))
}

/// A wave over time: sin(2 pi t / 25) for t = 0, 1, ..., `count` - 1, plus normal noise of standard deviation `noise`; one
/// period takes 25 steps. `[count]`; [`windows`](crate::data::windows) makes samples of it.
///
/// ```
/// use dl_core::prelude::*;
/// let series = sine(100, 0.0);
/// assert!((series.at([3]) - series.at([28])).abs() < 1e-5);
/// ```
#[track_caller]
pub fn sine(count: usize, noise: f32) -> Tensor {
    series("sine", count, noise, |t| (TAU * t / 25.0).sin())
}

/// A series as of a shop's daily sales: trend, seasons and noise. 20 + 0.02 t + 5 sin(2 pi t / 365) + w(t mod 7) for days
/// t = 0, 1, ..., `count` - 1, where the days of a week add w = 0, -1, -1, 0, 2, 4, 1, plus normal noise of standard
/// deviation `noise`. `[count]`; [`windows`](crate::data::windows) makes samples of it.
///
/// ```
/// use dl_core::prelude::*;
/// let sales = seasonal(730, 0.5);
/// let (past, future) = windows(&sales, 14, 1).split_chronological(0.8);
/// assert_eq!((past.x.shape(), future.y.shape()), (&[573, 14, 1][..], &[143, 1][..]));
/// ```
#[track_caller]
pub fn seasonal(count: usize, noise: f32) -> Tensor {
    const WEEK: [f64; 7] = [0.0, -1.0, -1.0, 0.0, 2.0, 4.0, 1.0];
    series("seasonal", count, noise, |t| {
        20.0 + 0.02 * t + 5.0 * (TAU * t / 365.0).sin() + WEEK[(t % 7.0) as usize]
    })
}

#[track_caller]
fn series(op: &'static str, count: usize, noise: f32, at: impl Fn(f64) -> f64) -> Tensor {
    check_noise(op, noise);
    let mut values = Tensor::randn([count]).to_vec();
    for (t, value) in values.iter_mut().enumerate() {
        *value = at(t as f64) as f32 + noise * *value;
    }
    Tensor::from_vec(values, [count])
}

/// How far along its curve a point is, from 0 to 1, where the points of two classes take turns.
fn along(index: usize, count: usize) -> f64 {
    let last = (count.div_ceil(2).max(2) - 1) as f64;
    (index / 2) as f64 / last
}

fn pair([x, y]: [f64; 2]) -> [f32; 2] {
    [x as f32, y as f32]
}

fn in_turn(count: usize) -> Vec<f32> {
    (0..count).map(|index| (index % 2) as f32).collect()
}

#[track_caller]
fn check_noise(op: &'static str, noise: f32) {
    if !(noise >= 0.0 && noise.is_finite()) {
        let why = format!("noise is {noise}");
        Error::shape(
            op,
            why,
            "it is a standard deviation: 0 for none, or a small number such as 0.1",
        )
        .raise();
    }
}

/// `count` points (x, y), each at normal noise of standard deviation `noise` from its centre.
#[track_caller]
fn clouds(count: usize, noise: f32, centre: impl Fn(usize) -> [f32; 2]) -> Vec<f32> {
    let mut points = Tensor::randn([count, 2]).to_vec();
    for (index, point) in points.chunks_exact_mut(2).enumerate() {
        let [x, y] = centre(index);
        point[0] = x + noise * point[0];
        point[1] = y + noise * point[1];
    }
    points
}

fn two_classes(x: Vec<f32>, y: Vec<f32>) -> Dataset {
    let count = y.len();
    Dataset::new(Tensor::from_vec(x, [count, 2]), Tensor::from_vec(y, [count, 1])).with_classes(["0", "1"])
}

#[cfg(test)]
mod tests;
