//! Metrics: what a person wants to know of a model, beside the loss that it is trained on. Names and formulas are
//! [Keras's](https://keras.io/api/metrics/); each is taken over all samples at once, not as a mean of batches.

mod ranking;
mod tally;

pub use tally::Tally;
pub(crate) use tally::largest;

use crate::error::{Error, Result};
use crate::losses::Decision;
use crate::tensor::Tensor;

/// What is counted beside the loss. The variants are in scope in a notebook, and go into `compile`:
/// `model.compile(Adam::new(1e-3), BinaryCrossentropy::new(), [Accuracy, Precision, Recall])`.
///
/// What a prediction decides follows from the loss: yes or no by a threshold (`BinaryCrossentropy`, the hinges, losses for
/// numbers with a single output), or the class of the largest output (the categorical cross-entropies), against one-hot
/// targets or class numbers.
///
/// ```
/// use dl_core::losses::Decision;
/// use dl_core::prelude::*;
/// let mut accuracy = Accuracy.tally(Decision::Largest);
/// accuracy.add(&tensor![[0.1, 0.9], [0.8, 0.2]], &tensor![1., 1.]);
/// assert_eq!(accuracy.value(), 0.5);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metric {
    /// The share of right decisions, 0 to 1.
    Accuracy,
    /// The share of samples whose true class is among the k largest outputs, 0 to 1.
    TopK(usize),
    /// Of the samples that were said to be a yes, the share that is one: TP / (TP + FP); 0 if none was said to be. With
    /// several classes, the mean over the classes, each against the rest (macro average). With several yes-or-no
    /// outputs, all are counted together.
    Precision,
    /// Of the samples that are a yes, the share that was found: TP / (TP + FN). Otherwise as [`Precision`](Metric::Precision).
    Recall,
    /// 2 TP / (2 TP + FP + FN): the harmonic mean of precision and recall. Otherwise as [`Precision`](Metric::Precision).
    F1,
    /// The area under the ROC curve: how likely a yes is ranked above a no, 0 to 1, where guessing gives 0.5.
    ///
    /// Exact, by ranking all predictions (Mann and Whitney, 1947; equal ones count half), where Keras approximates with 200
    /// thresholds. It is known after an epoch, not after each batch.
    AUC,
    /// The mean of |prediction - target|, in the targets' units.
    MAE,
    /// The root of the mean of (prediction - target)^2, in the targets' units.
    RMSE,
}

impl Metric {
    /// The name in a history: `accuracy`, `top_k_categorical_accuracy`, `precision`, `recall`, `f1_score`, `auc`, `mae`,
    /// `rmse`.
    pub fn name(&self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::TopK(_) => "top_k_categorical_accuracy",
            Metric::Precision => "precision",
            Metric::Recall => "recall",
            Metric::F1 => "f1_score",
            Metric::AUC => "auc",
            Metric::MAE => "mae",
            Metric::RMSE => "rmse",
        }
    }

    /// A count that starts at nothing. `decision` is the loss's: [`Loss::decision`](crate::losses::Loss::decision).
    pub fn tally(self, decision: Decision) -> Tally {
        Tally::new(self, decision)
    }

    /// Whether the metric can be told of predictions of `output` shape (of one sample) against these targets.
    ///
    /// # Errors
    /// If not: why, and what to ask for in its place.
    pub(crate) fn check(self, output: &[usize], targets: &Tensor, decision: Decision) -> Result<()> {
        let name = self.called();
        let width = output.last().copied().unwrap_or(1);
        let samples = targets.shape().first().copied().unwrap_or(0);
        let same_size = targets.len() == samples * output.iter().product::<usize>();
        let classes = decision.threshold(width).is_none();
        let refuse = |why: String, hint: &str| Err(Error::shape(name, why, hint));
        match self {
            Metric::MAE | Metric::RMSE if !same_size => refuse(
                "class numbers are no amounts that could be compared".to_string(),
                "for classes use Accuracy",
            ),
            Metric::MAE | Metric::RMSE => Ok(()),
            Metric::TopK(0) => refuse("the 0 largest are none".to_string(), "ask for TopK(1) or more"),
            Metric::TopK(_) if !classes => refuse(
                "the model tells yes from no, and not several classes".to_string(),
                "use Accuracy",
            ),
            Metric::AUC if classes => refuse(
                format!("the model tells {width} classes apart, but the ROC curve is of yes and no"),
                "give the last layer one unit and use BinaryCrossentropy; or ask for F1",
            ),
            Metric::AUC if !has_both(targets) => refuse(
                format!(
                    "the targets {:?} are all alike: there is no yes to rank above a no",
                    targets.shape()
                ),
                "look at the targets: both 0 and 1 should be among them",
            ),
            // Other losses have checked that their targets are classes.
            _ if decision == Decision::FromShape => {
                match targets.values().iter().find(|&&y| y != 0.0 && y != 1.0) {
                    Some(target) => refuse(
                        format!("target {target} is no class, but a number"),
                        "for numbers use MAE or RMSE",
                    ),
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// As it is written in a program.
    fn called(self) -> &'static str {
        match self {
            Metric::Accuracy => "Accuracy",
            Metric::TopK(_) => "TopK",
            Metric::Precision => "Precision",
            Metric::Recall => "Recall",
            Metric::F1 => "F1",
            Metric::AUC => "AUC",
            Metric::MAE => "MAE",
            Metric::RMSE => "RMSE",
        }
    }
}

/// Whether a history's curve of this name (with or without `val_`) gets better as it grows.
pub(crate) fn grows(name: &str) -> bool {
    let name = name.strip_prefix("val_").unwrap_or(name);
    !["loss", Metric::MAE.name(), Metric::RMSE.name()].contains(&name)
}

/// Whether there is a yes and a no among the targets.
fn has_both(targets: &Tensor) -> bool {
    let values = targets.values();
    values.iter().any(|&y| y > 0.5) && values.iter().any(|&y| y <= 0.5)
}
