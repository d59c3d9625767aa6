//! One cell from its parts to its end: compile until it fits, run. What the run leaves is `outcome`'s.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::assemble::{self, Lessons, Living, Parts};
use super::cache::{Attempt, Outcome};
use super::compile::Job;
use super::diagnostics::{plain_error, stopped};
use super::effort::Effort;
use super::filter::{Filter, translate};
use super::items::{Memory, ParsedKind};
use super::outcome::End;
use super::parse::{Broken, ParsedCell};
use super::refusal::{not_compiled, too_deep};
use super::repair::{self, Loss, Verdict};
use super::source::{Assembly, CellText, Mark};
use super::timing::Timing;
use super::warnings::{self, Remark};
use super::{RustcEngine, graded, notes, types, waits};
use crate::engine::{CellHost, Standing};
use crate::output::{CellError, Output};

/// How often a cell is compiled at most: each time at least one line less stands around it.
const TRIES: usize = 12;

/// A cell that compiles.
pub struct Ready {
    /// Name of its files.
    pub name: String,
    /// Name of its source file.
    pub source: String,
    /// The source file.
    pub file: Assembly,
    /// What of the session's items it does not replace.
    pub memory: Memory,
    /// What it took to compile it.
    pub lessons: Lessons,
    /// Variables that do not outlive it.
    pub losses: Vec<Loss>,
    /// New variables for later cells.
    pub new: Vec<Living>,
    /// New variables whose type cannot be written, with the reason.
    pub unnameable: Vec<(String, &'static str)>,
    /// What is odd in it, although it compiles.
    pub remarks: Vec<Remark>,
}

impl Ready {
    /// The variables that the cell's success costs: new ones that cannot be kept, and those of the types in `outdated`.
    fn dropped(&self, outdated: &[String]) -> Vec<String> {
        let kept = |name: &&String| !self.new.iter().any(|variable| variable.name == **name);
        let unnameable = self.unnameable.iter().map(|(name, _)| name);
        unnameable.chain(outdated.iter().filter(kept)).cloned().collect()
    }
}

impl RustcEngine {
    /// Runs what is no command.
    pub(super) fn run_code(
        &mut self,
        text: &Arc<CellText>,
        mut parsed: ParsedCell,
        parse: Duration,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        if parsed.is_empty() {
            return Ok(());
        }
        if parsed.broken == Some(Broken::Depth) {
            return Err(too_deep());
        }
        let mut timing = Timing {
            parse,
            ..Timing::default()
        };
        self.place_calls(text, &mut parsed, &mut timing)?;
        let made = made_by(&parsed);
        let result = self.compile_and_run(text, parsed, host, &mut timing);
        if self.show_timing {
            notes::show(host, &timing.to_string());
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
        let memory = match (&self.terms, text.standing) {
            (Some(_), Standing::Instructor) => &self.given,
            _ => &self.memory,
        };
        let changed = memory.changed_by(&parsed.items);
        let outdated: Vec<String> = self
            .living
            .values()
            .filter(|variable| !graded::words_of(&variable.full_type, text.standing).is_disjoint(&changed))
            .map(|variable| variable.name.clone())
            .collect();
        let replaced = self.replaced(&parsed);
        let gone: Vec<String> = outdated.iter().chain(&replaced).cloned().collect();
        let started = Instant::now();
        let ready = self.compile(text, &parsed, &gone, timing);
        timing.compile += started.elapsed();
        let mut ready = ready?;
        self.cache.count(match (timing.compilations, timing.shared) {
            (0, true) => Outcome::Shared,
            (0, false) => Outcome::Own,
            _ => Outcome::Compiled,
        });
        let mut end = End::default();
        if parsed.has_statements() {
            let started = Instant::now();
            self.files
                .insert(ready.source.clone(), std::mem::take(&mut ready.file));
            let mut filter = Filter::new(host, &self.files);
            let forget = ready.dropped(&gone);
            let library = self.compiler.library(&ready.name);
            let types = self.living.values().map(|variable| variable.full_type.as_str());
            self.worker.tell_of_types(types);
            let ran = self.worker.run(&library, &forget, &mut filter);
            filter.finish();
            timing.run = started.elapsed();
            self.compiler.remove(&ready.name);
            // Behind the output, where nothing clears them away, and before an error that they may explain.
            notes::show_remarks(host, &ready.remarks);
            end = self.finish(ran, Some(&ready), host)?;
        } else {
            self.compiler.remove(&ready.name);
            notes::show_remarks(host, &ready.remarks);
        }
        for note in &end.notes {
            notes::show(host, &types::without_crate(&translate(note, &self.files)));
        }
        for name in replaced {
            self.living.remove(&name);
        }
        self.commit(ready, parsed, text, outdated, host);
        if end.interrupted {
            return Err(stopped());
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
        gone: &[String],
        timing: &mut Timing,
    ) -> Result<Ready, CellError> {
        let (memory, given) = self.beside(text, parsed);
        for variable in self.living.values() {
            if let Err(why) = self.may_use(text.standing, variable) {
                self.lost.insert(variable.name.clone(), why);
            }
        }
        let mut lessons = Lessons::default();
        let mut losses = Vec::new();
        for _ in 0..TRIES {
            let usable = self.living.values().filter(|variable| {
                !gone.contains(&variable.name)
                    && self.may_use(text.standing, variable).is_ok()
                    && !losses.contains(&Loss::Unnameable(variable.name.clone()))
            });
            let living = assemble::named(parsed, usable);
            let parts = Parts {
                cell: text,
                parsed,
                memory: &memory,
                living: &living,
                crates: &self.built.source,
                has_runtime: self.crates.contains_key(waits::RUNTIME),
                graded: self.terms.as_ref().map(|terms| (&given, terms)),
                asking: &[],
            };
            let file = assemble::assemble(&parts, &lessons);
            self.compilations += 1;
            let name = format!("cell_{}", self.compilations);
            let source = source_name(&file);
            let effort = match (Effort::of(parsed, file.text()), self.effort) {
                (Effort::Check, _) => Effort::Check,
                (suited, said) => said.unwrap_or(suited),
            };
            let job = Job {
                name: &name,
                source: &source,
                text: file.text(),
                effort,
                types: !parsed.bindings.is_empty(),
                more: &self.built.arguments,
            };
            let made = self.cache.compile(&self.compiler, &job, self.built.identity());
            let attempt = made.map_err(not_compiled)?;
            let Attempt { compiled, types, .. } = &attempt;
            timing.compilations += u32::from(attempt.found.is_none());
            timing.shared |= attempt.found == Some(Outcome::Shared);
            timing.link += compiled.linking;
            if !compiled.success {
                let said = &compiled.diagnostics;
                if let Some((asked_name, asked)) = graded::disagreement(said, &file) {
                    self.compiler.remove(&name);
                    return Err(self.disagrees(&asked_name, &asked));
                }
                if let (Standing::Instructor, Some(terms)) = (text.standing, &self.terms)
                    && let Some((of, extra)) = graded::beyond(&parsed.code, &memory, terms)
                {
                    self.compiler.remove(&name);
                    let why = format!(
                        "the trait `{of}` has `{extra}`, which the exercise does not ask for\nhint: leave `{extra}` out of the trait"
                    );
                    return Err(plain_error("CompileError", &why));
                }
                let verdict = match graded::leave_out_absent(said, &file, &mut lessons) {
                    true => Verdict::Again,
                    false => repair::learn(said, &file, parsed, &mut lessons, &mut losses),
                };
                if verdict == Verdict::Again {
                    self.cache.keep(&self.compiler, &job, &attempt);
                }
                self.compiler.remove(&name);
                match verdict {
                    Verdict::Again => continue,
                    Verdict::Report(errors) => {
                        return Err(self.refused(compiled, &errors, &file, parsed, text));
                    }
                }
            }
            self.cache.keep(&self.compiler, &job, &attempt);
            if let Some(function) = guessed_function(parsed, types) {
                self.compiler.remove(&name);
                lessons.left_out.insert(Mark::Put(function));
                continue;
            }
            let pointers = function_pointers(parsed, types, &lessons);
            if !pointers.is_empty() {
                self.compiler.remove(&name);
                lessons.pointers.extend(pointers);
                continue;
            }
            let remarks = warnings::remarks(&compiled.diagnostics, &file, text);
            let mut ready = Ready {
                name,
                source,
                file,
                memory,
                lessons,
                losses,
                new: Vec::new(),
                unnameable: Vec::new(),
                remarks,
            };
            for binding in &parsed.bindings {
                let Some(full_type) = types.get(&binding.name) else {
                    continue;
                };
                match types::unnameable(full_type) {
                    Some(reason) => ready.unnameable.push((binding.name.clone(), reason)),
                    None => ready.new.push(Living {
                        name: binding.name.clone(),
                        full_type: full_type.clone(),
                        mutable: binding.mutable,
                        standing: text.standing,
                    }),
                }
            }
            return Ok(ready);
        }
        Err(plain_error(
            "CompileError",
            "the variables of this cell could not be kept apart\nhint: split the cell, or put its work into a function",
        ))
    }

    /// The variables whose names a cell gives to functions and the like.
    fn replaced(&self, parsed: &ParsedCell) -> Vec<String> {
        let keys = parsed
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ParsedKind::Definition(definition) => Some(definition.keys()),
                ParsedKind::Use(_) => None,
            })
            .flatten();
        let is_variable = |name: &&str| {
            let again = parsed
                .bindings
                .iter()
                .any(|binding| binding.name == *name && !binding.guessed);
            self.living.contains_key(*name) && !again
        };
        let values = keys.filter_map(|key| key.strip_prefix("value "));
        values.filter(is_variable).map(str::to_owned).collect()
    }

