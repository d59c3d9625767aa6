//! Optimizer steps, in place. A value shared with others is copied first.

use super::super::{StepRule, StepScale, Value, cpu, cuda};
use super::{apart, check_cards};

/// One tensor of weights that is to move, with its gradient and what the rule remembers of it.
pub(crate) struct Move<'a> {
    pub(crate) weights: &'a mut Value,
    pub(crate) gradient: &'a Value,
    pub(crate) memory: &'a mut [Value],
    pub(crate) scale: StepScale,
    /// What the gradient is multiplied by besides, if its length has a limit.
    pub(crate) shrink: Option<&'a Shrink>,
}

/// A factor that makes gradients shorter, where the gradients are.
pub(crate) enum Shrink {
    Cpu(f32),
    Cuda(cuda::Array),
}

impl Shrink {
    /// The factor that brings the length of these gradients together (the root of the sum of all squares) down to `limit`; 1 if
    /// they are shorter.
    #[track_caller]
    pub(crate) fn to(limit: f32, gradients: &[&Value]) -> Shrink {
        const OP: &str = "the limit of the gradients' length";
        check_cards(OP, gradients);
        let on_card: Option<Vec<&cuda::Array>> = gradients.iter().map(|value| value.on_cuda()).collect();
        if let Some(on_card) = on_card.filter(|gradients| !gradients.is_empty()) {
            return Shrink::Cuda(cuda::step::shrink(&on_card, limit));
        }
        let squares = gradients.iter().map(|value| match value.on_cpu() {
            Some(array) => cpu::step::sum_of_squares(array),
            None => apart(OP, gradients),
        });
        let length = squares.sum::<f64>().sqrt();
        Shrink::Cpu(match length > f64::from(limit) {
            true => (f64::from(limit) / length) as f32,
            false => 1.0,
        })
    }
}

impl Move<'_> {
    /// Moves all of them by one rule: on the CPU one after the other, on a graphics card together.
    #[track_caller]
    pub(crate) fn all<'a>(moves: impl Iterator<Item = Move<'a>>, rule: StepRule) {
        const OP: &str = "an optimizer's step";
        let mut on_cards = Vec::new();
        for Move {
            weights,
            gradient,
            memory,
            mut scale,
            shrink,
        } in moves
        {
            check_cards(OP, &[&*weights, gradient]);
            if weights.device() != gradient.device() {
                apart(OP, &[&*weights, gradient]);
            }
            match (weights, gradient) {
                (Value::Cpu(weights), Value::Cpu(gradient)) => {
                    let memory = memory.iter_mut().map(|value| match value {
                        Value::Cpu(buffer) => buffer,
                        Value::Cuda(_) => unreachable!("memory is where its weights are"),
                    });
                    if let Some(Shrink::Cpu(factor)) = shrink {
                        scale.gradient *= factor;
                    }
                    cpu::step::step(weights, gradient, memory, rule, scale);
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
                        scale,
                        shrink: match shrink {
                            Some(Shrink::Cuda(factor)) => Some(factor),
                            _ => None,
                        },
                    });
                }
                _ => unreachable!("both are on one device"),
            }
        }
        if !on_cards.is_empty() {
            cuda::step::step(&mut on_cards, rule);
        }
    }
}
