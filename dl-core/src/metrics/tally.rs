//! Counting for one metric, batch by batch.

use super::Metric;
use super::ranking::area_under_curve;
use crate::losses::Decision;
use crate::tensor::Tensor;

/// A metric's count over the batches seen so far.
///
/// ```
/// use dl_core::losses::Decision;
/// use dl_core::prelude::*;
/// let mut precision = Precision.tally(Decision::Threshold(0.5));
/// precision.add(&tensor![0.9, 0.8], &tensor![1., 0.]);
/// precision.add(&tensor![0.7, 0.1], &tensor![1., 1.]);
/// assert_eq!(precision.value(), 2. / 3.);
/// ```
#[derive(Clone, Debug)]
pub struct Tally {
    metric: Metric,
    decision: Decision,
    /// Of what is a mean: the sum, and how many numbers are in it.
    sum: f64,
    count: usize,
    /// For each class, how the decisions fell.
    classes: Vec<Outcomes>,
    /// Each prediction, and whether it should be a yes.
    scored: Vec<(f32, bool)>,
}

/// How decisions for and against one class fell.
#[derive(Clone, Copy, Debug, Default)]
struct Outcomes {
    /// Chosen, and right.
    right: usize,
    chosen: usize,
    /// Those that should have been chosen.
    there: usize,
}

impl Tally {
    pub(super) fn new(metric: Metric, decision: Decision) -> Tally {
        Tally {
            metric,
            decision,
            sum: 0.0,
            count: 0,
            classes: Vec::new(),
            scored: Vec::new(),
        }
    }

    /// The metric that is counted.
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Counts a batch: `prediction: [batch, ..]`, `target` in the same shape or class numbers `[batch, ..]`.
    pub fn add(&mut self, prediction: &Tensor, target: &Tensor) {
        let width = match prediction.shape() {
            [_, .., width] => *width,
            _ => 1,
        };
        if prediction.is_empty() {
            return;
        }
        match (self.metric, self.decision.threshold(width)) {
            (Metric::MAE, _) => self.add_errors(prediction, target, f64::abs),
            (Metric::RMSE, _) => self.add_errors(prediction, target, |error| error * error),
            (Metric::TopK(k), _) => {
                let truth = classes_of(target, prediction, width);
                let among = |(row, &class): (&[f32], &usize)| is_among(k, row, class);
                self.count += truth.len();
                let values = prediction.values();
                let rows = values.chunks_exact(width).zip(&truth);
                self.sum += rows.filter(|&pair| among(pair)).count() as f64;
            }
            (Metric::AUC, _) => {
                let (p, y) = (prediction.values(), target.values());
                self.scored
                    .extend(p.iter().zip(y.iter()).map(|(&p, &y)| (p, y > 0.5)));
            }
            (Metric::Accuracy, Some(threshold)) => {
                let (p, y) = (prediction.values(), target.values());
                let right = p.iter().zip(y.iter());
                self.sum += right.filter(|&(&p, &y)| (p > threshold) == (y > 0.5)).count() as f64;
                self.count += p.len();
            }
            (Metric::Accuracy, None) => {
                let (chosen, truth) = (largest(prediction, width), classes_of(target, prediction, width));
                self.sum += chosen
                    .iter()
                    .zip(&truth)
                    .filter(|(chosen, truth)| chosen == truth)
                    .count() as f64;
                self.count += truth.len();
            }
            (Metric::Precision | Metric::Recall | Metric::F1, Some(threshold)) => {
                self.classes.resize(1, Outcomes::default());
                let (p, y) = (prediction.values(), target.values());
                for (&p, &y) in p.iter().zip(y.iter()) {
                    self.classes[0].add(p > threshold, y > 0.5);
                }
            }
            (Metric::Precision | Metric::Recall | Metric::F1, None) => {
                self.classes.resize(width, Outcomes::default());
                let (chosen, truth) = (largest(prediction, width), classes_of(target, prediction, width));
                for (&chosen, &truth) in chosen.iter().zip(&truth) {
                    self.classes[chosen].chosen += 1;
                    self.classes[chosen].right += usize::from(chosen == truth);
                    self.classes[truth].there += 1;
                }
            }
        }
    }

    /// The metric over all batches so far; NaN if there was none.
    pub fn value(&self) -> f32 {
        let value = match self.metric {
            Metric::Accuracy | Metric::TopK(_) | Metric::MAE => self.sum / self.count as f64,
            Metric::RMSE => (self.sum / self.count as f64).sqrt(),
            Metric::AUC => area_under_curve(&self.scored),
            Metric::Precision => self.over_classes(|class| (class.right, class.chosen)),
            Metric::Recall => self.over_classes(|class| (class.right, class.there)),
            Metric::F1 => self.over_classes(|class| (2 * class.right, class.chosen + class.there)),
        };
        value as f32
    }

    /// Whether [`value`](Self::value) is too much work to be asked for after each batch.
    pub(crate) fn is_slow(&self) -> bool {
        self.metric == Metric::AUC
    }

    fn add_errors(&mut self, prediction: &Tensor, target: &Tensor, cost: impl Fn(f64) -> f64) {
        let (p, y) = (prediction.values(), target.values());
        let errors = p.iter().zip(y.iter()).map(|(&p, &y)| f64::from(p) - f64::from(y));
        self.sum += errors.map(cost).sum::<f64>();
        self.count += p.len();
    }

    /// The mean of a share over the classes; a share of nothing is 0, as in Keras.
    fn over_classes(&self, share: impl Fn(&Outcomes) -> (usize, usize)) -> f64 {
        let shares = self.classes.iter().map(|class| match share(class) {
            (_, 0) => 0.0,
            (part, whole) => part as f64 / whole as f64,
        });
        shares.sum::<f64>() / self.classes.len() as f64
    }
}

impl Outcomes {
    fn add(&mut self, chosen: bool, there: bool) {
        self.right += usize::from(chosen && there);
        self.chosen += usize::from(chosen);
        self.there += usize::from(there);
    }
}

/// Whether fewer than `k` scores are larger than that of `class`.
fn is_among(k: usize, scores: &[f32], class: usize) -> bool {
    let own = scores[class];
    // A score that is no number is never among the largest; one beside it is taken for larger.
    let above = scores.iter().filter(|score| **score > own || score.is_nan());
    !own.is_nan() && above.count() < k
}

/// The true class of each row of predictions: of one-hot targets the largest, else the number itself.
fn classes_of(target: &Tensor, prediction: &Tensor, width: usize) -> Vec<usize> {
    match target.len() == prediction.len() {
        true => largest(target, width),
        false => target.values().iter().map(|&label| label as usize).collect(),
    }
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
