//! Samples with their targets. Which samples: `dataset/choose.rs`; numbers of a size to learn from: `dataset/scale.rs`;
//! displays of a data set: [`crate::display`].

mod choose;
mod scale;

pub use choose::Batches;
pub use scale::Scaler;

use crate::error::{Error, expect_fit};
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
    /// The name of each column of a table `x: [n, columns]`; empty where the columns have none, as in images.
    pub features: Vec<String>,
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
                    features: Vec::new(),
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

    /// The same data with names for the columns of `x`.
    #[must_use]
    pub fn with_features<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Dataset {
        self.features = names.into_iter().map(Into::into).collect();
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

    /// The samples at `rows`, in that order. Every row must be there.
    pub(crate) fn gather(&self, rows: &[usize]) -> Dataset {
        Dataset {
            x: self.x.gather_rows(rows),
            y: self.y.gather_rows(rows),
            classes: self.classes.clone(),
            features: self.features.clone(),
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
fn one_hot_rows(labels: &[usize], classes: usize) -> Tensor {
    let mut rows = vec![0.0; labels.len() * classes];
    for (row, label) in labels.iter().enumerate() {
        rows[row * classes + label] = 1.0;
    }
    Tensor::from_vec(rows, [labels.len(), classes])
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
