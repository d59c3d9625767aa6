//! One cell from its parts to its end: compile until it fits, run, remember.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::assemble::{self, Lessons, Living, Parts};
use super::compile::{CompileError, Effort};
use super::diagnostics::{self, compile_error, plain_error, runtime_error};
use super::filter::{Filter, translate};
use super::hints::Known;
use super::items::{ParsedKind, words};
use super::parse::ParsedCell;
use super::repair::{self, Loss, Verdict};
use super::source::{Assembly, CellText, Mark, Origin, Place};
use super::{RustcEngine, mir, notes, types};
use crate::engine::CellHost;
use crate::output::{CellError, MimeBundle, Output};
use crate::worker::RunOutcome;

/// How often a cell is compiled at most: each time at least one line less stands around it.
const TRIES: usize = 12;

/// A cell that compiles.
struct Ready {
    /// Name of its files.
    name: String,
    file: Assembly,
    lessons: Lessons,
    losses: Vec<Loss>,
    /// New variables for later cells.
    new: Vec<Living>,
    /// New variables whose type cannot be written, with the reason.
    unnameable: Vec<(String, &'static str)>,
}

/// How a run ended that kept its variables.
#[derive(Default)]
struct End {
    result: Option<(MimeBundle, Map<String, Value>)>,
    notes: Vec<String>,
    interrupted: bool,
}

/// How long the parts of a cell took.
#[derive(Clone, Copy, Debug, Default)]
struct Timing {
    compile: Duration,
    compilations: u32,
    run: Duration,
}

impl RustcEngine {
    /// Runs what is no command.
    pub(super) fn run_code(
        &mut self,
        text: &Arc<CellText>,
        parsed: ParsedCell,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        if parsed.is_empty() {
            return Ok(());
        }
        let mut timing = Timing::default();
        let made = made_by(&parsed);
        let result = self.compile_and_run(text, parsed, host, &mut timing);
        if self.show_timing {
            let Timing {
                compile,
                compilations,
                run,
            } = timing;
            notes::show(
                host,
                &format!(
                    "compile {:.0} ms ({compilations}x), load and run {:.0} ms",
                    compile.as_secs_f64() * 1e3,
                    run.as_secs_f64() * 1e3
                ),
            );
        }
        result.inspect_err(|_| self.miss(made, text.number))
    }

    fn compile_and_run(
        &mut self,
        text: &Arc<CellText>,
        parsed: ParsedCell,
        host: &mut dyn CellHost,
        timing: &mut Timing,
    ) -> Result<(), CellError> {
        // Another layout under the same name would be undefined behaviour, so such variables are not even taken out.
        let changed = self.memory.changed_by(&parsed.items);
        let outdated: Vec<String> = self
            .living
            .values()
            .filter(|variable| !words(&variable.full_type).is_disjoint(&changed))
            .map(|variable| variable.name.clone())
            .collect();
        let started = Instant::now();
        let ready = self.compile(text, &parsed, &outdated, timing);
        timing.compile = started.elapsed();
        let ready = ready?;
        let mut end = End::default();
        if parsed.has_statements() {
            let started = Instant::now();
            self.files.insert(source_name(&ready.file), ready.file.clone());
            let mut filter = Filter::new(host, &self.files);
            let outcome = self.worker.run(&self.compiler.library(&ready.name), &mut filter);
            filter.finish();
            timing.run = started.elapsed();
            self.compiler.remove(&ready.name);
            end = self.finish(outcome, &ready)?;
        } else {
            self.compiler.remove(&ready.name);
        }
        for note in &end.notes {
            notes::show(host, &types::without_crate(&translate(note, &self.files)));
        }
        self.commit(ready, parsed, text, outdated, host);
        if end.interrupted {
            return Err(plain_error(
                "Interrupted",
                "the cell was stopped; what it had done until then is kept",
            ));
        }
        if let Some((data, metadata)) = end.result {
            host.emit(Output::Result { data, metadata });
        }
        Ok(())
    }

