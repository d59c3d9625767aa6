//! Looking on while a model learns: the trait, and what it is told.

use super::Sequential;
use super::history::{History, Scores};
use crate::error::{Error, Result};
use std::cell::{Cell, RefCell};
use std::time::Instant;

/// Something that looks on while [`fit`](super::Sequential::fit) runs: a display, a log, a rule that ends it or changes the
/// model. All methods do nothing unless written. One that cannot do its work says so with [`Progress::fail`]. A closure `|progress, history| ...` is a callback after each epoch.
///
/// ```
/// use dl_core::prelude::*;
/// let data = xor(40, 0.1);
/// let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
/// let stop_after_3 = |progress: &Progress, _: &History| if progress.epoch == 3 { progress.stop() };
/// let history = model.fit(&data, Fit::epochs(100).silent().callback(stop_after_3))?;
/// assert_eq!(history.get("loss").len(), 3);
/// # Ok::<(), Error>(())
/// ```
pub trait Callback {
    /// Before the first step.
    fn on_begin(&mut self, _model: &mut Sequential, _progress: &Progress, _history: &History) {}
    /// Before the first step of each epoch; `progress.epoch` is its number.
    fn on_epoch_begin(&mut self, _model: &mut Sequential, _progress: &Progress, _history: &History) {}
    /// After each step.
    fn on_batch_end(&mut self, _model: &mut Sequential, _progress: &Progress, _history: &History) {}
    /// After each epoch, validation included: the history ends with this epoch's numbers.
    fn on_epoch_end(&mut self, _model: &mut Sequential, _progress: &Progress, _history: &History) {}
    /// When learning ends: all epochs done, stopped or interrupted (but not after an error).
    fn on_end(&mut self, _model: &mut Sequential, _progress: &Progress, _history: &History) {}
}

impl<F: FnMut(&Progress, &History)> Callback for F {
    fn on_epoch_end(&mut self, _model: &mut Sequential, progress: &Progress, history: &History) {
        self(progress, history);
    }
}

/// A closure that is handed the model too.
pub(super) struct EachEpoch<F>(pub(super) F);

impl<F: FnMut(&mut Sequential, &Progress, &History)> Callback for EachEpoch<F> {
    fn on_epoch_end(&mut self, model: &mut Sequential, progress: &Progress, history: &History) {
        (self.0)(model, progress, history);
    }
}

/// How far a training is.
///
/// ```
/// use dl_core::prelude::*;
/// let tell = |progress: &Progress, _: &History| {
///     println!("epoch {} of {}: {}", progress.epoch, progress.epochs, progress.scores);
/// };
/// let fit = Fit::epochs(5).callback(tell);
/// # drop(fit);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress {
    /// The epoch that runs, from 1; 0 before the first step.
    pub epoch: usize,
    /// How many there are to be.
    pub epochs: usize,
    /// Steps done in this epoch.
    pub step: usize,
    /// Steps of a whole epoch.
    pub steps: usize,
    /// Samples learned from per second, since the first step.
    pub samples_per_second: f64,
    /// Estimated time to the end of the last epoch, in seconds.
    pub seconds_left: f64,
    /// Loss and metrics of this epoch so far. While a graphics card learns, they may be some steps old, as nobody waits for it
    /// after each one; at the end of an epoch they are those of all steps.
    pub scores: Scores,
    samples: usize,
    seen: usize,
    start: Instant,
    names: Vec<String>,
    stop: Cell<bool>,
    failure: RefCell<Option<Error>>,
}

impl Progress {
    pub(super) fn new(epochs: usize, samples: usize, batch_size: usize, names: Vec<String>) -> Progress {
        Progress {
            epoch: 0,
            epochs,
            step: 0,
            steps: samples.div_ceil(batch_size),
            samples_per_second: 0.0,
            seconds_left: f64::INFINITY,
            scores: Scores::default(),
            samples,
            seen: 0,
            start: Instant::now(),
            names,
            stop: Cell::new(false),
            failure: RefCell::new(None),
        }
    }

    /// Goes to the next epoch.
    pub(super) fn begin(&mut self, epoch: usize) {
        (self.epoch, self.step) = (epoch, 0);
    }

    /// Counts one more step.
    pub(super) fn advance(&mut self, step: usize, samples: usize, scores: Scores) {
        (self.step, self.scores) = (step, scores);
        self.seen += samples;
        let elapsed = self.start.elapsed().as_secs_f64();
        self.samples_per_second = self.seen as f64 / elapsed.max(1e-9);
        let left = self.epochs * self.samples - self.seen;
        self.seconds_left = left as f64 / self.samples_per_second;
    }

    /// Ends the training after this epoch, as early stopping does.
    pub fn stop(&self) {
        self.stop.set(true);
    }

    /// Ends the training at once: `fit` returns this error. The model keeps what it has learned.
    ///
    /// ```
    /// use dl_core::prelude::*;
    /// # let data = xor(40, 0.1);
    /// # let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
    /// # model.compile(SGD::new(0.1), BinaryCrossentropy::new(), [Accuracy]);
    /// let save = |model: &mut Sequential, progress: &Progress, _: &History| {
    ///     if let Err(error) = model.save("/no/such/folder/model.safetensors") {
    ///         progress.fail(error);
    ///     }
    /// };
    /// assert!(model.fit(&data, Fit::epochs(3).silent().each_epoch(save)).is_err());
    /// ```
    pub fn fail(&self, error: Error) {
        self.failure.borrow_mut().get_or_insert(error);
    }

    /// The first failure that a callback told.
    pub(super) fn failure(&self) -> Result<()> {
        match self.failure.borrow_mut().take() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The curves that the history is going to have: `loss`, the metrics, and the same with `val_` before if there is
    /// validation data.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.get()
    }
}
