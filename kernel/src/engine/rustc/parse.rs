//! Takes a cell apart: commands, `use`s, items, statements, new variables, the last expression.
//!
//! Text that is no Rust as far as `syn` knows stays whole: the compiler gets it as it is and says what is wrong with it.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Block, Expr, Ident, Item, Local, Pat, Stmt};

use super::command_lines::{Command, first_word, split};
use super::depth::{depth, has_endless_number};
use super::items::{self, ParsedItem, ParsedKind};
use super::made::Call;
use super::occurrences::Occurrences;
use super::waits::{self, Wait};
use crate::engine::apart::apart;

/// A cell in its parts; all ranges are bytes of its text.
#[derive(Debug, Default)]
pub struct ParsedCell {
    /// The lines that start with `:`, without it.
    pub commands: Vec<Command>,
    /// The text with its commands blanked out: offsets are those of the cell.
    pub code: String,
    /// Items and `use`s, in order.
    pub items: Vec<ParsedItem>,
    /// What is between the items: statements with the comments beside them.
    pub statements: Vec<Range<usize>>,
    /// The last expression, if its value is to be shown.
    pub tail: Option<Range<usize>>,
    /// New variables that later cells shall see, each once, in order.
    pub bindings: Vec<Binding>,
    /// The calls of macros among the statements.
    pub calls: Vec<Call>,
    /// `.await` among the statements.
    pub waits: Vec<Wait>,
    /// Each item and each statement, from its first token to its last.
    pub units: Vec<Range<usize>>,
    /// What is wrong, if the text could not be taken apart.
    pub broken: Option<Broken>,
}

/// Why a text could not be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Brackets or quotes do not match, so it cannot stand inside other code.
    Brackets,
    /// It does not follow the grammar that we know.
    Grammar,
    /// It is nested so deeply that nothing can read it.
    Depth,
}

/// A variable that a cell makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub name: String,
    /// Declared with `mut`.
    pub mutable: bool,
    /// Its value is written as a closure.
    pub closure: Option<Closure>,
    /// Nothing in the cell can mean an earlier variable of this name.
    pub hides_earlier: bool,
    /// It stands in the call of a macro, which may make it.
    pub guessed: bool,
}

/// What is known of a closure without its types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// For each parameter whether it is written as a reference, and whether as a mutable one.
    pub parameters: Vec<&'static str>,
    /// Where `move` would be inserted; none if it is there.
    pub move_at: Option<usize>,
}

impl ParsedCell {
    /// Whether there is nothing but white space and comments.
    pub fn is_empty(&self) -> bool {
        self.broken.is_none() && self.items.is_empty() && self.tail.is_none() && !self.has_statements()
    }

    /// Whether there is something to run.
    pub fn has_statements(&self) -> bool {
        self.broken.is_some() || self.tail.is_some() || !self.statements.is_empty()
    }

    /// Whether it makes something of this name itself.
    fn names(&self, word: &str) -> bool {
        let items = self.items.iter().filter_map(|item| match &item.kind {
            ParsedKind::Definition(definition) => Some(definition),
            ParsedKind::Use(_) => None,
        });
        let mut items = items.flat_map(|definition| definition.names());
        items.any(|name| name == word) || self.bindings.iter().any(|binding| binding.name == word)
    }

    /// Takes a part of the statements out, or the last expression: it is an item.
    pub fn take_out(&mut self, part: &Range<usize>) {
        self.tail = self.tail.take().filter(|tail| tail != part);
        let statements = self.statements.iter().flat_map(|range| without(range, part));
        self.statements = statements
            .filter(|range| !is_blank(&self.code[range.clone()]))
            .collect();
    }
}

/// Depth that the stack of a plain thread suffices for: nearly every cell there is.
const SHALLOW: usize = 300;
/// Depth up to which a cell is read at all. The compiler gives up earlier.
const DEEPEST: usize = 10_000;
/// Bytes of stack for a cell of each of these depths; more than 25 KB for each step, as much as an unoptimised build takes.
const SHALLOW_STACK: usize = 8 << 20;
const DEEP_STACK: usize = 256 << 20;

/// Takes a cell apart of which nothing is known but its text.
pub fn parse(text: &str) -> ParsedCell {
    parse_among(text, &|_| false)
}

/// Takes a cell apart. `is_name` tells the names that earlier cells have made: `!done` is for the shell if `done` is none.
pub fn parse_among(text: &str, is_name: &(dyn Fn(&str) -> bool + Sync)) -> ParsedCell {
    let within = |limit, stack| apart(stack, || take_apart(text, limit, is_name)).flatten();
    within(SHALLOW, SHALLOW_STACK)
        .or_else(|| within(DEEPEST, DEEP_STACK))
        .unwrap_or_else(|| ParsedCell {
            code: text.to_owned(),
            ..broken(text.len(), Broken::Depth)
        })
}

