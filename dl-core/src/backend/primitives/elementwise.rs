//! Primitives that compute element by element.

use super::super::{Binary, Nonlinearity, Reduction, Unary, Value, cpu, cuda};
use super::{apart, check_cards};

impl Value {
    pub(crate) fn unary(&self, function: Unary) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::elementwise::unary(array, function)),
            Value::Cuda(array) => Value::Cuda(cuda::elementwise::unary(array, function)),
        }
    }

    /// Both are broadcast to `shape`. A single number without axes may be on the CPU whatever the other side is on: it goes
    /// along with the instruction, as the 2 in `2.0 * &x`.
    #[track_caller]
    pub(crate) fn binary(&self, other: &Value, function: Binary, shape: &[usize]) -> Value {
        check_cards(function.symbol(), &[self, other]);
        match (self, other) {
            (Value::Cpu(left), Value::Cpu(right)) => {
                Value::Cpu(cpu::elementwise::binary(left, right, function, shape))
            }
            (Value::Cuda(left), Value::Cuda(right)) => {
                Value::Cuda(cuda::elementwise::binary(left, right, function, shape))
            }
            (Value::Cuda(left), Value::Cpu(right)) if right.shape().is_empty() => {
                let number = cpu::elements(right)[0];
                Value::Cuda(cuda::elementwise::with_number(left, number, function, false))
            }
            (Value::Cpu(left), Value::Cuda(right)) if left.shape().is_empty() => {
                let number = cpu::elements(left)[0];
                Value::Cuda(cuda::elementwise::with_number(right, number, function, true))
            }
            _ => apart(function.symbol(), &[self, other]),
        }
    }

    pub(crate) fn nonlinearity(&self, function: Nonlinearity) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::elementwise::nonlinearity(array, function)),
            Value::Cuda(array) => Value::Cuda(cuda::elementwise::nonlinearity(array, function)),
        }
    }

    /// `self` is the gradient of the output `y`: the gradient of the input.
    #[track_caller]
    pub(crate) fn nonlinearity_gradient(&self, y: &Value, function: Nonlinearity) -> Value {
        check_cards("the derivative of an activation", &[self, y]);
        match (self, y) {
            (Value::Cpu(gradient), Value::Cpu(y)) => {
                Value::Cpu(cpu::elementwise::nonlinearity_gradient(gradient, y, function))
            }
            (Value::Cuda(gradient), Value::Cuda(y)) => {
                Value::Cuda(cuda::elementwise::nonlinearity_gradient(gradient, y, function))
            }
            _ => apart("the derivative of an activation", &[self, y]),
        }
    }
}

impl Value {
    /// The same, and its sums over all but the last axis: the gradient of a bias.
    #[track_caller]
    pub(crate) fn nonlinearity_gradient_and_sums(&self, y: &Value, function: Nonlinearity) -> (Value, Value) {
        check_cards("the derivative of an activation", &[self, y]);
        match (self, y) {
            (Value::Cpu(gradient), Value::Cpu(y)) => {
                let dz = cpu::elementwise::nonlinearity_gradient(gradient, y, function);
                let columns = dz.shape().last().copied().unwrap_or(1);
                let matrix = cpu::shape::reshape(&dz, &[dz.len() / columns.max(1), columns]);
                let sums = cpu::reduce::reduce(&matrix, Reduction::Sum, Some(0));
                (Value::Cpu(dz), Value::Cpu(sums))
            }
            (Value::Cuda(gradient), Value::Cuda(y)) => {
                let (dz, sums) = cuda::reduce::nonlinearity_gradient_and_sums(gradient, y, function);
                (Value::Cuda(dz), Value::Cuda(sums))
            }
            _ => apart("the derivative of an activation", &[self, y]),
        }
    }
}

impl Binary {
    /// As it is written in a program.
    fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Equal => "==",
            Binary::SigmoidCrossEntropy => "BinaryCrossentropy",
        }
    }
}
