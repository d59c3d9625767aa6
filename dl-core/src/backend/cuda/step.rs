//! One optimizer step for many tensors of weights with a single launch.

use super::array::{Array, copy};
use super::launch::{Argument, Grid, Structure};
use super::record::{Knob, knob, scale_position};
use super::reduce::sum_of_squares;
use crate::backend::{StepRule, StepScale};

/// Tensors that one launch takes: what a kernel is told has at most 4096 bytes.
const MOST: usize = 32;

/// Weights that a block moves.
const PIECE: usize = 2048;

/// One tensor of weights that is to move.
pub(in crate::backend) struct Move<'a> {
    pub(in crate::backend) weights: &'a mut Array,
    pub(in crate::backend) gradient: &'a Array,
    pub(in crate::backend) memory: Vec<&'a mut Array>,
    pub(in crate::backend) scale: StepScale,
    /// What the gradient is multiplied by besides: one number.
    pub(in crate::backend) shrink: Option<&'a Array>,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Weights {
    weights: u64,
    gradient: u64,
    memory: [u64; 3],
    shrink: u64,
    length: u64,
    rate: f32,
    decay: f32,
    factor: f32,
    limit: f32,
}

#[repr(C)]
struct Batch {
    of: [Weights; MOST],
    first_block: [u32; MOST + 1],
    count: u32,
}

#[repr(C)]
struct Rule {
    kind: i32,
    a: f32,
    b: f32,
    c: f32,
    nesterov: i32,
    centered: i32,
}

// SAFETY: `Batch` and `Weights` in step.cu have the same fields.
unsafe impl Structure for Batch {}
// SAFETY: `Rule` in step.cu has the same fields.
unsafe impl Structure for Rule {}

/// Moves all of them; none is empty of what the rule remembers.
#[track_caller]
pub(in crate::backend) fn step(moves: &mut [Move], rule: StepRule) {
    let rule = told(rule);
    for moves in moves.chunks_mut(MOST) {
        let (card, scale) = (moves[0].weights.card(), moves[0].scale);
        let nothing = Weights {
            weights: 0,
            gradient: 0,
            memory: [0; 3],
            shrink: 0,
            length: 0,
            rate: 0.0,
            decay: 0.0,
            factor: 0.0,
            limit: 0.0,
        };
        let mut batch = Batch {
            of: [nothing; MOST],
            first_block: [0; MOST + 1],
            count: moves.len() as u32,
        };
        let mut blocks = 0;
        for (number, own) in moves.iter_mut().enumerate() {
            own.weights.make_own();
            let mut memory = [0; 3];
            for (pointer, buffer) in memory.iter_mut().zip(&mut own.memory) {
                buffer.make_own();
                *pointer = buffer.pointer();
            }
            let all_here = [&*own.weights, own.gradient]
                .into_iter()
                .chain(own.memory.iter().map(|buffer| &**buffer));
            for array in all_here {
                assert!(array.is_on(card), "a model's weights are on one card");
                assert_eq!(
                    array.len(),
                    own.weights.len(),
                    "gradient and memory are as large as the weights"
                );
            }
            batch.of[number] = Weights {
                weights: own.weights.pointer(),
                gradient: own.gradient.pointer(),
                memory,
                shrink: own.shrink.map_or(0, Array::pointer),
                length: own.weights.len() as u64,
                rate: own.scale.rate,
                decay: own.scale.decay,
                factor: own.scale.gradient,
                limit: own.scale.limit,
            };
            blocks += own.weights.len().div_ceil(PIECE);
            batch.first_block[number + 1] = u32::try_from(blocks).expect("weights fit a card's memory");
        }
        card.launch(
            "optimizer_step",
            Grid::blocks(blocks, 256),
            &[
                Argument::Whole(&batch),
                Argument::Whole(&rule),
                Argument::Count(PIECE),
                knob(Knob::Scale, scale_position(scale.rate, scale.decay)),
            ],
        );
    }
}

/// The factor that brings the length of these gradients together down to `limit`; 1 if they are shorter. One number, on the
/// card: nobody waits for it.
pub(in crate::backend) fn shrink(gradients: &[&Array], limit: f32) -> Array {
    let card = gradients[0].card();
    let squares = Array::stale(card, &[gradients.len()]);
    for (place, gradient) in gradients.iter().enumerate() {
        copy(&sum_of_squares(gradient), &squares.piece(place, &[]));
    }
    let result = Array::stale(card, &[]);
    card.launch(
        "shrink",
        Grid::blocks(1, 32),
        &[
            Argument::Array(&squares),
            Argument::Count(squares.len()),
            Argument::Number(limit),
            Argument::Array(&result),
        ],
    );
    result
}

/// What the kernel is told of a rule.
fn told(rule: StepRule) -> Rule {
    let (kind, [a, b, c], nesterov, centered) = match rule {
        StepRule::Sgd { momentum, nesterov } => (0, [momentum, 0.0, 0.0], nesterov, false),
        StepRule::Adam {
            beta_1,
            beta_2,
            epsilon,
        } => (1, [beta_1, beta_2, epsilon], false, false),
        StepRule::RmsProp {
            rho,
            momentum,
            epsilon,
            centered,
        } => (2, [rho, momentum, epsilon], false, centered),
        StepRule::Adagrad { epsilon } => (3, [0.0, 0.0, epsilon], false, false),
        StepRule::Adadelta { rho, epsilon } => (4, [rho, 0.0, epsilon], false, false),
    };
    Rule {
        kind,
        a,
        b,
        c,
        nesterov: i32::from(nesterov),
        centered: i32::from(centered),
    }
}
