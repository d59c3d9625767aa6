//! Which items of a cell can stand above the program, and which change what a name means from their cell on.
//!
//! A notebook knows one definition of each name at a time, the latest; whatever uses it uses that one. A program knows all of
//! them at once, so the second one goes into a block of its own, and with it go copies of all that is built on it.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;
use std::sync::Arc;

use proc_macro2::{TokenStream, TokenTree};

use super::super::items::{Definition, ParsedKind, UseLeaf, words};
use super::super::parse::ParsedCell;

/// What the program has said until now.
#[derive(Default)]
pub struct Known {
    /// The latest definitions, in order, as they were written.
    definitions: Vec<(Arc<Definition>, String)>,
    /// The `use`s, in order.
    uses: Vec<UseLeaf>,
    /// The names that code has used without a path: what they meant then, they shall go on to mean there.
    used: HashSet<String>,
    /// The names that mean something in a block that they do not mean above.
    inside: HashSet<String>,
    /// A `use` stands in a block: it may bring methods, which no word names.
    all_inside: bool,
}

/// The items of a cell as they stand in the program.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// Above everything.
    pub above: Vec<String>,
    /// In a block that begins with this cell.
    pub inside: Vec<String>,
    /// Some of those are copies of earlier ones.
    pub repeats: bool,
    /// The types that are the same as before but for their methods, and so are new types from here on.
    pub new_types: Vec<String>,
}

/// An item or a `use` of the cell.
enum New<'a> {
    Definition(&'a Definition, &'a str),
    Use(&'a UseLeaf),
}

impl Known {
    /// Starts with names that are taken.
    pub fn new(taken: &[&str]) -> Known {
        Known {
            used: taken.iter().map(|name| (*name).to_owned()).collect(),
            ..Known::default()
        }
    }

    /// Takes in the items of a cell.
    pub fn revise(&mut self, cell: &ParsedCell) -> Revision {
        let new = self.new_in(cell);
        let (repeated, new_types) = self.repeated(&new);
        let inside = self.inside(&new, &repeated);
        let mut revision = Revision {
            new_types,
            ..Revision::default()
        };
        for index in &repeated {
            let (definition, text) = &self.definitions[*index];
            self.inside.extend(names(definition));
            revision.inside.push(text.clone());
        }
        let changed: HashSet<String> = repeated
            .iter()
            .map(|index| &*self.definitions[*index].0)
            .chain(new.iter().filter_map(|new| match new {
                New::Definition(definition, _) => Some(*definition),
                New::Use(_) => None,
            }))
            .filter_map(|definition| definition.name.clone())
            .collect();
        // `use Shape::*` means the variants of the new `Shape`.
        if !inside.is_empty() {
            for leaf in &self.uses {
                let first = leaf.text["use ".len()..].split("::").next().unwrap_or_default();
                if changed.contains(first)
                    && self
                        .definitions
                        .iter()
                        .any(|(old, _)| names(old).any(|name| name == first))
                {
                    revision.inside.push(leaf.text.clone());
                    self.all_inside = true;
                }
            }
        }
        revision.repeats = !revision.inside.is_empty();
        for (index, new) in new.iter().enumerate() {
            let text = match new {
                New::Definition(_, text) => (*text).to_owned(),
                New::Use(leaf) => leaf.text.clone(),
            };
            if !inside.contains(&index) {
                revision.above.push(text);
                continue;
            }
            // A macro must stand before what uses it.
            let place = match new {
                New::Definition(definition, _) if definition.is_macro => 0,
                _ => revision.inside.len(),
            };
            revision.inside.insert(place, text);
            match new {
                New::Definition(definition, _) => self.inside.extend(names(definition)),
                New::Use(leaf) => {
                    self.inside.extend(leaf.bound.clone());
                    self.all_inside = true;
                }
            }
        }
        for new in new {
            match new {
                New::Definition(definition, text) => {
                    self.definitions.retain(|(old, _)| old.key != definition.key);
                    self.definitions
                        .push((Arc::new(definition.clone()), text.to_owned()));
                }
                New::Use(leaf) => {
                    self.uses
                        .retain(|old| old.bound.is_none() || old.bound != leaf.bound);
                    self.uses.push(leaf.clone());
                }
            }
        }
        self.used.extend(used(&cell.code));
        revision
    }

