//! Which of the compiler's own remarks help a beginner, and their titles in plain words.

use super::super::compile::Advice;

/// Beginnings and parts of remarks that tell nothing to whom they are new, or that the hint tells better.
const USELESS: [&str; 59] = [
    "is a \"sealed trait\"",
    "consider moving this expression to",
    "bindings require an \"irrefutable pattern\"",
    "all struct fields are already assigned",
    "the only appropriate formatting traits",
    "if you intended to print `{`",
    "while trying to match",
    "arbitrary expressions are not allowed",
    "must be defined only once",
    "mutable statics can be",
    "shared references to mutable statics",
    "does not fit into the type",
    "unsigned values cannot be negated",
    "the left-hand-side of an assignment",
    "exists on the type",
    "`#[deny(",
    "types implement trait",
    "full name for the type",
    "in this macro",
    "question mark operation",
    "redundant requirement",
    "the trait `",
    "the following trait",
    "the following other types",
    "the following type",
    "items from traits can only be used",
    "candidate #",
    "calling this operator moves",
    "takes ownership of the receiver",
    "move occurs because",
    "if you're trying to build a new",
    "in format strings you may be able to",
    "add `#[derive(",
    "cannot satisfy `",
    "multiple `impl`s satisfying",
    "unlike in e.g.",
    "prefixed identifiers and literals",
    "you can use `.chars().nth()`",
    "if you want to iterate between",
    "string concatenation requires",
    "the matched value is of type",
    "defined here",
    "expected type `",
    "expected reference `",
    "expected mutable reference `",
    "expected enum `",
    "expected struct `",
    "expected tuple `",
    "does not implement `",
    "all local variables must have",
    "while parsing",
    "`if` expressions without `else`",
    "this function's return type contains a borrowed value",
    "consider adding an `else` block",
    "visit <https",
    "for more information",
    "the method is available for",
    "not all methods on",
    "an implementation of `",
];

/// Titles of suggestions that lead beginners astray.
const MISLEADING: [&str; 13] = [
    "you might have meant to write a method call",
    "you might have meant a range expression",
    "there is a keyword `",
    "consider inserting whitespace here",
    "consider using the `'static` lifetime",
    "if this is a type, explicitly ignore",
    "consider importing",
    "a function with a similar name exists in",
    "consider specifying the generic argument",
    "provide the argument",
    "did you mean to write a path",
    "consider changing the borrow's mutability",
    "a trait with a similar name exists",
];

/// Whether a remark of the compiler's is shown. `ours` says whether a text is about the engine.
pub fn worth_showing(advice: &Advice, ours: impl Fn(&str) -> bool) -> bool {
    let says = |part: &&str| advice.message.contains(*part);
    matches!(advice.level.as_str(), "help" | "note")
        && !advice.message.starts_with("required ")
        && !USELESS.iter().any(says)
        && !MISLEADING.iter().any(says)
        && !ours(&advice.message)
}

/// The title of a suggestion in plain words.
pub fn title(advice: &Advice) -> String {
    let message = advice.message.as_str();
    let mut written = advice.spans.iter().filter_map(|span| span.replacement.as_deref());
    let rows = [
        ("you might have meant to use the `new`", "make one with `new`"),
        (
            "you might be missing a string literal",
            "text comes first, and `{}` in it stands for the value",
        ),
        (
            "to access an element starting from the end",
            "the last element has the index `len() - 1`",
        ),
        ("use `&&` to perform", "\"and\" is written `&&`"),
        ("use `||` to perform", "\"or\" is written `||`"),
        (
            "you might have meant to introduce a new binding",
            "a new variable is made with `let`",
        ),
        (
            "if you meant to write a string literal",
            "text stands in double quotes",
        ),
        ("consider cloning the value", "give a copy"),
        (
            "use a float literal",
            "a number with a point is wanted: write the point",
        ),
        ("try using a conversion method", "make it what is wanted"),
        ("consider borrowing here", "lend it with `&`"),
        ("consider dereferencing", "`*` takes the value behind a reference"),
        (
            "use parentheses to call the method",
            "a method is called with parentheses",
        ),
        (
            "you may want to use a bool value instead",
            "it is written in small letters",
        ),
        (
            "perhaps you intended to use this type",
            "the type has another name in Rust",
        ),
        (
            "try adding parentheses to match on a tuple",
            "several names stand in parentheses",
        ),
        (
            "if this is a parameter name, give it a type",
            "each argument has a type, such as `f32`",
        ),
        ("use `+= 1` instead", "write `+= 1`"),
        ("split the comparison into two", "write two comparisons"),
    ];
    if message.contains("similar name") {
        return match written.next().map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "did you mean this?".to_owned(),
        };
    }
    rows.iter()
        .find(|(start, _)| message.starts_with(start))
        .map_or_else(|| message.to_owned(), |(_, plain)| (*plain).to_owned())
}

/// What is said at a place, without what only experts need.
pub fn label(label: &str) -> Option<String> {
    if let Some(rest) = label.strip_prefix("move occurs because ") {
        let kind = rest.split_once("has type `")?.1.split('`').next()?;
        return Some(format!("a `{kind}`, which moves when it is given away"));
    }
    Some(label.to_owned())
}
