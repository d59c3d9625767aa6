//! Hints for values that cannot do what is asked of them: calculate, compare, print, be gone through.

use super::names::derive;
use super::place::{is_whole, word};
use super::types::{is_number, may_be_missing};
use super::{Error, Hint, alone, beside};

/// A hint, if a value lacks an ability, or is outside of what its type can hold.
pub fn hint(error: &Error<'_>) -> Option<Hint> {
    let Error { message, named, .. } = *error;
    match error.code {
        "E0277" if message.contains("cannot be indexed by") => index(error),
        "E0277" if is_arithmetic(message) => calculation(error),
        "E0369" => operator(error),
        "E0277" if message.contains("doesn't implement") => print(error),
        "E0277" if message.ends_with("is not an iterator") => iterate(error),
        "E0277" if message.contains(": AsRef<[") => {
            alone("a list stands in brackets, also a list of one: `[2, 3]`, `[2]`")
        }
        "E0277" if ["{float}: Ord", "f32: Ord", "f64: Ord"].contains(&named) => alone(
            "numbers with a point compare by `total_cmp`: `v.sort_by(f32::total_cmp)`, `v.iter().max_by(|a, b| a.total_cmp(b))`",
        ),
        "E0277" if ["f32: Hash", "f64: Hash", "f32: Eq", "f64: Eq"].contains(&named) => {
            alone("numbers with a point are no keys: take a whole number or text")
        }
        "E0277" if message.contains("cannot be built") => beside(
            "the list would hold references: `.copied()` or `.cloned()` before `.collect()` takes the values",
        ),
        "E0277" if message.starts_with("can't compare") => compare(error),
        "E0277" if message.starts_with("the size for") && error.at.code.contains("..") => {
            alone("a part of a list is filled by a method: `list[0..2].fill(3)`")
        }
        "E0277" if message.starts_with("the size for values of type `str`") => {
            alone("text that is looked at has the type `&str`, text of its own `String`")
        }
        "E0277" if message.starts_with("the trait bound") => {
            let (kind, ability) = named.rsplit_once(": ")?;
            let own = [
                "Clone",
                "Copy",
                "PartialEq",
                "Eq",
                "Hash",
                "PartialOrd",
                "Ord",
                "Default",
            ];
            match own.contains(&ability) {
                true => beside(format!(
                    "write `#[derive({ability})]` above the definition of `{kind}`"
                )),
                false => None,
            }
        }
        "E0599" if error.advice("consider annotating") => {
            // "consider annotating `P` with `#[derive(Clone)]`"
            let mut advice = error.diagnostic.children.iter();
            let asked = &advice
                .find(|advice| advice.message.starts_with("consider annotating"))?
                .message;
            let kind = asked.split('`').nth(1)?;
            let (what, _) = asked.split_once("derive(")?.1.split_once(')')?;
            beside(format!(
                "write `#[derive({what})]` above the definition of `{kind}`"
            ))
        }
        "E0204" => beside("`Copy` is for types made of numbers and the like: derive `Clone` alone"),
        "E0046" => beside("an `impl` of a trait has all of its functions"),
        "E0133" | "static_mut_refs" => alone(
            "a `static mut` is never needed: what several functions change is handed to them with `&mut`",
        ),
        "overflowing_literals" => range(error),
        "arithmetic_overflow" => beside(
            "the result does not fit into this kind of number: take a larger one, such as `i64`, or an `f64`",
        ),
        "unconditional_panic" if error.label("index out of bounds") || message.contains("index") => {
            beside("counting starts at 0: the last one has the index `len() - 1`")
        }
        "unconditional_panic" if error.label("by zero") => beside("whole numbers cannot be divided by 0"),
        "unconditional_panic" => bounds(error),
        "bindings_with_variant_name" | "E0170" => {
            beside("name the type too: without it, this is a new name that fits every value")
        }
        _ => None,
    }
}

fn is_arithmetic(message: &str) -> bool {
    let verbs = ["add", "subtract", "multiply", "divide", "calculate"];
    message
        .strip_prefix("cannot ")
        .is_some_and(|rest| verbs.iter().any(|verb| rest.starts_with(verb)))
}

