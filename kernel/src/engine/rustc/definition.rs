//! What must be known of an item that a cell defines: its names, its words, how it is reached.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{ImplItem, Item, ItemExternCrate, TraitItem, UseTree};

use super::crates::{IN_PRELUDE, built_in};
use super::graded::{self, Agreement};
use super::occurrences;

/// How the keys of macro calls begin.
const MADE: &str = "made ";

/// An item as it stands in a cell.
#[derive(Clone, Debug)]
pub struct ParsedItem {
    /// Its bytes in the cell.
    pub range: Range<usize>,
    /// What it is.
    pub kind: ParsedKind,
    /// What is written for it where it stands.
    pub instead: Option<String>,
}

/// The kinds that are remembered differently.
#[derive(Clone, Debug)]
pub enum ParsedKind {
    /// A `use` declaration, taken apart into one for each name.
    Use(Vec<UseLeaf>),
    /// Anything else.
    Definition(Arc<Definition>),
}

/// A `use` of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseLeaf {
    /// The name it brings into scope; none for `*` and `as _`.
    pub bound: Option<String>,
    /// The declaration.
    pub text: String,
}

/// An item that is no `use`.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Two definitions with the same key cannot stand side by side: the namespace and the name, or an `impl`'s header.
    pub key: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Of a trait, the names of what it has, through which code may use it without saying `name`; `!` for what cannot be read.
    pub members: Option<BTreeSet<String>>,
    /// For an `impl`, the words of its header.
    pub header: Option<HashSet<String>>,
    /// Every word in it.
    pub words: HashSet<String>,
    /// Its tokens, to tell a change from a second run.
    pub tokens: String,
    /// Macros must stand before what uses them.
    pub is_macro: bool,
    /// Statics start afresh in each cell.
    pub is_static: bool,
    /// The types of what it defines, where they can be written.
    pub agreements: Vec<Agreement>,
    /// For the call of a macro, the keys of what it defines.
    pub made: Vec<String>,
    /// What it defines cannot be told from its names: it may be an `impl`, or a trait whose methods are used.
    pub always: bool,
}

impl Definition {
    /// Whether it is the call of a macro.
    pub fn is_made(&self) -> bool {
        self.key.starts_with(MADE)
    }

    /// The keys of all that it defines.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.key).chain(&self.made).map(String::as_str)
    }

    /// The names of all that it defines.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let made = self.made.iter().filter_map(|key| Some(key.split_once(' ')?.1));
        self.name.as_deref().into_iter().chain(made)
    }

    /// What a macro's call defines: `made` are its keys, `all` the words of the call and of the macros behind it.
    pub fn of_call(call: &str, made: Vec<String>, all: &HashSet<String>) -> Definition {
        let tokens = call
            .parse()
            .map_or_else(|_| call.to_owned(), |tokens: TokenStream| tokens.to_string());
        Definition {
            key: format!("{MADE}{tokens}"),
            name: None,
            members: None,
            header: None,
            words: words(call),
            always: made.is_empty() || all.contains("trait"),
            is_macro: all.contains("macro_rules"),
            is_static: ["static", "thread_local"].iter().any(|word| all.contains(*word)),
            agreements: Vec::new(),
            made,
            tokens,
        }
    }

    /// Whether code with these words can use it. `own` are the names that the session defines.
    pub fn is_reached(&self, words: &HashSet<String>, own: &HashSet<&str>) -> bool {
        if self.always {
            return true;
        }
        if let Some(header) = &self.header {
            return header
                .iter()
                .all(|word| !own.contains(word.as_str()) || words.contains(word));
        }
        let mut members = self.members.iter().flatten();
        let is_nameless = self.name.is_none() && self.made.is_empty();
        is_nameless
            || self.names().any(|name| words.contains(name))
            || members.any(|member| words.contains(member))
    }
}

/// The words of a text.
pub fn words(text: &str) -> HashSet<String> {
    occurrences::words(text)
        .map(|(_, word)| word.to_owned())
        .collect()
}

/// Reads what must be known of an item.
pub fn parsed(item: &Item, range: Range<usize>, code: &str) -> ParsedItem {
    if let Item::ExternCrate(declaration) = item
        && let Some(leaf) = of_prelude(declaration)
    {
        return ParsedItem {
            range,
            instead: Some(leaf.text.clone()),
            kind: ParsedKind::Use(vec![leaf]),
        };
    }
    let kind = match item {
        Item::Use(declaration) => {
            let mut leaves = Vec::new();
            let start = if declaration.leading_colon.is_some() {
                "::"
            } else {
                ""
            };
            use_leaves(&declaration.tree, start, &mut leaves);
            ParsedKind::Use(leaves)
        }
        item => ParsedKind::Definition(Arc::new(definition(item, &code[range.clone()]))),
    };
    ParsedItem {
        range,
        kind,
        instead: None,
    }
}

