//! Hints for a type that is not the one that is wanted, or that nobody can tell.

use super::place::{is_whole, operand, word};
use super::{Error, Hint, alone, beside};

/// A hint, if the error is about types that do not match.
pub fn hint(error: &Error<'_>) -> Option<Hint> {
    match error.code {
        "E0308" => mismatch(error),
        "E0317" => beside("without `else` there is no value if the condition is false: add `else { ... }`"),
        "E0282" | "E0283" | "E0284" => unknown(error),
        "E0061" | "E0057" => arguments(error),
        "E0004" => beside("every case needs an arm: `_ => ...` stands for all that are left"),
        "E0107" if error.message.starts_with("missing generics for") => {
            alone(format!("say of what, in `< >`: {}", example(error.message)))
        }
        "E0605" => cast(error),
        "E0606" if error.message.contains("str` as") => cast(error),
        "E0606" if error.message.contains("`&") => {
            let value = error.at.code.split(" as ").next().and_then(operand);
            alone(match value {
                Some(value) => format!("`*` takes the value behind a reference: `*{value} as ...`"),
                None => "`*` takes the value behind a reference".to_owned(),
            })
        }
        "E0604" => alone("a number becomes a letter by `char::from(65_u8)`"),
        "E0600" if error.at.code.strip_prefix('-').is_some_and(is_whole) => {
            alone("a number without a sign cannot be below 0: take `i32` or `i64`")
        }
        "E0600" if error.message.contains('-') => {
            alone("a number without a sign, such as `usize`, has no minus: convert it first, `-(x as i64)`")
        }
        "E0600" => beside("`!` turns `true` and `false` around; compare numbers, as in `x == 0`"),
        "E0618" if error.names().last().is_some_and(|kind| is_number(kind)) => {
            alone("a number is no function; multiplication is written with `*`")
        }
        "E0618" => alone("only functions and closures are called with `( )`; a list is asked with `[ ]`"),
        "E0608"
            if error.message.contains("Split")
                || error.message.contains("Iter")
                || error.message.contains("Chars") =>
        {
            alone(
                "this goes through the parts and is no list: `.nth(0)` takes one, `.collect::<Vec<_>>()` makes a list",
            )
        }
        "E0608" if error.message.contains("Range") => {
            alone("a range is no list: `.collect::<Vec<_>>()` makes one of it")
        }
        "E0608" if error.named.starts_with('(') => beside("the parts of a tuple are `t.0`, `t.1` and so on"),
        "E0608" => beside("this type has no `[ ]`: look for a method, such as `.at([0, 1])`"),
        "E0070" => beside("only a variable, a field or an element of a list can get a value"),
        "E0614" => beside("only a reference has `*` in front: leave it out"),
        _ => None,
    }
}

