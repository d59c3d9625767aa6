//! The process that runs cells, seen from both sides.
//!
//! [`Worker`] is the kernel's side: it starts `hebb worker`, hands it one compiled cell after another, carries everything that the
//! cell shows to a [`CellHost`] in the order in which it was shown, and says in words how a cell or its process ended.
//! [`serve`] is the other side, the process itself. What a cell means, how it is compiled and which variables live is
//! the engine's business.
//!
//! Text that a background thread prints after its cell has ended waits in the pipe and appears with the next cell; rich output with an
//! old nonce is dropped.

mod ending;
mod frame;
mod interrupt;
mod process;
mod run;
mod serve;
mod text;

use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::engine::{CellHost, Interrupter};
use crate::layout::Layout;
use crate::output::MimeBundle;

use frame::ToWorker;
use interrupt::Stop;
use process::Process;
pub use serve::{ServeError, serve};

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum RunOutcome {
    /// The cell ran to its end.
    Ok {
        /// The value of its trailing expression, if it has one that can be shown: data and metadata.
        result: Option<(MimeBundle, Map<String, Value>)>,
        /// Remarks of the cell runtime for the person.
        notes: Vec<String>,
    },
    /// The cell panicked. The variables live on.
    Panic {
        /// The panic's message.
        message: String,
        /// Line in the cell's source file, from 1; 0 if unknown.
        line: u32,
        /// Column, from 1; 0 if unknown.
        column: u32,
        /// The source file that the compiler was given.
        file: String,
    },
    /// A `?` met an error, or the library could not be loaded. The variables live on.
    Failed {
        /// The error as text.
        message: String,
        /// The error's type; empty if unknown.
        type_name: String,
        /// Line of the `?` in the cell's source file, from 1; 0 if unknown.
        line: u32,
        /// Column, from 1; 0 if unknown.
        column: u32,
        /// The source file that the compiler was given; empty if unknown.
        file: String,
    },
    /// The person stopped the cell.
    Interrupted {
        /// It did not see that, so its process had to be ended: all variables are gone. Else it went on to its end, and everything
        /// that it made is there.
        killed: bool,
    },
    /// The process ended: all variables are gone.
    Died {
        /// How, in plain words, fit to follow "the cell's process ended: ".
        what: String,
    },
}

/// The kernel's side of the worker process.
///
/// The process is told to end when the *thread* that started it ends (that is how Linux understands a parent's death), so a
/// `Worker` is made and used on one thread that lives as long as it does.
pub struct Worker {
    layout: Layout,
    /// None if the last one ended before it was ready: the next run tries again and tells what happens.
    process: Option<Process>,
    stop: Arc<Stop>,
    /// Its reading end; [`Stop`] has the other one.
    wake: io::PipeReader,
}

impl Worker {
    /// Starts the process and does not wait for it: the libraries load while the person types.
    pub fn spawn(layout: &Layout) -> io::Result<Worker> {
        let (wake, waker) = io::pipe()?;
        let process = Process::spawn(layout)?;
        Ok(Worker {
            layout: layout.clone(),
            process: Some(process),
            stop: Arc::new(Stop::new(waker)),
            wake,
        })
    }

    /// Runs a compiled cell and shows its output to `host` until it has ended.
    ///
    /// If the process ended since the last run, this run does not take place and says so: the library was compiled for
    /// variables that are gone. See [`Worker::ended`] to learn of it before compiling.
    pub fn run(&mut self, library: &Path, host: &mut dyn CellHost) -> RunOutcome {
        if let Some(what) = self.ended() {
            return RunOutcome::Died { what };
        }
        let mut process = match self
            .process
            .take()
            .map_or_else(|| Process::spawn(&self.layout), Ok)
        {
            Ok(process) => process,
            Err(error) => {
                return RunOutcome::Died {
                    what: format!("it cannot be started: {error}"),
                };
            }
        };
        let outcome = run::run(&mut process, library, host, &self.stop, &mut self.wake);
        let gone = matches!(
            outcome,
            RunOutcome::Died { .. } | RunOutcome::Interrupted { killed: true }
        );
        if !gone {
            self.process = Some(process);
        } else if process.was_ready() {
            // The next one loads its libraries now, not when the person waits for it. Failure shows at the next run.
            self.process = Process::spawn(&self.layout).ok();
        }
        outcome
    }

    /// How the process ended, if it did so while no cell ran; a fresh one without variables has taken its place.
    pub fn ended(&mut self) -> Option<String> {
        let process = self.process.as_mut().filter(|process| process.was_ready())?;
        let what = process.try_end()?;
        self.process = Process::spawn(&self.layout).ok();
        Some(what)
    }

    /// Drops variables.
    pub fn forget(&mut self, names: &[String]) {
        if let Some(process) = &mut self.process {
            process.send(&ToWorker::Forget {
                names: names.to_vec(),
            });
        }
    }

    /// Starts again with a fresh process: every variable is gone.
    pub fn restart(&mut self) -> io::Result<()> {
        self.process = None;
        self.process = Some(Process::spawn(&self.layout)?);
        Ok(())
    }

    /// Stops the running cell, from any thread. The cell is asked first; if it does not end within two seconds, or is
    /// interrupted again, its process is killed.
    pub fn interrupter(&self) -> Arc<dyn Interrupter> {
        self.stop.clone()
    }

    /// The operating system's number of the process, if one lives.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }
}
