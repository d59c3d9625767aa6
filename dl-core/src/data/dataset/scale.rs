//! Numbers of a size that networks learn well from.

use super::Dataset;
use crate::error::Error;
use crate::tensor::Tensor;

impl Dataset {
    /// Numbers of a size that networks learn well from.
    ///
    /// * Images (`x` of rank 4) of 0 to 255 become 0 to 1. Images that are within 0 to 1 already stay as they are, so
    ///   that running the same cell twice does no harm.
    /// * Tables and everything else: each column (position in a sample) gets mean 0 and standard deviation 1 over the
    ///   samples; a column of equal numbers becomes 0. For test data take the columns of the training data:
    ///   [`normalize_like`](Dataset::normalize_like).
    ///
    /// # Panics
    /// When image values are outside 0 to 255.
    #[must_use]
    #[track_caller]
    pub fn normalize(&self) -> Dataset {
        self.normalize_like(self)
    }

    /// [`normalize`](Dataset::normalize) with the means and standard deviations of `train`, so that test data is
    /// treated as the training data was, and nothing about it leaks into the training.
    ///
    /// # Panics
    /// When the samples of the two differ in shape, or image values are outside 0 to 255.
    #[must_use]
    #[track_caller]
    pub fn normalize_like(&self, train: &Dataset) -> Dataset {
        self.check_like("normalize_like", train);
        let x = if self.x.rank() == 4 {
            scale_pixels(&self.x)
        } else {
            Scaler::fit(&train.x).apply(&self.x)
        };
        Dataset { x, ..self.clone() }
    }

    /// Mean 0 and standard deviation 1 in each column (position in a sample) over the samples, images included; a column of
    /// equal numbers becomes 0. See [`Scaler`] for the formula. For test data take the columns of the training data:
    /// [`standardize_like`](Dataset::standardize_like).
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let (train, test) = wine().split(0.8);
    /// let (train, test) = (train.standardize(), test.standardize_like(&train));
    /// assert!(train.x.mean().item().abs() < 1e-5);
    /// assert_eq!(test.x.shape()[1], 13);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn standardize(&self) -> Dataset {
        self.standardize_like(self)
    }

    /// [`standardize`](Dataset::standardize) with the means and standard deviations of `train`, as it was before its own.
    ///
    /// # Panics
    /// When the samples of the two differ in shape.
    #[must_use]
    #[track_caller]
    pub fn standardize_like(&self, train: &Dataset) -> Dataset {
        self.check_like("standardize_like", train);
        let x = Scaler::fit(&train.x).apply(&self.x);
        Dataset { x, ..self.clone() }
    }

    #[track_caller]
    fn check_like(&self, op: &'static str, train: &Dataset) {
        let (these, those) = (&self.x.shape()[1..], &train.x.shape()[1..]);
        if these != those {
            let why = format!("samples of shape {these:?} here, but {those:?} in the training data");
            Error::shape(op, why, "both data sets must come from the same source").raise();
        }
    }
}

#[track_caller]
fn scale_pixels(x: &Tensor) -> Tensor {
    if x.is_empty() {
        return x.clone();
    }
    let (low, high) = (x.min().item(), x.max().item());
    if !(low >= 0.0 && high <= 255.0) {
        let found = if low.is_nan() {
            "there are NaN among them".to_string()
        } else {
            format!("they run from {low} to {high}")
        };
        let why = format!("image values are 0 to 255, but {found}");
        let hint = "scale such images yourself, as in (x - x.mean()) / 2.0";
        Error::shape("normalize", why, hint).raise();
    }
    if high <= 1.0 {
        return x.clone();
    }
    Tensor::from_vec(x.values().iter().map(|value| value / 255.0).collect(), x.shape())
}

