//! Works out the type of an expression from its tokens, as far as signatures go.
//!
//! It reads the chain before a dot: literals, variables, paths, calls, macros, fields, `?` and operators. It checks nothing,
//! and what it does not know is `None`.

use std::collections::HashMap;

use super::index::{Entry, EntryKind};
use super::known::{Known, after_group};
use super::tokens::{Kind, Token, significant};
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

/// Words that no value begins with and no chain goes through.
const NOT_A_VALUE: [&str; 26] = [
    "let", "return", "if", "else", "match", "in", "for", "while", "loop", "fn", "mut", "move", "use", "pub",
    "struct", "enum", "impl", "trait", "where", "as", "break", "continue", "unsafe", "const", "static",
    "ref",
];

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

/// The place where the chain that ends at the end of `tokens` begins.
pub fn chain_start(tokens: &[Token<'_>]) -> usize {
    let mut at = tokens.len();
    loop {
        let mut grouped = false;
        while at > 0 {
            match tokens[at - 1].text {
                "?" => at -= 1,
                ")" | "]" | "}" => {
                    let Some(open) = matching_open(tokens, at - 1) else {
                        return at;
                    };
                    let brace = tokens[open].text == "{";
                    let named = open > 0 && tokens[open - 1].text.starts_with(char::is_uppercase);
                    let of_macro = open > 0 && tokens[open - 1].text == "!";
                    if brace && !named && !of_macro {
                        return at;
                    }
                    at = open;
                    grouped = true;
                }
                ">" => {
                    let Some(open) = generics_open(tokens, at - 1) else {
                        return at;
                    };
                    at = open;
                }
                _ => break,
            }
        }
        if grouped && at > 1 && tokens[at - 1].text == "!" && tokens[at - 2].kind == Kind::Word {
            at -= 1;
        }
        let operand = at
            .checked_sub(1)
            .map(|place| tokens[place])
            .is_some_and(|token| match token.kind {
                Kind::Word => !NOT_A_VALUE.contains(&token.text),
                Kind::Integer | Kind::Float | Kind::Text | Kind::Bytes | Kind::Character => !grouped,
                _ => false,
            });
        at -= usize::from(operand);
        if at > 0 && matches!(tokens[at - 1].text, "." | "::") && (operand || grouped) {
            at -= 1;
        } else {
            return at;
        }
    }
}

fn matching_open(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0;
    for place in (0..=close).rev() {
        match tokens[place].kind {
            Kind::Close => depth += 1,
            Kind::Open => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}

/// The place of the `::` before the `<` that the `>` at `close` closes.
fn generics_open(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0;
    for place in (0..=close).rev() {
        match tokens[place].text {
            ">" => depth += 1,
            "<" => depth -= 1,
            ";" | "{" | "}" => return None,
            _ => {}
        }
        if depth == 0 {
            return (place > 0 && tokens[place - 1].text == "::").then(|| place - 1);
        }
    }
    None
}

/// Types between `<` and `>` at the beginning, and the number of tokens that they take.
fn generics(tokens: &[Token<'_>]) -> Option<(Vec<Type>, usize)> {
    let mut found = Vec::new();
    let mut at = 1;
    loop {
        match tokens.get(at)?.text {
            ">" => return Some((found, at + 1)),
            "," => at += 1,
            _ => {
                let (one, used) = Type::read(&tokens[at..])?;
                found.push(one);
                at += used;
            }
        }
    }
}

/// The tokens inside the group from `open` up to `end`, its closing bracket left out if it is there.
fn inside<'t, 'a>(tokens: &'t [Token<'a>], open: usize, end: usize) -> &'t [Token<'a>] {
    let closed = end > open + 1 && tokens[end - 1].kind == Kind::Close;
    tokens
        .get(open + 1..end - usize::from(closed))
        .unwrap_or_default()
}

/// Pieces between separators that stand in no bracket.
pub fn split<'t, 'a>(tokens: &'t [Token<'a>], separator: &str) -> Vec<&'t [Token<'a>]> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < tokens.len() {
        if tokens[at].text == separator {
            pieces.push(&tokens[start..at]);
            start = at + 1;
        }
        at = after_group(tokens, at);
    }
    if start < tokens.len() || pieces.is_empty() {
        pieces.push(&tokens[start..]);
    }
    pieces
}

/// Places of the operators between operands that stand in no bracket.
fn operators(tokens: &[Token<'_>]) -> Vec<usize> {
    const BINARY: [&str; 19] = [
        "==", "!=", "<", ">", "<=", ">=", "&&", "||", "..", "..=", "+", "-", "*", "/", "%", "^", "&", "|",
        "=",
    ];
    let mut found = Vec::new();
    let mut after_operand = false;
    let mut at = 0;
    while at < tokens.len() {
        let token = &tokens[at];
        if token.text == "::" && tokens.get(at + 1).is_some_and(|next| next.text == "<") {
            at += 1 + generics(&tokens[at + 1..]).map_or(1, |(_, used)| used);
            after_operand = true;
            continue;
        }
        if BINARY.contains(&token.text) && (after_operand || token.text.starts_with("..")) {
            found.push(at);
            after_operand = false;
        } else {
            after_operand = token.kind != Kind::Mark || token.text == "?";
        }
        at = after_group(tokens, at);
    }
    found
}

/// The types of the arguments in a signature, `self` left out where there is one.
fn declared_arguments(signature: &str, takes_self: bool) -> Vec<Type> {
    let all = significant(signature);
    let mut depth = 0;
    let open = all.iter().position(|token| {
        match token.text {
            "<" => depth += 1,
            ">" => depth -= 1,
            _ => {}
        }
        token.text == "(" && depth == 0
    });
    let Some(open) = open else { return Vec::new() };
    let parts = split(inside(&all, open, after_group(&all, open)), ",");
    let types = parts.into_iter().skip(usize::from(takes_self)).map(|part| {
        let colon = part
            .iter()
            .position(|token| token.text == ":")
            .map_or(0, |at| at + 1);
        Type::read(&part[colon..]).map_or_else(|| Type::named("_"), |(found, _)| found)
    });
    types.collect()
}
