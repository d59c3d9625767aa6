//! Works out the type of an expression from its tokens, as far as signatures go.
//!
//! It reads the chain before a dot: literals, variables, paths, calls, macros, fields, `?` and operators. It checks nothing,
//! and what it does not know is `None`.

use std::collections::HashMap;

use super::chain::{NOT_A_VALUE, after_group, declared_arguments, generics, inside, operators, split};
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

    fn typed(&self, tokens: &[Token<'_>], depth: u32) -> Option<Type> {
        if depth > DEEPEST {
            return None;
        }
        let unary = |token: &Token<'_>| matches!(token.text, "&" | "&&" | "mut" | "*" | "-" | "!");
        let first = tokens.iter().position(|token| !unary(token))?;
        let tokens = &tokens[first..];
        if matches!(tokens[0].text, "|" | "||" | "move") {
            return Some(Type::named("Fn"));
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
            return Some(Type::of(
                "Range",
                vec![bound.unwrap_or_else(|| Type::named("i32"))],
            ));
        }
        if operators.is_empty() {
            return self.operand(tokens, depth);
        }
        // Operators between a number and something else give the something else; a literal takes the other side's type.
        let mut start = 0;
        let mut number = None;
        let mut literal = None;
        for end in operators.iter().copied().chain([tokens.len()]) {
            let part = &tokens[start..end];
            start = end + 1;
            match self.typed(part, depth + 1) {
                Some(found) if !found.is_number() => return Some(found),
                Some(found) if part.len() == 1 && part[0].kind != Kind::Word => {
                    literal = literal.or(Some(found));
                }
                Some(found) => number = number.or(Some(found)),
                None => {}
            }
        }
        number.or(literal)
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
            Kind::Text => literal("str"),
            Kind::Character => literal("char"),
            Kind::Bytes => Some((Type::of("[]", vec![Type::named("u8")]), 1)),
            Kind::Open => {
                let end = after_group(tokens, 0);
                let inner = inside(tokens, 0, end);
                match first.text {
                    "(" => {
                        let parts = split(inner, ",");
                        if parts.len() == 1 {
                            return self.typed(inner, depth + 1).map(|found| (found, end));
                        }
                        let unknown = || Type::named("_");
                        let parts = parts.into_iter().filter(|part| !part.is_empty());
                        let types = parts.map(|part| self.typed(part, depth + 1).unwrap_or_else(unknown));
                        Some((Type::of("()", types.collect()), end))
                    }
                    "[" => Some((Type::of("[]", vec![self.first_element(inner, depth)]), end)),
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
            .unwrap_or_else(|| Type::named("_"))
    }

    /// A variable, path, call, macro or struct literal, and the place after it.
    fn path(&self, tokens: &[Token<'_>], depth: u32) -> Option<(Type, usize)> {
        let mut words = vec![tokens[0].text];
        let mut of: Option<Type> = None;
        let mut turbofish = Vec::new();
        let mut at = 1;
        while tokens.get(at).is_some_and(|token| token.text == "::") {
            match tokens.get(at + 1) {
                Some(token) if token.text == "<" => {
                    let (mut generic, used) = generics(&tokens[at + 1..])?;
                    at += 1 + used;
                    turbofish.append(&mut generic);
                }
                Some(token) if token.kind == Kind::Word => {
                    of = Some(Type::of(words.last()?, std::mem::take(&mut turbofish)));
                    words.push(token.text);
                    at += 2;
                }
                _ => return None,
            }
        }
        let name = *words.last()?;
        let next = tokens.get(at).map_or("", |token| token.text);
        if next == "!" {
            let end = after_group(tokens, at + 1);
            return Some((self.macro_result(name, inside(tokens, at + 1, end), depth)?, end));
        }
        let call = next == "(";
        let end = if call { after_group(tokens, at) } else { at };
        let arguments = if call {
            split(inside(tokens, at, end), ",")
        } else {
            Vec::new()
        };
        if let Some(of) = of.filter(|of| of.name == "Self" || self.known.is_type(&of.name)) {
            let of = if of.name == "Self" {
                self.variables.get("self").cloned().flatten()?
            } else {
                of
            };
            let member = self.known.member(&of, name)?;
            let own = member.entry.owner.as_deref().and_then(Type::parse);
            let bindings = match own {
                // `Vec::new()` says nothing of the element: its pattern binds to itself only where arguments were written.
                Some(_) if of.arguments.is_empty() => HashMap::from([(
                    "Self".to_string(),
                    member.bindings.get("Self").cloned().unwrap_or(of),
                )]),
                _ => member.bindings.clone(),
            };
            return Some((
                self.call(member.entry, bindings, &turbofish, &arguments, depth)?,
                end,
            ));
        }
        if words.len() == 1
            && let Some(variable) = self.variables.get(name)
        {
            return variable.clone().map(|found| (found, at));
        }
        let named = self.known.named(name);
        if call {
            let callable = |entry: &&&Entry| {
                matches!(
                    entry.kind,
                    EntryKind::Function | EntryKind::Variant | EntryKind::Struct
                )
            };
            let entry = named.iter().find(callable)?;
            return Some((
                self.call(entry, HashMap::new(), &turbofish, &arguments, depth)?,
                end,
            ));
        }
        let value = |entry: &&&Entry| {
            !matches!(
                entry.kind,
                EntryKind::Function | EntryKind::Trait | EntryKind::Macro
            )
        };
        let entry = named.iter().find(value)?;
        let end = if next == "{" { after_group(tokens, at) } else { at };
        Some((self.call(entry, HashMap::new(), &turbofish, &[], depth)?, end))
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

    /// The result of a call; parameters that stay unknown become `_`.
    fn call(
        &self,
        entry: &Entry,
        mut bindings: HashMap<String, Type>,
        turbofish: &[Type],
        arguments: &[&[Token<'_>]],
        depth: u32,
    ) -> Option<Type> {
        let result = Type::parse(entry.result.as_deref()?)?;
        let unbound: Vec<&String> = entry
            .parameters
            .iter()
            .filter(|name| !bindings.contains_key(*name))
            .collect();
        for (name, given) in unbound.iter().zip(turbofish) {
            bindings.insert((*name).clone(), given.clone());
        }
        let takes_self = entry.kind == EntryKind::Method;
        for (declared, written) in declared_arguments(&entry.signature, takes_self)
            .iter()
            .zip(arguments)
        {
            if entry.parameters.iter().all(|name| bindings.contains_key(name)) {
                break;
            }
            if let Some(found) = self.typed(written, depth + 1) {
                let mut more = HashMap::new();
                found.bind(declared, &entry.parameters, &mut more);
                for (name, found) in more {
                    bindings.entry(name).or_insert(found);
                }
            }
        }
        for name in &entry.parameters {
            bindings.entry(name.clone()).or_insert_with(|| Type::named("_"));
        }
        Some(result.substitute(&bindings))
    }

    /// One link of a chain: `.name`, `.name(..)`, `.0`, `?`, `[..]`, `(..)`.
    fn link(&self, current: &Type, tokens: &[Token<'_>], at: usize, depth: u32) -> Option<(Type, usize)> {
        match tokens[at].text {
            "?" => Some((current.arguments.first()?.clone(), at + 1)),
            "(" => Some((
                current
                    .arguments
                    .first()
                    .filter(|_| current.name == "Fn")?
                    .clone(),
                after_group(tokens, at),
            )),
            "[" => {
                let end = after_group(tokens, at);
                let index = self.typed(inside(tokens, at, end), depth + 1);
                if index.is_some_and(|index| index.name == "Range") {
                    return Some((current.clone(), end));
                }
                Some((current.arguments.last()?.clone(), end))
            }
            "." => {
                let name = tokens.get(at + 1)?;
                if name.kind == Kind::Integer {
                    let position: usize = name.text.parse().ok()?;
                    let element = match current.name.as_str() {
                        "()" => current.arguments.get(position)?.clone(),
                        _ => self.known.member(current, name.text)?.result()?,
                    };
                    return Some((element, at + 2));
                }
                let mut after = at + 2;
                let mut turbofish = Vec::new();
                if tokens.get(after).is_some_and(|token| token.text == "::") {
                    let (generic, used) = generics(&tokens[after + 1..])?;
                    turbofish = generic;
                    after += 1 + used;
                }
                let member = self.known.member(current, name.text)?;
                if tokens.get(after).is_none_or(|token| token.text != "(") {
                    return Some((member.result()?, after));
                }
                let end = after_group(tokens, after);
                let arguments = split(inside(tokens, after, end), ",");
                Some((
                    self.call(member.entry, member.bindings, &turbofish, &arguments, depth)?,
                    end,
                ))
            }
            _ => None,
        }
    }
}
