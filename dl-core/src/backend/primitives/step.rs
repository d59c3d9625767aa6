//! Optimizer steps, in place. A value shared with others is copied first.

use super::super::{StepRule, StepScale, Value, cpu, cuda};
use super::{apart, check_cards};

/// One tensor of weights that is to move, with its gradient and what the rule remembers of it.
pub(crate) struct Move<'a> {
    pub(crate) weights: &'a mut Value,
    pub(crate) gradient: &'a Value,
    pub(crate) memory: &'a mut [Value],
    pub(crate) scale: StepScale,
}

impl Move<'_> {
    /// Moves all of them by one rule: on the CPU one after the other, on a graphics card together.
    #[track_caller]
    pub(crate) fn all(moves: &mut [Move], rule: StepRule) {
        let mut on_cards = Vec::new();
        for Move {
            weights,
            gradient,
            memory,
            scale,
        } in moves
        {
            check_cards("an optimizer's step", &[&**weights, *gradient]);
            match (&mut **weights, *gradient) {
                (Value::Cpu(weights), Value::Cpu(gradient)) => {
                    let memory = memory.iter_mut().map(|value| match value {
                        Value::Cpu(buffer) => buffer,
                        Value::Cuda(_) => unreachable!("memory is where its weights are"),
                    });
                    cpu::step::step(weights, gradient, memory, rule, *scale);
                }
                (Value::Cuda(weights), Value::Cuda(gradient)) => {
                    let memory = memory.iter_mut().map(|value| match value {
                        Value::Cuda(buffer) => buffer,
                        Value::Cpu(_) => unreachable!("memory is where its weights are"),
                    });
                    on_cards.push(cuda::step::Move {
                        weights,
                        gradient,
                        memory: memory.collect(),
                        scale: *scale,
                    });
                }
                _ => {
                    let weights: &Value = weights;
                    apart("an optimizer's step", &[weights, gradient])
                }
            }
        }
        if !on_cards.is_empty() {
            cuda::step::step(&mut on_cards, rule);
        }
    }
}
