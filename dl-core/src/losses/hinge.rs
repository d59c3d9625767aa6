//! Losses that ask for a margin: a decision should not only be right but clear.

use crate::backend::Binary;
use crate::error::{Error, Result};
use crate::losses::{Decision, Loss, align, check_same_size};
use crate::tensor::Tensor;

/// For yes or no, told by the sign of the prediction: the mean of max(1 - y p, 0), with y 1 for yes and -1 for no.
///
/// Targets are -1 and 1, or 0 and 1, which become -1 and 1. The last layer has no activation, or `Tanh`. It is what a
/// support vector machine makes small; [Keras](https://keras.io/api/losses/hinge_losses/).
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let loss = Hinge::new().value(&tensor![3., 0.5, 2.], &tensor![1., 1., -1.]);
/// assert!((loss.item() - (0. + 0.5 + 3.) / 3.).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Hinge;

impl Hinge {
    /// The loss; it has no settings.
    pub fn new() -> Hinge {
        Hinge
    }
}

impl Loss for Hinge {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        missing_margin(prediction, target).mean()
    }

    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        check_signs("Hinge", output, targets)
    }

    fn decision(&self) -> Decision {
        Decision::Threshold(0.0)
    }
}

/// For yes or no, told by the sign of the prediction: the mean of max(1 - y p, 0)^2, with y 1 for yes and -1 for no.
/// As [`Hinge`], but forgives small faults and is smooth.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let loss = SquaredHinge::new().value(&tensor![3., 0.5, 2.], &tensor![1., 1., -1.]);
/// assert!((loss.item() - (0. + 0.25 + 9.) / 3.).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SquaredHinge;

impl SquaredHinge {
    /// The loss; it has no settings.
    pub fn new() -> SquaredHinge {
        SquaredHinge
    }
}

impl Loss for SquaredHinge {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        missing_margin(prediction, target).square().mean()
    }

    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        check_signs("SquaredHinge", output, targets)
    }

    fn decision(&self) -> Decision {
        Decision::Threshold(0.0)
    }
}

/// max(1 - y p, 0), element by element.
#[track_caller]
fn missing_margin(prediction: &Tensor, target: &Tensor) -> Tensor {
    let target = align(prediction, target);
    // A batch of ones alone reads the same in both spellings. Computed, not looked at, so that nothing waits for a graphics
    // card: 1 where all targets are 0 or 1, which then become 2 y - 1.
    let zeros_and_ones = target.square().binary(&target, Binary::Equal, "==").min();
    let signs = &target + zeros_and_ones * (&target - 1.0);
    (1.0 - signs * prediction).relu()
}

fn check_signs(name: &'static str, output: &[usize], targets: &Tensor) -> Result<()> {
    let values = targets.values();
    let no = match values.contains(&-1.0) {
        true => -1.0,
        false => 0.0,
    };
    if let Some(target) = values.iter().find(|&&y| y != no && y != 1.0) {
        return Err(Error::shape(
            name,
            format!("target {target} is neither {no} nor 1"),
            "targets are -1 and 1, or 0 and 1, one way in the whole data set",
        ));
    }
    check_same_size(output, targets)
}
