//! Hints for names that nobody knows: the nearest one, or where it is to be had.

use super::definitions::{fields, listed, members};
use super::place::{head, in_name, is_whole, word};
use super::types::may_be_missing;
use super::{Error, Hint, alone, beside};

/// Names that are no variables any more, and crates that are not there.
pub fn lost(error: &Error<'_>) -> Option<Hint> {
    if ["E0412", "E0422", "E0423", "E0425", "E0433", "E0574"].contains(&error.code)
        && let Some(why) = error.known.lost.get(error.named)
    {
        return alone(format!("`{}` {why}", error.named));
    }
    match error.at.first_word() {
        "use" => unlinked(error),
        _ => None,
    }
}

/// A name that is like no other.
fn nowhere(error: &Error<'_>) -> Option<Hint> {
    let named = error.named;
    let kinds = ["cannot find value", "cannot find function", "cannot find type"];
    let plain =
        error.message.ends_with("in this scope") && kinds.iter().any(|kind| error.message.starts_with(kind));
    if let Some(module) = error.message.rsplit_once(" in module `") {
        let kind = module.1.trim_end_matches('`');
        return alone(format!(
            "`{kind}` in small letters is a module; its types begin with a capital letter, as in `Tensor::zeros`"
        ));
    }
    plain.then(|| {
        alone(format!(
            "nothing is called `{named}` so far: is it written right, and has the cell that makes it run?"
        ))
    })?
}

/// A crate that is not there.
fn unlinked(error: &Error<'_>) -> Option<Hint> {
    if !error.label("unlinked crate") {
        return None;
    }
    match error.at.first_word() {
        "use" => alone("`:dep NAME = \"VERSION\"` on a line of its own brings in a crate from crates.io"),
        _ => alone(
            "types begin with a capital letter, as in `Tensor::zeros`; a crate is brought in by `:dep NAME = \"VERSION\"`",
        ),
    }
}

/// How a tensor is made.
const TENSOR: &str =
    "`tensor![[1.0, 2.0], [3.0, 4.0]]` makes a tensor of numbers, `Tensor::zeros([2, 3])` one of a shape";

