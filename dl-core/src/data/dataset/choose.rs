//! Which samples, and in which order: parts, classes, batches. No number changes here.

use super::{Dataset, one_hot, samples};
use crate::error::{Error, expect_fit};
use crate::random;
use crate::tensor::Tensor;

/// More classes than any data set has: a larger label is a measurement, no class.
const MOST_CLASSES: usize = 1 << 20;

impl Dataset {
    /// Two parts: the share `fraction` of the samples, and the rest.
    ///
    /// The samples are drawn at random, so that both parts look alike even if the data is sorted by class;
    /// [`seed`](crate::seed) makes the draw repeatable. Keras's `validation_split` takes the last samples without
    /// shuffling, scikit-learn's `train_test_split` shuffles as this does. A time series must not be shuffled: see
    /// [`split_chronological`](Dataset::split_chronological).
    ///
    /// # Panics
    /// When `fraction` is not between 0 and 1, or when there are fewer than two samples: each part gets at least one.
    #[track_caller]
    pub fn split(&self, fraction: f64) -> (Dataset, Dataset) {
        let first = self.part("split", fraction);
        let order = random::permutation(self.len());
        (self.gather(&order[..first]), self.gather(&order[first..]))
    }

    /// Two parts in the order of time: the first share `fraction` of the samples, and what came after. Whoever forecasts
    /// must be tested on what came later than all that was learned.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let days = Dataset::new(Tensor::arange(0., 10., 1.), Tensor::arange(1., 11., 1.));
    /// let (past, future) = days.split_chronological(0.8);
    /// assert_eq!((past.len(), future.x), (8, tensor![8., 9.]));
    /// ```
    ///
    /// # Panics
    /// As [`split`](Dataset::split).
    #[track_caller]
    pub fn split_chronological(&self, fraction: f64) -> (Dataset, Dataset) {
        let first = self.part("split_chronological", fraction);
        (self.take(first), self.skip(first))
    }

    /// The number of samples in the first of two parts.
    #[track_caller]
    fn part(&self, op: &'static str, fraction: f64) -> usize {
        if !(fraction > 0.0 && fraction < 1.0) {
            let why = format!("the fraction {fraction} is not between 0 and 1");
            let hint = format!("data.{op}(0.8) keeps 80 % in the first part");
            Error::shape(op, why, hint).raise();
        }
        if self.len() < 2 {
            let why = format!("{} cannot be divided in two", samples(self.len()));
            Error::shape(op, why, "load or make more samples first").raise();
        }
        ((self.len() as f64 * fraction).round() as usize).clamp(1, self.len() - 1)
    }

    /// The first `count` samples, or all where there are fewer.
    #[must_use]
    pub fn take(&self, count: usize) -> Dataset {
        self.between(0, count.min(self.len()))
    }

    /// All samples but the first `count`; none where there are not more.
    #[must_use]
    pub fn skip(&self, count: usize) -> Dataset {
        self.between(count.min(self.len()), self.len())
    }

    /// The samples from `start` to before `end`, which are there.
    fn between(&self, start: usize, end: usize) -> Dataset {
        if (start, end) == (0, self.len()) {
            return self.clone();
        }
        Dataset {
            x: self.x.rows(start..end),
            y: self.y.rows(start..end),
            ..self.clone()
        }
    }

    /// The same samples in random order; [`seed`](crate::seed) makes it repeatable. `fit` shuffles by itself.
    #[must_use]
    pub fn shuffle(&self) -> Dataset {
        self.gather(&random::permutation(self.len()))
    }

    /// Parts of `size` samples in their order, the last one smaller where it does not come out even: for a training loop
    /// written by hand.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let data = xor(10, 0.1);
    /// let sizes: Vec<usize> = data.shuffle().batches(4).map(|batch| batch.len()).collect();
    /// assert_eq!(sizes, [4, 4, 2]);
    /// ```
    ///
    /// # Panics
    /// When `size` is 0.
    #[track_caller]
    pub fn batches(&self, size: usize) -> Batches {
        if size == 0 {
            Error::shape("batches", "a batch of 0 samples never ends", "data.batches(32)").raise();
        }
        Batches {
            data: self.clone(),
            start: 0,
            size,
        }
    }

    /// The same targets with other samples: `change` gets all of `x: [n, ...]` and gives as many back.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let (train, _) = mnist_sample();
    /// let flat = train.map(|x| x.reshape([1000, 784]) / 255.0);
    /// assert_eq!(flat.x.shape(), [1000, 784]);
    /// ```
    ///
    /// # Panics
    /// When the number of samples is another afterwards.
    #[must_use]
    #[track_caller]
    pub fn map(&self, change: impl FnOnce(&Tensor) -> Tensor) -> Dataset {
        self.with_samples(change(&self.x))
    }

