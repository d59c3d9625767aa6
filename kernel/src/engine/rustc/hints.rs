//! Plain words for the errors that beginners meet most.

use std::collections::HashMap;

use super::compile::Diagnostic;
use super::habits::{self, At};

/// What the compiler would have a cell return.
pub const CELL_VALUE: &str = " Ok(())";

/// What the session knows that the compiler does not.
pub struct Known<'a> {
    /// Variables that lived only in an earlier cell or were given away, and why.
    pub lost: &'a HashMap<String, String>,
}

/// A hint for an error, if there is one to give that its text does not already hold. `suggested`: the text shows how to
/// write it right.
pub fn hint(diagnostic: &Diagnostic, at: At<'_>, suggested: bool, known: &Known<'_>) -> Option<String> {
    let message = diagnostic.message.as_str();
    let named = message.split('`').nth(1).unwrap_or_default();
    let code = diagnostic.code.as_deref().unwrap_or_default();
    if ["E0412", "E0422", "E0423", "E0425", "E0433", "E0574"].contains(&code)
        && let Some(why) = known.lost.get(named)
    {
        return Some(format!("`{named}` {why}"));
    }
    if diagnostic.labels().any(|label| label.contains("unlinked crate")) {
        return Some(
            "`:dep NAME = \"VERSION\"` on a line of its own brings in a crate from crates.io".to_owned(),
        );
    }
    if let Some(hint) = habits::hint(diagnostic, at) {
        return Some(hint);
    }
    if let Some(path) = import(diagnostic) {
        return Some(format!("bring it in first: `{path}`"));
    }
    let text = match code {
        "E0069" | "E0308" if leaves_the_cell(diagnostic) => {
            "a cell is no function, so `return` has nowhere to go: put the code into a `fn`".to_owned()
        }
        "E0267" | "E0268" => "`break` and `continue` work inside a loop".to_owned(),
        "E0382" => {
            format!("a value has one owner: lend it with `&{named}`, or give a copy with `{named}.clone()`")
        }
        "E0308" if message == "mismatched types" && !suggested => conversion(diagnostic)?,
        "E0384" => format!("write `let mut {named}` where the variable is made"),
        "E0594" | "E0596" if !suggested && message.ends_with("not declared as mutable") => {
            let variable = message.rsplit('`').nth(1).unwrap_or_default();
            format!("write `let mut {variable}` where the variable is made")
        }
        "E0596" => "only what is declared with `mut` can be changed".to_owned(),
        "E0502" | "E0499" => {
            "while something borrows a value, nothing else may change it: let the borrow end first".to_owned()
        }
        "E0505" => "the value is still borrowed: move it after the last use of the borrow".to_owned(),
        "E0061" | "E0057" => {
            "count the arguments: a function takes exactly those of its definition".to_owned()
        }
        "E0608" if !suggested => {
            "this type has no `[ ]`: look for a method, such as `.at([0, 1])`".to_owned()
        }
        "E0615" if !suggested => format!("call it: `.{named}()`"),
        "E0599"
            if ["push", "append", "pop", "insert"].contains(&named) && message.contains("found for array") =>
        {
            "an array keeps its length: `let mut list = vec![1, 2]` can grow, by `list.push(3)`".to_owned()
        }
        "E0369" if named.starts_with(['<', '>']) && !suggested => {
            "compare numbers: many types give theirs by a method, such as `.item()` or `.len()`".to_owned()
        }
        "E0277" if message.contains("`?` operator can only be used on `Result`s") => {
            "turn a missing value into an error first: `.ok_or(\"what is missing\")?`".to_owned()
        }
        "E0277"
            if message.contains("doesn't implement `std::fmt::Display`")
                || message.contains("doesn't implement `Display`") =>
        {
            "print it with `{:?}`, or write an `impl std::fmt::Display` for it".to_owned()
        }
        "E0277" if message.contains("doesn't implement `Debug`") => {
            "write #[derive(Debug)] above the definition of the type".to_owned()
        }
        "E0277" if message.contains(": AsRef<[") || message.ends_with("is not an iterator") => {
            "a list stands in brackets, also a list of one: `[2, 3]`, `[2]`; `0..3` counts".to_owned()
        }
        "E0277" if message.starts_with("cannot ") && message.contains("`{integer}`") => {
            "whole numbers and numbers with a point do not mix: write `2.0` for `2`, or convert with `x as f32`".to_owned()
        }
        "E0277" if message.starts_with("cannot ") => {
            "both sides of an operator need types that fit: convert one with `as`".to_owned()
        }
        "E0277" if message.contains("cannot be indexed by") => {
            "an index is a `usize`: `list[i as usize]`".to_owned()
        }
        "E0277" if ["{float}: Ord", "f32: Ord", "f64: Ord"].contains(&named) => {
            "numbers with a point compare by `total_cmp`: `v.sort_by(f32::total_cmp)`, `v.iter().max_by(|a, b| a.total_cmp(b))`".to_owned()
        }
        "E0689" if message.contains("`{integer}`") => "write `2.0` for `2`: whole numbers lack this method".to_owned(),
        "E0282" | "E0283" | "E0284" => "say which type is meant: `let name: Vec<f32> = ...`".to_owned(),
        "" if message.starts_with("expected `;`")
            || message.starts_with("expected one of") && message.contains("`;`") && at.in_let() => "a statement ends with `;`".to_owned(),
        "" if message.contains("unclosed delimiter") => "every `(`, `[` and `{` needs its partner".to_owned(),
        _ => return None,
    };
    Some(text)
}

