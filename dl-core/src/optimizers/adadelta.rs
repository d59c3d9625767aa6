//! Adadelta.

use crate::backend::StepRule;
use crate::optimizers::descent::Descent;
use crate::optimizers::{LearningRate, checked_epsilon, checked_share, descends};

/// Takes the unit of its steps from the steps before: v ← ρ v + (1 - ρ) g², step = g √(d + ε) / √(v + ε),
/// d ← ρ d + (1 - ρ) step², w ← w - rate step. Zeiler, 2012, in the form of
/// [Keras](https://keras.io/api/optimizers/adadelta/): ρ = 0.95, ε = 1e-7. The paper's rate is 1; Keras's default of 0.001
/// learns slowly.
///
/// ```
/// use dl_core::optimizers::Optimizer;
/// use dl_core::prelude::*;
/// let mut weights = [tensor![1.]];
/// Adadelta::new(1.0).step(&mut weights, &[Some(tensor![2.])]);
/// assert!((weights[0].item() - (1.0 - 2.0 * 1e-7_f32.sqrt() / 0.2_f32.sqrt())).abs() < 1e-6);
/// ```
#[derive(Clone, Debug)]
pub struct Adadelta {
    pub(super) descent: Descent,
    rho: f32,
    epsilon: f32,
}

impl Adadelta {
    /// With this learning rate, often 1: a number or a schedule; see [`LearningRate`].
    ///
    /// # Panics
    /// If the rate is negative or no number.
    #[track_caller]
    pub fn new(rate: impl Into<LearningRate>) -> Adadelta {
        Adadelta::with(rate.into())
    }

    #[track_caller]
    fn with(rate: LearningRate) -> Adadelta {
        Adadelta {
            descent: Descent::new("Adadelta", rate),
            rho: 0.95,
            epsilon: 1e-7,
        }
    }

    /// How much of the old running means a step keeps.
    ///
    /// # Panics
    /// If it is not at least 0 and below 1.
    #[must_use]
    #[track_caller]
    pub fn rho(mut self, rho: f32) -> Adadelta {
        self.rho = checked_share("Adadelta", "rho", rho);
        self
    }

    /// The small number that keeps the divisions finite, and starts the first steps.
    ///
    /// # Panics
    /// If it is not above 0.
    #[must_use]
    #[track_caller]
    pub fn epsilon(mut self, epsilon: f32) -> Adadelta {
        self.epsilon = checked_epsilon("Adadelta", epsilon);
        self
    }

    fn rule(&self) -> ((StepRule, f64), &'static [f32]) {
        let rule = StepRule::Adadelta {
            rho: self.rho,
            epsilon: self.epsilon,
        };
        ((rule, 1.0), &[0.0, 0.0])
    }
}

descends!(Adadelta);
