//! Matrix products.

use super::super::{Nonlinearity, Value, cpu, cuda};
use super::{apart, check_cards};

impl Value {
    /// Matrix product; each side is taken transposed where its flag says so, without a copy.
    #[track_caller]
    pub(crate) fn matmul(&self, transposed: bool, right: &Value, right_transposed: bool) -> Value {
        check_cards("matmul", &[self, right]);
        match (self, right) {
            (Value::Cpu(left), Value::Cpu(right)) => {
                Value::Cpu(cpu::product::matmul(left, transposed, right, right_transposed))
            }
            (Value::Cuda(left), Value::Cuda(right)) => {
                Value::Cuda(cuda::product::matmul(left, transposed, right, right_transposed))
            }
            _ => apart("matmul", &[self, right]),
        }
    }

    /// function(self · weights + bias) in one pass over the result: [rows, in] x [in, out] + [out].
    #[track_caller]
    pub(crate) fn affine(&self, weights: &Value, bias: &Value, function: Nonlinearity) -> Value {
        check_cards("a dense layer", &[self, weights, bias]);
        match (self, weights, bias) {
            (Value::Cpu(x), Value::Cpu(weights), Value::Cpu(bias)) => {
                Value::Cpu(cpu::product::affine(x, weights, bias, function))
            }
            (Value::Cuda(x), Value::Cuda(weights), Value::Cuda(bias)) => {
                Value::Cuda(cuda::product::affine(x, weights, bias, function))
            }
            _ => apart("a dense layer", &[self, weights, bias]),
        }
    }
}
