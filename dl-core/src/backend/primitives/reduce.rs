//! Primitives that make few numbers of many.

use super::super::{Reduction, Value, cpu, cuda};
use super::{apart, check_cards};

impl Value {
    /// Along one axis, which disappears, or over everything.
    pub(crate) fn reduce(&self, reduction: Reduction, axis: Option<usize>) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::reduce::reduce(array, reduction, axis)),
            Value::Cuda(array) => Value::Cuda(cuda::reduce::reduce(array, reduction, axis)),
        }
    }

    /// Position of the first largest element along `axis`, which disappears.
    pub(crate) fn argmax(&self, axis: usize) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::reduce::argmax(array, axis)),
            Value::Cuda(array) => Value::Cuda(cuda::reduce::argmax(array, axis)),
        }
    }

    /// Along the last axis.
    pub(crate) fn softmax(&self) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::reduce::softmax(array)),
            Value::Cuda(array) => Value::Cuda(cuda::reduce::softmax(array)),
        }
    }

    /// The mean over the rows of the cross-entropy of softmax(self) against `targets`, and, if asked for, its gradient for
    /// `self`. `self` is [rows, classes]; `targets` has the same shape (probabilities) or is [rows] (class numbers, known to be in
    /// range on the CPU; on a graphics card one that is out of range gives NaN).
    #[track_caller]
    pub(crate) fn softmax_cross_entropy(
        &self,
        targets: &Value,
        with_gradient: bool,
    ) -> (Value, Option<Value>) {
        check_cards("cross-entropy", &[self, targets]);
        match (self, targets) {
            (Value::Cpu(logits), Value::Cpu(targets)) => {
                let losses = cpu::reduce::softmax_cross_entropy(logits, targets);
                let gradient = with_gradient.then(|| {
                    let share = cpu::from_vec(vec![1.0 / losses.len() as f32; losses.len()], losses.shape());
                    cpu::reduce::softmax_cross_entropy_gradient(logits, targets, &share)
                });
                let mean = cpu::reduce::reduce(&losses, Reduction::Mean, None);
                (Value::Cpu(mean), gradient.map(Value::Cpu))
            }
            (Value::Cuda(logits), Value::Cuda(targets)) => {
                let (mean, gradient) = cuda::reduce::softmax_cross_entropy(logits, targets, with_gradient);
                (Value::Cuda(mean), gradient.map(Value::Cuda))
            }
            _ => apart("cross-entropy", &[self, targets]),
        }
    }

    /// The mean of (self - targets)^2 over all elements; the shapes agree.
    #[track_caller]
    pub(crate) fn squared_error(&self, targets: &Value) -> Value {
        check_cards("squared error", &[self, targets]);
        match (self, targets) {
            (Value::Cpu(a), Value::Cpu(b)) => Value::Cpu(cpu::reduce::squared_error(a, b)),
            (Value::Cuda(a), Value::Cuda(b)) => Value::Cuda(cuda::reduce::squared_error(a, b)),
            _ => apart("squared error", &[self, targets]),
        }
    }

    /// Its gradient for `self`, given that of the mean, which may be a number on the CPU.
    #[track_caller]
    pub(crate) fn squared_error_gradient(&self, targets: &Value, gradient: &Value) -> Value {
        check_cards("the derivative of squared error", &[self, targets, gradient]);
        match (self, targets, gradient) {
            (Value::Cpu(a), Value::Cpu(b), Value::Cpu(gradient)) => {
                Value::Cpu(cpu::reduce::squared_error_gradient(a, b, gradient))
            }
            (Value::Cuda(a), Value::Cuda(b), Value::Cuda(gradient)) => {
                Value::Cuda(cuda::reduce::squared_error_gradient(a, b, Some(gradient), 1.0))
            }
            (Value::Cuda(a), Value::Cuda(b), Value::Cpu(gradient)) => {
                let number = cpu::elements(gradient)[0];
                Value::Cuda(cuda::reduce::squared_error_gradient(a, b, None, number))
            }
            _ => apart("the derivative of squared error", &[self, targets, gradient]),
        }
    }
}
