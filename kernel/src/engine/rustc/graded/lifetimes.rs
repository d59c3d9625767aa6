//! Finds references that promise more about lifetimes than they say.
//!
//! `&'a &'b T` promises that `'b` lasts as long as `'a`, and the compiler can be made to forget that: a few lines without `unsafe` then
//! turn any value into any other (<https://github.com/rust-lang/rust/issues/25860>). No exercise needs such a type. This keeps out
//! what is known and copied; it does not prove that nothing else is there.

use std::collections::HashSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Whether some reference with a lifetime leads to something with another one.
pub fn promises_more(tokens: &TokenStream) -> bool {
    let mut named = HashSet::new();
    lifetimes(tokens.clone(), &mut named);
    named.remove("static");
    named.len() > 1 && is_in(tokens.clone(), &named)
}

/// The same for tokens of a text that names these lifetimes.
fn is_in(tokens: TokenStream, named: &HashSet<String>) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    (0..tokens.len()).any(|place| match &tokens[place] {
        TokenTree::Group(group) => is_in(group.stream(), named),
        TokenTree::Punct(mark) if mark.as_char() == '&' => {
            lifetime(&tokens[place + 1..]).is_some_and(|(own, rest)| leads_elsewhere(&own, rest, named))
        }
        _ => false,
    })
}

/// The lifetime, or the parameter of a macro that may be one, at the beginning of these tokens, and what follows it.
fn lifetime(tokens: &[TokenTree]) -> Option<(String, &[TokenTree])> {
    match tokens {
        [TokenTree::Punct(mark), TokenTree::Ident(name), rest @ ..] if "'$".contains(mark.as_char()) => {
            Some((name.to_string(), rest))
        }
        _ => None,
    }
}

/// Whether the type at the beginning of these tokens, behind a reference with the lifetime `own`, has another one.
fn leads_elsewhere(own: &str, tokens: &[TokenTree], named: &HashSet<String>) -> bool {
    if let [TokenTree::Punct(mark), rest @ ..] = tokens
        && mark.as_char() == '&'
        && let Some((other, _)) = lifetime(rest)
    {
        return other != own && other != "static";
    }
    let (mut depth, mut before) = (0, ' ');
    let mut found = HashSet::new();
    for token in tokens {
        match token {
            TokenTree::Punct(mark) => {
                match mark.as_char() {
                    '<' => depth += 1,
                    '>' if before == '-' => {}
                    '>' if depth > 0 => depth -= 1,
                    '>' => break,
                    ',' | ';' | '=' | '+' if depth == 0 => break,
                    _ => {}
                }
                before = mark.as_char();
                continue;
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => break,
            TokenTree::Ident(name) if name == "where" => break,
            // What a method belongs to stands elsewhere.
            TokenTree::Ident(name) if name == "self" || name == "Self" => return true,
            TokenTree::Ident(name) if before == '\'' => {
                found.insert(name.to_string());
            }
            TokenTree::Group(group) => lifetimes(group.stream(), &mut found),
            _ => {}
        }
        before = ' ';
    }
    found.iter().any(|other| other != own && named.contains(other))
}

/// Adds every lifetime among tokens.
fn lifetimes(tokens: TokenStream, names: &mut HashSet<String>) {
    let mut before = None;
    for token in tokens {
        match &token {
            TokenTree::Group(group) => lifetimes(group.stream(), names),
            TokenTree::Ident(name) if before == Some('\'') => {
                names.insert(name.to_string());
            }
            _ => {}
        }
        before = match token {
            TokenTree::Punct(mark) => Some(mark.as_char()),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_to_what_has_another_lifetime_are_found() {
        let rows = [
            (
                "fn f<'a, 'b, T>(_: &'a &'b (), v: &'b mut T) -> &'a mut T { v }",
                true,
            ),
            ("fn f<'a, 'b, T>(_: &'a mut Vec<Box<&'b T>>) {}", true),
            (
                "struct W<'b>(&'b ());\nfn f<'a, 'b, T>(_: &'a W<'b>, v: &'b T) -> &'a T { v }",
                true,
            ),
            ("type R<'a, 'b> = &'a &'b ();", true),
            (
                "impl<'b> W<'b> { fn f<'a, T>(&'a self, v: &'b T) -> &'a T { v } }",
                true,
            ),
            ("fn f<'a, 'b>(_: &'a (u8, [&'b u8; 2])) {}", true),
            ("fn f<'a, 'b>(_: &'a dyn Fn(u8) -> &'b u8) {}", true),
            (
                "macro_rules! m { ($a:tt $b:tt) => { fn f<$a, $b>(_: &$a &$b ()) {} } }\nm!('a 'b);",
                true,
            ),
            (
                "fn longest<'a, 'b>(x: &'a str, y: &'b str) -> &'a str where 'b: 'a { x }",
                false,
            ),
            ("struct Pair<'a, 'b> { x: &'a str, y: &'b [f32] }", false),
            ("fn f<'a>(names: &'a [&'a str]) -> &'a str { names[0] }", false),
            (
                "fn f<'a, 'b>(x: &'a &'static str, y: &'b str) -> (&'a str, &'b str) { (x, y) }",
                false,
            ),
            (
                "impl<'a> Net<'a> { fn first(&'a self) -> &'a Layer { &self.layers[0] } }",
                false,
            ),
            (
                "'outer: for x in &xs { 'inner: loop { if x & y == &z { break 'outer } } }",
                false,
            ),
        ];
        for (code, found) in rows {
            assert_eq!(promises_more(&code.parse().unwrap()), found, "{code}");
        }
    }
}
