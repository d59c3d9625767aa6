//! Writes the cells of a notebook as one program, for `hebb script`.
//!
//! All statements stand in one function, in order, so variables carry on and a new `let` hides an old one, as in the notebook.
//! Items stand above it. An item that means something else than the same name did before (defined anew, or used earlier for
//! what the prelude has) opens a block that ends with the function: from there on the new one counts, and all that is built
//! on it is repeated (`revisions`). Nothing is compiled here.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::ops::Range;

use super::command_lines::{Command, first_word};
use super::crates::{IN_PRELUDE, built_in, is_enough};
use super::dependency_lines;
use super::items::ParsedKind;
use super::numbers::settled;
use super::parse::{Broken, ParsedCell, mistake, parse, parse_among};
use super::source::CellText;
use super::waits;
use crate::engine::apart::apart;

mod revisions;

use revisions::{Known, Revision};

/// A part of a notebook.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// Text between the code.
    Prose(&'a str),
    /// Code, with its number among the notebook's code cells.
    Code(usize, &'a str),
    /// Code that the program is to leave out, and why.
    LeftOut(usize, &'a str, &'a str),
}

/// A program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// The items, each above `fn main`.
    pub items: String,
    /// The statements.
    pub statements: String,
    /// The crates of `:dep`: name and the rest of the line in a manifest.
    pub crates: BTreeMap<String, String>,
    /// Where the program may do something else than the notebook.
    pub notes: Vec<String>,
}

/// Why a cell cannot become a part of a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// It does not follow the grammar.
    #[error(
        "cell {cell}, line {line}, column {column}: {what}\nhint: run the cell in Jupyter until it works, save, and try again"
    )]
    Cell {
        /// Its number.
        cell: usize,
        /// Its line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
    },
    /// A `:dep` line is wrong.
    #[error("cell {cell}: {what}")]
    Dependency {
        /// The cell's number.
        cell: usize,
        /// What is wrong, with a hint.
        what: String,
    },
    /// The notebook is too much for this machine.
    #[error("the notebook is too large to be read here")]
    TooLarge,
}

/// The names that the program around the cells takes.
pub const ENTRY: &str = "notebook";
/// Where the functions are that a program calls.
const LIBRARY: &str = "::hebb_batch";
const TAKEN: [&str; 2] = ["main", ENTRY];
/// Enough for the deepest text that a cell may be.
const STACK: usize = 512 << 20;