/// None for one that is deeper than `limit`.
fn take_apart(text: &str, limit: usize, is_name: &dyn Fn(&str) -> bool) -> Option<ParsedCell> {
    let (commands, code) = split(text, &[], is_name);
    let parsed = take_code_apart(commands, code, limit)?;
    let without = |strays: &[usize]| {
        let (commands, code) = split(text, strays, is_name);
        take_code_apart(commands, code, limit)
    };
    let starts = |found: &dyn Fn(&Command) -> bool| -> Vec<usize> {
        let commands = parsed.commands.iter().filter(|command| found(command));
        commands.map(|command| command.range.start).collect()
    };
    // `let a = b &&` on one line and `!c;` on the next are one statement.
    let shell = starts(&|command| command.shell);
    if parsed.broken == Some(Broken::Grammar) && !shell.is_empty() {
        let whole = without(&shell)?;
        return Some(if whole.broken.is_none() { whole } else { parsed });
    }
    let strays = starts(&|command| {
        // Between `1 +` and `1` it is no command, but a mistake.
        let mut units = parsed.units.iter();
        let inside = units.any(|unit| unit.contains(&command.range.start));
        inside || (command.shell && parsed.names(first_word(&command.text)))
    });
    match strays.is_empty() {
        true => Some(parsed),
        false => without(&strays),
    }
}

fn take_code_apart(commands: Vec<Command>, code: String, limit: usize) -> Option<ParsedCell> {
    let mut parsed = match TokenStream::from_str(&code) {
        Err(_) => broken(code.len(), Broken::Brackets),
        Ok(tokens) if depth(tokens.clone()) > limit => return None,
        Ok(tokens) if has_endless_number(tokens.clone()) => broken(code.len(), Broken::Grammar),
        Ok(tokens) => parse_code(tokens, &code),
    };
    for command in &commands {
        parsed.statements = parsed
            .statements
            .iter()
            .flat_map(|range| without(range, &command.range))
            .collect();
    }
    parsed.statements.retain(|range| !is_blank(&code[range.clone()]));
    Some(ParsedCell {
        commands,
        code,
        ..parsed
    })
}

/// Whether nothing is there that could be run: white space and comments.
fn is_blank(code: &str) -> bool {
    TokenStream::from_str(code).is_ok_and(|tokens| tokens.is_empty())
}

/// What is left of `range` beside `cut`.
fn without(range: &Range<usize>, cut: &Range<usize>) -> Vec<Range<usize>> {
    let before = range.start..range.end.min(cut.start);
    let after = range.start.max(cut.end)..range.end;
    if before.end == range.end || after.start == range.start {
        return vec![range.clone()];
    }
    [before, after]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect()
}

fn broken(length: usize, why: Broken) -> ParsedCell {
    ParsedCell {
        statements: std::iter::once(0..length).collect(),
        broken: Some(why),
        ..ParsedCell::default()
    }
}

fn parse_code(tokens: TokenStream, code: &str) -> ParsedCell {
    let Ok(statements) = Block::parse_within.parse2(tokens) else {
        return broken(code.len(), Broken::Grammar);
    };
    let mut cell = ParsedCell {
        units: statements
            .iter()
            .map(|statement| statement.span().byte_range())
            .collect(),
        waits: waits::of(&statements),
        ..ParsedCell::default()
    };
    let words = Occurrences::of(code);
    let mut rest = 0;
    let count = statements.len();
    for (index, statement) in statements.iter().enumerate() {
        if let Stmt::Macro(call) = statement {
            cell.calls.push(Call::of(call));
        }
        match statement {
            Stmt::Item(Item::Verbatim(_)) => {}
            Stmt::Item(item) => {
                let range = item.span().byte_range();
                cell.statements.push(rest..range.start);
                rest = range.end;
                cell.items.push(items::parsed(item, range, code));
            }
            Stmt::Local(local) => bind(local, &words, &mut cell.bindings),
            Stmt::Expr(expression, None) if index + 1 == count && has_value(expression) => {
                cell.tail = Some(expression.span().byte_range());
            }
            Stmt::Macro(statement) if index + 1 == count && statement.semi_token.is_none() => {
                if !is_silent_macro(&statement.mac) {
                    cell.tail = Some(statement.span().byte_range());
                }
            }
            Stmt::Expr(..) | Stmt::Macro(_) => {}
        }
    }
    match &cell.tail {
        // What follows the last expression can only be comments.
        Some(tail) => cell.statements.push(rest..tail.start),
        None => cell.statements.push(rest..code.len()),
    }
    cell
}

/// False for what is known to give `()`: it need not go through the display.
fn has_value(expression: &Expr) -> bool {
    match expression {
        Expr::ForLoop(_) | Expr::While(_) | Expr::Assign(_) => false,
        Expr::If(branch) => branch.else_branch.is_some(),
        Expr::Binary(binary) => {
            use syn::BinOp::*;
            !matches!(
                binary.op,
                AddAssign(_)
                    | SubAssign(_)
                    | MulAssign(_)
                    | DivAssign(_)
                    | RemAssign(_)
                    | BitXorAssign(_)
                    | BitAndAssign(_)
                    | BitOrAssign(_)
                    | ShlAssign(_)
                    | ShrAssign(_)
            )
        }
        Expr::Macro(expression) => !is_silent_macro(&expression.mac),
        _ => true,
    }
}