    /// What the cell says that was not said before.
    fn new_in<'a>(&self, cell: &'a ParsedCell) -> Vec<New<'a>> {
        let mut new = Vec::new();
        for item in &cell.items {
            match &item.kind {
                ParsedKind::Definition(definition) => {
                    let same = |(old, _): &(Arc<Definition>, String)| {
                        old.key == definition.key && old.tokens == definition.tokens
                    };
                    if !self.definitions.iter().any(same) {
                        new.push(New::Definition(definition, &cell.code[item.range.clone()]));
                    }
                }
                ParsedKind::Use(leaves) => {
                    let leaves = leaves.iter().filter(|leaf| !self.uses.contains(leaf));
                    new.extend(leaves.map(New::Use));
                }
            }
        }
        new
    }

    /// The earlier definitions that must be said again, because they are built on what the cell defines anew, and those types
    /// among them of which only the methods are new.
    fn repeated(&self, new: &[New<'_>]) -> (Vec<usize>, Vec<String>) {
        let new: HashMap<&str, &Definition> = new
            .iter()
            .filter_map(|new| match new {
                New::Definition(definition, _) => Some((definition.key.as_str(), *definition)),
                New::Use(_) => None,
            })
            .collect();
        let kept = |definition: &Definition| !new.contains_key(definition.key.as_str());
        let types: HashMap<&str, bool> = self
            .definitions
            .iter()
            .filter(|(old, _)| is_type(old))
            .filter_map(|(old, _)| Some((old.name.as_deref()?, is_plain_type(old))))
            .collect();
        // Names that mean something else from here on, and those among them that the shape of a type can depend on.
        let mut changed: HashSet<&str> = HashSet::new();
        let mut shaping: HashSet<&str> = HashSet::new();
        let mut about: HashSet<&str> = HashSet::new();
        for (old, _) in &self.definitions {
            let Some(definition) = new.get(old.key.as_str()) else {
                continue;
            };
            changed.extend(old.name.as_deref());
            if !is_function(definition) {
                shaping.extend(old.name.as_deref());
            }
            // A type cannot have two versions of one `impl`: it becomes a new type.
            about.extend(own(definition, &types));
        }
        // As in the notebook: a type that is itself defined anew, or holds such a one, takes its variables along.
        let mut reshaped = shaping.clone();
        let mut repeated: HashSet<usize> = HashSet::new();
        loop {
            changed.extend(&about);
            shaping.extend(&about);
            let before = (repeated.len(), changed.len());
            for (index, (old, _)) in self.definitions.iter().enumerate() {
                if repeated.contains(&index) || !kept(old) {
                    continue;
                }
                let touches =
                    |names: &HashSet<&str>| old.words.iter().any(|word| names.contains(word.as_str()));
                let named = old.name.as_deref().is_some_and(|name| changed.contains(name));
                let built_on = match is_plain_type(old) {
                    true => touches(&shaping),
                    false => touches(&changed),
                };
                if !named && !built_on {
                    continue;
                }
                repeated.insert(index);
                if is_type(old) && touches(&reshaped) && !named {
                    reshaped.extend(old.name.as_deref());
                }
                changed.extend(old.name.as_deref());
                if !is_function(old) {
                    shaping.extend(old.name.as_deref());
                }
                let headed = old.header.as_ref();
                if headed.is_some_and(|header| !header.iter().any(|word| shaping.contains(word.as_str()))) {
                    about.extend(own(old, &types));
                }
            }
            if before == (repeated.len(), changed.len()) && about.is_subset(&changed) {
                break;
            }
        }
        let mut repeated: Vec<usize> = repeated.into_iter().collect();
        repeated.sort_unstable();
        let mut new_types: Vec<String> = about
            .difference(&reshaped)
            .map(|name| (*name).to_owned())
            .collect();
        new_types.sort();
        (repeated, new_types)
    }

    /// The new items that cannot stand above everything.
    fn inside(&self, new: &[New<'_>], repeated: &[usize]) -> HashSet<usize> {
        let mut meant: HashSet<String> = self.inside.clone();
        meant.extend(
            repeated
                .iter()
                .flat_map(|index| names(&self.definitions[*index].0)),
        );
        let mut inside = HashSet::new();
        let mut all = self.all_inside;
        loop {
            let before = inside.len();
            for (index, new) in new.iter().enumerate() {
                if inside.contains(&index) {
                    continue;
                }
                let (bound, words): (Option<&String>, HashSet<String>) = match new {
                    New::Definition(definition, _) => (definition.name.as_ref(), definition.words.clone()),
                    New::Use(leaf) => (leaf.bound.as_ref(), words(&leaf.text)),
                };
                let again = match new {
                    New::Definition(definition, _) => {
                        self.definitions.iter().any(|(old, _)| old.key == definition.key)
                    }
                    New::Use(leaf) => {
                        leaf.bound.is_some() && self.uses.iter().any(|old| old.bound == leaf.bound)
                    }
                };
                let other = bound.is_some_and(|name| self.used.contains(name));
                if !(all || again || other || !words.is_disjoint(&meant)) {
                    continue;
                }
                inside.insert(index);
                match new {
                    New::Definition(definition, _) => meant.extend(names(definition)),
                    New::Use(leaf) => {
                        meant.extend(leaf.bound.clone());
                        all = true;
                    }
                }
            }
            if inside.len() == before {
                return inside;
            }
        }
    }
}

/// The names through which code can come to a definition.
fn names(definition: &Definition) -> impl Iterator<Item = String> {
    definition
        .name
        .iter()
        .chain(definition.members.iter().flatten())
        .cloned()
}

/// What must become new to have another version of an `impl`, of the notebook's types (true) and traits: a type of its header, or
/// else a trait.
fn own<'a>(definition: &Definition, types: &HashMap<&'a str, bool>) -> Vec<&'a str> {
    let header = definition.header.iter().flatten();
    let named: Vec<(&str, bool)> = header
        .filter_map(|word| types.get_key_value(word.as_str()))
        .map(|(name, plain)| (*name, *plain))
        .collect();
    let plain = named.iter().any(|(_, plain)| *plain);
    named
        .into_iter()
        .filter(|(_, is_plain)| *is_plain == plain)
        .map(|(name, _)| name)
        .collect()
}

