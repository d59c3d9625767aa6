//! Hints for code that would be right in another language, mostly Python: what Rust writes instead.

use super::place::{At, in_name, word};
use super::{Error, Hint, alone};

/// A hint, if the error comes from a habit.
pub fn hint(error: &Error<'_>) -> Option<Hint> {
    let Error {
        message, named, at, ..
    } = *error;
    let text = match error.code {
        "E0425" if is_named_argument(&at) => {
            "Rust has no named arguments: give the values alone, in their order"
        }
        "E0425" if message.starts_with("cannot find function") => called(named)?,
        "E0599" if message.starts_with("no method") && message.contains("`Tensor`") && named == "dot" => {
            "matrices are multiplied by `a.matmul(&b)`"
        }
        "E0609" if named == "T" && message.contains("Tensor`") => "a matrix is transposed by `.t()`",
        "E0599" if message.starts_with("no method") => method(named)?,
        "E0425" | "E0433" => value(named)?,
        "E0423" => match named {
            "print" | "println" if at.after[named.len()..].trim_start().starts_with("(\"") => {
                "`println!(...)` with a `!` prints text"
            }
            "print" | "println" => {
                "`println!(\"{x}\")` prints the variable `x`, `println!(\"{}\", 1 + 2)` any value"
            }
            "bool" | "str" => called(named)?,
            "f32" | "f64" => called("float")?,
            "i32" | "i64" | "u32" | "u64" | "usize" => called("int")?,
            _ => return None,
        },
        "E0614" if at.before.ends_with('*') && at.after.starts_with('*') => {
            "Rust has no `**`: powers are methods, `x.powi(2)` or `x.powf(0.5)`, of a whole number `x.pow(2)`"
        }
        "" if message.contains("prefix `f` is unknown") => {
            "variables stand in text by `format!(\"{x}\")`, and in `println!(\"{x}\")`"
        }
        "" if message.contains("expected") => syntax(message, &at)?,
        _ => return None,
    };
    alone(text)
}

/// Functions of other languages.
fn called(named: &str) -> Option<&'static str> {
    let text = match named {
        "range" => "`0..3` counts 0, 1, 2",
        "int" => "`x as i64` makes a number whole, `text.parse::<i64>()?` reads one",
        "float" => "`x as f32` gives a number a point, `text.parse::<f32>()?` reads one",
        "str" => "`x.to_string()` makes text",
        "bool" => "compare instead: `x != 0`",
        "list" => "`vec![1, 2]` is a list, `.collect::<Vec<_>>()` makes one of what is gone through",
        "dict" => "`HashMap::from([(\"a\", 1)])` is a dictionary, after `use std::collections::HashMap;`",
        "set" => "`HashSet::from([1, 2])` is a set, after `use std::collections::HashSet;`",
        "max" => "the larger of two numbers is `a.max(b)`, the largest of a list `list.iter().max()`",
        "min" => "the smaller of two numbers is `a.min(b)`, the smallest of a list `list.iter().min()`",
        "pow" => "powers are methods: `x.powi(2)` or `x.powf(0.5)`, of a whole number `x.pow(2)`",
        "sorted" => "`list.sort()` sorts the list itself, which is made with `let mut`",
        "enumerate" => "`for (i, x) in list.iter().enumerate() { ... }`",
        "zip" => "`for (a, b) in first.iter().zip(&second) { ... }`",
        "map" | "filter" => "it is a method: `list.iter().map(|x| x * 2).collect::<Vec<_>>()`",
        "reversed" => "`list.iter().rev()` goes through it backwards",
        "type" | "isinstance" => "every variable has one type, and `:vars` shows it",
        "sum" => {
            "the sum of a list is `list.iter().sum::<f32>()`, of whole numbers `::<i32>`, of a tensor `x.sum()`"
        }
        "mean" => {
            "the mean of a tensor is `x.mean()`, of a list `list.iter().sum::<f32>() / list.len() as f32`"
        }
        "printf" => "`println!(\"{x}\")` prints",
        "open" => "`std::fs::read_to_string(\"name\")?` reads a text file",
        "exit" | "quit" => "a cell ends by itself: leave it out",
        _ => return None,
    };
    Some(text)
}

