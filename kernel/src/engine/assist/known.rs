//! What is known about types and names: the session's own items before those of the index, and what belongs to a type.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::chain::after_group;
use super::extract::Extractor;
use super::index::{Entry, EntryKind, Index};
use super::tokens::{Kind, Token, tokens};
use super::types::Type;

/// All names, nearest first.
pub struct Known<'a> {
    /// What the student wrote, then the prelude's crates, which hold the standard library too.
    pub indexes: Vec<&'a Index>,
}

/// Something that belongs to a type, as seen from a value of that type.
#[derive(Clone)]
pub struct Member<'a> {
    /// What it is.
    pub entry: &'a Entry,
    /// What the parameters of its owner stand for here.
    pub bindings: HashMap<String, Type>,
    /// 0 for the type's own, more for what it reaches by dereferencing and through traits.
    pub distance: usize,
    /// True if it comes from a trait.
    pub from_trait: bool,
}

impl Member<'_> {
    /// The type of its value.
    pub fn result(&self) -> Option<Type> {
        let result = Type::parse(self.entry.result.as_deref()?)?;
        Some(result.substitute(&self.bindings))
    }

    /// The signature, with what the parameters stand for; `Self` only where a trait says no more than that.
    pub fn signature(&self) -> String {
        let stands_for = |word: &str| {
            let bound = self
                .bindings
                .get(word)
                .filter(|_| word != "Self" || self.from_trait)?;
            (bound.name != "_").then(|| bound.to_string())
        };
        let signature = &self.entry.signature;
        let mut written = String::new();
        let mut end = 0;
        for token in tokens(signature) {
            if let Some(with) = stands_for(token.text) {
                written.push_str(&signature[end..token.start]);
                written.push_str(&with);
                end = token.end();
            }
        }
        written.push_str(&signature[end..]);
        written
    }
}

/// No chain of dereferences and traits is followed further than this.
const FURTHEST: usize = 8;

impl<'a> Known<'a> {
    /// All that can be named on a value of a type or after `Type::`, nearest first.
    pub fn members(&self, of: &Type) -> Vec<Member<'a>> {
        let mut found: Vec<Member<'a>> = Vec::new();
        let mut names: HashSet<&'a str> = HashSet::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut queue = VecDeque::from([(of.clone(), of.clone(), 0)]);
        while let Some((own, current, distance)) = queue.pop_front() {
            if distance > FURTHEST || !seen.insert(current.name.clone()) {
                continue;
            }
            let from_trait = own != current;
            for entry in self.indexes.iter().flat_map(|index| index.members(&current.name)) {
                if !names.insert(&entry.name) {
                    continue;
                }
                let mut bindings = HashMap::from([("Self".to_string(), own.clone())]);
                if let Some(pattern) = entry.owner.as_deref().and_then(Type::parse) {
                    current.bind(&pattern, &entry.parameters, &mut bindings);
                }
                found.push(Member {
                    entry,
                    bindings,
                    distance,
                    from_trait,
                });
            }
            for relation in self
                .indexes
                .iter()
                .flat_map(|index| index.relations_of(&current.name))
            {
                let (Some(pattern), Some(to)) = (Type::parse(&relation.from), Type::parse(&relation.to))
                else {
                    continue;
                };
                let mut bindings = HashMap::new();
                current.bind(&pattern, &relation.parameters, &mut bindings);
                let to = to.substitute(&bindings);
                let own = if self.is_trait(&to.name) {
                    own.clone()
                } else {
                    to.clone()
                };
                queue.push_back((own, to, distance + 1));
            }
        }
        found
    }

    /// The member of this name.
    pub fn member(&self, of: &Type, name: &str) -> Option<Member<'a>> {
        self.members(of)
            .into_iter()
            .find(|member| member.entry.name == name)
    }

    /// The element that `for` gets from a value of this type.
    pub fn element(&self, of: &Type) -> Option<Type> {
        if of.name == "Iterator" {
            return of.arguments.first().cloned();
        }
        let iterator = self
            .member(of, "into_iter")
            .or_else(|| self.member(of, "next"))?
            .result()?;
        iterator.arguments.first().cloned()
    }

    /// All entries of this name that belong to no type, nearest first; variants in scope among them.
    pub fn named(&self, name: &str) -> Vec<&'a Entry> {
        let mut found: Vec<&'a Entry> = Vec::new();
        for index in &self.indexes {
            found.extend(
                index
                    .in_scope()
                    .filter(|(given, _)| *given == name)
                    .map(|(_, entry)| entry),
            );
            let free = index
                .free()
                .filter(|entry| entry.name == name && entry.kind != EntryKind::Module);
            for entry in free {
                if !found.contains(&entry) {
                    found.push(entry);
                }
            }
            found.extend(
                index
                    .module("")
                    .filter(|(given, _)| *given == name)
                    .map(|(_, entry)| entry),
            );
        }
        found
    }

    /// True for the name of a type or a primitive.
    pub fn is_type(&self, name: &str) -> bool {
        self.indexes
            .iter()
            .any(|index| index.members(name).next().is_some() || index.relations_of(name).next().is_some())
            || self.named(name).iter().any(|entry| entry.kind.is_type())
    }

    fn is_trait(&self, name: &str) -> bool {
        let mut entries = self.indexes.iter().flat_map(|index| index.free());
        entries.any(|entry| entry.name == name && entry.kind == EntryKind::Trait)
    }
}

/// Reads the items in texts that a student wrote; a text that is not Rust is left out.
pub fn items(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Index {
    let mut found = Extractor::new(true);
    let mut scope = Vec::new();
    for text in texts {
        let Ok(file) = syn::parse_file(text.as_ref()) else {
            continue;
        };
        for item in &file.items {
            if let Some(place) = found.item(item) {
                scope.push((found.entries[place].name.clone(), place));
            }
        }
    }
    Index::new(found.entries, found.relations, BTreeMap::new(), scope)
}

/// Cuts the finished items out of a cell that need not parse as a whole.
pub fn items_of_cell(code: &str) -> Vec<&str> {
    let all = tokens(code);
    let mut found = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let start = at;
        // Attributes and documentation belong to the item after them.
        while at < all.len() && (all[at].kind == Kind::Comment || all[at].text == "#") {
            at += 1;
            if all.get(at).is_some_and(|token| token.text == "[") {
                at = after_group(&all, at);
            }
        }
        let mut word = at;
        while all
            .get(word)
            .is_some_and(|token| matches!(token.text, "pub" | "const" | "unsafe" | "async"))
        {
            word += 1;
            if all.get(word).is_some_and(|token| token.text == "(") {
                word = after_group(&all, word);
            }
        }
        let is_item = all.get(word).is_some_and(|token| {
            matches!(
                token.text,
                "fn" | "struct" | "enum" | "trait" | "impl" | "type" | "static" | "macro_rules"
            )
        }) || all[at..word].iter().any(|token| token.text == "const");
        at = statement_end(&all, at.max(start));
        if is_item && at > start {
            let last = &all[at - 1];
            found.push(&code[all[start].start..last.end()]);
        }
        at = at.max(start + 1);
    }
    found
}

/// The place after the `;` or the closing `}` that ends what begins at `at`.
fn statement_end(all: &[Token<'_>], mut at: usize) -> usize {
    while at < all.len() {
        match all[at].text {
            ";" => return at + 1,
            "{" => return after_group(all, at),
            "(" | "[" => at = after_group(all, at),
            _ => at += 1,
        }
    }
    at
}
