//! Cross-entropies: how surprised a predicted probability is by the truth. `new()` takes probabilities, `from_logits()`
//! the scores before sigmoid or softmax, which is more exact and faster.

use crate::error::{Error, Result, expect_fit};
use crate::losses::{Decision, EPSILON, Loss, align, check_same_size};
use crate::tensor::Tensor;

/// For yes or no: the mean of -(y ln p + (1 - y) ln(1 - p)), with y 0 or 1 and p the predicted probability of 1.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let loss = BinaryCrossentropy::new().value(&tensor![0.9], &tensor![1.]);
/// assert!((loss.item() - 0.105_360_5).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, Default)]
pub struct BinaryCrossentropy {
    logits: bool,
    smoothing: f32,
}

impl BinaryCrossentropy {
    /// For predictions that are probabilities: after `Sigmoid`.
    pub fn new() -> BinaryCrossentropy {
        BinaryCrossentropy {
            logits: false,
            smoothing: 0.0,
        }
    }

    /// For predictions that are scores: without an activation on the last layer.
    pub fn from_logits() -> BinaryCrossentropy {
        BinaryCrossentropy {
            logits: true,
            smoothing: 0.0,
        }
    }

    /// Learns targets that are a little less sure than the truth, s the share taken away: y (1 - s) + s / 2. It keeps a
    /// model from growing ever larger weights for the last bit of certainty. Szegedy et al., 2016.
    ///
    /// # Panics
    /// If `share` is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub fn label_smoothing(mut self, share: f32) -> BinaryCrossentropy {
        self.smoothing = checked_smoothing("BinaryCrossentropy", share);
        self
    }
}

impl Loss for BinaryCrossentropy {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        let y = smooth(align(prediction, target), self.smoothing, 2);
        if self.logits {
            return prediction.sigmoid_cross_entropy(&y).mean();
        }
        let p = prediction.clamp(EPSILON, 1.0 - EPSILON);
        -(&y * p.ln() + (1.0 - &y) * (1.0 - &p).ln()).mean()
    }

    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        if let Some(&label) = targets
            .values()
            .iter()
            .find(|label| !(0.0..=1.0).contains(*label))
        {
            return Err(Error::shape(
                "BinaryCrossentropy",
                format!("target {label} is not between 0 and 1"),
                "for more than two classes use SparseCategoricalCrossentropy; for numbers MeanSquaredError",
            ));
        }
        check_same_size(output, targets)
    }

    fn decision(&self) -> Decision {
        Decision::Threshold(if self.logits { 0.0 } else { 0.5 })
    }
}

/// For one class of several, targets one-hot: the mean of -sum(y ln p) over the last axis.
///
/// `prediction` and `target` are both `[batch, classes]`. Predicted probabilities are scaled to sum 1, as in Keras.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let loss = CategoricalCrossentropy::new().value(&tensor![[0.2, 0.8]], &tensor![[0., 1.]]);
/// assert!((loss.item() - 0.223_143_6).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CategoricalCrossentropy {
    logits: bool,
    smoothing: f32,
}

impl CategoricalCrossentropy {
    /// For predictions that are probabilities: after `Softmax`.
    pub fn new() -> CategoricalCrossentropy {
        CategoricalCrossentropy {
            logits: false,
            smoothing: 0.0,
        }
    }

    /// For predictions that are scores: without an activation on the last layer.
    pub fn from_logits() -> CategoricalCrossentropy {
        CategoricalCrossentropy {
            logits: true,
            smoothing: 0.0,
        }
    }

    /// Learns targets that are a little less sure than the truth, s the share taken away: y (1 - s) + s / classes. It keeps a
    /// model from growing ever larger weights for the last bit of certainty. Szegedy et al., 2016.
    ///
    /// # Panics
    /// If `share` is not between 0 and 1.
    #[must_use]
    #[track_caller]
    pub fn label_smoothing(mut self, share: f32) -> CategoricalCrossentropy {
        self.smoothing = checked_smoothing("CategoricalCrossentropy", share);
        self
    }
}

impl Loss for CategoricalCrossentropy {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        let (scores, y) = (
            rows("CategoricalCrossentropy", prediction),
            align(prediction, target),
        );
        let y = smooth(y.reshape(scores.shape()), self.smoothing, scores.shape()[1]);
        if self.logits {
            return scores.softmax_cross_entropy(&y);
        }
        -(y * log_probabilities(&scores)).sum_axis(1).mean()
    }

    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        check_classes("CategoricalCrossentropy", output)?;
        check_same_size(output, targets)
    }

    fn decision(&self) -> Decision {
        Decision::Largest
    }
}

