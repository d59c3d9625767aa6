//! The errors of cells that do not compile.

use std::sync::Arc;

use super::RustcEngine;
use super::compile::{CompileError, Compiled};
use super::diagnostics::{compile_error, plain_error};
use super::hints::Known;
use super::parse::ParsedCell;
use super::source::{Assembly, CellText};
use crate::output::CellError;

impl RustcEngine {
    /// The error of a test when something of the learner's has another type than the exercise asks for.
    pub(super) fn disagrees(&self, name: &str, asked: &str) -> CellError {
        let items = self.memory.definitions.iter();
        let mut own = items.flat_map(|item| &item.definition.agreements);
        let own = own.find(|(own, _)| own == name);
        let own = own.map_or(String::new(), |(_, own)| format!("\nit is:     {own}"));
        plain_error(
            "CompileError",
            &format!(
                "`{name}` has another type than the exercise asks for\nasked for: {asked}{own}\n\
                 hint: write the type of `{name}` as the exercise gives it"
            ),
        )
    }

    /// The error of a cell that does not compile; `errors` are the person's own (indices).
    pub(super) fn refused(
        &mut self,
        compiled: &Compiled,
        errors: &[usize],
        file: &Assembly,
        parsed: &ParsedCell,
        text: &Arc<CellText>,
    ) -> CellError {
        let mut errors: Vec<_> = errors.iter().map(|index| &compiled.diagnostics[*index]).collect();
        // After the first error in the grammar, the compiler only guesses what was meant.
        if parsed.broken.is_some() && errors.first().is_some_and(|error| error.code.is_none()) {
            errors.truncate(1);
        }
        self.explainable.clear();
        for code in errors.iter().filter_map(|error| error.code.clone()) {
            if !self.explainable.contains(&code) {
                self.explainable.push(code);
            }
        }
        if !errors.is_empty() {
            let items = self.memory.definitions.iter();
            let items = items.flat_map(|item| item.definition.names());
            let known = Known {
                lost: &self.lost,
                names: self
                    .living
                    .keys()
                    .chain(parsed.bindings.iter().map(|binding| &binding.name))
                    .map(String::as_str)
                    .chain(items)
                    .collect(),
                items: self
                    .memory
                    .definitions
                    .iter()
                    .map(|item| item.origin.text())
                    .collect(),
            };
            return compile_error(&errors, file, text, &known);
        }
        // What the compiler says then is a page about itself.
        if compiled.rest.contains("overflowed its stack") {
            return too_deep();
        }
        let said: Vec<&str> = compiled
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.error)
            .map(|diagnostic| diagnostic.message.as_str())
            .chain([compiled.rest.as_str()])
            .filter(|text| !text.is_empty())
            .collect();
        plain_error(
            "CompileError",
            &format!("the compiler failed\n{}", said.join("\n")),
        )
    }
}

/// The error of a cell that could not be compiled at all.
pub fn not_compiled(error: CompileError) -> CellError {
    match error {
        CompileError::Stopped => plain_error("Interrupted", "the cell was stopped while it was compiled"),
        CompileError::Memory => plain_error("OutOfMemory", &error.to_string()),
        CompileError::Start { .. } => plain_error("CompileError", &error.to_string()),
    }
}

/// The error of a cell that no parser has the stack for.
pub fn too_deep() -> CellError {
    plain_error(
        "CompileError",
        "this cell is nested too deeply for the compiler\nhint: give its parts names with `let`, or put the data into a list",
    )
}
