//! Walks the source of whole crates and works out which names each public module offers.
//!
//! Used when Hebb is installed (`hebb index`), and for the table of the standard library. Nothing is compiled: a module that a
//! macro makes, or that a `#[path]` attribute puts elsewhere, is not seen.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use syn::{Item, UseTree, Visibility};

use super::attributes::{documentation, hidden};
use super::expand::Macros;
use super::extract::Extractor;
use super::index::{EntryKind, Index, IndexError};

/// Reads the crates whose folders are given, and the standard library's table. A folder is the one with `Cargo.toml`, or
/// its `src`.
///
/// What their modules named `prelude` offer is in scope in every cell.
pub fn from_crates(folders: &[PathBuf]) -> Result<Index, IndexError> {
    let mut walk = Walk::new();
    walk.standard();
    for folder in folders {
        let is_source = folder.join("lib.rs").is_file();
        let source = if is_source {
            folder.clone()
        } else {
            folder.join("src")
        };
        let name = crate_name(&source.join("../Cargo.toml"))?;
        walk.file(&name, &source.join("lib.rs"), &source)?;
    }
    Ok(walk.finish())
}

/// The index of the standard library alone.
pub fn standard() -> Index {
    let mut walk = Walk::new();
    walk.standard();
    walk.finish()
}

/// A module on the way: its own entries and what it re-exports.
#[derive(Default)]
struct Module {
    entries: Vec<(String, usize)>,
    exports: Vec<Export>,
    public: bool,
}

/// One `pub use`.
struct Export {
    /// Where from, as written.
    path: Vec<String>,
    /// The name, and the name that it gets; none for `*`.
    name: Option<(String, String)>,
}

struct Walk {
    found: Extractor,
    modules: BTreeMap<String, Module>,
    macros: Macros,
    crates: Vec<String>,
}

impl Walk {
    fn new() -> Walk {
        Walk {
            found: Extractor::new(false),
            modules: BTreeMap::new(),
            macros: Macros::default(),
            crates: Vec::new(),
        }
    }

    fn standard(&mut self) {
        self.crates.push("std".to_string());
        for (name, text) in super::standard::FILES {
            let file = syn::parse_file(text).unwrap_or_else(|error| panic!("standard/{name}: {error}"));
            // No folder: modules of a text stand in the text.
            let read = self.module("std", &file.items, true, Path::new(""));
            debug_assert!(read.is_ok(), "a text has no files to fail on");
        }
        proc_macro2::extra::invalidate_current_thread_spans();
    }

    fn file(&mut self, name: &str, root: &Path, folder: &Path) -> Result<(), IndexError> {
        self.crates.push(name.to_string());
        let parsed = parse(root)?;
        let entry = self.found.module(name, documentation(&parsed.attrs));
        self.modules
            .entry(String::new())
            .or_default()
            .entries
            .push((name.to_string(), entry));
        self.module(name, &parsed.items, true, folder)?;
        // Methods, which belong to their types wherever they stand.
        for item in self.macros.expand() {
            if matches!(item, Item::Impl(_)) {
                self.found.item(&item);
            }
        }
        proc_macro2::extra::invalidate_current_thread_spans();
        Ok(())
    }

    fn module(&mut self, path: &str, items: &[Item], public: bool, folder: &Path) -> Result<(), IndexError> {
        let mut module = Module {
            public,
            ..Module::default()
        };
        for item in items {
            if let Item::Macro(item) = item {
                self.macros.note(item);
            }
            match item {
                Item::Mod(inner) if !hidden(&inner.attrs) => {
                    let name = inner.ident.to_string();
                    let inner_path = format!("{path}::{name}");
                    let inner_public = matches!(inner.vis, Visibility::Public(_));
                    let inner_folder = folder.join(&name);
                    let mut text = documentation(&inner.attrs);
                    match &inner.content {
                        Some((_, items)) => {
                            self.module(&inner_path, items, public && inner_public, &inner_folder)?;
                        }
                        None => {
                            let flat = folder.join(format!("{name}.rs"));
                            let file = if flat.is_file() {
                                flat
                            } else {
                                inner_folder.join("mod.rs")
                            };
                            let parsed = parse(&file)?;
                            text = format!("{text}\n{}", documentation(&parsed.attrs))
                                .trim()
                                .to_string();
                            self.module(&inner_path, &parsed.items, public && inner_public, &inner_folder)?;
                        }
                    }
                    if inner_public {
                        let place = self.found.module(&inner_path, text);
                        module.entries.push((name, place));
                    }
                }
                Item::Use(import)
                    if matches!(import.vis, Visibility::Public(_)) && !hidden(&import.attrs) =>
                {
                    exports(&import.tree, &mut Vec::new(), &mut module.exports);
                }
                _ => {
                    if let Some(place) = self.found.item(item) {
                        let entry = &self.found.entries[place];
                        let name = entry.name.clone();
                        if entry.kind == EntryKind::Macro {
                            // `#[macro_export]` puts a macro into the crate's root, wherever it stands.
                            let root = path.split("::").next().unwrap_or(path).to_string();
                            if root != path {
                                self.modules.entry(root).or_default().entries.push((name, place));
                                continue;
                            }
                        }
                        module.entries.push((name, place));
                    }
                }
            }
        }
        let known = self.modules.entry(path.to_string()).or_default();
        known.public = module.public;
        known.entries.extend(module.entries);
        known.exports.extend(module.exports);
        Ok(())
    }

