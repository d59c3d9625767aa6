//! Stands between the worker and the screen: names places as the person knows them, and unpacks what prints itself.
//!
//! - `cell_0123456789abcdef.rs:9:23`, as `dbg!` and panics in threads print it, becomes `In [4]:2:5`.
//! - A type with an `evcxr_display` prints its rich form between two marked lines on stdout: that becomes a display.

use serde_json::Value;

use super::files::Files;
use super::notes;
use super::source::Place;
use crate::engine::CellHost;
use crate::output::{CommMessage, MimeBundle, Output, StreamName};

const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";
/// Longest block in bytes: the longest message that front ends take.
const LONGEST: usize = 64 << 20;
/// Longest name of a kind of content.
const LONGEST_KIND: usize = 100;

/// A host that sees outputs in the person's terms.
pub struct Filter<'a> {
    host: &'a mut dyn CellHost,
    files: &'a Files,
    /// Stdout that may become, or is inside of, a rich block.
    held: String,
    /// How many bytes of a begun block are known to hold no end of it. None outside of blocks.
    searched: Option<usize>,
    /// Bytes of the block that were given up because it is too long.
    dropped: usize,
    /// A block has just ended: the line end behind its marker belongs to it.
    after_block: bool,
    /// The last thing shown, if it is a block that another one may join: its display and what is in it.
    last: Option<(String, MimeBundle)>,
    longest: usize,
}

