//! Matrix products and the transpose.

use crate::backend::Nonlinearity;
use crate::error::Error;
use crate::ops::Op;
use crate::tensor::Tensor;

impl Tensor {
    /// The matrix product: `[rows, inner]` x `[inner, columns]` gives `[rows, columns]`. A vector on the left counts as
    /// one row, a vector on the right as one column; that axis is absent from the result.
    ///
    /// # Panics
    /// If the inner sizes differ, or a side has no or more than two axes.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let product = tensor![[1., 2.], [3., 4.]].matmul(&tensor![[1.], [10.]]);
    /// assert_eq!(product, tensor![[21.], [43.]]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn matmul(&self, other: &Tensor) -> Tensor {
        let (left, right) = (self.shape(), other.shape());
        let fail = |why: String, hint: &str| -> Error {
            Error::MatMul {
                left: left.to_vec(),
                right: right.to_vec(),
                why,
                hint: hint.to_string(),
            }
        };
        match (left, right) {
            ([.., inner], [_]) if left.len() < 3 && *inner == right[0] => {
                let column = self.as_rows().matmul(&other.reshape([right[0], 1]));
                column.reshape(&left[..left.len() - 1])
            }
            ([inner], [rows, columns]) if inner == rows => self.as_rows().matmul(other).reshape([*columns]),
            ([_, inner], [rows, _]) if inner == rows => self.product(false, other, false),
            ([.., inner], [rows, ..]) if left.len() < 3 && right.len() < 3 => {
                let why = format!("inner sizes {inner} and {rows} differ");
                let hint = match (left, right) {
                    (_, [_, columns]) if columns == inner => "transpose the right side: w.t()",
                    ([outer, _], _) if outer == rows => "transpose the left side: x.t()",
                    _ => "the left side's columns must be as many as the right side's rows",
                };
                fail(why, hint).raise()
            }
            _ => fail(
                format!(
                    "matrices have 2 axes, these have {} and {}",
                    left.len(),
                    right.len()
                ),
                "reshape to [rows, columns] first; to scale by a number use *",
            )
            .raise(),
        }
    }

    /// The transpose of a matrix: rows become columns. A vector stays as it is.
    ///
    /// # Panics
    /// If the tensor has more than two axes.
    #[must_use]
    #[track_caller]
    pub fn t(&self) -> Tensor {
        match self.rank() {
            0 | 1 => self.clone(),
            2 => Tensor::result(Op::Transpose, self.value().transpose(), &[self]),
            rank => Error::shape(
                "t",
                format!("shape {:?} has {rank} axes, a matrix has 2", self.shape()),
                "reshape to [rows, columns] first",
            )
            .raise(),
        }
    }

    /// The product of two matrices that are known to fit, each taken transposed where its flag says so.
    pub(crate) fn product(&self, left: bool, other: &Tensor, right: bool) -> Tensor {
        let value = self.value().matmul(left, other.value(), right);
        Tensor::result(Op::MatMul { left, right }, value, &[self, other])
    }

    /// function(self · weights + bias) in one operation: `[rows, in]` x `[in, out]` + `[out]`.
    #[track_caller]
    pub(crate) fn affine(&self, weights: &Tensor, bias: &Tensor, function: Nonlinearity) -> Tensor {
        match (self.shape(), weights.shape()) {
            ([_, inner], [rows, columns]) if inner == rows && bias.shape() == [*columns] => {
                let value = self.value().affine(weights.value(), bias.value(), function);
                Tensor::result(Op::Affine(function), value, &[self, weights, bias])
            }
            // Not the shapes of a layer: the plain operations find the words.
            _ => (self.matmul(weights) + bias).nonlinearity(function),
        }
    }

    /// A vector as a matrix of one row; a matrix as it is.
    fn as_rows(&self) -> Tensor {
        if self.rank() == 1 {
            self.reshape([1, self.len()])
        } else {
            self.clone()
        }
    }
}
