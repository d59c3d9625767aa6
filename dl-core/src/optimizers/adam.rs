//! Adam.

use crate::backend::{AdamStep, Value};
use crate::optimizers::{Optimizer, zeros_like};
use crate::tensor::Tensor;

/// A step for each weight by its own running mean m of the gradients and v of their squares:
/// m ← m + (g - m)(1 - b1), v ← v + (g² - v)(1 - b2), w ← w - rate √(1 - b2^t) / (1 - b1^t) · m / (√v + ε).
/// Kingma and Ba, 2015, in the form of [Keras](https://keras.io/api/optimizers/adam/): b1 = 0.9, b2 = 0.999, ε = 1e-7.
///
/// ```
/// use dl_core::optimizers::Optimizer;
/// use dl_core::prelude::*;
/// let mut weights = [tensor![1., 2.]];
/// Adam::new(0.1).step(&mut weights, &[Some(tensor![5., -0.01])]);
/// assert!((&weights[0] - tensor![0.9, 2.1]).abs().max().item() < 1e-4);
/// ```
#[derive(Clone, Debug)]
pub struct Adam {
    rate: f32,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
    steps: i32,
    moments: Vec<Option<(Value, Value)>>,
}

impl Adam {
    /// Adam with this learning rate; Keras's default is 0.001.
    pub fn new(rate: f32) -> Adam {
        Adam {
            rate,
            beta_1: 0.9,
            beta_2: 0.999,
            epsilon: 1e-7,
            steps: 0,
            moments: Vec::new(),
        }
    }

    /// How much of the old running means a step keeps.
    #[must_use]
    pub fn betas(mut self, beta_1: f32, beta_2: f32) -> Adam {
        (self.beta_1, self.beta_2) = (beta_1, beta_2);
        self
    }

    /// The small number that keeps the division finite.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f32) -> Adam {
        self.epsilon = epsilon;
        self
    }
}

impl Optimizer for Adam {
    fn step(&mut self, weights: &mut [Tensor], gradients: &[Option<Tensor>]) {
        self.steps = self.steps.saturating_add(1);
        let remaining = |beta: f32| 1.0 - f64::from(beta).powi(self.steps);
        let rate = f64::from(self.rate) * remaining(self.beta_2).sqrt() / remaining(self.beta_1);
        let step = AdamStep {
            rate: rate as f32,
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
        };
        self.moments.resize(weights.len(), None);
        for ((weight, gradient), moments) in weights.iter_mut().zip(gradients).zip(&mut self.moments) {
            let Some(gradient) = gradient else { continue };
            let (mean, square) = moments.get_or_insert_with(|| (zeros_like(weight), zeros_like(weight)));
            weight.value_mut().adam_step(gradient.value(), mean, square, step);
        }
    }

    fn learning_rate(&self) -> f32 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f32) {
        self.rate = rate;
    }
}