impl<'a> Filter<'a> {
    /// Passes on to `host` what it gets; `files` are all generated files by name.
    pub fn new(host: &'a mut dyn CellHost, files: &'a Files) -> Filter<'a> {
        Filter {
            host,
            files,
            held: String::new(),
            searched: None,
            dropped: 0,
            after_block: false,
            last: None,
            longest: LONGEST,
        }
    }

    /// Gives out what was held back, at the end of a cell: of a block without an end, its text.
    pub fn finish(&mut self) {
        self.searched = None;
        if self.dropped > 0 {
            self.too_long();
        }
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
        while self.next_block() {}
        if self.searched.is_none() {
            // The end of the text may be the start of a marker whose rest is still on its way.
            let keep = (1..=BEGIN.len() + LONGEST_KIND)
                .rev()
                .filter_map(|length| self.held.len().checked_sub(length))
                .filter(|at| self.held.is_char_boundary(*at))
                .find(|at| may_begin(&self.held[*at..]));
            let ready: String = self.held.drain(..keep.unwrap_or(self.held.len())).collect();
            self.text(StreamName::Stdout, &ready);
        }
    }

    /// Takes text up to the next block, or a block, from what is held. False if nothing more can be told yet.
    fn next_block(&mut self) -> bool {
        let Some(searched) = self.searched else {
            let begins = self
                .held
                .match_indices(BEGIN)
                .find(|(at, _)| kind(&self.held[*at..]).is_some());
            let Some((start, _)) = begins else { return false };
            let before: String = self.held.drain(..start).collect();
            self.text(StreamName::Stdout, &before);
            self.searched = Some(0);
            return true;
        };
        let Some(found) = self.held[searched..].find(END) else {
            if self.held.len() > self.longest {
                // What comes is not kept either, but for what may be the beginning of the end.
                let end = self.held.floor_char_boundary(self.held.len() - END.len());
                self.dropped += self.held.drain(..end).count();
            }
            let known = self.held.len().saturating_sub(END.len());
            self.searched = Some(self.held.floor_char_boundary(known));
            return false;
        };
        let end = searched + found;
        let block: String = self.held.drain(..end + END.len()).collect();
        self.searched = None;
        match self.dropped {
            0 => self.block(&block[..end]),
            _ => self.too_long(),
        }
        self.after_block = self.held.is_empty();
        if self.held.starts_with('\n') {
            self.held.remove(0);
        }
        true
    }

    /// Shows a block, whose end marker is cut off.
    fn block(&mut self, block: &str) {
        let Some((mime, content)) = kind(block) else {
            return self.text(StreamName::Stdout, block);
        };
        let content = content.trim_end_matches(['\n', '\r']);
        let value = match serde_json::from_str::<Value>(content) {
            Ok(value) if mime.ends_with("json") => value,
            // Base64, which some break into lines.
            _ if mime.starts_with("image/") && mime != "image/svg+xml" => {
                Value::from(content.split_ascii_whitespace().collect::<String>())
            }
            _ => Value::from(content),
        };
        // One value may show itself in several forms, one block after another: they are one display.
        let (id, mut data, update) = match self.last.take() {
            Some((id, data)) if !data.contains_key(mime) || is_stand_in(&data, mime) => (id, data, true),
            _ => (uuid::Uuid::new_v4().to_string(), MimeBundle::new(), false),
        };
        data.insert(mime.to_owned(), value);
        let stand_in = || Value::from(format!("[{mime}]"));
        data.entry("text/plain").or_insert_with(stand_in);
        self.host.emit(Output::Display {
            data: data.clone(),
            metadata: serde_json::Map::new(),
            display_id: Some(id.clone()),
            update,
        });
        self.last = Some((id, data));
    }

    fn too_long(&mut self) {
        let megabytes = (std::mem::take(&mut self.dropped) + self.held.len()) >> 20;
        self.last = None;
        notes::show(
            self.host,
            &format!(
                "a block of rich content was too large to be shown: more than {megabytes} MiB, and the limit is {} MiB",
                self.longest >> 20
            ),
        );
    }

    fn text(&mut self, name: StreamName, text: &str) {
        if !text.is_empty() {
            self.last = None;
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
            // What another thread shows while a block is printed does not end the block.
            output if self.searched.is_some() => self.host.emit(output),
            output => {
                self.finish();
                self.last = None;
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

/// The kind of content that a block announces, and what comes behind. None if this is no block.
fn kind(text: &str) -> Option<(&str, &str)> {
    let (kind, content) = text.strip_prefix(BEGIN)?.split_once('\n')?;
    let kind = kind.trim();
    let is_kind = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
    let (first, second) = kind.split_once('/')?;
    (kind.len() <= LONGEST_KIND && is_kind(first) && is_kind(second)).then_some((kind, content))
}

/// Whether a text that ends here may become the beginning of a block.
fn may_begin(text: &str) -> bool {
    match text.strip_prefix(BEGIN) {
        Some(kind) => kind.len() <= LONGEST_KIND && !kind.contains('\n'),
        None => BEGIN.starts_with(text),
    }
}

/// Whether a bundle has only a stand-in for text.
fn is_stand_in(data: &MimeBundle, mime: &str) -> bool {
    let other = data.keys().find(|key| *key != "text/plain");
    mime == "text/plain" && other.is_some_and(|other| data[mime] == format!("[{other}]"))
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

    /// What text becomes that arrives in pieces of this many bytes: plain text, and displays in `<>`.
    fn shown(text: &str, size: usize, longest: usize) -> String {
        let mut seen = Seen::default();
        let files = files();
        let mut filter = Filter::new(&mut seen, &files);
        filter.longest = longest;
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
                Output::Display { data, update, .. } => {
                    let forms = data
                        .iter()
                        .filter(|(mime, _)| data.len() == 1 || *mime != "text/plain");
                    let forms: Vec<String> =
                        forms.map(|(mime, content)| format!("{mime} {content}")).collect();
                    plain.push_str(&format!(
                        "<{}{}>",
                        if update { "again " } else { "" },
                        forms.join(", ")
                    ));
                }
                _ => panic!("no other output"),
            }
        }
        plain
    }

    #[test]
    fn marked_blocks_become_displays_however_the_text_is_cut() {
        let block =
            |mime: &str, content: &str| format!("EVCXR_BEGIN_CONTENT {mime}\n{content}\nEVCXR_END_CONTENT\n");
        let html = block("text/html", "<b>1</b>");
        let rows = [
            (format!("a EVCXR\n{html}z"), "a EVCXR\n<text/html \"<b>1</b>\">z"),
            (
                format!("{html}{html}"),
                "<text/html \"<b>1</b>\"><text/html \"<b>1</b>\">",
            ),
            // Binary content is base64, in lines or not.
            (block("image/png", "aGVs\r\nbG8="), "<image/png \"aGVsbG8=\">"),
            (
                block("application/json", "{\"a\": [1]}"),
                "<application/json {\"a\":[1]}>",
            ),
            (block("text/plain", "x"), "<text/plain \"x\">"),
            // Several forms of one value.
            (
                format!("{html}{}", block("image/svg+xml", "<svg/>")),
                "<text/html \"<b>1</b>\"><again image/svg+xml \"<svg/>\", text/html \"<b>1</b>\">",
            ),
            (
                format!("{html}between\n{html}"),
                "<text/html \"<b>1</b>\">between\n<text/html \"<b>1</b>\">",
            ),
            // What is no block is text.
            (
                "EVCXR_BEGIN_CONTENT text/html\nhalf".into(),
                "EVCXR_BEGIN_CONTENT text/html\nhalf",
            ),
            (
                "EVCXR_BEGIN_CONTENT text/html".into(),
                "EVCXR_BEGIN_CONTENT text/html",
            ),
            (
                "EVCXR_BEGIN_CONTENT \nx\nEVCXR_END_CONTENT\n".into(),
                "EVCXR_BEGIN_CONTENT \nx\nEVCXR_END_CONTENT\n",
            ),
            (
                "EVCXR_BEGIN_CONTENT of it\n".into(),
                "EVCXR_BEGIN_CONTENT of it\n",
            ),
            (
                format!("EVCXR_BEGIN_CONTENT no kind\n{html}"),
                "EVCXR_BEGIN_CONTENT no kind\n<text/html \"<b>1</b>\">",
            ),
        ];
        for (text, expected) in rows {
            for size in 1..text.len() {
                assert_eq!(shown(&text, size, LONGEST), expected, "pieces of {size}");
            }
        }
    }

    #[test]
    fn a_block_without_bounds_is_given_up_and_what_follows_is_not() {
        let block = |length: usize| {
            format!(
                "EVCXR_BEGIN_CONTENT text/html\n{}\nEVCXR_END_CONTENT\n",
                "x".repeat(length)
            )
        };
        for size in [7, 100, 5000] {
            let text = format!("{}after\n{}", block(3000), block(2));
            let shown = shown(&text, size, 1000);
            assert!(shown.contains("too large"), "{shown}");
            assert!(
                shown.ends_with("after\n<text/html \"xx\">"),
                "pieces of {size}: {shown}"
            );
            assert!(!shown.contains("xxx"), "{shown}");
        }
    }

    #[test]
    fn a_display_that_comes_while_a_block_is_printed_leaves_it_whole() {
        let mut seen = Seen::default();
        let files = files();
        let mut filter = Filter::new(&mut seen, &files);
        let stdout = |text: &str| Output::Stream {
            name: StreamName::Stdout,
            text: text.to_owned(),
        };
        filter.emit(stdout("EVCXR_BEGIN_CONTENT text/html\n<b>"));
        filter.emit(Output::Clear { wait: true });
        filter.emit(stdout("1</b>\nEVCXR_END_CONTENT\n"));
        filter.finish();
        assert_eq!(seen.0[0], Output::Clear { wait: true });
        assert!(matches!(&seen.0[1..], [Output::Display { data, .. }] if data["text/html"] == "<b>1</b>"));
    }
}
