//! The default engine: one direct call of `rustc` for a cell.
//!
//! A cell is taken apart (`parse`), written as one source file with a way back from each byte (`assemble`, `source`), compiled
//! (`compile`), and run by the worker. The types of new variables are read in what the compiler prints (`mir`). What does not
//! compile because of the lines around the cell is mended (`repair`); what the person wrote wrong is shown in their own lines
//! (`diagnostics`). Items, `use`s and variables are remembered only when the cell has succeeded.

mod assemble;
pub mod cache;
mod cell;
pub(super) mod command_lines;
mod commands;
mod comms;
pub(super) mod compile;
mod crates;
mod definition;
mod dependencies;
mod dependency_lines;
mod depth;
pub(super) mod diagnostics;
mod effort;
mod elsewhere;
pub(super) mod files;
pub(super) mod filter;
mod graded;
pub(super) mod hints;
pub(super) mod items;
mod link;
mod made;
mod mir;
pub(super) mod notes;
mod numbers;
mod occurrences;
mod outcome;
pub(super) mod parse;
mod patches;
pub mod program;
mod refusal;
mod repair;
mod shell;
pub(super) mod source;
mod timing;
pub mod trial;
mod types;
mod waits;
mod walls;
mod warnings;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::time::Instant;

use tempfile::TempDir;

use super::assist::Assist;
use super::session_view::{SessionView, SharedView};
use super::{Assistant, Cell, CellHost, Engine, Interrupter, Standing, Terms, Variable};
use crate::layout::{Layout, LayoutError};
use crate::output::{CellError, CommMessage};
use crate::scratch;
use crate::worker::Worker;

use assemble::Living;
use cache::{Cache, Counts, Places};
use compile::{Compiler, Running};
use dependencies::Built;
use effort::Effort;
use files::Files;
use items::Memory;
use source::{CellText, Origin};
pub use walls::{Limits, standing as walls};

/// What the engine is started with.
#[derive(Debug, Default)]
pub struct Options {
    /// Where everything lies; found from the running program if it is not given.
    pub layout: Option<Layout>,
    /// Where compiled cells are kept and looked for; nowhere if nothing is given.
    pub cache: Places,
    /// For cells of strangers: what they may use up. Compiler and cells then run inside of walls.
    pub limits: Option<Limits>,
}

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A part of the installation is missing.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// No directory for the files of cells.
    #[error(
        "cannot make a directory for temporary files: {0}\nhint: is the disk full? TMPDIR names another place"
    )]
    Scratch(io::Error),
    /// The process that runs cells cannot be started.
    #[error("cannot start the process that runs cells: {0}")]
    Worker(io::Error),
    /// Cells of strangers cannot be confined.
    #[error("{0}")]
    Walls(io::Error),
}

/// The crates of `:dep`: name and the rest of the line in a manifest.
type Crates = BTreeMap<String, String>;

/// Compiles cells with `rustc` and runs them in a worker process.
pub struct RustcEngine {
    compiler: Compiler,
    cache: Cache,
    worker: Worker,
    memory: Memory,
    /// In graded work, what the instructor's cells have defined, whatever the learner's have since.
    given: Memory,
    /// What the exercise asks for, if work is graded.
    terms: Option<Terms>,
    living: BTreeMap<String, Living>,
    /// Names that are no variables any more, and why: it completes "`x` ..." in a hint.
    lost: HashMap<String, String>,
    /// What ran: places in it are shown as places in cells.
    files: Files,
    view: SharedView,
    assistant: Arc<Assist>,
    /// What was said and need not be said again.
    said: HashSet<String>,
    /// Counts compilations, so that no two libraries have the same name.
    compilations: u64,
    show_timing: bool,
    /// How much work goes into each cell, if it was said.
    effort: Option<Effort>,
    /// The codes of the errors of the last cell that did not compile.
    explainable: Vec<String>,
    layout: Layout,
    crates: Crates,
    built: Built,
    /// Removed when the engine ends.
    _scratch: TempDir,
}