fn is_type(definition: &Definition) -> bool {
    definition.key.starts_with("type ")
}

/// A type that holds others; traits and modules hold code.
fn is_plain_type(definition: &Definition) -> bool {
    let code = ["mod", "trait"];
    is_type(definition)
        && !definition
            .tokens
            .split(' ')
            .take(5)
            .any(|word| code.contains(&word))
}

/// A value that no type's shape depends on.
fn is_function(definition: &Definition) -> bool {
    let mut tokens = definition.tokens.split(' ');
    definition.key.starts_with("value ") && tokens.any(|word| word == "fn")
}

/// The names that stand in code without a path or a value before them.
fn used(code: &str) -> HashSet<String> {
    let mut found = HashSet::new();
    if let Ok(tokens) = TokenStream::from_str(code) {
        gather(tokens, &mut found);
    }
    found
}

fn gather(tokens: TokenStream, found: &mut HashSet<String>) {
    // What follows `.` or `::` is a name inside of something.
    let mut before = [' '; 2];
    for token in tokens {
        let now = match &token {
            TokenTree::Punct(punctuation) => punctuation.as_char(),
            _ => ' ',
        };
        match token {
            TokenTree::Ident(name) if before[1] != '.' && before != [':', ':'] => {
                found.insert(name.to_string());
            }
            TokenTree::Group(group) => gather(group.stream(), found),
            _ => {}
        }
        before = [before[1], now];
    }
}