/// Methods of other languages.
fn method(named: &str) -> Option<&'static str> {
    let text = match named {
        "upper" | "toUpperCase" => "it is called `.to_uppercase()`",
        "lower" | "toLowerCase" => "it is called `.to_lowercase()`",
        "strip" => "it is called `.trim()`",
        "startswith" | "startsWith" => "it is called `.starts_with(\"...\")`",
        "endswith" | "endsWith" => "it is called `.ends_with(\"...\")`",
        "add" => "a list grows by `.push(3)`, a set by `.insert(3)`",
        "items" => "`for (key, value) in &map { ... }` goes through a dictionary",
        "includes" | "has" => "it is called `.contains(&x)`",
        "index" => "`list.iter().position(|x| *x == 3)` looks for a value",
        "mean" => "`list.iter().sum::<f32>() / list.len() as f32` is the mean",
        _ => return None,
    };
    Some(text)
}

/// Names of other languages for values and modules.
fn value(named: &str) -> Option<&'static str> {
    let text = match named {
        "null" | "nil" | "NULL" | "none" => {
            "a value that may be missing is an `Option`: `None` or `Some(value)`"
        }
        "elif" => "the next case is `else if condition { ... }`",
        "pass" => "a block in which nothing happens is empty: `{ }`",
        "True" => "it is written `true`",
        "False" => "it is written `false`",
        "this" => "it is called `self`",
        "pi" | "PI" => "it is `std::f32::consts::PI`",
        "nan" => "it is `f32::NAN`",
        "inf" => "it is `f32::INFINITY`",
        "math" | "Math" => "mathematics are methods of the numbers: `x.sqrt()`, `x.powi(2)`, `x.max(y)`",
        "np" | "numpy" | "torch" | "tf" | "jnp" => {
            "there is no such module: a `Tensor` is made by `Tensor::zeros([2, 3])` or `Tensor::from(...)`"
        }
        "keras" | "nn" => {
            "there is no such module: a network is made by `Sequential::new([2]).add(Dense::new(1))`"
        }
        _ => return None,
    };
    Some(text)
}

