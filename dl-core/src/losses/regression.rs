//! Losses for predicted numbers.

use crate::error::{Error, Result};
use crate::losses::{EPSILON, Loss, align, check_same_size};
use crate::tensor::Tensor;

/// The mean of (prediction - target)^2.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// assert_eq!(MeanSquaredError::new().value(&tensor![4., 3.], &tensor![3., 5.]).item(), 2.5);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MeanSquaredError;

impl MeanSquaredError {
    /// The loss; it has no settings.
    pub fn new() -> MeanSquaredError {
        MeanSquaredError
    }
}

impl Loss for MeanSquaredError {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        prediction.squared_error(&align(prediction, target))
    }
}

/// The mean of |prediction - target|.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// assert_eq!(MeanAbsoluteError::new().value(&tensor![4., 3.], &tensor![3., 5.]).item(), 1.5);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MeanAbsoluteError;

impl MeanAbsoluteError {
    /// The loss; it has no settings.
    pub fn new() -> MeanAbsoluteError {
        MeanAbsoluteError
    }
}

impl Loss for MeanAbsoluteError {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        (prediction - align(prediction, target)).abs().mean()
    }
}

/// The mean of (ln(1 + prediction) - ln(1 + target))^2: counts how many times too large or too small a prediction is, for
/// amounts that span several powers of ten, such as prices.
///
/// Predictions below 0 count as 0 (1e-7 exactly), as in
/// [Keras](https://keras.io/api/losses/regression_losses/#meansquaredlogarithmicerror-class): there the gradient is 0, so
/// end the model with an activation that is never negative. Targets below 0 are refused.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let loss = MeanSquaredLogarithmicError::new().value(&tensor![9., 99.], &tensor![99., 99.]);
/// assert!((loss.item() - 10_f32.ln().powi(2) / 2.).abs() < 1e-5);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MeanSquaredLogarithmicError;

impl MeanSquaredLogarithmicError {
    /// The loss; it has no settings.
    pub fn new() -> MeanSquaredLogarithmicError {
        MeanSquaredLogarithmicError
    }
}

impl Loss for MeanSquaredLogarithmicError {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        let logarithm = |x: &Tensor| (x.clamp(EPSILON, f32::INFINITY) + 1.0).ln();
        (logarithm(prediction) - logarithm(&align(prediction, target)))
            .square()
            .mean()
    }

    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        if let Some(target) = targets.values().iter().find(|target| **target < 0.0) {
            return Err(Error::shape(
                "MeanSquaredLogarithmicError",
                format!("target {target} is negative"),
                "it compares logarithms of amounts; for numbers of both signs use MeanSquaredError",
            ));
        }
        check_same_size(output, targets)
    }
}

/// The mean of e²/2 where the error e = |prediction - target| is at most `delta`, else of delta (e - delta/2): squares
/// small errors and does not let a few wild targets rule. Huber, 1964; [Keras](https://keras.io/api/losses/regression_losses/#huber-class).
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let (prediction, target) = (tensor![0., 0.], tensor![0.5, 10.]);
/// assert_eq!(Huber::new().value(&prediction, &target).item(), (0.125 + 9.5) / 2.0);
/// assert_eq!(Huber::delta(20.).value(&prediction, &target).item(), (0.125 + 50.0) / 2.0);
/// ```
#[derive(Clone, Debug)]
pub struct Huber {
    delta: f32,
}

impl Huber {
    /// With the border between small and large errors at 1.
    pub fn new() -> Huber {
        Huber { delta: 1.0 }
    }

    /// With the border between small and large errors at `delta`, in the targets' units.
    ///
    /// # Panics
    /// If `delta` is not above 0.
    #[track_caller]
    pub fn delta(delta: f32) -> Huber {
        if !(delta > 0.0 && delta.is_finite()) {
            let hint = "delta is the largest error that counts as small: a number above 0, for example 1.0";
            Error::shape("Huber", format!("delta is {delta}"), hint).raise();
        }
        Huber { delta }
    }
}

impl Default for Huber {
    fn default() -> Huber {
        Huber::new()
    }
}

impl Loss for Huber {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        let error = (prediction - align(prediction, target)).abs();
        // With s the error, but at most delta, both cases are s (e - s/2).
        let small = error.clamp(0.0, self.delta);
        (&small * (error - &small * 0.5)).mean()
    }
}
