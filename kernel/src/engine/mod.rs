//! The seam between what speaks to people (Jupyter, `hebb run`) and what evaluates Rust.
//!
//! Nothing outside this folder knows which engine runs. An [`Engine`] belongs to one thread; what must answer while a cell
//! runs (completion, interrupt) is asked of the handles that it gives out.

mod apart;
pub mod assist;
mod courier;
#[cfg(any(test, feature = "evcxr"))]
#[cfg_attr(not(feature = "evcxr"), allow(dead_code))]
mod evcxr;
pub mod rustc;
#[cfg(test)]
pub mod scripted;
pub mod session_view;
pub mod start;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::output::{CellError, CommMessage, Output};

/// Who listens to a running cell.
pub trait CellHost {
    /// Takes one output, in order.
    fn emit(&mut self, output: Output);
    /// Asks the person at the keyboard for a line. The error says why nobody can be asked.
    fn input(&mut self, prompt: &str, password: bool) -> Result<String, String>;
    /// The front end's messages on comms that came while the cell runs, if it asks for them.
    fn comms(&mut self) -> Vec<CommMessage> {
        Vec::new()
    }
}

/// One cell to run.
#[derive(Clone, Debug)]
pub struct Cell<'a> {
    /// The number shown beside the cell: `In [3]`.
    pub number: u32,
    /// The text as the person wrote it.
    pub code: &'a str,
    /// Who wrote it.
    pub standing: Standing,
}

impl<'a> Cell<'a> {
    /// A cell of the person at the keyboard.
    pub fn new(number: u32, code: &'a str) -> Cell<'a> {
        Cell {
            number,
            code,
            standing: Standing::Learner,
        }
    }
}

/// Who wrote a cell. It matters where work is graded: see [`Engine::grade_by`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Standing {
    /// The person at the keyboard.
    #[default]
    Learner,
    /// The instructor, whose tests and given cells stand in the learner's notebook.
    Instructor,
}

/// What an exercise asks for: the names that its solution defines. Only by these may tests reach into a learner's work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Functions, types and the like.
    pub items: BTreeSet<String>,
    /// Those of them that are functions, constants or statics, and nothing else.
    pub values: BTreeSet<String>,
    /// Those that are traits, with the names of what they have.
    pub traits: BTreeMap<String, BTreeSet<String>>,
    /// The types of functions, constants, fields (`Point.x`) and methods (`Point::len`), where they can be written without
    /// knowing their bodies, and the first lines of types: a learner's must be the same, if a test says their names.
    pub types: Vec<(String, String)>,
    /// Variables with their types in full.
    pub variables: BTreeMap<String, String>,
}

/// A variable that lives between cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its type, as a person would write it.
    pub type_name: String,
}

/// Evaluates cells, one after another.
pub trait Engine: Send {
    /// Runs a cell to its end. A cell that fails changes nothing: no variable, item, `use` or type.
    fn execute(&mut self, cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError>;
    /// Hands a message of the front end to the code in cells that waits for it. An engine that never emits
    /// [`Output::CommTarget`] or [`Output::Comm`] gets none.
    fn comm(&mut self, _message: &CommMessage, _host: &mut dyn CellHost) -> Result<(), CellError> {
        Ok(())
    }
    /// Answers about code while cells run.
    fn assistant(&self) -> Arc<dyn Assistant>;
    /// Stops the running cell, from another thread.
    fn interrupter(&self) -> Arc<dyn Interrupter>;
    /// Forgets every variable, item and `use`.
    fn reset(&mut self) -> Result<(), CellError>;
    /// The variables that live now, by name.
    fn variables(&self) -> Vec<Variable>;
    /// What the learner's cells of this session have defined: of an instructor's solution, the terms of its exercise.
    fn terms(&self) -> Terms;
    /// Grades the cells to come. An instructor's cell then sees names of its own kind, those of the language and the prelude,
    /// and of the learner's only what the terms name: whatever else a learner defines, a test means what it says. A
    /// learner's cell is refused what no exercise needs and a check could be fooled with.
    fn grade_by(&mut self, terms: Terms);
}

/// Stops a running cell.
pub trait Interrupter: Send + Sync {
    /// Asks the running cell to stop. Does nothing when none runs.
    fn interrupt(&self);
}

/// Answers questions about code, also while a cell runs.
pub trait Assistant: Send + Sync {
    /// What could stand at `cursor`, a byte offset into `code`.
    fn complete(&self, code: &str, cursor: usize) -> Completions;
    /// What the name at `cursor` (bytes) is. `detailed` asks for the whole documentation.
    fn inspect(&self, code: &str, cursor: usize, detailed: bool) -> Option<Inspection>;
    /// Whether `code` could be run as it stands.
    fn is_complete(&self, code: &str) -> Completeness;
}

/// What could stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// The bytes that a match would replace.
    pub start: usize,
    /// End of these bytes.
    pub end: usize,
    /// The candidates, best first.
    pub items: Vec<Completion>,
}

/// One candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What to insert.
    pub text: String,
    /// The kind in Jupyter's words: `function`, `method`, `struct`, `variable`, `keyword`, ...
    pub kind: String,
    /// The signature or type.
    pub signature: String,
}

/// What is known about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// For a terminal.
    pub plain: String,
    /// For a notebook.
    pub markdown: String,
}

/// Whether code could be run as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// It could.
    Complete,
    /// More must follow; the next line would start with `indent`.
    Incomplete {
        /// White space for the next line.
        indent: String,
    },
    /// No continuation can mend it.
    Invalid,
}
