//! One optimizer step for one tensor of weights, in place: a single walk over weights, gradient and what is remembered.

use super::wide::widest;
use super::{Array, elements, elements_mut};
use crate::backend::threads::in_parallel;
use crate::backend::{StepRule, StepScale};
use std::sync::Mutex;

/// Below this many weights one thread is faster than two that have to meet.
const WORTH_SHARING: usize = 1 << 16;

/// `memory` has the buffers that the rule names.
pub(in crate::backend) fn step<'a>(
    weights: &mut Array,
    gradient: &Array,
    memory: impl Iterator<Item = &'a mut Array>,
    rule: StepRule,
    scale: StepScale,
) {
    let (weights, gradient) = (elements_mut(weights), elements(gradient));
    let mut memory = memory.map(elements_mut);
    let mut buffer = || memory.next().unwrap_or_default();
    match rule {
        StepRule::Sgd { momentum: 0.0, .. } => {
            walk(weights, gradient, [], scale, |g, []| scale.rate * g);
        }
        StepRule::Sgd { momentum, nesterov } => {
            walk(weights, gradient, [buffer()], scale, |g, [v]| {
                *v = momentum * *v - scale.rate * g;
                if nesterov {
                    scale.rate * g - momentum * *v
                } else {
                    -*v
                }
            });
        }
        StepRule::Adam {
            beta_1,
            beta_2,
            epsilon,
        } => {
            walk(weights, gradient, [buffer(), buffer()], scale, |g, [m, v]| {
                *m += (g - *m) * (1.0 - beta_1);
                *v += (g * g - *v) * (1.0 - beta_2);
                scale.rate * *m / (v.sqrt() + epsilon)
            });
        }
        StepRule::RmsProp {
            rho,
            momentum,
            epsilon,
            centered,
        } => {
            let square = buffer();
            let mean = if centered { buffer() } else { &mut [] };
            let change = |g: f32, v: &mut f32, mean: f32| {
                *v = rho * *v + (1.0 - rho) * (g * g);
                // The variance is never negative, but its rounding error may be.
                scale.rate * g / ((*v - mean * mean).max(0.0) + epsilon).sqrt()
            };
            let centre = |g: f32, m: &mut f32| {
                *m = rho * *m + (1.0 - rho) * g;
                *m
            };
            let follow = |speed: &mut f32, change: f32| {
                *speed = momentum * *speed + change;
                *speed
            };
            match (centered, momentum) {
                (false, 0.0) => walk(weights, gradient, [square], scale, |g, [v]| change(g, v, 0.0)),
                (false, _) => walk(weights, gradient, [square, buffer()], scale, |g, [v, speed]| {
                    follow(speed, change(g, v, 0.0))
                }),
                (true, 0.0) => walk(weights, gradient, [square, mean], scale, |g, [v, m]| {
                    change(g, v, centre(g, m))
                }),
                (true, _) => walk(
                    weights,
                    gradient,
                    [square, mean, buffer()],
                    scale,
                    |g, [v, m, speed]| follow(speed, change(g, v, centre(g, m))),
                ),
            }
        }
        StepRule::Adagrad { epsilon } => {
            walk(weights, gradient, [buffer()], scale, |g, [sum]| {
                *sum += g * g;
                scale.rate * g / (*sum + epsilon).sqrt()
            });
        }
        StepRule::Adadelta { rho, epsilon } => {
            walk(weights, gradient, [buffer(), buffer()], scale, |g, [v, d]| {
                *v = rho * *v + (1.0 - rho) * (g * g);
                let change = g * ((*d + epsilon).sqrt() / (*v + epsilon).sqrt());
                *d = rho * *d + (1.0 - rho) * (change * change);
                scale.rate * change
            });
        }
    }
}

/// w ← w - decay w - change(g, memory) for each weight; large tensors are shared out to the threads.
#[inline(always)]
fn walk<const N: usize>(
    weights: &mut [f32],
    gradient: &[f32],
    memory: [&mut [f32]; N],
    scale: StepScale,
    change: impl Fn(f32, [&mut f32; N]) -> f32 + Sync,
) {
    if weights.len() < WORTH_SHARING {
        return walk_part(weights, gradient, memory, scale, &change);
    }
    type Part<'a, const N: usize> = (&'a mut [f32], &'a [f32], [&'a mut [f32]; N]);
    let rest: Mutex<Part<N>> = Mutex::new((weights, gradient, memory));
    let length = gradient.len();
    in_parallel(|part, parts| {
        // Each thread cuts its piece off the front: whose piece is whose does not matter, the numbers are the same.
        let size = length * (part + 1) / parts - length * part / parts;
        let (weights, gradient, memory) = {
            let mut rest = rest.lock().expect("nothing panics while it holds the rest");
            let (weights, gradient, memory) = &mut *rest;
            (
                weights.split_off_mut(..size).expect("the pieces fill the whole"),
                gradient.split_off(..size).expect("the pieces fill the whole"),
                memory
                    .each_mut()
                    .map(|buffer| buffer.split_off_mut(..size).expect("the pieces fill the whole")),
            )
        };
        walk_part(weights, gradient, memory, scale, &change);
    });
}

#[inline(always)]
fn walk_part<const N: usize>(
    weights: &mut [f32],
    gradient: &[f32],
    mut memory: [&mut [f32]; N],
    scale: StepScale,
    change: &impl Fn(f32, [&mut f32; N]) -> f32,
) {
    // Equal lengths, said once, spare the loop every check.
    let length = weights.len();
    let gradient = &gradient[..length];
    for buffer in &mut memory {
        *buffer = &mut std::mem::take(buffer)[..length];
    }
    widest(|| {
        for position in 0..length {
            let g = (gradient[position] * scale.gradient).clamp(-scale.limit, scale.limit);
            let remembered = memory.each_mut().map(|buffer| &mut buffer[position]);
            weights[position] -= change(g, remembered) + scale.decay * weights[position];
        }
    });
}

pub(in crate::backend) fn sum_of_squares(array: &Array) -> f64 {
    // In the same order on every machine: sixteen sums side by side, each a vector's lane.
    let mut lanes = [0.0_f64; 16];
    let chunks = elements(array).chunks_exact(16);
    let rest: f64 = chunks.remainder().iter().map(|&x| f64::from(x).powi(2)).sum();
    widest(|| {
        for chunk in chunks {
            for (lane, &x) in lanes.iter_mut().zip(chunk) {
                *lane += f64::from(x) * f64::from(x);
            }
        }
    });
    lanes.iter().sum::<f64>() + rest
}
