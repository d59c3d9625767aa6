//! Losses: how wrong a prediction is, as one number to make small. Formulas and limits are
//! [Keras's](https://keras.io/api/losses/); every loss is the mean over the batch.

mod crossentropy;
mod divergence;
mod hinge;
mod regression;

pub use crossentropy::{BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy};
pub use divergence::KLDivergence;
pub use hinge::{Hinge, SquaredHinge};
pub use regression::{Huber, MeanAbsoluteError, MeanSquaredError, MeanSquaredLogarithmicError};

use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// Numbers under a logarithm are kept this far from 0 (probabilities from 1 too), so that it is finite: Keras's `epsilon`.
const EPSILON: f32 = 1e-7;

/// A loss. One of your own needs [`value`](Self::value), and `#[derive(Clone, Debug)]`.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
///
/// #[derive(Clone, Debug)]
/// struct FourthPower;
///
/// impl Loss for FourthPower {
///     fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
///         (prediction - target).powf(4.0).mean()
///     }
/// }
/// assert_eq!(FourthPower.value(&tensor![3.], &tensor![1.]).item(), 16.0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no loss",
    label = "a loss is expected here",
    note = "for example `MeanSquaredError::new()`"
)]
pub trait Loss: dyn_clone::DynClone + std::fmt::Debug + Send + Sync {
    /// The mean loss of a batch, a tensor of shape `[]`. `target` has been [checked](Self::check) and has the
    /// prediction's shape unless the check allows another.
    // No implementation is `#[track_caller]`: rustc would make a shim for the vtable in each cell, and refer from it to
    // the method as if it were hidden in this library, so that the cell cannot be linked.
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor;

    /// Whether the targets of a data set suit predictions of `output` shape (of one sample).
    ///
    /// # Errors
    /// If not: what was there, what is needed, and what to change.
    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        check_same_size(output, targets)
    }

    /// How a prediction is read as a decision, for the accuracy.
    fn decision(&self) -> Decision {
        Decision::FromShape
    }
}

dyn_clone::clone_trait_object!(Loss);

/// How a prediction is read as a decision between classes.
///
/// ```
/// use dl_core::losses::{Decision, Loss};
/// use dl_core::prelude::*;
/// assert_eq!(BinaryCrossentropy::new().decision(), Decision::Threshold(0.5));
/// assert_eq!(BinaryCrossentropy::from_logits().decision(), Decision::Threshold(0.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// Each number stands for yes if it is above this threshold.
    Threshold(f32),
    /// The largest number of the last axis names the class.
    Largest,
    /// By shape: one number per sample is yes or no at 0.5, several name the class by the largest.
    FromShape,
}

impl Decision {
    /// The threshold between no and yes; none if the largest of `width` numbers decides.
    pub(crate) fn threshold(self, width: usize) -> Option<f32> {
        match self {
            Decision::Threshold(threshold) => Some(threshold),
            Decision::FromShape if width == 1 => Some(0.5),
            Decision::Largest | Decision::FromShape => None,
        }
    }
}

/// The targets must hold one number for each number predicted.
pub(crate) fn check_same_size(output: &[usize], targets: &Tensor) -> Result<()> {
    let [samples, sample @ ..] = targets.shape() else {
        return Ok(());
    };
    let (wanted, found) = (output.iter().product::<usize>(), sample.iter().product::<usize>());
    if wanted == found {
        return Ok(());
    }
    let hint = match (wanted, found) {
        (_, 1) => {
            "the targets look like class numbers: use SparseCategoricalCrossentropy, or one_hot(&y, classes)"
        }
        _ => "give the last layer as many units as a target has numbers",
    };
    Err(Error::shape(
        "loss",
        format!(
            "the model predicts {wanted} numbers per sample, but the targets {:?} hold {found} for each of {samples}",
            targets.shape()
        ),
        hint,
    ))
}

/// The target in the prediction's shape: `[n]` and `[n, 1]` are the same numbers, and must not broadcast to `[n, n]`.
#[track_caller]
pub(crate) fn align(prediction: &Tensor, target: &Tensor) -> Tensor {
    if target.shape() == prediction.shape() {
        return target.clone();
    }
    if target.len() != prediction.len() {
        Error::shape(
            "loss",
            format!(
                "predictions {:?} against targets {:?}",
                prediction.shape(),
                target.shape()
            ),
            "a loss compares number with number: both need the same shape",
        )
        .raise();
    }
    target.reshape(prediction.shape())
}
