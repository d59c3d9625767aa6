//! Losses for predicted numbers.

use crate::losses::{Loss, align};
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
        (prediction - align(prediction, target)).square().mean()
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
