//! The derivative of every operation, one arm each, with its formula: how a change of each input changes the loss, if
//! `g` tells how a change of the output `y` does. Written in operations on tensors, so that all devices share them.

use crate::backend::{Binary, Nonlinearity, Reduction, Unary, Value};
use crate::device::Device;
use crate::ops::Op;
use crate::tensor::{Record, Tensor};

/// Whether the derivative of this operation takes a gradient that is a single number from the CPU, whatever device its
/// inputs are on.
pub(crate) fn takes_a_number(op: &Op) -> bool {
    matches!(
        op,
        Op::Reduce(Reduction::Sum | Reduction::Mean, None)
            | Op::Binary(Binary::Add | Binary::Subtract)
            | Op::SquaredError
            | Op::SoftmaxCrossEntropy
    )
}

/// Calls `give(i, gradient)` for each input `i` whose gradient is wanted. `output` is the record, `y` its value.
pub(crate) fn derivative(output: &Record, y: &Tensor, g: &Tensor, mut give: impl FnMut(usize, Tensor)) {
    let input = |i: usize| output.inputs[i].detach();
    let wanted = |i: usize| output.inputs[i].is_tracked();
    let wanted_on_cpu = |i: usize| !output.inputs[i].device().is_cuda();
    let x = || input(0);
    match &output.op {
        Op::Leaf => {}
        // y = x elsewhere
        Op::To => give(0, g.to(output.inputs[0].device())),
        Op::Unary(function) => give(0, unary(*function, &x(), y, g)),

        // The inputs were broadcast to the output's shape: what came from one element is summed back into it.
        Op::Binary(function) => {
            let (a, b) = (x(), input(1));
            for i in (0..2).filter(|&i| wanted(i)) {
                let part = binary(*function, i, &a, &b, y, g);
                let part = part.sum_to(output.inputs[i].shape());
                // A single number may have been on the CPU while the other side was not.
                give(
                    i,
                    if wanted_on_cpu(i) {
                        part.into_device(Device::cpu())
                    } else {
                        part
                    },
                );
            }
        }

        // y = f(x): f' is told from y, see the backend
        Op::Nonlinearity(function) => give(
            0,
            Tensor::leaf(g.value().nonlinearity_gradient(y.value(), *function)),
        ),

        // y_i = exp(x_i) / sum exp(x):  dx = y (g - sum(g y))
        Op::Softmax => {
            let last = y.rank() - 1;
            give(0, y * (g - (g * y).sum_axis(last).keep_axis(last)));
        }

        // y = sum x:  each x counts once
        Op::Reduce(Reduction::Sum, axis) => give(0, spread(g, *axis, &output.inputs[0])),
        // y = sum x / n
        Op::Reduce(Reduction::Mean, axis) => {
            let x = &output.inputs[0];
            let count = x.len() / y.len().max(1);
            give(0, spread(&(g / count as f32), *axis, x));
        }
        // y = max x:  the gradient goes to the largest element, in equal parts if there are several
        Op::Reduce(Reduction::Max | Reduction::Min, axis) => {
            let x = x();
            let chosen = x.binary(&spread(y, *axis, &x), Binary::Equal, "==");
            let count = match axis {
                Some(axis) => chosen.sum_axis(*axis),
                None => chosen.sum(),
            };
            give(0, chosen * spread(&(g / count), *axis, &x));
        }

        // y = x, repeated
        Op::Broadcast => give(0, g.sum_to(output.inputs[0].shape())),
        // y = x in another shape
        Op::Reshape => give(0, g.reshape(output.inputs[0].shape())),
        // y = x^T:  dx = g^T
        Op::Transpose => give(0, g.t()),
        // y = x with its first two axes swapped
        Op::Swap => give(0, g.swap()),
        // y = a part of x: the rest has no influence
        Op::Slice { axis, start } => {
            give(
                0,
                Tensor::leaf(g.value().embed(*axis, *start, output.inputs[0].shape())),
            );
        }
        // y = parts in a row: each gets its own piece back
        Op::Concat { axis } => {
            let mut start = 0;
            for (i, part) in output.inputs.iter().enumerate() {
                let end = start + part.shape()[*axis];
                if wanted(i) {
                    give(i, g.slice(*axis, start..end));
                }
                start = end;
            }
        }

        // y = rows of a table, by number: each row gathers what its copies got
        Op::Lookup => {
            let rows = output.inputs[0].shape()[0];
            give(
                0,
                Tensor::leaf(g.value().lookup_gradient(output.inputs[1].value(), rows)),
            );
        }

        // y = a b:  da = g b^T, db = a^T g;  a^T in place of a transposes its gradient
        Op::MatMul { left, right } => {
            if wanted(0) {
                let b = input(1);
                give(
                    0,
                    if *left {
                        b.product(*right, g, true)
                    } else {
                        g.product(false, &b, !right)
                    },
                );
            }
            if wanted(1) {
                let a = x();
                give(
                    1,
                    if *right {
                        g.product(true, &a, *left)
                    } else {
                        a.product(!left, g, false)
                    },
                );
            }
        }
        // y = f(x w + b):  with dz = g f':  dx = dz w^T, dw = x^T dz, db = sum of dz over the rows
        Op::Affine(function) => {
            let (dz, db) = match wanted(2) {
                true => {
                    let (dz, db) = g.value().nonlinearity_gradient_and_sums(y.value(), *function);
                    (dz, Some(db))
                }
                false => (g.value().nonlinearity_gradient(y.value(), *function), None),
            };
            let dz = Tensor::leaf(dz);
            if wanted(0) {
                give(0, dz.product(false, &input(1), true));
            }
            if wanted(1) {
                give(1, x().product(true, &dz, false));
            }
            if let Some(db) = db {
                give(2, Tensor::leaf(db));
            }
        }

        // y_t = cell(x_t k + y_{t-1} r + b): the backend walks back through the steps to dz, the gradient of what is inside
        // the brackets; then dx = dz k^T, dk = x^T dz, dr = y^T dz with the states before each step, db = sum of dz
        Op::Recurrent(cell) => {
            let value = |i: usize| output.inputs[i].value();
            let kept: Vec<_> = output.inputs[4..].iter().map(Tensor::value).collect();
            let parts = [value(0), value(2), y.value()];
            let (dz, of_states) = g.value().recurrent_gradient(*cell, parts, &kept);
            let dz = Tensor::leaf(dz);
            let of_states = of_states.map(Tensor::leaf);
            let rows = dz.shape()[0];
            if wanted(0) {
                give(
                    0,
                    dz.product(false, &input(1), true)
                        .reshape(output.inputs[0].shape()),
                );
            }
            if wanted(1) {
                let x = x();
                give(1, x.reshape([rows, x.shape()[2]]).product(true, &dz, false));
            }
            if wanted(2) {
                let before = y.rows(0..y.shape()[0] - 1).reshape([rows, y.shape()[2]]);
                give(2, before.product(true, of_states.as_ref().unwrap_or(&dz), false));
            }
            if wanted(3) {
                let sums = [Some(&dz), of_states.as_ref()].map(|dz| dz.map(|dz| dz.sum_axis(0).keep_axis(0)));
                let sums: Vec<&Tensor> = sums.iter().flatten().collect();
                give(3, Tensor::concat(&sums, 0).reshape(output.inputs[3].shape()));
            }
        }

        // y = (x - mean) / sqrt(variance + epsilon) scale + shift:  see the backend; mean and variance follow x
        Op::Normalise(over, epsilon) => {
            let value = |i: usize| output.inputs[i].value();
            let parts = [value(0), value(1), value(3), value(4)];
            let gradients = g.value().normalise_gradient(parts, *over, *epsilon);
            for (i, gradient) in gradients.into_iter().enumerate().filter(|(i, _)| wanted(*i)) {
                give(i, Tensor::leaf(gradient));
            }
        }
        // y = f(x ⋆ w + b):  with dz = g f':  dx = dz spread by w,  dw = x ⋆ dz,  db = sum of dz
        // a max-pool over it gives its gradient to the winners among the places
        Op::Conv2d(window, function) | Op::Conv2dMaxPool(window, function, _) => {
            let pool = match &output.op {
                Op::Conv2dMaxPool(_, _, pool) => Some((pool, output.inputs[3].value())),
                _ => None,
            };
            let of = [output.inputs[0].value(), output.inputs[1].value(), y.value()];
            let found = g.value().conv2d_gradients(of, *function, window, pool, wanted(0));
            if let Some(images) = found.images {
                give(0, Tensor::leaf(images));
            }
            for (i, gradient) in [(1, found.filters), (2, found.bias)] {
                if i < output.inputs.len() && wanted(i) {
                    give(i, Tensor::leaf(gradient));
                }
            }
        }
        // y = f(x spread by w + b):  with dz = g f':  dx = dz ⋆ w,  dw = dz ⋆ x,  db = sum of dz
        Op::Conv2dTranspose(window, function) => {
            let dz = Tensor::leaf(g.value().nonlinearity_gradient(y.value(), *function));
            let (x, w) = (x(), input(1));
            if wanted(0) {
                let dx = dz.value().conv2d(w.value(), None, Nonlinearity::Identity, window);
                give(0, Tensor::leaf(dx));
            }
            if wanted(1) {
                let of = [dz.value(), w.value(), x.value()];
                let found = x
                    .value()
                    .conv2d_gradients(of, Nonlinearity::Identity, window, None, false);
                give(1, Tensor::leaf(found.filters));
            }
            if output.inputs.len() > 2 && wanted(2) {
                give(2, dz.sum_to(output.inputs[2].shape()));
            }
        }
        // y = max of a window:  the gradient goes to the first of the largest pixels, as in Keras
        Op::MaxPool(window) => {
            let (image, winners) = (output.inputs[0].shape(), output.inputs[1].value());
            let dx = g.value().max_pool_gradient(winners, [image[1], image[2]], window);
            give(0, Tensor::leaf(dx));
        }
        // y = mean of a window:  each pixel counts for its share
        Op::AvgPool(window) => {
            let image = output.inputs[0].shape();
            let dx = g.value().avg_pool_gradient([image[1], image[2]], window);
            give(0, Tensor::leaf(dx));
        }

        // y = sums of weighted pixels of x: each gets back by the same weights
        Op::Warp(maps, beyond) => give(0, Tensor::leaf(g.value().warp_gradient(maps, *beyond))),

        // y = mean of (a - b)^2:  da = 2 g (a - b) / n, db = -da
        Op::SquaredError => {
            let (a, b) = (output.inputs[0].value(), output.inputs[1].value());
            let da = Tensor::leaf(a.squared_error_gradient(b, g.value()));
            if wanted(1) {
                give(1, -&da);
            }
            if wanted(0) {
                give(0, da);
            }
        }

        // y = -mean of sum t ln softmax(x):  dx = g (softmax(x) sum(t) - t) / n, computed with y;  the targets t are data
        Op::SoftmaxCrossEntropy => {
            if wanted(0) {
                let whole = !g.device().is_cuda() && g.item() == 1.0;
                give(0, if whole { input(2) } else { input(2) * g });
            }
        }
    }
}

