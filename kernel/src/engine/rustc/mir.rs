//! Reads the types of new variables in the intermediate text (MIR) that the compiler prints beside the library.
//!
//! The text is meant for people, but what is read here is plain: `_60 = hebb_put::<T>(move _61, move _62)`, `_61 = const "v";` and
//! `let mut _62: TYPE;`. Declarations show types with full public paths; the `T` of the call shows short names.

use std::collections::HashMap;

use super::assemble::{ENTRY, PUT};

/// The type of each variable that the cell's function puts into the store.
pub fn variable_types(text: &str) -> HashMap<String, String> {
    let head = format!("\nfn {ENTRY}::{{closure#0}}(");
    let Some(start) = text.find(&head) else {
        return HashMap::new();
    };
    let body = &text[start + 1..];
    let body = &body[..body.find("\n}").unwrap_or(body.len())];
    let mut declared = HashMap::new();
    let mut names = HashMap::new();
    let mut puts = Vec::new();
    for line in body.lines() {
        let line = line.trim();
        if let Some(declaration) = line.strip_prefix("let ") {
            let declaration = declaration.strip_prefix("mut ").unwrap_or(declaration);
            if let Some((local, written)) = declaration.split_once(": ") {
                declared.insert(local, written.trim_end_matches(';'));
            }
        } else if let Some((local, value)) = line.split_once(" = ") {
            if let Some(name) = string(value.trim_end_matches(';')) {
                names.insert(local, name);
            } else if let Some(call) = put_call(value) {
                puts.push(call);
            }
        }
    }
    puts.into_iter()
        .filter_map(|(generic, name, value)| {
            let name = string(name).or_else(|| names.get(local(name)?).copied())?;
            let written = local(value).and_then(|local| declared.get(local).copied());
            Some((unescaped(name), written.unwrap_or(generic).to_owned()))
        })
        .collect()
}

/// `path::hebb_put::<T>(name, value) -> ...` in its three parts.
fn put_call(value: &str) -> Option<(&str, &str, &str)> {
    let marker = format!("{PUT}::<");
    let at = value.find(&marker)?;
    let before = &value[..at];
    if !before
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == ':')
    {
        return None;
    }
    let rest = &value[at + marker.len()..];
    // The generic argument may hold `>(` itself; the arguments of the call start with the name.
    let end = ["const \"", "move _", "copy _"]
        .iter()
        .filter_map(|start| rest.find(&format!(">({start}")))
        .min()?;
    let (name, after) = rest[end + 2..].split_once(", ")?;
    let value = after.split_once(") -> ").map_or(after, |(value, _)| value);
    Some((&rest[..end], name, value))
}

/// The content of `const "..."`.
fn string(operand: &str) -> Option<&str> {
    operand.strip_prefix("const \"")?.strip_suffix('"')
}

/// A name as it was written: the compiler prints the accents in it that are characters of their own as `\\u{302}`.
fn unescaped(name: &str) -> String {
    syn::parse_str::<syn::LitStr>(&format!("\"{name}\""))
        .map_or_else(|_| name.to_owned(), |text| text.value())
}

/// `_5` of `move _5` or `copy _5`.
fn local(operand: &str) -> Option<&str> {
    let local = operand
        .strip_prefix("move ")
        .or_else(|| operand.strip_prefix("copy "))?;
    local.starts_with('_').then_some(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"// WARNING: This output format is intended for human consumers only
fn helper() -> () {
    let _1: wrong::Place;
    _3 = hebb_put::<Wrong>(const "m", move _1) -> [return: bb1, unwind continue];
}

fn __hebb_entry::{closure#0}(_1: {closure@cell.rs:11:43: 11:109}) -> Result<(), CellFailure> {
    let mut _0: std::result::Result<(), hebb_prelude::cell::CellFailure>;
    let _2: std::collections::HashMap<std::string::String, Point>;
    let mut _59: &str;
    scope 1 {
        debug m => _2;
        let _85: std::boxed::Box<dyn for<'a> std::ops::Fn(f64, &'a i32) -> f64>;
        scope 2 {
        }
    }

    bb0: {
        _59 = const "m";
        _58 = hebb_prelude::cell::hebb_put::<HashMap<String, Point>>(move _59, move _2) -> [return: bb28, unwind: bb56];
        _60 = hebb_put::<i32>(const "x", const 5_i32) -> [return: bb20, unwind: bb36];
        _61 = hebb_put::<&str>(const "s", const "a, b") -> [return: bb20, unwind: bb36];
        _62 = hebb_put::<Box<dyn for<'a> Fn(f64, &'a i32) -> f64>>(const "f", copy _85) -> [return: bb20, unwind: bb36];
        _63 = hebb_put::<for<'a> fn(&'a Point) -> f64 {<Point as Shape>::area}>(const "g", <Point as Shape>::area) -> [return: bb39, unwind: bb56];
    }
}

fn __hebb_entry::{closure#0}::{closure#0}() -> () {
    _60 = hebb_put::<u8>(const "x", const 5_u8) -> [return: bb20, unwind: bb36];
}
"#;

    #[test]
    fn declarations_come_before_generic_arguments() {
        let types = variable_types(TEXT);
        let rows = [
            ("m", "std::collections::HashMap<std::string::String, Point>"),
            ("x", "i32"),
            ("s", "&str"),
            (
                "f",
                "std::boxed::Box<dyn for<'a> std::ops::Fn(f64, &'a i32) -> f64>",
            ),
            ("g", "for<'a> fn(&'a Point) -> f64 {<Point as Shape>::area}"),
        ];
        for (name, written) in rows {
            assert_eq!(types.get(name).map(String::as_str), Some(written), "{name}");
        }
        assert_eq!(types.len(), rows.len());
        assert_eq!(variable_types("nothing"), HashMap::new());
    }
}
