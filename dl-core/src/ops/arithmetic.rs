//! `+ - * /` between tensors and numbers, owned or borrowed, with NumPy's broadcasting; and `+=` and its kin.

use crate::backend::Binary;
use crate::error::Error;
use crate::ops::Op;
use crate::tensor::Tensor;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

impl Tensor {
    /// Applies a function of two numbers to each pair of elements, after broadcasting both sides to one shape.
    #[track_caller]
    pub(crate) fn binary(&self, other: &Tensor, function: Binary, name: &'static str) -> Tensor {
        let value = match self.shape() == other.shape() {
            true => self.value().binary(other.value(), function, self.shape()),
            false => {
                let shape = broadcast_shape(name, self.shape(), other.shape());
                self.value().binary(other.value(), function, &shape)
            }
        };
        Tensor::result(Op::Binary(function), value, &[self, other])
    }
}

/// The shape that both broadcast to: counted from the right, sizes are equal or one of them is 1.
#[track_caller]
pub(crate) fn broadcast_shape(op: &'static str, left: &[usize], right: &[usize]) -> Vec<usize> {
    let rank = left.len().max(right.len());
    let size_at = |shape: &[usize], axis: usize| match (axis + shape.len()).checked_sub(rank) {
        Some(index) => shape[index],
        None => 1,
    };
    let sizes = (0..rank).map(|axis| match (size_at(left, axis), size_at(right, axis)) {
        (a, b) if a == b => Some(a),
        (1, b) => Some(b),
        (a, 1) => Some(a),
        _ => None,
    });
    match sizes.collect() {
        Some(shape) => shape,
        None => Error::Broadcast {
            op,
            left: left.to_vec(),
            right: right.to_vec(),
        }
        .raise(),
    }
}

/// The right side of `+=` and its kin may be repeated, the left side not.
#[track_caller]
fn check_keeps_shape(op: &'static str, left: &Tensor, right: &Tensor) {
    if left.shape() == right.shape() {
        return;
    }
    let together = broadcast_shape(op, left.shape(), right.shape());
    if together != left.shape() {
        Error::shape(
            op,
            format!(
                "the left side of shape {:?} would become {together:?} by a right side of shape {:?}",
                left.shape(),
                right.shape()
            ),
            "reduce the right side first, for example with .sum_axis(0); or make a new tensor: let c = &a - &b;",
        )
        .raise();
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $assign_trait:ident, $assign_method:ident, $symbol:literal) => {
        operator!(@pair $trait, $method, $symbol, Tensor, Tensor);
        operator!(@pair $trait, $method, $symbol, Tensor, &Tensor);
        operator!(@pair $trait, $method, $symbol, &Tensor, Tensor);
        operator!(@pair $trait, $method, $symbol, &Tensor, &Tensor);
        operator!(@number $trait, $method, $symbol, Tensor);
        operator!(@number $trait, $method, $symbol, &Tensor);
        operator!(@assign $trait, $method, $assign_trait, $assign_method, $symbol, Tensor);
        operator!(@assign $trait, $method, $assign_trait, $assign_method, $symbol, &Tensor);

        impl $assign_trait<f32> for Tensor {
            #[track_caller]
            fn $assign_method(&mut self, right: f32) {
                self.$assign_method(Tensor::from(right));
            }
        }
    };
    (@pair $trait:ident, $method:ident, $symbol:literal, $left:ty, $right:ty) => {
        impl $trait<$right> for $left {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, right: $right) -> Tensor {
                self.binary(&right, binary_of!($trait), $symbol)
            }
        }
    };
    (@number $trait:ident, $method:ident, $symbol:literal, $side:ty) => {
        impl $trait<f32> for $side {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, right: f32) -> Tensor {
                self.binary(&Tensor::from(right), binary_of!($trait), $symbol)
            }
        }
        impl $trait<$side> for f32 {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, right: $side) -> Tensor {
                Tensor::from(self).binary(&right, binary_of!($trait), $symbol)
            }
        }
    };
    (@assign $trait:ident, $method:ident, $assign_trait:ident, $assign_method:ident, $symbol:literal, $right:ty) => {
        /// A tracked tensor that is changed by a constant is an updated weight: it stays the start of a record, so
        /// that `w -= 0.1 * g.of(&w)` can stand in a training loop. The shape stays as well: a right side that would
        /// make the tensor larger is refused, as in NumPy.
        impl $assign_trait<$right> for Tensor {
            #[track_caller]
            fn $assign_method(&mut self, right: $right) {
                check_keeps_shape(concat!($symbol, "="), self, &right);
                let result = self.binary(&right, binary_of!($trait), $symbol);
                *self = if self.is_tracked_leaf() && !right.is_tracked() { result.track() } else { result };
            }
        }
    };
}

macro_rules! binary_of {
    (Add) => {
        Binary::Add
    };
    (Sub) => {
        Binary::Subtract
    };
    (Mul) => {
        Binary::Multiply
    };
    (Div) => {
        Binary::Divide
    };
}

operator!(Add, add, AddAssign, add_assign, "+");
operator!(Sub, sub, SubAssign, sub_assign, "-");
operator!(Mul, mul, MulAssign, mul_assign, "*");
operator!(Div, div, DivAssign, div_assign, "/");

impl Neg for Tensor {
    type Output = Tensor;
    fn neg(self) -> Tensor {
        -&self
    }
}

impl Neg for &Tensor {
    type Output = Tensor;
    fn neg(self) -> Tensor {
        self.unary(crate::backend::Unary::Negate)
    }
}