    #[track_caller]
    fn with_samples(&self, x: Tensor) -> Dataset {
        if x.shape().first() != Some(&self.len()) {
            let why = format!("{} became a tensor of shape {:?}", samples(self.len()), x.shape());
            Error::shape("map", why, "the first axis counts samples and must stay as it is").raise();
        }
        // Where the columns are others, their names say nothing any more.
        let same = x.shape() == self.x.shape();
        let features = if same { self.features.clone() } else { Vec::new() };
        Dataset {
            x,
            features,
            ..self.clone()
        }
    }

    /// Only the samples of some classes, which are numbered anew from 0 in the order given. Two classes make a yes-or-no
    /// question, for a last layer of one unit.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// let (train, _) = fashion_mnist_sample();
    /// let two = train.keep_classes([1, 8]);
    /// assert_eq!((two.len(), two.classes), (200, vec!["Trouser".to_string(), "Bag".to_string()]));
    /// assert_eq!(two.y.max().item(), 1.0);
    /// ```
    ///
    /// # Panics
    /// When `y` holds no class numbers, when no class is given, one twice, or one that no sample has.
    #[must_use]
    #[track_caller]
    pub fn keep_classes(&self, classes: impl AsRef<[usize]>) -> Dataset {
        self.keep_these(classes.as_ref())
    }

    #[track_caller]
    fn keep_these(&self, classes: &[usize]) -> Dataset {
        const OP: &str = "keep_classes";
        let labels = self.labels(OP);
        let counts = self.class_counts();
        let there = counts.len().saturating_sub(1);
        let mut new_number = vec![None; counts.len()];
        for (new, &class) in classes.iter().enumerate() {
            match new_number.get_mut(class) {
                Some(number @ None) if counts[class] > 0 => *number = Some(new),
                Some(Some(_)) => {
                    let why = format!("class {class} is given twice");
                    Error::shape(OP, why, "name each class once").raise();
                }
                _ => {
                    let why = format!("no sample is of class {class}");
                    let hint = format!(
                        "the classes are 0 to {there}; data.class_counts() tells how many are of each"
                    );
                    Error::shape(OP, why, hint).raise();
                }
            }
        }
        if classes.is_empty() {
            Error::shape(OP, "no class is given", "data.keep_classes([0, 1])").raise();
        }
        let kept = |&row: &usize| new_number[labels[row]].is_some();
        let rows: Vec<usize> = (0..self.len()).filter(kept).collect();
        let numbers = rows
            .iter()
            .map(|&row| new_number[labels[row]].unwrap_or(0) as f32);
        let mut shape = self.y.shape().to_vec();
        shape[0] = rows.len();
        let names = match self.classes.is_empty() {
            true => Vec::new(),
            false => classes.iter().map(|&class| self.class_name(class)).collect(),
        };
        Dataset {
            x: self.x.gather_rows(&rows),
            y: Tensor::from_vec(numbers.collect(), shape),
            classes: names,
            features: self.features.clone(),
        }
    }

    /// How many samples there are of each class, in the order of the class numbers.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// assert_eq!(wine().class_counts(), [59, 71, 48]);
    /// ```
    ///
    /// # Panics
    /// When `y` holds no class numbers.
    #[track_caller]
    pub fn class_counts(&self) -> Vec<usize> {
        let labels = self.labels("class_counts");
        let largest = labels.iter().max().map_or(0, |&label| label + 1);
        let mut counts = vec![0; self.classes.len().max(largest)];
        for label in labels {
            counts[label] += 1;
        }
        counts
    }

    /// The same samples with their class numbers as rows of zeros with a single one, for `CategoricalCrossentropy`; see
    /// [`one_hot`]. There are as many columns as classes have names, or as the largest number needs.
    ///
    /// # Panics
    /// When `y` holds no class numbers.
    #[must_use]
    #[track_caller]
    pub fn one_hot(&self) -> Dataset {
        let classes = self.class_counts().len();
        Dataset {
            y: one_hot(&self.y, classes),
            ..self.clone()
        }
    }

    /// The class number of each sample.
    #[track_caller]
    fn labels(&self, op: &'static str) -> Vec<usize> {
        if self.y.len() != self.len() {
            let why = format!(
                "y has shape {:?}, not one class number for each sample",
                self.y.shape()
            );
            let hint = "rows of zeros and a one go back to numbers with y.argmax_axis(1)";
            Error::shape(op, why, hint).raise();
        }
        expect_fit(self.y.class_indices(op, MOST_CLASSES))
    }
}

/// What [`Dataset::batches`] gives: one part after the other.
///
/// ```
/// use dl_core::prelude::*;
/// let mut batches = xor(10, 0.1).batches(4);
/// assert_eq!(batches.next().map(|batch| batch.len()), Some(4));
/// assert_eq!(batches.count(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Batches {
    data: Dataset,
    start: usize,
    size: usize,
}

impl Iterator for Batches {
    type Item = Dataset;

    fn next(&mut self) -> Option<Dataset> {
        let left = self.data.len() - self.start;
        if left == 0 {
            return None;
        }
        let end = self.start + self.size.min(left);
        let batch = self.data.between(self.start, end);
        self.start = end;
        Some(batch)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = (self.data.len() - self.start).div_ceil(self.size);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Batches {}