impl RustcEngine {
    /// Starts the worker; it loads its libraries while the person types.
    ///
    /// # Errors
    /// When a part of the installation is missing, or the system gives no process or directory.
    pub fn start(options: Options) -> Result<RustcEngine, StartError> {
        let layout = match options.layout {
            Some(layout) => layout,
            None => Layout::find()?,
        };
        let scratch = scratch::folder("hebb-").map_err(StartError::Scratch)?;
        let view = SharedView::default();
        let walls = options
            .limits
            .as_ref()
            .map(|limits| walls::around_worker(scratch.path(), limits));
        let walls = walls.transpose().map_err(StartError::Scratch)?;
        let mut compiler = Compiler::new(&layout, scratch.path());
        if let Some(limits) = &options.limits {
            compiler.confine(&layout, limits);
        }
        Ok(RustcEngine {
            compiler,
            worker: Worker::spawn(&layout, walls).map_err(StartError::Worker)?,
            cache: Cache::new(options.cache, &layout),
            memory: Memory::default(),
            given: Memory::default(),
            terms: None,
            living: BTreeMap::new(),
            lost: HashMap::new(),
            files: Files::default(),
            assistant: Arc::new(Assist::new(view.clone(), &layout.api).with_analyzer(&layout.rustc)),
            view,
            said: HashSet::new(),
            compilations: 0,
            show_timing: false,
            effort: None,
            explainable: Vec::new(),
            layout,
            crates: Crates::new(),
            built: Built::default(),
            _scratch: scratch,
        })
    }

    /// Where the latest picture of the session is found.
    pub fn view(&self) -> SharedView {
        self.view.clone()
    }

    /// How many of the session's cells were compiled and how many found compiled, as long as it lives.
    pub fn counts(&self) -> Arc<Counts> {
        self.cache.counts()
    }

    fn publish_view(&self) {
        self.view.set(SessionView {
            variables: self.variables(),
            items: self
                .memory
                .definitions
                .iter()
                .map(|item| item.origin.text().to_owned())
                .collect(),
            uses: self
                .memory
                .uses
                .iter()
                .map(|(leaf, _)| leaf.text.clone())
                .collect(),
        });
    }

    /// Forgets variables; `why` completes "`x` ..." when one is named later.
    fn lose(&mut self, names: &[String], why: &str) {
        for name in names {
            self.living.remove(name);
            self.lost.insert(name.clone(), why.to_owned());
        }
    }

    /// Remembers what a cell that failed would have made: its names are likely to be used next.
    fn miss(&mut self, names: Vec<String>, number: u32) {
        for name in names {
            // The variable of an earlier cell is still there.
            if self.living.contains_key(&name) {
                continue;
            }
            let why =
                format!("would come from In [{number}], which failed: run that cell again when it is mended");
            self.lost.insert(name, why);
        }
    }

    /// Forgets every variable because the process that held them is gone.
    fn lose_all(&mut self, why: &str) {
        let names: Vec<String> = self.living.keys().cloned().collect();
        self.lose(&names, why);
    }

