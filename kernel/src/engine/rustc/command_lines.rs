//! Finds the lines of a cell that start with `:` or `!` and takes them out. What they do is `commands`' business.

use std::ops::Range;
use std::str::FromStr;

use proc_macro2::TokenStream;

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What follows the `:` or `!`.
    pub text: String,
    /// It is for the system's shell.
    pub shell: bool,
    /// Its bytes in the cell.
    pub range: Range<usize>,
    /// Stands after the code.
    pub after_code: bool,
}

impl Command {
    /// What follows the `:dep`, if it is one.
    pub fn dependency(&self) -> Option<&str> {
        let rest = self.text.strip_prefix("dep").filter(|_| !self.shell)?;
        let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
        ends.then(|| rest.trim())
    }
}

/// Takes the lines out that start with `:` and a letter, or with `!` and a word that no program would say, leaving blanks, but for
/// those that begin at one of `strays`. Inside of brackets, a string or a comment, such a line is no command.
pub fn split(text: &str, strays: &[usize], is_name: &dyn Fn(&str) -> bool) -> (Vec<Command>, String) {
    let mut commands: Vec<Command> = Vec::new();
    let mut code = String::with_capacity(text.len());
    // Up to here all brackets and strings are closed, so that what comes behind can be read alone.
    let mut closed = 0;
    let mut has_code = false;
    for line in text.split_inclusive('\n') {
        let offset = code.len();
        let body = line.trim_end();
        let shell = is_for_shell(body, is_name);
        let may_be = (shell
            || body.starts_with(':') && body[1..].starts_with(|c: char| c.is_ascii_alphabetic()))
            && !strays.contains(&offset);
        let before = may_be.then(|| TokenStream::from_str(&code[closed..]));
        if let Some(Ok(tokens)) = before {
            closed = offset;
            has_code |= !tokens.is_empty();
            commands.push(Command {
                text: body[1..].trim().to_owned(),
                shell,
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

/// Whether a line is for the shell: `!ls`, `!pip list`. `!done` is an expression if `done` is a name, and so are `!f(x)`, `!m!()`
/// and `!a::b`.
fn is_for_shell(line: &str, is_name: &dyn Fn(&str) -> bool) -> bool {
    let Some(rest) = line.strip_prefix('!').map(str::trim_start) else {
        return false;
    };
    if rest.starts_with(['/', '.', '~', '$']) {
        return true;
    }
    let word = first_word(rest);
    let behind = &rest[word.len()..];
    let is_word = word.starts_with(unicode_ident::is_xid_start);
    let is_code = matches!(word, "true" | "false" | "self" | "r")
        || behind.starts_with(['(', '[', '!', '?'])
        || behind.starts_with("::")
        || is_name(word);
    is_word && !is_code
}

/// The word that a text begins with.
pub fn first_word(text: &str) -> &str {
    let end = text.find(|c: char| !unicode_ident::is_xid_continue(c));
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_for_the_shell_if_no_program_would_say_it() {
        let shell = [
            "!ls",
            "! ls -l",
            "!pip install x",
            "!./run.sh",
            "!/bin/ls",
            "!echo $HOME",
            "!cat a.txt | wc",
        ];
        let code = [
            "!done",
            "!done && x",
            "!true",
            "!f(x)",
            "!matches!(x, 1)",
            "!a::b",
            "!v[0]",
            "!(x)",
            "!!x",
            "!5",
            "!",
            "!=",
            "ls",
            "!-x",
        ];
        let is_name = |word: &str| word == "done";
        for line in shell {
            assert!(is_for_shell(line, &is_name), "{line}");
        }
        for line in code {
            assert!(!is_for_shell(line, &is_name), "{line}");
        }
    }
}
