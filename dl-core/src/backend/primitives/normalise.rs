//! Primitives of normalisation. Of three results the first is y, the others mean and variance.

use super::super::{Over, Value, cpu, cuda};
use super::{apart, check_cards};

impl Value {
    /// (self - mean) / sqrt(variance + epsilon) · scale + shift, with the statistics of each column (last axis) over all
    /// rows, or of each row over all columns.
    #[track_caller]
    pub(crate) fn normalise(&self, scale: &Value, shift: &Value, over: Over, epsilon: f32) -> [Value; 3] {
        check_cards("normalisation", &[self, scale, shift]);
        match (self, scale, shift) {
            (Value::Cpu(x), Value::Cpu(scale), Value::Cpu(shift)) => {
                let normalise = match over {
                    Over::Rows => cpu::normalise::columns,
                    Over::Columns => cpu::normalise::rows,
                };
                normalise(x, scale, shift, epsilon).map(Value::Cpu)
            }
            (Value::Cuda(x), Value::Cuda(scale), Value::Cuda(shift)) => {
                let normalise = match over {
                    Over::Rows => cuda::normalise::columns,
                    Over::Columns => cuda::normalise::rows,
                };
                normalise(x, scale, shift, epsilon).map(Value::Cuda)
            }
            _ => apart("normalisation", &[self, scale, shift]),
        }
    }

    /// `self` is the gradient of y: the gradients of x, scale and shift.
    #[track_caller]
    pub(crate) fn normalise_gradient(
        &self,
        [x, scale, mean, variance]: [&Value; 4],
        over: Over,
        epsilon: f32,
    ) -> [Value; 3] {
        check_cards(
            "the derivative of normalisation",
            &[self, x, scale, mean, variance],
        );
        match (self, x, scale, mean, variance) {
            (Value::Cpu(g), Value::Cpu(x), Value::Cpu(scale), Value::Cpu(mean), Value::Cpu(variance)) => {
                let gradients = match over {
                    Over::Rows => cpu::normalise::columns_gradient,
                    Over::Columns => cpu::normalise::rows_gradient,
                };
                gradients([x, scale, mean, variance, g], epsilon).map(Value::Cpu)
            }
            (
                Value::Cuda(g),
                Value::Cuda(x),
                Value::Cuda(scale),
                Value::Cuda(mean),
                Value::Cuda(variance),
            ) => {
                let gradients = match over {
                    Over::Rows => cuda::normalise::columns_gradient,
                    Over::Columns => cuda::normalise::rows_gradient,
                };
                gradients([x, scale, mean, variance, g], epsilon).map(Value::Cuda)
            }
            _ => apart("the derivative of normalisation", &[self, x, scale]),
        }
    }
}
