//! Whether what a compilation gives depends on anything but its source file. If it does, it is not kept.
//!
//! `include_str!`, `env!`, `#[path]` and their like read files and variables that are in no key. The compiler itself says
//! what it has read, in the text that `--emit=dep-info` writes: however a macro was renamed or hidden in another one, it is
//! listed there. What the compiler does not list are the files that the assembler and the linker read; the words that
//! lead there are looked for in the text.

use super::super::items::words;
use super::super::link;

/// What brings in the assembler, which can read files (`.incbin`).
const ASSEMBLER: [&str; 3] = ["asm", "global_asm", "naked_asm"];

/// Whether the compiler read `source`, whose text is `text`, and nothing else. `listed` is what it lists.
pub fn only_source(listed: &str, source: &str, text: &str) -> bool {
    let mut lines = listed.lines().filter(|line| !line.is_empty()).peekable();
    let read_nothing_else = lines.peek().is_some()
        && lines.all(|line| {
            // `cell_1.o: cell_0123.rs`, `cell_0123.rs:`; a variable is a line of another form.
            line.strip_suffix(source)
                .and_then(|line| line.strip_suffix(": "))
                .or_else(|| line.strip_suffix(':').filter(|file| *file == source))
                .is_some_and(|file| !file.contains([' ', '#']))
        });
    read_nothing_else && !names_other_files(text)
}

fn names_other_files(text: &str) -> bool {
    let assembles = text.contains("asm") && {
        let words = words(text);
        ASSEMBLER.iter().any(|word| words.contains(*word))
    };
    assembles || link::names_libraries(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_else_is_listed_is_seen() {
        let plain = "cell_1.d: cell_a.rs\n\ncell_1.o: cell_a.rs\n\ncell_a.rs:\n";
        let rows = [
            (plain.to_owned(), true),
            (String::new(), false),
            (format!("{plain}/etc/hostname:\n"), false),
            (
                plain.replace("1.o: cell_a.rs", "1.o: cell_a.rs /etc/hostname"),
                false,
            ),
            (plain.replace("1.o: cell_a.rs", "1.o: /etc/x cell_a.rs"), false),
            (format!("{plain}\n# env-dep:HOME=/root\n"), false),
            (format!("{plain}\n# env-dep:NONE\n"), false),
            (format!("{plain}\n# env-dep:A=b: cell_a.rs\n"), false),
            (format!("{plain}other.rs:\n"), false),
        ];
        for (listed, only) in rows {
            assert_eq!(only_source(&listed, "cell_a.rs", "fn f() {}"), only, "{listed}");
        }
    }

    #[test]
    fn files_of_the_assembler_and_the_linker_are_suspected() {
        let listed = "cell_a.rs:\n";
        let rows = [
            ("let links = disassemble();", true),
            ("std::arch::global_asm!(\".incbin \\\"x\\\"\")", false),
            ("use std::arch::asm as a;", false),
            (
                "#[link(name = \"z\", kind = \"static\")] unsafe extern \"C\" {}",
                false,
            ),
        ];
        for (text, only) in rows {
            assert_eq!(only_source(listed, "cell_a.rs", text), only, "{text}");
        }
    }
}
