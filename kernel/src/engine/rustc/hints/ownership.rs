//! Hints for values that were given away, lent, or must not change.

use super::definitions::lacks_clone;
use super::place::{At, word};
use super::{Error, Hint, alone, beside};

/// A hint, if the error is about who owns a value.
pub fn hint(error: &Error<'_>) -> Option<Hint> {
    let named = error.named;
    match error.code {
        "E0382" => given_away(error),
        "E0384" if for_variable(error) => alone(format!(
            "`{named}` is new in each round: count in a variable made with `let mut` before the loop"
        )),
        "E0384" => beside(format!("write `let mut {named}` where the variable is made")),
        "E0594" if error.message.contains("in an index of `HashMap<") => {
            alone("a dictionary gets a value by a method: `map.insert(\"a\", 1)`")
        }
        "E0368" if error.message.contains("to type `&mut ") => {
            beside("`*` in front takes the value behind a reference")
        }
        "E0368" if error.message.contains("to type `&") => {
            alone("this is lent only to look: `for x in &mut list { *x += 1; }` changes the list")
        }
        "E0594" | "E0596" => unchangeable(error),
        "E0502" | "E0499" | "E0506" if in_its_loop(error, named) => growing(),
        "E0502" | "E0499" | "E0506" => {
            let verb = "while something borrows";
            beside(format!(
                "{verb} `{named}`, nothing else may change it: use the borrow for the last time before this line"
            ))
        }
        "E0505" => beside(format!(
            "`{named}` is still borrowed: move it after the last use of the borrow"
        )),
        "E0507" | "E0508" if without_clone(error).is_some() => beside(format!(
            "it belongs to something else: look at it with `&`, or write `#[derive(Clone)]` above the definition of `{}` and take a copy with `.clone()`",
            without_clone(error)?
        )),
        "E0507" | "E0508" => {
            beside("it belongs to something else: look at it with `&`, or take a copy with `.clone()`")
        }
        "E0515" => alone("what a function makes ends with it: give back the value itself, without `&`"),
        "E0106" if error.advice("there is no value for it to be borrowed from") => {
            alone("give back a value of its own: `String` for `&str`, `Vec<f32>` for `&[f32]`")
        }
        "E0106" if error.message.starts_with("missing lifetime specifier") => {
            beside("name what the borrow is taken from: each `'a` marks the same one")
        }
        "E0597" | "E0373" | "E0521" if error.at.before.contains("spawn(") => {
            alone("a thread needs values of its own: `move ||`, with a clone of what you still need")
        }
        "E0597" => beside(format!(
            "`{named}` ends at its closing brace: make it before the block in which it is borrowed"
        )),
        "E0716" => beside("a value without a name ends with its line: give it a name with `let` first"),
        "E0373" => beside("`move` gives the closure what it uses"),
        "E0381" => alone(format!("give `{named}` a value first")),
        _ => None,
    }
}

/// A value was used after it had gone to someone else.
fn given_away(error: &Error<'_>) -> Option<Hint> {
    let name = error.names().last().copied().unwrap_or_default();
    if in_its_loop(error, name) {
        return growing();
    }
    if error.label("implicit call to `.into_iter()`") {
        return beside(format!(
            "`for` takes the whole list: lend it with `for ... in &{name}`, and it is still there behind the loop"
        ));
    }
    if error.label("into closure here") {
        return beside(format!(
            "the closure has taken `{name}`: give it a copy, made before with `let copy = {name}.clone();`"
        ));
    }
    // What cannot be copied is no choice for now.
    let copy = match without_clone(error) {
        Some(kind) => format!("write `#[derive(Clone)]` above the definition of `{kind}` and "),
        None => String::new(),
    };
    if error.label("in previous iteration of loop") {
        return beside(format!(
            "the first round gives `{name}` away, so the second has none: lend it with `&{name}`, or {copy}give a copy with `{name}.clone()`"
        ));
    }
    let added = error.at.before.split_once(&format!("{name}.add("));
    if added.is_some_and(|(_, layer)| layer.starts_with(|c: char| c.is_uppercase())) {
        return alone(format!(
            "`add` gives back the model with its layer: `let {name} = {name}.add(...);`"
        ));
    }
    if error.label("due to this method call") {
        return beside(format!(
            "this method takes `{name}`: {copy}call it on a copy, `{name}.clone()`"
        ));
    }
    beside(format!(
        "a value has one owner: lend it with `&{name}`, or {copy}give a copy with `{name}.clone()`"
    ))
}

/// The type of the value that moves, if it is one of the person's that cannot be cloned.
fn without_clone<'a>(error: &Error<'a>) -> Option<&'a str> {
    // For a variable of an earlier cell, which no line of this one makes, it is a remark.
    let remarks = error
        .diagnostic
        .children
        .iter()
        .map(|advice| advice.message.as_str());
    let mut texts = error.diagnostic.labels().chain(remarks);
    let text = texts.find(|text| text.starts_with("move occurs"))?;
    let kind = text.split_once("has type `")?.1.split('`').next()?;
    let kind = kind.rsplit("::").next()?;
    (word(kind) == kind && lacks_clone(error, kind)).then_some(kind)
}

/// Whether the place is in the body of the `for` that goes through this list.
fn in_its_loop(error: &Error<'_>, name: &str) -> bool {
    let before = error.at.before;
    let heads = [
        format!(" in {name} {{"),
        format!(" in &{name} {{"),
        format!(" in {name}.iter() {{"),
    ];
    heads.iter().filter_map(|head| before.rfind(head)).any(|at| {
        let body = &before[at..];
        body.matches('{').count() > body.matches('}').count()
    })
}

/// A list changes while a loop goes through it.
fn growing() -> Option<Hint> {
    alone("a list cannot change while `for` goes through it: collect what is new in another list")
}

/// Something changes that was not declared so.
fn unchangeable(error: &Error<'_>) -> Option<Hint> {
    if !error.message.ends_with("not declared as mutable") {
        return match error.message.contains("behind a `&` reference") {
            true => beside("`&` lends only to look; `&mut` lends to change"),
            false => beside("only what is made with `let mut` or lent with `&mut` can be changed"),
        };
    }
    let variable = error.message.rsplit('`').nth(1).unwrap_or_default();
    let variable = variable.split('.').next().unwrap_or_default();
    if error.suggested || !is_plain(variable) {
        return beside(format!("write `mut` where `{variable}` is made"));
    }
    // It comes from an earlier cell.
    alone(format!(
        "write `let mut {variable}` in the cell that makes it, or `let mut {variable} = {variable};` above this line"
    ))
}

/// Whether the compiler would have a loop's variable made `mut`, which changes nothing beyond the round.
fn for_variable(error: &Error<'_>) -> bool {
    let At { before, .. } = error.at;
    let made = error.diagnostic.spans.iter().any(|span| {
        span.label
            .as_deref()
            .is_some_and(|label| label.starts_with("first assignment"))
    });
    made && before.contains(&format!("for {} in", error.named))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && word(name) == name
}
