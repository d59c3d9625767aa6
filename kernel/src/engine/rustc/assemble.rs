//! Writes the one source file that a cell becomes.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use super::graded::{MODULE, OPEN, Scope, is_learners, line, openings, own_macro, sight};
use super::items::{Memory, ParsedItem, ParsedKind, Remembered, UseLeaf, words};
use super::parse::{Binding, Broken, ParsedCell};
use super::source::{Assembly, CellText, Mark, Origin};
use super::waits;
use crate::engine::{Standing, Terms};

/// The function's name in the generated file; other names of the engine's start with the same letters.
pub const ENTRY: &str = "__hebb_entry";
/// Where the functions are that a cell calls.
const LIBRARY: &str = "::hebb_prelude::cell";
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
    /// Who made it.
    pub standing: Standing,
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
    /// The type of the last expression is known only when all of the cell has been read, as that of `add(1, 2)` is.
    pub late_value: bool,
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
    /// One of them has a runtime for `.await`.
    pub has_runtime: bool,
    /// In graded work: what the instructor has defined and the cell does not replace, and what the exercise asks for.
    pub graded: Option<(&'a Memory, &'a Terms)>,
    /// Calls of macros of which the compiler is asked what they define: then nothing is run.
    pub asking: &'a [Range<usize>],
}

impl Parts<'_> {
    /// A part of the cell.
    fn origin(&self, range: &Range<usize>) -> Origin {
        Origin {
            cell: self.cell.clone(),
            range: range.clone(),
        }
    }
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
    if let Some((given, terms)) = parts.graded {
        return graded(file, parts, lessons, reached, given, terms);
    }
    for (text, _) in uses(&mut file, parts.memory, |_, _| true) {
        reached.extend(words(text));
    }
    let earlier = parts.memory.reachable(reached);
    items(&mut file, parts, &earlier, &Assembly::cell);
    code(&mut file, parts, lessons);
    file
}

/// Writes the file of a cell in graded work: what is the instructor's in a module of its own, the learner's below it.
fn graded(
    mut file: Assembly,
    parts: &Parts<'_>,
    lessons: &Lessons,
    mut said: HashSet<String>,
    given: &Memory,
    terms: &Terms,
) -> Assembly {
    let standing = parts.cell.standing;
    let imports = match standing {
        Standing::Instructor => given,
        Standing::Learner => parts.memory,
    };
    said.extend(imports.uses.iter().flat_map(|(leaf, _)| words(&leaf.text)));
    let scope = Scope::of(said, parts.parsed, standing, parts.memory, given, terms);
    file.scaffold(&format!("mod {MODULE} {{\nuse ::hebb_prelude::prelude::*;\n"));
    file.scaffold(&sight(&scope.seen, terms));
    uses(&mut file, given, |_, _| true);
    match standing {
        Standing::Instructor => {
            for agreement in &scope.agreements {
                let mark = Mark::Agree(agreement.0.clone(), agreement.1.clone());
                if !lessons.left_out.contains(&mark) {
                    file.marked(mark, &line(agreement));
                    file.scaffold("\n");
                }
            }
            items(&mut file, parts, &scope.given, &opened);
            code(&mut file, parts, lessons);
        }
        Standing::Learner => remembered(&mut file, &scope.given, &opened),
    }
    file.scaffold("}\n");
    for name in &scope.lent {
        file.scaffold(&format!("use {MODULE}::{name};\n"));
    }
    let is_free = |leaf: &UseLeaf| {
        leaf.bound
            .as_deref()
            .is_none_or(|name| !scope.learners_names.contains(name))
    };
    uses(&mut file, given, |leaf, _| is_free(leaf));
    uses(&mut file, parts.memory, |_, origin| is_learners(origin));
    match standing {
        Standing::Instructor => remembered(&mut file, &scope.learners, &Assembly::cell),
        Standing::Learner => {
            items(&mut file, parts, &scope.learners, &Assembly::cell);
            code(&mut file, parts, lessons);
        }
    }
    file
}

/// Writes an instructor's item so that the learner's code sees it.
fn opened(file: &mut Assembly, origin: &Origin) {
    let mut start = origin.range.start;
    for at in openings(origin.text()) {
        let end = origin.range.start + at;
        file.cell(&Origin {
            cell: origin.cell.clone(),
            range: start..end,
        });
        file.scaffold(OPEN);
        start = end;
    }
    file.cell(&Origin {
        cell: origin.cell.clone(),
        range: start..origin.range.end,
    });
    if let Some(name) = own_macro(origin.text()) {
        file.scaffold(&format!("\n#[allow(unused_imports)] {OPEN}use {name};"));
    }
}

/// Writes the remembered `use`s that are `wanted`, in an order that does not depend on when each was run: the same cells make
/// the same file. Gives them back.
fn uses<'a>(
    file: &mut Assembly,
    memory: &'a Memory,
    wanted: impl Fn(&UseLeaf, &Origin) -> bool,
) -> Vec<(&'a str, &'a Origin)> {
    let wanted = memory.uses.iter().filter(|(leaf, origin)| wanted(leaf, origin));
    let mut uses: Vec<_> = wanted
        .map(|(leaf, origin)| (leaf.text.as_str(), origin))
        .collect();
    uses.sort_by_key(|(text, _)| *text);
    for (text, origin) in &uses {
        file.instead_of(origin, text);
        file.scaffold("\n");
    }
    uses
}

