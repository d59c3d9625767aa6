//! The session as one file of a crate: `use`s and items as remembered, the variables as parameters of a function whose body is the
//! cell. And the way between places in the cell and in that file.

use crate::engine::session_view::SessionView;

/// Names that a type in the list of variables is written with, without their paths. What the session itself names comes first:
/// a glob yields to everything else.
const GLOBS: [&str; 8] = [
    "std::collections::*",
    "std::rc::*",
    "std::cell::*",
    "std::sync::*",
    "std::time::*",
    "std::ops::*",
    "std::path::*",
    "hebb_prelude::prelude::*",
];

/// The file, and where the cell stands in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    /// The whole text.
    pub text: String,
    /// Where the cell begins, in bytes.
    start: usize,
}

impl Document {
    /// The session's file with this cell at its end.
    pub fn new(session: &SessionView, code: &str) -> Document {
        let mut text = String::from("#![allow(warnings)]\n");
        for glob in GLOBS {
            text.push_str(&format!("use {glob};\n"));
        }
        for part in session.uses.iter().chain(&session.items) {
            text.push_str(part);
            text.push('\n');
        }
        let parameters = session.variables.iter();
        let parameters: Vec<String> = parameters
            .map(|variable| format!("mut {}: {}", variable.name, variable.type_name))
            .collect();
        text.push_str(&format!(
            "fn hebb_cell({}) -> Result<(), Box<dyn std::error::Error>> {{\n",
            parameters.join(", ")
        ));
        let start = text.len();
        text.push_str(&without_commands(code));
        // A comment that the cell ends in must not swallow the bracket.
        text.push_str("\n; Ok(())\n}\n");
        Document { text, start }
    }

    /// Line and column, from 0, of an offset into the cell. Columns count bytes, or UTF-16 units if `wide`.
    pub fn position(&self, cursor: usize, wide: bool) -> (usize, usize) {
        let mut at = (self.start + cursor).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let head = &self.text[..at];
        let line = head.rfind('\n').map_or(0, |end| end + 1);
        let column = if wide {
            head[line..].encode_utf16().count()
        } else {
            at - line
        };
        (head.matches('\n').count(), column)
    }
}

/// The cell with its `:commands` blanked out, every byte in its place.
fn without_commands(code: &str) -> String {
    let blank = |line: &str| match line.trim_start().starts_with(':') && !line.trim_start().starts_with("::")
    {
        true => " ".repeat(line.len()),
        false => line.to_string(),
    };
    code.split('\n').map(blank).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Variable;

    #[test]
    fn a_session_becomes_a_file() {
        let session = SessionView {
            variables: vec![Variable {
                name: "x".to_string(),
                type_name: "Vec<f32>".to_string(),
            }],
            items: vec!["struct Point;".to_string()],
            uses: vec!["use std::fmt::Debug;".to_string()],
        };
        let document = Document::new(&session, ":vars\nlet ß = x.");
        let own = document
            .text
            .split("prelude::*;\n")
            .nth(1)
            .expect("what follows the globs");
        insta::assert_snapshot!(own, @"
        use std::fmt::Debug;
        struct Point;
        fn hebb_cell(mut x: Vec<f32>) -> Result<(), Box<dyn std::error::Error>> {
             
        let ß = x.
        ; Ok(())
        }
        ");
        let (line, column) = document.position(":vars\nlet ß = x.".len(), false);
        assert_eq!(document.text.lines().nth(line), Some("let ß = x."));
        assert_eq!(column, "let ß = x.".len());
        assert_eq!(
            document.position(":vars\nlet ß = x.".len(), true),
            (line, column - 1)
        );
        assert_eq!(document.position(0, true), (line - 1, 0));
        // Inside a character counts as before it; beyond the end as the end.
        assert_eq!(document.position(":vars\nlet ".len() + 1, false), (line, 4));
        assert_eq!(document.position(10_000, false).1, 0);
    }
}
