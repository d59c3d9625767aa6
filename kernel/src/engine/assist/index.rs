//! What can be called, and what it says: the public names of the prelude's crates and of the standard library, as data.
//!
//! The kernel knows none of these names itself: `extract` and `modules` read them from
//! source text when Hebb is installed, and `lib/hebb/api.json` carries them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::types::Type;

/// What an entry is, in the words that Jupyter shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A field of a struct.
    Field,
    /// A function that takes `self`.
    Method,
    /// A function, alone or of a type.
    Function,
    /// A variant of an enum.
    Variant,
    /// A `const` or `static`.
    Constant,
    /// A struct.
    Struct,
    /// An enum.
    Enum,
    /// A trait.
    Trait,
    /// Another name for a type.
    Type,
    /// A macro.
    Macro,
    /// A module or crate.
    Module,
}

impl EntryKind {
    /// The word that Jupyter shows.
    pub fn word(self) -> &'static str {
        match self {
            EntryKind::Field => "field",
            EntryKind::Method => "method",
            EntryKind::Function => "function",
            EntryKind::Variant => "variant",
            EntryKind::Constant => "constant",
            EntryKind::Struct => "struct",
            EntryKind::Enum => "enum",
            EntryKind::Trait => "trait",
            EntryKind::Type => "type",
            EntryKind::Macro => "macro",
            EntryKind::Module => "module",
        }
    }

    /// True for what can stand where a type is asked for.
    pub fn is_type(self) -> bool {
        matches!(
            self,
            EntryKind::Struct | EntryKind::Enum | EntryKind::Trait | EntryKind::Type
        )
    }
}

/// One public name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The name alone; a macro's without `!`.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// The type or trait that it belongs to, with its parameters: `Vec<T>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Names in `owner` and `result` that stand for any type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// As declared, on one line.
    pub signature: String,
    /// The type of a value of it: what a function returns, what a field holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Documentation in Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub documentation: String,
}

impl Entry {
    /// The last word of the owner.
    pub fn owner_name(&self) -> Option<String> {
        self.owner
            .as_deref()
            .and_then(Type::parse)
            .map(|owner| owner.name)
    }

    /// The documentation up to its first empty line.
    pub fn first_paragraph(&self) -> &str {
        self.documentation.split("\n\n").next().unwrap_or_default()
    }
}

/// Says that one type can do what another can.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// The type: `Vec<T>`.
    pub from: String,
    /// Names in it that stand for any type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// The type that it dereferences to or the trait that it implements.
    pub to: String,
}

/// Names of one source, found by name, by owner and by module.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Index {
    /// Every name.
    pub entries: Vec<Entry>,
    /// Dereferences and implemented traits.
    pub relations: Vec<Relation>,
    /// What each public module holds: the name there, and where the entry stands in `entries`.
    pub modules: BTreeMap<String, Vec<(String, usize)>>,
    /// What a cell sees without an import.
    pub scope: Vec<(String, usize)>,
    #[serde(skip)]
    by_owner: HashMap<String, Vec<usize>>,
    #[serde(skip)]
    relations_of: HashMap<String, Vec<usize>>,
    #[serde(skip)]
    by_name: HashMap<String, Vec<usize>>,
    #[serde(skip)]
    unseen: HashSet<String>,
}

/// Why the index could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A source file is not Rust.
    #[error("{path}: line {line}: {message}\nhint: `cargo check` in this crate shows the whole message")]
    Source {
        /// Which file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// The index file is damaged.
    #[error(
        "{path}: not an index of names: {source}\nhint: make it again with `hebb index --out {path} SOURCE_DIR...`"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
}

impl IndexError {
    /// What the system said of a file.
    pub fn file(path: &Path) -> impl Fn(io::Error) -> IndexError {
        move |source| IndexError::File {
            path: path.into(),
            source,
        }
    }
}

