//! The items and `use`s of a session: functions, types, traits, ... that later cells see.
//!
//! The latest definition of each name wins. A cell is compiled with those that it can reach by name, so a long notebook does not
//! make its last cells slow.

use std::collections::HashSet;
use std::sync::Arc;

pub use super::definition::{Definition, ParsedItem, ParsedKind, UseLeaf, parsed, token_words, words};
use super::source::{CellText, Origin};

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
                    keys.extend(definition.keys());
                    names.extend(definition.names());
                }
                ParsedKind::Use(leaves) => {
                    bound.extend(leaves.iter().filter_map(|leaf| leaf.bound.as_deref()));
                    texts.extend(leaves.iter().map(|leaf| leaf.text.as_str()));
                }
            }
        }
        let macros = self.changed_macros(items);
        Memory {
            definitions: self
                .definitions
                .iter()
                .filter(|old| {
                    let old = &old.definition;
                    !old.keys().any(|key| keys.contains(key))
                        && !old.names().any(|name| bound.contains(name))
                        // What another macro of the same name makes of the call, nobody knows.
                        && (!old.is_made() || old.words.is_disjoint(&macros))
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

    /// The macros that `items` define differently than before, and those that use them.
    fn changed_macros(&self, items: &[ParsedItem]) -> HashSet<String> {
        let mut changed: HashSet<String> = HashSet::new();
        for item in items {
            if let ParsedKind::Definition(new) = &item.kind
                && new.is_macro
                && self.is_changed_by(new)
            {
                changed.extend(new.name.clone());
            }
        }
        if !changed.is_empty() {
            let macros = self.definitions.iter().map(|old| &old.definition);
            let macros: Vec<_> = macros.filter(|old| old.is_macro).collect();
            loop {
                let before = changed.len();
                let users = macros.iter().filter(|old| !old.words.is_disjoint(&changed));
                changed.extend(users.filter_map(|old| old.name.clone()).collect::<Vec<_>>());
                if changed.len() == before {
                    break;
                }
            }
        }
        changed
    }

    /// The names that calls of macros have made and that are neither in `left` nor made by `items`.
    pub fn unmade(&self, left: &Memory, items: &[ParsedItem]) -> Vec<String> {
        let new = items.iter().map(|item| match &item.kind {
            ParsedKind::Definition(definition) => definition.names().collect(),
            ParsedKind::Use(leaves) => leaves.iter().filter_map(|leaf| leaf.bound.as_deref()).collect(),
        });
        let kept = left.names().chain(new.flat_map(|names: Vec<&str>| names));
        let kept: HashSet<&str> = kept.collect();
        let made = self.definitions.iter().filter(|old| old.definition.is_made());
        let mut gone: Vec<String> = made
            .flat_map(|old| old.definition.names())
            .filter(|name| !kept.contains(name))
            .map(str::to_owned)
            .collect();
        gone.dedup();
        gone
    }

    /// Whether something of this definition's was defined otherwise before.
    fn is_changed_by(&self, new: &Definition) -> bool {
        let mut old = self.definitions.iter().map(|old| &old.definition);
        old.any(|old| old.tokens != new.tokens && old.keys().any(|key| new.keys().any(|new| new == key)))
    }

    /// The names of types and the like that `items` define differently than before, and of all that contain them.
    pub fn changed_by(&self, items: &[ParsedItem]) -> HashSet<String> {
        let mut changed: HashSet<String> = HashSet::new();
        for item in items {
            match &item.kind {
                ParsedKind::Definition(new) => {
                    if self.is_changed_by(new) {
                        changed.extend(new.names().map(str::to_owned));
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
                let is_type = definition.keys().any(|key| key.starts_with("type "));
                if is_type && !definition.words.is_disjoint(&changed) {
                    changed.extend(definition.names().map(str::to_owned));
                }
            }
            if changed.len() == before {
                return changed;
            }
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions.iter().flat_map(|old| old.definition.names())
    }
}
