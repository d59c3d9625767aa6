//! Plain words for the errors that beginners meet most: what to write instead, with the names of their own code.
//!
//! One hint for an error. Where the compiler can show the change in the person's own line, the hint stands over it; where its
//! idea would lead a beginner astray, the hint stands alone. The errors of a running cell are `panics`' matter.

mod advice;
mod definitions;
mod habits;
mod names;
mod ownership;
pub mod panics;
mod place;
mod training;
mod types;
mod values;

use std::collections::HashMap;

pub use advice::{label, title, worth_showing};
pub use place::{At, is_whole, word};

use super::compile::Diagnostic;

/// What the compiler would have a cell return.
pub const CELL_VALUE: &str = " Ok(())";

/// What the session knows that the compiler does not.
pub struct Known<'a> {
    /// Variables that lived only in an earlier cell or were given away, and why.
    pub lost: &'a HashMap<String, String>,
    /// The names of variables and items of earlier cells.
    pub names: Vec<&'a str>,
    /// The text of those items.
    pub items: Vec<&'a str>,
}

/// What to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The words.
    pub text: String,
    /// Whether the compiler's own ideas would only distract from them.
    pub alone: bool,
}

/// A hint that stands over the change which the compiler would make, if it shows one.
fn beside(text: impl Into<String>) -> Option<Hint> {
    let text = text.into();
    Some(Hint { text, alone: false })
}

/// A hint that replaces what the compiler would say.
fn alone(text: impl Into<String>) -> Option<Hint> {
    let text = text.into();
    Some(Hint { text, alone: true })
}

/// An error as the hints look at it.
struct Error<'a> {
    /// The whole.
    diagnostic: &'a Diagnostic,
    /// The message.
    message: &'a str,
    /// `E0382`, or nothing.
    code: &'a str,
    /// What the message names first.
    named: &'a str,
    /// Where it is.
    at: At<'a>,
    /// Whether the compiler shows how to write it right.
    suggested: bool,
    /// Whether it shows that in several places.
    several: bool,
    /// The session.
    known: &'a Known<'a>,
}

impl Error<'_> {
    fn label(&self, part: &str) -> bool {
        self.diagnostic.labels().any(|label| label.contains(part))
    }

    fn advice(&self, part: &str) -> bool {
        let mut advice = self.diagnostic.children.iter();
        advice.any(|advice| advice.message.contains(part))
    }

    /// What the message names, in its order.
    fn names(&self) -> Vec<&str> {
        self.message.split('`').skip(1).step_by(2).collect()
    }
}

/// A hint for an error, if there is one to give that its text does not already hold. `changes`: in how many places the compiler shows
/// how to write it right.
pub fn hint(diagnostic: &Diagnostic, at: At<'_>, changes: usize, known: &Known<'_>) -> Option<Hint> {
    let message = diagnostic.message.as_str();
    let error = Error {
        diagnostic,
        message,
        code: diagnostic.code.as_deref().unwrap_or_default(),
        named: message.split('`').nth(1).unwrap_or_default(),
        at,
        suggested: changes > 0,
        several: changes > 1,
        known,
    };
    names::lost(&error)
        .or_else(|| leaving(&error))
        .or_else(|| habits::hint(&error))
        .or_else(|| training::hint(&error))
        .or_else(|| names::hint(&error))
        .or_else(|| ownership::hint(&error))
        .or_else(|| types::hint(&error))
        .or_else(|| values::hint(&error))
        .or_else(|| grammar(&error))
}

