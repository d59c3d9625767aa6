//! The items and `use`s of a session: functions, types, traits, ... that later cells see.
//!
//! The latest definition of each name wins. A cell is compiled with those that it can reach by name, so a long notebook does not
//! make its last cells slow.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::Arc;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{ImplItem, Item, TraitItem, UseTree};

use super::graded::{self, Agreement};
use super::occurrences;
use super::source::{CellText, Origin};

/// An item as it stands in a cell.
#[derive(Clone, Debug)]
pub struct ParsedItem {
    /// Its bytes in the cell.
    pub range: Range<usize>,
    /// What it is.
    pub kind: ParsedKind,
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
}

/// A remembered definition.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// What is known of it.
    pub definition: Arc<Definition>,
    /// Where it was written.
    pub origin: Origin,
}

/// Everything remembered.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// In order of definition.
    pub definitions: Vec<Remembered>,
    /// `use`s, in order.
    pub uses: Vec<(UseLeaf, Origin)>,
}

impl Memory {
    /// What is left of this memory beside `items`, the items of a new cell: what they do not replace.
    pub fn beside(&self, items: &[ParsedItem]) -> Memory {
        let mut keys = HashSet::new();
        let mut names = HashSet::new();
        let mut bound = HashSet::new();
        let mut texts = HashSet::new();
        for item in items {
            match &item.kind {
                ParsedKind::Definition(definition) => {
                    keys.insert(definition.key.as_str());
                    names.extend(definition.name.as_deref());
                }
                ParsedKind::Use(leaves) => {
                    bound.extend(leaves.iter().filter_map(|leaf| leaf.bound.as_deref()));
                    texts.extend(leaves.iter().map(|leaf| leaf.text.as_str()));
                }
            }
        }
        Memory {
            definitions: self
                .definitions
                .iter()
                .filter(|old| {
                    let name = old.definition.name.as_deref();
                    !keys.contains(old.definition.key.as_str())
                        && !name.is_some_and(|name| bound.contains(name))
                })
                .cloned()
                .collect(),
            uses: self
                .uses
                .iter()
                .filter(|(leaf, _)| {
                    let name = leaf.bound.as_deref();
                    !texts.contains(leaf.text.as_str())
                        && !name.is_some_and(|name| bound.contains(name) || names.contains(name))
                })
                .cloned()
                .collect(),
        }
    }

    /// Adds the items of a cell that succeeded.
    pub fn remember(&mut self, items: Vec<ParsedItem>, cell: &Arc<CellText>) {
        for item in items {
            let origin = Origin {
                cell: cell.clone(),
                range: item.range,
            };
            match item.kind {
                ParsedKind::Use(leaves) => {
                    self.uses
                        .extend(leaves.into_iter().map(|leaf| (leaf, origin.clone())));
                }
                ParsedKind::Definition(definition) => {
                    self.definitions.push(Remembered { definition, origin });
                }
            }
        }
    }

    /// The definitions that code with these words can reach. Their order does not depend on when each was run, so that the same
    /// cells make the same file; only macros stay as they came, because one may use those before it.
    pub fn reachable(&self, words: HashSet<String>) -> Vec<&Remembered> {
        let own: HashSet<&str> = self.names().collect();
        let mut words = words;
        let mut taken = vec![false; self.definitions.len()];
        loop {
            let mut changed = false;
            for (index, remembered) in self.definitions.iter().enumerate() {
                let definition = &remembered.definition;
                if taken[index] || !definition.is_reached(&words, &own) {
                    continue;
                }
                taken[index] = true;
                changed = true;
                words.extend(definition.words.iter().cloned());
            }
            if !changed {
                break;
            }
        }
        let mut reached: Vec<&Remembered> = self
            .definitions
            .iter()
            .zip(taken)
            .filter_map(|(remembered, taken)| taken.then_some(remembered))
            .collect();
        reached.sort_by_key(|remembered| match &remembered.definition {
            definition if definition.is_macro => "",
            definition => definition.key.as_str(),
        });
        reached
    }

    /// The names of types and the like that `items` define differently than before, and of all that contain them.
    pub fn changed_by(&self, items: &[ParsedItem]) -> HashSet<String> {
        let mut changed: HashSet<String> = HashSet::new();
        for item in items {
            match &item.kind {
                ParsedKind::Definition(new) => {
                    let old = self.definitions.iter().find(|old| old.definition.key == new.key);
                    if old.is_some_and(|old| old.definition.tokens != new.tokens) {
                        changed.extend(new.name.clone());
                    }
                }
                ParsedKind::Use(leaves) => {
                    let bound = leaves.iter().filter_map(|leaf| leaf.bound.clone());
                    let names: HashSet<&str> = self.names().collect();
                    changed.extend(bound.filter(|name| names.contains(name.as_str())));
                }
            }
        }
        loop {
            let before = changed.len();
            for old in &self.definitions {
                let definition = &old.definition;
                let holds = definition.key.starts_with("type ") && !definition.words.is_disjoint(&changed);
                if holds {
                    changed.extend(definition.name.clone());
                }
            }
            if changed.len() == before {
                return changed;
            }
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions
            .iter()
            .filter_map(|old| old.definition.name.as_deref())
    }
}

impl Definition {
    /// Whether code with these words can use it. `own` are the names that the session defines.
    fn is_reached(&self, words: &HashSet<String>, own: &HashSet<&str>) -> bool {
        if let Some(header) = &self.header {
            return header
                .iter()
                .all(|word| !own.contains(word.as_str()) || words.contains(word));
        }
        match &self.name {
            Some(name) => {
                let mut members = self.members.iter().flatten();
                words.contains(name) || members.any(|member| words.contains(member))
            }
            None => true,
        }
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
    ParsedItem { range, kind }
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
