//! The names that a cell itself brings into being before the cursor: `let`, `for`, parameters, `self`.
//!
//! Blocks that have ended are not told apart: a name too many is better than one too few.

use std::collections::HashMap;

use super::chain::{after_group, chain_start, innermost_open, inside, split};
use super::infer::{Inference, Variables};
use super::known::Known;
use super::tokens::{Kind, Token};
use super::types::Type;

/// Adds the names of a cell's text up to the cursor to the session's variables.
pub fn variables(session: Variables, known: &Known<'_>, tokens: &[Token<'_>]) -> Variables {
    let mut scope = Scope {
        variables: session,
        known,
    };
    for at in 0..tokens.len() {
        match tokens[at].text {
            "let" => scope.binding(tokens, at + 1),
            "for" => scope.repetition(tokens, at + 1),
            "fn" => scope.function(tokens, at + 1),
            "impl" => scope.implementation(tokens, at + 1),
            "|" if begins_closure(tokens, at) => scope.closure(tokens, at),
            _ => {}
        }
    }
    scope.variables
}

/// Patterns nested deeper than this are left alone.
const DEEPEST: u32 = 8;

struct Scope<'a> {
    variables: Variables,
    known: &'a Known<'a>,
}

impl Scope<'_> {
    fn typed(&self, tokens: &[Token<'_>]) -> Option<Type> {
        Inference {
            known: self.known,
            variables: &self.variables,
        }
        .expression(tokens)
    }

    /// `let PATTERN: TYPE = VALUE`
    fn binding(&mut self, tokens: &[Token<'_>], at: usize) {
        let end = pattern_end(tokens, at, &[":", "=", ";"]);
        let pattern = &tokens[at..end];
        let mut declared = None;
        let mut equals = end;
        if tokens.get(end).is_some_and(|token| token.text == ":")
            && let Some((found, used)) = Type::read(&tokens[end + 1..])
        {
            declared = Some(found);
            equals = end + 1 + used;
        }
        let value = match tokens.get(equals) {
            Some(token) if token.text == "=" => {
                let last = expression_end(tokens, equals + 1);
                if last == tokens.len() {
                    // The cursor is inside the value, where the name still means what it meant before.
                    return;
                }
                self.typed(&tokens[equals + 1..last])
            }
            _ => None,
        };
        // `Vec<_>` is completed by the value.
        let vague = declared
            .as_ref()
            .is_none_or(|found| found.to_string().contains('_'));
        let found = if vague { value.or(declared) } else { declared };
        self.bind(pattern, found.as_ref());
    }

    /// `for PATTERN in VALUE {`; not the `for` of `impl Trait for Type`, where no `in` follows.
    fn repetition(&mut self, tokens: &[Token<'_>], at: usize) {
        let end = pattern_end(tokens, at, &["in", "{", ";"]);
        if tokens.get(end).is_none_or(|token| token.text != "in") {
            return;
        }
        let last = expression_end(tokens, end + 1);
        let element = self
            .typed(&tokens[end + 1..last])
            .and_then(|found| self.known.element(&found));
        self.bind(&tokens[at..end], element.as_ref());
    }

    /// `fn name(a: A, b: B)`
    fn function(&mut self, tokens: &[Token<'_>], at: usize) {
        let Some(open) = tokens
            .iter()
            .skip(at)
            .position(|token| matches!(token.text, "(" | "{" | ";"))
        else {
            return;
        };
        let open = at + open;
        if tokens[open].text != "(" {
            return;
        }
        let end = after_group(tokens, open);
        for parameter in split(inside(tokens, open, end), ",") {
            self.annotated(parameter, None);
        }
    }

    /// `impl TRAIT for TYPE {` while its block is open.
    fn implementation(&mut self, tokens: &[Token<'_>], at: usize) {
        let Some(open) = tokens.iter().skip(at).position(|token| token.text == "{") else {
            return;
        };
        let open = at + open;
        if after_group(tokens, open) < tokens.len() {
            return;
        }
        let mut header = &tokens[at..open];
        if let Some(place) = header.iter().position(|token| token.text == "for") {
            header = &header[place + 1..];
        } else if header.first().is_some_and(|token| token.text == "<")
            && let Some(close) = header.iter().position(|token| token.text == ">")
        {
            header = &header[close + 1..];
        }
        if let Some((found, _)) = Type::read(header) {
            self.variables.insert("self".to_string(), Some(found));
        }
    }

    /// `|a, (b, c): T|`; what a method hands to its closure is taken from the receiver.
    fn closure(&mut self, tokens: &[Token<'_>], at: usize) {
        let end = pattern_end(tokens, at + 1, &["|", ";"]);
        if tokens.get(end).is_none_or(|token| token.text != "|") {
            return;
        }
        let given = self.handed_to_closure(tokens, at);
        let parameters = split(&tokens[at + 1..end], ",");
        let last = parameters.len();
        for (position, parameter) in parameters.into_iter().enumerate() {
            let (element, folded) = given
                .as_ref()
                .map_or((None, false), |(element, folded)| (Some(element), *folded));
            self.annotated(parameter, element.filter(|_| !folded || position + 1 == last));
        }
    }

    /// The element type behind `receiver.method(... |`, and whether the method carries another value along.
    fn handed_to_closure(&self, tokens: &[Token<'_>], at: usize) -> Option<(Type, bool)> {
        let method = innermost_open(&tokens[..at])?.checked_sub(1)?;
        let dot = method.checked_sub(1)?;
        if tokens[dot].text != "." {
            return None;
        }
        let receiver = self.typed(&tokens[chain_start(&tokens[..dot])..dot])?;
        let element = match receiver.name.as_str() {
            "Option" | "Result" | "Vec" | "[]" => receiver.arguments.first().cloned(),
            _ => self.known.element(&receiver),
        };
        Some((element?, matches!(tokens[method].text, "fold" | "scan")))
    }

    /// `NAME: TYPE`, or a pattern whose type is `given`.
    fn annotated(&mut self, tokens: &[Token<'_>], given: Option<&Type>) {
        let colon = pattern_end(tokens, 0, &[":"]);
        let declared = tokens
            .get(colon + 1..)
            .and_then(Type::read)
            .map(|(found, _)| found);
        self.bind(&tokens[..colon], declared.as_ref().or(given));
    }

    /// Takes the names out of a pattern.
    fn bind(&mut self, pattern: &[Token<'_>], of: Option<&Type>) {
        self.bind_nested(pattern, of, 0);
    }

    fn bind_nested(&mut self, pattern: &[Token<'_>], of: Option<&Type>, depth: u32) {
        if depth > DEEPEST {
            return;
        }
        let skipped = pattern
            .iter()
            .take_while(|token| matches!(token.text, "mut" | "ref" | "&" | "&&"))
            .count();
        let pattern = &pattern[skipped..];
        let Some(first) = pattern.first() else { return };
        if first.text == "(" {
            let end = after_group(pattern, 0);
            for (position, part) in split(inside(pattern, 0, end), ",").into_iter().enumerate() {
                let element = of
                    .filter(|of| of.name == "()")
                    .and_then(|of| of.arguments.get(position));
                self.bind_nested(part, element, depth + 1);
            }
        } else if first.kind == Kind::Word && pattern.get(1).is_some_and(|token| token.text == "(") {
            // `Some(x)`, `Ok(x)`, `Err(x)`: the value or the error inside.
            let position = usize::from(first.text == "Err");
            let inner = inside(pattern, 1, after_group(pattern, 1));
            let element = of.filter(|of| matches!(of.name.as_str(), "Option" | "Result"));
            self.bind_nested(
                inner,
                element.and_then(|of| of.arguments.get(position)),
                depth + 1,
            );
        } else if first.kind == Kind::Word
            && first.text != "self"
            && first.text.starts_with(|c: char| c.is_lowercase() || c == '_')
        {
            let known = of.filter(|of| of.name != "_").cloned();
            self.variables.insert(first.text.to_string(), known);
        }
    }
}

/// The place of the first of `stops` that stands in no bracket.
fn pattern_end(tokens: &[Token<'_>], mut at: usize, stops: &[&str]) -> usize {
    while at < tokens.len() && !stops.contains(&tokens[at].text) {
        at = after_group(tokens, at);
    }
    at
}

/// The place after an expression: at `;`, at the `{` of the block that it leads, or where its bracket closes.
fn expression_end(tokens: &[Token<'_>], start: usize) -> usize {
    let mut at = start;
    if tokens
        .get(at)
        .is_some_and(|token| matches!(token.text, "if" | "match" | "{" | "unsafe" | "loop"))
    {
        return pattern_end(tokens, at, &[";"]);
    }
    while at < tokens.len() {
        let token = &tokens[at];
        let literal = at > start && tokens[at - 1].text.starts_with(char::is_uppercase);
        match token.kind {
            Kind::Close => return at,
            _ if matches!(token.text, ";" | "else") => return at,
            _ if token.text == "{" && at > start && !literal => return at,
            _ => at = after_group(tokens, at),
        }
    }
    at
}

/// True if a `|` stands where a closure can begin.
fn begins_closure(tokens: &[Token<'_>], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        matches!(
            tokens[before].text,
            "(" | "," | "=" | "move" | "{" | ";" | "return"
        )
    })
}

/// The variables of a session, with their types read.
pub fn session_variables<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Variables {
    let read = |(name, of): (&str, &str)| (name.to_string(), Type::parse(of));
    variables.into_iter().map(read).collect::<HashMap<_, _>>()
}
