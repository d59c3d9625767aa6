//! Ending a training that gets no better.

use super::Monitor;
use crate::model::{Callback, History, Progress, Sequential};
use crate::tensor::Tensor;

/// Ends the training when a curve has not got better for some epochs, and puts back the best weights if asked to.
///
/// Whether a curve gets better by growing (`val_accuracy`) or falling (`val_loss`) follows from its name.
/// [Keras](https://keras.io/api/callbacks/early_stopping/); Prechelt, 1998.
///
/// ```
/// use dl_core::prelude::*;
/// let (train, test) = xor(120, 0.1).split(0.8);
/// let mut model = Sequential::new([2]).add(Dense::new(8).activation(Tanh)).add(Dense::new(1).activation(Sigmoid));
/// model.compile(Adam::new(0.05), BinaryCrossentropy::new(), []);
/// let stop = EarlyStopping::new("val_loss").patience(5).restore_best();
/// let history = model.fit(&train, Fit::epochs(50).validation(&test).silent().callback(stop))?;
/// let best = history.get("val_loss").iter().copied().fold(f32::INFINITY, f32::min);
/// assert_eq!(model.evaluate(&test)?.loss(), best);
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: usize,
    restore: bool,
    /// Epochs since the best one.
    waited: usize,
    best: Option<Vec<Tensor>>,
}

impl EarlyStopping {
    /// Watches this curve: `val_loss`, `val_accuracy`, `loss`, ... It stops at the first epoch that is no better; see
    /// [`patience`](Self::patience).
    pub fn new(curve: &str) -> EarlyStopping {
        EarlyStopping {
            monitor: Monitor::new(curve),
            patience: 0,
            restore: false,
            waited: 0,
            best: None,
        }
    }

    /// How many epochs in a row may be no better than the best before the training ends.
    #[must_use]
    pub fn patience(mut self, epochs: usize) -> EarlyStopping {
        self.patience = epochs;
        self
    }

    /// How much better an epoch must be to count, in the curve's units.
    #[must_use]
    pub fn min_delta(mut self, least: f32) -> EarlyStopping {
        self.monitor.min_delta = least.abs();
        self
    }

    /// Gives the model the weights of its best epoch in the end, whether it was stopped or not.
    #[must_use]
    pub fn restore_best(mut self) -> EarlyStopping {
        self.restore = true;
        self
    }
}

impl Callback for EarlyStopping {
    fn on_begin(&mut self, _: &mut Sequential, progress: &Progress, _: &History) {
        self.monitor.begin("EarlyStopping", progress);
        (self.waited, self.best) = (0, None);
    }

    fn on_epoch_end(&mut self, model: &mut Sequential, progress: &Progress, history: &History) {
        let improved = self.monitor.improved(history);
        if self.restore && (improved || self.best.is_none()) {
            self.best = Some(model.weights());
        }
        self.waited = if improved { 0 } else { self.waited + 1 };
        // The first epoch has nothing to be better than.
        if self.waited >= self.patience.max(1) && progress.epoch > 1 {
            progress.stop();
        }
    }

    fn on_end(&mut self, model: &mut Sequential, progress: &Progress, _: &History) {
        if let Some(best) = self.best.take()
            && let Err(error) = model.set_weights(&best)
        {
            progress.fail(error);
        }
    }
}
