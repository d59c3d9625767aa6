//! Writes the one source file that a cell becomes.

use std::collections::HashSet;
use std::sync::Arc;

use super::items::{Memory, ParsedItem, ParsedKind, words};
use super::parse::{Binding, Broken, ParsedCell};
use super::source::{Assembly, CellText, Mark, Origin};

/// The function's name in the generated file; other names of the engine's start with the same letters.
pub const ENTRY: &str = "__hebb_entry";
/// What the put calls are named in the compiler's intermediate text.
pub const PUT: &str = "hebb_put";

/// A variable that lives between cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Living {
    /// Its name.
    pub name: String,
    /// Its type with full paths, as it is written into the next cell.
    pub full_type: String,
    /// Declared with `mut`.
    pub mutable: bool,
}

/// How a closure is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosureKind {
    /// It only looks at what it captures.
    Fn,
    /// It changes what it captures.
    FnMut,
    /// It can be called once.
    FnOnce,
}

/// What earlier compilations of the same cell have taught.
#[derive(Clone, Debug, Default)]
pub struct Lessons {
    /// Lines that do not compile and are left out.
    pub left_out: HashSet<Mark>,
    /// Closures that are no `Fn`.
    pub closures: Vec<(String, ClosureKind)>,
    /// Closures to which `move` is added.
    pub moved_closures: HashSet<String>,
    /// Functions kept as function pointers: name and how the pointer's type is written.
    pub pointers: Vec<(String, String)>,
    /// An error type of the cell's can only be printed with `{:?}`.
    pub debug_failure: bool,
}

/// What a cell is assembled from.
pub struct Parts<'a> {
    /// Its text.
    pub cell: &'a Arc<CellText>,
    /// Its parts.
    pub parsed: &'a ParsedCell,
    /// What of the session it does not replace.
    pub memory: &'a Memory,
    /// The variables that it may use.
    pub living: &'a [&'a Living],
    /// Lines that name the crates of `:dep`.
    pub crates: &'a str,
}

/// The variables that a cell can mean.
pub fn named<'a>(parsed: &ParsedCell, living: impl IntoIterator<Item = &'a Living>) -> Vec<&'a Living> {
    let words = words(&parsed.code);
    let hidden = |name: &str| {
        let mut bindings = parsed.bindings.iter();
        bindings.any(|binding| binding.name == name && binding.hides_earlier)
    };
    living
        .into_iter()
        .filter(|variable| words.contains(variable.name.trim_start_matches("r#")))
        // So a `let` that runs again is the same cell as the first time, whatever it made then.
        .filter(|variable| !hidden(&variable.name))
        .collect()
}

/// Writes the file.
pub fn assemble(parts: &Parts<'_>, lessons: &Lessons) -> Assembly {
    let mut file = Assembly::default();
    file.scaffold("use ::hebb_prelude::prelude::*;\n");
    file.scaffold(parts.crates);
    let mut reached = words(&parts.parsed.code);
    for variable in parts.living {
        reached.extend(words(&variable.full_type));
    }
    // In an order that does not depend on when each was run: the same cells make the same file.
    let mut uses: Vec<_> = parts.memory.uses.iter().collect();
    uses.sort_by_key(|(leaf, _)| leaf.text.as_str());
    for (leaf, origin) in uses {
        reached.extend(words(&leaf.text));
        file.instead_of(origin, &leaf.text);
        file.scaffold("\n");
    }
    let part = |range: &std::ops::Range<usize>| Origin {
        cell: parts.cell.clone(),
        range: range.clone(),
    };
    // A macro is seen below its definition only, and remembered items may use one that is new.
    let is_macro = |item: &&ParsedItem| matches!(&item.kind, ParsedKind::Definition(new) if new.is_macro);
    let (macros, others): (Vec<_>, Vec<_>) = parts.parsed.items.iter().partition(is_macro);
    let remembered = parts.memory.reachable(reached);
    let origins = macros.iter().map(|item| part(&item.range));
    let origins = origins.chain(remembered.iter().map(|item| item.origin.clone()));
    for origin in origins.chain(others.iter().map(|item| part(&item.range))) {
        file.cell(&origin);
        file.scaffold("\n");
    }
    if parts.parsed.broken == Some(Broken::Brackets) {
        // Inside other code, a stray bracket would close ours. Alone, it is the first thing that the compiler meets.
        for range in &parts.parsed.statements {
            file.cell(&part(range));
        }
        return file;
    }
    if parts.parsed.has_statements() {
        entry(&mut file, parts, lessons, &part);
    }
    file
}