    fn finish(self) -> Index {
        let mut scope: Vec<(String, usize)> = Vec::new();
        let mut modules = BTreeMap::new();
        for (path, module) in &self.modules {
            let offered = self.offered(path, &mut HashSet::new());
            let is_prelude = self.crates.iter().any(|name| *path == format!("{name}::prelude"));
            if is_prelude {
                scope.extend(offered.iter().cloned());
            }
            if self.crates.contains(path) {
                let macros = offered
                    .iter()
                    .filter(|(_, place)| self.found.entries[*place].kind == EntryKind::Macro);
                scope.extend(macros.cloned());
            }
            if module.public || path.is_empty() {
                modules.insert(path.clone(), offered);
            }
        }
        scope.sort();
        scope.dedup();
        Index::new(self.found.entries, self.found.relations, modules, scope)
    }

    /// The names that a module offers, through re-exports too.
    fn offered(&self, path: &str, seen: &mut HashSet<String>) -> Vec<(String, usize)> {
        let Some(module) = self.modules.get(path) else {
            return Vec::new();
        };
        if !seen.insert(path.to_string()) {
            return Vec::new();
        }
        let mut names: Vec<(String, usize)> = module.entries.clone();
        for export in &module.exports {
            let available = if export.path.is_empty() {
                // `pub use other_crate;`
                self.modules
                    .get("")
                    .map(|root| root.entries.clone())
                    .unwrap_or_default()
            } else {
                let from = self.resolve(path, &export.path);
                from.map(|from| self.names_at(&from, seen)).unwrap_or_default()
            };
            match &export.name {
                None => names.extend(available),
                Some((name, given)) => {
                    let matching = available.into_iter().filter(|(available, _)| available == name);
                    names.extend(matching.map(|(_, place)| (given.clone(), place)));
                }
            }
        }
        seen.remove(path);
        names.sort();
        names.dedup();
        names
    }

    /// What stands at a path: the names of a module, or the variants of an enum.
    fn names_at(&self, path: &str, seen: &mut HashSet<String>) -> Vec<(String, usize)> {
        if self.modules.contains_key(path) {
            return self.offered(path, seen);
        }
        let Some((parent, name)) = path.rsplit_once("::") else {
            return Vec::new();
        };
        let parents = self.offered(parent, seen);
        let target = parents
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, place)| &self.found.entries[*place]);
        let Some(target) = target else { return Vec::new() };
        if target.kind == EntryKind::Module {
            let real = target.signature.trim_start_matches("mod ").to_string();
            return if real == path {
                Vec::new()
            } else {
                self.names_at(&real, seen)
            };
        }
        let variants = self.found.entries.iter().enumerate().filter(|(_, entry)| {
            entry.kind == EntryKind::Variant && entry.owner_name().as_deref() == Some(&target.name)
        });
        variants
            .map(|(place, entry)| (entry.name.clone(), place))
            .collect()
    }

    /// The full path that `written` means inside `module`.
    fn resolve(&self, module: &str, written: &[String]) -> Option<String> {
        let root = module.split("::").next().unwrap_or(module);
        let mut base = module.to_string();
        let mut rest = written;
        match written.first().map(String::as_str) {
            None => return Some(base),
            Some("crate") => {
                base = root.to_string();
                rest = &written[1..];
            }
            Some("self") => rest = &written[1..],
            Some("super") => {
                while rest.first().is_some_and(|word| word == "super") {
                    base = base.rsplit_once("::").map(|(parent, _)| parent.to_string())?;
                    rest = &rest[1..];
                }
            }
            Some(first) if self.crates.iter().any(|name| name == first) => {
                base = String::new();
            }
            Some(_) => {}
        }
        let joined = rest.join("::");
        Some(match (base.is_empty(), joined.is_empty()) {
            (true, _) => joined,
            (_, true) => base,
            _ => format!("{base}::{joined}"),
        })
    }
}

fn exports(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<Export>) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            exports(&inner.tree, path, found);
            path.pop();
        }
        UseTree::Name(inner) => named(path, &inner.ident.to_string(), None, found),
        UseTree::Rename(inner) => named(
            path,
            &inner.ident.to_string(),
            Some(inner.rename.to_string()),
            found,
        ),
        UseTree::Glob(_) => found.push(Export {
            path: path.clone(),
            name: None,
        }),
        UseTree::Group(group) => {
            for inner in &group.items {
                exports(inner, path, found);
            }
        }
    }
}

fn named(path: &[String], name: &str, given: Option<String>, found: &mut Vec<Export>) {
    if name == "self" {
        // `use a::b::{self}` offers `b` itself.
        if let Some((last, parent)) = path.split_last() {
            let name = Some((last.clone(), given.unwrap_or_else(|| last.clone())));
            found.push(Export {
                path: parent.to_vec(),
                name,
            });
        }
        return;
    }
    let given = given.unwrap_or_else(|| name.to_string());
    found.push(Export {
        path: path.to_vec(),
        name: Some((name.to_string(), given)),
    });
}

fn parse(path: &Path) -> Result<syn::File, IndexError> {
    let text = std::fs::read_to_string(path).map_err(IndexError::file(path))?;
    syn::parse_file(&text).map_err(|error| IndexError::Source {
        path: path.into(),
        line: error.span().start().line,
        message: error.to_string(),
    })
}

/// The name that code uses for a crate: the library's if it has one of its own, else the package's with `_` for `-`.
fn crate_name(manifest: &Path) -> Result<String, IndexError> {
    let failed = IndexError::file(manifest);
    let text = std::fs::read_to_string(manifest).map_err(&failed)?;
    let mut section = "";
    let mut names: HashMap<&str, &str> = HashMap::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        } else if let Some((key, value)) = line.split_once('=')
            && key.trim() == "name"
        {
            names.entry(section).or_insert(value.trim().trim_matches('"'));
        }
    }
    let name = names.get("[lib]").or_else(|| names.get("[package]"));
    let missing = || {
        failed(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "no [package] with a name",
        ))
    };
    name.map(|name| name.replace('-', "_")).ok_or_else(missing)
}
