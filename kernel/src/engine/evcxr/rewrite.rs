//! Writes what evcxr is given for a cell: the cell as it is, but for its end.
//!
//! The last expression goes through the same display as with the default engine, and a last line says that the statements
//! reached their end. The way back from each byte to the cell is kept.

use std::ops::Range;
use std::sync::Arc;

use crate::engine::rustc::command_lines::Command;
use crate::engine::rustc::parse::{Broken, ParsedCell};
use crate::engine::rustc::source::{Assembly, CellText, Origin};

/// What every session has in scope.
pub const IN_SCOPE: &str = "use hebb_prelude::prelude::*;";

/// The last line. It begins with a name: evcxr takes a colon there for the start of a command.
const REACHED: &str = "hebb_prelude::cell::reached();";

/// Writes the text of a cell with these of its commands.
pub fn rewrite(text: &Arc<CellText>, parsed: &ParsedCell, commands: &[Command]) -> Assembly {
    let origin = |range: Range<usize>| Origin {
        cell: text.clone(),
        range,
    };
    let mut file = Assembly::default();
    for command in commands {
        let line = match (command.shell, command.text.as_str()) {
            (true, text) => format!("!{text}"),
            (false, "reset") => ":clear".to_owned(),
            (false, text) => format!(":{text}"),
        };
        file.instead_of(&origin(command.range.clone()), &line);
        file.scaffold("\n");
    }
    if parsed.is_empty() {
        // A new crate is compiled, and what comes of that is run.
        if commands.iter().any(|command| command.dependency().is_some()) {
            file.scaffold(REACHED);
        }
        return file;
    }
    let end = parsed.tail.as_ref().map_or(text.text.len(), |tail| tail.start);
    let mut start = 0;
    for command in &parsed.commands {
        file.cell(&origin(start..command.range.start.min(end).max(start)));
        start = command.range.end.min(end).max(start);
    }
    file.cell(&origin(start..end.max(start)));
    if let Some(tail) = &parsed.tail {
        file.scaffold("match &");
        // The compiler names the place of an expression in parentheses by the parenthesis.
        file.instead_of(&origin(tail.clone()), "(\n");
        file.cell(&origin(tail.clone()));
        file.scaffold(
            "\n) { __hebb_value => { use ::hebb_prelude::cell::ladder::*; ::hebb_prelude::cell::shown(",
        );
        file.instead_of(
            &origin(tail.clone()),
            "(&&&&&&Rung(__hebb_value)).display(|| __hebb_value.evcxr_display())",
        );
        file.scaffold("); } }");
    }
    // Behind a stray bracket it would only make a second error.
    if parsed.broken != Some(Broken::Brackets) {
        let separator = if is_open(parsed) { ";" } else { "" };
        file.scaffold(&format!("\n{separator}{REACHED}"));
    }
    file
}

/// Whether the cell ends with a statement that another one cannot follow.
fn is_open(parsed: &ParsedCell) -> bool {
    let Some(last) = parsed.units.last() else {
        return parsed.broken.is_some();
    };
    let is_item = parsed.items.iter().any(|item| item.range.end >= last.end);
    // Behind an item, evcxr takes the semicolon for a part of it.
    !is_item && !parsed.code[last.clone()].ends_with(';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rustc::parse::parse;

    fn rewritten(code: &str) -> String {
        let text = CellText::new(1, code);
        let parsed = parse(code);
        let commands: Vec<Command> = parsed
            .commands
            .iter()
            .filter(|command| !command.after_code)
            .cloned()
            .collect();
        rewrite(&text, &parsed, &commands).text().to_owned()
    }

    #[test]
    fn a_cell_stays_as_it_is_but_for_its_end() {
        insta::assert_snapshot!(rewritten("let x = 1; // one\nfn f() {}\nx += 1"), @r"
        let x = 1; // one
        fn f() {}
        x += 1
        ;hebb_prelude::cell::reached();
        ");
        insta::assert_snapshot!(rewritten("fn f() {}"), @r"
        fn f() {}
        hebb_prelude::cell::reached();
        ");
        insta::assert_snapshot!(rewritten("let x = 1; x + 1 // two"), @r"
        let x = 1; match &(
        x + 1
        ) { __hebb_value => { use ::hebb_prelude::cell::ladder::*; ::hebb_prelude::cell::shown((&&&&&&Rung(__hebb_value)).display(|| __hebb_value.evcxr_display())); } }
        ;hebb_prelude::cell::reached();
        ");
    }

    #[test]
    fn a_command_of_the_shell_stays_one() {
        assert_eq!(rewritten("!ls -l\n:reset"), "!ls -l\n:clear\n");
        assert_eq!(rewritten("!clear"), "!clear\n");
    }

    #[test]
    fn commands_come_first_and_those_behind_the_code_are_left_out() {
        insta::assert_snapshot!(rewritten(":dep a = \"1\"\n:reset\nlet x = 1;\n:vars"), @r#"
        :dep a = "1"
        :clear


        let x = 1;

        hebb_prelude::cell::reached();
        "#);
        assert_eq!(rewritten("// nothing"), "");
        assert_eq!(rewritten(":vars\n\n"), ":vars\n");
        assert_eq!(rewritten(":dep a"), ":dep a\nhebb_prelude::cell::reached();");
    }

    #[test]
    fn a_stray_bracket_stays_alone() {
        assert_eq!(rewritten("f(1))"), "f(1))");
    }
}