    /// What of the session a cell does not replace: all of it, and what the instructor gave.
    pub(super) fn beside(&self, text: &CellText, parsed: &ParsedCell) -> (Memory, Memory) {
        let given = match text.standing {
            Standing::Instructor => self.given.beside(&parsed.items),
            Standing::Learner => self.given.clone(),
        };
        (self.memory.beside(&parsed.items), given)
    }
}

/// A name in the call of a macro that turns out to be a function and no variable.
fn guessed_function(parsed: &ParsedCell, types: &HashMap<String, String>) -> Option<String> {
    let guessed = parsed.bindings.iter().filter(|binding| binding.guessed);
    let mut names = guessed.map(|binding| &binding.name);
    let ends = |name: &str| [format!("::{name}}}"), format!("{{{name}}}")];
    let is_function = |name: &&String| {
        let full_type = types.get(*name);
        full_type.is_some_and(|full_type| ends(name).iter().any(|end| full_type.ends_with(end)))
    };
    names.find(is_function).cloned()
}

/// How the functions among the new variables are written as pointers, for those that are not kept so already.
fn function_pointers(
    parsed: &ParsedCell,
    types: &HashMap<String, String>,
    lessons: &Lessons,
) -> Vec<(String, String)> {
    let known = |name: &str| lessons.pointers.iter().any(|(pointer, _)| pointer == name);
    parsed
        .bindings
        .iter()
        .filter(|binding| !known(&binding.name))
        .filter_map(|binding| {
            let pointer = types::function_pointer(types.get(&binding.name)?)?;
            Some((binding.name.clone(), pointer))
        })
        .collect()
}

/// The names that a cell makes if it succeeds.
fn made_by(parsed: &ParsedCell) -> Vec<String> {
    let items = parsed.items.iter().filter_map(|item| match &item.kind {
        ParsedKind::Definition(definition) => Some(definition.names().map(str::to_owned)),
        ParsedKind::Use(_) => None,
    });
    let items = items.flatten();
    let variables = parsed.bindings.iter().filter(|binding| !binding.guessed);
    let variables = variables.map(|binding| binding.name.clone());
    variables.chain(items).collect()
}

/// The name of the source file: what is in it, so that the same cell has the same name everywhere and no other has it.
pub fn source_name(file: &Assembly) -> String {
    let mut hasher = DefaultHasher::new();
    file.text().hash(&mut hasher);
    format!("cell_{:016x}.rs", hasher.finish())
}

/// The names of the statics that a cell defines.
pub(super) fn statics(parsed: &ParsedCell) -> Vec<String> {
    let statics = parsed.items.iter().filter_map(|item| match &item.kind {
        ParsedKind::Definition(definition) if definition.is_static => Some(definition),
        _ => None,
    });
    let mut names: Vec<String> = statics
        .flat_map(|definition| definition.names().map(str::to_owned))
        .collect();
    // A macro may make a type of the same name.
    names.dedup();
    names
}
