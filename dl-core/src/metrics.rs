//! Metrics: what a person wants to know of a model, beside the loss that it is trained on.

use crate::losses::Decision;
use crate::tensor::Tensor;

/// What is counted beside the loss. The variants are in scope in a notebook.
///
/// ```
/// use dl_core::losses::Decision;
/// use dl_core::prelude::*;
/// let correct = Accuracy.total(&tensor![[0.1, 0.9], [0.8, 0.2]], &tensor![1., 1.], Decision::Largest);
/// assert_eq!(correct, 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Metric {
    /// The share of right decisions, 0 to 1. What a decision is follows from the loss and the shapes: yes or no
    /// (binary), the largest of a row against one-hot targets (categorical) or against class numbers (sparse).
    Accuracy,
}

impl Metric {
    /// The name in a history: `accuracy`.
    pub fn name(&self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
        }
    }

    /// The sum over the samples of a batch: divided by their number it is the metric. `decision` is the loss's.
    pub fn total(&self, prediction: &Tensor, target: &Tensor, decision: Decision) -> f64 {
        match self {
            Metric::Accuracy => correct(prediction, target, decision),
        }
    }
}

/// Right decisions among the samples; of a sample with several decisions, the share that is right.
fn correct(prediction: &Tensor, target: &Tensor, decision: Decision) -> f64 {
    let samples = prediction.shape().first().copied().unwrap_or(0);
    let width = match prediction.shape() {
        [_, .., width] => *width,
        _ => 1,
    };
    let threshold = match decision {
        Decision::Threshold(threshold) => Some(threshold),
        Decision::FromShape if width == 1 => Some(0.5),
        Decision::Largest | Decision::FromShape => None,
    };
    let (right, decisions) = match threshold {
        Some(threshold) => {
            let (p, y) = (prediction.values(), target.values());
            let right = p
                .iter()
                .zip(y.iter())
                .filter(|&(&p, &y)| (p > threshold) == (y > 0.5))
                .count();
            (right, p.len())
        }
        None => {
            let chosen = largest(prediction, width);
            let one_hot = target.len() == prediction.len();
            let truth = match one_hot {
                true => largest(target, width),
                false => target.values().iter().map(|&label| label as usize).collect(),
            };
            (
                chosen
                    .iter()
                    .zip(&truth)
                    .filter(|(chosen, truth)| chosen == truth)
                    .count(),
                chosen.len(),
            )
        }
    };
    right as f64 * samples as f64 / decisions.max(1) as f64
}

/// The position of the largest number in each row of `width`: the class that scores choose.
pub(crate) fn largest(scores: &Tensor, width: usize) -> Vec<usize> {
    let width = width.max(1);
    let positions = scores.reshape([scores.len() / width, width]).argmax_axis(1);
    positions
        .values()
        .iter()
        .map(|&position| position as usize)
        .collect()
}