/// A hint, if the error is about a name.
pub fn hint(error: &Error<'_>) -> Option<Hint> {
    let Error { code, named, .. } = *error;
    let unknown = ["E0405", "E0412", "E0422", "E0425", "E0432", "E0433", "E0404"].contains(&code)
        || error.message.starts_with("cannot find macro");
    if let Some(path) = import(error).filter(|_| unknown || code == "E0599") {
        return alone(format!("bring it in first: `{path}`"));
    }
    // Before what the compiler offers: a name of the library that is written nearly so.
    if let Some(hint) = out_of_sight(error).filter(|_| code == "E0425" && !error.advice("available field")) {
        return Some(hint);
    }
    match code {
        "E0432" if error.label(" in `std`") => standard(error),
        _ if unknown && (!error.suggested || not_callable(error)) => variant(error)
            .or_else(|| nearest(error))
            .or_else(|| method_call(error))
            .or_else(|| unlinked(error))
            .or_else(|| nowhere(error)),
        "E0599" | "E0689" if is_root_or_the_like(named) && whole(error) => {
            let number = number(error);
            let arguments = if error.at.after.contains("()") {
                "()"
            } else {
                "(...)"
            };
            match is_whole(&number) {
                _ if named == "powi" => alone("powers of whole numbers are written `.pow(2)`"),
                true => alone(format!(
                    "whole numbers lack this method: write `{number}.0_f32` for `{number}`"
                )),
                false => alone(format!(
                    "whole numbers lack this method: `({number} as f32).{named}{arguments}`"
                )),
            }
        }
        "E0689" if error.message.contains("`{float}`") => {
            beside("say which kind of number it is: `f32` or `f64`")
        }
        "E0689" => beside("say which kind of number it is, such as `i32`"),
        "E0599"
            if ["push", "append", "pop", "insert"].contains(&named)
                && error.message.contains("found for array") =>
        {
            alone("an array keeps its length: `let mut list = vec![1, 2]` can grow, by `list.push(3)`")
        }
        "E0599" if error.advice("exists on the type") && error.message.contains("`Result<") => {
            alone("this may have failed: `?` behind it takes the value out")
        }
        "E0624" | "E0599" if error.advice("exists on the type") => {
            alone("the value may be missing: take it out with `.unwrap()` first")
        }
        "E0599" if error.names().last().is_some_and(|kind| may_be_missing(kind)) => {
            beside("this is what is inside only after `.unwrap()` or `?`: the value may be missing")
        }
        "E0599" if error.label("field, not a method") && !error.label("private field") => {
            alone("it is a field: leave out the parentheses")
        }
        "E0599" if error.message.starts_with("no method named `clone`") => derive(error, "Clone"),
        "E0599" if named == "new" && error.message.contains("Tensor`") => alone(TENSOR),
        "E0423" if named == "Tensor" || error.at.after.starts_with("Tensor(") => alone(TENSOR),
        "E0423" if error.at.after.starts_with("Sequential(") => {
            alone("a network is made by `Sequential::new([2]).add(Dense::new(1))`")
        }
        "E0599" if named == "new" && error.message.starts_with("no function") => {
            let kind = error.names().last().copied().unwrap_or_default();
            if let Some((_, kind)) = kind.rsplit_once("::") {
                return alone(format!("press Tab behind `{kind}::`: it shows how one is made"));
            }
            alone(format!(
                "make one with `{kind} {{ field: value }}`, or write `fn new` in an `impl {kind}`"
            ))
        }
        "E0599" if error.message.starts_with("no method") && !error.suggested => {
            beside("press Tab behind the point: it shows what there is")
        }
        "E0599" if error.message.starts_with("no variant") && !error.suggested => {
            match members(error, "enum ", error.names().last().copied().unwrap_or_default()) {
                Some((kind, names)) => beside(format!("`{kind}` is one of {}", listed(&names))),
                None => beside("take one of the names in the definition of the `enum`"),
            }
        }
        "E0609" if ["length", "size", "count"].contains(&named) => alone("the length is a method: `.len()`"),
        "E0609" | "E0560" if fields(error).is_some() => alone(fields(error)?),
        "E0609" if !error.suggested => beside("press Tab behind the point: it shows what there is"),
        "E0610" => beside("a plain number has no fields: its methods are called with parentheses, `x.abs()`"),
        "E0615" => beside(format!("call it: `.{named}()`")),
        "E0616" if named == "len" => alone("call it: `.len()`"),
        "E0616" | "E0451" | "E0603" => {
            beside("it is kept private: look for a method or a function that does the same")
        }
        "E0063" => beside("give every field a value"),
        "E0560" if !error.suggested => beside("take the names of the fields from the definition"),
        "E0428" => beside("one cell defines a name once: delete or rename one of the two"),
        "E0424" => {
            alone("`self` is there only in functions of an `impl` that have it as their first argument")
        }
        _ => None,
    }
}

/// For a call such as `sqrt(x)`: what it is if it is a method.
fn method_call(error: &Error<'_>) -> Option<Hint> {
    let at = error.at;
    if !error.message.starts_with("cannot find function") || at.before.ends_with("::") {
        return None;
    }
    let function = word(at.after);
    let common = [
        "len",
        "abs",
        "shape",
        "sigmoid",
        "relu",
        "softmax",
        "square",
        "transpose",
    ];
    let allowed = (function.chars().count() / 3).max(1);
    let near = |name: &&str| strsim::osa_distance(name, function) <= allowed;
    let roots = ROOTS.iter().chain(&common).copied();
    let function = match is_root_or_the_like(function) || common.contains(&function) {
        true => function,
        false if function.len() > 3 => roots
            .filter(near)
            .min_by_key(|name| strsim::osa_distance(name, function))?,
        false => return None,
    };
    let argument = at.after[word(at.after).len()..]
        .strip_prefix('(')?
        .trim_start_matches('&');
    let value = head(argument);
    if !argument[value.len()..].starts_with(')') || !value.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    match value.starts_with(|c: char| c.is_ascii_digit()) && value.parse::<f32>().is_ok() {
        true if !is_root_or_the_like(function) && function != "abs" => alone(format!(
            "a `Tensor` has this as a method: `tensor![{value}].{function}()`"
        )),
        true => alone(format!("if it is a method, write `{value}_f32.{function}()`")),
        false => alone(format!("if it is a method, write `{value}.{function}()`")),
    }
}

/// A variable that is there, but not at this place.
fn out_of_sight(error: &Error<'_>) -> Option<Hint> {
    let named = error.named;
    if !error.message.starts_with("cannot find value") || !error.known.names.contains(&named) {
        return None;
    }
    let before = error.at.before;
    let function = before.rfind("fn ").map_or("", |at| &before[at..]);
    match function.matches('{').count() > function.matches('}').count() {
        true => alone(format!(
            "a `fn` does not see the variables around it: hand `{named}` over as an argument"
        )),
        false => alone(format!(
            "`{named}` is made in another place: a line sees what stands above it in its block"
        )),
    }
}

