//! The lines that start with `:` or `!`.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::command_lines::Command;
use super::dependencies;
use super::diagnostics::plain_error;
use super::effort::Effort;
use super::parse::parse;
use super::source::CellText;
use super::{RustcEngine, elsewhere, notes, shell, types};
use crate::engine::{Assistant, Cell, CellHost, Engine, Inspection, Standing};
use crate::layout;
use crate::output::{CellError, Output};

/// Names and what they do, as `:help` shows them.
const COMMANDS: [(&str, &str); 16] = [
    (":help", "show this list"),
    (":doc NAME", "show what a name is, with its documentation"),
    (":vars", "list the variables and their types"),
    (":type NAME", "show the type of a variable"),
    (":t NAME", "the same, shorter"),
    (":dep NAME = \"VERSION\"", "use a crate from crates.io"),
    (":show_deps", "list the crates that `:dep` has brought in"),
    (":timing", "show after each cell how long it took; again to stop"),
    (
        ":opt [LEVEL]",
        "compile cells fast (0) or for speed (2), or as suits each (auto), as at first; without a level, change between 0 and 2",
    ),
    (":env NAME=VALUE", "set a variable of the environment for cells"),
    (
        ":explain [CODE]",
        "explain the last error of the compiler, or the one with this code",
    ),
    (":clear", "forget all variables, items, `use`s and crates"),
    (":reset", "the same"),
    (
        ":restart",
        "start the process that runs cells afresh: variables go, items stay",
    ),
    (":version", "show the versions of Hebb and of Rust"),
    ("!COMMAND", "run a command of the system's shell"),
];

/// Refuses what is no command, before anything of its cell has happened.
pub(super) fn check(commands: &[Command]) -> Result<(), CellError> {
    let known = |name: &str| names().any(|known| known == name) || elsewhere::instead(name).is_some();
    let names = commands.iter().filter(|command| !command.shell);
    let mut names = names.map(|command| parts(command).0).filter(|name| !known(name));
    names.next().map_or(Ok(()), |name| Err(shown(&unknown(name))))
}

/// Whether a command is to be run behind the code of its cell: it stands there, and shows what the code has made.
pub(super) fn runs_behind(command: &Command) -> bool {
    command.after_code && (command.shell || parts(command).0 != "dep")
}

fn names() -> impl Iterator<Item = &'static str> {
    let usages = COMMANDS.iter().filter_map(|(usage, _)| usage.strip_prefix(':'));
    usages.map(|usage| usage.split(' ').next().unwrap_or_default())
}

