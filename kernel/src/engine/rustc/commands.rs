//! The lines that start with `:`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::command_lines::Command;
use super::dependencies::{self, BUILT_IN, DependencyError};
use super::diagnostics::plain_error;
use super::source::CellText;
use super::{RustcEngine, notes};
use crate::engine::{Assistant, CellHost, Engine, Inspection};
use crate::output::{CellError, Output};

/// Names and what they do, as `:help` shows them.
const COMMANDS: [(&str, &str); 6] = [
    (":help", "show this list"),
    (":doc NAME", "show what a name is, with its documentation"),
    (":vars", "list the variables and their types"),
    (":dep NAME = \"VERSION\"", "use a crate from crates.io"),
    (":timing", "show after each cell how long it took; again to stop"),
    (":reset", "forget all variables, items and `use`s"),
];

/// Refuses what is no command, before anything of its cell has happened.
pub(super) fn check(commands: &[Command]) -> Result<(), CellError> {
    let known = |name: &str| {
        COMMANDS
            .iter()
            .any(|(usage, _)| usage[1..].split(' ').next() == Some(name))
    };
    let names = commands.iter().map(|command| parts(command).0);
    names
        .filter(|name| !known(name))
        .try_for_each(|name| Err(unknown(name)))
}

/// Whether a command is to be run behind the code of its cell: it stands there, and shows what the code has made.
pub(super) fn runs_behind(command: &Command) -> bool {
    command.after_code && parts(command).0 != "dep"
}

/// Name and arguments.
fn parts(command: &Command) -> (&str, &str) {
    let text = command.text.as_str();
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

impl RustcEngine {
    /// Runs commands, in order.
    pub(super) fn run_commands(
        &mut self,
        commands: &[Command],
        text: &Arc<CellText>,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        let mut wanted = self.crates.clone();
        for command in commands {
            let (name, arguments) = parts(command);
            match name {
                "help" => table(
                    host,
                    &COMMANDS.map(|(name, what)| (name.to_owned(), what.to_owned())),
                ),
                "vars" => self.show_variables(host),
                "doc" => self.show_documentation(arguments.trim(), command.after_code, host)?,
                "reset" => self.reset()?,
                "timing" => {
                    self.show_timing = !self.show_timing;
                    let state = if self.show_timing {
                        "shown"
                    } else {
                        "no longer shown"
                    };
                    notes::show(host, &format!("times are {state} after each cell"));
                }
                "dep" => {
                    let (name, value) =
                        dependencies::read(arguments.trim()).map_err(|error| dependency_error(&error))?;
                    if BUILT_IN.contains(&name.as_str()) {
                        notes::show(host, &format!("`{name}` is in scope already, without `:dep`"));
                    } else {
                        wanted.insert(name, value);
                    }
                }
                _ => return Err(unknown(name)),
            }
        }
        if wanted != self.crates {
            self.build(wanted, text.number, host)?;
        }
        Ok(())
    }

    /// Builds the crates of a cell's `:dep` lines together, with one display that tells how far it is.
    fn build(
        &mut self,
        wanted: BTreeMap<String, String>,
        cell: u32,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        // The session is part of the name: front ends keep the displays of a kernel that was restarted.
        let id = format!("hebb-dep-{}-{cell}", std::process::id());
        let mut shown: Option<Instant> = None;
        let mut show = |text: &str, at_least: Duration| {
            if shown.is_some_and(|last| last.elapsed() < at_least) {
                return;
            }
            let mut data = Map::new();
            data.insert("text/plain".to_owned(), Value::from(text));
            host.emit(Output::Display {
                data,
                metadata: Map::new(),
                display_id: Some(id.clone()),
                update: shown.is_some(),
            });
            shown = Some(Instant::now());
        };
        let started = Instant::now();
        let built = dependencies::build(&self.layout, &wanted, &self.compiler.running(), &mut |line| {
            show(line, Duration::from_millis(200));
        })
        .map_err(|error| dependency_error(&error))?;
        show(
            &format!("Crates ready after {:.1} s", started.elapsed().as_secs_f64()),
            Duration::ZERO,
        );
        self.built = built;
        self.crates = wanted;
        Ok(())
    }

    /// `behind` the code nothing may fail any more: a cell that fails changes nothing.
    fn show_documentation(&self, name: &str, behind: bool, host: &mut dyn CellHost) -> Result<(), CellError> {
        let refusal = match self.assistant.inspect(name, name.len(), true) {
            Some(known) => {
                host.emit(page(known));
                return Ok(());
            }
            None if name.is_empty() => "`:doc` needs a name\nhint: `:doc Vec`, `:doc String::len`".to_owned(),
            None => format!(
                "nothing is known about `{name}`\nhint: the name must be in scope here; for a method write `Type::method`"
            ),
        };
        if !behind {
            return Err(plain_error("CommandError", &refusal));
        }
        notes::show(host, &refusal);
        Ok(())
    }

    fn show_variables(&self, host: &mut dyn CellHost) {
        let rows: Vec<(String, String)> = self
            .variables()
            .into_iter()
            .map(|variable| (variable.name, variable.type_name))
            .collect();
        if rows.is_empty() {
            notes::show(host, "there are no variables yet");
        } else {
            table(host, &rows);
        }
    }
}

fn page(inspection: Inspection) -> Output {
    let mut data = Map::new();
    data.insert("text/plain".to_owned(), inspection.plain.into());
    data.insert("text/markdown".to_owned(), inspection.markdown.into());
    Output::Page { data }
}

fn dependency_error(error: &DependencyError) -> CellError {
    let name = match error {
        DependencyError::Stopped => "Interrupted",
        _ => "DependencyError",
    };
    plain_error(name, &error.to_string())
}

fn unknown(name: &str) -> CellError {
    let nearest = COMMANDS
        .iter()
        .map(|(known, _)| known[1..].split(' ').next().unwrap_or_default())
        .min_by_key(|known| distance(known, name))
        .unwrap_or_default();
    plain_error(
        "CommandError",
        &format!("there is no command `:{name}`\nhint: the nearest is `:{nearest}`; `:help` lists them all"),
    )
}

/// How many letters must be added, dropped or replaced to make one word of another (Levenshtein 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// Shows two columns as text and as HTML.
fn table(host: &mut dyn CellHost, rows: &[(String, String)]) {
    let width = rows
        .iter()
        .map(|(left, _)| left.chars().count())
        .max()
        .unwrap_or(0);
    let plain: Vec<String> = rows
        .iter()
        .map(|(left, right)| format!("{left:width$}  {right}"))
        .collect();
    let html: String = rows
        .iter()
        .map(|(left, right)| {
            format!(
                "<tr><td style=\"text-align:left\"><code>{}</code></td><td style=\"text-align:left\">{}</td></tr>",
                notes::escape(left),
                notes::escape(right)
            )
        })
        .collect();
    let mut data = Map::new();
    data.insert("text/plain".to_owned(), Value::from(plain.join("\n")));
    data.insert(
        "text/html".to_owned(),
        Value::from(format!("<table>{html}</table>")),
    );
    host.emit(Output::display(data));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::assist::Assist;
    use crate::engine::session_view::SharedView;

    #[test]
    fn every_command_is_offered() {
        let assist = Assist::new(SharedView::default(), "");
        let offered = assist.complete(":", 1).items.into_iter().map(|item| item.text);
        let mut names = COMMANDS.map(|(usage, _)| usage.split(' ').next().unwrap_or_default());
        names.sort_unstable();
        assert_eq!(offered.collect::<Vec<_>>(), names);
    }
}