/// Z-scores, column by column: (x - mean) / standard deviation, with the means and deviations of the tensor that
/// [`fit`](Scaler::fit) was given (over n, not n - 1, as in scikit-learn's `StandardScaler`). A column is a position in a
/// sample: `[n, columns]` has one mean for each column, a series `[n]` has a single one.
///
/// Fit it to the training part only, apply it to everything; what a network predicts goes back to real units with
/// [`undo`](Scaler::undo).
///
/// ```
/// use dl_core::prelude::*;
/// let series = tensor![1., 3., 5., 7.];
/// let scaler = Scaler::fit(&series.rows(0..2));       // mean 2, deviation 1
/// assert_eq!(scaler.apply(&series), tensor![-1., 1., 3., 5.]);
/// assert_eq!(scaler.undo(&tensor![[3.]]), tensor![[5.]]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scaler {
    /// The shape of one sample.
    sample: Vec<usize>,
    mean: Vec<f64>,
    /// 1 where a column holds equal numbers only: there is nothing to divide by.
    deviation: Vec<f64>,
}

impl Scaler {
    /// Mean and standard deviation of each column, in the shape of a sample.
    pub(crate) fn statistics(&self) -> (Tensor, Tensor) {
        let tensor = |values: &[f64]| {
            Tensor::from_vec(values.iter().map(|&value| value as f32).collect(), &self.sample)
        };
        (tensor(&self.mean), tensor(&self.deviation))
    }

    /// Means and standard deviations over the first axis of `x: [n, ...]`.
    ///
    /// # Panics
    /// When `x` is a single number.
    #[track_caller]
    pub fn fit(x: &Tensor) -> Scaler {
        let Some((&count, sample)) = x.shape().split_first() else {
            let hint = "give it the samples, [n, ...]";
            Error::shape("Scaler::fit", "a single number has no deviation", hint).raise();
        };
        let columns: usize = sample.iter().product();
        // Without columns there are no numbers, but a chunk must have a length.
        let width = columns.max(1);
        let (values, count) = (x.values(), count as f64);
        let mut mean = vec![0.0_f64; columns];
        let mut variance = vec![0.0_f64; columns];
        for row in values.chunks_exact(width) {
            for (sum, &value) in mean.iter_mut().zip(row) {
                *sum += f64::from(value) / count;
            }
        }
        for row in values.chunks_exact(width) {
            for ((sum, &value), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *sum += (f64::from(value) - mean).powi(2) / count;
            }
        }
        let deviation = variance.iter().zip(&mean).map(|(variance, mean)| {
            // Rounding leaves a trace of variance in a column of equal numbers: not worth dividing by.
            let deviation = variance.sqrt();
            if deviation <= 1e-6 * mean.abs() {
                0.0
            } else {
                deviation
            }
        });
        Scaler {
            sample: sample.to_vec(),
            deviation: deviation.map(|d| if d == 0.0 { 1.0 } else { d }).collect(),
            mean,
        }
    }

    /// (x - mean) / deviation; a column of numbers that were all equal loses its mean only.
    ///
    /// # Panics
    /// When the samples have another shape than those of [`fit`](Scaler::fit). With a single mean, as of a series, any
    /// shape fits.
    #[must_use]
    #[track_caller]
    pub fn apply(&self, x: &Tensor) -> Tensor {
        self.each("Scaler::apply", x, |value, mean, deviation| {
            (value - mean) / deviation
        })
    }

    /// x * deviation + mean: back to the units that [`fit`](Scaler::fit) saw.
    ///
    /// # Panics
    /// As [`apply`](Scaler::apply).
    #[must_use]
    #[track_caller]
    pub fn undo(&self, x: &Tensor) -> Tensor {
        self.each("Scaler::undo", x, |value, mean, deviation| {
            value * deviation + mean
        })
    }

    #[track_caller]
    fn each(&self, op: &'static str, x: &Tensor, new: impl Fn(f64, f64, f64) -> f64) -> Tensor {
        let columns = self.mean.len();
        let fits = columns == 1 || x.shape().get(1..) == Some(&self.sample[..]);
        if !fits {
            let why = format!(
                "x has shape {:?}, but was fitted to samples of shape {:?}",
                x.shape(),
                self.sample
            );
            Error::shape(op, why, "the first axis counts samples, the others are as in fit").raise();
        }
        let mut scaled = x.to_vec();
        for row in scaled.chunks_exact_mut(columns.max(1)) {
            for ((value, mean), deviation) in row.iter_mut().zip(&self.mean).zip(&self.deviation) {
                *value = new(f64::from(*value), *mean, *deviation) as f32;
            }
        }
        Tensor::from_vec(scaled, x.shape())
    }
}
