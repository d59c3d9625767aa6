//! The operations on tensors: shapes are checked here, numbers computed in [`crate::backend`], derivatives stand in
//! [`crate::derivatives`] under the same name.

mod arithmetic;
mod elementwise;
mod lookup;
mod loss;
mod matrix;
mod normalise;
mod recurrent;
mod reduce;
mod shape;
mod warp;
mod window;

pub(crate) use elementwise::check_not_negative;
pub use window::{Conv, Padding};

use std::sync::Arc;

use crate::backend::{Beyond, Binary, Cell, Nonlinearity, Over, PlaneMap, Reduction, Unary, Window};

/// What made a tensor: parameters only; the inputs are in the node.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    /// Nothing: given by the user.
    Leaf,
    /// A copy on another device.
    To,
    Unary(Unary),
    Binary(Binary),
    Nonlinearity(Nonlinearity),
    /// Along the last axis.
    Softmax,
    /// Over an axis, or over everything.
    Reduce(Reduction, Option<usize>),
    Broadcast,
    Reshape,
    Transpose,
    /// The first two axes change places.
    Swap,
    Slice {
        axis: usize,
        start: usize,
    },
    Concat {
        axis: usize,
    },
    /// Rows of the first input, by the numbers in the second.
    Lookup,
    /// Which sides are taken transposed.
    MatMul {
        left: bool,
        right: bool,
    },
    /// function(x · weights + bias).
    Affine(Nonlinearity),
    /// All steps of a recurrent layer. The inputs hold what the backend kept for the derivative too.
    Recurrent(Cell),
    /// To mean 0 and variance 1, then scaled and shifted; with the epsilon below the root. The inputs hold mean and
    /// variance too, so that the derivative finds them.
    Normalise(Over, f32),
    /// function(x ⋆ filters + bias); the bias may be absent.
    Conv2d(Window, Nonlinearity),
    /// The largest in each window of the second kind over a convolution; the fourth input tells which pixel that was.
    Conv2dMaxPool(Window, Nonlinearity, Window),
    /// The reverse of a convolution with this window, with bias and function as above.
    Conv2dTranspose(Window, Nonlinearity),
    /// The second input tells which pixel of each window was the largest.
    MaxPool(Window),
    AvgPool(Window),
    /// Images, each seen through its own map.
    Warp(Arc<[PlaneMap]>, Beyond),
    /// The mean of the cross-entropy of softmax(logits) against targets. The third input is its gradient for the logits.
    SoftmaxCrossEntropy,
    /// The mean of the squared differences of two tensors of one shape.
    SquaredError,
}