/// `return`, `break` and `?` where there is nothing to leave.
fn leaving(error: &Error<'_>) -> Option<Hint> {
    match error.code {
        "E0069" | "E0308" if leaves_the_cell(error.diagnostic) => {
            alone("a cell is no function, so `return` has nowhere to go: put the code into a `fn`")
        }
        "E0267" | "E0268" => alone("`break` and `continue` work inside a loop"),
        "E0277"
            if error
                .message
                .contains("`?` operator can only be used on `Result`s") =>
        {
            alone("turn a missing value into an error first: `.ok_or(\"what is missing\")?`")
        }
        "E0277" if error.message.contains("`?` operator can only be used in") => alone(
            "a function that uses `?` gives back a `Result`: `fn name() -> Result<(), Box<dyn std::error::Error>> { ...; Ok(()) }`",
        ),
        "E0277" if error.message.contains("the `?` operator can only be applied to") => {
            alone("`?` takes the value out of a `Result`; this has none, so leave it out")
        }
        _ => None,
    }
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

/// Text that is no Rust at all.
fn grammar(error: &Error<'_>) -> Option<Hint> {
    let message = error.message;
    let wanted = message.split(", found").next().unwrap_or_default();
    match error.code {
        "" if message.starts_with("expected identifier") && error.label("while parsing this struct") => {
            beside("each field is given by its name: `Name { x: 1.0 }`")
        }
        "" if message.contains("positional argument") => {
            beside("each `{}` stands for one value: `println!(\"{} {}\", a, b)`")
        }
        "" if message.starts_with("unknown format trait `f`") => {
            beside("digits behind the point are written without a letter: `{:.2}`")
        }
        "" if message.starts_with("no rules expected") && error.at.line_before().contains("tensor!") => {
            alone("a tensor is written in rows: `tensor![[1.0, 2.0], [3.0, 4.0]]`")
        }
        "" if message.starts_with("invalid format string") && calculated(error).is_some() => {
            alone(calculated(error)?)
        }
        "" if message.starts_with("invalid format string") && !message.ends_with("found `[`") => {
            beside("every `{` in the text needs its `}`")
        }
        "" if message.contains("never used") && message.contains("argument") => {
            beside("each value needs a `{}` in the text")
        }
        "" if message.starts_with("expected expression, found") => missing_value(error),
        "" if message.starts_with("keyword `catch`") => {
            alone("what may fail gives a `Result`: `match result { Ok(x) => ..., Err(error) => ... }`")
        }
        "" if message.starts_with("expected pattern, found `=`") => {
            alone("a name is missing behind `let`: `let x = 5;`")
        }
        "" if message.starts_with("expected identifier, found keyword") => {
            let name = error.names().last().copied().unwrap_or_default();
            alone(format!(
                "`{name}` is a word of the language itself: take another name, such as `{name}_1`"
            ))
        }
        "" if message.starts_with("expected identifier, found `") && error.at.in_let() => {
            let name = error.named.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = &error.named[..error.named.len() - name.len()];
            match digits.is_empty() || name.is_empty() {
                true => None,
                false => alone(format!("a name begins with a letter: `{name}{digits}`")),
            }
        }
        "" if wanted.contains("`;`") && wanted.contains("`=`") && made_without_sign(error).is_some() => {
            alone(made_without_sign(error)?)
        }
        "E0005" if error.at.code.starts_with(|c: char| c.is_ascii_digit()) => {
            alone("behind `let` stands a name, not a number: `let x = 5;`")
        }
        "" if message.starts_with("expected `;`")
            || message.starts_with("expected one of") && wanted.contains("`;`") && error.at.in_let() =>
        {
            beside("a statement ends with `;`")
        }
        "" if message.contains("unclosed delimiter")
            || message.starts_with("mismatched closing delimiter")
            || message.starts_with("unexpected closing delimiter") =>
        {
            beside("every `(`, `[` and `{` needs its partner")
        }
        "E0765" => beside("text ends with `\"`"),
        "E0758" => beside("a comment that starts with `/*` ends with `*/`"),
        "" if message.starts_with("unknown start of token") => {
            beside("this character has no meaning in Rust: was it copied from a text?")
        }
        _ => None,
    }
}

/// For `{v[0]}` in a text: how a calculated value gets into it.
fn calculated(error: &Error<'_>) -> Option<String> {
    let line = error.at.line_before();
    let (before, start) = line.rsplit_once('{')?;
    let rest = error.at.line_after();
    let (end, _) = rest.split_once('}')?;
    let value = format!("{start}{end}");
    let (value, form) = match value.rsplit_once(':') {
        Some((value, form)) if !value.ends_with(':') => (value.to_owned(), format!(":{form}")),
        _ => (value, String::new()),
    };
    let name = before[..before.rfind("!(")?]
        .rsplit(|c| !place::in_name(c))
        .next()?;
    let calculates = word(&value) != value;
    (calculates && !value.contains(['"', '{'])).then(|| {
        format!("`{{ }}` in a text takes a name alone; other values stand behind the text: `{name}!(\"{{{form}}}\", {value})`")
    })
}

/// For `1 +`: that a value is missing.
fn missing_value(error: &Error<'_>) -> Option<Hint> {
    let before = error.at.before.trim_end();
    let sign = before
        .rsplit(|c: char| c.is_alphanumeric() || " \n\"')]}_".contains(c))
        .next()?;
    let found = error.names().last().copied().unwrap_or_default();
    match sign {
        "" => None,
        "=" if found == "=" => alone("one `=` is enough to give a value; `==` compares"),
        "+" | "-" | "*" | "/" | "%" | "=" | "+=" | "-=" | "*=" | "/=" | "==" | "!=" | "<" | ">" | "<="
        | ">=" | "&&" | "||"
            if ["}", ";", ")", "]", ","].contains(&found) =>
        {
            alone(format!("a value is missing behind `{sign}`"))
        }
        _ => None,
    }
}

/// For `let x 5`: that the sign is missing.
fn made_without_sign(error: &Error<'_>) -> Option<String> {
    let line = error.at.line_before();
    let made = line.rsplit(';').next()?.trim().strip_prefix("let ")?;
    let name = made.strip_prefix("mut ").unwrap_or(made).trim();
    let value = word(error.at.after);
    (!name.is_empty() && word(name) == name && value.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| format!("`=` is missing: `let {made} = {value};`"))
}
