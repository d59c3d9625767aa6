//! The compile cache: what was compiled once is found again, in the next session and by everyone who shares a directory.
//!
//! One entry is the answer to one call of the compiler: the library and the types of the variables, or the errors from which the engine
//! learned what to leave out. A cell that took three tries is found in three entries. Its name is a hash of everything that
//! the answer depends on (`key`); whether it depends on anything else is asked of the compiler (`inputs`), and then nothing is
//! kept. `entry` is the form of a file, `folder` the rules of trust, `limit` what goes when there is too much,
//! `tally` counts what was found, `writer` is the thread that writes.
//!
//! A library that is found is written to the session's own directory before it is loaded. The loader takes a file that it knows for the
//! same library: a cell that runs again would go on with the statics of its last run. And what was checked is what is loaded,
//! whatever happens to the entry in between.
//!
//! Errors in what the person wrote are not kept: they are to be mended, not to be met again.
//!
//! Crates of `:dep`: an entry names their build by its content and by its paths, so it is found by the same user only. If procedural
//! macros are among them, nothing is kept: they may read what they want.

mod entry;
mod folder;
mod inputs;
mod key;
mod limit;
mod tally;
mod writer;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub use folder::{Contents, Folder, Found, Refusal};
pub use key::{Key, digest};
pub use limit::{NoSize, size, total, written};
pub use tally::{Outcome, Tally, day};

use super::compile::{CompileError, Compiled, Compiler, Job};
use super::effort::Effort;
use super::mir;
use crate::layout::Layout;
use entry::{Answer, Entry};
use key::Keys;
use writer::Writer;

/// The variable that lists directories of others, separated by colons.
pub const SHARED: &str = "HEBB_CACHE_PATH";

/// The directories of a session.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Only read, in this order.
    pub listed: Vec<Folder>,
    /// Read last, and written.
    pub own: Option<Folder>,
}

impl Places {
    /// `HEBB_CACHE_PATH`, and the user's cache directory.
    pub fn from_environment() -> Places {
        let listed = std::env::var_os(SHARED).unwrap_or_default();
        Places {
            listed: Folder::all_listed(&listed),
            own: Some(Folder::own(&crate::cache::directory())),
        }
    }

    /// One directory for everyone, and no other: whatever a course needs comes to be in there.
    pub fn to_share(root: &Path) -> Places {
        Places {
            listed: Vec::new(),
            own: Some(Folder::to_share(root)),
        }
    }
}

/// How many cells of a session the compiler was needed for.
#[derive(Debug, Default)]
pub struct Counts {
    compiled: AtomicU32,
    found: AtomicU32,
}

impl Counts {
    /// Counts a cell.
    pub fn count(&self, found: bool) {
        let counter = if found { &self.found } else { &self.compiled };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Cells for which the compiler was called.
    pub fn compiled(&self) -> u32 {
        self.compiled.load(Ordering::Relaxed)
    }

    /// Cells that were found.
    pub fn found(&self) -> u32 {
        self.found.load(Ordering::Relaxed)
    }
}

/// What a compilation gave, now or long ago.
pub struct Attempt {
    /// What the compiler said.
    pub compiled: Compiled,
    /// The types of the variables that the cell makes.
    pub types: HashMap<String, String>,
    /// Where it was found, if it was.
    pub found: Option<Outcome>,
    /// Where it belongs, if it is to be kept.
    key: Option<Key>,
}

/// The cache as a session sees it.
pub struct Cache {
    places: Places,
    keys: Keys,
    /// Started with the first entry.
    writer: Option<Writer>,
    counts: Arc<Counts>,
}

impl Cache {
    /// A cache in these places.
    pub fn new(places: Places, layout: &Layout) -> Cache {
        Cache {
            places,
            keys: Keys::new(layout),
            writer: None,
            counts: Arc::default(),
        }
    }