/// Writes remembered items, each with `write`.
fn remembered(file: &mut Assembly, items: &[&Remembered], write: &dyn Fn(&mut Assembly, &Origin)) {
    for item in items {
        write(file, &item.origin);
        file.scaffold("\n");
    }
}

/// Writes remembered items and those of the cell, each with `write`.
fn items(
    file: &mut Assembly,
    parts: &Parts<'_>,
    earlier: &[&Remembered],
    write: &dyn Fn(&mut Assembly, &Origin),
) {
    // A macro is seen below its definition only, and remembered items may use one that is new.
    let is_macro = |item: &&ParsedItem| matches!(&item.kind, ParsedKind::Definition(new) if new.is_macro);
    let (macros, others): (Vec<_>, Vec<_>) = parts.parsed.items.iter().partition(is_macro);
    let own = |file: &mut Assembly, item: &ParsedItem| {
        let origin = parts.origin(&item.range);
        match &item.instead {
            Some(text) => file.instead_of(&origin, text),
            None => write(file, &origin),
        }
        file.scaffold("\n");
    };
    macros.into_iter().for_each(|item| own(file, item));
    remembered(file, earlier, write);
    others.into_iter().for_each(|item| own(file, item));
}

/// Writes what of the cell is to be run.
fn code(file: &mut Assembly, parts: &Parts<'_>, lessons: &Lessons) {
    if !parts.asking.is_empty() {
        for (index, call) in parts.asking.iter().enumerate() {
            file.scaffold(&format!(
                "mod hebb_made_{index} {{\n#[allow(unused_imports)] use super::*;\n"
            ));
            for _ in 0..2 {
                file.cell(&parts.origin(call));
                file.scaffold("\n");
            }
            file.scaffold("}\n");
        }
    } else if parts.parsed.broken == Some(Broken::Brackets) {
        // Inside other code, a stray bracket would close ours. Alone, it is the first thing that the compiler meets.
        for range in &parts.parsed.statements {
            file.cell(&parts.origin(range));
        }
    } else if parts.parsed.has_statements() {
        entry(file, parts, lessons);
    }
}

fn entry(file: &mut Assembly, parts: &Parts<'_>, lessons: &Lessons) {
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
        // Inside of the module its types have their own names.
        let full_type = match parts.cell.standing {
            Standing::Instructor => full_type.replace(&format!("{MODULE}::"), ""),
            Standing::Learner => full_type.clone(),
        };
        file.marked(
            Mark::Take(name.clone()),
            &format!("let {mutable}{name}: {full_type} = ::hebb_prelude::cell::take(\"{name}\");"),
        );
        file.scaffold("\n");
    }
    if in_runtime(parts, lessons) {
        file.marked(Mark::Runtime, &waits::helper(LIBRARY));
        file.scaffold("\n");
        if kept(&Mark::Inside) {
            file.marked(Mark::Inside, &waits::inside());
            file.scaffold("\n");
        }
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
        statements(file, range, parts, lessons);
        file.scaffold("\n");
    }
    file.scaffold(&format!("{close};\n"));
    if let Some(tail) = &parts.parsed.tail {
        file.scaffold("match &");
        // The compiler names the place of an expression in parentheses by the parenthesis.
        file.instead_of(&parts.origin(tail), "(\n");
        statements(file, tail, parts, lessons);
        file.scaffold("\n) { __hebb_value => { use ::hebb_prelude::cell::ladder::*; ");
        let display = match lessons.late_value {
            true => "plain(__hebb_value)",
            false => "(&&&&&&Rung(__hebb_value)).display(|| __hebb_value.evcxr_display())?",
        };
        file.instead_of(&parts.origin(tail), display);
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

/// Whether futures are run in a runtime of the session's.
fn in_runtime(parts: &Parts<'_>, lessons: &Lessons) -> bool {
    parts.has_runtime && !parts.parsed.waits.is_empty() && !lessons.left_out.contains(&Mark::Runtime)
}

/// Statements as they are, with `move` put in front of the closures that need it, and a call for each `.await`.
fn statements(file: &mut Assembly, range: &Range<usize>, parts: &Parts<'_>, lessons: &Lessons) {
    let moves = parts
        .parsed
        .bindings
        .iter()
        .filter(|binding| lessons.moved_closures.contains(&binding.name))
        .filter_map(|binding| binding.closure.as_ref()?.move_at)
        .filter(|at| range.contains(at))
        .map(|at| (at..at, None, "move ".to_owned()));
    let function = waits::function(in_runtime(parts, lessons), LIBRARY);
    let waits = waits::edits(&parts.parsed.waits, range, &function);
    let mut edits: Vec<_> = moves.chain(waits).collect();
    edits.sort_by_key(|(bytes, ..)| bytes.start);
    let mut start = range.start;
    for (bytes, meant, text) in edits {
        file.cell(&parts.origin(&(start..bytes.start)));
        match meant {
            Some(meant) => file.instead_of(&parts.origin(&meant), &text),
            None => file.scaffold(&text),
        }
        start = bytes.end;
    }
    file.cell(&parts.origin(&(start..range.end)));
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
