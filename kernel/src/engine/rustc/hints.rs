//! Plain words for the errors that beginners meet most.

use super::compile::Diagnostic;

/// What the session knows that the compiler does not.
pub struct Known<'a> {
    /// Variables that lived only in an earlier cell or were given away, and why.
    pub lost: &'a [(String, String)],
}

/// A hint for an error, if there is one to give that its text does not already hold.
pub fn hint(diagnostic: &Diagnostic, known: &Known<'_>) -> Option<String> {
    let message = diagnostic.message.as_str();
    let named = message.split('`').nth(1).unwrap_or_default();
    let text = match diagnostic.code.as_deref().unwrap_or_default() {
        "E0425" | "E0433" => {
            let (name, why) = known.lost.iter().rev().find(|(name, _)| name == named)?;
            format!("`{name}` {why}")
        }
        "E0382" => {
            format!("a value has one owner: lend it with `&{named}`, or give a copy with `{named}.clone()`")
        }
        "E0308" if message == "mismatched types" => {
            "Rust never converts types by itself: `x as f32`, `.to_string()`, `&x` and the like do".to_owned()
        }
        "E0384" => format!("write `let mut {named}` where the variable is made"),
        "E0596" => "only what is declared with `mut` can be changed".to_owned(),
        "E0502" | "E0499" => {
            "while something borrows a value, nothing else may change it: let the borrow end first".to_owned()
        }
        "E0505" => "the value is still borrowed: move it after the last use of the borrow".to_owned(),
        "E0061" | "E0057" => {
            "count the arguments: a function takes exactly those of its definition".to_owned()
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
        "E0277" if message.starts_with("cannot ") => {
            "both sides of an operator need types that fit: convert one with `as`".to_owned()
        }
        "E0282" | "E0283" | "E0284" => "say which type is meant: `let name: Vec<f32> = ...`".to_owned(),
        "" if message.contains("expected `;`") => "a statement ends with `;`".to_owned(),
        "" if message.contains("unclosed delimiter") => "every `(`, `[` and `{` needs its partner".to_owned(),
        _ => return None,
    };
    Some(text)
}
