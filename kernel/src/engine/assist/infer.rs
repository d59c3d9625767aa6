//! Works out the type of an expression from its tokens, as far as signatures go.
//!
//! It reads the chain before a dot: literals, variables, paths, calls, macros, fields, `?` and operators. It checks nothing,
//! and what it does not know is `None`.

use std::collections::HashMap;

use super::calls::{Callee, Written};
use super::chain::{NOT_A_VALUE, after_group, arguments, inside, operators, split};
use super::closures::closure;
use super::index::{Entry, EntryKind};
use super::known::Known;
use super::tokens::{Kind, Token};
use super::types::Type;

/// Names and the types of the values behind them; `None` where only the name is known.
pub type Variables = HashMap<String, Option<Type>>;

/// What an expression is read against.
pub struct Inference<'a> {
    /// Types and functions.
    pub known: &'a Known<'a>,
    /// Variables.
    pub variables: &'a Variables,
}

/// Expressions nested deeper than this are given up, so that no text can exhaust the stack.
const DEEPEST: u32 = 24;

impl Inference<'_> {
    /// The type of a whole expression.
    pub fn expression(&self, tokens: &[Token<'_>]) -> Option<Type> {
        self.typed(tokens, 0)
    }

    /// As [`expression`](Inference::expression), so many expressions deep.
    pub fn typed(&self, tokens: &[Token<'_>], depth: u32) -> Option<Type> {
        if depth > DEEPEST {
            return None;
        }
        let unary = |token: &Token<'_>| matches!(token.text, "&" | "&&" | "mut" | "*" | "-" | "!");
        let first = tokens.iter().position(|token| !unary(token))?;
        let (before, tokens) = tokens.split_at(first);
        if let Some(found) = closure(tokens) {
            let result = self.closure_result(&found, &[], depth);
            return Some(Type::of("Fn", result.into_iter().collect()));
        }
        if let Some(found) = self.branches(tokens, depth) {
            return found;
        }
        let operators = operators(tokens);
        let is = |texts: &[&str]| operators.iter().any(|place| texts.contains(&tokens[*place].text));
        if is(&["==", "!=", "<", ">", "<=", ">=", "&&", "||"]) {
            return Some(Type::named("bool"));
        }
        if let Some(place) = operators
            .iter()
            .find(|place| matches!(tokens[**place].text, ".." | "..="))
        {
            let bound = self
                .typed(&tokens[..*place], depth + 1)
                .or_else(|| self.typed(&tokens[place + 1..], depth + 1));
            let name = match tokens[*place].text {
                "..=" => "RangeInclusive",
                _ => "Range",
            };
            let bound = bound.unwrap_or_else(|| Type::named("i32"));
            return Some(Type::of(name, vec![bound.behind("")]));
        }
        if operators.is_empty() {
            let found = self.operand(tokens, depth)?;
            let before: String = before.iter().map(|token| token.text).collect();
            return Some(match before.as_str() {
                "" => found,
                "&" | "&&" => found.behind("&"),
                "&mut" => found.behind("&mut "),
                _ => found.behind(""),
            });
        }
        // Operators between a number and something else give the something else; a literal takes the other side's type.
        let mut start = 0;
        let mut number = None;
        let mut literal = None;
        for end in operators.iter().copied().chain([tokens.len()]) {
            let part = &tokens[start..end];
            start = end + 1;
            match self.typed(part, depth + 1) {
                Some(found) if !found.is_number() && found.name != "_" => return Some(found.behind("")),
                Some(found) if part.len() == 1 && part[0].kind != Kind::Word => {
                    literal = literal.or(Some(found));
                }
                Some(found) => number = number.or(Some(found)),
                None => {}
            }
        }
        number.or(literal).map(|found| found.behind(""))
    }

    /// A block, `if` or `match`: the type of the first branch that has one. None if it is something else.
    fn branches(&self, tokens: &[Token<'_>], depth: u32) -> Option<Option<Type>> {
        let body = |from: usize| {
            tokens
                .iter()
                .skip(from)
                .position(|token| token.text == "{")
                .map(|at| from + at)
        };
        match tokens[0].text {
            "{" | "unsafe" | "if" => {
                let mut found = None;
                let mut from = 0;
                while let Some(open) = body(from).filter(|_| found.is_none()) {
                    from = after_group(tokens, open);
                    let last = split(inside(tokens, open, from), ";").pop();
                    found = last.and_then(|last| self.typed(last, depth + 1));
                }
                Some(found)
            }
            "match" => {
                let open = body(0)?;
                let arms = inside(tokens, open, after_group(tokens, open));
                let value = |at: usize| {
                    let rest = &arms[at + 1..];
                    let end = if rest.first()?.text == "{" {
                        after_group(rest, 0)
                    } else {
                        split(rest, ",").first()?.len()
                    };
                    self.typed(&rest[..end], depth + 1)
                };
                let arrows = arms.iter().enumerate().filter(|(_, token)| token.text == "=>");
                Some(arrows.map(|(at, _)| at).find_map(value))
            }
            _ => None,
        }
    }

    /// One operand: a chain, perhaps with `as`.
    fn operand(&self, tokens: &[Token<'_>], depth: u32) -> Option<Type> {
        let mut at = 0;
        let mut cast = None;
        while at < tokens.len() {
            if tokens[at].text == "as" {
                cast = Some(at);
            }
            at = after_group(tokens, at);
        }
        if let Some(cast) = cast {
            return Type::read(&tokens[cast + 1..]).map(|(found, _)| found);
        }
        let (mut current, mut at) = self.primary(tokens, depth)?;
        while at < tokens.len() {
            let (next, after) = self.link(&current, tokens, at, depth)?;
            current = next;
            at = after;
        }
        Some(current)
    }

    /// What a chain begins with, and the place after it.
    fn primary(&self, tokens: &[Token<'_>], depth: u32) -> Option<(Type, usize)> {
        let first = tokens.first()?;
        let literal = |name: &str| Some((Type::named(name), 1));
        match first.kind {
            Kind::Integer | Kind::Float => {
                let default = if first.kind == Kind::Float { "f64" } else { "i32" };
                let suffix = first
                    .text
                    .find(['f', 'i', 'u'])
                    .filter(|_| !first.text.starts_with("0x"));
                literal(suffix.map_or(default, |at| first.text[at..].trim_start_matches('_')))
            }
            Kind::Text => Some((Type::named("str").behind("&"), 1)),
            Kind::Character => literal("char"),
            Kind::Bytes => Some((Type::array(Type::named("u8"), "_").behind("&"), 1)),
            Kind::Open => {
                let end = after_group(tokens, 0);
                let inner = inside(tokens, 0, end);
                match first.text {
                    "(" => {
                        let parts = split(inner, ",");
                        if parts.len() == 1 {
                            return self.typed(inner, depth + 1).map(|found| (found, end));
                        }
                        let parts = parts.into_iter().filter(|part| !part.is_empty());
                        let types =
                            parts.map(|part| self.typed(part, depth + 1).unwrap_or_else(Type::unknown));
                        Some((Type::of("()", types.collect()), end))
                    }
                    "[" => {
                        let element = self.first_element(inner, depth);
                        Some((Type::array(element, &array_length(inner)), end))
                    }
                    _ => None,
                }
            }
            Kind::Word if matches!(first.text, "true" | "false") => literal("bool"),
            Kind::Word if !NOT_A_VALUE.contains(&first.text) => self.path(tokens, depth),
            _ => None,
        }
    }

    fn first_element(&self, inner: &[Token<'_>], depth: u32) -> Type {
        let first = split(inner, ",")
            .first()
            .and_then(|part| split(part, ";").first().copied());
        first
            .and_then(|part| self.typed(part, depth + 1))
            .unwrap_or_else(Type::unknown)
    }

    /// A variable, path, call, macro or struct literal, and the place after it.
    fn path(&self, tokens: &[Token<'_>], depth: u32) -> Option<(Type, usize)> {
        let written = Written::read(tokens)?;
        let (name, at) = (written.name, written.end);
        let next = tokens.get(at).map_or("", |token| token.text);
        if next == "!" {
            let end = after_group(tokens, at + 1);
            return Some((self.macro_result(name, inside(tokens, at + 1, end), depth)?, end));
        }
        let call = next == "(";
        let end = if call { after_group(tokens, at) } else { at };
        let given = if call {
            arguments(inside(tokens, at, end))
        } else {
            Vec::new()
        };
        if written.alone
            && let Some(variable) = self.variables.get(name)
        {
            return variable.clone().map(|found| (found, at));
        }
        if call || !written.alone {
            let callee = self.function(&written)?;
            // A variant with named fields is followed by them.
            let literal = next == "{" && name.starts_with(char::is_uppercase);
            let end = if literal { after_group(tokens, at) } else { end };
            return Some((self.call(&callee, &given, depth)?, end));
        }
        let named = self.known.named(name);
        let value = |entry: &&&Entry| {
            !matches!(
                entry.kind,
                EntryKind::Function | EntryKind::Trait | EntryKind::Macro
            )
        };
        let callee = Callee {
            entry: named.iter().find(value)?,
            bindings: HashMap::new(),
            turbofish: written.turbofish,
        };
        let end = if next == "{" { after_group(tokens, at) } else { at };
        Some((self.call(&callee, &[], depth)?, end))
    }

    fn macro_result(&self, name: &str, inner: &[Token<'_>], depth: u32) -> Option<Type> {
        match name {
            "vec" => Some(Type::of("Vec", vec![self.first_element(inner, depth)])),
            "format" => Some(Type::named("String")),
            "matches" => Some(Type::named("bool")),
            _ => {
                let named = self.known.named(name);
                let entry = named.iter().find(|entry| entry.kind == EntryKind::Macro)?;
                Type::parse(entry.result.as_deref()?)
            }
        }
    }

    /// One link of a chain: `.name`, `.name(..)`, `.0`, `?`, `[..]`, `(..)`.
    fn link(&self, current: &Type, tokens: &[Token<'_>], at: usize, depth: u32) -> Option<(Type, usize)> {
        match tokens[at].text {
            "?" => Some((current.arguments.first()?.clone(), at + 1)),
            "(" => {
                // `Box<dyn Fn>` is called as what it holds.
                let callable = match current.name.as_str() {
                    "Box" | "Rc" | "Arc" => current.arguments.first()?,
                    _ => current,
                };
                let result = callable.arguments.first().filter(|_| callable.name == "Fn")?;
                Some((result.clone(), after_group(tokens, at)))
            }
            "[" => {
                let end = after_group(tokens, at);
                let index = self.typed(inside(tokens, at, end), depth + 1);
                let ranges = index.is_some_and(|index| index.name.starts_with("Range"));
                let found = match (ranges, current.name.as_str()) {
                    (true, "String" | "str") => Type::named("str"),
                    (true, _) => Type::of("[]", vec![current.indexed()?.clone()]),
                    (false, _) => self.known.indexed(current)?.clone(),
                };
                Some((found, end))
            }
            "." => {
                let name = tokens.get(at + 1)?;
                if name.kind == Kind::Integer {
                    let position: usize = name.text.parse().ok()?;
                    let element = match current.name.as_str() {
                        "()" => current.arguments.get(position)?.clone(),
                        _ => {
                            let member = self.known.member(current, name.text)?;
                            self.known.result(&member)?
                        }
                    };
                    return Some((element, at + 2));
                }
                let written = Written::read(&tokens[at + 1..])?;
                let after = at + 1 + written.end;
                let member = self.known.member(current, name.text)?;
                if tokens.get(after).is_none_or(|token| token.text != "(") {
                    return Some((self.known.result(&member)?, after));
                }
                let end = after_group(tokens, after);
                let given = arguments(inside(tokens, after, end));
                let callee = Callee {
                    entry: member.entry,
                    bindings: member.bindings,
                    turbofish: written.turbofish,
                };
                Some((self.call(&callee, &given, depth)?, end))
            }
            _ => None,
        }
    }
}

/// The length of `[a, b, c]` or `[a; n]`, as far as it is written.
fn array_length(inner: &[Token<'_>]) -> String {
    match split(inner, ";").as_slice() {
        [_, length] => length.iter().map(|token| token.text).collect(),
        [all] => split(all, ",")
            .iter()
            .filter(|part| !part.is_empty())
            .count()
            .to_string(),
        _ => "_".to_string(),
    }
}
