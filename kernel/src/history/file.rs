//! The history of a person: the session's own inputs in memory, those of all sessions in a file of JSON lines.
//!
//! Several kernels may append at once. A damaged line is passed over, and a file that cannot be written only means that the
//! history ends with the session: nothing here can make a cell fail. A thread writes, and reading is given up after a second: on a
//! disk that hangs, what was typed in this session is still there. Displays other than text are not kept.

use std::collections::HashSet;
use std::convert::Infallible;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use serde::{Deserialize, Serialize};

use crate::cache::{self, Refusal};
use crate::pending::Patience;
use crate::worker::own_descriptors;

/// How long the disk is waited for at the start, for the session's number.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it is waited for at the end, to take what was typed last.
const PATIENCE_AT_END: Duration = Duration::from_secs(2);
/// How long the file's lock is waited for. A computer that has vanished from the network may hold it for minutes.
const PATIENCE_FOR_LOCK: Duration = Duration::from_millis(500);
/// The mode of the file.
const PRIVATE: u32 = 0o600;
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
    /// Set when the disk has told.
    session: Arc<OnceLock<u32>>,
    /// The inputs of this session; their number is filled in when it is asked for.
    own: Vec<Entry>,
    /// To the thread that writes; none when that is to end.
    to_keep: Option<Sender<Record>>,
    /// Closed when it has.
    kept: Receiver<Infallible>,
    patience: Patience,
}

impl History {
    /// Opens the history in a folder (made if missing) and begins a session, numbered one above the highest there.
    pub fn open(folder: &Path) -> History {
        let path = folder.join("history.jsonl");
        let session = Arc::new(OnceLock::new());
        let (to_keep, received) = mpsc::channel();
        let (alive, kept) = mpsc::channel();
        let (begun, numbered) = mpsc::channel::<Infallible>();
        let (file, number) = (path.clone(), session.clone());
        let writer = std::thread::Builder::new()
            .name("history file".to_owned())
            .spawn(move || {
                let _alive: Sender<Infallible> = alive;
                own_descriptors();
                // Without a file the number is 1.
                let own = *number.get_or_init(|| begin_session(&file).unwrap_or(1));
                drop(begun);
                while let Ok(record) = received.recv() {
                    // On a slow disk several have come in the meantime.
                    let waiting = std::iter::once(record).chain(received.try_iter());
                    let waiting: Vec<Record> = waiting
                        .map(|record| Record {
                            session: own,
                            ..record
                        })
                        .collect();
                    if let Err(error) = append(&file, &waiting) {
                        log::warn!("{}: {error}", file.display());
                    }
                }
            });
        if let Err(error) = &writer {
            log::warn!("the history ends with the session: {error}");
        }
        let _ = numbered.recv_timeout(PATIENCE);
        History {
            patience: Patience::with(&path),
            path,
            session,
            own: Vec::new(),
            to_keep: writer.ok().map(|_| to_keep),
            kept,
        }
    }

    /// The number of this session, from 1.
    fn session(&self) -> u32 {
        self.session.get().copied().unwrap_or(1)
    }

    /// Keeps an input.
    pub fn record(&mut self, line: u32, source: &str) {
        self.own.push(Entry {
            session: 0,
            line,
            source: source.to_owned(),
            output: None,
        });
        if source.len() <= LARGEST_SOURCE {
            self.keep(line, Some(source.to_owned()), None);
        }
    }

    /// Keeps the result of an input that was recorded before.
    pub fn record_output(&mut self, line: u32, text: &str) {
        let output = text[..text.floor_char_boundary(LARGEST_OUTPUT)].to_owned();
        if let Some(entry) = self.own.iter_mut().rev().find(|entry| entry.line == line) {
            entry.output = Some(output.clone());
        }
        self.keep(line, None, Some(output));
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
            i64::from(self.session()) + session
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

    fn keep(&self, line: u32, source: Option<String>, output: Option<String>) {
        let record = Record {
            session: 0,
            line: Some(line),
            source,
            output,
        };
        if let Some(to_keep) = &self.to_keep {
            // It receives until it is told to end; if it has panicked, the session still has its history.
            let _ = to_keep.send(record);
        }
    }

    /// Those of other sessions in the order of the file, then this one's.
    fn entries(&self) -> Vec<Entry> {
        let path = self.path.clone();
        // A file that cannot be read holds nothing that could be shown.
        let text = self.patience.ask(move || std::fs::read(path).unwrap_or_default());
        let others = records(text.as_deref().unwrap_or_default())
            .filter(|record| Some(&record.session) != self.session.get());
        let mut entries: Vec<Entry> = Vec::new();
        for record in others {
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
        let session = self.session();
        entries.extend(self.own.iter().map(|entry| Entry {
            session,
            ..entry.clone()
        }));
        entries
    }
}

/// What was recorded is in the file before the kernel ends, if the disk answers.
impl Drop for History {
    fn drop(&mut self) {
        self.to_keep = None;
        let _ = self.kept.recv_timeout(PATIENCE_AT_END);
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
    make_folder(path)?;
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
    let begin = Record {
        session,
        line: None,
        source: None,
        output: None,
    };
    write_lines(&mut file, &text, &[begin])?;
    Ok(session)
}

fn append(path: &Path, records: &[Record]) -> io::Result<()> {
    // The folder may have been deleted while the kernel runs.
    make_folder(path)?;
    write_lines(&mut open_locked(path)?, b"", records)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let made = path.parent().map_or(Ok(()), cache::make_own);
    made.map_err(|refusal| match refusal {
        Refusal::System(error) => error,
        refusal => io::Error::other(refusal.to_string()),
    })
}

fn write_lines(file: &mut File, before: &[u8], records: &[Record]) -> io::Result<()> {
    let mut lines = Vec::new();
    if before.last().is_some_and(|byte| *byte != b'\n') {
        // A line that was cut off by a full disk must not swallow this one.
        lines.push(b'\n');
    }
    for record in records {
        serde_json::to_writer(&mut lines, record)?;
        lines.push(b'\n');
    }
    file.write_all(&lines)
}

/// Opens the file, which only its user may read: what people try is nobody else's business.
fn open_locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .mode(PRIVATE)
        // A pipe that someone put there must not make us wait, nor a link lead elsewhere.
        .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
        .open(path)?;
    let about = file.metadata()?;
    if about.uid() != geteuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    if about.mode() & 0o777 != PRIVATE {
        file.set_permissions(Permissions::from_mode(PRIVATE))?;
    }
    let begun = Instant::now();
    // Where the file system has no locks, or nobody gives this one back, a line is still written in one piece.
    while let Err(TryLockError::WouldBlock) = file.try_lock() {
        if begun.elapsed() > PATIENCE_FOR_LOCK {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
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
