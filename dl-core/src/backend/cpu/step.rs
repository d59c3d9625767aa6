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
            walk(weights, gradient, Nothing(gradient), scale, move |g, _| {
                scale.rate * g
            });
        }
        StepRule::Sgd { momentum, nesterov } => {
            walk(weights, gradient, buffer(), scale, move |g, v| {
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
            walk(
                weights,
                gradient,
                (buffer(), buffer()),
                scale,
                move |g, (m, v)| {
                    *m += (g - *m) * (1.0 - beta_1);
                    *v += (g * g - *v) * (1.0 - beta_2);
                    scale.rate * *m / (v.sqrt() + epsilon)
                },
            );
        }
        StepRule::RmsProp {
            rho,
            momentum,
            epsilon,
            centered,
        } => {
            let square = buffer();
            let mean = if centered { buffer() } else { &mut [] };
            let change = move |g: f32, v: &mut f32, mean: f32| {
                *v = rho * *v + (1.0 - rho) * (g * g);
                // The variance is never negative, but its rounding error may be.
                scale.rate * g / ((*v - mean * mean).max(0.0) + epsilon).sqrt()
            };
            let centre = move |g: f32, m: &mut f32| {
                *m = rho * *m + (1.0 - rho) * g;
                *m
            };
            let follow = move |speed: &mut f32, change: f32| {
                *speed = momentum * *speed + change;
                *speed
            };
            match (centered, momentum) {
                (false, 0.0) => walk(weights, gradient, square, scale, move |g, v| change(g, v, 0.0)),
                (false, _) => walk(
                    weights,
                    gradient,
                    (square, buffer()),
                    scale,
                    move |g, (v, speed)| follow(speed, change(g, v, 0.0)),
                ),
                (true, 0.0) => walk(weights, gradient, (square, mean), scale, move |g, (v, m)| {
                    change(g, v, centre(g, m))
                }),
                (true, _) => walk(
                    weights,
                    gradient,
                    ((square, mean), buffer()),
                    scale,
                    move |g, ((v, m), speed)| follow(speed, change(g, v, centre(g, m))),
                ),
            }
        }
        StepRule::Adagrad { epsilon } => {
            walk(weights, gradient, buffer(), scale, move |g, sum| {
                *sum += g * g;
                scale.rate * g / (*sum + epsilon).sqrt()
            });
        }
        StepRule::Adadelta { rho, epsilon } => {
            walk(
                weights,
                gradient,
                (buffer(), buffer()),
                scale,
                move |g, (v, d)| {
                    *v = rho * *v + (1.0 - rho) * (g * g);
                    let change = g * ((*d + epsilon).sqrt() / (*v + epsilon).sqrt());
                    *d = rho * *d + (1.0 - rho) * (change * change);
                    scale.rate * change
                },
            );
        }
    }
}

/// w ← w - decay w - change(g, memory) for each weight; large tensors are shared out to the threads.
#[inline(always)]
fn walk<M: Memory>(
    weights: &mut [f32],
    gradient: &[f32],
    memory: M,
    scale: StepScale,
    change: impl Fn(f32, M::Each) -> f32 + Copy + Sync,
) {
    if weights.len() < WORTH_SHARING {
        return walk_part(weights, gradient, memory, scale, change);
    }
    let length = gradient.len();
    let rest = Mutex::new((weights, gradient, memory));
    in_parallel(|part, parts| {
        // Each thread cuts its piece off the front: whose piece is whose does not matter, the numbers are the same.
        let size = length * (part + 1) / parts - length * part / parts;
        let (weights, gradient, memory) = {
            let mut rest = rest.lock().expect("nothing panics while it holds the rest");
            let (weights, gradient, memory) = &mut *rest;
            (cut_mut(weights, size), cut(gradient, size), memory.cut(size))
        };
        walk_part(weights, gradient, memory, scale, change);
    });
}

#[inline(always)]
fn walk_part<M: Memory>(
    weights: &mut [f32],
    gradient: &[f32],
    memory: M,
    StepScale {
        decay,
        gradient: factor,
        limit,
        ..
    }: StepScale,
    change: impl Fn(f32, M::Each) -> f32,
) {
    // Everything by value: what is behind a reference would be read anew after each store.
    widest(move || {
        for ((w, &g), remembered) in weights.iter_mut().zip(gradient).zip(memory.each()) {
            let g = g * factor;
            // Spelled out, because `clamp` checks its limits each time, and `min` and `max` would lose a NaN.
            let g = if g > limit { limit } else { g };
            let g = if g < -limit { -limit } else { g };
            *w -= change(g, remembered) + decay * *w;
        }
    });
}

/// The buffers of a rule, to be walked side by side. Iterators over slices, zipped, become vector instructions; an array of
/// slices with positions would not.
trait Memory: Sized + Send {
    /// What is remembered of one weight.
    type Each;
    fn each(self) -> impl Iterator<Item = Self::Each>;
    /// The first `size` numbers of each buffer; the rest stays.
    fn cut(&mut self, size: usize) -> Self;
}

/// Of rules that remember nothing: a slice of the right length takes the place of a buffer.
struct Nothing<'a>(&'a [f32]);

impl<'a> Memory for Nothing<'a> {
    type Each = &'a f32;
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = Self::Each> {
        self.0.iter()
    }
    fn cut(&mut self, size: usize) -> Self {
        Nothing(cut(&mut self.0, size))
    }
}

impl<'a> Memory for &'a mut [f32] {
    type Each = &'a mut f32;
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = Self::Each> {
        self.iter_mut()
    }
    fn cut(&mut self, size: usize) -> Self {
        cut_mut(self, size)
    }
}

impl<A: Memory, B: Memory> Memory for (A, B) {
    type Each = (A::Each, B::Each);
    #[inline(always)]
    fn each(self) -> impl Iterator<Item = Self::Each> {
        self.0.each().zip(self.1.each())
    }
    fn cut(&mut self, size: usize) -> Self {
        (self.0.cut(size), self.1.cut(size))
    }
}

fn cut<'a>(slice: &mut &'a [f32], size: usize) -> &'a [f32] {
    slice.split_off(..size).expect("the pieces fill the whole")
}

fn cut_mut<'a>(slice: &mut &'a mut [f32], size: usize) -> &'a mut [f32] {
    slice.split_off_mut(..size).expect("the pieces fill the whole")
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
