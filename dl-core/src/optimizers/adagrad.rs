//! Adagrad.

use crate::backend::StepRule;
use crate::optimizers::descent::Descent;
use crate::optimizers::{LearningRate, checked_epsilon, checked_positive, descends};

/// Divides each step by the size of all gradients the weight has had: s ← s + g², w ← w - rate g / √(s + ε). Steps only
/// become smaller. Duchi et al., 2011, in the form of [Keras](https://keras.io/api/optimizers/adagrad/): s begins at 0.1,
/// ε = 1e-7.
///
/// ```
/// use dl_core::optimizers::Optimizer;
/// use dl_core::prelude::*;
/// let mut weights = [tensor![1., 2.]];
/// Adagrad::new(0.1).step(&mut weights, &[Some(tensor![50., 0.])]);
/// assert!((&weights[0] - tensor![0.9, 2.]).abs().max().item() < 1e-5);
/// ```
#[derive(Clone, Debug)]
pub struct Adagrad {
    pub(super) descent: Descent,
    epsilon: f32,
    start: f32,
}

impl Adagrad {
    /// With this learning rate (Keras's default is 0.001): a number or a schedule; see [`LearningRate`].
    ///
    /// # Panics
    /// If the rate is negative or no number.
    #[track_caller]
    pub fn new(rate: impl Into<LearningRate>) -> Adagrad {
        Adagrad::with(rate.into())
    }

    #[track_caller]
    fn with(rate: LearningRate) -> Adagrad {
        Adagrad {
            descent: Descent::new("Adagrad", rate),
            epsilon: 1e-7,
            start: 0.1,
        }
    }

    /// What the sum of squares begins with.
    ///
    /// # Panics
    /// If it is not above 0.
    #[must_use]
    #[track_caller]
    pub fn initial_accumulator(mut self, start: f32) -> Adagrad {
        let hint = "it keeps the first steps from being too long: a number above 0, such as 0.1";
        self.start = checked_positive("Adagrad", "initial_accumulator", start, hint);
        self
    }

    /// The small number that keeps the division finite.
    ///
    /// # Panics
    /// If it is not above 0.
    #[must_use]
    #[track_caller]
    pub fn epsilon(mut self, epsilon: f32) -> Adagrad {
        self.epsilon = checked_epsilon("Adagrad", epsilon);
        self
    }

    fn rule(&self) -> ((StepRule, f64), [f32; 1]) {
        (
            (
                StepRule::Adagrad {
                    epsilon: self.epsilon,
                },
                1.0,
            ),
            [self.start],
        )
    }
}

descends!(Adagrad);