fn syntax(message: &str, at: &At<'_>) -> Option<&'static str> {
    let line = at.line_before();
    if message.ends_with("found `#`") || line.trim_end().ends_with('#') {
        return Some("a comment starts with `//`");
    }
    let whole = [line, at.line_after()].concat();
    let block = "what belongs together stands in braces, without a colon: `for i in 0..3 { ... }`";
    let text = match at.first_word() {
        "import" | "from" => "a name is brought in by `use`: `use std::collections::HashMap;`",
        "def" | "function" | "func" => "a function is written `fn name(x: f32) -> f32 { ... }`",
        "class" => "a type is written `struct Name { field: f32 }`, its methods `impl Name { ... }`",
        "elif" => "the next case is `else if condition { ... }`",
        "if" | "else" | "for" | "while" if message.ends_with("found `:`") => block,
        "print" => "`println!(\"{x}\")` prints the variable `x`, `println!(\"{}\", 1 + 2)` any value",
        "assert" => "it is written `assert!(x == 3)`",
        "del" => "`drop(x)` gives up a variable",
        "raise" | "throw" => {
            "`return Err(\"what is wrong\".into());` reports an error, `panic!(\"...\")` stops at once"
        }
        "let" if at.after.starts_with("//") || at.line_after().trim_start().starts_with("//") => {
            let comment = at.line_after().trim_end();
            match comment.ends_with(';') {
                true => "`//` begins a comment; `/` divides, and whole numbers stay whole",
                false => return None,
            }
        }
        "let" if is_name_in_two(line, at) => "a name is one word: `my_name`",
        "switch" => "a choice is written `match x { 1 => ..., _ => ... }`",
        "with" => "a value is closed at the end of its block by itself: `let file = ...;` is enough",
        "int" | "float" | "double" | "auto" | "var" | "string" | "bool" => {
            "a variable is made with `let`, its type behind a colon: `let x: i32 = 5;`"
        }
        "if" if whole.contains(" then ") => "the cases stand in braces: `if x == 2 { ... } else { ... }`",
        "if" | "while" if whole.contains(" in ") => "`list.contains(&x)` asks whether a value is in a list",
        "fn" if line.trim_end().ends_with("->") => {
            "behind `->` stands the type of what it gives back; without a value there is no arrow"
        }
        "fn" if message.contains("expected one of `:`") => {
            "each argument has a type: `fn name(a: f32, b: f32) { ... }`"
        }
        "let" if line.ends_with(':') && at.after.starts_with('=') => {
            "a variable gets its value by `=` alone: `let x = 5;`"
        }
        "let" if at.after.starts_with("if ") || line.contains(" if ") && message.ends_with("found `:`") => {
            "a value by cases is written `let x = if ready { 1 } else { 2 };`"
        }
        "let" if line.contains('{') && message.ends_with("found `:`") => {
            "a dictionary is `HashMap::from([(\"a\", 1)])`, after `use std::collections::HashMap;`"
        }
        _ if is_decimal_comma(at) => "the point of a number is a `.`: `1.5`",
        "struct" if message.starts_with("expected `:`") => {
            "each field has a type: `struct Name { a: f32, b: f32 }`"
        }
        "let" if line.contains('=') && at.after.starts_with(',') && !line.contains(['[', '{']) => {
            "several values stand in parentheses: `let (a, b) = (1, 2);`"
        }
        _ if at.after.starts_with("is ") => "`==` compares; `x.is_none()` asks whether a value is missing",
        _ if at.after.starts_with("in ") => "`list.contains(&x)` asks whether a value is in a list",
        _ if line.ends_with("not ") => "`!` turns true and false around: `!ready`",
        _ if line.ends_with("case ") => "a case is written `1 => ...`, with a `,` behind it",
        _ if at.after.starts_with('@') => "matrices are multiplied by `a.matmul(&b)`",
        _ if at.after.starts_with(':') && is_index(line) => "a part of a list is `&list[0..2]`",
        _ if whole.contains("print") && message.starts_with("expected `,`") => {
            match at.after.starts_with('+') {
                true => "variables stand in the text itself: `println!(\"Hello {name}\")`",
                false => "a `,` stands between the text and each value: `println!(\"{}\", x)`",
            }
        }
        _ if line.ends_with("lambda ") => "a closure is written `|x| x + 1`",
        _ if at.after.starts_with(',') && is_index(line) => {
            "`[ ]` takes one index: what has several axes has a method, such as `.at([0, 1])`"
        }
        _ if at.after.starts_with("for ") && line.contains('[') => {
            "a list is made from another by `.map`: `list.iter().map(|x| x * 2).collect::<Vec<_>>()`"
        }
        _ => return None,
    };
    Some(text)
}

/// Whether an argument is given by name: `f(rate = 0.1)`.
fn is_named_argument(at: &At<'_>) -> bool {
    let rest = at.after[word(at.after).len()..].trim_start();
    at.before.trim_end().ends_with(['(', ','])
        && rest.starts_with('=')
        && !rest.starts_with("==")
        && !rest.starts_with("=>")
}

/// Whether the place is the second word of `let my name = 5`.
fn is_name_in_two(line: &str, at: &At<'_>) -> bool {
    let made = line.strip_prefix("let ").unwrap_or_default();
    let made = made.strip_prefix("mut ").unwrap_or(made).trim_end();
    !made.is_empty() && word(made) == made && at.after.starts_with(|c: char| c.is_alphabetic())
}

/// Whether the place is the comma in `1,5`.
fn is_decimal_comma(at: &At<'_>) -> bool {
    let digit = |c: char| c.is_ascii_digit();
    at.before.ends_with(digit)
        && at
            .after
            .strip_prefix(',')
            .is_some_and(|rest| rest.starts_with(digit))
}

/// Whether a line ends within the brackets of an index: `x[0`, not the list `[0`.
fn is_index(line: &str) -> bool {
    line.rfind('[')
        .is_some_and(|open| line[..open].ends_with(|c| in_name(c) || c == ')' || c == ']'))
}
