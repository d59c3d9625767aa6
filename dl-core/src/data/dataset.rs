//! Samples with their targets, and the few steps between loading and training. Displays of a data set are in
//! [`crate::display`].

use crate::error::{Error, expect_fit};
use crate::random;
use crate::tensor::Tensor;
use std::fmt;

/// Samples `x: [n, ...]` with their targets `y: [n, ...]`, and the names of the classes where `y` holds class numbers.
///
/// Images are `x: [n, height, width, channels]`; class numbers are whole numbers from 0 in `y: [n]`.
///
/// ```
/// use dl_core::data::Dataset;
/// use dl_core::prelude::*;
///
/// let data = Dataset::new(tensor![[0., 0.], [0., 1.], [1., 0.], [1., 1.]], tensor![0., 1., 1., 0.]);
/// let (train, test) = data.split(0.75);
/// assert_eq!((train.len(), test.len()), (3, 1));
/// ```
#[derive(Clone, PartialEq)]
pub struct Dataset {
    /// The samples, `[n, ...]`.
    pub x: Tensor,
    /// The targets, `[n, ...]`.
    pub y: Tensor,
    /// The name of each class, in the order of their numbers; empty where the targets are no classes.
    pub classes: Vec<String>,
}

impl Dataset {
    /// Samples and targets, paired along their first axis.
    ///
    /// # Panics
    /// When `x` or `y` is a single number, or when they differ in their number of samples.
    #[track_caller]
    pub fn new(x: Tensor, y: Tensor) -> Dataset {
        let why = match (x.shape().first(), y.shape().first()) {
            (Some(samples), Some(targets)) if samples == targets => {
                return Dataset {
                    x,
                    y,
                    classes: Vec::new(),
                };
            }
            (Some(samples), Some(targets)) => format!("{samples} samples in x but {targets} targets in y"),
            _ => format!(
                "x has shape {:?} and y {:?}: a single number is no list of samples",
                x.shape(),
                y.shape()
            ),
        };
        let hint = "the first axis counts samples: x is [n, ...] and y is [n] or [n, ...]";
        Error::shape("Dataset::new", why, hint).raise()
    }

    /// The same data with names for its classes.
    #[must_use]
    pub fn with_classes<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Dataset {
        self.classes = names.into_iter().map(Into::into).collect();
        self
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.x.shape().first().copied().unwrap_or(0)
    }

    /// Whether there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Two parts: the share `fraction` of the samples, and the rest.
    ///
    /// The samples are drawn at random, so that both parts look alike even if the data is sorted by class;
    /// [`seed`](crate::seed) makes the draw repeatable. Keras's `validation_split` takes the last samples without
    /// shuffling, scikit-learn's `train_test_split` shuffles as this does. A time series must not be shuffled: cut it
    /// with `x.rows(..)`.
    ///
    /// # Panics
    /// When `fraction` is not between 0 and 1, or when there are fewer than two samples: each part gets at least one.
    #[track_caller]
    pub fn split(&self, fraction: f64) -> (Dataset, Dataset) {
        if !(fraction > 0.0 && fraction < 1.0) {
            let why = format!("the fraction {fraction} is not between 0 and 1");
            let hint = "data.split(0.8) keeps 80 % in the first part";
            Error::shape("split", why, hint).raise();
        }
        if self.len() < 2 {
            let why = format!("{} cannot be divided in two", samples(self.len()));
            Error::shape("split", why, "load or make more samples first").raise();
        }
        let first = ((self.len() as f64 * fraction).round() as usize).clamp(1, self.len() - 1);
        let order = random::permutation(self.len());
        (self.gather(&order[..first]), self.gather(&order[first..]))
    }