/// The `use` that the compiler would add; it stands at the top of our file, where no cell shows it.
fn import(diagnostic: &Diagnostic) -> Option<&str> {
    // What a beginner means by a small name is rarely the function of that name somewhere in the library.
    let unlikely = ["cannot find value", "cannot find function"];
    if unlikely.iter().any(|start| diagnostic.message.starts_with(start)) {
        return None;
    }
    let written = diagnostic.children.iter().flat_map(|advice| &advice.spans);
    let mut paths = written.filter_map(|span| span.replacement.as_deref().map(str::trim));
    paths.find(|path| path.starts_with("use std::"))
}

/// Whether a `return` stands outside of any function of the person's.
fn leaves_the_cell(diagnostic: &Diagnostic) -> bool {
    diagnostic.labels().any(|label| label.contains("CellFailure"))
        || diagnostic
            .children
            .iter()
            .flat_map(|advice| &advice.spans)
            .any(|span| span.replacement.as_deref() == Some(CELL_VALUE))
}

/// What to do about two types of which one is wanted and the other is there.
fn conversion(diagnostic: &Diagnostic) -> Option<String> {
    let (expected, found) = diagnostic
        .labels()
        .find_map(|label| label.strip_prefix("expected ")?.split_once(", found "))?;
    if (expected, found) == ("`f32`", "`f64`") {
        Some("a number with a point is an `f64` unless it is told: `let rate: f32 = 0.1;`, or convert with `rate as f32`".to_owned())
    } else if let Some(lent) = head(expected.strip_prefix("`&"))
        && head(found.strip_prefix('`')) == Some(lent)
    {
        Some("a value is lent with `&` in front".to_owned())
    } else if expected.starts_with("`Range<") && found == "integer" {
        Some("a range is written `0..3`: from 0 up to 2".to_owned())
    } else if plain(found) && plain(expected) {
        Some("Rust never converts types by itself: `x as f32`, `.to_string()` and the like do".to_owned())
    } else if number(expected) && found.starts_with('`') && !found.starts_with("`&") && !found.contains('(') {
        Some("many types give a number by a method, such as `.item()` or `.len()`".to_owned())
    } else {
        None
    }
}

/// The name of a type, without what stands in `< >`.
fn head(written: Option<&str>) -> Option<&str> {
    written?.split('<').next()
}

fn number(written: &str) -> bool {
    let names = [
        "integer",
        "floating-point number",
        "f32",
        "f64",
        "i32",
        "i64",
        "u8",
        "u32",
        "u64",
        "usize",
    ];
    names.contains(&written.trim_matches('`').trim_start_matches('&'))
}

fn plain(written: &str) -> bool {
    number(written)
        || ["String", "str", "bool", "char"].contains(&written.trim_matches('`').trim_start_matches('&'))
}
