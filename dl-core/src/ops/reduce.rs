//! From many elements to few: sums, means, extremes, over everything or along one axis (which disappears).

use crate::backend::Reduction;
use crate::error::Error;
use crate::ops::Op;
use crate::tensor::{Tensor, check_axis};

impl Tensor {
    /// The sum of all elements, as a tensor of shape `[]`; 0 if there are none.
    #[must_use]
    pub fn sum(&self) -> Tensor {
        self.reduce(Reduction::Sum, None)
    }

    /// The mean of all elements, as a tensor of shape `[]`.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    #[track_caller]
    pub fn mean(&self) -> Tensor {
        check_elements("mean", self.len(), self.shape());
        self.reduce(Reduction::Mean, None)
    }

    /// The largest element, as a tensor of shape `[]`; NaN if one is NaN.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    #[track_caller]
    pub fn max(&self) -> Tensor {
        check_elements("max", self.len(), self.shape());
        self.reduce(Reduction::Max, None)
    }

    /// The smallest element, as a tensor of shape `[]`; NaN if one is NaN.
    ///
    /// # Panics
    /// If there are none.
    #[must_use]
    #[track_caller]
    pub fn min(&self) -> Tensor {
        check_elements("min", self.len(), self.shape());
        self.reduce(Reduction::Min, None)
    }

    /// Sums along `axis`: `[rows, columns]` becomes `[columns]` for axis 0.
    ///
    /// # Panics
    /// If the tensor has no such axis.
    #[must_use]
    #[track_caller]
    pub fn sum_axis(&self, axis: usize) -> Tensor {
        check_axis("sum_axis", axis, self.shape());
        self.reduce(Reduction::Sum, Some(axis))
    }

    /// Means along `axis`.
    ///
    /// # Panics
    /// If the tensor has no such axis, or the axis is empty.
    #[must_use]
    #[track_caller]
    pub fn mean_axis(&self, axis: usize) -> Tensor {
        self.check_filled_axis("mean_axis", axis);
        self.reduce(Reduction::Mean, Some(axis))
    }

    /// Largest elements along `axis`.
    ///
    /// # Panics
    /// If the tensor has no such axis, or the axis is empty.
    #[must_use]
    #[track_caller]
    pub fn max_axis(&self, axis: usize) -> Tensor {
        self.check_filled_axis("max_axis", axis);
        self.reduce(Reduction::Max, Some(axis))
    }

    /// Smallest elements along `axis`.
    ///
    /// # Panics
    /// If the tensor has no such axis, or the axis is empty.
    #[must_use]
    #[track_caller]
    pub fn min_axis(&self, axis: usize) -> Tensor {
        self.check_filled_axis("min_axis", axis);
        self.reduce(Reduction::Min, Some(axis))
    }

    /// Where the largest element along `axis` stands, counted from 0; the first one of equals. NaN counts as the
    /// largest, as in NumPy, so that it does not go unseen. A constant: positions have no gradient.
    ///
    /// # Panics
    /// If the tensor has no such axis, or the axis is empty.
    #[must_use]
    #[track_caller]
    pub fn argmax_axis(&self, axis: usize) -> Tensor {
        self.check_filled_axis("argmax_axis", axis);
        Tensor::leaf(self.value().argmax(axis))
    }

    fn reduce(&self, reduction: Reduction, axis: Option<usize>) -> Tensor {
        Tensor::result(
            Op::Reduce(reduction, axis),
            self.value().reduce(reduction, axis),
            &[self],
        )
    }

    #[track_caller]
    fn check_filled_axis(&self, op: &'static str, axis: usize) {
        check_axis(op, axis, self.shape());
        check_elements(op, self.shape()[axis], self.shape());
    }
}

#[track_caller]
pub(super) fn check_elements(op: &'static str, count: usize, shape: &[usize]) {
    if count == 0 {
        Error::shape(
            op,
            format!("shape {shape:?} holds no elements to choose from"),
            "look at what made the tensor empty",
        )
        .raise();
    }
}
