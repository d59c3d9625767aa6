//! Remarks about code that runs but hardly does what was meant: a result nobody looks at, lines that are never reached.
//!
//! The compiler finds them in the call that compiles the cell. Only those are shown that a learner gains by, and only about
//! the cell's own text. Errors are `diagnostics`' matter.

use std::sync::Arc;

use super::compile::{Diagnostic, Span};
use super::source::{Assembly, CellText, Origin, Place};
use super::{diagnostics, hints};

/// How many are shown under one cell.
const SHOWN: usize = 3;

/// What the compiler is asked to look for, beside what it finds anyway without being asked.
const WANTED: [&str; 5] = [
    "unused_must_use",
    "unreachable_code",
    "unreachable_patterns",
    "path_statements",
    "unused_comparisons",
];

/// A remark about a place in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What is odd.
    pub message: String,
    /// The line, with a caret under the place.
    pub code: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// The compiler's options: silent about style and about what is merely unused, since the next cell may use it.
pub fn lints() -> Vec<String> {
    let silent = ["-Aunused".to_owned(), "-Anonstandard_style".to_owned()];
    let wanted = WANTED.iter().map(|lint| format!("-W{lint}"));
    silent.into_iter().chain(wanted).collect()
}

/// What there is to remark about the cell `text`.
pub fn remarks(diagnostics: &[Diagnostic], file: &Assembly, text: &Arc<CellText>) -> Vec<Remark> {
    let found = diagnostics.iter().filter(|diagnostic| !diagnostic.error);
    let mut remarks: Vec<Remark> = Vec::new();
    for warning in found {
        let Some(primary) = warning.spans.iter().find(|span| span.primary) else {
            continue;
        };
        let own = |span: &Span| own_place(span, file, text);
        let Some(origin) = own(primary) else { continue };
        let Some((message, hint)) = words(warning, &origin) else {
            continue;
        };
        let places: Vec<(Origin, &Span)> = warning
            .spans
            .iter()
            .filter_map(|span| Some((own(span)?, span)))
            .collect();
        let code = diagnostics::quote(text, &places, label);
        let remark = Remark { message, code, hint };
        if !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }
    remarks.truncate(SHOWN);
    remarks
}

/// The place in the cell's own text, if the span is there letter for letter.
fn own_place(span: &Span, file: &Assembly, text: &Arc<CellText>) -> Option<Origin> {
    match file.place(span.range.clone()) {
        Place::Cell(origin) if origin.cell == *text && file.text()[span.range.clone()] == *origin.text() => {
            Some(origin)
        }
        _ => None,
    }
}

/// What is said under a place, where the message alone would not tell why the place is shown.
fn label(span: &Span) -> Option<&str> {
    match span.label.as_deref()? {
        "any code following this expression is unreachable" => Some("this always leaves"),
        "recursive call site" => Some("calls itself"),
        "matches any value" => Some("fits every value"),
        "matches all the relevant values" => Some("fits all of them"),
        _ => None,
    }
}

