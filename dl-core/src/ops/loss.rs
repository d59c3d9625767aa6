//! Losses in one operation: the two cross-entropies that are computed together with the activation before them, because
//! apart they overflow, and the squared error, because a step of a small network is short.

use super::reduce::check_elements;
use crate::backend::Binary;
use crate::ops::Op;
use crate::tensor::Tensor;

impl Tensor {
    /// The mean over the rows of the cross-entropy of softmax(self) against `targets`, a tensor of shape `[]`. `self` is
    /// `[rows, classes]`, `targets` either `[rows, classes]` or class numbers `[rows]`; the caller has checked both. The gradient is
    /// computed with it, from the same softmax.
    #[track_caller]
    pub(crate) fn softmax_cross_entropy(&self, targets: &Tensor) -> Tensor {
        check_elements("mean", self.shape()[0], &self.shape()[..1]);
        let (value, gradient) = self
            .value()
            .softmax_cross_entropy(targets.value(), self.is_tracked());
        match gradient.map(Tensor::leaf) {
            Some(gradient) => Tensor::result(Op::SoftmaxCrossEntropy, value, &[self, targets, &gradient]),
            None => Tensor::result(Op::SoftmaxCrossEntropy, value, &[self, targets]),
        }
    }

    /// Cross-entropy of sigmoid(self) against `targets`, element by element; the shapes agree.
    #[track_caller]
    pub(crate) fn sigmoid_cross_entropy(&self, targets: &Tensor) -> Tensor {
        self.binary(targets, Binary::SigmoidCrossEntropy, "binary cross-entropy")
    }

    /// The mean of (self - targets)^2, a tensor of shape `[]`; the shapes agree.
    #[track_caller]
    pub(crate) fn squared_error(&self, targets: &Tensor) -> Tensor {
        check_elements("mean squared error", self.len(), self.shape());
        let value = self.value().squared_error(targets.value());
        Tensor::result(Op::SquaredError, value, &[self, targets])
    }
}
