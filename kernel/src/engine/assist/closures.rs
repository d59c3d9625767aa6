//! What a call hands to its closures, read in the signature of what is called. Closures are taken apart here; what they
//! compute is worked out by `infer`.

use std::collections::HashMap;

use super::chain::{after_group, inside, split};
use super::tokens::{Kind, Token, significant};
use super::types::Type;

/// A closure as written.
pub struct Closure<'t, 'a> {
    /// Its parameters: a pattern, perhaps with `: TYPE`.
    pub parameters: Vec<&'t [Token<'a>]>,
    /// The type after `->`.
    pub declared: Option<Type>,
    /// What it computes.
    pub body: &'t [Token<'a>],
}

/// Reads `|a, (b, c): T| body`, with or without `move`.
pub fn closure<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<Closure<'t, 'a>> {
    let open = usize::from(tokens.first()?.text == "move");
    let (parameters, after) = match tokens.get(open)?.text {
        "||" => (Vec::new(), open + 1),
        "|" => {
            let mut close = open + 1;
            while tokens.get(close)?.text != "|" {
                close = after_group(tokens, close);
            }
            (split(&tokens[open + 1..close], ","), close + 1)
        }
        _ => return None,
    };
    let mut body = tokens.get(after..)?;
    let mut declared = None;
    if body.first().is_some_and(|token| token.text == "->") {
        let (found, used) = Type::read(&body[1..])?;
        declared = Some(found);
        body = &body[1 + used..];
    }
    Some(Closure {
        parameters,
        declared,
        body,
    })
}

/// What is declared of one argument.
#[derive(Clone, Debug)]
pub enum Declared {
    /// A value of this type.
    Value(Type),
    /// Something to call, with these arguments and this result.
    Callable(Vec<Type>, Type),
}

/// What a signature declares of its arguments, `self` left out where there is one.
pub fn declared_arguments(signature: &str, takes_self: bool) -> Vec<Declared> {
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
    let bounds: HashMap<&str, Declared> = bounds(&all);
    let parts = split(inside(&all, open, after_group(&all, open)), ",");
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    let declared = parts.skip(usize::from(takes_self)).map(|part| {
        let colon = part.iter().position(|token| token.text == ":");
        let of = &part[colon.map_or(0, |at| at + 1)..];
        if let Some(callable) = callable(of) {
            return callable;
        }
        let found = Type::read(of).map_or_else(Type::unknown, |(found, _)| found);
        bounds
            .get(found.name.as_str())
            .cloned()
            .unwrap_or(Declared::Value(found))
    });
    declared.collect()
}

/// The type parameters of a signature that stand for something to call: `F: FnMut(A) -> B`.
fn bounds<'a>(all: &[Token<'a>]) -> HashMap<&'a str, Declared> {
    let mut found = HashMap::new();
    for (at, pair) in all.windows(2).enumerate() {
        let names_parameter = pair[0].kind == Kind::Word && pair[1].text == ":";
        if names_parameter && let Some(callable) = callable(&all[at + 2..]) {
            found.insert(pair[0].text, callable);
        }
    }
    found
}

/// Reads `impl FnMut(A) -> B`.
fn callable(tokens: &[Token<'_>]) -> Option<Declared> {
    let is_mark = |token: &&Token<'_>| {
        token.kind == Kind::Lifetime || matches!(token.text, "impl" | "dyn" | "&" | "mut" | "Box" | "<")
    };
    let name = tokens.iter().take_while(is_mark).count();
    let open = name + 1;
    if !matches!(tokens.get(name)?.text, "Fn" | "FnMut" | "FnOnce" | "fn") || tokens.get(open)?.text != "(" {
        return None;
    }
    let end = after_group(tokens, open);
    let parts = split(inside(tokens, open, end), ",").into_iter();
    let arguments = parts.filter_map(|part| Type::read(part).map(|(found, _)| found));
    let result = match tokens.get(end) {
        Some(arrow) if arrow.text == "->" => Type::read(&tokens[end + 1..])?.0,
        _ => Type::of("()", Vec::new()),
    };
    Some(Declared::Callable(arguments.collect(), result))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_closure_gets_is_read_in_the_signature() {
        let shown = |signature: &str, takes_self: bool| {
            let one = |declared: Declared| match declared {
                Declared::Value(of) => of.to_string(),
                Declared::Callable(arguments, result) => {
                    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                    format!("({}) -> {result}", arguments.join(", "))
                }
            };
            let all = declared_arguments(signature, takes_self).into_iter().map(one);
            all.collect::<Vec<_>>().join("; ")
        };
        let rows = [
            (
                "fn fold<B, F>(self, init: B, f: F) -> B where F: FnMut(B, Self::Item) -> B",
                true,
                "B; (B, Self::Item) -> B",
            ),
            (
                "fn map<F: FnOnce(T) -> U, U>(self, f: F) -> Option<U>",
                true,
                "(T) -> U",
            ),
            (
                "fn each(f: impl Fn(&Tensor, f32), n: usize)",
                false,
                "(&Tensor, f32) -> (); usize",
            ),
            ("fn run(f: &dyn Fn() -> f32)", false, "() -> f32"),
            ("fn plain()", false, ""),
            ("const X: f32", false, ""),
        ];
        for (signature, takes_self, expected) in rows {
            assert_eq!(shown(signature, takes_self), expected, "{signature}");
        }
    }

    #[test]
    fn closures_are_taken_apart() {
        let rows = [
            ("|a, (b, c): T| a + b", Some("a; ( b , c ) : T => a + b")),
            ("move || 1", Some(" => 1")),
            ("|x| -> f32 { x }", Some("x => { x }")),
            ("|x", None),
            ("x", None),
        ];
        for (text, expected) in rows {
            let all = significant(text);
            let joined =
                |part: &[Token<'_>]| part.iter().map(|token| token.text).collect::<Vec<_>>().join(" ");
            let found = closure(&all).map(|found| {
                let parameters: Vec<String> = found.parameters.iter().map(|part| joined(part)).collect();
                format!("{} => {}", parameters.join("; "), joined(found.body))
            });
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
