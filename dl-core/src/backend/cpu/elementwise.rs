//! Functions applied to each element, or to each pair of elements of two arrays that are broadcast together.

use super::wide::widest;
use super::{Array, copy, curves, elements, elements_mut, from_vec, memory};
use crate::backend::{Binary, Nonlinearity, Unary};
use ndarray::{ArrayViewMutD, IxDyn, Zip};

pub(in crate::backend) fn unary(array: &Array, function: Unary) -> Array {
    match function {
        Unary::Negate => map(array, |x| -x),
        Unary::Exp => map(array, f32::exp),
        Unary::Ln => map(array, f32::ln),
        Unary::Sqrt => map(array, f32::sqrt),
        Unary::Abs => map(array, f32::abs),
        Unary::Sign => map(array, |x| if x == 0.0 { 0.0 } else { x.signum() }),
        Unary::Square => map(array, |x| x * x),
        Unary::Power(exponent) if exponent == exponent.trunc() && exponent.abs() < 64.0 => {
            map(array, |x| x.powi(exponent as i32))
        }
        Unary::Power(exponent) => map(array, |x| x.powf(exponent)),
        Unary::Clamp(low, high) => map(array, |x| x.clamp(low, high)),
        Unary::Within(low, high) => map(array, |x| f32::from((low..=high).contains(&x))),
    }
}

pub(in crate::backend) fn binary(left: &Array, right: &Array, function: Binary, shape: &[usize]) -> Array {
    match function {
        Binary::Add => zip(left, right, shape, |a, b| a + b),
        Binary::Subtract => zip(left, right, shape, |a, b| a - b),
        Binary::Multiply => zip(left, right, shape, |a, b| a * b),
        Binary::Divide => zip(left, right, shape, |a, b| a / b),
        Binary::Equal => zip(left, right, shape, |a, b| f32::from(a == b)),
        Binary::SigmoidCrossEntropy => zip(left, right, shape, |z, y| {
            z.max(0.0) - z * y + (-z.abs()).exp().ln_1p()
        }),
    }
}

pub(in crate::backend) fn nonlinearity(array: &Array, function: Nonlinearity) -> Array {
    let mut result = copy(array);
    bend(elements_mut(&mut result), function);
    result
}

/// In place, for a part of a result that is still in the processor's cache.
pub(super) fn bend(values: &mut [f32], function: Nonlinearity) {
    match function {
        Nonlinearity::Identity => {}
        Nonlinearity::Sigmoid => widest(|| curves::sigmoid(values)),
        Nonlinearity::Tanh => widest(|| curves::tanh(values)),
        Nonlinearity::Relu => change(values, |z| if z < 0.0 { 0.0 } else { z }),
        Nonlinearity::LeakyRelu(slope) => change(values, |z| if z < 0.0 { slope * z } else { z }),
        Nonlinearity::Elu(scale) => change(values, |z| if z < 0.0 { scale * z.exp_m1() } else { z }),
    }
}

pub(in crate::backend) fn nonlinearity_gradient(g: &Array, y: &Array, function: Nonlinearity) -> Array {
    if function == Nonlinearity::Identity {
        return g.clone();
    }
    let mut values = memory::stale(g.len());
    unbend(elements(g), elements(y), function, &mut values);
    from_vec(values, g.shape())
}

/// The gradient of what was bent to `y`, from the gradient `g` of `y`; all are equally long.
pub(super) fn unbend(g: &[f32], y: &[f32], function: Nonlinearity, result: &mut [f32]) {
    match function {
        Nonlinearity::Identity => result.copy_from_slice(g),
        Nonlinearity::Sigmoid => join(g, y, result, |g, y| g * y * (1.0 - y)),
        Nonlinearity::Tanh => join(g, y, result, |g, y| g * (1.0 - y * y)),
        Nonlinearity::Relu => join(g, y, result, |g, y| if y > 0.0 { g } else { 0.0 }),
        Nonlinearity::LeakyRelu(slope) => join(g, y, result, |g, y| if y > 0.0 { g } else { slope * g }),
        // Below 0 the output is a (exp(z) - 1), whose derivative a exp(z) is the output + a.
        Nonlinearity::Elu(scale) => join(g, y, result, |g, y| if y > 0.0 { g } else { g * (y + scale) }),
    }
}

fn map(array: &Array, function: impl Fn(f32) -> f32) -> Array {
    let mut values = memory::room(array.len());
    widest(|| values.extend(elements(array).iter().map(|&x| function(x))));
    from_vec(values, array.shape())
}

fn change(values: &mut [f32], function: impl Fn(f32) -> f32) {
    widest(|| values.iter_mut().for_each(|x| *x = function(*x)));
}

fn join(left: &[f32], right: &[f32], result: &mut [f32], function: impl Fn(f32, f32) -> f32) {
    widest(|| {
        for ((result, &a), &b) in result.iter_mut().zip(left).zip(right) {
            *result = function(a, b);
        }
    });
}

/// The common cases (same shape, one number, one row for all rows) run over slices; the rest through `ndarray`'s views.
fn zip(left: &Array, right: &Array, shape: &[usize], function: impl Fn(f32, f32) -> f32) -> Array {
    let (a, b) = (elements(left), elements(right));
    let mut values = memory::room(shape.iter().product());
    if left.shape() == right.shape() {
        widest(|| values.extend(a.iter().zip(b).map(|(&a, &b)| function(a, b))));
    } else if left.shape() == shape && b.len() == 1 {
        let b = b[0];
        widest(|| values.extend(a.iter().map(|&a| function(a, b))));
    } else if right.shape() == shape && a.len() == 1 {
        let a = a[0];
        widest(|| values.extend(b.iter().map(|&b| function(a, b))));
    } else if left.shape() == shape && !b.is_empty() && shape.ends_with(right.shape()) {
        widest(|| {
            for row in a.chunks_exact(b.len()) {
                values.extend(row.iter().zip(b).map(|(&a, &b)| function(a, b)));
            }
        });
    } else {
        let whole = "the shapes broadcast";
        let (left, right) = (left.view(), right.view());
        let left = left.broadcast(IxDyn(shape)).expect(whole);
        let right = right.broadcast(IxDyn(shape)).expect(whole);
        values.resize(shape.iter().product(), 0.0);
        let result = ArrayViewMutD::from_shape(IxDyn(shape), &mut values).expect("the values fill the shape");
        Zip::from(result)
            .and(left)
            .and(right)
            .for_each(|r, &a, &b| *r = function(a, b));
    }
    from_vec(values, shape)
}
