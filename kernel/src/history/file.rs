//! The file of the history: JSON lines, one file per user.
//!
//! Several kernels may append at once. A damaged line is passed over, and a file that cannot be written only means that the
//! history ends with the session: nothing here can make a cell fail. Displays other than text are not kept.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Size of the file in bytes at which its older half is dropped.
const LARGEST_FILE: u64 = 4 << 20;
/// A longer input, in bytes, is pasted data: it is kept for the session, but not in the file.
const LARGEST_SOURCE: usize = 64 << 10;
/// Outputs are kept up to this many bytes.
const LARGEST_OUTPUT: usize = 4 << 10;

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of the session, from 1.
    pub session: u32,
    /// Number of the cell, as in `In [3]`.
    pub line: u32,
    /// The text.
    pub source: String,
    /// text/plain of its result, if it had one.
    pub output: Option<String>,
}

/// One line of the file: the start of a session, an input, or the result of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    session: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

/// The history as one session sees it.
#[derive(Debug)]
pub struct History {
    path: PathBuf,
    session: u32,
    /// What could not be written.
    unsaved: Vec<Record>,
}

impl History {
    /// Opens the history in a folder (made if missing) and begins a session, numbered one above the highest there.
    pub fn open(folder: &Path) -> History {
        let path = folder.join("history.jsonl");
        // Without a folder the number is 1 and everything stays in memory.
        let session = std::fs::create_dir_all(folder)
            .and_then(|()| begin_session(&path))
            .unwrap_or(1);
        History {
            path,
            session,
            unsaved: Vec::new(),
        }
    }

    /// Keeps an input.
    pub fn record(&mut self, line: u32, source: &str) {
        let source = Some(source.to_string());
        self.keep(Record {
            session: self.session,
            line: Some(line),
            source,
            output: None,
        });
    }

    /// Keeps the result of an input that was recorded before.
    pub fn record_output(&mut self, line: u32, text: &str) {
        let output = Some(text[..text.floor_char_boundary(LARGEST_OUTPUT)].to_string());
        self.keep(Record {
            session: self.session,
            line: Some(line),
            source: None,
            output,
        });
    }

    /// The last `count` inputs of all sessions, oldest first.
    pub fn tail(&self, count: usize) -> Vec<Entry> {
        last(self.entries(), count)
    }

    /// Inputs `start` up to, not including, `stop` of one session; all from `start` without `stop`.
    ///
    /// Session 0 is this one, -1 the one before it, as in IPython.
    pub fn range(&self, session: i64, start: u32, stop: Option<u32>) -> Vec<Entry> {
        let wanted = if session > 0 {
            session
        } else {
            i64::from(self.session) + session
        };
        let chosen = |entry: &Entry| {
            i64::from(entry.session) == wanted
                && entry.line >= start
                && stop.is_none_or(|stop| entry.line < stop)
        };
        self.entries().into_iter().filter(chosen).collect()
    }

    /// Inputs that match a pattern (`*` any text, `?` one character) as a whole, oldest first: the last `count` of them, or
    /// all. With `unique` only the latest of equal inputs is given.
    pub fn search(&self, pattern: &str, unique: bool, count: Option<usize>) -> Vec<Entry> {
        let pattern: Vec<char> = pattern.chars().collect();
        let mut found: Vec<Entry> = self
            .entries()
            .into_iter()
            .filter(|entry| matches(&pattern, &entry.source))
            .collect();
        if unique {
            let mut seen = HashSet::new();
            found.reverse();
            found.retain(|entry| seen.insert(entry.source.clone()));
            found.reverse();
        }
        last(found, count.unwrap_or(usize::MAX))
    }

    fn keep(&mut self, record: Record) {
        let small = record
            .source
            .as_ref()
            .is_none_or(|source| source.len() <= LARGEST_SOURCE);
        if !small || append(&self.path, &record).is_err() {
            self.unsaved.push(record);
        }
    }

    fn entries(&self) -> Vec<Entry> {
        // A file that cannot be read holds nothing that could be shown.
        let text = std::fs::read(&self.path).unwrap_or_default();
        let mut entries: Vec<Entry> = Vec::new();
        for record in records(&text).chain(self.unsaved.iter().cloned()) {
            let Some(line) = record.line else { continue };
            if let Some(source) = record.source {
                entries.push(Entry {
                    session: record.session,
                    line,
                    source,
                    output: None,
                });
            } else if let Some(entry) = entries
                .iter_mut()
                .rev()
                .find(|entry| (entry.session, entry.line) == (record.session, line))
            {
                entry.output = record.output;
            }
        }
        entries
    }
}

fn last(mut entries: Vec<Entry>, count: usize) -> Vec<Entry> {
    entries.split_off(entries.len().saturating_sub(count))
}

fn records(text: &[u8]) -> impl Iterator<Item = Record> {
    text.split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
}

/// Numbers a new session, and shortens a file that has grown too large.
fn begin_session(path: &Path) -> io::Result<u32> {
    let mut file = open_locked(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST_FILE {
        let half = text.len() / 2;
        let cut = text[half..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(text.len(), |at| half + at + 1);
        text.drain(..cut);
        // In place, not by a new file: another kernel may be waiting for the lock of this one.
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&text)?;
    }
    let session = records(&text)
        .map(|record| record.session)
        .max()
        .unwrap_or(0)
        .saturating_add(1);
    write_line(
        &mut file,
        &text,
        &Record {
            session,
            line: None,
            source: None,
            output: None,
        },
    )?;
    Ok(session)
}

fn append(path: &Path, record: &Record) -> io::Result<()> {
    // The folder may have been deleted while the kernel runs.
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    write_line(&mut open_locked(path)?, b"", record)
}

fn write_line(file: &mut File, before: &[u8], record: &Record) -> io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    if before.last().is_some_and(|byte| *byte != b'\n') {
        // A line that was cut off by a full disk must not swallow this one.
        line.insert(0, b'\n');
    }
    file.write_all(&line)
}

fn open_locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path)?;
    // Where the file system has no locks, a line is still written in one piece.
    let _ = file.lock();
    Ok(file)
}

/// Whether a text matches a pattern as a whole.
fn matches(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut in_pattern) = (0, 0);
    // Where to go on if what follows the last `*` does not match.
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('*') => {
                retry = Some((in_pattern + 1, at));
                in_pattern += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => {
                let Some((after_star, taken)) = retry else {
                    return false;
                };
                retry = Some((after_star, taken + 1));
                in_pattern = after_star;
                at = taken + 1;
            }
        }
    }
    pattern[in_pattern..].iter().all(|left| *left == '*')
}

#[cfg(test)]
mod tests;