/// What is odd in plain words, and what to write instead. None for what would not help.
fn words(warning: &Diagnostic, at: &Origin) -> Option<(String, Option<String>)> {
    let named = warning.message.split('`').nth(1).unwrap_or_default();
    let (message, hint) = match warning.code.as_deref()? {
        "unused_must_use" => return unused(warning, at),
        "path_statements" => (
            "this line does nothing".to_owned(),
            "a cell shows the value of its last line if no `;` follows it",
        ),
        "unreachable_code" => (
            "this is never reached".to_owned(),
            "what stands before it always leaves: move it up, or leave only under an `if`",
        ),
        "unreachable_patterns" => (
            "this arm is never chosen".to_owned(),
            "the arms are tried from top to bottom: put the special case above the general one",
        ),
        "unused_comparisons" => (
            "this comparison always has the same outcome".to_owned(),
            "a number without a sign, such as `usize` or `u8`, is never below 0",
        ),
        "invalid_nan_comparisons" => (
            "nothing is equal to NAN, not even NAN".to_owned(),
            "ask with `x.is_nan()`",
        ),
        "unconditional_recursion" => (
            format!("{} calls itself without end", function(at)),
            "it needs a case in which it gives its answer without calling itself, such as `if n == 0 { return 1; }`",
        ),
        "irrefutable_let_patterns" => (
            "this pattern always fits".to_owned(),
            "a plain `let` does the same",
        ),
        "for_loops_over_fallibles" => (
            format!("a `for` over {} runs once or not at all", article(named)),
            "say so: `if let Some(x) = value { ... }`, or `if let Ok(x) = value { ... }`",
        ),
        "dropping_references" | "forgetting_references" => (
            "this gives up the reference, not the value".to_owned(),
            "leave out the `&`",
        ),
        "double_negations" => (
            "`--` changes the sign twice, so it changes nothing".to_owned(),
            "`x -= 1` takes one away from `x`",
        ),
        "const_item_mutation" => (
            "this changes a copy: a `const` always stays what it is".to_owned(),
            "what changes is made with `let mut`",
        ),
        _ => return None,
    };
    Some((message, Some(hint.to_owned())))
}

/// A value that was made and dropped.
fn unused(warning: &Diagnostic, at: &Origin) -> Option<(String, Option<String>)> {
    let what = warning.message.strip_prefix("unused ")?;
    let what = what.strip_suffix(" that must be used").unwrap_or(what);
    let says = |part: &str| {
        warning
            .children
            .iter()
            .any(|advice| advice.message.contains(part))
    };
    let (message, hint) = if says("are lazy and do nothing unless consumed") {
        (
            "this does not go through the values: an iterator only starts when it is asked".to_owned(),
            "go through it with `for`, or gather the values with `.collect::<Vec<_>>()`".to_owned(),
        )
    } else if says("closures are lazy") {
        (
            "this closure is never called".to_owned(),
            "give it a name and call it: `let f = |x| x + 1; f(2)`".to_owned(),
        )
    } else if what == "`Result`" {
        (
            "if this fails, nobody will know: its `Result` is not looked at".to_owned(),
            "write `?` behind it, or `.unwrap()`: then an error stops the cell".to_owned(),
        )
    } else if what == "comparison" {
        (
            "nothing is done with the answer of this comparison".to_owned(),
            match at.text().split_once("==") {
                Some((left, right)) => format!(
                    "`=` gives a value to a variable: `{} = {};`",
                    left.trim(),
                    right.trim()
                ),
                None => keep(at),
            },
        )
    } else {
        let made = what
            .strip_prefix("return value of ")
            .filter(|function| !function.contains("::<"));
        let message = match made {
            Some(function) => format!("nothing is done with what {function} gives"),
            None => "nothing is done with the value of this".to_owned(),
        };
        (message, keep(at))
    };
    Some((message, Some(hint)))
}

/// How to use a value: show it, if it ends the cell; else give it a name.
fn keep(at: &Origin) -> String {
    let behind = &at.cell.text[at.range.end..];
    let code = at.text();
    if behind.trim() == ";" {
        "without the `;` behind it, the cell shows it".to_owned()
    } else if code.len() <= 40 && !code.contains('\n') {
        format!("keep it in a variable: `let result = {code};`")
    } else {
        "keep it in a variable: `let result = ...;`".to_owned()
    }
}

/// The function at a place, as it is talked about.
fn function(at: &Origin) -> String {
    let rest = &at.cell.text[at.range.start..];
    let name = rest.split_once("fn ").map_or("", |(_, rest)| rest);
    match hints::word(name) {
        "" => "this function".to_owned(),
        name => format!("`{name}`"),
    }
}

/// "an `Option`", "a `Result`".
fn article(name: &str) -> String {
    let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    };
    format!("{article} `{name}`")
}
