//! What is known about types and names: the session's own items before those of the index, and what belongs to a type.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::chain::after_group;
use super::extract::Extractor;
use super::index::{Entry, EntryKind, Index, Relation};
use super::tokens::{Kind, Token, tokens};
use super::types::Type;

/// All names, nearest first.
pub struct Known<'a> {
    /// What the student wrote, then the prelude's crates, which hold the standard library too.
    pub indexes: Vec<&'a Index>,
    /// The words of all `use` lines.
    pub imported: HashSet<String>,
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
        let all = tokens(signature);
        let mut written = String::new();
        let (mut end, mut at) = (0, 0);
        while at < all.len() {
            // `Self::Item` in a trait is the parameter `Item` of its owner.
            let own = all[at].text == "Self" && all.get(at + 1).is_some_and(|next| next.text == "::");
            let last = if own { (at + 2).min(all.len() - 1) } else { at };
            let declared =
                at > 0 && all[at - 1].text == "::" || all.get(at + 1).is_some_and(|next| next.text == "=");
            if let Some(with) = stands_for(all[last].text).filter(|_| !declared) {
                written.push_str(&signature[end..all[at].start]);
                written.push_str(&with);
                end = all[last].end();
            }
            at = last + 1;
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
        let of = of.clone().behind("");
        let mut queue = VecDeque::from([(of.clone(), of, 0)]);
        while let Some((own, current, distance)) = queue.pop_front() {
            if distance > FURTHEST || !seen.insert(current.name.clone()) {
                continue;
            }
            let from_trait = own != current;
            let seen_indexes = self.indexes.iter().filter(|_| self.is_seen(&current.name));
            for entry in seen_indexes.flat_map(|index| index.members(&current.name)) {
                let pattern = entry.owner.as_deref().and_then(Type::parse);
                if pattern
                    .as_ref()
                    .is_some_and(|pattern| !current.fits(pattern, &entry.parameters))
                    || !names.insert(&entry.name)
                {
                    continue;
                }
                let mut bindings = HashMap::from([("Self".to_string(), own.clone())]);
                if let Some(pattern) = pattern {
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
                let Some(to) = self.reached(&current, relation, &pattern, &to) else {
                    continue;
                };
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

    /// What a relation leads to from a type, if it is one that the relation is about.
    fn reached(&self, from: &Type, relation: &Relation, pattern: &Type, to: &Type) -> Option<Type> {
        if !from.fits(pattern, &relation.parameters) {
            return None;
        }
        // In `trait Iterator: IntoIterator<Item = Self::Item>` the element is the trait's own.
        let mut bindings = HashMap::new();
        from.bind(pattern, &relation.parameters, &mut bindings);
        Some(self.settled(&to.substitute(&bindings)).behind(""))
    }

    /// The type of a member's value.
    pub fn result(&self, member: &Member<'_>) -> Option<Type> {
        let result = Type::parse(member.entry.result.as_deref()?)?;
        Some(self.settled(&result.substitute(&member.bindings)))
    }

    /// A type with every `I::Item` in it worked out; `_` where that cannot be.
    pub fn settled(&self, of: &Type) -> Type {
        self.settled_at(of, 0)
    }

    fn settled_at(&self, of: &Type, depth: usize) -> Type {
        if depth > FURTHEST {
            return Type::unknown();
        }
        let inner = of.arguments.iter().map(|inner| self.settled_at(inner, depth + 1));
        let arguments: Vec<Type> = inner.collect();
        let found = match (of.name.strip_prefix("::"), arguments.first()) {
            (Some(name), Some(owner)) => self.associated(owner, name, depth + 1),
            _ => Some(Type::of(&of.name, arguments)),
        };
        let found = found.unwrap_or_else(Type::unknown);
        match of.reference {
            "" => found,
            reference => found.behind(reference),
        }
    }

    /// What `NAME` is in `<of as Trait>::NAME`.
    fn associated(&self, of: &Type, name: &str, depth: usize) -> Option<Type> {
        match name {
            "Item" => self.element_at(of, depth),
            "Owned" => self.reach(of, "ToOwned", depth)?.arguments.pop(),
            "Target" => {
                let mut relations = self.indexes.iter().flat_map(|index| index.relations_of(&of.name));
                relations.find_map(|relation| {
                    let (pattern, to) = (Type::parse(&relation.from)?, Type::parse(&relation.to)?);
                    let to = Some(to).filter(|to| !self.is_trait(&to.name))?;
                    self.reached(of, relation, &pattern, &to)
                })
            }
            _ => None,
        }
    }

    /// A type as one of the traits that it has: `Range<usize>` as `Iterator<usize>`.
    fn reach(&self, of: &Type, wanted: &str, depth: usize) -> Option<Type> {
        if depth > FURTHEST || of.name == wanted {
            return (of.name == wanted).then(|| of.clone());
        }
        let mut relations = self.indexes.iter().flat_map(|index| index.relations_of(&of.name));
        relations.find_map(|relation| {
            let (pattern, to) = (Type::parse(&relation.from)?, Type::parse(&relation.to)?);
            if to.name != wanted && !self.is_trait(&to.name) {
                return None;
            }
            let mut bindings = HashMap::new();
            of.bind(&pattern, &relation.parameters, &mut bindings);
            let to = self.settled_at(&to.substitute(&bindings), depth + 1);
            self.reach(&to, wanted, depth + 1)
        })
    }

    /// The element that `for` gets from a value of this type.
    pub fn element(&self, of: &Type) -> Option<Type> {
        self.element_at(of, 0)
    }

    fn element_at(&self, of: &Type, depth: usize) -> Option<Type> {
        if depth > FURTHEST {
            return None;
        }
        if let Some(found) = self.reach(of, "Iterator", depth + 1) {
            return found.arguments.into_iter().next();
        }
        // `for x in &v` lends what `v.iter()` does.
        let method = match of.reference {
            "" => "into_iter",
            "&mut " => "iter_mut",
            _ => "iter",
        };
        let member = self.member(of, method).or_else(|| self.member(of, "into_iter"))?;
        let result = Type::parse(member.entry.result.as_deref()?)?.substitute(&member.bindings);
        self.settled_at(&result, depth + 1).arguments.into_iter().next()
    }

    /// What `[]` gives, also through smart pointers and references.
    pub fn indexed(&self, of: &Type) -> Option<Type> {
        if matches!(
            of.name.as_str(),
            "Vec" | "[]" | "[;]" | "HashMap" | "BTreeMap" | "VecDeque"
        ) {
            return of.indexed().cloned();
        }
        let target = self
            .associated(of, "Target", 0)
            .filter(|target| target.name != of.name);
        match target {
            Some(target) => target.indexed().cloned(),
            None => of.indexed().cloned(),
        }
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
            let free = index.free(name).filter(|entry| entry.kind != EntryKind::Module);
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
        let mut entries = self.indexes.iter().flat_map(|index| index.free(name));
        entries.any(|entry| entry.kind == EntryKind::Trait)
    }

    /// True if the methods of a trait can be called: those of `Read` only after `use std::io::Read`.
    fn is_seen(&self, name: &str) -> bool {
        let imported = || self.imported.contains(name) || self.imported.contains("*");
        !self.indexes.iter().any(|index| index.is_unseen(name)) || imported()
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

/// The words of the `use` lines in a text, and `*`.
pub fn imported(code: &str) -> HashSet<String> {
    let all = tokens(code);
    let mut found = HashSet::new();
    for (at, _) in all.iter().enumerate().filter(|(_, token)| token.text == "use") {
        let line = all[at..].iter().take_while(|token| token.text != ";");
        found.extend(line.map(|token| token.text.to_string()));
    }
    found
}

/// Cuts the items out of a cell that need not parse as a whole, without the bodies of their functions.
pub fn items_of_cell(code: &str) -> Vec<String> {
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
            found.push(outline(&code[all[start].start..last.end()]));
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

/// An item without what its functions do, closed where the text ends: `impl A { fn f() { x. ` becomes `impl A { fn f() {}}`.
fn outline(item: &str) -> String {
    let all = tokens(item);
    let mut written = String::new();
    let mut open = Vec::new();
    let (mut end, mut at) = (0, 0);
    while at < all.len() {
        match all[at].text {
            "macro_rules" => break,
            "fn" => {
                let body = (at..all.len()).find(|place| matches!(all[*place].text, "{" | ";"));
                if let Some(body) = body.filter(|body| all[*body].text == "{") {
                    written.push_str(&item[end..all[body].start]);
                    written.push_str("{}");
                    at = after_group(&all, body);
                    end = all[at - 1].end();
                    continue;
                }
            }
            "(" => open.push(")"),
            "[" => open.push("]"),
            "{" => open.push("}"),
            _ if all[at].kind == Kind::Close => {
                open.pop();
            }
            _ => {}
        }
        at += 1;
    }
    written.push_str(&item[end..]);
    written.extend(open.iter().rev().copied());
    written
}