fn unary(function: Unary, x: &Tensor, y: &Tensor, g: &Tensor) -> Tensor {
    match function {
        Unary::Negate => -g,                                              // y = -x
        Unary::Exp => g * y,                                              // y = exp(x): dy = y
        Unary::Ln => g / x,                                               // y = ln(x): dy = 1/x
        Unary::Sqrt => g / (2.0 * y),                                     // y = sqrt(x): dy = 1/(2y)
        Unary::Abs => g * x.unary(Unary::Sign),                           // y = |x|: dy = sign(x)
        Unary::Square => g * x * 2.0,                                     // y = x^2: dy = 2x
        Unary::Power(0.0) => g * 0.0,                                     // y = x^0 = 1: dy = 0, at x = 0 too
        Unary::Power(n) => g * n * x.powf(n - 1.0),                       // y = x^n: dy = n x^(n-1)
        Unary::Clamp(low, high) => g * x.unary(Unary::Within(low, high)), // dy = 1 inside, 0 outside
        Unary::Sign | Unary::Within(..) => g * 0.0,                       // flat almost everywhere
    }
}

/// For the left (`side` 0) or right (`side` 1) input, in the output's shape.
fn binary(function: Binary, side: usize, a: &Tensor, b: &Tensor, y: &Tensor, g: &Tensor) -> Tensor {
    match (function, side) {
        (Binary::Add, _) | (Binary::Subtract, 0) => g.clone(), // y = a + b, a - b: da = 1, db = 1
        (Binary::Subtract, _) => -g,                           // y = a - b: db = -1
        (Binary::Multiply, 0) => g * b,                        // y = a b: da = b
        (Binary::Multiply, _) => g * a,                        // y = a b: db = a
        (Binary::Divide, 0) => g / b,                          // y = a / b: da = 1/b
        (Binary::Divide, _) => -(g * y / b),                   // y = a / b: db = -a/b^2 = -y/b
        (Binary::Equal, _) => g * 0.0,                         // flat almost everywhere
        (Binary::SigmoidCrossEntropy, 0) => g * (a.sigmoid() - b), // da = sigmoid(a) - b
        (Binary::SigmoidCrossEntropy, _) => -(g * a),          // db = -a
    }
}

/// Repeats what a reduction left until it has the input's shape again, on the input's device.
fn spread(reduced: &Tensor, axis: Option<usize>, input: &Tensor) -> Tensor {
    match axis {
        Some(axis) => reduced.keep_axis(axis).broadcast_to(input.shape()),
        None if reduced.device() != input.device() => {
            Tensor::leaf(Value::filled(reduced.item(), input.shape(), input.device()))
        }
        None => reduced.broadcast_to(input.shape()),
    }
}

#[cfg(test)]
mod tests;
