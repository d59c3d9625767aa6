//! A training's numbers as a table in a file.

use crate::error::Error;
use crate::model::{Callback, History, Progress, Sequential};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Writes a row of numbers to a CSV file after each epoch: `epoch,loss,accuracy,val_loss,val_accuracy`.
///
/// Each row is on the disk when the next epoch begins, so that it can be read while the training runs, and is there if it
/// breaks off. [Keras](https://keras.io/api/callbacks/csv_logger/).
///
/// ```
/// use dl_core::prelude::*;
/// let path = std::env::temp_dir().join(format!("hebb-log-{}.csv", std::process::id()));
/// let data = xor(60, 0.1);
/// let mut model = Sequential::new([2]).add(Dense::new(1).activation(Sigmoid));
/// model.compile(SGD::new(0.5), BinaryCrossentropy::new(), [Accuracy]);
/// model.fit(&data, Fit::epochs(3).silent().callback(CsvLog::new(&path)))?;
/// let text = std::fs::read_to_string(&path).unwrap();
/// assert!(text.starts_with("epoch,loss,accuracy\n1,") && text.lines().count() == 4);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct CsvLog {
    path: PathBuf,
    append: bool,
    file: Option<File>,
}

impl CsvLog {
    /// Writes to this path; a file that is there begins anew with each training.
    pub fn new(path: impl AsRef<Path>) -> CsvLog {
        CsvLog {
            path: path.as_ref().to_path_buf(),
            append: false,
            file: None,
        }
    }

    /// Goes on in a file that is there. Epochs count from 1 in each training.
    #[must_use]
    pub fn append(mut self) -> CsvLog {
        self.append = true;
        self
    }

    /// Opens the file and writes the head of the table, unless it is there.
    fn open(&self, head: &str) -> Result<File, Error> {
        let mut options = File::options();
        let options = options.create(true).write(true).read(true);
        let options = options.truncate(!self.append);
        let mut file = options.open(&self.path).map_err(|error| self.failed(&error))?;
        let mut text = String::new();
        // What is no file, such as a device, may have no end.
        if self.append && file.metadata().is_ok_and(|about| about.is_file()) {
            file.read_to_string(&mut text)
                .map_err(|error| self.failed(&error))?;
        }
        let start = match text.lines().next() {
            None => format!("{head}\n"),
            Some(line) if line != head => {
                let what = format!(
                    "CsvLog: {} has the columns {line}, not {head}",
                    self.path.display()
                );
                return Err(Error::new(what, "write to another file"));
            }
            Some(_) if !text.ends_with('\n') => "\n".to_string(),
            Some(_) => String::new(),
        };
        file.write_all(start.as_bytes())
            .map_err(|error| self.failed(&error))?;
        Ok(file)
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        let what = format!("CsvLog: {}: {error}", self.path.display());
        Error::new(what, "check the path, and that there is room on the disk")
    }
}

impl Callback for CsvLog {
    fn on_begin(&mut self, _: &mut Sequential, progress: &Progress, _: &History) {
        match self.open(&format!("epoch,{}", progress.names().join(","))) {
            Ok(file) => self.file = Some(file),
            Err(error) => progress.fail(error),
        }
    }

    fn on_epoch_end(&mut self, _: &mut Sequential, progress: &Progress, history: &History) {
        let numbers = progress.names().iter();
        let numbers = numbers.map(|name| history.get(name).last().map_or(String::new(), f32::to_string));
        let row = format!("{},{}\n", progress.epoch, numbers.collect::<Vec<_>>().join(","));
        // A file has no buffer of its own: the row is handed over to the system whole.
        let written = self.file.as_mut().map(|file| file.write_all(row.as_bytes()));
        if let Some(Err(error)) = written {
            progress.fail(self.failed(&error));
        }
    }

    fn on_end(&mut self, _: &mut Sequential, _: &Progress, _: &History) {
        self.file = None;
    }
}