    /// How many cells were found.
    pub fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// Counts a cell, for this session and for good.
    pub fn count(&mut self, outcome: Outcome) {
        self.counts.count(outcome != Outcome::Compiled);
        let Some(own) = &self.places.own else { return };
        self.writer = self.writer.take().or_else(|| Writer::start(own.clone()));
        if let Some(writer) = &self.writer {
            writer.count(outcome);
        }
    }

    /// Compiles, unless the answer is known. `crates` identifies what `:dep` has built; none if that cannot be told.
    pub fn compile(
        &mut self,
        compiler: &Compiler,
        job: &Job<'_>,
        crates: Option<&str>,
    ) -> Result<Attempt, CompileError> {
        let key = crates
            .filter(|_| self.places.own.is_some() || !self.places.listed.is_empty())
            .and_then(|crates| self.keys.key(job, compiler.flags(), crates));
        if let Some((entry, place)) = key.and_then(|key| self.find(&key, compiler, job)) {
            return Ok(Attempt {
                compiled: Compiled {
                    success: entry.answer.success,
                    diagnostics: entry.answer.diagnostics,
                    rest: String::new(),
                    linking: Duration::ZERO,
                },
                types: entry.answer.types,
                found: Some(place),
                key: None,
            });
        }
        let compiled = compiler.compile(job)?;
        let types = match compiled.success && job.types {
            true => mir::variable_types(&compiler.types(job.name).unwrap_or_default()),
            false => HashMap::new(),
        };
        Ok(Attempt {
            compiled,
            types,
            found: None,
            key,
        })
    }

    /// Keeps what a compilation gave, if it was not found and depends on nothing but its key. Its files must still be there.
    pub fn keep(&mut self, compiler: &Compiler, job: &Job<'_>, attempt: &Attempt) {
        let (Some(key), Some(own)) = (attempt.key, &self.places.own) else {
            return;
        };
        let listed = compiler.inputs(job.name).unwrap_or_default();
        // A prelude that was replaced in between: who knows which one was compiled against?
        if !inputs::only_source(&listed, job.source, job.text) || !self.keys.unchanged() {
            return;
        }
        let library = match has_library(job, attempt.compiled.success) {
            true => fs::read(compiler.library(job.name)),
            false => Ok(Vec::new()),
        };
        let Ok(library) = library else { return };
        self.writer = self.writer.take().or_else(|| Writer::start(own.clone()));
        if let Some(writer) = &self.writer {
            let answer = Answer {
                success: attempt.compiled.success,
                diagnostics: attempt.compiled.diagnostics.clone(),
                types: attempt.types.clone(),
            };
            writer.write(key, Entry { answer, library });
        }
    }

    /// Looks for an entry, and puts its library where the compiler would have put it.
    fn find(&self, key: &Key, compiler: &Compiler, job: &Job<'_>) -> Option<(Entry, Outcome)> {
        let waiting = || self.writer.as_ref().and_then(|writer| writer.find(key));
        let own = || {
            self.places
                .own
                .as_ref()
                .and_then(|folder| folder.read_in_time(key))
        };
        let shared = || {
            self.places
                .listed
                .iter()
                .find_map(|folder| folder.read_in_time(key))
        };
        let found = waiting().map(|entry| (entry, Outcome::Own));
        let found = found.or_else(|| Some((shared()?, Outcome::Shared)));
        let (entry, place) = found.or_else(|| Some((own()?, Outcome::Own)))?;
        if has_library(job, entry.answer.success) {
            let library = compiler.library(job.name);
            if entry.library.is_empty() || fs::write(&library, &entry.library).is_err() {
                // A disk that is full: the compiler will say so.
                let _ = fs::remove_file(library);
                return None;
            }
        }
        Some((entry, place))
    }
}

/// Whether a compilation leaves something to load.
fn has_library(job: &Job<'_>, success: bool) -> bool {
    success && job.effort != Effort::Check
}
