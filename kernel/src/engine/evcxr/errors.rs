//! Tells evcxr's errors in the way of the default engine: in the person's own lines, with a hint.
//!
//! What evcxr cannot do and the default engine can is said as that, where it is met.

use std::ops::Range;
use std::sync::Arc;

use evcxr::{CompilationError, Error};

use crate::engine::rustc::compile::{Advice, Diagnostic, Span};
use crate::engine::rustc::diagnostics::{compile_error, plain_error};
use crate::engine::rustc::hints::Known;
use crate::engine::rustc::source::{Assembly, CellText, Place};
use crate::output::CellError;

/// The error of a cell that evcxr does not run.
pub fn told(error: &Error, file: &Assembly, text: &Arc<CellText>, known: &Known<'_>) -> CellError {
    match error {
        Error::CompilationErrors(errors) => {
            let errors: Vec<&CompilationError> =
                errors.iter().filter(|error| error.level() == "error").collect();
            let diagnostics: Vec<Diagnostic> = errors.iter().map(|error| diagnostic(error, file)).collect();
            let own: Vec<&Diagnostic> = diagnostics
                .iter()
                .filter(|diagnostic| !diagnostic.spans.is_empty())
                .collect();
            if let Some(error) = errors
                .iter()
                .zip(&diagnostics)
                .find_map(|(error, diagnostic)| of_command(error, diagnostic, file))
            {
                return error;
            }
            if !own.is_empty() {
                return compile_error(&own, file, text, known);
            }
            if errors.is_empty() {
                // Only warnings: it found none that would explain that it does not know a type.
                let why = "the evcxr engine cannot find out the type of a variable in this cell\n\
                           hint: write the types, as in `let x: Vec<f32> = ...;`";
                return plain_error("CompileError", why);
            }
            let said: Vec<String> = errors.iter().map(|error| error.message()).collect();
            plain_error("CompileError", &in_words(&said.join("\n")))
        }
        Error::Message(said) if said.starts_with("Shell command failed") => {
            plain_error("ShellError", said.trim_end())
        }
        Error::TypeRedefinedVariablesLost(_) | Error::Message(_) | Error::SubprocessTerminated(_) => {
            plain_error("CompileError", &in_words(&error.to_string()))
        }
    }
}

/// An error that is one of a command, not of code.
fn of_command(error: &CompilationError, diagnostic: &Diagnostic, file: &Assembly) -> Option<CellError> {
    let place = diagnostic.spans.first()?.range.clone();
    let Place::Cell(origin) = file.place(place) else {
        return None;
    };
    let command = origin
        .text()
        .strip_prefix(':')
        .filter(|_| error.code().is_none())?;
    Some(match command.split_whitespace().next() {
        Some("dep") => plain_error("DependencyError", &of_cargo(&error.message())),
        _ => plain_error("CommandError", &in_words(&error.message())),
    })
}

/// What cargo says of a crate, without how far it is.
fn of_cargo(said: &str) -> String {
    let progress = ["Updating", "Locking", "Downloading", "Downloaded", "Adding"];
    let lines = said.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !progress.iter().any(|word| line.starts_with(word)));
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix("error: ").unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// The error in the form of the compiler's own messages, with its places in what evcxr was given.
fn diagnostic(error: &CompilationError, file: &Assembly) -> Diagnostic {
    let said = in_words(&error.message());
    let mut lines = said.lines();
    let message = lines.next().unwrap_or_default().to_owned();
    let hint = lines
        .filter_map(|line| line.strip_prefix("hint: "))
        .map(str::to_owned);
    let help = error.help().into_iter().map(|text| {
        // Behind an empty line stands what the compiler would write, without its place.
        text.split("\n\n").next().unwrap_or_default().to_owned()
    });
    Diagnostic {
        error: true,
        code: error.code().map(str::to_owned),
        message,
        spans: error
            .spanned_messages()
            .iter()
            .filter_map(|said| {
                let place = said.span?;
                let start = (place.start_line, place.start_column);
                let range = range(start, (place.end_line, place.end_column), file)?;
                Some(Span {
                    outermost: range.clone(),
                    range,
                    primary: said.is_primary,
                    label: Some(said.label.clone()).filter(|label| !label.is_empty() && !is_title(label)),
                    replacement: None,
                })
            })
            .collect(),
        children: hint
            .chain(help)
            .map(|message| Advice {
                level: "help".to_owned(),
                message,
                spans: Vec::new(),
            })
            .collect(),
    }
}

