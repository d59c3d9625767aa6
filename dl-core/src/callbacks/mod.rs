//! Callbacks that come with the library: they stop a training, save the best model, change the learning rate, keep a log.
//! Rules and defaults are [Keras's](https://keras.io/api/callbacks/). The trait stands in [`crate::model`].

mod checkpoint;
mod csv_log;
mod early_stopping;
mod learning_rate;

pub use checkpoint::ModelCheckpoint;
pub use csv_log::CsvLog;
pub use early_stopping::EarlyStopping;
pub use learning_rate::{LearningRateSchedule, ReduceLROnPlateau};

use crate::error::Error;
use crate::metrics;
use crate::model::{History, Progress};

/// Follows one curve of a history, and tells whether it got better.
#[derive(Clone, Debug)]
struct Monitor {
    curve: String,
    /// Less of an improvement is none.
    min_delta: f32,
    best: f32,
    /// Whether the curve gets better as it grows; by its name.
    grows: bool,
}

impl Monitor {
    fn new(curve: &str) -> Monitor {
        let grows = metrics::grows(curve);
        Monitor {
            curve: curve.to_string(),
            min_delta: 0.0,
            best: worst(grows),
            grows,
        }
    }

    /// Forgets what was best. A curve that there will not be ends the training before it begins.
    fn begin(&mut self, callback: &'static str, progress: &Progress) {
        self.best = worst(self.grows);
        let names = progress.names();
        if !names.contains(&self.curve) {
            let known = names.join(", ");
            let hint = match self.curve.strip_prefix("val_") {
                Some(name) if names.iter().any(|known| known == name) => {
                    format!(
                        "there are {known}; for the others give validation data: Fit::epochs(5).validation(&test)"
                    )
                }
                _ => format!("there are {known}; metrics are named in compile"),
            };
            progress.fail(Error::shape(
                callback,
                format!("no curve {:?} to watch", self.curve),
                hint,
            ));
        }
    }

    /// Whether the last number of the curve is better than all before; if so it is the best from now on.
    fn improved(&mut self, history: &History) -> bool {
        let Some(&now) = history.get(&self.curve).last() else {
            return false;
        };
        let better = match self.grows {
            true => now - self.min_delta > self.best,
            false => now + self.min_delta < self.best,
        };
        if better {
            self.best = now;
        }
        better
    }
}

fn worst(grows: bool) -> f32 {
    match grows {
        true => f32::NEG_INFINITY,
        false => f32::INFINITY,
    }
}
