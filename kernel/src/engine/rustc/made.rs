//! What the calls of macros at the top of a cell define: functions, types, variables.
//!
//! The grammar leaves open whether a call stands for items or for statements, and no name in it need be the name of what it defines. The
//! compiler knows: a call that may define items is written twice into a module of its own, in a file that is only checked.
//! Statements are refused there, and of items it says that their names are defined twice. A variable that a call makes has a name
//! that stands in the call (names within a macro are its own): each such name is tried.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{MacroDelimiter, StmtMacro};

use super::assemble::{self, Lessons, Parts};
use super::cache::Outcome;
use super::compile::{Compiled, Job};
use super::definition::{Definition, ParsedItem, ParsedKind};
use super::effort::Effort;
use super::parse::{Binding, ParsedCell};
use super::refusal::not_compiled;
use super::source::{Assembly, CellText, Place};
use super::timing::Timing;
use super::{RustcEngine, cell};
use crate::output::CellError;

/// Words without which nothing is an item.
const ITEMS: [&str; 14] = [
    "const",
    "enum",
    "extern",
    "fn",
    "impl",
    "macro_rules",
    "mod",
    "static",
    "struct",
    "thread_local",
    "trait",
    "type",
    "union",
    "use",
];

/// Macros of the language and the prelude that define nothing, unless the session has its own of this name.
pub const PLAIN: [&str; 22] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "check",
    "compile_error",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "eprint",
    "eprintln",
    "format",
    "matches",
    "panic",
    "print",
    "println",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// The call of a macro at the top of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The macro's name, without its path.
    pub name: String,
    /// Its bytes in the cell, with its semicolon.
    pub range: Range<usize>,
    /// The names that stand in it, in order.
    pub names: Vec<String>,
    /// It is written with braces.
    pub braces: bool,
    /// It can stand where an item stands.
    pub closed: bool,
}

impl Call {
    /// Reads a statement that is the call of a macro.
    pub fn of(statement: &StmtMacro) -> Call {
        let braces = matches!(statement.mac.delimiter, MacroDelimiter::Brace(_));
        let mut names = Vec::new();
        gather(statement.mac.tokens.clone(), &mut names);
        Call {
            name: statement
                .mac
                .path
                .segments
                .last()
                .map_or_else(String::new, |last| last.ident.to_string()),
            range: statement.span().byte_range(),
            names,
            braces,
            closed: braces || statement.semi_token.is_some(),
        }
    }
}

