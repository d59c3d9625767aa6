//! How far one distribution is from another.

use crate::error::{Error, Result};
use crate::losses::{Decision, EPSILON, Loss, align, check_same_size};
use crate::tensor::Tensor;

/// For predicted distributions: the mean of sum(y ln(y / p)) over the last axis, 0 where both are equal.
///
/// `prediction` and `target` are both `[batch, classes]`, probabilities after `Softmax`; both are kept between 1e-7 and 1,
/// as in [Keras](https://keras.io/api/losses/probabilistic_losses/#kldivergence-class). Kullback and Leibler, 1951.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let loss = KLDivergence::new().value(&tensor![[0.5, 0.5]], &tensor![[0.25, 0.75]]);
/// assert!((loss.item() - 0.130_812).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, Default)]
pub struct KLDivergence;

impl KLDivergence {
    /// The loss; it has no settings.
    pub fn new() -> KLDivergence {
        KLDivergence
    }
}

impl Loss for KLDivergence {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        let y = align(prediction, target).clamp(EPSILON, 1.0);
        let p = prediction.clamp(EPSILON, 1.0);
        let classes = p.shape().last().copied().unwrap_or(1);
        // The mean over rows of the sum over classes.
        (&y * (y.ln() - p.ln())).mean() * classes as f32
    }

    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        let outside = |target: &&f32| !(0.0..=1.0).contains(*target);
        if let Some(target) = targets.values().iter().find(outside) {
            return Err(Error::shape(
                "KLDivergence",
                format!("target {target} is not between 0 and 1"),
                "targets are probabilities; for class numbers use SparseCategoricalCrossentropy",
            ));
        }
        check_same_size(output, targets)
    }

    fn decision(&self) -> Decision {
        Decision::Largest
    }
}