/// One type is wanted, and another is there.
fn mismatch(error: &Error<'_>) -> Option<Hint> {
    if error.message.contains("have incompatible types") {
        return beside("all ways give the same kind of value, since the whole has one type");
    }
    let labels = error.diagnostic.labels();
    let types = labels.filter_map(|label| label.strip_prefix("expected ")?.split_once(", found "));
    let Some((expected, found)) = types.last() else {
        return error
            .label("types differ in mutability")
            .then(|| beside("`&mut` in front lends it so that it can be changed"))?;
    };
    let (expected, found) = (plain(expected), plain(found));
    let code = error.at.code;
    if expected == "bool" {
        return match error.suggested || code.contains('=') {
            true => beside("`=` gives a value to a variable, `==` compares"),
            false if !is_number(found) => match ["Vec<", "&str", "String"]
                .iter()
                .any(|kind| found.starts_with(kind))
            {
                true => alone(format!(
                    "a condition is `true` or `false`: `!{code}.is_empty()` asks whether there is something in it"
                )),
                false => alone("a condition is `true` or `false`: compare, as in `x > 0`"),
            },
            false => {
                let code = code.trim_start_matches('!');
                let value = operand(code).unwrap_or_else(|| "x".to_owned());
                alone(format!(
                    "a condition is `true` or `false`: compare, as in `{value} > 0`"
                ))
            }
        };
    }
    if found == "()" {
        return beside("a block gives back its last line, if no `;` stands behind it");
    }
    if expected == "()" {
        return beside("what gives back a value says so: `-> f32` behind the parentheses of a `fn`");
    }
    if may_be_missing(found) && !expected.starts_with(&found[..7]) {
        let what = match found.starts_with("Option<") {
            true => {
                "the value may be missing: `.unwrap()` takes it out, `if let Some(x) = ... { }` asks first"
            }
            false => "this may have failed: `?` behind it takes the value out",
        };
        return alone(what);
    }
    if is_number(expected) && is_number(found) {
        if error.label("expected because this is") {
            let other = error.at.operand_before();
            let wanted = typed(found);
            return match is_whole(code) {
                true => beside(format!(
                    "both sides need the same kind of number: write `{code}.0` for `{code}`"
                )),
                false => alone(format!(
                    "both sides need the same kind of number: `{other} as {wanted}`"
                )),
            };
        }
        return number(error, expected, found);
    }
    if expected == "String" && found == "&str" {
        return beside("text in `\"\"` is a `&str`: `.to_string()` makes a `String` of it");
    }
    if expected == "String" && is_number(found) {
        return beside("`.to_string()` writes a number as text");
    }
    if is_number(expected) && is_words(code) {
        return beside("a number is wanted here, and this is text");
    }
    if expected == "&str" && is_number(found) && error.at.line_before().ends_with("+ ") {
        return alone(
            "`.trim().parse::<i32>()?` reads the number in a text; `format!(\"{a}{b}\")` puts text together",
        );
    }
    if expected == "&str" && is_number(found) {
        return alone("text is put together by `format!(\"{a}{b}\")`, from values of every kind");
    }
    if is_number(found) && expected.starts_with('&') && !error.suggested {
        let stars = "*".repeat(expected.matches('&').count());
        return alone(format!(
            "the other side is a reference: `{stars}x` is the value behind a reference `x`"
        ));
    }
    if error.at.line_before().contains("tensor![") && expected.starts_with("an array with") {
        return alone("all rows of a tensor have the same length");
    }
    if base(expected) == "Fit" {
        return alone("how long to train is said by `Fit::epochs(5)`");
    }
    if expected == "ActivationFunction" {
        return alone("an activation is a name without quotes, such as `ReLU` or `Sigmoid`");
    }
    if expected == "&Tensor" && found.trim_start_matches('&') == "Dataset" {
        return alone(format!(
            "the inputs of a data set are `&{}.x`",
            code.trim_start_matches('&')
        ));
    }
    if is_number(expected) && found == "Tensor" {
        let value = operand(code).unwrap_or_else(|| "x".to_owned());
        let rest = match expected {
            "f32" => String::new(),
            other => format!(" as {}", typed(other)),
        };
        return alone(format!(
            "`.item()` takes the number out of a tensor that has one: `{value}.item(){rest}`"
        ));
    }
    if found.starts_with("(_, ") && error.at.line_before().starts_with("let ") {
        return alone(match expected {
            "Dataset" => "this gives one data set: `let (train, test) = data.split(0.8);` makes two of it",
            _ => "the parentheses name the parts of a tuple, and this gives one value",
        });
    }
    if expected.starts_with("an array with") {
        return alone("the type says how many elements there are: `[f32; 3]` has three");
    }
    if expected.starts_with("&mut ") {
        return beside("`&mut` in front lends it so that it can be changed");
    }
    if is_number(expected) && (found == "&str" || found == "String") {
        return alone(format!(
            "`.parse::<{}>()?` reads a number in text",
            typed(expected)
        ));
    }
    if expected == "str" {
        return alone("text that is looked at has the type `&str`, text of its own `String`");
    }
    let lent = |kind: &str| {
        let kind = kind.trim_start_matches("mut ").trim_start_matches('[');
        base(kind) == base(found) || (kind, found) == ("str", "String")
    };
    if expected.strip_prefix('&').is_some_and(lent) {
        return beside("a value is lent with `&` in front");
    }
    if found.strip_prefix('&') == Some(expected) {
        return beside(match is_number(expected) {
            true => "`*` in front takes the value behind a reference",
            false if error.suggested => "this is lent, and a value of its own is wanted: make a copy",
            false => "this is lent, and a value of its own is wanted: `.clone()` makes a copy",
        });
    }
    if expected.starts_with("Range<") {
        return alone("a range is written `0..3`: from 0 up to 2");
    }
    if found.starts_with("(_, ") || error.at.line_before().starts_with("for ") && code.starts_with('(') {
        return beside("each round gives one value: `.iter().enumerate()` gives its number and the value");
    }
    if is_number(expected) && !error.suggested && !found.starts_with('(') {
        return beside("many types give a number by a method, such as `.item()` or `.len()`");
    }
    None
}

/// Two kinds of number.
fn number(error: &Error<'_>, expected: &str, found: &str) -> Option<Hint> {
    let code = error.at.code;
    let wanted = typed(expected);
    let value = operand(code);
    if (expected, found) == ("f32", "f64") {
        return match value.filter(|value| word(value) == value) {
            Some(name) => alone(format!(
                "a number with a point is an `f64` unless it is told: `let {name}: f32 = 0.1;`, or convert with `{name} as f32`"
            )),
            None => alone("a number with a point is an `f64` unless it is told: convert with `as f32`"),
        };
    }
    if found == "integer" && error.suggested {
        return beside(match error.several {
            true => "numbers with a point are wanted: write the points",
            false => "a number with a point is wanted: write the point",
        });
    }
    if let Some(whole) = code
        .strip_suffix(".0")
        .filter(|whole| is_whole(whole) && !expected.starts_with('f'))
    {
        return alone(format!("a whole number is wanted: `{whole}`"));
    }
    match value {
        Some(_) if found == "integer" && code.contains('/') => {
            alone("numbers with a point are wanted: write `2.0` for `2`, in each of them")
        }
        Some(value) if found == "integer" && !is_whole(code) => alone(format!(
            "numbers with a point are wanted: write `2.0` for `2` in each of them, or convert with `{value} as {wanted}`"
        )),
        Some(value)
            if found == "floating-point number" || found.starts_with('f') && !expected.starts_with('f') =>
        {
            alone(format!(
                "`{value} as {wanted}` makes it whole and drops what is behind the point"
            ))
        }
        Some(value) => alone(format!("numbers are converted by `as`: `{value} as {wanted}`")),
        None => alone(format!("numbers are converted by `as`: `... as {wanted}`")),
    }
}

