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
            self.held.clear();
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
        self.dropped += if end > self.longest { end } else { 0 };
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
        let megabytes = std::mem::take(&mut self.dropped) >> 20;
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
mod tests;