/// For `Red`: that it is written `Color::Red`.
fn variant(error: &Error<'_>) -> Option<Hint> {
    let named = error.named;
    let texts = [error.at.before, error.at.after];
    let mut enums = texts
        .iter()
        .chain(&error.known.items)
        .flat_map(|text| text.split("enum ").skip(1));
    let found = enums.find_map(|text| {
        let (name, rest) = text.split_once('{')?;
        let (body, _) = rest.split_once('}')?;
        let mut names = body.split(|c| !in_name(c));
        names.any(|name| name == named).then(|| word(name.trim()))
    })?;
    alone(format!("name its type too: `{found}::{named}`"))
}

/// The module of the standard library that is written most like an unknown one.
fn standard(error: &Error<'_>) -> Option<Hint> {
    let modules = [
        "collections",
        "io",
        "fs",
        "time",
        "thread",
        "rc",
        "cell",
        "sync",
        "env",
        "path",
        "fmt",
        "ops",
        "cmp",
        "iter",
        "process",
    ];
    let named = error.at.code;
    let (distance, module) = modules
        .iter()
        .map(|name| (strsim::osa_distance(name, named), name))
        .min()?;
    (distance <= 2).then(|| alone(format!("did you mean `{module}`?")))?
}

/// Whether the compiler would have a person call what is no function.
fn not_callable(error: &Error<'_>) -> bool {
    error.message.starts_with("cannot find function")
        && ["unit struct", "unit variant", "constant", "static"]
            .iter()
            .any(|kind| error.advice(&format!("a {kind} with a similar name exists")))
}

/// The name of this session that is written most like an unknown one.
fn nearest(error: &Error<'_>) -> Option<Hint> {
    let named = error.named;
    if error.message.contains(" in module `") {
        return None;
    }
    let allowed = (named.chars().count() / 3).max(1);
    let distance = |name: &str| match name.eq_ignore_ascii_case(named) {
        true => 0,
        false => strsim::osa_distance(name, named),
    };
    let found = error
        .known
        .names
        .iter()
        .filter(|name| **name != named && name.chars().count() > 2)
        .map(|name| (distance(name), *name))
        .min()?;
    let (distance, name) = found;
    (distance <= allowed).then(|| alone(format!("did you mean `{name}`?")))?
}

/// The `use` that the compiler would add; it stands at the top of our file, where no cell shows it.
fn import<'a>(error: &Error<'a>) -> Option<&'a str> {
    // What a beginner means by a small name is rarely the function of that name somewhere in the library.
    let unlikely = ["cannot find value", "cannot find function"];
    if unlikely.iter().any(|start| error.message.starts_with(start)) {
        return None;
    }
    let diagnostic = error.diagnostic;
    let written = diagnostic.children.iter().flat_map(|advice| &advice.spans);
    let mut paths = written.filter_map(|span| span.replacement.as_deref().map(str::trim));
    paths.find(|path| path.starts_with("use std::"))
}

/// Methods that only numbers with a point have.
const ROOTS: [&str; 18] = [
    "sqrt", "exp", "ln", "log", "log2", "log10", "sin", "cos", "tan", "tanh", "powf", "powi", "floor",
    "ceil", "round", "recip", "cbrt", "exp2",
];

fn is_root_or_the_like(name: &str) -> bool {
    ROOTS.contains(&name)
}

/// Whether a method was called on a whole number.
fn whole(error: &Error<'_>) -> bool {
    let kind = error.names().last().copied().unwrap_or_default();
    kind == "{integer}" || kind.starts_with(['i', 'u']) && kind[1..].parse::<u8>().is_ok() || kind == "usize"
}

/// The number on which a method was called, as it is written.
fn number(error: &Error<'_>) -> String {
    match error.at.operand_before().trim_end_matches('.') {
        "" => "x".to_owned(),
        value => value.to_owned(),
    }
}

/// What to write so that a type of the person's can do something.
pub fn derive(error: &Error<'_>, what: &str) -> Option<Hint> {
    let kind = error.names().last().copied().unwrap_or_default();
    beside(format!(
        "write `#[derive({what})]` above the definition of `{kind}`"
    ))
}
