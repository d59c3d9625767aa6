//! The same elements, arranged differently: reshape, slice, rows, concat, broadcast.

use crate::error::Error;
use crate::ops::Op;
use crate::tensor::{Tensor, check_axis, element_count};
use std::ops::Range;

impl Tensor {
    /// The same elements in the same order, in another shape; free.
    ///
    /// # Panics
    /// If the number of elements would change.
    #[must_use]
    #[track_caller]
    pub fn reshape(&self, shape: impl AsRef<[usize]>) -> Tensor {
        let shape = shape.as_ref();
        if element_count(shape) != Some(self.len()) {
            let hint = format!(
                "the tensor has shape {:?}; the product of the sizes must stay the same",
                self.shape()
            );
            Error::ElementCount {
                op: "reshape",
                count: self.len(),
                shape: shape.to_vec(),
                hint,
            }
            .raise();
        }
        Tensor::result(Op::Reshape, self.value().reshape(shape), &[self])
    }

    /// The part of `axis` from `range.start` up to but without `range.end`; the rank stays.
    ///
    /// # Panics
    /// If the tensor has no such axis or the range leaves it.
    #[must_use]
    #[track_caller]
    pub fn slice(&self, axis: usize, range: Range<usize>) -> Tensor {
        check_axis("slice", axis, self.shape());
        let size = self.shape()[axis];
        if range.start > range.end || range.end > size {
            let hint = format!("axis {axis} goes from 0 to {size}");
            let asked = format!("{range:?} on axis {axis}");
            Error::OutOfRange {
                op: "slice",
                asked,
                shape: self.shape().to_vec(),
                hint,
            }
            .raise();
        }
        let op = Op::Slice {
            axis,
            start: range.start,
        };
        Tensor::result(op, self.value().slice(axis, range), &[self])
    }

    /// The rows (or samples: positions on axis 0) in `range`; free.
    ///
    /// # Panics
    /// If the tensor has no axis or the range leaves it.
    #[must_use]
    #[track_caller]
    pub fn rows(&self, range: Range<usize>) -> Tensor {
        self.slice(0, range)
    }

    /// One tensor after the other along `axis`; all other sizes must agree.
    ///
    /// # Panics
    /// If the list is empty or the shapes differ on another axis.
    #[must_use]
    #[track_caller]
    pub fn concat(parts: &[&Tensor], axis: usize) -> Tensor {
        let Some(first) = parts.first() else {
            Error::shape(
                "concat",
                "there is nothing to join",
                "give at least one tensor: Tensor::concat(&[&a, &b], 0)",
            )
            .raise()
        };
        check_axis("concat", axis, first.shape());
        let others = |tensor: &Tensor| {
            let mut shape = tensor.shape().to_vec();
            if axis < shape.len() {
                shape.remove(axis);
            }
            (tensor.rank(), shape)
        };
        if let Some(wrong) = parts.iter().find(|part| others(part) != others(first)) {
            Error::shape(
                "concat",
                format!(
                    "shapes {:?} and {:?} differ elsewhere than on axis {axis}",
                    first.shape(),
                    wrong.shape()
                ),
                "all sizes but the one of the joined axis must be equal",
            )
            .raise();
        }
        let values: Vec<_> = parts.iter().map(|part| part.value()).collect();
        Tensor::result(
            Op::Concat { axis },
            crate::backend::Value::concat(&values, axis),
            parts,
        )
    }

    /// Repeated along missing and size-1 axes until it has `shape`, which the caller knows to fit.
    pub(crate) fn broadcast_to(&self, shape: &[usize]) -> Tensor {
        if self.shape() == shape {
            return self.clone();
        }
        Tensor::result(Op::Broadcast, self.value().broadcast(shape), &[self])
    }

    /// The reverse of [`broadcast_to`](Self::broadcast_to): sums over what was repeated, so that `shape` is left.
    pub(crate) fn sum_to(&self, shape: &[usize]) -> Tensor {
        let mut sum = self.clone();
        let extra = sum.rank() - shape.len();
        if extra > 0 {
            // Repeated axes on the left are summed as one.
            let (repeated, rest) = sum.shape().split_at(extra);
            let merged = [&[repeated.iter().product()], rest].concat();
            sum = sum.reshape(merged).sum_axis(0);
        }
        for (axis, &size) in shape.iter().enumerate() {
            if size == 1 && sum.shape()[axis] != 1 {
                sum = sum.sum_axis(axis).keep_axis(axis);
            }
        }
        sum
    }

    /// Puts an axis of size 1 back where a reduction took one away.
    pub(crate) fn keep_axis(&self, axis: usize) -> Tensor {
        let shape = [&self.shape()[..axis], &[1], &self.shape()[axis..]].concat();
        self.reshape(shape)
    }

    /// The given rows, in that order; a constant.
    pub(crate) fn gather_rows(&self, rows: &[usize]) -> Tensor {
        Tensor::leaf(self.value().gather(rows))
    }
}