/// Name and arguments.
fn parts(command: &Command) -> (&str, &str) {
    let text = command.text.as_str();
    text.split_once(char::is_whitespace)
        .map_or((text, ""), |(name, arguments)| (name, arguments.trim()))
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
            let result = match command.shell {
                true => shell::run(&command.text, &self.compiler.running(), host),
                false => self.run_command(name, arguments, text, &mut wanted, host),
            };
            match result {
                // Behind the code nothing may fail any more: a cell that fails changes nothing.
                Err(error) if [REFUSED, shell::FAILED].contains(&error.name.as_str()) => {
                    if !command.after_code {
                        return Err(shown(&error));
                    }
                    notes::show(host, &error.traceback.join("\n"));
                }
                result => result?,
            }
        }
        // A crate in a folder may be another one than the last time, when its files have been saved.
        let mut dep = commands.iter().filter(|command| command.dependency().is_some());
        if wanted != self.crates || dep.next().is_some() && dependencies::has_folders(&wanted) {
            self.build(wanted, text.number, host)?;
        }
        Ok(())
    }

    fn run_command(
        &mut self,
        name: &str,
        arguments: &str,
        text: &Arc<CellText>,
        wanted: &mut super::Crates,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        match name {
            "help" => help(host),
            "vars" => self.show_variables(host),
            "type" | "t" => self.show_type(arguments, host)?,
            "doc" => self.show_documentation(arguments, host)?,
            "clear" | "reset" => {
                wanted.clear();
                self.reset()?;
            }
            "restart" => self.restart(host)?,
            "timing" => {
                self.show_timing = !self.show_timing;
                let state = match self.show_timing {
                    true => "shown",
                    false => "no longer shown",
                };
                notes::show(host, &format!("times are {state} after each cell"));
            }
            "opt" => self.set_effort(arguments, host)?,
            "env" => self.set_environment(arguments, text, host)?,
            "explain" => self.explain(arguments, host)?,
            "version" => {
                let version = env!("CARGO_PKG_VERSION");
                say(host, &format!("Hebb {version} with {}", layout::built_with()));
            }
            "dep" => self.want(arguments, wanted, host)?,
            "show_deps" => self.show_crates(host),
            _ => match elsewhere::instead(name) {
                Some(instead) => notes::show(host, &format!("`:{name}` does nothing here: {instead}")),
                None => return Err(unknown(name)),
            },
        }
        Ok(())
    }

    fn restart(&mut self, host: &mut dyn CellHost) -> Result<(), CellError> {
        self.lose_all("was lost when `:restart` ended the process that held it");
        self.worker.restart().map_err(|error| {
            let why = format!("cannot start the process that runs cells: {error}\nhint: restart the kernel");
            plain_error("WorkerError", &why)
        })?;
        notes::show(
            host,
            "the process that runs cells is a new one: variables are gone, items are there",
        );
        Ok(())
    }

    fn set_effort(&mut self, level: &str, host: &mut dyn CellHost) -> Result<(), CellError> {
        self.effort = match level {
            "" if self.effort == Some(Effort::Optimized) => Some(Effort::Fast),
            "" | "2" | "3" => Some(Effort::Optimized),
            "0" | "1" => Some(Effort::Fast),
            "auto" => None,
            _ => {
                let why =
                    format!("`:opt {level}` is no level\nhint: write `:opt 0`, `:opt 2` or `:opt auto`");
                return Err(CellError::new(REFUSED, &why));
            }
        };
        let how = match self.effort {
            Some(Effort::Optimized) => "for speed (2)",
            Some(_) => "fast (0)",
            None => "as suits each: for speed where something repeats itself, else fast",
        };
        notes::show(host, &format!("cells are compiled {how}"));
        Ok(())
    }

    /// For the cells to come, now and in every process that runs cells later.
    fn set_environment(
        &mut self,
        setting: &str,
        text: &Arc<CellText>,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        let (name, value) = setting.split_once('=').unwrap_or((setting, ""));
        let (name, value) = (name.trim(), value.trim());
        if !setting.contains('=') || name.is_empty() || setting.contains('\0') {
            let why = format!("`:env {setting}` is not understood\nhint: write `:env NAME=VALUE`");
            return Err(CellError::new(REFUSED, &why));
        }
        let code = format!("unsafe {{ ::std::env::set_var({name:?}, {value:?}) }};");
        let set = CellText::of(&Cell {
            number: text.number,
            code: &code,
            standing: text.standing,
        });
        self.run_code(&set, parse(&set.text), std::time::Duration::ZERO, host)?;
        self.worker.set_environment(name, value);
        Ok(())
    }

    fn explain(&mut self, code: &str, host: &mut dyn CellHost) -> Result<(), CellError> {
        let refused = |why: &str| Err(CellError::new(REFUSED, why));
        let is_code = |code: &str| {
            let digits = code.strip_prefix('E').unwrap_or_default();
            digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let codes = match code {
            "" => self.explainable.clone(),
            code if is_code(code) => vec![code.to_owned()],
            code => {
                return refused(&format!(
                    "`{code}` is no code of an error\nhint: write `:explain E0382`"
                ));
            }
        };
        let mut texts = Vec::new();
        for code in &codes {
            let text = self
                .compiler
                .explain(code)
                .map_err(super::refusal::not_compiled)?;
            texts.extend(text.map(|text| format!("**{code}**\n\n{text}")));
        }
        if texts.is_empty() {
            return refused(match codes.is_empty() {
                true => {
                    "there was no error of the compiler's that has a code\nhint: `:explain E0382` explains that one"
                }
                false => "the compiler has nothing to say about it",
            });
        }
        let text = texts.join("\n\n");
        let mut data = Map::new();
        data.insert("text/plain".to_owned(), Value::from(text.as_str()));
        data.insert("text/markdown".to_owned(), Value::from(text));
        host.emit(Output::display(data));
        Ok(())
    }

    fn show_type(&self, name: &str, host: &mut dyn CellHost) -> Result<(), CellError> {
        match self.living.get(name) {
            Some(variable) => {
                say(host, &format!("{name}: {}", types::short(&variable.full_type)));
                Ok(())
            }
            None if name.is_empty() => Err(CellError::new(
                REFUSED,
                "`:type` needs a name\nhint: `:vars` lists the variables",
            )),
            None => {
                let why = format!(
                    "there is no variable `{name}`\nhint: `:vars` lists them; `:doc {name}` tells of other names"
                );
                Err(CellError::new(REFUSED, &why))
            }
        }
    }

    fn show_documentation(&self, name: &str, host: &mut dyn CellHost) -> Result<(), CellError> {
        match self.assistant.inspect(name, name.len(), true) {
            Some(known) => {
                host.emit(page(known));
                Ok(())
            }
            None if name.is_empty() => Err(CellError::new(
                REFUSED,
                "`:doc` needs a name\nhint: `:doc Vec`, `:doc String::len`",
            )),
            None => {
                let why = format!(
                    "nothing is known about `{name}`\nhint: the name must be in scope here; for a method write `Type::method`"
                );
                Err(CellError::new(REFUSED, &why))
            }
        }
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

    /// Why a cell may not have a command, where strangers' cells are run.
    pub(super) fn may_command(&self, command: &Command, standing: Standing) -> Result<(), CellError> {
        let (name, _) = parts(command);
        let graded = self.terms.is_some() && standing == Standing::Learner;
        let (what, why, hint) = match name {
            _ if command.shell && (self.terms.is_some() || self.compiler.is_confined()) => (
                "`!`",
                "commands of the system's shell stand outside of every wall",
                "leave the line out",
            ),
            "dep" if graded && !command.shell => (
                "`:dep`",
                "crates are the instructor's to choose",
                "use the prelude and the standard library",
            ),
            "env" if graded && !command.shell => (
                "`:env`",
                "what surrounds a test is the instructor's",
                "leave the line out",
            ),
            _ => return Ok(()),
        };
        let text = format!("{what} is not allowed in graded work: {why}\nhint: {hint}");
        Err(plain_error("NotAllowed", &text))
    }
}

/// A refusal as the error of its cell.
fn shown(refusal: &CellError) -> CellError {
    plain_error(&refusal.name, &refusal.traceback.join("\n"))
}

/// The kind of error of a command that cannot be carried out as it stands.
pub(super) const REFUSED: &str = "CommandError";

fn page(inspection: Inspection) -> Output {
    let mut data = Map::new();
    data.insert("text/plain".to_owned(), inspection.plain.into());
    data.insert("text/markdown".to_owned(), inspection.markdown.into());
    Output::Page { data }
}

fn unknown(name: &str) -> CellError {
    let nearest = names()
        .min_by_key(|known| strsim::levenshtein(known, name))
        .unwrap_or_default();
    CellError::new(
        REFUSED,
        &format!("there is no command `:{name}`\nhint: the nearest is `:{nearest}`; `:help` lists them all"),
    )
}

fn help(host: &mut dyn CellHost) {
    let own = COMMANDS
        .iter()
        .map(|(name, what)| ((*name).to_owned(), (*what).to_owned()));
    let others = elsewhere::COMMANDS.iter();
    let others = others.map(|(name, instead)| {
        (
            format!(":{name}"),
            format!("evcxr's; does nothing here: {instead}"),
        )
    });
    table(host, &own.chain(others).collect::<Vec<_>>());
}

/// Shows a line of text.
fn say(host: &mut dyn CellHost, text: &str) {
    let mut data = Map::new();
    data.insert("text/plain".to_owned(), Value::from(text));
    host.emit(Output::display(data));
}

/// Shows two columns as text and as HTML.
pub(super) fn table(host: &mut dyn CellHost, rows: &[(String, String)]) {
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
        let mut own: Vec<String> = names().map(|name| format!(":{name}")).collect();
        own.sort_unstable();
        assert_eq!(offered.collect::<Vec<_>>(), own);
    }
}