    /// The first `count` samples, or all where there are fewer.
    #[must_use]
    pub fn take(&self, count: usize) -> Dataset {
        if count >= self.len() {
            return self.clone();
        }
        let rows: Vec<usize> = (0..count).collect();
        self.gather(&rows)
    }

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
        let (these, those) = (&self.x.shape()[1..], &train.x.shape()[1..]);
        if these != those {
            let why = format!("samples of shape {these:?} here, but {those:?} in the training data");
            let hint = "both data sets must come from the same source";
            Error::shape("normalize_like", why, hint).raise();
        }
        let x = if self.x.rank() == 4 {
            scale_pixels(&self.x)
        } else {
            standardize(&self.x, &train.x)
        };
        Dataset { x, ..self.clone() }
    }

    /// The samples at `rows`, in that order. Every row must be there.
    pub(crate) fn gather(&self, rows: &[usize]) -> Dataset {
        Dataset {
            x: self.x.gather_rows(rows),
            y: self.y.gather_rows(rows),
            classes: self.classes.clone(),
        }
    }

    /// The name of a class: its own where there is one, else its number.
    pub(crate) fn class_name(&self, number: usize) -> String {
        self.classes
            .get(number)
            .cloned()
            .unwrap_or_else(|| number.to_string())
    }
}

/// Class numbers `y: [n]` as rows of zeros with a single one: `[n, classes]`.
///
/// ```
/// use dl_core::data::one_hot;
/// use dl_core::prelude::*;
/// assert_eq!(one_hot(&tensor![2., 0.], 3), tensor![[0., 0., 1.], [1., 0., 0.]]);
/// ```
///
/// # Panics
/// When a label is no whole number from 0 to `classes` - 1.
#[track_caller]
pub fn one_hot(y: &Tensor, classes: usize) -> Tensor {
    one_hot_rows(&expect_fit(y.class_indices("one_hot", classes)), classes)
}

/// `[n, classes]`: in each row a single one, at its label, which is below `classes`.
pub(crate) fn one_hot_rows(labels: &[usize], classes: usize) -> Tensor {
    let mut rows = vec![0.0; labels.len() * classes];
    for (row, label) in labels.iter().enumerate() {
        rows[row * classes + label] = 1.0;
    }
    Tensor::from_vec(rows, [labels.len(), classes])
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

/// (x - mean) / standard deviation, column by column, with the means and deviations (over n, not n - 1) of `train`.
fn standardize(x: &Tensor, train: &Tensor) -> Tensor {
    let columns: usize = x.shape()[1..].iter().product();
    // Without columns there are no numbers, but a chunk must have a length.
    let width = columns.max(1);
    let (values, samples) = (train.values(), train.shape()[0] as f64);
    let mut mean = vec![0.0_f64; columns];
    let mut variance = vec![0.0_f64; columns];
    for row in values.chunks_exact(width) {
        for (sum, &value) in mean.iter_mut().zip(row) {
            *sum += f64::from(value) / samples;
        }
    }
    for row in values.chunks_exact(width) {
        for ((sum, &value), mean) in variance.iter_mut().zip(row).zip(&mean) {
            *sum += (f64::from(value) - mean).powi(2) / samples;
        }
    }
    let deviation: Vec<f64> = variance.into_iter().map(f64::sqrt).collect();
    let mut scaled = x.to_vec();
    for row in scaled.chunks_exact_mut(width) {
        for ((value, mean), deviation) in row.iter_mut().zip(&mean).zip(&deviation) {
            // Rounding leaves a trace of variance in a column of equal numbers: not worth dividing by.
            *value = if *deviation <= 1e-6 * mean.abs() {
                0.0
            } else {
                ((f64::from(*value) - mean) / deviation) as f32
            };
        }
    }
    Tensor::from_vec(scaled, x.shape())
}

/// Shapes only: a pair of data sets is often the last line of a cell, and nobody wants to read 60,000 images.
impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dataset")
            .field("x", &format_args!("{:?}", self.x.shape()))
            .field("y", &format_args!("{:?}", self.y.shape()))
            .field("classes", &format_args!("{}", self.classes.len()))
            .finish()
    }
}

/// `1 sample`, `2 samples`.
pub(crate) fn samples(count: usize) -> String {
    if count == 1 {
        "1 sample".to_string()
    } else {
        format!("{count} samples")
    }
}

#[cfg(test)]
mod tests;
