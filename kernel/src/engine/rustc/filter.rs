//! Stands between the worker and the screen: names places as the person knows them, and unpacks what prints itself.
//!
//! - `cell_0123456789abcdef.rs:9:23`, as `dbg!` and panics in threads print it, becomes `In [4]:2:5`.
//! - A type with an `evcxr_display` prints its rich form between two marked lines on stdout: that becomes a display.

use serde_json::Value;

use super::files::Files;
use super::source::Place;
use crate::engine::CellHost;
use crate::output::{CommMessage, MimeBundle, Output, StreamName};

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";

/// A host that sees outputs in the person's terms.
pub struct Filter<'a> {
    host: &'a mut dyn CellHost,
    files: &'a Files,
    /// Stdout that may become, or is inside of, a rich block.
    held: String,
    /// A block has just ended: the line end behind its marker belongs to it.
    after_block: bool,
}

impl<'a> Filter<'a> {
    /// Passes on to `host` what it gets; `files` are all generated files by name.
    pub fn new(host: &'a mut dyn CellHost, files: &'a Files) -> Filter<'a> {
        Filter {
            host,
            files,
            held: String::new(),
            after_block: false,
        }
    }

    /// Gives out what was held back, at the end of a cell.
    pub fn finish(&mut self) {
        let rest = std::mem::take(&mut self.held);
        self.text(StreamName::Stdout, &rest);
    }

    fn stdout(&mut self, text: &str) {
        let text = if self.after_block && !text.is_empty() {
            self.after_block = false;
            text.strip_prefix('\n').unwrap_or(text)
        } else {
            text
        };
        self.held.push_str(text);
        while let Some(start) = self.held.find(BEGIN) {
            let content = start + BEGIN.len();
            let Some(length) = self.held[content..].find(END) else {
                let before: String = self.held.drain(..start).collect();
                self.text(StreamName::Stdout, &before);
                return;
            };
            let before = self.held[..start].to_owned();
            let block = self.held[content..content + length].to_owned();
            let after = self.held[content + length + END.len()..].to_owned();
            self.after_block = after.is_empty();
            self.held = after.strip_prefix('\n').unwrap_or(&after).to_owned();
            self.text(StreamName::Stdout, &before);
            self.block(&block);
        }
        // The end of the text may be the start of a marker whose rest is still on its way.
        let keep = (1..BEGIN.len())
            .rev()
            .find(|length| self.held.ends_with(&BEGIN[..*length]))
            .unwrap_or(0);
        let ready: String = self.held.drain(..self.held.len() - keep).collect();
        self.text(StreamName::Stdout, &ready);
    }

    fn block(&mut self, block: &str) {
        let (mime, content) = block.split_once('\n').unwrap_or((block, ""));
        let content = content.trim_end_matches('\n');
        let mut data = MimeBundle::new();
        let mime = mime.trim();
        let value = match serde_json::from_str::<Value>(content) {
            Ok(value) if mime.ends_with("json") => value,
            _ => Value::from(content),
        };
        if mime != "text/plain" {
            data.insert("text/plain".to_owned(), Value::from(format!("[{mime}]")));
        }
        data.insert(mime.to_owned(), value);
        self.host.emit(Output::display(data));
    }

    fn text(&mut self, name: StreamName, text: &str) {
        if !text.is_empty() {
            let text = translate(text, self.files);
            self.host.emit(Output::Stream { name, text });
        }
    }
}

impl CellHost for Filter<'_> {
    fn emit(&mut self, output: Output) {
        match output {
            Output::Stream {
                name: StreamName::Stdout,
                text,
            } => self.stdout(&text),
            Output::Stream { name, text } => self.text(name, &text),
            output => {
                self.finish();
                self.host.emit(output);
            }
        }
    }

    fn input(&mut self, prompt: &str, password: bool) -> Result<String, String> {
        self.finish();
        self.host.input(prompt, password)
    }

    fn comms(&mut self) -> Vec<CommMessage> {
        self.host.comms()
    }
}

/// Replaces places in generated files by places in cells.
pub fn translate(text: &str, files: &Files) -> String {
    let mut translated = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("cell_") {
        translated.push_str(&rest[..at]);
        rest = &rest[at..];
        match place(rest, files) {
            Some((length, words)) => {
                translated.push_str(&words);
                rest = &rest[length..];
            }
            None => {
                translated.push_str("cell_");
                rest = &rest["cell_".len()..];
            }
        }
    }
    translated + rest
}

/// The place at the start of `text`: its length and how it is written for a person.
fn place(text: &str, files: &Files) -> Option<(usize, String)> {
    let name = text.find(".rs:")? + 3;
    let file = files.get(&text[..name])?;
    let (line, length) = number(&text[name + 1..])?;
    let mut end = name + 1 + length;
    let column = match text[end..].strip_prefix(':').and_then(number) {
        Some((column, length)) => {
            end += 1 + length;
            column
        }
        None => 1,
    };
    let offset = file.offset(line, column)?;
    match file.place(offset..offset) {
        Place::Cell(origin) => {
            let (line, column) = origin.cell.position(origin.range.start);
            Some((end, format!("In [{}]:{line}:{column}", origin.cell.number)))
        }
        Place::Marked(_) | Place::Scaffold => None,
    }
}

fn number(text: &str) -> Option<(u32, usize)> {
    let length = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..length].parse().ok()?, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rustc::source::{Assembly, CellText, Origin};

    #[derive(Default)]
    struct Seen(Vec<Output>);

    impl CellHost for Seen {
        fn emit(&mut self, output: Output) {
            self.0.push(output);
        }

        fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
            Err(String::new())
        }
    }

    fn files() -> Files {
        let cell = CellText::new(4, "é();\n  f()");
        let mut file = Assembly::default();
        file.scaffold("one\ntwo ");
        let range = 0..cell.text.len();
        file.cell(&Origin { cell, range });
        let mut files = Files::default();
        files.insert("cell_00ff.rs".to_owned(), file);
        files
    }

    #[test]
    fn places_are_named_as_the_person_knows_them() {
        let rows = [
            ("[cell_00ff.rs:3:3] x", "[In [4]:2:3] x"),
            ("cell_00ff.rs:2:6", "In [4]:1:2"),
            ("cell_00ff.rs:1:1 stays", "cell_00ff.rs:1:1 stays"),
            ("cell_11.rs:1:1 cell_", "cell_11.rs:1:1 cell_"),
            ("no place", "no place"),
        ];
        for (text, translated) in rows {
            assert_eq!(translate(text, &files()), translated);
        }
    }

    #[test]
    fn marked_blocks_become_displays_however_the_text_is_cut() {
        let text = "a EVCXR\nEVCXR_BEGIN_CONTENT text/html\n<b>1</b>\nEVCXR_END_CONTENT\nz";
        for size in 1..text.len() {
            let mut seen = Seen::default();
            let files = files();
            let mut filter = Filter::new(&mut seen, &files);
            for piece in text.as_bytes().chunks(size) {
                filter.emit(Output::Stream {
                    name: StreamName::Stdout,
                    text: String::from_utf8(piece.to_vec()).unwrap(),
                });
            }
            filter.finish();
            let mut plain = String::new();
            for output in seen.0 {
                match output {
                    Output::Stream { text, .. } => plain.push_str(&text),
                    Output::Display { data, .. } => plain.push_str(&format!("<{}>", data["text/html"])),
                    _ => panic!("no other output"),
                }
            }
            assert_eq!(plain, "a EVCXR\n<\"<b>1</b>\">z", "pieces of {size}");
        }
    }
}
