//! Whether a text could be run as it stands, needs more, or can no longer be mended.

use super::tokens::{Kind, Token, tokens};
use crate::engine::Completeness;

/// Decides for a whole cell. Lines that begin with `:` are commands and count as complete.
pub fn is_complete(code: &str) -> Completeness {
    let code = without_commands(code);
    let all = tokens(&code);
    let mut open: Vec<&Token<'_>> = Vec::new();
    for token in &all {
        match token.kind {
            // Within text and comments the next line is the writer's own.
            _ if !token.closed => return incomplete_text(token),
            Kind::Unknown => return Completeness::Invalid,
            Kind::Open => open.push(token),
            Kind::Close => {
                let fits = open.pop().is_some_and(|opening| {
                    matches!((opening.text, token.text), ("(", ")") | ("[", "]") | ("{", "}"))
                });
                if !fits {
                    return Completeness::Invalid;
                }
            }
            _ => {}
        }
    }
    if let Some(innermost) = open.last() {
        // `{` alone on the last line or not: what follows stands one step deeper than the line of the bracket.
        let indent = format!("{}    ", leading_space(&code, innermost.start));
        return Completeness::Incomplete { indent };
    }
    if let Some(last) = all.last().filter(|token| is_documentation(token)) {
        // Documentation belongs to what follows it.
        return Completeness::Incomplete {
            indent: leading_space(&code, last.start).to_string(),
        };
    }
    let Some(last) = all.iter().rfind(|token| token.kind != Kind::Comment) else {
        return Completeness::Complete;
    };
    match parses(&code) {
        Parsed::Well => Completeness::Complete,
        Parsed::EndsEarly => {
            let indent = leading_space(&code, last.start);
            let header = all
                .iter()
                .any(|token| token.start >= line_start(&code, last.start) && begins_block(token.text));
            let continued = last.kind == Kind::Mark && !header;
            Completeness::Incomplete {
                indent: if continued {
                    format!("{indent}    ")
                } else {
                    indent.to_string()
                },
            }
        }
        Parsed::Badly => Completeness::Invalid,
    }
}

/// Literals over several lines go on; a character literal cannot.
fn incomplete_text(token: &Token<'_>) -> Completeness {
    match token.kind {
        Kind::Character => Completeness::Invalid,
        _ => Completeness::Incomplete {
            indent: String::new(),
        },
    }
}

enum Parsed {
    Well,
    EndsEarly,
    Badly,
}

/// Asks the grammar. An error at the end of the text means that more must follow.
fn parses(code: &str) -> Parsed {
    use syn::parse::Parser;
    match syn::Block::parse_within.parse_str(code) {
        Ok(_) => Parsed::Well,
        // Inside a bracket that is already closed nothing can follow: there the error has a place.
        Err(error) if error.span().byte_range().is_empty() => Parsed::EndsEarly,
        Err(_) => Parsed::Badly,
    }
}

/// The text with every command line made white, so that places stay.
fn without_commands(code: &str) -> String {
    let blank = |line: &str| {
        let command = line.trim_start().starts_with(':') && !line.trim_start().starts_with("::");
        if command || is_for_shell(line) {
            " ".repeat(line.len())
        } else {
            line.to_string()
        }
    };
    code.split('\n').map(blank).collect::<Vec<_>>().join("\n")
}

/// `!ls -l`, and no expression of the language's: those go on with a bracket, or are one word.
fn is_for_shell(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('!') else {
        return false;
    };
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let (word, behind) = rest.split_at(end.unwrap_or(rest.len()));
    rest.starts_with(['/', '.', '~', '$'])
        || (!word.is_empty()
            && behind.starts_with(' ')
            && !behind.trim_start().starts_with(['&', '|', '=', '{']))
}

fn is_documentation(token: &Token<'_>) -> bool {
    token.kind == Kind::Comment && token.text.starts_with("///") && !token.text.starts_with("////")
}

fn begins_block(word: &str) -> bool {
    matches!(
        word,
        "fn" | "if"
            | "while"
            | "for"
            | "loop"
            | "match"
            | "struct"
            | "enum"
            | "impl"
            | "trait"
            | "mod"
            | "else"
    )
}

fn line_start(code: &str, at: usize) -> usize {
    code[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn leading_space(code: &str, at: usize) -> &str {
    let line = &code[line_start(code, at)..];
    let length = line.find(|c: char| c != ' ' && c != '\t').unwrap_or(line.len());
    &line[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_complete_or_not() {
        let complete = [
            "",
            "  \n",
            "1 + 1",
            "let x = 5;",
            "fn f() {}",
            "// only a comment",
            "x\n    .relu()",
            "use std::fmt;",
            ":vars",
            ":dep rand = \"0.9\"\nlet x = 1;",
            "struct A;",
            "if a { 1 } else { 2 }",
            "println!(\"{\")",
            "let c = '{';",
            "let s = r#\"({[\"#;",
            "match x { _ => {} }",
            "for i in 0..3 { }",
            "#[derive(Debug)] struct A { x: f32 }",
            "let f = |x: f32| x * 2.0;",
            "x?",
            "let Some(y) = x else { return };",
            "impl A { fn f(&self) {} }",
            "macro_rules! m { () => {} }",
            "'a: loop { break 'a }",
            "0..",
            "return",
        ];
        for code in complete {
            assert_eq!(is_complete(code), Completeness::Complete, "{code}");
        }
        let incomplete = [
            ("fn f() {", "    "),
            ("foo(", "    "),
            ("let x =", "    "),
            ("let x = 1 +", "    "),
            ("let x = 5", ""),
            ("x.", "    "),
            ("fn f()", ""),
            ("if x", ""),
            ("for i in 0..3", ""),
            ("struct A", ""),
            ("\"abc", ""),
            ("r#\"abc\"", ""),
            ("/* abc", ""),
            ("#[derive(Debug)]", ""),
            ("let v = [\n    1,", "    "),
            ("fn f() {\n    if x {", "        "),
            ("impl A", ""),
            ("let f = |x|", "    "),
            ("a &&", "    "),
            ("use std::", "    "),
            ("match x", ""),
            ("/// doc", ""),
            ("model\n    .fit(", "        "),
            ("if a { 1 } else", ""),
        ];
        for (code, indent) in incomplete {
            let indent = indent.to_string();
            assert_eq!(is_complete(code), Completeness::Incomplete { indent }, "{code}");
        }
        for code in [
            ")",
            "fn f() }",
            "foo(]",
            "let x = €;",
            "let = 5;",
            "let x = 'ab\\n;",
            "foo(1 + )",
            "}{",
            "let let x = 1;",
            "a b c",
        ] {
            assert_eq!(is_complete(code), Completeness::Invalid, "{code}");
        }
    }
}