/// Two kinds of number in one calculation.
fn calculation(error: &Error<'_>) -> Option<Hint> {
    let (left, right) = error.at.operands();
    let mut labels = error.diagnostic.labels();
    let types = labels.find_map(|label| {
        let pair = label.strip_prefix("no implementation for `")?.strip_suffix('`')?;
        let operator = pair
            .split(' ')
            .find(|part| ["+", "-", "*", "/", "%", "+=", "-=", "*=", "/="].contains(part))?;
        pair.split_once(&format!(" {operator} "))
    });
    let Some((first, second)) = types else {
        return beside("both sides of an operator need types that fit");
    };
    let (first_value, second_value) = (first.trim_start_matches('&'), second.trim_start_matches('&'));
    let is_tensor = |kind: &str| kind.rsplit("::").next() == Some("Tensor");
    if !is_number(first_value) || !is_number(second_value) {
        let other = match (is_tensor(first_value), is_tensor(second_value)) {
            (true, false) if is_number(second) => right,
            (false, true) if is_number(first) => left,
            _ => "",
        };
        if !other.is_empty() && !is_whole(other) {
            return alone(format!("a tensor calculates with an `f32`: `{other} as f32`"));
        }
        if second == "{integer}" && is_whole(right) {
            return alone(format!(
                "numbers with a point are wanted: write `{right}.0` for `{right}`"
            ));
        }
        if may_be_missing(first) || may_be_missing(second) {
            return alone("the value may be missing: take it out with `.unwrap()` first");
        }
        return beside("both sides of an operator need types that fit");
    }
    // A number in `[ ]` stays whole.
    if let Some(whole) = right.strip_suffix(".0").filter(|whole| is_whole(whole))
        && error.at.line_before().matches('[').count() > error.at.line_before().matches(']').count()
        && first_value == "usize"
    {
        return alone(format!(
            "an index is a whole number: write `{whole}` for `{right}`"
        ));
    }
    let has_point = |kind: &str| kind == "{float}" || kind.starts_with('f');
    let (value, kind, to) = match (has_point(first_value), has_point(second_value)) {
        (false, true) => (left, first, second_value),
        // Otherwise into the type of the first, which a `let` before it has most often.
        _ => (right, second, first_value),
    };
    let star = if kind.starts_with('&') { "*" } else { "" };
    let to = match to {
        "{float}" => "f32",
        "{integer}" => "i32",
        other => other,
    };
    let rule = match has_point(first_value) == has_point(second_value) {
        true => "different kinds of number do not mix",
        false => "whole numbers and numbers with a point do not mix",
    };
    if is_whole(value) {
        return alone(format!("{rule}: write `{value}.0` for `{value}`"));
    }
    match value {
        "" => alone(format!("{rule}: convert one, as in `x as {to}`")),
        value => alone(format!("{rule}: convert one, `{star}{value} as {to}`")),
    }
}

/// An operator that a type does not have.
fn operator(error: &Error<'_>) -> Option<Hint> {
    let Error { message, named, .. } = *error;
    let operator = error.at.code;
    let names = error.names();
    if names.iter().any(|name| may_be_missing(name)) {
        return alone("the value may be missing: take it out with `.unwrap()` first");
    }
    if operator == "^" {
        return alone(
            "`^` is no power: powers are methods, `x.powi(2)` or `x.powf(0.5)`, of a whole number `x.pow(2)`",
        );
    }
    let text = |name: &&str| ["&str", "String", "str", "char", "std::string::String"].contains(name);
    if names.iter().any(text) {
        return alone(match operator {
            "*" => "text is repeated by a method: `text.repeat(3)`",
            _ => "text is put together by `format!(\"{a}{b}\")`, from values of every kind",
        });
    }
    if message.starts_with("binary operation `==`") || message.starts_with("binary operation `!=`") {
        return derive(error, "PartialEq");
    }
    if named.starts_with(['<', '>']) {
        return beside("compare numbers: many types give theirs by a method, such as `.item()` or `.len()`");
    }
    match names
        .iter()
        .any(|name| name.starts_with("Vec<") || name.starts_with('['))
    {
        true => alone(
            "a list is no number: `.iter().map(|x| x * 2.0)` goes through it, a `Tensor` calculates as a whole",
        ),
        false => None,
    }
}

