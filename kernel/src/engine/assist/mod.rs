//! Answers questions about code: completion, inspection, and whether a cell is finished.
//!
//! It looks at two things only: the latest picture of the session ([`SharedView`]) and an index of public names
//! ([`Index`]). It compiles nothing and waits for no cell, so it answers while one runs. What it cannot answer is left to a
//! `rust-analyzer`, if there is one.

mod analyzer;
mod attributes;
mod calls;
mod chain;
mod closures;
mod complete;
mod completeness;
mod expand;
mod extract;
pub mod index;
mod infer;
mod inspect;
mod known;
mod modules;
mod patterns;
mod scope;
mod standard;
mod tokens;
mod types;
mod words;

#[cfg(test)]
mod learner_tests;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::OnceLock;

use super::apart::{apart, is_endless};
use super::session_view::{SessionView, SharedView};
use super::{Assistant, Completeness, Completions, Inspection};
use analyzer::{Analyzer, Settings};
use complete::Place;
use index::Index;
use known::Known;

pub use analyzer::program as analyzer_program;
pub use modules::from_crates as index_crates;

/// The assistant of a session.
pub struct Assist {
    view: SharedView,
    source: PathBuf,
    index: OnceLock<Index>,
    rustc: Option<PathBuf>,
    analyzer: OnceLock<Option<Analyzer>>,
}

impl Assist {
    /// An assistant for the session that `view` shows, with the index in the file `api` (`lib/hebb/api.json`).
    ///
    /// The file is read at the first question, so that it costs the start nothing. Without it the names of the standard
    /// library and of the session are still known.
    pub fn new(view: SharedView, api: impl Into<PathBuf>) -> Assist {
        Assist {
            view,
            source: api.into(),
            index: OnceLock::new(),
            rustc: None,
            analyzer: OnceLock::new(),
        }
    }

    /// Leaves what it cannot answer to the `rust-analyzer` that fits this compiler, if one is found at the first such question.
    pub fn with_analyzer(mut self, rustc: impl Into<PathBuf>) -> Assist {
        self.rustc = Some(rustc.into());
        self
    }

    fn analyzer(&self) -> Option<&Analyzer> {
        let find = || self.rustc.as_deref().and_then(Settings::find).map(Analyzer::new);
        self.analyzer.get_or_init(find).as_ref()
    }

    fn index(&self) -> &Index {
        self.index
            .get_or_init(|| Index::load(&self.source).unwrap_or_else(|_| Index::standard().clone()))
    }

    /// Hands a question what it needs: the session, the names that it and the text itself bring, and the variables up to `end`.
    fn ask<T>(
        &self,
        code: &str,
        end: usize,
        question: impl FnOnce(&SessionView, &Known<'_>, &infer::Variables) -> T,
    ) -> T {
        let view = self.view.get();
        let mut items = known::items_of_cell(code);
        items.extend(view.items.iter().cloned());
        let own = known::items(items);
        let mut imported = known::imported(code);
        imported.extend(view.uses.iter().flat_map(|line| known::imported(line)));
        let known = Known {
            indexes: vec![&own, self.index()],
            imported,
        };
        let session = view
            .variables
            .iter()
            .map(|variable| (variable.name.as_str(), variable.type_name.as_str()));
        let head = code.get(..end).unwrap_or(code);
        let variables = scope::variables(
            scope::session_variables(session),
            &known,
            &tokens::significant(head),
        );
        question(&view, &known, &variables)
    }
}

/// Enough for a text of [`LONGEST`] brackets or signs, of which the grammar stacks one on the other.
const STACK_BYTES: usize = 256 << 20;

/// Tokens. Longer texts, like those with a number of thousands of digits, are pasted data: nothing is offered in them, and the
/// compiler says whether they are complete.
const LONGEST: usize = 20_000;

/// Answers on a thread of its own. None for a text that is too long.
fn answered<T: Send>(code: &str, answer: impl FnOnce() -> T + Send) -> Option<T> {
    let tokens = tokens::tokens(code);
    if tokens.len() > LONGEST || tokens.iter().any(|token| is_endless(token.text)) {
        return None;
    }
    apart(STACK_BYTES, answer)
}

impl Assistant for Assist {
    fn complete(&self, code: &str, cursor: usize) -> Completions {
        let found = Place::new(code, cursor).and_then(|place| {
            let start = place.start;
            let mut found = answered(code, || {
                self.ask(code, start, |view, known, variables| {
                    complete::complete(&place, known, view, variables)
                })
            })?;
            if found.items.is_empty()
                && place.may_be_known()
                && let Some(analyzer) = self.analyzer()
            {
                let cursor = start + place.prefix.len();
                found.items = analyzer.complete(&self.view.get(), code, cursor, place.prefix);
            }
            Some(found)
        });
        found.unwrap_or_else(|| {
            let cursor = complete::floor(code, cursor);
            Completions {
                start: cursor,
                end: cursor,
                items: Vec::new(),
            }
        })
    }

    fn inspect(&self, code: &str, cursor: usize, detailed: bool) -> Option<Inspection> {
        let question = || {
            self.ask(code, cursor, |view, known, variables| {
                inspect::inspect(code, cursor, detailed, known, view, variables)
            })
        };
        answered(code, question)?.or_else(|| {
            let cursor = inspect::unknown_name(code, cursor)?;
            self.analyzer()?.inspect(&self.view.get(), code, cursor, detailed)
        })
    }

    fn is_complete(&self, code: &str) -> Completeness {
        // As the engine does.
        let code = code.trim_start_matches('\u{feff}');
        answered(code, || completeness::is_complete(code)).unwrap_or(Completeness::Complete)
    }
}
