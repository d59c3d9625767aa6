//! Adam, and AdamW, which is Adam with weight decay.

use crate::backend::StepRule;
use crate::optimizers::descent::Descent;
use crate::optimizers::{LearningRate, checked_epsilon, checked_share, descends};

/// Writes the constructor's and the settings' methods, which both have.
macro_rules! adam {
    ($name:ident, $decay:expr) => {
        impl $name {
            /// With this learning rate (Keras's default is 0.001): a number or a schedule; see [`LearningRate`].
            ///
            /// # Panics
            /// If the rate is negative or no number.
            #[track_caller]
            pub fn new(rate: impl Into<LearningRate>) -> $name {
                $name::with(rate.into())
            }

            #[track_caller]
            fn with(rate: LearningRate) -> $name {
                let mut descent = Descent::new(stringify!($name), rate);
                descent.set_decay(stringify!($name), $decay);
                $name {
                    descent,
                    beta_1: 0.9,
                    beta_2: 0.999,
                    epsilon: 1e-7,
                }
            }

            /// How much of the old running means a step keeps.
            ///
            /// # Panics
            /// If one is not at least 0 and below 1.
            #[must_use]
            #[track_caller]
            pub fn betas(mut self, beta_1: f32, beta_2: f32) -> $name {
                self.beta_1 = checked_share(stringify!($name), "beta_1", beta_1);
                self.beta_2 = checked_share(stringify!($name), "beta_2", beta_2);
                self
            }

            /// The small number that keeps the division finite.
            ///
            /// # Panics
            /// If it is not above 0.
            #[must_use]
            #[track_caller]
            pub fn epsilon(mut self, epsilon: f32) -> $name {
                self.epsilon = checked_epsilon(stringify!($name), epsilon);
                self
            }

            fn rule(&self) -> ((StepRule, f64), &'static [f32]) {
                let step = self.descent.next_step();
                let remaining = |beta: f32| 1.0 - f64::from(beta).powi(step);
                let rule = StepRule::Adam {
                    beta_1: self.beta_1,
                    beta_2: self.beta_2,
                    epsilon: self.epsilon,
                };
                (
                    (rule, remaining(self.beta_2).sqrt() / remaining(self.beta_1)),
                    &[0.0, 0.0],
                )
            }
        }

        descends!($name);
    };
}

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
    pub(super) descent: Descent,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
}

adam!(Adam, 0.0);

/// [`Adam`] with weight decay: before each step w ← w - rate · decay · w, with decay = 0.004 unless
/// [`weight_decay`](Self::weight_decay) sets another. Loshchilov and Hutter, 2019, with the defaults of
/// [Keras](https://keras.io/api/optimizers/adamw/).
///
/// ```
/// use dl_core::optimizers::Optimizer;
/// use dl_core::prelude::*;
/// let mut weights = [tensor![100.]];
/// AdamW::new(0.1).weight_decay(0.5).step(&mut weights, &[Some(tensor![0.])]);
/// assert_eq!(weights[0], tensor![95.]);
/// ```
#[derive(Clone, Debug)]
pub struct AdamW {
    pub(super) descent: Descent,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
}

adam!(AdamW, 0.004);
