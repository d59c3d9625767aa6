//! Finds a place that evcxr's generated file names in the person's own cells.
//!
//! evcxr keeps the lines of cells as they are, so a line is found by what is in it. If the same line stands in a cell more than
//! once, its turn in the generated file decides.

use crate::engine::rustc::source::{Assembly, Origin, Place};

/// How evcxr's file is named in messages of running code.
const FILE: &str = "src/lib.rs:";

/// The generated file of a run, and the texts of cells whose lines may be in it.
#[derive(Debug, Default)]
pub struct Places<'a> {
    /// evcxr's file.
    pub generated: String,
    /// What evcxr was given, the running cell first.
    pub cells: Vec<&'a Assembly>,
}

impl Places<'_> {
    /// The place in a cell of a line and column of the generated file, both from 1.
    pub fn find(&self, line: u32, column: u32) -> Option<Origin> {
        let index = (line as usize).checked_sub(1)?;
        let lines: Vec<&str> = self.generated.lines().collect();
        let wanted = lines.get(index)?;
        let code = wanted.trim();
        if code.is_empty() {
            return None;
        }
        let same = |line: &&&str| line.trim() == code;
        let turn = lines[..index].iter().filter(same).count();
        let inside = (column as usize).checked_sub(1 + indentation(wanted))?;
        self.cells.iter().find_map(|cell| {
            let own: Vec<&str> = cell.text().lines().collect();
            let mut found = own.iter().enumerate().filter(|(_, line)| line.trim() == code);
            let (at, line) = match found.clone().count() {
                0 | 1 => found.next()?,
                _ => found.nth(turn)?,
            };
            let column = indentation(line) + inside + 1;
            let offset = cell.offset(u32::try_from(at).ok()? + 1, u32::try_from(column).ok()?)?;
            match cell.place(offset..offset) {
                Place::Cell(origin) => Some(origin),
                Place::Marked(_) | Place::Scaffold => None,
            }
        })
    }

    /// Replaces places in the generated file by places in cells.
    pub fn translate(&self, text: &str) -> String {
        let mut translated = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(FILE) {
            let (before, named) = rest.split_at(at);
            translated.push_str(before);
            let numbers = &named[FILE.len()..];
            let length = numbers
                .find(|c: char| !c.is_ascii_digit() && c != ':')
                .unwrap_or(numbers.len());
            let (numbers, behind) = numbers.split_at(length);
            let place = numbers.split_once(':').and_then(|(line, column)| {
                self.find(line.parse().ok()?, column.trim_end_matches(':').parse().ok()?)
            });
            match place {
                Some(origin) => {
                    let (line, column) = origin.cell.position(origin.range.start);
                    let colon = if numbers.ends_with(':') { ":" } else { "" };
                    translated.push_str(&format!("In [{}]:{line}:{column}{colon}", origin.cell.number));
                }
                None => translated.extend([FILE, numbers]),
            }
            rest = behind;
        }
        translated + rest
    }
}

/// How many characters of white space a line begins with.
fn indentation(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rustc::source::CellText;

    #[test]
    fn a_line_is_found_by_what_is_in_it() {
        let cell = CellText::new(4, "let a = 1;\n  f(a);\nlet b = a;\nf(a);");
        let range = 0..cell.text.len();
        let mut file = Assembly::default();
        file.cell(&Origin { cell, range });
        let generated = "fn run() {\nlet a = 1;\n  f(a);\nlet b = a;\n    f(a);\nput(a);\n}\n";
        let places = Places {
            generated: generated.to_owned(),
            cells: vec![&file],
        };
        let rows = [
            ("at src/lib.rs:2:9:\nx", "at In [4]:1:9:\nx"),
            ("[src/lib.rs:3:5] a", "[In [4]:2:5] a"),
            ("[src/lib.rs:5:5] a", "[In [4]:4:1] a"),
            ("src/lib.rs:6:1", "src/lib.rs:6:1"),
            ("src/lib.rs:99:1 src/lib.rs:x", "src/lib.rs:99:1 src/lib.rs:x"),
        ];
        for (text, translated) in rows {
            assert_eq!(places.translate(text), translated);
        }
    }
}
