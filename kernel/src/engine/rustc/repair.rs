//! Decides what to do when the lines around a cell do not compile: those lines ask for more than the person did.
//!
//! A variable that was moved away cannot be kept; one that borrows from its cell cannot leave it. Such lines are left out and the cell
//! is compiled again. Errors in what the person wrote are not repaired.

use super::assemble::{ClosureKind, Lessons};
use super::compile::Diagnostic;
use super::parse::ParsedCell;
use super::source::{Assembly, Mark, Place};

/// Why a variable does not outlive its cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// A variable of earlier cells was moved away.
    Moved(String),
    /// A new variable was moved away in the same cell, or never got a value.
    Spent(String),
    /// A new variable borrows from its cell.
    Borrows(String),
    /// A closure borrows what it uses.
    ClosureBorrows(String),
    /// A variable of earlier cells has a type that cannot be written.
    Unnameable(String),
}

impl Loss {
    /// The new variable that borrows, if it is one.
    pub fn borrower(&self) -> Option<&String> {
        match self {
            Loss::Borrows(name) | Loss::ClosureBorrows(name) => Some(name),
            Loss::Moved(_) | Loss::Spent(_) | Loss::Unnameable(_) => None,
        }
    }
}

/// What to do about the errors of a compilation.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The lessons have grown: compile again.
    Again,
    /// These are the person's own errors (indices).
    Report(Vec<usize>),
}

const MOVED: [&str; 2] = ["E0382", "E0381"];

/// Looks at the errors of a compilation that failed.
pub fn learn(
    diagnostics: &[Diagnostic],
    file: &Assembly,
    parsed: &ParsedCell,
    lessons: &mut Lessons,
    losses: &mut Vec<Loss>,
) -> Verdict {
    let errors: Vec<(usize, &Diagnostic)> = diagnostics
        .iter()
        .enumerate()
        .filter(|(_, diagnostic)| diagnostic.error && !diagnostic.spans.is_empty())
        .collect();
    let ours: Vec<(usize, Option<Mark>)> = errors
        .iter()
        .map(|(index, error)| (*index, mark(error, file)))
        .collect();
    let report: Vec<usize> = ours
        .iter()
        .filter(|(_, mark)| mark.is_none())
        .map(|(index, _)| *index)
        .collect();
    let only_printed =
        |error: &Diagnostic| is_debug_only(error) || (borrows_for_ever(error) && parsed.code.contains('?'));
    if errors.iter().any(|(_, error)| only_printed(error)) && !lessons.debug_failure {
        lessons.debug_failure = true;
        return Verdict::Again;
    }
    if !lessons.moved_closures.is_empty() && !errors.is_empty() {
        // A closure to which we added `move` took away what is still needed: it lives only in this cell after all.
        give_up_moves(lessons, losses);
        return Verdict::Again;
    }
    let at_tail = |error: &Diagnostic| {
        let primary = error.spans.iter().find(|span| span.primary);
        let place = primary.map(|span| file.place(span.range.clone()));
        matches!((place, &parsed.tail), (Some(Place::Cell(origin)), Some(tail)) if tail.contains(&origin.range.start))
    };
    let untyped = |error: &Diagnostic| error.code.as_deref() == Some("E0282") && at_tail(error);
    if !lessons.late_value && errors.len() == 1 && errors.iter().any(|(_, error)| untyped(error)) {
        lessons.late_value = true;
        return Verdict::Again;
    }
    if !report.is_empty() {
        return Verdict::Report(report);
    }
    let mut learned = false;
    for (index, mark) in ours {
        let Some(mark) = mark else { continue };
        learned |= repair(&diagnostics[index], mark, parsed, lessons, losses);
    }
    if learned {
        Verdict::Again
    } else {
        Verdict::Report(errors.iter().map(|(index, _)| *index).collect())
    }
}

