//! Writes out what the simple macros of a crate make: those with one rule whose arguments are `$name:kind`, a comma between
//! each, and nothing repeated. They save writing the same methods for several types, and those methods are to be found too.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::{Item, ItemMacro};

use super::tokens::significant;

/// How deep macros that call macros are followed.
const DEEPEST: usize = 8;

/// The macros of a crate, and the calls that wait for them: a macro may be written behind its first call.
#[derive(Default)]
pub struct Macros {
    rules: HashMap<String, Rule>,
    calls: Vec<(String, Vec<String>)>,
}

struct Rule {
    names: Vec<String>,
    body: String,
}

impl Macros {
    /// Takes a macro's definition, or a call in the place of an item.
    pub fn note(&mut self, item: &ItemMacro) {
        match &item.ident {
            Some(name) => {
                if let Some(rule) = rule(item.mac.tokens.clone()) {
                    self.rules.insert(name.to_string(), rule);
                }
            }
            None => self.calls.extend(call(item)),
        }
    }

    /// The items that the calls make, and forgets all.
    pub fn expand(&mut self) -> Vec<Item> {
        let Macros { rules, mut calls } = std::mem::take(self);
        let mut made = Vec::new();
        for _ in 0..DEEPEST {
            let mut further = Vec::new();
            for (name, arguments) in calls {
                let Some(rule) = rules
                    .get(&name)
                    .filter(|rule| rule.names.len() == arguments.len())
                else {
                    continue;
                };
                // What does not parse is more than this knows of macros.
                for item in syn::parse_file(&rule.filled(&arguments)).map_or(Vec::new(), |file| file.items) {
                    match &item {
                        Item::Macro(item) if item.ident.is_none() => further.extend(call(item)),
                        _ => made.push(item),
                    }
                }
            }
            calls = further;
        }
        made
    }
}

impl Rule {
    /// The body with the arguments in the places of their names.
    fn filled(&self, arguments: &[String]) -> String {
        let mut text = String::new();
        let mut end = 0;
        let tokens = significant(&self.body);
        for pair in tokens.windows(2) {
            let place = self
                .names
                .iter()
                .position(|name| pair[0].text == "$" && name == pair[1].text);
            if let Some(place) = place {
                text.push_str(&self.body[end..pair[0].start]);
                text.push_str(&arguments[place]);
                end = pair[1].end();
            }
        }
        text + &self.body[end..]
    }
}

/// The one rule of a macro, if it is simple: `(arguments) => { body }`.
fn rule(tokens: TokenStream) -> Option<Rule> {
    let groups: Vec<Group> = tokens.into_iter().filter_map(group).collect();
    let [matcher, body] = &groups[..] else { return None };
    let mut names = Vec::new();
    for argument in split(matcher.stream()) {
        match &argument[..] {
            [
                TokenTree::Punct(dollar),
                TokenTree::Ident(name),
                TokenTree::Punct(colon),
                TokenTree::Ident(_),
            ] if dollar.as_char() == '$' && colon.as_char() == ':' => {
                names.push(name.to_string());
            }
            _ => return None,
        }
    }
    let body = body.span().source_text()?;
    let inner = body.get(1..body.len().checked_sub(1)?)?;
    Some(Rule {
        names,
        body: inner.to_string(),
    })
}

fn group(tree: TokenTree) -> Option<Group> {
    match tree {
        TokenTree::Group(group) if group.delimiter() != Delimiter::None => Some(group),
        _ => None,
    }
}

/// The name and the arguments of a call.
fn call(item: &ItemMacro) -> Option<(String, Vec<String>)> {
    let name = item.mac.path.segments.last()?.ident.to_string();
    let text = |argument: Vec<TokenTree>| argument.into_iter().collect::<TokenStream>().to_string();
    Some((
        name,
        split(item.mac.tokens.clone()).into_iter().map(text).collect(),
    ))
}

/// The parts between commas.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    for tree in tokens {
        match &tree {
            TokenTree::Punct(comma) if comma.as_char() == ',' => parts.push(Vec::new()),
            _ => parts.last_mut().expect("never empty").push(tree),
        }
    }
    if parts.last().is_some_and(Vec::is_empty) {
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_simple_macros_make_is_written_out() {
        let text = r#"
            sized!(Small, 1.5);
            macro_rules! sized {
                ($name:ident, $size:expr) => {
                    impl $name {
                        /// Makes one.
                        pub fn new() -> $name { $name($size) }
                    }
                    named!($name);
                };
            }
            macro_rules! named { ($kind:ident) => { impl $kind { pub fn name(&self) {} } }; }
            macro_rules! endless { ($kind:ident) => { endless!($kind); }; }
            macro_rules! many { ($($kind:ident)*) => { $(impl $kind {})* }; }
            macro_rules! two { (a) => {}; (b) => {}; }
            endless!(Small); many!(Small); two!(a); unknown!(Small); sized!(Small);
        "#;
        let file = syn::parse_file(text).unwrap();
        let mut macros = Macros::default();
        for item in &file.items {
            if let Item::Macro(item) = item {
                macros.note(item);
            }
        }
        let made = macros.expand();
        let written = made.iter().map(|item| {
            let text = syn::spanned::Spanned::span(item)
                .source_text()
                .unwrap_or_default();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        let expected = [
            "impl Small { /// Makes one. pub fn new() -> Small { Small(1.5) } }",
            "impl Small { pub fn name(&self) {} }",
        ];
        assert_eq!(written.collect::<Vec<_>>(), expected);
        assert!(macros.expand().is_empty());
    }
}
