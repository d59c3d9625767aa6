//! Hints for cells that compile and fail while they run: panics of the standard library, and errors that `?` passes on.

/// What to do about a failure, by its message. None for messages that already say it.
pub fn hint(message: &str) -> Option<String> {
    let first = message.lines().next().unwrap_or_default();
    let has = |part: &str| first.contains(part);
    let text = if has("attempt to subtract with overflow") {
        "the result does not fit: a number without a sign, such as a `usize`, cannot go below 0. Convert first, `x as i64`, or stop at 0 with `.saturating_sub(1)`"
    } else if has("attempt to divide by zero") || has("with a divisor of zero") {
        "whole numbers cannot be divided by 0: ask first, as in `if n != 0 { ... }`"
    } else if has("attempt to ") && has("with overflow") {
        "the result does not fit into this kind of number: take a larger one, such as `i64`, or an `f64`"
    } else if let Some(bounds) = first.strip_prefix("index out of bounds: the len is ") {
        return Some(last_index(bounds));
    } else if has("called `Option::unwrap()` on a `None` value") {
        "there is no value here: ask first with `if let Some(x) = ... { }`, or name one for this case with `.unwrap_or(...)`"
    } else if has("called `Result::unwrap()` on an `Err` value") {
        "what stands behind `value:` is the error; `?` in place of `.unwrap()` passes it on in words"
    } else if has("already borrowed") || has("already mutably borrowed") {
        "something else still uses what is in this `RefCell`: let its borrow end first, with a block `{ }` or `drop(...)`"
    } else if has("out of range for slice") || has("range end index") || has("range start index") {
        "a range such as `1..4` must lie within the list: `.len()` is how long it is"
    } else if has("slice index starts at") {
        "a range goes from the smaller index to the larger one"
    } else if has("is not a char boundary") || has("byte index") {
        "some letters take several bytes, and an index counts bytes: `.chars()` goes by letters"
    } else if has("no entry found for key") {
        "`.get(&key)` gives an `Option`, and `None` for a key that is not there"
    } else if has("should be < len") || has("should be <= len") {
        "counting starts at 0: the last one has the index `len() - 1`"
    } else if has("does not match destination slice length") {
        "both lists must have the same length"
    } else if has("assertion `left == right` failed") {
        "`left` is the first of the two values, `right` the second: they should be equal"
    } else if first == "not yet implemented" {
        "here is something left to write: put your code in place of `todo!()`"
    } else if has("assertion failed: step != 0") {
        "a step is at least 1"
    } else if has("chunk size must be non-zero") || has("chunk_size must be non-zero") {
        "a part has at least one element"
    } else if has("invalid digit found in string") || has("InvalidDigit") {
        "the text is no whole number: a space, a point or a letter is in it. `.trim()` takes spaces away"
    } else if has("invalid float literal") {
        "the text is no number: `.trim()` takes spaces away, and the point is a `.`"
    } else if has("from empty string") {
        "the text is empty"
    } else if has("No such file or directory") {
        "is the name written right? A path starts where the notebook lies"
    } else {
        return None;
    };
    Some(text.to_owned())
}

/// For "3 but the index is 5".
fn last_index(bounds: &str) -> String {
    let length: Option<usize> = bounds.split(' ').next().and_then(|length| length.parse().ok());
    match length {
        Some(0) => "the list is empty, so it has no index at all".to_owned(),
        Some(length) => format!("counting starts at 0: the last index here is {}", length - 1),
        None => "counting starts at 0: the last one has the index `len() - 1`".to_owned(),
    }
}