/// Whether evcxr has put the whole message there for want of a label.
fn is_title(label: &str) -> bool {
    ["error: ", "warning: "]
        .iter()
        .any(|level| label.starts_with(level))
}

/// Bytes of a file between two places, given by line and column, from 1.
fn range(start: (usize, usize), end: (usize, usize), file: &Assembly) -> Option<Range<usize>> {
    let offset = |(line, column): (usize, usize)| -> Option<usize> {
        file.offset(u32::try_from(line).ok()?, u32::try_from(column).ok()?)
    };
    let (start, end) = (offset(start)?, offset(end)?);
    Some(start..end.max(start))
}

/// What evcxr says of what it cannot do, in plain words; its own words else.
fn in_words(said: &str) -> String {
    let name = said.split('`').nth(1).unwrap_or_default();
    let all = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if all.contains("is a closure, which cannot be persisted") {
        format!(
            "the evcxr engine keeps no closures: `{name}` cannot be used in later cells\n\
             hint: write its type, as in `let {name}: Box<dyn Fn(f32) -> f32> = Box::new(|x| x + 1.0);`, or put the cell into {{ }}"
        )
    } else if all.contains("Couldn't automatically determine type of variable")
        || all.contains("Failed to determine type of variable")
    {
        format!(
            "the evcxr engine cannot find out the type of `{name}`\n\
             hint: write it, as in `let {name}: Vec<f32> = ...;`"
        )
    } else if all.contains("contains a reference with a non-static lifetime") {
        format!(
            "`{name}` borrows, and the evcxr engine keeps no variable that does\n\
             hint: keep a value of its own, as `.clone()` or `.to_owned()` make, or put the cell into {{ }}"
        )
    } else if all.contains("which cannot be persisted") {
        format!(
            "the evcxr engine cannot keep `{name}`: no other cell could name its type\n\
             hint: write a type that can be named, as in `let {name}: Box<dyn Trait> = Box::new(...);`, or put the cell into {{ }}"
        )
    } else if all.contains("rustc interrupted by SIGSEGV") {
        "this cell is nested too deeply for the compiler\n\
         hint: give its parts names with `let`, or put the data into a list"
            .to_owned()
    } else if let Some(command) = all.strip_prefix("Unrecognised command ") {
        format!("there is no command `{command}`\nhint: `:help` lists the commands of the evcxr engine")
    } else {
        said.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_evcxr_cannot_do_is_said_in_plain_words() {
        let rows = [
            "The variable `f` is a closure, which cannot be persisted.\nYou can however persist closures",
            "Couldn't automatically determine type of variable `m`.\nPlease give it an explicit type.",
            "The variable `r` contains a reference with a non-static lifetime so\ncan't be persisted. You can",
            "The variable `i` has type `impl Fn` which cannot be persisted.\nYou might be able",
            "Unrecognised command :foo",
            "anything else\n",
        ];
        insta::assert_snapshot!(rows.map(in_words).join("\n\n"), @r"
        the evcxr engine keeps no closures: `f` cannot be used in later cells
        hint: write its type, as in `let f: Box<dyn Fn(f32) -> f32> = Box::new(|x| x + 1.0);`, or put the cell into { }

        the evcxr engine cannot find out the type of `m`
        hint: write it, as in `let m: Vec<f32> = ...;`

        `r` borrows, and the evcxr engine keeps no variable that does
        hint: keep a value of its own, as `.clone()` or `.to_owned()` make, or put the cell into { }

        the evcxr engine cannot keep `i`: no other cell could name its type
        hint: write a type that can be named, as in `let i: Box<dyn Trait> = Box::new(...);`, or put the cell into { }

        there is no command `:foo`
        hint: `:help` lists the commands of the evcxr engine

        anything else
        ");
    }

    #[test]
    fn of_cargos_words_those_about_the_crate_are_told() {
        let said = "    Updating crates.io index\nerror: no matching package named `x` found\nlocation searched: crates.io index\n";
        insta::assert_snapshot!(of_cargo(said), @r"
        no matching package named `x` found
        location searched: crates.io index
        ");
    }

    #[test]
    fn an_error_without_a_place_is_told_in_its_words() {
        let text = CellText::new(1, "x");
        let lost = std::collections::HashMap::new();
        let known = Known {
            lost: &lost,
            names: Vec::new(),
            items: Vec::new(),
        };
        let error = Error::Message("Looks like you're missing a semicolon".to_owned());
        let error = told(&error, &Assembly::default(), &text, &known);
        assert_eq!(error.name, "CompileError");
        assert_eq!(error.value, "Looks like you're missing a semicolon");
    }
}