/// Nobody can tell the type.
fn unknown(error: &Error<'_>) -> Option<Hint> {
    let code = error.at.line_after();
    let line = format!("{}{code}", error.at.line_before());
    let has = |call: &str| line.contains(call);
    if has(".parse()") {
        alone("say what to read: `.parse::<f32>()`")
    } else if has(".sum()") {
        alone(match has("f64") {
            true => "say which kind of number the sum is: `.sum::<f64>()`",
            false => "say which kind of number the sum is: `.sum::<f32>()`, of whole numbers `.sum::<i32>()`",
        })
    } else if has(".product()") {
        alone("say which kind of number the product is: `.product::<f32>()`")
    } else if has(".collect()") {
        beside("say what to collect into: `.collect::<Vec<_>>()` makes a list")
    } else if has("None") {
        alone("say what may be missing: `let name: Option<f32> = None;`")
    } else if has("Vec::new()") || has("vec![]") {
        alone("say what the list is to hold: `let list: Vec<f32> = Vec::new();`")
    } else if has("HashMap::new()") && has("\"] =") {
        alone("a dictionary gets a value by a method: `map.insert(\"a\", 1)`")
    } else if has("HashMap::new()") {
        alone("say what it is to hold: `let map: HashMap<String, f32> = HashMap::new();`")
    } else {
        match error.at.before.ends_with(['|', ',']) || error.at.before.ends_with(", ") {
            true => beside("say which type the argument has: `|x: f32| ...`"),
            false => beside("say which type is meant, behind a colon: `let name: f32 = ...`"),
        }
    }
}

/// Too few arguments, or too many.
fn arguments(error: &Error<'_>) -> Option<Hint> {
    let missing = error
        .diagnostic
        .labels()
        .find_map(|label| label.split_once(" of type ")?.1.strip_suffix(" is missing"));
    if let Some(kind) = missing {
        return alone(format!(
            "one more is wanted between the parentheses: a value of type {kind}"
        ));
    }
    if error.label("unexpected argument") && ["sum", "mean", "max"].contains(&error.at.code) {
        return alone(format!("along one axis it is `.{}_axis(0)`", error.at.code));
    }
    if error.label("of type `ActivationFunction`") {
        return alone("an activation is added behind it: `Dense::new(3).activation(ReLU)`");
    }
    if error.label("unexpected argument") {
        return beside("leave out what the function does not ask for");
    }
    alone("count the arguments: a function takes exactly those of its definition")
}

/// `as` between types for which it is not made.
fn cast(error: &Error<'_>) -> Option<Hint> {
    let names = error.names();
    let (from, to) = (
        names.first().copied().unwrap_or_default(),
        names.get(1).copied().unwrap_or_default(),
    );
    if is_number(to) && (from.ends_with("str") || from.ends_with("String")) {
        alone(format!(
            "`as` converts numbers only: `.parse::<{to}>()?` reads one in text"
        ))
    } else if to.ends_with("String") || to == "&str" {
        alone("`as` converts numbers only: `.to_string()` makes text")
    } else {
        beside("`as` converts numbers only: many types give one by a method, such as `.item()` or `.len()`")
    }
}

fn example(message: &str) -> &'static str {
    match message {
        _ if message.contains("HashMap") => "`HashMap<String, f32>`",
        _ if message.contains("Option") => "`Option<f32>`",
        _ if message.contains("Result") => "`Result<f32, String>`",
        _ => "`Vec<f32>`",
    }
}

/// A type as the compiler writes it in a label, without the quotes.
fn plain(written: &str) -> &str {
    let written = written.trim_start_matches("reference ");
    written.trim_matches('`')
}

/// Whether a place holds text that is no number.
fn is_words(code: &str) -> bool {
    code.starts_with('"') && code.trim_matches('"').parse::<f64>().is_err()
}

/// The name of a type, without what stands in `< >`.
fn base(written: &str) -> &str {
    written.split('<').next().unwrap_or_default()
}

fn typed(written: &str) -> &str {
    match written {
        "integer" => "i32",
        "floating-point number" => "f32",
        other => other,
    }
}

/// Whether a type has its value only in the good case.
pub fn may_be_missing(written: &str) -> bool {
    written.starts_with("Option<") || written.starts_with("Result<")
}

/// Whether this names a kind of number.
pub fn is_number(written: &str) -> bool {
    let names = [
        "integer",
        "floating-point number",
        "{integer}",
        "{float}",
        "f32",
        "f64",
        "i8",
        "i16",
        "i32",
        "i64",
        "i128",
        "isize",
        "u8",
        "u16",
        "u32",
        "u64",
        "u128",
        "usize",
    ];
    names.contains(&written)
}