fn gather(tokens: TokenStream, names: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => gather(group.stream(), names),
            TokenTree::Ident(name) => names.push(name.to_string()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// What is known of a call from the macros behind it.
struct Behind {
    /// Every word of the call, and of the macros of the session that it can come to.
    words: HashSet<String>,
    /// Whether the session defines the macro.
    known: bool,
    /// Whether one of them makes a variable that may change.
    changes: bool,
}

/// The macros of a session: name to words and tokens.
struct Macros<'a>(HashMap<&'a str, &'a Definition>);

impl<'a> Macros<'a> {
    fn of(definitions: impl Iterator<Item = &'a Definition>) -> Macros<'a> {
        let macros = definitions.filter(|definition| definition.is_macro);
        // The latest of a name counts.
        let named = macros.filter_map(|found| Some((found.name.as_deref()?, found)));
        Macros(named.collect())
    }

    fn behind(&self, call: &Call) -> Behind {
        let mut behind = Behind {
            words: call.names.iter().cloned().collect(),
            known: self.0.contains_key(call.name.as_str()),
            changes: false,
        };
        behind.words.insert(call.name.clone());
        let mut come_to: HashSet<&str> = HashSet::new();
        loop {
            let new = self
                .0
                .iter()
                .find(|(name, _)| behind.words.contains(**name) && !come_to.contains(*name));
            let Some((name, definition)) = new else {
                return behind;
            };
            come_to.insert(name);
            // Every definition of a macro says this word once.
            let makes_macros = definition.tokens.matches("macro_rules").count() > 1;
            let said = |word: &&String| makes_macros || *word != "macro_rules";
            behind.words.extend(definition.words.iter().filter(said).cloned());
            behind.changes |= definition.tokens.contains("let mut");
        }
    }
}

/// Whether only the compiler can tell if a call defines items.
fn is_open(call: &Call, behind: &Behind) -> bool {
    let is_plain = !behind.known && PLAIN.contains(&call.name.as_str());
    let may = ITEMS.iter().any(|word| behind.words.contains(*word));
    // What stands in a crate's macro is not known; those that define items are written with braces.
    call.closed && !is_plain && (may || (!behind.known && call.braces))
}

impl RustcEngine {
    /// Finds out what the calls of macros in a cell define, and makes it part of the cell's items and variables.
    pub(super) fn place_calls(
        &mut self,
        text: &Arc<CellText>,
        parsed: &mut ParsedCell,
        timing: &mut Timing,
    ) -> Result<(), CellError> {
        if parsed.calls.is_empty() {
            return Ok(());
        }
        let own: Vec<Arc<Definition>> = parsed
            .items
            .iter()
            .filter_map(|item| match &item.kind {
                ParsedKind::Definition(definition) => Some(definition.clone()),
                ParsedKind::Use(_) => None,
            })
            .collect();
        let earlier: Vec<Arc<Definition>> = self
            .memory
            .definitions
            .iter()
            .map(|item| item.definition.clone())
            .collect();
        let macros = Macros::of(earlier.iter().chain(&own).map(|definition| &**definition));
        let calls: Vec<(Call, Behind)> = std::mem::take(&mut parsed.calls)
            .into_iter()
            .map(|call| {
                let behind = macros.behind(&call);
                (call, behind)
            })
            .collect();
        let open: Vec<&Call> = calls
            .iter()
            .filter(|(call, behind)| is_open(call, behind))
            .map(|(call, _)| call)
            .collect();
        let answers = match open.is_empty() {
            true => HashMap::new(),
            false => self.ask(text, parsed, &open, timing)?,
        };
        let mut statements = Vec::new();
        for (call, behind) in calls {
            match answers.get(&call.range.start) {
                Some(keys) => {
                    let written = &text.text[call.range.clone()];
                    let definition = Definition::of_call(written, keys.clone(), &behind.words);
                    parsed.take_out(&call.range);
                    parsed.items.push(ParsedItem {
                        range: call.range,
                        kind: ParsedKind::Definition(Arc::new(definition)),
                        instead: None,
                    });
                }
                None => statements.push((call, behind)),
            }
        }
        let taken: HashSet<&str> = own
            .iter()
            .chain(&earlier)
            .flat_map(|definition| definition.names())
            .collect();
        for (call, behind) in statements {
            if !behind.words.contains("let") {
                continue;
            }
            for name in call.names {
                let is_variable = !name.starts_with(char::is_uppercase)
                    && syn::parse_str::<syn::Ident>(&name).is_ok()
                    && !taken.contains(name.as_str())
                    && !parsed.bindings.iter().any(|binding| binding.name == name);
                if is_variable {
                    parsed.bindings.push(Binding {
                        name,
                        mutable: behind.changes,
                        closure: None,
                        hides_earlier: false,
                        guessed: true,
                    });
                }
            }
        }
        Ok(())
    }

    /// What the calls define that are items: where each starts, and the keys of what it defines.
    fn ask(
        &mut self,
        text: &Arc<CellText>,
        parsed: &ParsedCell,
        calls: &[&Call],
        timing: &mut Timing,
    ) -> Result<HashMap<usize, Vec<String>>, CellError> {
        let started = Instant::now();
        let (memory, given) = self.beside(text, parsed);
        let asking: Vec<Range<usize>> = calls.iter().map(|call| call.range.clone()).collect();
        let parts = Parts {
            cell: text,
            parsed,
            memory: &memory,
            living: &[],
            crates: &self.built.source,
            has_runtime: false,
            graded: self.terms.as_ref().map(|terms| (&given, terms)),
            asking: &asking,
        };
        let file = assemble::assemble(&parts, &Lessons::default());
        self.compilations += 1;
        let name = format!("cell_{}", self.compilations);
        let source = cell::source_name(&file);
        let job = Job {
            name: &name,
            source: &source,
            text: file.text(),
            effort: Effort::Check,
            types: false,
            more: &self.built.arguments,
        };
        let made = self.cache.compile(&self.compiler, &job, self.built.identity());
        let attempt = made.map_err(not_compiled)?;
        self.cache.keep(&self.compiler, &job, &attempt);
        self.compiler.remove(&name);
        timing.compilations += u32::from(attempt.found.is_none());
        timing.shared |= attempt.found == Some(Outcome::Shared);
        timing.compile += started.elapsed();
        Ok(answers(&attempt.compiled, &file, text, &asking))
    }
}

/// Reads what the compiler says of calls that were written twice.
fn answers(
    compiled: &Compiled,
    file: &Assembly,
    text: &Arc<CellText>,
    calls: &[Range<usize>],
) -> HashMap<usize, Vec<String>> {
    if !compiled.rest.is_empty() {
        // It has crashed, and will say so again.
        return HashMap::new();
    }
    let mut items: HashMap<usize, Vec<String>> = calls.iter().map(|call| (call.start, Vec::new())).collect();
    for error in compiled.diagnostics.iter().filter(|diagnostic| diagnostic.error) {
        let of_call = |span: &super::compile::Span| match file.place(span.outermost.clone()) {
            Place::Cell(origin) if Arc::ptr_eq(&origin.cell, text) => {
                calls.iter().find(|call| call.contains(&origin.range.start))
            }
            _ => None,
        };
        let Some(call) = error.spans.iter().find_map(of_call) else {
            continue;
        };
        if let Some(name) = quoted(&error.message, "the name `", "` is defined multiple times") {
            let space = error
                .children
                .iter()
                .find_map(|child| quoted(&child.message, "only once in the ", " namespace"));
            let key = format!("{} {name}", space.unwrap_or("value"));
            items.entry(call.start).and_modify(|keys| keys.push(key));
        } else if error.code.is_none() {
            // What is no item is refused by the grammar; mistakes in items have codes.
            items.remove(&call.start);
        }
    }
    items
}

/// What stands between two texts.
fn quoted<'a>(message: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = message.split_once(before)?;
    Some(rest.split_once(after)?.0)
}
