//! Leads a text through all that reads it before a compiler does, and checks what must hold for any text at all.
//!
//! For the fuzz target (`kernel/examples/fuzz_cells.rs`). No kernel uses it; it compiles and runs nothing.

use std::sync::Arc;

use super::assemble::{self, Lessons, Living, Parts};
use super::effort::Effort;
use super::items::Memory;
use super::parse::{self, Broken, ParsedCell};
use super::source::{CellText, Place};
use super::{commands, dependency_lines};
use crate::engine::apart::apart;
use crate::engine::assist::Assist;
use crate::engine::session_view::{SessionView, SharedView};
use crate::engine::{Assistant, Completeness, Standing, Variable};

/// What generated lines get for the type of every variable.
const TYPE: &str = "i32";
/// Enough for the deepest text that a cell may be, with the levels around it.
const STACK: usize = 512 << 20;

/// How many places of a generated file are led back, at most.
const PLACES: usize = 2_000;

/// A session in which every cell that can be read is taken to have succeeded.
pub struct Trial {
    memory: Memory,
    living: Vec<Living>,
    view: SharedView,
    assistant: Assist,
    number: u32,
}

/// How far a text got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It follows the grammar.
    Grammar,
    /// It has balanced brackets, but follows no grammar that we know.
    Tokens,
    /// It is no row of tokens.
    Text,
    /// It is nested too deeply to be looked at.
    TooDeep,
}

impl Default for Trial {
    fn default() -> Trial {
        let view = SharedView::default();
        Trial {
            memory: Memory::default(),
            living: Vec::new(),
            // Without an index file the names of the standard library are known.
            assistant: Assist::new(view.clone(), ""),
            view,
            number: 0,
        }
    }
}

impl Trial {
    /// Forgets all cells.
    pub fn reset(&mut self) {
        self.memory = Memory::default();
        self.living.clear();
        self.number = 0;
        self.view.set(SessionView::default());
    }

    /// Takes the text as the next cell, and as one that somebody still writes, with the cursor at byte `cursor`.
    ///
    /// # Errors
    /// What does not hold. A panic is one too; who calls must see to those of other threads.
    pub fn cell(&mut self, code: &str, cursor: usize) -> Result<Reached, String> {
        self.number += 1;
        let text = CellText::new(self.number, code);
        let parsed = parse::parse(&text.text);
        check_parts(&text, &parsed)?;
        let _ = commands::check(&parsed.commands);
        for command in &parsed.commands {
            let _ = dependency_lines::read(command.text.strip_prefix("dep").unwrap_or_default().trim());
        }
        self.check_assembly(&text, &parsed)?;
        self.check_answers(code, cursor, &parsed)?;
        Ok(match parsed.broken {
            None => {
                self.remember(&text, parsed);
                Reached::Grammar
            }
            Some(Broken::Grammar) => Reached::Tokens,
            Some(Broken::Brackets) => Reached::Text,
            Some(Broken::Depth) => Reached::TooDeep,
        })
    }

    fn check_assembly(&self, text: &Arc<CellText>, parsed: &ParsedCell) -> Result<(), String> {
        let _ = self.memory.changed_by(&parsed.items);
        let memory = self.memory.beside(&parsed.items);
        let living = assemble::named(parsed, &self.living);
        let parts = Parts {
            cell: text,
            parsed,
            memory: &memory,
            living: &living,
            crates: "",
            has_runtime: false,
            graded: None,
            asking: &[],
        };
        let file = assemble::assemble(&parts, &Lessons::default());
        let generated = file.text();
        let _ = Effort::of(parsed, generated);
        if generated != assemble::assemble(&parts, &Lessons::default()).text() {
            return Err("the same cell becomes another file the second time".to_owned());
        }
        let step = 1 + generated.len() / PLACES;
        for (start, letter) in generated.char_indices().step_by(step) {
            if let Place::Cell(origin) = file.place(start..start + letter.len_utf8()) {
                let range = origin.range.clone();
                // A range that is no slice of the cell would end whoever shows an error there.
                if origin.cell.text.get(range.clone()).is_none() {
                    return Err(format!(
                        "byte {start} of the file leads to {range:?}, which is no part of the cell"
                    ));
                }
            }
        }
        if parsed.broken.is_none() {
            parses(generated).map_err(|error| {
                format!("a cell that follows the grammar becomes a file that does not: {error}\n{generated}")
            })?;
        }
        Ok(())
    }

    fn check_answers(&self, code: &str, cursor: usize, parsed: &ParsedCell) -> Result<(), String> {
        let completeness = self.assistant.is_complete(code);
        if parsed.broken.is_none() && completeness == Completeness::Invalid {
            return Err("a cell that follows the grammar is said to be invalid".to_owned());
        }
        let found = self.assistant.complete(code, cursor);
        if code.get(found.start..found.end).is_none() {
            let (start, end) = (found.start, found.end);
            return Err(format!(
                "the completion at {cursor} replaces {start}..{end}, which is no part of the cell"
            ));
        }
        let _ = self.assistant.inspect(code, cursor, true);
        Ok(())
    }

    fn remember(&mut self, text: &Arc<CellText>, parsed: ParsedCell) {
        self.memory = self.memory.beside(&parsed.items);
        self.memory.remember(parsed.items, text);
        for binding in parsed.bindings {
            self.living.retain(|variable| variable.name != binding.name);
            self.living.push(Living {
                name: binding.name,
                full_type: TYPE.to_owned(),
                mutable: binding.mutable,
                standing: Standing::Learner,
            });
        }
        let variables = self.living.iter().map(|variable| Variable {
            name: variable.name.clone(),
            type_name: TYPE.to_owned(),
        });
        let items = self.memory.definitions.iter();
        let uses = self.memory.uses.iter();
        self.view.set(SessionView {
            variables: variables.collect(),
            items: items.map(|item| item.origin.text().to_owned()).collect(),
            uses: uses.map(|(leaf, _)| leaf.text.clone()).collect(),
        });
    }
}

/// All parts lie in the cell, in order, and none in another.
fn check_parts(text: &CellText, parsed: &ParsedCell) -> Result<(), String> {
    let code = &parsed.code;
    if code.len() != text.text.len() || code.matches('\n').count() != text.text.matches('\n').count() {
        return Err("taking the commands out moved the rest".to_owned());
    }
    let items = parsed.items.iter().map(|item| &item.range);
    let mut ranges: Vec<_> = items.chain(&parsed.statements).chain(&parsed.tail).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut end = 0;
    for range in ranges {
        if range.start < end || code.get(range.clone()).is_none() {
            return Err(format!("part {range:?} behind {end} in {} bytes", code.len()));
        }
        end = range.end;
    }
    Ok(())
}

fn parses(file: &str) -> Result<(), String> {
    let parse = || syn::parse_file(file).map(drop).map_err(|error| error.to_string());
    apart(STACK, parse).unwrap_or_else(|| Err("a panic, or no thread".to_owned()))
}
