//! One optimizer step for one tensor of weights, in place: a single walk over weights, gradient and state.

use super::wide::widest;
use super::{Array, elements, elements_mut};
use crate::backend::{AdamStep, SgdStep};

pub(in crate::backend) fn sgd(
    weights: &mut Array,
    gradient: &Array,
    velocity: Option<&mut Array>,
    step: SgdStep,
) {
    let weights = elements_mut(weights);
    let gradient = elements(gradient);
    let SgdStep {
        rate,
        momentum,
        nesterov,
    } = step;
    match velocity {
        None => widest(|| {
            for (w, &g) in weights.iter_mut().zip(gradient) {
                *w -= rate * g;
            }
        }),
        Some(velocity) => {
            let velocity = elements_mut(velocity);
            widest(|| {
                for ((w, &g), v) in weights.iter_mut().zip(gradient).zip(velocity) {
                    *v = momentum * *v - rate * g;
                    *w += if nesterov { momentum * *v - rate * g } else { *v };
                }
            });
        }
    }
}

pub(in crate::backend) fn adam(
    weights: &mut Array,
    gradient: &Array,
    mean: &mut Array,
    square: &mut Array,
    step: AdamStep,
) {
    let AdamStep {
        rate,
        beta_1,
        beta_2,
        epsilon,
    } = step;
    let (weights, gradient) = (elements_mut(weights), elements(gradient));
    let (mean, square) = (elements_mut(mean), elements_mut(square));
    widest(|| {
        for (((w, &g), m), v) in weights.iter_mut().zip(gradient).zip(mean).zip(square) {
            *m += (g - *m) * (1.0 - beta_1);
            *v += (g * g - *v) * (1.0 - beta_2);
            *w -= rate * *m / (v.sqrt() + epsilon);
        }
    });
}