fn compare(error: &Error<'_>) -> Option<Hint> {
    let names = error.names();
    let behind = |name: &str| name.trim_start_matches('&').to_owned();
    let one_thing = names.iter().all(|name| behind(name) == behind(names[0]));
    match one_thing && names.iter().any(|name| name.starts_with('&')) {
        true => beside("`*` in front takes the value behind a reference"),
        false if names.iter().all(|name| is_number(name)) => calculation_of_comparison(error),
        false => beside("both sides of a comparison have the same type"),
    }
}

fn calculation_of_comparison(error: &Error<'_>) -> Option<Hint> {
    let (_, right) = error.at.operands();
    match is_whole(right) {
        true => alone(format!(
            "both sides need the same kind of number: write `{right}.0` for `{right}`"
        )),
        false => beside("both sides need the same kind of number: convert one with `as`"),
    }
}

fn index(error: &Error<'_>) -> Option<Hint> {
    let names = error.names();
    if names
        .first()
        .is_some_and(|kind| *kind == "str" || kind.ends_with("String"))
    {
        return alone("text has no index: `.chars().nth(0)` gives its first character");
    }
    match error.at.operand() {
        Some(index) if !is_whole(&index) => alone(format!("an index is a `usize`: `{index} as usize`")),
        _ => alone("an index is a `usize`: convert it with `as usize`"),
    }
}

fn print(error: &Error<'_>) -> Option<Hint> {
    let kind = error.named.rsplit("::").next().unwrap_or_default();
    let ability = error.names().get(1).copied().unwrap_or_default();
    let inside = error.at.code.trim_matches(['{', '}']);
    match ability.rsplit("::").next().unwrap_or_default() {
        "Display" if error.at.code.starts_with('{') && !inside.is_empty() && word(inside) == inside => {
            alone(format!("print it with `{{{inside}:?}}`"))
        }
        "Display" => alone("print it with `{:?}`, or write an `impl std::fmt::Display` for it"),
        "Debug" => beside(format!(
            "write `#[derive(Debug)]` above the definition of `{kind}`"
        )),
        _ => None,
    }
}

fn iterate(error: &Error<'_>) -> Option<Hint> {
    if ["&str", "String"].contains(&error.named.rsplit("::").next().unwrap_or_default()) {
        return alone("`for c in text.chars()` goes through the letters of a text");
    }
    if error.named.rsplit("::").next() == Some("Tensor") {
        return alone(
            "`for i in 0..x.shape()[0] { ... }` counts the rows, and `x.rows(i..i + 1)` is one of them",
        );
    }
    if !is_number(error.named) {
        return alone("`for` goes through what is listed: `for x in &list`, or counts: `for i in 0..3`");
    }
    match error.at.operand() {
        Some(count) => alone(format!(
            "`0..{count}` counts up to it; a list stands in brackets, also a list of one: `[{count}]`"
        )),
        None => alone("`0..n` counts up to `n`"),
    }
}

/// What a small number can hold.
fn range(error: &Error<'_>) -> Option<Hint> {
    let kind = error.named;
    let bounds = match kind {
        "u8" => "0 to 255",
        "i8" => "-128 to 127",
        "u16" => "0 to 65535",
        "i16" => "-32768 to 32767",
        "i32" => "numbers up to 2_147_483_647",
        "u32" => "0 to 4_294_967_295",
        _ => return beside("take a larger kind of number, such as `i64` or `f64`"),
    };
    alone(format!(
        "`{kind}` holds {bounds}: take a larger kind, such as `i64`"
    ))
}

fn bounds(error: &Error<'_>) -> Option<Hint> {
    match error.label("attempt to divide") || error.label("remainder") {
        true => beside("whole numbers cannot be divided by 0"),
        false => beside("this line would always panic"),
    }
}
