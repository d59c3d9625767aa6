//! What a run leaves: how the cell ended, and what the session remembers of it.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::cell::Ready;
use super::diagnostics::{self, plain_error, runtime_error};
use super::parse::ParsedCell;
use super::repair::Loss;
use super::source::{CellText, Mark, Origin, Place};
use super::{RustcEngine, notes};
use crate::engine::{CellHost, Standing};
use crate::output::{CellError, MimeBundle};
use crate::worker::{After, Ran, RunOutcome};

/// How a run ended that kept its variables.
#[derive(Default)]
pub struct End {
    /// The value of the last expression.
    pub result: Option<(MimeBundle, Map<String, Value>)>,
    /// Remarks of the cell runtime.
    pub notes: Vec<String>,
    /// It was asked to stop, and noticed.
    pub interrupted: bool,
}

impl RustcEngine {
    /// Turns the end of a run into the end of the cell, if it is one that was compiled now.
    pub(super) fn finish(
        &mut self,
        ran: Ran,
        ready: Option<&Ready>,
        host: &mut dyn CellHost,
    ) -> Result<End, CellError> {
        notes::show_unprotected(host, ran.unprotected, &mut self.said);
        match ran.outcome {
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
                let error = runtime_error("Panic", &message, place.as_ref());
                Err(self.failed(error, ready, ran.after))
            }
            RunOutcome::Failed {
                message,
                line,
                column,
                file,
                ..
            } => {
                let place = self.place(&file, line, column);
                let error = runtime_error("Error", &message, place.as_ref());
                Err(self.failed(error, ready, ran.after))
            }
            // It noticed and went on to its end, so everything it made is there.
            RunOutcome::Interrupted { killed: false } => Ok(End {
                interrupted: true,
                ..End::default()
            }),
            RunOutcome::Interrupted { killed: true } => Err(plain_error(
                "Interrupted",
                &format!("the cell was stopped{}", self.cost(ran.after)),
            )),
            RunOutcome::Died { what } => {
                // Hints stand on lines of their own.
                let end = what.find('\n').unwrap_or(what.len());
                let (what, hints) = what.split_at(end);
                Err(plain_error(
                    "ProcessEnded",
                    &format!("the cell's process ended: {what}{}{hints}", self.cost(ran.after)),
                ))
            }
        }
    }

    /// What the end of its process cost, to go behind the words about it.
    fn cost(&mut self, after: After) -> &'static str {
        match (after, self.living.is_empty()) {
            (_, true) => "",
            (After::Lost, false) => {
                self.lose_all("was lost when the process that held it ended");
                "; all variables are gone"
            }
            (After::Undone | After::Committed, false) => "; all variables are as they were before it",
        }
    }

    /// Adds what a failed run has cost to its error: nothing, if it was undone.
    fn failed(&mut self, mut error: CellError, ready: Option<&Ready>, after: After) -> CellError {
        match after {
            After::Undone => return error,
            After::Lost => {
                let cost = self.cost(after);
                error
                    .traceback
                    .extend(cost.strip_prefix("; ").map(|cost| format!("note: {cost}")));
                return error;
            }
            After::Committed => {}
        }
        let moved: Vec<String> = ready
            .into_iter()
            .flat_map(|ready| &ready.lessons.left_out)
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
    pub(super) fn commit(
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
                Loss::Moved(name) => (
                    name,
                    format!(
                        "was moved away in In [{0}]: run the cell that makes it again, then In [{0}] with `&{name}` or `{name}.clone()`",
                        text.number
                    ),
                ),
                Loss::Spent(name) => (
                    name,
                    format!(
                        "was moved away in In [{}], which made it: run that cell again with `&{name}` or `{name}.clone()` where it is given away",
                        text.number
                    ),
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
        for name in &gone {
            self.living.remove(name);
        }
        self.lose(&outdated, "was of a type that has been defined anew since");
        let unmade = self.memory.unmade(&ready.memory, &parsed.items);
        if !unmade.is_empty() {
            let made = "made by a macro that is another one now";
            let hint = "run the cell again in which it is called";
            notes::show(
                host,
                &format!("{} gone: {made}\nhint: {hint}", notes::are(&unmade)),
            );
            for name in unmade {
                self.lost.insert(name, format!("was {made}: {hint}"));
            }
        }
        self.memory = ready.memory;
        if self.terms.is_some() && text.standing == Standing::Instructor {
            self.given = self.given.beside(&parsed.items);
            self.given.remember(parsed.items.clone(), text);
        }
        self.memory.remember(parsed.items, text);
        for variable in ready.new {
            self.lost.remove(&variable.name);
            self.living.insert(variable.name.clone(), variable);
        }
    }
}
