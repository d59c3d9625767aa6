//! Normalising to mean 0 and variance 1, with a learned scale and shift behind it.

use crate::backend::Over;
use crate::ops::Op;
use crate::tensor::Tensor;

impl Tensor {
    /// (self - mean) / sqrt(variance + epsilon) · scale + shift, with the statistics of each column (position on the last
    /// axis) over all rows, or of each row over all columns; also mean and variance. Scale and shift are `[columns]`: the
    /// caller knows that they fit.
    pub(crate) fn normalise(&self, scale: &Tensor, shift: &Tensor, over: Over, epsilon: f32) -> [Tensor; 3] {
        let [y, mean, variance] = self
            .value()
            .normalise(scale.value(), shift.value(), over, epsilon);
        let (mean, variance) = (Tensor::leaf(mean), Tensor::leaf(variance));
        let op = Op::Normalise(over, epsilon);
        let y = Tensor::result(op, y, &[self, scale, shift, &mean, &variance]);
        [y, mean, variance]
    }
}
