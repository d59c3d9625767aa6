//! Hints for code that would be right in Python: what Rust writes instead.

use super::compile::Diagnostic;

/// Where the compiler points: the person's code before and behind that place.
#[derive(Clone, Copy, Debug, Default)]
pub struct At<'a> {
    /// Up to the place.
    pub before: &'a str,
    /// From the place on.
    pub after: &'a str,
}

impl At<'_> {
    /// The line in front of the place.
    fn line_before(&self) -> &str {
        let start = self.before.rfind('\n').map_or(0, |at| at + 1);
        self.before[start..].trim_start()
    }

    /// Whether the place is in or behind a `let` of the same line.
    pub fn in_let(&self) -> bool {
        let line = self.line_before();
        line.starts_with("let ") || line.contains(" let ")
    }

    /// The first word of the line.
    fn first_word(&self) -> &str {
        let line = match self.line_before() {
            "" => self.after,
            line => line,
        };
        word(line)
    }

    /// Whether an argument is given by name: `f(rate = 0.1)`.
    fn is_named_argument(&self) -> bool {
        let rest = self.after[word(self.after).len()..].trim_start();
        self.before.trim_end().ends_with(['(', ','])
            && rest.starts_with('=')
            && !rest.starts_with("==")
            && !rest.starts_with("=>")
    }

    /// For a call such as `sqrt(x)`: what it is if it is a method.
    fn method_call(&self) -> Option<String> {
        let function = word(self.after);
        let argument = self.after[function.len()..].strip_prefix('(')?;
        let value = word(argument.trim_start_matches('&'));
        let closed = argument.trim_start_matches('&')[value.len()..].starts_with(')');
        let named = value.starts_with(|c: char| c.is_alphabetic() || c == '_');
        (closed && named).then(|| format!("if it is a method, write `{value}.{function}()`"))
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// A hint, if the error comes from a habit.
pub fn hint(diagnostic: &Diagnostic, at: At<'_>) -> Option<String> {
    let message = diagnostic.message.as_str();
    let named = message.split('`').nth(1).unwrap_or_default();
    let text = match diagnostic.code.as_deref().unwrap_or_default() {
        "E0425" if at.is_named_argument() => {
            "Rust has no named arguments: give the values alone, in their order"
        }
        "E0425" if message.starts_with("cannot find function") => match named {
            "range" => "`0..3` counts 0, 1, 2",
            "int" => "`x as i64` makes a number whole, `text.parse::<i64>()?` reads one",
            "float" => "`x as f32` gives a number a point, `text.parse::<f32>()?` reads one",
            _ => return at.method_call(),
        },
        "E0425" => match named {
            "null" | "nil" => "a value that may be missing is an `Option`: `None` or `Some(value)`",
            "elif" => "the next case is `else if condition { ... }`",
            _ => return None,
        },
        "E0423" => match named {
            "print" => "`println!(\"{x}\")` prints the variable `x`, `println!(\"{}\", 1 + 2)` any value",
            "str" => "`x.to_string()` makes text",
            _ => return None,
        },
        "E0614" if at.before.ends_with('*') && at.after.starts_with('*') => {
            "Rust has no `**`: powers are methods, `x.powi(2)` or `x.powf(0.5)`"
        }
        "" if message.contains("prefix `f` is unknown") => {
            "variables stand in text by `format!(\"{x}\")`, and in `println!(\"{x}\")`"
        }
        "" if message.contains("expected") => return syntax(message, at).map(str::to_owned),
        _ => return None,
    };
    Some(text.to_owned())
}

fn syntax(message: &str, at: At<'_>) -> Option<&'static str> {
    if message.ends_with("found `#`") || at.line_before().trim_end().ends_with('#') {
        return Some("a comment starts with `//`");
    }
    match at.first_word() {
        "import" | "from" => Some("a name is brought in by `use`: `use std::collections::HashMap;`"),
        "def" => Some("a function is written `fn name(x: f32) -> f32 { ... }`"),
        "class" => Some("a type is written `struct Name { field: f32 }`, its methods `impl Name { ... }`"),
        "elif" => Some("the next case is `else if condition { ... }`"),
        "if" | "else" | "for" | "while" if message.ends_with("found `:`") => {
            Some("what belongs together stands in braces, without a colon: `for i in 0..3 { ... }`")
        }
        _ if at.line_before().ends_with("not ") => Some("`!` turns true and false around: `!ready`"),
        _ if at.line_before().ends_with("lambda ") => Some("a closure is written `|x| x + 1`"),
        _ if at.after.starts_with(',') && is_index(at.line_before()) => {
            Some("`[ ]` takes one index: what has several axes has a method, such as `.at([0, 1])`")
        }
        _ if at.after.starts_with("for ") && at.line_before().contains('[') => {
            Some("a list is made from another by `.map`: `list.iter().map(|x| x * 2).collect::<Vec<_>>()`")
        }
        _ => None,
    }
}

/// Whether a line ends within the brackets of an index: `x[0`, not the list `[0`.
fn is_index(line: &str) -> bool {
    line.rfind('[').is_some_and(|open| {
        line[..open].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ')' || c == ']')
    })
}