/// For one class of several, targets class numbers: the mean of -ln p(target).
///
/// `prediction: [batch, classes]`, `target: [batch]` (or `[batch, 1]`) with whole numbers from 0 to classes - 1.
/// Predicted probabilities are scaled to sum 1, as in Keras.
///
/// ```
/// use dl_core::losses::Loss;
/// use dl_core::prelude::*;
/// let loss = SparseCategoricalCrossentropy::new().value(&tensor![[0.2, 0.8]], &tensor![1.]);
/// assert!((loss.item() - 0.223_143_6).abs() < 1e-6);
/// ```
#[derive(Clone, Debug, Default)]
pub struct SparseCategoricalCrossentropy {
    logits: bool,
}

impl SparseCategoricalCrossentropy {
    /// For predictions that are probabilities: after `Softmax`.
    pub fn new() -> SparseCategoricalCrossentropy {
        SparseCategoricalCrossentropy { logits: false }
    }

    /// For predictions that are scores: without an activation on the last layer.
    pub fn from_logits() -> SparseCategoricalCrossentropy {
        SparseCategoricalCrossentropy { logits: true }
    }
}

impl Loss for SparseCategoricalCrossentropy {
    fn value(&self, prediction: &Tensor, target: &Tensor) -> Tensor {
        const NAME: &str = "SparseCategoricalCrossentropy";
        let scores = rows(NAME, prediction);
        let (count, classes) = (scores.shape()[0], scores.shape()[1]);
        if target.len() != count {
            Error::shape(
                NAME,
                format!(
                    "{count} predictions of {classes} classes against targets {:?}",
                    target.shape()
                ),
                "give one class number per sample; for one-hot targets use CategoricalCrossentropy",
            )
            .raise();
        }
        // On a graphics card nothing waits for the numbers to be looked at: one that is no class makes the loss NaN.
        if !target.device().is_cuda() {
            expect_fit(target.class_indices(NAME, classes));
        }
        // With a single class [n, 1] and [n] would look alike: class numbers are always handed over as [n].
        let labels = target.reshape([count]);
        if self.logits {
            return scores.softmax_cross_entropy(&labels);
        }
        let y = Tensor::leaf(labels.value().one_hot(classes));
        -(y * log_probabilities(&scores)).sum_axis(1).mean()
    }

    fn check(&self, output: &[usize], targets: &Tensor) -> Result<()> {
        const NAME: &str = "SparseCategoricalCrossentropy";
        let classes = check_classes(NAME, output)?;
        let samples = targets.shape().first().copied().unwrap_or(0);
        let per_sample: usize = output[..output.len() - 1].iter().product();
        if targets.len() != samples * per_sample {
            return Err(Error::shape(
                NAME,
                format!(
                    "targets of shape {:?} are not one class number per prediction",
                    targets.shape()
                ),
                "for one-hot targets use CategoricalCrossentropy",
            ));
        }
        targets.class_indices(NAME, classes).map(drop)
    }

    fn decision(&self) -> Decision {
        Decision::Largest
    }
}

/// Targets with a `share` of their certainty spread over all classes.
fn smooth(y: Tensor, share: f32, classes: usize) -> Tensor {
    match share {
        0.0 => y,
        _ => y * (1.0 - share) + share / classes as f32,
    }
}

#[track_caller]
fn checked_smoothing(name: &'static str, share: f32) -> f32 {
    if !(0.0..=1.0).contains(&share) {
        let hint = "it is the share of certainty to take away, between 0 and 1: often 0.1";
        Error::shape(name, format!("label_smoothing is {share}"), hint).raise();
    }
    share
}

/// ln of the probabilities, scaled to sum 1 and kept from 0 and 1.
fn log_probabilities(p: &Tensor) -> Tensor {
    (p / p.sum_axis(1).keep_axis(1))
        .clamp(EPSILON, 1.0 - EPSILON)
        .ln()
}

/// Predictions of any rank as `[rows, classes]`.
#[track_caller]
fn rows(name: &'static str, prediction: &Tensor) -> Tensor {
    match prediction.shape() {
        [_, _] => prediction.clone(),
        [.., classes] if *classes > 0 => prediction.reshape([prediction.len() / classes, *classes]),
        shape => Error::shape(
            name,
            format!("predictions of shape {shape:?} have no classes on the last axis"),
            "predictions are [batch, classes]",
        )
        .raise(),
    }
}

/// The number of classes that the model tells apart: at least two.
fn check_classes(name: &'static str, output: &[usize]) -> Result<usize> {
    match output {
        [.., classes] if *classes > 1 => Ok(*classes),
        _ => Err(Error::shape(
            name,
            format!("the model's output of shape {output:?} is no choice between classes"),
            "give the last layer one unit per class; for a single yes or no use BinaryCrossentropy",
        )),
    }
}
