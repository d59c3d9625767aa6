//! RMSprop.

use crate::backend::StepRule;
use crate::optimizers::descent::Descent;
use crate::optimizers::{LearningRate, checked_epsilon, checked_share, descends};

/// Divides each step by the running size of the weight's gradients: v ← ρ v + (1 - ρ) g², w ← w - rate g / √(v + ε).
/// Centered, the running mean m of g is taken off: √(v - m² + ε). With momentum, the quotient is gathered in a velocity
/// first. Hinton, 2012, in the form of [Keras](https://keras.io/api/optimizers/rmsprop/): ρ = 0.9, ε = 1e-7.
///
/// ```
/// use dl_core::optimizers::Optimizer;
/// use dl_core::prelude::*;
/// let mut weights = [tensor![1., 2.]];
/// RMSprop::new(0.1).step(&mut weights, &[Some(tensor![5., -5.])]);
/// assert!((&weights[0] - tensor![0.683_772, 2.316_228]).abs().max().item() < 1e-5);
/// ```
#[derive(Clone, Debug)]
pub struct RMSprop {
    pub(super) descent: Descent,
    rho: f32,
    momentum: f32,
    epsilon: f32,
    centered: bool,
}

impl RMSprop {
    /// With this learning rate (Keras's default is 0.001): a number or a schedule; see [`LearningRate`].
    ///
    /// # Panics
    /// If the rate is negative or no number.
    #[track_caller]
    pub fn new(rate: impl Into<LearningRate>) -> RMSprop {
        RMSprop::with(rate.into())
    }

    #[track_caller]
    fn with(rate: LearningRate) -> RMSprop {
        RMSprop {
            descent: Descent::new("RMSprop", rate),
            rho: 0.9,
            momentum: 0.0,
            epsilon: 1e-7,
            centered: false,
        }
    }

    /// How much of the old running means a step keeps.
    ///
    /// # Panics
    /// If it is not at least 0 and below 1.
    #[must_use]
    #[track_caller]
    pub fn rho(mut self, rho: f32) -> RMSprop {
        self.rho = checked_share("RMSprop", "rho", rho);
        self
    }

    /// The share of the last step that the next one keeps.
    ///
    /// # Panics
    /// If it is not at least 0 and below 1.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f32) -> RMSprop {
        self.momentum = checked_share("RMSprop", "momentum", momentum);
        self
    }

    /// Divides by the spread of the gradients around their mean, in place of their size.
    #[must_use]
    pub fn centered(mut self) -> RMSprop {
        self.centered = true;
        self
    }

    /// The small number that keeps the division finite.
    ///
    /// # Panics
    /// If it is not above 0.
    #[must_use]
    #[track_caller]
    pub fn epsilon(mut self, epsilon: f32) -> RMSprop {
        self.epsilon = checked_epsilon("RMSprop", epsilon);
        self
    }

    fn rule(&self) -> ((StepRule, f64), &'static [f32]) {
        let buffers = 1 + usize::from(self.centered) + usize::from(self.momentum > 0.0);
        let rule = StepRule::RmsProp {
            rho: self.rho,
            momentum: self.momentum,
            epsilon: self.epsilon,
            centered: self.centered,
        };
        ((rule, 1.0), &[0.0; 3][..buffers])
    }
}

descends!(RMSprop);