/// The line of ours that an error is about: the one that needs what the error refuses.
fn mark(error: &Diagnostic, file: &Assembly) -> Option<Mark> {
    let marks = |primary: bool| {
        error
            .spans
            .iter()
            .filter(move |span| span.primary == primary)
            .filter_map(|span| match file.place(span.range.clone()) {
                Place::Cell(_) | Place::Scaffold => None,
                // "binding declared here": not what the error is about.
                Place::Marked(Mark::Take(_)) if !primary => None,
                Place::Marked(mark) => Some(mark),
            })
            .next()
    };
    match error.code.as_deref() {
        // Two of our lines are in conflict: the variable that holds the borrow is the one named second.
        Some("E0505" | "E0502" | "E0506" | "E0499" | "E0503") => marks(false).or_else(|| marks(true)),
        _ => marks(true).or_else(|| marks(false)),
    }
}

/// Whether an error that `?` passes on may be one that borrows, as that of `lock()` does: as a boxed error it would have to live for
/// ever.
fn borrows_for_ever(error: &Diagnostic) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    let mut labels = error.labels();
    matches!(code, "E0597" | "E0716" | "E0521" | "E0505") && labels.any(|label| label.contains("`'static`"))
}

fn is_debug_only(error: &Diagnostic) -> bool {
    error.code.as_deref() == Some("E0277") && error.message.contains("couldn't convert the error")
}

fn repair(
    error: &Diagnostic,
    mark: Mark,
    parsed: &ParsedCell,
    lessons: &mut Lessons,
    losses: &mut Vec<Loss>,
) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    let moved = MOVED.contains(&code);
    let loss = match &mark {
        Mark::Put(name) => {
            let binding = parsed.bindings.iter().find(|binding| binding.name == *name);
            // No call of a macro makes it, or it is given away there.
            if binding.is_some_and(|binding| binding.guessed) && (moved || !is_borrow(code, &error.message)) {
                return lessons.left_out.insert(mark);
            }
            if let Some(closure) = binding.and_then(|binding| binding.closure.as_ref()) {
                if code == "E0525" && widen(name, &error.message, lessons) {
                    return true;
                }
                // A second error about the same closure finds it moved already. With `move`, a closure that changes what
                // it captures would change a copy: it keeps what the person wrote, and lives only in this cell.
                let changes = lessons.closures.contains(&(name.clone(), ClosureKind::FnMut));
                if !moved && !changes && closure.move_at.is_some() && is_borrow(code, &error.message) {
                    lessons.moved_closures.insert(name.clone());
                    return true;
                }
            }
            match binding {
                _ if moved => Loss::Spent(name.clone()),
                Some(binding) if binding.closure.is_some() => Loss::ClosureBorrows(name.clone()),
                _ => Loss::Borrows(name.clone()),
            }
        }
        Mark::PutBack(name) => Loss::Moved(name.clone()),
        Mark::Take(name) => Loss::Unnameable(name.clone()),
        // The crate was built without what makes one, or is too old: its futures that need none can be waited for.
        Mark::Runtime | Mark::Inside => return lessons.left_out.insert(mark),
        // What the exercise asks for is not up to the engine.
        Mark::Agree(..) => return false,
    };
    let learned = lessons.left_out.insert(mark);
    if learned {
        losses.push(loss);
    }
    learned
}

/// Whether a closure asks for a wider kind than it was taken for.
fn widen(name: &str, message: &str, lessons: &mut Lessons) -> bool {
    let kind = if message.contains("only implements `FnOnce`") {
        ClosureKind::FnOnce
    } else {
        ClosureKind::FnMut
    };
    if lessons
        .closures
        .iter()
        .any(|known| *known == (name.to_owned(), kind))
    {
        return false;
    }
    lessons.closures.retain(|(known, _)| known != name);
    lessons.closures.push((name.to_owned(), kind));
    true
}

/// Takes back every `move` that was added: the closures live only in this cell.
fn give_up_moves(lessons: &mut Lessons, losses: &mut Vec<Loss>) {
    for name in std::mem::take(&mut lessons.moved_closures) {
        lessons.left_out.insert(Mark::Put(name.clone()));
        losses.push(Loss::ClosureBorrows(name));
    }
}

fn is_borrow(code: &str, message: &str) -> bool {
    matches!(
        code,
        "E0597" | "E0373" | "E0521" | "E0716" | "E0505" | "E0506" | "E0502" | "E0499" | "E0503"
    ) || message.contains("lifetime")
}
