//! The process that runs cells, seen from both sides.
//!
//! [`Worker`] is the kernel's side: it starts `hebb worker`, hands it one compiled cell after another, carries everything that the
//! cell shows to a [`CellHost`] in the order in which it was shown, and says in words how a cell or its process ended.
//! [`serve`] is the other side: a supervisor, and below it the process that holds the variables, which runs each cell in a
//! copy of itself. What a cell means, how it is compiled and which variables live is the engine's business.
//!
//! Text that a background thread prints after its cell has ended waits in the pipe and appears with the next cell; rich output
//! of an earlier cell is dropped.

pub mod confine;
mod descriptors;
mod ending;
mod frame;
mod interrupt;
mod listen;
mod memory;
mod order;
mod process;
mod run;
mod runtime;
mod serve;
mod snapshot;
mod supervise;
mod text;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::engine::{CellHost, Interrupter};
use crate::layout::Layout;
use crate::output::MimeBundle;

pub use descriptors::own_descriptors;
use interrupt::Stop;
use memory::Limit;
use order::Task;
use process::{Heard, Process};
use run::Surroundings;
pub use serve::{ServeError, serve};
pub use snapshot::offer_process_to_the_memory_killer as offer_to_the_memory_killer;
pub use text::Utf8Decoder;

use confine::Confinement;

/// How a run ended, and what it left.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// How the cell ended.
    pub outcome: RunOutcome,
    /// What became of the variables.
    pub after: After,
    /// Why there was no snapshot to go back to, if there was none.
    pub unprotected: Option<String>,
}

impl Ran {
    fn new(outcome: RunOutcome, after: After) -> Ran {
        Ran {
            outcome,
            after,
            unprotected: None,
        }
    }
}

/// What became of the variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// They are as the cell left them.
    Committed,
    /// They are as they were before the cell.
    Undone,
    /// They are gone.
    Lost,
}

/// How a cell ended.
#[derive(Clone, Debug, PartialEq)]
pub enum RunOutcome {
    /// It ran to its end.
    Ok {
        /// The value of its trailing expression, if it has one that can be shown: data and metadata.
        result: Option<(MimeBundle, Map<String, Value>)>,
        /// Remarks of the cell runtime for the person.
        notes: Vec<String>,
    },
    /// It panicked.
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
    /// A `?` met an error, or the library could not be loaded.
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
    /// The person stopped it.
    Interrupted {
        /// It did not see that, so its process had to be ended. Else it went on to its end, and everything that it made is there.
        killed: bool,
    },
    /// Its process ended.
    Died {
        /// How, in plain words, fit to follow "the cell's process ended: ".
        what: String,
    },
}

/// The kernel's side of the worker.
pub struct Worker {
    layout: Layout,
    /// The walls around it, if what it runs is a stranger's.
    confinement: Option<Confinement>,
    /// None if the last one ended before it was ready: the next run tries again and tells what happens.
    process: Option<Process>,
    stop: Arc<Stop>,
    /// A variable holds the handle of a thread.
    has_threads: bool,
    /// What every process that runs cells finds in its environment, beside what the kernel has.
    environment: BTreeMap<String, String>,
    /// Its reading end; [`Stop`] has the other one.
    wake: io::PipeReader,
    limit: Limit,
}

impl Worker {
    /// Starts the process and does not wait for it: the libraries load while the person types.
    pub fn spawn(layout: &Layout, confinement: Option<Confinement>) -> io::Result<Worker> {
        let (wake, waker) = io::pipe()?;
        let process = Process::spawn(layout, confinement.as_ref(), &BTreeMap::new())?;
        let allowed = confinement.as_ref().and_then(|confinement| confinement.resident);
        Ok(Worker {
            layout: layout.clone(),
            confinement,
            process: Some(process),
            stop: Arc::new(Stop::new(waker)),
            environment: BTreeMap::new(),
            has_threads: false,
            wake,
            limit: Limit::find(allowed),
        })
    }

    /// Runs a compiled cell and shows its output to `host` until it has ended. If it succeeds, the variables `forget` are dropped.
    ///
    /// If the process ended since the last run, this run does not take place and says so: the library was compiled for
    /// variables that are gone. See [`Worker::ended`] to learn of it before compiling.
    pub fn run(&mut self, library: &Path, forget: &[String], host: &mut dyn CellHost) -> Ran {
        self.run_task(Some(library), None, forget, host)
    }

