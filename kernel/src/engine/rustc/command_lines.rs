//! Finds the lines of a cell that start with `:` and takes them out. What they do is `commands`' business.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::TokenStream;

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What follows the `:`.
    pub text: String,
    /// Its bytes in the cell.
    pub range: Range<usize>,
    /// Stands after the code.
    pub after_code: bool,
}

/// Takes the lines out that start with `:` and a letter, leaving blanks, but for those that begin at one of `strays`. Inside of
/// brackets, a string or a comment, such a line is no command.
pub fn split(text: &str, strays: &[usize]) -> (Vec<Command>, String) {
    let mut commands: Vec<Command> = Vec::new();
    let mut code = String::with_capacity(text.len());
    // Up to here all brackets and strings are closed, so that what comes behind can be read alone.
    let mut closed = 0;
    let mut has_code = false;
    for line in text.split_inclusive('\n') {
        let offset = code.len();
        let body = line.trim_end();
        let may_be = body.starts_with(':')
            && body[1..].starts_with(|c: char| c.is_ascii_alphabetic())
            && !strays.contains(&offset);
        let before = may_be.then(|| TokenStream::from_str(&code[closed..]));
        if let Some(Ok(tokens)) = before {
            closed = offset;
            has_code |= !tokens.is_empty();
            commands.push(Command {
                text: body[1..].trim().to_owned(),
                range: offset..offset + body.len(),
                after_code: has_code,
            });
            code.extend(std::iter::repeat_n(' ', body.len()));
            code.push_str(&line[body.len()..]);
        } else {
            code.push_str(line);
        }
    }
    (commands, code)
}