fn is_silent_macro(mac: &syn::Macro) -> bool {
    [
        "println",
        "print",
        "eprintln",
        "eprint",
        "assert",
        "assert_eq",
        "assert_ne",
        "debug_assert",
        "panic",
    ]
    .iter()
    .any(|name| mac.path.is_ident(name))
}

/// The variables that a `let` makes.
fn bind(local: &Local, words: &Occurrences<'_>, bindings: &mut Vec<Binding>) {
    let (pattern, simple) = match &local.pat {
        Pat::Type(typed) => (&*typed.pat, true),
        pattern => (pattern, matches!(pattern, Pat::Ident(_))),
    };
    let closure = match (simple, &local.init) {
        (true, Some(init)) => closure(&init.expr),
        _ => None,
    };
    // `let None = x else { ... }` tests, `let N = 5` names.
    let names = local.init.as_ref().is_none_or(|init| init.diverge.is_none());
    let end = local.span().byte_range().end;
    // An attribute may take the whole statement away.
    let hides = |name: &Ident| local.attrs.is_empty() && hides_earlier(name, end, words);
    bind_pattern(pattern, names, closure, &hides, bindings);
}

/// Whether the name appears nowhere before this place, and not in the rest of its `let`, which ends at `end`: what follows means
/// the new variable.
fn hides_earlier(name: &Ident, end: usize, words: &Occurrences<'_>) -> bool {
    let word = name.unraw().to_string();
    let after = name.span().byte_range().end;
    words.first(&word) == after.checked_sub(word.len()) && !words.is_within(&word, after..end)
}

fn bind_pattern(
    pattern: &Pat,
    outermost: bool,
    closure: Option<Closure>,
    hides: &dyn Fn(&Ident) -> bool,
    bindings: &mut Vec<Binding>,
) {
    let mut inner = |pattern: &Pat| bind_pattern(pattern, false, None, hides, bindings);
    match pattern {
        Pat::Ident(ident) => {
            if let Some((_, pattern)) = &ident.subpat {
                inner(pattern);
            }
            let name = ident.ident.to_string();
            // Inside a pattern, a capitalised name is a constant or a variant (`None`), not a variable.
            if !outermost && ident.subpat.is_none() && name.starts_with(char::is_uppercase) {
                return;
            }
            let earlier = bindings.iter().position(|binding| binding.name == name);
            let hides_earlier = match earlier.map(|index| bindings.remove(index)) {
                // What comes behind another `let` of this name means that one.
                Some(earlier) => earlier.hides_earlier,
                None => hides(&ident.ident),
            };
            bindings.push(Binding {
                name,
                mutable: ident.mutability.is_some(),
                closure,
                hides_earlier,
                guessed: false,
            });
        }
        Pat::Tuple(tuple) => tuple.elems.iter().for_each(inner),
        Pat::TupleStruct(tuple) => tuple.elems.iter().for_each(inner),
        Pat::Slice(slice) => slice.elems.iter().for_each(inner),
        Pat::Struct(fields) => fields.fields.iter().for_each(|field| inner(&field.pat)),
        Pat::Paren(paren) => bind_pattern(&paren.pat, outermost, closure, hides, bindings),
        Pat::Reference(reference) => inner(&reference.pat),
        Pat::Type(typed) => inner(&typed.pat),
        // Every alternative binds the same names.
        Pat::Or(or) => or.cases.iter().take(1).for_each(inner),
        _ => {}
    }
}

fn closure(expression: &Expr) -> Option<Closure> {
    let Expr::Closure(closure) = expression else {
        return None;
    };
    if closure.asyncness.is_some() || closure.lifetimes.is_some() {
        return None;
    }
    let parameters = closure.inputs.iter().map(|input| match input {
        Pat::Type(typed) => reference(&typed.ty),
        Pat::Reference(pattern) if pattern.mutability.is_some() => "&mut _",
        Pat::Reference(_) => "&_",
        _ => "_",
    });
    Some(Closure {
        parameters: parameters.collect(),
        move_at: match closure.capture {
            Some(_) => None,
            None => Some(closure.inputs_begin.span().byte_range().start),
        },
    })
}

fn reference(written: &syn::Type) -> &'static str {
    match written {
        syn::Type::Reference(reference) if reference.mutability.is_some() => "&mut _",
        syn::Type::Reference(_) => "&_",
        _ => "_",
    }
}

/// What is wrong with a text that could not be taken apart, and at which byte; for those who have no compiler at hand.
pub fn mistake(code: &str) -> (String, usize) {
    let say = |what: String, span: proc_macro2::Span| (what, span.byte_range().start);
    match TokenStream::from_str(code) {
        Err(error) => say("brackets or quotes do not match".to_owned(), error.span()),
        Ok(tokens) if has_endless_number(tokens.clone()) => ("a number is too long".to_owned(), 0),
        Ok(tokens) => match Block::parse_within.parse2(tokens) {
            Err(error) => say(error.to_string(), error.span()),
            Ok(_) => ("it cannot be read".to_owned(), 0),
        },
    }
}

#[cfg(test)]
mod tests;
