//! Stochastic gradient descent.

use crate::backend::{SgdStep, Value};
use crate::optimizers::{Optimizer, zeros_like};
use crate::tensor::Tensor;

/// w ← w - rate g. With momentum m: v ← m v - rate g, then w ← w + v, or with Nesterov's look ahead w ← w + m v - rate g.
/// [Keras](https://keras.io/api/optimizers/sgd/); Sutskever et al., 2013.
///
/// ```
/// use dl_core::optimizers::Optimizer;
/// use dl_core::prelude::*;
/// let mut weights = [tensor![1., 2.]];
/// SGD::new(0.1).step(&mut weights, &[Some(tensor![10., 0.])]);
/// assert_eq!(weights[0], tensor![0., 2.]);
/// ```
#[derive(Clone, Debug)]
pub struct SGD {
    rate: f32,
    momentum: f32,
    nesterov: bool,
    velocities: Vec<Option<Value>>,
}

impl SGD {
    /// Gradient descent with this learning rate (Keras's default is 0.01) and no momentum.
    pub fn new(rate: f32) -> SGD {
        SGD {
            rate,
            momentum: 0.0,
            nesterov: false,
            velocities: Vec::new(),
        }
    }

    /// The share of the last step that the next one keeps: 0 to 1, often 0.9.
    #[must_use]
    pub fn momentum(mut self, momentum: f32) -> SGD {
        self.momentum = momentum;
        self
    }

    /// Looks ahead along the momentum; without momentum it changes nothing.
    #[must_use]
    pub fn nesterov(mut self) -> SGD {
        self.nesterov = true;
        self
    }
}

impl Optimizer for SGD {
    fn step(&mut self, weights: &mut [Tensor], gradients: &[Option<Tensor>]) {
        let step = SgdStep {
            rate: self.rate,
            momentum: self.momentum,
            nesterov: self.nesterov,
        };
        self.velocities.resize(weights.len(), None);
        for ((weight, gradient), velocity) in weights.iter_mut().zip(gradients).zip(&mut self.velocities) {
            let Some(gradient) = gradient else { continue };
            let velocity = match self.momentum {
                0.0 => None,
                _ => Some(velocity.get_or_insert_with(|| zeros_like(weight))),
            };
            weight.value_mut().sgd_step(gradient.value(), velocity, step);
        }
    }

    fn learning_rate(&self) -> f32 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f32) {
        self.rate = rate;
    }
}
