//! The names in a pattern and the types of what they stand for: `(a, b)`, `Some(x)`, `Point { x, y: up }`.

use super::chain::{after_group, inside, split};
use super::index::EntryKind;
use super::infer::Variables;
use super::known::Known;
use super::tokens::{Kind, Token, significant};
use super::types::Type;

/// Patterns nested deeper than this are left alone.
const DEEPEST: u32 = 8;

/// Takes the names out of `NAME: TYPE`, or of a pattern whose type is `given`.
pub fn annotated(tokens: &[Token<'_>], given: Option<&Type>, known: &Known<'_>, variables: &mut Variables) {
    let colon = pattern_end(tokens, 0, &[":"]);
    let declared = tokens
        .get(colon + 1..)
        .and_then(Type::read)
        .map(|(found, _)| found);
    bind(&tokens[..colon], declared.as_ref().or(given), known, variables);
}

/// Takes the names out of a pattern.
pub fn bind(pattern: &[Token<'_>], of: Option<&Type>, known: &Known<'_>, variables: &mut Variables) {
    Names { known, variables }.nested(pattern, of, 0);
}

/// The place of the first of `stops` that stands in no bracket.
pub fn pattern_end(tokens: &[Token<'_>], mut at: usize, stops: &[&str]) -> usize {
    while at < tokens.len() && !stops.contains(&tokens[at].text) {
        at = after_group(tokens, at);
    }
    at
}

struct Names<'a, 'b> {
    known: &'a Known<'a>,
    variables: &'b mut Variables,
}

impl Names<'_, '_> {
    fn nested(&mut self, pattern: &[Token<'_>], of: Option<&Type>, depth: u32) {
        if depth > DEEPEST {
            return;
        }
        let skipped = pattern
            .iter()
            .take_while(|token| matches!(token.text, "mut" | "ref" | "&" | "&&"))
            .count();
        // `&x` takes the reference off, `ref x` puts one on; the rest of the way a reference is handed down.
        let bare = pattern[..skipped].iter().any(|token| token.text == "&");
        let of = of.cloned().map(|of| if bare { of.behind("") } else { of });
        let of = of.as_ref();
        let pattern = &pattern[skipped..];
        let Some(first) = pattern.first() else { return };
        let path = pattern
            .iter()
            .take_while(|token| token.kind == Kind::Word || token.text == "::")
            .count();
        let next = pattern.get(path).map_or("", |token| token.text);
        match first.text {
            "(" => {
                let inner = inside(pattern, 0, after_group(pattern, 0));
                for (position, part) in split(inner, ",").into_iter().enumerate() {
                    let element = of
                        .filter(|of| of.name == "()")
                        .and_then(|of| of.arguments.get(position));
                    self.nested(part, element, depth + 1);
                }
            }
            "[" => {
                let element = of.filter(|of| matches!(of.name.as_str(), "[]" | "[;]"));
                let element = element.and_then(|of| of.arguments.first());
                for part in split(inside(pattern, 0, after_group(pattern, 0)), ",") {
                    self.nested(part, element, depth + 1);
                }
            }
            _ if path > 0 && next == "(" => {
                let types = self.parts_of(pattern[path - 1].text, of);
                let inner = inside(pattern, path, after_group(pattern, path));
                for (position, part) in split(inner, ",").into_iter().enumerate() {
                    self.nested(part, types.get(position), depth + 1);
                }
            }
            _ if path > 0 && next == "{" => {
                let name = pattern[path - 1].text;
                for part in split(inside(pattern, path, after_group(pattern, path)), ",") {
                    let colon = pattern_end(part, 0, &[":"]);
                    let Some(field) = part[..colon].last().filter(|token| token.kind == Kind::Word) else {
                        continue;
                    };
                    let found = self.field(name, field.text, of);
                    let written = part.get(colon + 1..).unwrap_or_default();
                    let target = if written.is_empty() {
                        &part[..colon]
                    } else {
                        written
                    };
                    self.nested(target, found.as_ref(), depth + 1);
                }
            }
            name if first.kind == Kind::Word
                && name != "self"
                && name.starts_with(|c: char| c.is_lowercase() || c == '_') =>
            {
                let known = of.filter(|of| of.name != "_").cloned();
                self.variables.insert(name.to_string(), known);
                // `name @ pattern`
                if pattern.get(1).is_some_and(|token| token.text == "@") {
                    self.nested(&pattern[2..], of, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// What stands between the brackets of `Some(..)`, `Shape::Circle(..)` or `Pair(..)`.
    fn parts_of(&self, name: &str, of: Option<&Type>) -> Vec<Type> {
        let handed = |inner: Option<&Type>, of: &Type| {
            let inner = inner.cloned().unwrap_or_else(Type::unknown);
            if of.reference.is_empty() {
                inner
            } else {
                inner.behind(of.reference)
            }
        };
        match (name, of) {
            ("Some" | "Ok", Some(of)) => vec![handed(of.arguments.first(), of)],
            ("Err", Some(of)) => vec![handed(of.arguments.get(1), of)],
            _ => {
                let owner = of
                    .and_then(|of| self.known.member(of, name))
                    .map(|member| member.entry);
                let declared = owner.or_else(|| {
                    let named = self.known.named(name).into_iter();
                    named
                        .into_iter()
                        .find(|entry| matches!(entry.kind, EntryKind::Variant | EntryKind::Struct))
                });
                let signature = declared.map_or("", |entry| entry.signature.as_str());
                let all = significant(signature);
                let Some(open) = all.iter().position(|token| token.text == "(") else {
                    return Vec::new();
                };
                let parts = split(inside(&all, open, after_group(&all, open)), ",");
                let read =
                    |part: &[Token<'_>]| Type::read(part).map_or_else(Type::unknown, |(found, _)| found);
                parts.into_iter().map(read).collect()
            }
        }
    }

    /// A field of the struct `name`, or of the variant `name` of an enum.
    fn field(&self, name: &str, field: &str, of: Option<&Type>) -> Option<Type> {
        let owner = of.cloned().unwrap_or_else(|| Type::named(name));
        let member = self
            .known
            .member(&owner, field)
            .filter(|member| member.entry.kind == EntryKind::Field);
        if let Some(member) = member {
            return self.known.result(&member);
        }
        let variant = self.known.member(&owner, name)?;
        let all = significant(&variant.entry.signature);
        let at = all
            .windows(2)
            .position(|pair| pair[0].text == field && pair[1].text == ":")?;
        Type::read(&all[at + 2..]).map(|(found, _)| found)
    }
}
