//! Changing the learning rate between epochs. Schedules that change it at every step are in [`crate::optimizers`].

use super::Monitor;
use crate::error::Error;
use crate::model::{Callback, History, Progress, Sequential};

/// Multiplies the learning rate by a factor when a curve has not got better for some epochs.
///
/// Defaults are [Keras's](https://keras.io/api/callbacks/reduce_lr_on_plateau/): factor 0.1, patience 10, no less than
/// 1e-4 better.
///
/// ```
/// use dl_core::prelude::*;
/// let data = xor(60, 0.1);
/// let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// model.compile(SGD::new(0.5), BinaryCrossentropy::new(), []);
/// // A single unit cannot learn this: the loss soon stays where it is.
/// let reduce = ReduceLROnPlateau::new("loss").factor(0.5).patience(2).min_delta(0.01).min_rate(0.1);
/// model.fit(&data, Fit::epochs(30).silent().callback(reduce))?;
/// assert_eq!(model.learning_rate(), 0.1);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReduceLROnPlateau {
    monitor: Monitor,
    factor: f32,
    patience: usize,
    cooldown: usize,
    min_rate: f32,
    waited: usize,
    /// Epochs of rest that are left.
    resting: usize,
}

impl ReduceLROnPlateau {
    /// Watches this curve: `val_loss`, `loss`, ...
    pub fn new(curve: &str) -> ReduceLROnPlateau {
        let mut monitor = Monitor::new(curve);
        monitor.min_delta = 1e-4;
        ReduceLROnPlateau {
            monitor,
            factor: 0.1,
            patience: 10,
            cooldown: 0,
            min_rate: 0.0,
            waited: 0,
            resting: 0,
        }
    }

    /// What the rate is multiplied by.
    ///
    /// # Panics
    /// If it is not at least 0 and below 1.
    #[must_use]
    #[track_caller]
    pub fn factor(mut self, factor: f32) -> ReduceLROnPlateau {
        if !(0.0..1.0).contains(&factor) {
            let hint = "the rate is multiplied by it to become smaller: a number below 1, often 0.1 or 0.5";
            Error::shape("ReduceLROnPlateau", format!("the factor is {factor}"), hint).raise();
        }
        self.factor = factor;
        self
    }

    /// How many epochs in a row may be no better than the best before the rate is reduced.
    #[must_use]
    pub fn patience(mut self, epochs: usize) -> ReduceLROnPlateau {
        self.patience = epochs;
        self
    }

    /// How much better an epoch must be to count, in the curve's units.
    #[must_use]
    pub fn min_delta(mut self, least: f32) -> ReduceLROnPlateau {
        self.monitor.min_delta = least.abs();
        self
    }

    /// How many epochs after a reduction are not counted.
    #[must_use]
    pub fn cooldown(mut self, epochs: usize) -> ReduceLROnPlateau {
        self.cooldown = epochs;
        self
    }

    /// The rate that is not gone below.
    #[must_use]
    pub fn min_rate(mut self, rate: f32) -> ReduceLROnPlateau {
        self.min_rate = rate.max(0.0);
        self
    }
}

impl Callback for ReduceLROnPlateau {
    fn on_begin(&mut self, _: &mut Sequential, progress: &Progress, _: &History) {
        self.monitor.begin("ReduceLROnPlateau", progress);
        (self.waited, self.resting) = (0, 0);
    }

    fn on_epoch_end(&mut self, model: &mut Sequential, _: &Progress, history: &History) {
        let improved = self.monitor.improved(history);
        // As in Keras, an epoch is counted again as soon as the rest is over.
        self.resting = self.resting.saturating_sub(1);
        if improved || self.resting > 0 {
            self.waited = 0;
            return;
        }
        self.waited += 1;
        let rate = model.learning_rate();
        if self.waited >= self.patience && rate > self.min_rate {
            model.set_learning_rate((rate * self.factor).max(self.min_rate));
            (self.waited, self.resting) = (0, self.cooldown);
        }
    }
}

/// Sets the learning rate before each epoch to what a function of the epoch says.
///
/// ```
/// use dl_core::prelude::*;
/// let data = xor(60, 0.1);
/// let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// model.compile(SGD::new(0.5), BinaryCrossentropy::new(), []);
/// let halve = LearningRateSchedule::new(|epoch| 0.5_f32.powi(epoch as i32));
/// model.fit(&data, Fit::epochs(3).silent().callback(halve))?;
/// assert_eq!(model.learning_rate(), 0.125);
/// # Ok::<(), Error>(())
/// ```
///
/// The function owns what it uses (`move |epoch| ...`), so that the schedule can wait in a variable for a later cell.
pub struct LearningRateSchedule(Box<dyn FnMut(usize) -> f32>);

impl LearningRateSchedule {
    /// `rate_of` gets the number of the epoch, from 1, and returns its learning rate.
    pub fn new(rate_of: impl FnMut(usize) -> f32 + 'static) -> LearningRateSchedule {
        LearningRateSchedule(Box::new(rate_of))
    }
}

impl Callback for LearningRateSchedule {
    fn on_epoch_begin(&mut self, model: &mut Sequential, progress: &Progress, _: &History) {
        set_rate(model, progress, (self.0)(progress.epoch));
    }
}

/// A rate that is none ends the training.
fn set_rate(model: &mut Sequential, progress: &Progress, rate: f32) {
    if rate >= 0.0 && rate.is_finite() {
        model.set_learning_rate(rate);
    } else {
        let what = format!(
            "LearningRateSchedule: the learning rate for epoch {} is {rate}",
            progress.epoch
        );
        progress.fail(Error::new(
            what,
            "the function must return a number of at least 0",
        ));
    }
}

impl std::fmt::Debug for LearningRateSchedule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LearningRateSchedule")
    }
}