/// Writes a program.
///
/// # Errors
/// When a cell cannot be read.
pub fn program(parts: &[Part<'_>]) -> Result<Program, ProgramError> {
    apart(STACK, || write(parts)).unwrap_or(Err(ProgramError::TooLarge))
}

fn write(parts: &[Part<'_>]) -> Result<Program, ProgramError> {
    let mut writer = Writer {
        known: Known::new(&TAKEN),
        names: names(parts),
        ..Writer::default()
    };
    for part in parts {
        match part {
            Part::Prose(text) => writer.comment(text),
            Part::LeftOut(number, text, why) => {
                writer.heading(*number);
                writer.comment(&format!("Left out: {why}.\n{text}"));
            }
            Part::Code(number, text) => writer.cell(*number, text)?,
        }
    }
    for _ in 0..writer.blocks {
        writer.program.statements.push_str("}\n");
    }
    Ok(writer.program)
}

#[derive(Default)]
struct Writer {
    program: Program,
    /// The blocks that are open.
    blocks: usize,
    known: Known,
    /// What the notebook's cells make: `!done` is for the shell if `done` is none of it.
    names: HashSet<String>,
    /// Whether the function that waits in a runtime is written.
    waits: bool,
}

/// The names of all that cells make.
fn names(parts: &[Part<'_>]) -> HashSet<String> {
    let mut names = HashSet::new();
    for part in parts {
        if let Part::Code(_, text) = part {
            let cell = parse(text);
            names.extend(cell.bindings.into_iter().map(|binding| binding.name));
            for item in &cell.items {
                if let ParsedKind::Definition(definition) = &item.kind {
                    names.extend(definition.names().map(str::to_owned));
                }
            }
        }
    }
    names
}

impl Writer {
    fn heading(&mut self, number: usize) {
        let _ = writeln!(self.program.statements, "\n// ---- cell {number} ----");
    }

    fn comment(&mut self, text: &str) {
        self.program.statements.push('\n');
        for line in text.lines() {
            let _ = writeln!(self.program.statements, "{}", format!("// {line}").trim_end());
        }
    }

    fn cell(&mut self, number: usize, text: &str) -> Result<(), ProgramError> {
        let text = CellText::new(0, text);
        let cell = parse_among(&text.text, &|word| self.names.contains(word));
        if let Some(broken) = cell.broken {
            let (what, at) = match broken {
                Broken::Depth => ("it is nested too deeply".to_owned(), 0),
                _ => mistake(&cell.code),
            };
            let (line, column) = text.position(at);
            return Err(ProgramError::Cell {
                cell: number,
                line,
                column,
                what,
            });
        }
        for command in &cell.commands {
            self.dependency(number, command)?;
        }
        self.heading(number);
        let mut revision = self.known.revise(&cell);
        let crates = &self.program.crates;
        let asked_for = |own: &str| crates.contains_key(first_word(own));
        let is_there = |item: &String| match item.strip_prefix(IN_PRELUDE) {
            // Its `:dep` line has become a `use`.
            Some(own) if own == format!("{};", first_word(own)) => asked_for(own),
            _ => false,
        };
        revision.above.retain(|item| !is_there(item));
        revision.inside.retain(|item| !is_there(item));
        for item in revision.above.iter_mut().chain(&mut revision.inside) {
            // `extern crate plotters;` means the one that the program has as well.
            match item.strip_prefix(IN_PRELUDE) {
                Some(own) if asked_for(own) => *item = format!("use ::{own}"),
                Some(own) => *item = format!("use {LIBRARY}::{own}"),
                None => {}
            }
        }
        for item in &revision.above {
            let _ = writeln!(self.program.items, "{item}\n");
        }
        self.block(&revision);
        for name in &revision.new_types {
            let note = format!(
                "cell {number} defines methods of `{name}` anew: variables made before keep the old methods in the program"
            );
            let _ = writeln!(self.program.statements, "// {note}");
            self.program.notes.push(note);
        }
        if !cell.waits.is_empty() && self.program.crates.contains_key(waits::RUNTIME) && !self.waits {
            self.waits = true;
            let _ = writeln!(self.program.items, "{}\n", waits::helper(LIBRARY));
            let _ = writeln!(self.program.statements, "{}", waits::inside());
        }
        self.statements(&cell);
        for (name, kind) in settled(&cell.code) {
            let _ = writeln!(self.program.statements, "let _: &{kind} = &{name};");
        }
        Ok(())
    }

    fn dependency(&mut self, number: usize, command: &Command) -> Result<(), ProgramError> {
        let Some(line) = command.dependency() else {
            return Ok(());
        };
        let (name, value) = dependency_lines::read(line).map_err(|error| ProgramError::Dependency {
            cell: number,
            what: error.to_string(),
        })?;
        if is_enough(&name, &value) {
            return Ok(());
        }
        let is_new = self.program.crates.insert(name.clone(), value).is_none();
        if let Some(own) = built_in(&name).filter(|_| is_new) {
            let _ = writeln!(self.program.items, "use ::{};\n", own.name);
        }
        Ok(())
    }

    /// What from here on counts.
    fn block(&mut self, revision: &Revision) {
        if revision.inside.is_empty() {
            return;
        }
        self.blocks += 1;
        let statements = &mut self.program.statements;
        statements.push_str("{\n");
        if revision.repeats {
            statements
                .push_str("// What is built on the items that this cell defines anew is repeated here.\n");
        }
        for item in &revision.inside {
            let _ = writeln!(statements, "{item}");
        }
    }

    /// Everything of the cell that is no item, comments included.
    fn statements(&mut self, cell: &ParsedCell) {
        let items = cell.items.iter().map(|item| (item.range.clone(), None));
        let commands = cell.commands.iter().map(|command| {
            let (sign, what) = match (command.shell, command.dependency().is_some()) {
                (true, _) => ('!', "left out: it is for the shell"),
                (false, true) => (':', "in Cargo.toml"),
                (false, false) => (':', "left out: it is for notebooks"),
            };
            let line = format!("// {sign}{} ({what})", command.text);
            (command.range.clone(), Some(line))
        });
        let tail = cell.tail.iter().map(|tail| {
            let line = format!("::hebb_batch::show!({});", self.awaited(cell, tail));
            (tail.clone(), Some(line))
        });
        let mut cuts: Vec<(Range<usize>, Option<String>)> = items.chain(commands).chain(tail).collect();
        cuts.sort_by_key(|(range, _)| range.start);
        let end = cell.code.len();
        cuts.push((end..end, None));
        let missing = missing_semicolon(cell);
        let mut from = 0;
        for (range, instead) in cuts {
            let text = match missing.filter(|at| (from..=range.start).contains(at)) {
                Some(at) => format!(
                    "{};{}",
                    self.awaited(cell, &(from..at)),
                    self.awaited(cell, &(at..range.start))
                ),
                None => self.awaited(cell, &(from..range.start)),
            };
            let text = text.trim();
            if !text.is_empty() {
                let _ = writeln!(self.program.statements, "{text}");
            }
            if let Some(line) = instead {
                let _ = writeln!(self.program.statements, "{line}");
            }
            from = range.end;
        }
    }

    /// A part of a cell, with calls in place of `.await`.
    fn awaited(&self, cell: &ParsedCell, part: &Range<usize>) -> String {
        let in_runtime = self.program.crates.contains_key(waits::RUNTIME);
        let function = waits::function(in_runtime, LIBRARY);
        let mut text = String::new();
        let mut from = part.start;
        for (bytes, _, new) in waits::edits(&cell.waits, part, &function) {
            text += &cell.code[from..bytes.start];
            text += &new;
            from = bytes.end;
        }
        text + &cell.code[from..part.end]
    }
}

/// Where the last statement ends, if it needs a semicolon to have others behind it.
fn missing_semicolon(cell: &ParsedCell) -> Option<usize> {
    let last = cell.units.last()?;
    let is_item = cell.items.iter().any(|item| item.range == *last);
    let closed = is_item || cell.tail.is_some() || cell.code[last.clone()].ends_with(';');
    (!closed).then_some(last.end)
}

#[cfg(test)]
mod tests;
