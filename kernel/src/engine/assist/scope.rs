//! The names that a cell itself brings into being before the cursor: `let`, `for`, parameters, `self`.
//!
//! Blocks that have ended, other than closures, are not told apart: a name too many is better than one too few.

use std::collections::HashMap;

use super::chain::{after_group, innermost_open, inside, split};
use super::infer::{Inference, Variables};
use super::known::Known;
use super::patterns::{self, pattern_end};
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
            "=>" => scope.arm(tokens, at),
            _ => {}
        }
    }
    scope.variables
}

struct Scope<'a> {
    variables: Variables,
    known: &'a Known<'a>,
}

impl Scope<'_> {
    fn inference(&self) -> Inference<'_> {
        Inference {
            known: self.known,
            variables: &self.variables,
        }
    }

    fn typed(&self, tokens: &[Token<'_>]) -> Option<Type> {
        self.inference().expression(tokens)
    }

    fn bind(&mut self, pattern: &[Token<'_>], of: Option<&Type>) {
        patterns::bind(pattern, of, self.known, &mut self.variables);
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
                let value = &tokens[equals + 1..last];
                match (&declared, gathered(value)) {
                    // `let v: Vec<_> = ... .collect()`
                    (Some(declared), Some(iterator)) => {
                        let element = self.typed(iterator).and_then(|found| self.known.element(&found));
                        element.map(|element| declared.filled(&element))
                    }
                    _ => self.typed(value),
                }
            }
            _ => None,
        };
        // `Vec<_>` is completed by the value.
        let vague = declared
            .as_ref()
            .is_none_or(|found| found.to_string().contains('_'));
        let value = value.filter(|found| found.name != "_");
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
            patterns::annotated(parameter, None, self.known, &mut self.variables);
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
        // Unlike a block's, its names are often those of variables beside it: `|(answer, y)| ...`, and then `y.len()`.
        let mut last = end + 1;
        while last < tokens.len()
            && tokens[last].kind != Kind::Close
            && !matches!(tokens[last].text, "," | ";")
        {
            last = after_group(tokens, last);
        }
        if last < tokens.len() {
            return;
        }
        let given = self.inference().handed_over(tokens, at);
        for (position, parameter) in split(&tokens[at + 1..end], ",").into_iter().enumerate() {
            patterns::annotated(parameter, given.get(position), self.known, &mut self.variables);
        }
    }

    /// `PATTERN =>` in the braces of `match VALUE`
    fn arm(&mut self, tokens: &[Token<'_>], at: usize) {
        let Some(open) = innermost_open(&tokens[..at]).filter(|open| tokens[*open].text == "{") else {
            return;
        };
        let Some(word) = tokens[..open].iter().rposition(|token| token.text == "match") else {
            return;
        };
        let value = &tokens[word + 1..open];
        if value.iter().any(|token| token.text == ";") {
            return;
        }
        // Back to the end of the arm before this one.
        let mut start = open + 1;
        let mut place = start;
        while place < at {
            let next = after_group(tokens, place);
            if tokens[place].text == ","
                || (tokens[place].text == "{" && place > 0 && tokens[place - 1].text == "=>")
            {
                start = next;
            }
            place = next;
        }
        let of = self.typed(value);
        let pattern = &tokens[start..at];
        let guard = pattern_end(pattern, 0, &["if"]);
        for alternative in split(&pattern[..guard], "|") {
            self.bind(alternative, of.as_ref());
        }
    }
}

/// What `.collect()` at the end of an expression gathers.
fn gathered<'t, 'a>(value: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let (iterator, end) = value.split_at_checked(value.len().checked_sub(4)?)?;
    let texts: Vec<&str> = end.iter().map(|token| token.text).collect();
    (texts == [".", "collect", "(", ")"]).then_some(iterator)
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
