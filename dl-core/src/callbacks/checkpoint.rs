//! Saving a model while it learns.

use super::Monitor;
use crate::error::Error;
use crate::model::{Callback, History, Progress, Sequential};
use std::path::{Path, PathBuf};

/// Saves the model to a file after each epoch, or only when a curve is at its best; `Sequential::load` reads it again.
///
/// In the path, `{epoch}` and the name of any curve in braces stand for that epoch's number: `digits-{epoch}.safetensors`.
/// A training whose model cannot be saved ends with an error.
/// [Keras](https://keras.io/api/callbacks/model_checkpoint/).
///
/// ```
/// use dl_core::prelude::*;
/// let path = std::env::temp_dir().join(format!("hebb-checkpoint-{}.safetensors", std::process::id()));
/// let data = xor(60, 0.1);
/// let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// model.compile(SGD::new(0.5), BinaryCrossentropy::new(), []);
/// let keep = ModelCheckpoint::new(&path).monitor("loss").save_best_only();
/// model.fit(&data, Fit::epochs(3).silent().callback(keep))?;
/// let best = Sequential::load(&path)?;
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    path: PathBuf,
    monitor: Monitor,
    best_only: bool,
}

impl ModelCheckpoint {
    /// Saves to this path after each epoch.
    pub fn new(path: impl AsRef<Path>) -> ModelCheckpoint {
        ModelCheckpoint {
            path: path.as_ref().to_path_buf(),
            monitor: Monitor::new("val_loss"),
            best_only: false,
        }
    }

    /// The curve that tells which epoch is best; `val_loss` unless another is named.
    #[must_use]
    pub fn monitor(mut self, curve: &str) -> ModelCheckpoint {
        self.monitor = Monitor::new(curve);
        self
    }

    /// Saves only when the curve is better than at every epoch before.
    #[must_use]
    pub fn save_best_only(mut self) -> ModelCheckpoint {
        self.best_only = true;
        self
    }

    /// The file for an epoch: `number` tells what stands for a name in braces.
    fn file(&self, number: impl Fn(&str) -> Option<String>) -> Result<PathBuf, Error> {
        let text = self.path.to_string_lossy();
        let Some((start, mut rest)) = text.split_once('{') else {
            return Ok(self.path.clone());
        };
        let mut file = start.to_string();
        loop {
            let (name, after) = rest.split_once('}').unwrap_or((rest, ""));
            let Some(number) = number(name) else {
                let what = format!("ModelCheckpoint: nothing is called {{{name}}} in the path {text}");
                let hint = "in braces stand epoch or the name of a curve, such as {epoch} or {val_loss}";
                return Err(Error::new(what, hint));
            };
            file += &number;
            match after.split_once('{') {
                Some((between, next)) => (file, rest) = (file + between, next),
                None => return Ok((file + after).into()),
            }
        }
    }
}

impl Callback for ModelCheckpoint {
    fn on_begin(&mut self, _: &mut Sequential, progress: &Progress, _: &History) {
        if self.best_only {
            self.monitor.begin("ModelCheckpoint", progress);
        }
        let is_known = |name: &str| name == "epoch" || progress.names().iter().any(|known| known == name);
        let file = self.file(|name| is_known(name).then(String::new));
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        match (file, folder.map(std::fs::metadata)) {
            (Err(error), _) => progress.fail(error),
            // A folder whose name changes with the epoch is known later.
            (Ok(file), Some(Err(error))) if file == self.path => {
                let what = format!("ModelCheckpoint: {}: {error}", self.path.display());
                progress.fail(Error::new(what, "check the path, and that its folder is there"));
            }
            _ => {}
        }
    }

    fn on_epoch_end(&mut self, model: &mut Sequential, progress: &Progress, history: &History) {
        if self.best_only && !self.monitor.improved(history) {
            return;
        }
        // With as many digits as the last epoch has, so that files sort by epoch.
        let digits = progress.epochs.to_string().len();
        let file = self.file(|name| match name {
            "epoch" => Some(format!("{:0digits$}", progress.epoch)),
            name => history.get(name).last().map(|number| format!("{number:.4}")),
        });
        if let Err(error) = file.and_then(|file| model.save(file)) {
            progress.fail(error);
        }
    }
}