fn entry(
    file: &mut Assembly,
    parts: &Parts<'_>,
    lessons: &Lessons,
    part: &dyn Fn(&std::ops::Range<usize>) -> Origin,
) {
    let kept = |mark: &Mark| !lessons.left_out.contains(mark);
    file.scaffold(&format!(
        "#[unsafe(export_name = \"hebb_cell\")]\npub extern \"C-unwind\" fn {ENTRY}() {{\n"
    ));
    for variable in parts.living {
        let Living {
            name,
            full_type,
            mutable,
            ..
        } = variable;
        let mutable = if *mutable { "mut " } else { "" };
        file.marked(
            Mark::Take(name.clone()),
            &format!("let {mutable}{name}: {full_type} = ::hebb_prelude::cell::take(\"{name}\");"),
        );
        file.scaffold("\n");
    }
    let failure = if lessons.debug_failure {
        "DebugFailure"
    } else {
        "CellFailure"
    };
    file.scaffold(&format!(
        "let __hebb_failed = ::hebb_prelude::cell::guard(|| -> ::std::result::Result<(), ::hebb_prelude::cell::{failure}> {{\n"
    ));
    // Text that could not be taken apart stands in a block, so that what follows it is plainly an end.
    let (open, close) = match parts.parsed.broken {
        Some(_) => ("{\n", "}"),
        None => ("", ""),
    };
    file.scaffold(open);
    for range in &parts.parsed.statements {
        statements(file, range, parts, lessons, part);
        file.scaffold("\n");
    }
    file.scaffold(&format!("{close};\n"));
    if let Some(tail) = &parts.parsed.tail {
        file.scaffold("match &");
        // The compiler names the place of an expression in parentheses by the parenthesis.
        file.instead_of(&part(tail), "(\n");
        file.cell(&part(tail));
        file.scaffold("\n) { __hebb_value => { use ::hebb_prelude::cell::ladder::*; ");
        file.instead_of(
            &part(tail),
            "(&&&&&&Rung(__hebb_value)).display(|| __hebb_value.evcxr_display())?",
        );
        file.scaffold(" } };\n");
    }
    for binding in &parts.parsed.bindings {
        let mark = Mark::Put(binding.name.clone());
        if kept(&mark) {
            file.marked(mark, &put(binding, lessons));
            file.scaffold("\n");
        }
    }
    file.scaffold("::std::result::Result::Ok(())\n});\n");
    for variable in parts.living {
        let name = &variable.name;
        let mark = Mark::PutBack(name.clone());
        if !kept(&mark) {
            continue;
        }
        let shadowed =
            parts.parsed.bindings.iter().any(|new| new.name == *name) && kept(&Mark::Put(name.clone()));
        // A new variable of the same name takes its place, unless the cell fails before it is there.
        let condition = if shadowed { "if __hebb_failed " } else { "" };
        file.marked(
            mark,
            &format!("{condition}{{ ::hebb_prelude::cell::put_back(\"{name}\", {name}); }}"),
        );
        file.scaffold("\n");
    }
    file.scaffold("}\n");
}

/// Statements as they are, with `move` put in front of the closures that need it.
fn statements(
    file: &mut Assembly,
    range: &std::ops::Range<usize>,
    parts: &Parts<'_>,
    lessons: &Lessons,
    part: &dyn Fn(&std::ops::Range<usize>) -> Origin,
) {
    let mut insertions: Vec<usize> = parts
        .parsed
        .bindings
        .iter()
        .filter(|binding| lessons.moved_closures.contains(&binding.name))
        .filter_map(|binding| binding.closure.as_ref()?.move_at)
        .filter(|at| range.contains(at))
        .collect();
    insertions.sort_unstable();
    let mut start = range.start;
    for at in insertions {
        file.cell(&part(&(start..at)));
        file.scaffold("move ");
        start = at;
    }
    file.cell(&part(&(start..range.end)));
}

fn put(binding: &Binding, lessons: &Lessons) -> String {
    let name = &binding.name;
    let value = match &binding.closure {
        Some(closure) => {
            let kind = lessons.closures.iter().find(|(closure, _)| closure == name);
            let kind = match kind.map_or(ClosureKind::Fn, |(_, kind)| *kind) {
                ClosureKind::Fn => "Fn",
                ClosureKind::FnMut => "FnMut",
                ClosureKind::FnOnce => "FnOnce",
            };
            let parameters = closure.parameters.join(", ");
            format!(
                "{{ let __hebb_closure: ::std::boxed::Box<dyn ::std::ops::{kind}({parameters}) -> _> = ::std::boxed::Box::new({name}); __hebb_closure }}"
            )
        }
        None => match lessons.pointers.iter().find(|(pointer, _)| pointer == name) {
            Some((_, written)) => format!("{name} as {written}"),
            None => name.clone(),
        },
    };
    format!("::hebb_prelude::cell::{PUT}(\"{name}\", {value});")
}