impl Index {
    /// Reads an index that [`save`](Index::save) wrote.
    pub fn load(path: &Path) -> Result<Index, IndexError> {
        let text = std::fs::read(path).map_err(IndexError::file(path))?;
        let index: Index = serde_json::from_slice(&text).map_err(|source| IndexError::Damaged {
            path: path.into(),
            source,
        })?;
        let last = index.entries.len();
        let places = index.modules.values().flatten().chain(&index.scope);
        if let Some((name, place)) = places.into_iter().find(|(_, place)| *place >= last) {
            use serde::de::Error;
            let source = serde_json::Error::custom(format!("`{name}` points to entry {place} of {last}"));
            return Err(IndexError::Damaged {
                path: path.into(),
                source,
            });
        }
        Ok(index.linked())
    }

    /// Writes the index as JSON.
    pub fn save(&self, path: &Path) -> Result<(), IndexError> {
        let failed = IndexError::file(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(&failed)?;
        }
        let text = serde_json::to_vec(self).map_err(|error| failed(error.into()))?;
        std::fs::write(path, text).map_err(failed)
    }

    /// The names of the standard library that courses use most.
    pub fn standard() -> &'static Index {
        static STANDARD: OnceLock<Index> = OnceLock::new();
        STANDARD.get_or_init(super::modules::standard)
    }

    /// An index of these entries and relations; `modules` and `scope` say where in `entries` their names stand.
    pub fn new(
        entries: Vec<Entry>,
        relations: Vec<Relation>,
        modules: BTreeMap<String, Vec<(String, usize)>>,
        scope: Vec<(String, usize)>,
    ) -> Index {
        Index {
            entries,
            relations,
            modules,
            scope,
            ..Index::default()
        }
        .linked()
    }

    /// Builds the tables that lookups use.
    fn linked(mut self) -> Index {
        for (place, entry) in self.entries.iter().enumerate() {
            if let Some(owner) = entry.owner_name() {
                self.by_owner.entry(owner).or_default().push(place);
            } else {
                self.by_name.entry(entry.name.clone()).or_default().push(place);
            }
        }
        let seen: HashSet<usize> = self.scope.iter().map(|(_, place)| *place).collect();
        for (_, place) in self.modules.values().flatten() {
            let entry = &self.entries[*place];
            if entry.kind == EntryKind::Trait && !seen.contains(place) {
                self.unseen.insert(entry.name.clone());
            }
        }
        for (place, relation) in self.relations.iter().enumerate() {
            if let Some(from) = Type::parse(&relation.from) {
                self.relations_of.entry(from.name).or_default().push(place);
            }
        }
        self
    }

    /// What belongs to a type or trait.
    pub fn members(&self, owner: &str) -> impl Iterator<Item = &Entry> {
        self.by_owner
            .get(owner)
            .into_iter()
            .flatten()
            .map(|place| &self.entries[*place])
    }

    /// What a type dereferences to and implements.
    pub fn relations_of(&self, name: &str) -> impl Iterator<Item = &Relation> {
        self.relations_of
            .get(name)
            .into_iter()
            .flatten()
            .map(|place| &self.relations[*place])
    }

    /// What a public module holds.
    pub fn module(&self, path: &str) -> impl Iterator<Item = (&str, &Entry)> {
        let listed = self.modules.get(path).into_iter().flatten();
        listed.map(|(name, place)| (name.as_str(), &self.entries[*place]))
    }

    /// What a cell sees without an import.
    pub fn in_scope(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.scope
            .iter()
            .map(|(name, place)| (name.as_str(), &self.entries[*place]))
    }

    /// Names that belong to no type, whatever their module.
    pub fn free(&self, name: &str) -> impl Iterator<Item = &Entry> {
        let places = self.by_name.get(name).into_iter().flatten();
        places.map(|place| &self.entries[*place])
    }

    /// True for a trait whose methods a cell sees only after a `use`.
    pub fn is_unseen(&self, name: &str) -> bool {
        self.unseen.contains(name)
    }
}
