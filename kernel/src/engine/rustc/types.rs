//! Types as the compiler writes them: which can stand in the next cell, and how a person would write them.

/// How the path of an item of the person's own begins.
const CRATE: &str = "cell::";

/// Why a type cannot be written into another cell; none if it can.
pub fn unnameable(full: &str) -> Option<&'static str> {
    let reasons = [
        ("{closure@", "its type holds a closure, which has no name"),
        ("{async ", "its type holds an `async` block, which has no name"),
        ("{coroutine", "its type holds an `async` block, which has no name"),
        ("impl ", "its type is known only as `impl ...`, which has no name"),
        ("__hebb_entry", "its type is defined inside a block of this cell"),
        ("{", "its type has no name"),
    ];
    reasons
        .iter()
        .find(|(sign, _)| full.contains(sign))
        .map(|(_, reason)| *reason)
}

/// For the type of a function itself, how a pointer to it is written so that the compiler fills in the rest.
pub fn function_pointer(full: &str) -> Option<String> {
    let signature = full.strip_suffix('}')?;
    let (signature, _) = signature.split_once(" {")?;
    let at = signature.find("fn(")?;
    let prefix = &signature[..at];
    let known = ["", "unsafe ", "extern \"C\" ", "unsafe extern \"C\" "];
    let qualifiers = prefix.rsplit_once("> ").map_or(prefix, |(_, rest)| rest);
    if !known.contains(&qualifiers) {
        return None;
    }
    let parameters = &signature[at + 3..closing(signature, at + 2)?];
    let written: Vec<&str> = split(parameters)
        .into_iter()
        .map(|parameter| {
            if !parameter.starts_with('&') {
                "_"
            } else if parameter.contains(" mut ") || parameter.starts_with("&mut ") {
                "&mut _"
            } else {
                "&_"
            }
        })
        .collect();
    Some(format!("{qualifiers}fn({}) -> _", written.join(", ")))
}

/// The type as a person would write it: without the paths.
pub fn short(full: &str) -> String {
    let mut text = String::with_capacity(full.len());
    let mut word = String::new();
    let mut rest = full.chars().peekable();
    while let Some(c) = rest.next() {
        if unicode_ident::is_xid_continue(c) {
            word.push(c);
        } else if c == ':' && rest.peek() == Some(&':') && !word.is_empty() {
            rest.next();
            word.clear();
        } else {
            text.push_str(&word);
            word.clear();
            text.push(c);
        }
    }
    text.push_str(&word);
    text
}

/// Names of the person's own items without the name of the crate that every cell is, `cell`; other paths stay.
pub fn without_crate(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(CRATE) {
        written.push_str(&rest[..at]);
        if written.ends_with(|c: char| c == ':' || c == '_' || c.is_alphanumeric()) {
            written.push_str(CRATE);
        }
        rest = &rest[at + CRATE.len()..];
    }
    written + rest
}

/// The position of the bracket that closes the one at `open`.
fn closing(text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < open) {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// Splits at the commas that are inside no bracket.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_i32, 0);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            // Not the end of `->`.
            '>' if before != '-' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    if !text[start..].trim().is_empty() {
        parts.push(text[start..].trim());
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_persons_own_names_lose_their_crate() {
        let rows = [
            ("the type cell::P, and cell::m::Q", "the type P, and m::Q"),
            ("core::cell::RefCell<cell::P>", "core::cell::RefCell<P>"),
            ("my_cell::P", "my_cell::P"),
        ];
        for (full, short) in rows {
            assert_eq!(without_crate(full), short);
        }
    }

    #[test]
    fn types_lose_their_paths() {
        let rows = [
            ("i32", "i32"),
            (
                "std::collections::HashMap<std::string::String, shapes::Point>",
                "HashMap<String, Point>",
            ),
            (
                "std::boxed::Box<dyn for<'a> std::ops::Fn(f64, &'a i32) -> f64>",
                "Box<dyn for<'a> Fn(f64, &'a i32) -> f64>",
            ),
            ("(i32, [u8; 3], &str)", "(i32, [u8; 3], &str)"),
            ("hebb_prelude::prelude::Tensor", "Tensor"),
        ];
        for (full, written) in rows {
            assert_eq!(short(full), written);
        }
    }

    #[test]
    fn types_without_a_name_say_why() {
        assert_eq!(unnameable("std::vec::Vec<i32>"), None);
        for full in [
            "std::iter::Map<std::vec::IntoIter<i32>, {closure@cell.rs:1:2: 3:4}>",
            "impl std::iter::Iterator<Item = u32>",
            "__hebb_entry::{closure#0}::Local",
        ] {
            assert!(unnameable(full).is_some(), "{full}");
        }
    }

    #[test]
    fn functions_become_pointers() {
        let rows = [
            ("fn(i32) -> i32 {square}", Some("fn(_) -> _")),
            ("fn() {hello}", Some("fn() -> _")),
            (
                "for<'a> fn(&'a Point, (i32, u8)) -> f64 {<Point as Shape>::area}",
                Some("fn(&_, _) -> _"),
            ),
            ("for<'a> fn(&'a mut i32) {bump}", Some("fn(&mut _) -> _")),
            ("fn(std::vec::Vec<fn(u8) -> u8>) -> u8 {all}", Some("fn(_) -> _")),
            ("unsafe fn(i32) {danger}", Some("unsafe fn(_) -> _")),
            ("fn(i32) -> i32", None),
        ];
        for (full, written) in rows {
            assert_eq!(function_pointer(full).as_deref(), written, "{full}");
        }
    }
}
