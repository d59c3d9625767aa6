//! A session on evcxr: what happens to a cell, in order.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};
use tempfile::TempDir;

use super::StartError;
use super::evaluator::{Evaluator, Event};
use super::prelude::Prelude;
use super::run::End;
use super::stop::Stop;
use super::{errors, rewrite};
use crate::engine::assist::Assist;
use crate::engine::rustc::command_lines::Command;
use crate::engine::rustc::diagnostics::{plain_error, stopped};
use crate::engine::rustc::hints::Known;
use crate::engine::rustc::items::Memory;
use crate::engine::rustc::notes;
use crate::engine::rustc::parse::{Broken, ParsedCell, parse_among};
use crate::engine::rustc::source::{Assembly, CellText};
use crate::engine::session_view::{SessionView, SharedView};
use crate::engine::{Assistant, Cell, CellHost, Engine, Interrupter, Terms, Variable};
use crate::layout::Layout;
use crate::output::{CellError, CommMessage, Output};
use crate::worker::Worker;

/// How many cells are remembered to find the places of panics in.
const REMEMBERED: usize = 200;

/// Evaluates cells with evcxr, and runs them in a worker process.
pub struct EvcxrEngine {
    evaluator: Evaluator,
    /// The file that evcxr generates, once it is ready.
    pub(super) generated: Option<PathBuf>,
    /// Why it is no use any more.
    gone: Option<String>,
    pub(super) worker: Worker,
    stop: Arc<Stop>,
    /// The items and `use`s of cells, for questions about code: evcxr has its own.
    memory: Memory,
    pub(super) variables: Vec<Variable>,
    /// What evcxr was given lately, the latest first.
    pub(super) cells: VecDeque<Assembly>,
    view: SharedView,
    assistant: Arc<Assist>,
    /// What was said and need not be said again.
    pub(super) said: HashSet<String>,
    /// Removed when the engine ends.
    _scratch: TempDir,
}

impl EvcxrEngine {
    /// Starts evcxr and the worker; both make ready while the person types.
    ///
    /// # Errors
    /// When a part of the installation is missing, or the system gives no process or directory.
    pub fn start() -> Result<EvcxrEngine, StartError> {
        let layout = Layout::find()?;
        let prelude = Prelude::find(&layout)?;
        let scratch = tempfile::Builder::new()
            .prefix("hebb-")
            .tempdir()
            .map_err(StartError::Scratch)?;
        let evaluator =
            Evaluator::start(&layout.program, scratch.path(), prelude).map_err(StartError::Scratch)?;
        let worker = Worker::spawn(&layout, None).map_err(StartError::Worker)?;
        let view = SharedView::default();
        Ok(EvcxrEngine {
            evaluator,
            generated: None,
            gone: None,
            stop: Arc::new(Stop::new(worker.interrupter())),
            worker,
            memory: Memory::default(),
            variables: Vec::new(),
            cells: VecDeque::new(),
            assistant: Arc::new(Assist::new(view.clone(), &layout.api).with_analyzer(&layout.rustc)),
            view,
            said: HashSet::new(),
            _scratch: scratch,
        })
    }

    /// Waits until evcxr is ready.
    fn ready(&mut self) -> Result<(), CellError> {
        while self.generated.is_none() && self.gone.is_none() {
            match self.evaluator.next() {
                Event::Ready(generated) => self.generated = Some(generated),
                Event::Gone(why) => self.gone = Some(why),
                // Its first process: there are no variables that could be lost.
                Event::Fresh | Event::Run(_) | Event::Done(_) => {}
            }
        }
        match &self.gone {
            None => Ok(()),
            Some(why) => Err(plain_error(
                "StartError",
                &format!(
                    "the evcxr engine has ended: {why}\nhint: restart the kernel; evcxr needs `cargo` and the component rust-src of rustup"
                ),
            )),
        }
    }

