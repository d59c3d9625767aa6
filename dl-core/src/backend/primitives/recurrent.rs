//! Primitives of recurrent layers: all steps at once.

use super::super::{Cell, Value, cpu, cuda};
use super::{apart, check_cards};

impl Value {
    /// The states of a cell before the first and after each step, `[steps + 1, batch, units]`, and what the derivative needs
    /// besides; for an LSTM the second of these are the states of the cell, in the same shape. `self` is
    /// `[steps, batch, in]`; `start` is the first state, for an LSTM also that of the cell, each `[batch, units]`.
    #[track_caller]
    pub(crate) fn recurrent(
        &self,
        cell: Cell,
        [kernel, recurrent, bias]: [&Value; 3],
        start: &[&Value],
    ) -> (Value, Vec<Value>) {
        let all = [&[self, kernel, recurrent, bias], start].concat();
        check_cards("a recurrent layer", &all);
        match (self, kernel, recurrent, bias) {
            (Value::Cpu(x), Value::Cpu(kernel), Value::Cpu(recurrent), Value::Cpu(bias)) => {
                let start: Option<Vec<&cpu::Array>> = start.iter().map(|value| value.on_cpu()).collect();
                let start = start.unwrap_or_else(|| apart("a recurrent layer", &all));
                let steps = cpu::recurrent::run(cell, [x, kernel, recurrent, bias], &start);
                let kept = steps.kept.into_iter().map(Value::Cpu).collect();
                (Value::Cpu(steps.states), kept)
            }
            (Value::Cuda(x), Value::Cuda(kernel), Value::Cuda(recurrent), Value::Cuda(bias)) => {
                let start: Option<Vec<&cuda::Array>> = start.iter().map(|value| value.on_cuda()).collect();
                let start = start.unwrap_or_else(|| apart("a recurrent layer", &all));
                let (states, kept) = cuda::recurrent::run(cell, [x, kernel, recurrent, bias], &start);
                (Value::Cuda(states), kept.into_iter().map(Value::Cuda).collect())
            }
            _ => apart("a recurrent layer", &all),
        }
    }

    /// `self` is the gradient of the states: the gradients of what the inputs added to the gates, and of what the states
    /// added where that is another one (GRU); each `[steps · batch, gates · units]`.
    #[track_caller]
    pub(crate) fn recurrent_gradient(
        &self,
        cell: Cell,
        [x, recurrent, states]: [&Value; 3],
        kept: &[&Value],
    ) -> (Value, Option<Value>) {
        let all = [&[self, x, recurrent, states], kept].concat();
        check_cards("the derivative of a recurrent layer", &all);
        match (self, x, recurrent, states) {
            (Value::Cpu(gradient), Value::Cpu(x), Value::Cpu(recurrent), Value::Cpu(states)) => {
                let kept: Option<Vec<&cpu::Array>> = kept.iter().map(|value| value.on_cpu()).collect();
                let kept = kept.unwrap_or_else(|| apart("the derivative of a recurrent layer", &all));
                let (gates, inner) = cpu::recurrent::back(cell, [x, recurrent, states, gradient], &kept);
                (Value::Cpu(gates), inner.map(Value::Cpu))
            }
            (Value::Cuda(gradient), Value::Cuda(x), Value::Cuda(recurrent), Value::Cuda(states)) => {
                let kept: Option<Vec<&cuda::Array>> = kept.iter().map(|value| value.on_cuda()).collect();
                let kept = kept.unwrap_or_else(|| apart("the derivative of a recurrent layer", &all));
                let (gates, inner) = cuda::recurrent::back(cell, [x, recurrent, states, gradient], &kept);
                (Value::Cuda(gates), inner.map(Value::Cuda))
            }
            _ => apart("the derivative of a recurrent layer", &all),
        }
    }
}