    /// Compiles until the lines around the cell ask for no more than the cell can give.
    fn compile(
        &mut self,
        text: &Arc<CellText>,
        parsed: &ParsedCell,
        outdated: &[String],
        timing: &mut Timing,
    ) -> Result<Ready, CellError> {
        let memory = self.memory.beside(&parsed.items);
        let mut lessons = Lessons::default();
        let mut losses = Vec::new();
        for _ in 0..TRIES {
            let usable = self.living.values().filter(|variable| {
                !outdated.contains(&variable.name)
                    && !losses.contains(&Loss::Unnameable(variable.name.clone()))
            });
            let living = assemble::named(parsed, usable);
            let parts = Parts {
                cell: text,
                parsed,
                memory: &memory,
                living: &living,
                crates: &self.built.source,
            };
            let file = assemble::assemble(&parts, &lessons);
            self.compilations += 1;
            timing.compilations += 1;
            let name = format!("cell_{}", self.compilations);
            let effort = if !parsed.has_statements() {
                Effort::Check
            } else if has_loops(file.text()) {
                Effort::Optimized
            } else {
                Effort::Fast
            };
            let compiled = self
                .compiler
                .compile(
                    &name,
                    &source_name(&file),
                    file.text(),
                    effort,
                    &self.built.arguments,
                )
                .map_err(|error| match error {
                    CompileError::Stopped => {
                        plain_error("Interrupted", "the cell was stopped while it was compiled")
                    }
                    CompileError::Start { .. } => plain_error("CompileError", &error.to_string()),
                })?;
            if compiled.success {
                let types = mir::variable_types(&self.compiler.types(&name).unwrap_or_default());
                let mut ready = Ready {
                    name,
                    file,
                    lessons: lessons.clone(),
                    losses: losses.clone(),
                    new: Vec::new(),
                    unnameable: Vec::new(),
                };
                let mut again = false;
                for binding in &parsed.bindings {
                    let Some(full_type) = types.get(&binding.name) else {
                        continue;
                    };
                    if let Some(pointer) = types::function_pointer(full_type)
                        && lessons.pointers.iter().all(|(name, _)| *name != binding.name)
                    {
                        lessons.pointers.push((binding.name.clone(), pointer));
                        again = true;
                    }
                    match types::unnameable(full_type) {
                        Some(reason) => ready.unnameable.push((binding.name.clone(), reason)),
                        None => ready.new.push(Living {
                            name: binding.name.clone(),
                            full_type: full_type.clone(),
                            mutable: binding.mutable,
                            cell: 0,
                        }),
                    }
                }
                if !again {
                    return Ok(ready);
                }
                self.compiler.remove(&ready.name);
                continue;
            }
            self.compiler.remove(&name);
            match repair::learn(&compiled.diagnostics, &file, parsed, &mut lessons, &mut losses) {
                Verdict::Again => {}
                Verdict::Report(errors) => {
                    let mut errors: Vec<_> =
                        errors.iter().map(|index| &compiled.diagnostics[*index]).collect();
                    // After the first error in the grammar, the compiler only guesses what was meant.
                    if parsed.broken.is_some() && errors.first().is_some_and(|error| error.code.is_none()) {
                        errors.truncate(1);
                    }
                    if errors.is_empty() {
                        let said: Vec<&str> = compiled
                            .diagnostics
                            .iter()
                            .filter(|diagnostic| diagnostic.error)
                            .map(|diagnostic| diagnostic.message.as_str())
                            .chain([compiled.rest.as_str()])
                            .filter(|text| !text.is_empty())
                            .collect();
                        return Err(plain_error(
                            "CompileError",
                            &format!("the compiler failed\n{}", said.join("\n")),
                        ));
                    }
                    return Err(compile_error(&errors, &file, text, &Known { lost: &self.lost }));
                }
            }
        }
        Err(plain_error(
            "CompileError",
            "the variables of this cell could not be kept apart\nhint: split the cell, or put its work into a function",
        ))
    }

    /// Turns the end of a run into the end of the cell.
    fn finish(&mut self, outcome: RunOutcome, ready: &Ready) -> Result<End, CellError> {
        match outcome {
            RunOutcome::Ok { result, notes } => Ok(End {
                result,
                notes,
                interrupted: false,
            }),
            RunOutcome::Panic {
                message,
                line,
                column,
                file,
            } => {
                let place = self.place(&file, line, column);
                Err(self.failed(runtime_error("Panic", &message, place.as_ref()), ready))
            }
            RunOutcome::Failed {
                message,
                line,
                column,
                file,
                ..
            } => {
                let place = self.place(&file, line, column);
                Err(self.failed(runtime_error("Error", &message, place.as_ref()), ready))
            }
            // It noticed and went on to its end, so everything it made is there.
            RunOutcome::Interrupted { killed: false } => Ok(End {
                interrupted: true,
                ..End::default()
            }),
            RunOutcome::Interrupted { killed: true } => {
                self.lose_all("was lost when its cell had to be killed");
                Err(plain_error(
                    "Interrupted",
                    "the cell did not stop by itself, so its process was ended: all variables are gone",
                ))
            }
            RunOutcome::Died { what } => {
                let lost = match self.living.is_empty() {
                    true => "",
                    false => "; all variables are gone",
                };
                self.lose_all("was lost when the process that held it ended");
                // Hints stand on lines of their own.
                let end = what.find('\n').unwrap_or(what.len());
                let (what, hints) = what.split_at(end);
                Err(plain_error(
                    "ProcessEnded",
                    &format!("the cell's process ended: {what}{lost}{hints}"),
                ))
            }
        }
    }