    fn run_cell(&mut self, cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError> {
        let text = CellText::of(cell);
        let names: HashSet<&str> = {
            let items = self.memory.definitions.iter();
            let items = items.flat_map(|item| item.definition.names());
            let variables = self.variables.iter().map(|variable| variable.name.as_str());
            items.chain(variables).collect()
        };
        let parsed = parse_among(&text.text, &|word| names.contains(word));
        if let Some(what) = self.worker.ended() {
            if !self.variables.is_empty() {
                notes::show(
                    host,
                    &format!("the process that held the variables has ended ({what}): they are gone"),
                );
            }
            self.evaluate(":restart", &Assembly::default(), &text, host)?;
        }
        check(&parsed.commands)?;
        if parsed.broken == Some(Broken::Depth) {
            return Err(plain_error(
                "CompileError",
                "this cell is nested too deeply for the compiler\nhint: give its parts names with `let`, or put the data into a list",
            ));
        }
        let (behind, before): (Vec<Command>, Vec<Command>) =
            parsed.commands.iter().cloned().partition(runs_behind);
        let file = rewrite::rewrite(&text, &parsed, &before);
        if !file.text().is_empty() {
            let result = self.evaluate(file.text(), &file, &text, host);
            self.cells.push_front(file);
            self.cells.truncate(REMEMBERED);
            let end = result?;
            if before.iter().any(is_clear) {
                self.memory = Memory::default();
            }
            self.remember(parsed, &text);
            self.show(end, host)?;
        }
        for command in behind {
            let file = rewrite::rewrite(&text, &ParsedCell::default(), &[command]);
            let end = self.evaluate(file.text(), &file, &text, host)?;
            self.show(end, host)?;
        }
        Ok(())
    }

    fn remember(&mut self, parsed: ParsedCell, text: &Arc<CellText>) {
        self.memory = self.memory.beside(&parsed.items);
        self.memory.remember(parsed.items, text);
    }

    /// Has evcxr evaluate a text and runs what it compiles.
    fn evaluate(
        &mut self,
        code: &str,
        file: &Assembly,
        text: &Arc<CellText>,
        host: &mut dyn CellHost,
    ) -> Result<End, CellError> {
        self.evaluator.order(code);
        let mut end = End::default();
        let done = loop {
            match self.evaluator.next() {
                Event::Run(request) => {
                    let (ran, answer) = self.run(&request, file, host);
                    end = ran;
                    self.evaluator.answer(&answer);
                }
                Event::Fresh => self.restart_worker()?,
                Event::Done(done) => break done,
                Event::Ready(_) => {}
                Event::Gone(why) => {
                    self.gone = Some(why);
                    self.ready()?;
                }
            }
        };
        self.variables = done.variables;
        if let Some(error) = end.error {
            return Err(error);
        }
        match done.result {
            Ok(shown) => {
                end.shown = shown;
                Ok(end)
            }
            Err(_) if self.stop.is_asked() => Err(plain_error(
                "Interrupted",
                "the cell was stopped while it was compiled",
            )),
            Err(error) => {
                let lost = HashMap::new();
                let items = &self.memory.definitions;
                let names = items.iter().filter_map(|item| item.definition.name.as_deref());
                let known = Known {
                    lost: &lost,
                    names: names
                        .chain(self.variables.iter().map(|variable| variable.name.as_str()))
                        .collect(),
                    items: items.iter().map(|item| item.origin.text()).collect(),
                };
                Err(errors::told(&error, file, text, &known))
            }
        }
    }

    /// Shows what a cell gave besides its output.
    pub(super) fn show(&self, end: End, host: &mut dyn CellHost) -> Result<(), CellError> {
        if !end.shown.is_empty() {
            let mut data: Map<String, Value> = end
                .shown
                .into_iter()
                .map(|(mime, content)| (mime, content.into()))
                .collect();
            data.entry("text/plain").or_insert_with(|| "".into());
            host.emit(Output::display(data));
        }
        for note in &end.notes {
            notes::show(host, note);
        }
        if end.interrupted {
            return Err(stopped());
        }
        if let Some((data, metadata)) = end.result {
            host.emit(Output::Result { data, metadata });
        }
        Ok(())
    }

    fn restart_worker(&mut self) -> Result<(), CellError> {
        self.worker.restart().map_err(|error| {
            plain_error(
                "WorkerError",
                &format!("cannot start the process that runs cells: {error}\nhint: restart the kernel"),
            )
        })
    }

    fn publish_view(&self) {
        let items = self.memory.definitions.iter();
        let uses = self.memory.uses.iter();
        self.view.set(SessionView {
            variables: self.variables.clone(),
            items: items.map(|item| item.origin.text().to_owned()).collect(),
            uses: uses.map(|(leaf, _)| leaf.text.clone()).collect(),
        });
    }
}

/// Refuses commands that would end more than the cell.
fn check(commands: &[Command]) -> Result<(), CellError> {
    match commands
        .iter()
        .any(|command| !command.shell && command.text == "quit")
    {
        true => Err(plain_error(
            "CommandError",
            "a cell cannot end the kernel\nhint: shut it down from the notebook's menu; `:reset` forgets everything",
        )),
        false => Ok(()),
    }
}

/// Whether a command is to be run behind the code of its cell, because it stands there.
fn runs_behind(command: &Command) -> bool {
    command.after_code && command.dependency().is_none()
}

fn is_clear(command: &Command) -> bool {
    !command.shell && matches!(command.text.as_str(), "reset" | "clear")
}

impl Engine for EvcxrEngine {
    fn execute(&mut self, cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError> {
        self.worker.begin_cell();
        let result = self.ready().and_then(|()| {
            self.stop.begin();
            let result = self.run_cell(cell, host);
            self.stop.end();
            result
        });
        self.worker.end_cell();
        self.publish_view();
        result
    }

    fn comm(&mut self, message: &CommMessage, host: &mut dyn CellHost) -> Result<(), CellError> {
        self.deliver(message, host)
    }

    fn assistant(&self) -> Arc<dyn Assistant> {
        self.assistant.clone()
    }

    fn interrupter(&self) -> Arc<dyn Interrupter> {
        self.stop.clone()
    }

    fn reset(&mut self) -> Result<(), CellError> {
        self.ready()?;
        self.memory = Memory::default();
        self.cells.clear();
        let text = CellText::new(0, ":reset");
        let result = self.evaluate(":clear", &Assembly::default(), &text, &mut Nobody);
        self.publish_view();
        result.map(|_| ())
    }

    fn variables(&self) -> Vec<Variable> {
        self.variables.clone()
    }

    /// Nothing: work is graded with the default engine only.
    fn terms(&self) -> Terms {
        Terms::default()
    }

    fn grade_by(&mut self, _: Terms) {}
}

/// Listens to what has no output.
struct Nobody;

impl CellHost for Nobody {
    fn emit(&mut self, _: Output) {}

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err("nobody can be asked here".to_owned())
    }
}
