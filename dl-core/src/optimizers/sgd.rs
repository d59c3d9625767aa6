//! Stochastic gradient descent.

use crate::backend::StepRule;
use crate::optimizers::descent::Descent;
use crate::optimizers::{LearningRate, checked_share, descends};

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
    pub(super) descent: Descent,
    momentum: f32,
    nesterov: bool,
}

impl SGD {
    /// Gradient descent with this learning rate (Keras's default is 0.01) and no momentum. The rate is a number or a
    /// schedule; see [`LearningRate`].
    ///
    /// # Panics
    /// If the rate is negative or no number.
    #[track_caller]
    pub fn new(rate: impl Into<LearningRate>) -> SGD {
        SGD::with(rate.into())
    }

    #[track_caller]
    fn with(rate: LearningRate) -> SGD {
        SGD {
            descent: Descent::new("SGD", rate),
            momentum: 0.0,
            nesterov: false,
        }
    }

    /// The share of the last step that the next one keeps: 0 to 1, often 0.9.
    ///
    /// # Panics
    /// If it is not at least 0 and below 1.
    #[must_use]
    #[track_caller]
    pub fn momentum(mut self, momentum: f32) -> SGD {
        self.momentum = checked_share("SGD", "momentum", momentum);
        self
    }

    /// Looks ahead along the momentum; without momentum it changes nothing.
    #[must_use]
    pub fn nesterov(mut self) -> SGD {
        self.nesterov = true;
        self
    }

    fn rule(&self) -> ((StepRule, f64), &'static [f32]) {
        let rule = StepRule::Sgd {
            momentum: self.momentum,
            nesterov: self.nesterov,
        };
        match self.momentum {
            0.0 => ((rule, 1.0), &[]),
            _ => ((rule, 1.0), &[0.0]),
        }
    }
}

descends!(SGD);