    /// Adds what a failed run has cost to its error.
    fn failed(&mut self, mut error: CellError, ready: &Ready) -> CellError {
        let moved: Vec<String> = ready
            .lessons
            .left_out
            .iter()
            .filter_map(|mark| match mark {
                Mark::PutBack(name) if self.living.contains_key(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        if !moved.is_empty() {
            error.traceback.push(format!(
                "note: gone with the cell, because it takes {}: {}",
                if moved.len() == 1 { "it" } else { "them" },
                notes::names(&moved)
            ));
        }
        self.lose(&moved, "was given away in a cell that failed");
        error
    }

    /// The place in a person's cell that a running program names by file, line and column.
    fn place(&self, file: &str, line: u32, column: u32) -> Option<Origin> {
        let assembly = self.files.get(file)?;
        let offset = assembly.offset(line, column)?;
        match assembly.place(offset..offset) {
            Place::Cell(origin) => Some(diagnostics::word_at(&origin)),
            Place::Marked(_) | Place::Scaffold => None,
        }
    }

    /// Remembers what a cell has made.
    fn commit(
        &mut self,
        ready: Ready,
        parsed: ParsedCell,
        text: &Arc<CellText>,
        outdated: Vec<String>,
        host: &mut dyn CellHost,
    ) {
        let new: HashSet<&str> = ready.new.iter().map(|variable| variable.name.as_str()).collect();
        let outdated: Vec<String> = outdated
            .into_iter()
            .filter(|name| !new.contains(name.as_str()))
            .collect();
        let mut forgotten: Vec<String> = Vec::new();
        for loss in &ready.losses {
            let (name, why) = match loss {
                Loss::Moved(name) => (name, format!("was moved away in In [{}]", text.number)),
                Loss::Spent(name) => (
                    name,
                    format!("was moved away in In [{}], which made it", text.number),
                ),
                Loss::Borrows(name) => (
                    name,
                    format!("lived only in In [{}], because it borrows from it", text.number),
                ),
                Loss::ClosureBorrows(name) => (
                    name,
                    format!(
                        "lived only in In [{}], because it borrows what it uses",
                        text.number
                    ),
                ),
                Loss::Unnameable(name) => (
                    name,
                    "has a type that cannot be written in another cell".to_owned(),
                ),
            };
            if new.contains(name.as_str()) {
                continue;
            }
            self.lost.insert(name.clone(), why);
            match loss {
                Loss::Moved(name) => {
                    self.living.remove(name);
                }
                _ => forgotten.push(name.clone()),
            }
        }
        for (name, reason) in &ready.unnameable {
            let why = format!("lived only in In [{}]: {reason}", text.number);
            self.lost.insert(name.clone(), why);
            forgotten.push(name.clone());
        }
        for note in notes::about(&ready.losses, &ready.unnameable, &outdated, &parsed) {
            notes::show(host, &note);
        }
        // `let data = &data;` must not cost the data, but whoever shadows a variable has to know that it is back.
        let borrowers = ready.losses.iter().filter_map(Loss::borrower);
        let back: Vec<String> = borrowers
            .filter(|name| self.living.contains_key(*name))
            .cloned()
            .collect();
        if !back.is_empty() {
            notes::show(
                host,
                &format!("the next cell sees the earlier {}", notes::names(&back)),
            );
        }
        let gone: Vec<String> = forgotten
            .into_iter()
            .filter(|name| {
                !self.living.contains_key(name)
                    || ready.unnameable.iter().any(|(unnameable, _)| unnameable == name)
            })
            .collect();
        if !gone.is_empty() {
            self.worker.forget(&gone);
            for name in &gone {
                self.living.remove(name);
            }
        }
        self.lose(&outdated, "was of a type that has been defined anew since");
        self.memory = self.memory.beside(&parsed.items);
        self.memory.remember(parsed.items, text);
        for mut variable in ready.new {
            variable.cell = text.number;
            self.lost.remove(&variable.name);
            self.living.insert(variable.name.clone(), variable);
        }
    }
}

/// The names that a cell makes if it succeeds.
fn made_by(parsed: &ParsedCell) -> Vec<String> {
    let items = parsed.items.iter().filter_map(|item| match &item.kind {
        ParsedKind::Definition(definition) => definition.name.clone(),
        _ => None,
    });
    let variables = parsed.bindings.iter().map(|binding| binding.name.clone());
    variables.chain(items).collect()
}

/// Whether a file has loops whose speed a person would notice.
fn has_loops(text: &str) -> bool {
    let words = words(text);
    let has = |word: &str| words.contains(word);
    has("while") || has("loop") || has("for") && has("in")
}

/// The name of the source file: what is in it, so that the same cell has the same name everywhere and no other has it.
fn source_name(file: &Assembly) -> String {
    let mut hasher = DefaultHasher::new();
    file.text().hash(&mut hasher);
    format!("cell_{:016x}.rs", hasher.finish())
}

/// The names of the statics that a cell defines.
pub(super) fn statics(parsed: &ParsedCell) -> Vec<String> {
    parsed
        .items
        .iter()
        .filter_map(|item| match &item.kind {
            ParsedKind::Definition(definition) if definition.is_static => definition.name.clone(),
            _ => None,
        })
        .collect()
}