    /// Runs a compiled cell whose variables are kept by code of its own: `function` of the library is given what the last such
    /// function gave back, and says by `hebb_prelude::cell::reached` that the cell's statements reached their end.
    pub fn run_function(&mut self, library: &Path, function: &str, host: &mut dyn CellHost) -> Ran {
        self.run_task(Some(library), Some(function), &[], host)
    }

    /// Tells of what types the variables are: handles of threads cannot be copied with their process.
    pub fn tell_of_types<'a>(&mut self, mut types: impl Iterator<Item = &'a str>) {
        self.has_threads = types.any(|name| name.contains("thread::JoinHandle<"));
    }

    /// Lets cells' code handle the messages on comms that `host` has, as if it were a cell.
    pub fn deliver(&mut self, host: &mut dyn CellHost) -> Ran {
        self.run_task(None, None, &[], host)
    }

    fn run_task(
        &mut self,
        library: Option<&Path>,
        function: Option<&str>,
        forget: &[String],
        host: &mut dyn CellHost,
    ) -> Ran {
        if let Some(what) = self.ended() {
            return Ran::new(RunOutcome::Died { what }, After::Lost);
        }
        let process = self.process.take();
        let mut process = match process.map_or_else(|| self.start(), Ok) {
            Ok(process) => process,
            Err(error) => {
                let what = format!("it cannot be started: {error}");
                return Ran::new(RunOutcome::Died { what }, After::Lost);
            }
        };
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let library = match library.map(|library| self.hand_over(library, &nonce)).transpose() {
            Ok(library) => library,
            Err(error) => {
                self.process = Some(process);
                let what = format!("its library cannot be handed over: {error}");
                return Ran::new(RunOutcome::Died { what }, After::Undone);
            }
        };
        let task = Task {
            library,
            function: function.map(str::to_owned),
            nonce,
            forget: forget.to_vec(),
            take_away: self.confinement.is_some(),
            has_threads: self.has_threads,
        };
        let around = Surroundings {
            host,
            stop: &self.stop,
            wake: &mut self.wake,
            limit: &mut self.limit,
        };
        let ran = run::run(&mut process, task, around);
        if ran.after != After::Lost {
            self.process = Some(process);
        } else if process.was_ready() {
            // The next one loads its libraries now, not when the person waits for it. Failure shows at the next run.
            self.process = self.start().ok();
        }
        ran
    }

    fn start(&self) -> io::Result<Process> {
        Process::spawn(&self.layout, self.confinement.as_ref(), &self.environment)
    }

    /// Gives processes to come a variable of the environment.
    pub fn set_environment(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// The path at which the process finds a library: a confined one in the folder that it sees, under a name that no earlier
    /// cell could know.
    fn hand_over(&self, library: &Path, nonce: &str) -> io::Result<String> {
        let folder = self
            .confinement
            .as_ref()
            .and_then(|confinement| confinement.libraries.as_ref());
        let path = match folder {
            Some(folder) => {
                let path = folder.join(format!("{nonce}.so"));
                std::fs::copy(library, &path)?;
                path
            }
            None => library.to_owned(),
        };
        Ok(path.to_string_lossy().into_owned())
    }

    /// How the process ended, if it did so while no cell ran; a fresh one without variables has taken its place.
    pub fn ended(&mut self) -> Option<String> {
        let process = self.process.as_mut()?;
        loop {
            match process.hear() {
                Heard::Report(_) => {}
                Heard::Nothing => return None,
                Heard::Gone if process.was_ready() => break,
                // It never started: the next run says so.
                Heard::Gone => return None,
            }
        }
        let what = process.how_it_ended(None);
        self.process = self.start().ok();
        Some(what)
    }

    /// Starts again with a fresh process: every variable is gone.
    pub fn restart(&mut self) -> io::Result<()> {
        self.process = None;
        self.process = Some(self.start()?);
        Ok(())
    }

    /// A cell is on its way to [`Worker::run`]: an interrupt on that way keeps it from running.
    pub fn begin_cell(&self) {
        self.stop.expect();
    }

    /// No cell is on its way any more.
    pub fn end_cell(&self) {
        self.stop.end();
    }

    /// Stops the running cell, from any thread. The cell is asked first; if it does not end within two seconds, or is
    /// interrupted again, its process is ended.
    pub fn interrupter(&self) -> Arc<dyn Interrupter> {
        self.stop.clone()
    }

    /// The operating system's number of the process that holds the variables, if one lives.
    pub fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }
}