/// `extern crate plotters;` where the prelude brings the crate: it is a `use`.
fn of_prelude(item: &ItemExternCrate) -> Option<UseLeaf> {
    let own = built_in(&item.ident.to_string())?;
    let (bound, renamed) = match &item.rename {
        Some((_, name)) => (name.to_string(), format!(" as {name}")),
        None => (own.name.to_owned(), String::new()),
    };
    Some(UseLeaf {
        bound: (bound != "_").then_some(bound),
        text: format!("{IN_PRELUDE}{}{renamed};", own.name),
    })
}

fn definition(item: &Item, text: &str) -> Definition {
    let tokens = item.to_token_stream().to_string();
    let mut members = None;
    let mut header = None;
    let (space, name) = match item {
        Item::Fn(item) => ("value", Some(&item.sig.ident)),
        Item::Const(item) if item.ident != "_" => ("value", Some(&item.ident)),
        Item::Static(item) => ("value", Some(&item.ident)),
        Item::Enum(item) => ("type", Some(&item.ident)),
        Item::Struct(item) => ("type", Some(&item.ident)),
        Item::Union(item) => ("type", Some(&item.ident)),
        Item::Type(item) => ("type", Some(&item.ident)),
        Item::TraitAlias(item) => ("type", Some(&item.ident)),
        Item::Mod(item) => ("type", Some(&item.ident)),
        Item::ExternCrate(item) => (
            "type",
            Some(item.rename.as_ref().map_or(&item.ident, |(_, name)| name)),
        ),
        Item::Trait(item) => {
            members = Some(item.items.iter().map(trait_member).collect());
            ("type", Some(&item.ident))
        }
        Item::Macro(item) => ("macro", item.ident.as_ref()),
        Item::Impl(item) => {
            let mut empty = item.clone();
            empty.items.clear();
            let mut names = HashSet::new();
            token_words(empty.to_token_stream(), &mut names);
            header = Some(names);
            // Several inherent blocks for one type may stand side by side; what they define tells them apart.
            let defines: Vec<String> = match item.trait_ {
                Some(_) => Vec::new(),
                None => item.items.iter().filter_map(impl_member).collect(),
            };
            let key = format!("impl {} {}", empty.to_token_stream(), defines.join(" "));
            return Definition {
                key,
                name: None,
                members,
                header,
                words: words(text),
                tokens,
                is_macro: false,
                is_static: false,
                agreements: graded::agreements(&Item::Impl(item.clone())),
                made: Vec::new(),
                always: false,
            };
        }
        _ => ("other", None),
    };
    let name = name.map(ToString::to_string);
    Definition {
        key: format!("{space} {}", name.as_deref().unwrap_or(&tokens)),
        name,
        members,
        header,
        words: words(text),
        is_macro: matches!(item, Item::Macro(_)),
        is_static: matches!(item, Item::Static(_)),
        agreements: graded::agreements(item),
        made: Vec::new(),
        always: false,
        tokens,
    }
}

fn trait_member(item: &TraitItem) -> String {
    match item {
        TraitItem::Fn(item) => item.sig.ident.to_string(),
        TraitItem::Const(item) => item.ident.to_string(),
        TraitItem::Type(item) => item.ident.to_string(),
        _ => "!".to_owned(),
    }
}

fn impl_member(item: &ImplItem) -> Option<String> {
    match item {
        ImplItem::Fn(item) => Some(item.sig.ident.to_string()),
        ImplItem::Const(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

/// Adds every word among tokens: what stands in comments and strings is none.
pub fn token_words(tokens: TokenStream, words: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => token_words(group.stream(), words),
            TokenTree::Ident(ident) => {
                words.insert(ident.to_string());
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

fn use_leaves(tree: &UseTree, before: &str, leaves: &mut Vec<UseLeaf>) {
    let mut leaf = |bound: Option<String>, text: String| {
        leaves.push(UseLeaf {
            bound,
            text: format!("use {text};"),
        });
    };
    match tree {
        UseTree::Path(path) => use_leaves(&path.tree, &format!("{before}{}::", path.ident), leaves),
        // `use a::{self}` brings only the module, `use a` also a function of that name.
        UseTree::Name(name) if name.ident == "self" => {
            let bound = before
                .trim_end_matches("::")
                .rsplit("::")
                .next()
                .map(str::to_owned);
            leaf(bound, format!("{before}{{self}}"));
        }
        UseTree::Name(name) => leaf(Some(name.ident.to_string()), format!("{before}{}", name.ident)),
        UseTree::Rename(name) => {
            let bound = (name.rename != "_").then(|| name.rename.to_string());
            let text = if name.ident == "self" {
                format!("{before}{{self as {}}}", name.rename)
            } else {
                format!("{before}{} as {}", name.ident, name.rename)
            };
            leaf(bound, text);
        }
        UseTree::Glob(_) => leaf(None, format!("{before}*")),
        UseTree::Group(group) => group
            .items
            .iter()
            .for_each(|tree| use_leaves(tree, before, leaves)),
    }
}