    /// Runs the commands and the code of a cell in the order in which they stand.
    fn run_cell(&mut self, cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError> {
        if let Some(what) = self.worker.ended() {
            if !self.living.is_empty() {
                notes::show(
                    host,
                    &format!("the process that held the variables has ended ({what}): they are gone"),
                );
            }
            self.lose_all("was lost when the process that held it ended");
        }
        let text = CellText::of(cell);
        let started = Instant::now();
        let names: HashSet<&str> = {
            let items = self.memory.definitions.iter();
            let items = items.flat_map(|item| item.definition.names());
            items.chain(self.living.keys().map(String::as_str)).collect()
        };
        let mut parsed = parse::parse_among(&text.text, &|word| names.contains(word));
        drop(names);
        let parse = started.elapsed();
        let (after, before): (Vec<_>, Vec<_>) = std::mem::take(&mut parsed.commands)
            .into_iter()
            .partition(commands::runs_behind);
        commands::check(&before).and_then(|()| commands::check(&after))?;
        let mut all = before.iter().chain(&after);
        all.try_for_each(|command| self.may_command(command, cell.standing))?;
        if self.terms.is_some() && cell.standing == Standing::Learner {
            graded::allowed(&parsed)?;
        }
        let settings = (
            self.crates.clone(),
            self.built.clone(),
            self.show_timing,
            self.effort,
        );
        let result = self.run_commands(&before, &text, host).and_then(|()| {
            self.name_versions(&before, &mut parsed);
            self.run_code(&text, parsed, parse, host)
        });
        if result.is_err() {
            (self.crates, self.built, self.show_timing, self.effort) = settings;
        }
        let result = result.and_then(|()| self.run_commands(&after, &text, host));
        self.publish_view();
        result
    }
}

impl Engine for RustcEngine {
    fn execute(&mut self, cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError> {
        self.worker.begin_cell();
        let result = self.run_cell(cell, host);
        self.worker.end_cell();
        result
    }

    fn comm(&mut self, message: &CommMessage, host: &mut dyn CellHost) -> Result<(), CellError> {
        self.deliver(message, host)
    }

    fn assistant(&self) -> Arc<dyn Assistant> {
        self.assistant.clone()
    }

    fn interrupter(&self) -> Arc<dyn Interrupter> {
        Arc::new(Stop {
            compiler: self.compiler.running(),
            worker: self.worker.interrupter(),
        })
    }

    fn reset(&mut self) -> Result<(), CellError> {
        self.memory = Memory::default();
        self.given = Memory::default();
        self.living.clear();
        self.lost.clear();
        self.files = Files::default();
        self.effort = None;
        self.explainable.clear();
        self.crates.clear();
        self.built = Built::default();
        let restarted = self.worker.restart();
        self.publish_view();
        restarted.map_err(|error| {
            diagnostics::plain_error(
                "WorkerError",
                &format!("cannot start the process that runs cells: {error}\nhint: restart the kernel"),
            )
        })
    }

    fn variables(&self) -> Vec<Variable> {
        self.living
            .values()
            .map(|variable| Variable {
                name: variable.name.clone(),
                type_name: types::short(&variable.full_type),
            })
            .collect()
    }

    fn terms(&self) -> Terms {
        let learners = |origin: &Origin| origin.cell.standing == Standing::Learner;
        let items = self.memory.definitions.iter();
        let items = items
            .filter(|item| learners(&item.origin))
            .map(|item| &*item.definition);
        let variables = self
            .living
            .values()
            .filter(|variable| variable.standing == Standing::Learner);
        let named = |space: &str| -> BTreeSet<String> {
            let of_space = items.clone().filter(|item| item.key.starts_with(space));
            of_space.filter_map(|item| item.name.clone()).collect()
        };
        // Of what a macro's call defines, values alone: what else has the name, only the compiler knows.
        let made = items.clone().flat_map(|item| &item.made);
        let made = made.filter_map(|key| Some(key.strip_prefix("value ")?.to_owned()));
        let made: BTreeSet<String> = made.collect();
        let traits = items
            .clone()
            .filter_map(|item| Some((item.name.clone()?, item.members.clone()?)));
        Terms {
            values: &(&named("value ") | &made) - &named("type "),
            traits: traits.collect(),
            items: &named("") | &made,
            types: items.flat_map(|item| item.agreements.clone()).collect(),
            variables: variables
                .map(|variable| (variable.name.clone(), variable.full_type.clone()))
                .collect(),
        }
    }

    fn grade_by(&mut self, terms: Terms) {
        self.terms = Some(terms);
    }
}

/// Stops whatever a cell is at: its compilation or its run.
struct Stop {
    compiler: Running,
    worker: Arc<dyn Interrupter>,
}

impl Interrupter for Stop {
    fn interrupt(&self) {
        self.compiler.stop();
        self.worker.interrupt();
    }
}
