//! Runs what evcxr has compiled, in the worker, and tells both sides how it ended: the person, and evcxr.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::engine::EvcxrEngine;
use super::marks::{Marks, Seen};
use super::places::Places;
use super::protocol::{Answer, Request};
use crate::engine::CellHost;
use crate::engine::courier::Courier;
use crate::engine::rustc::diagnostics::{plain_error, runtime_error, word_at};
use crate::engine::rustc::files::Files;
use crate::engine::rustc::filter::Filter;
use crate::engine::rustc::notes;
use crate::engine::rustc::source::Assembly;
use crate::output::{CellError, CommMessage, MimeBundle};
use crate::worker::{After, Ran, RunOutcome};

/// What a cell gave besides its output.
#[derive(Default)]
pub struct End {
    /// The value of the last expression.
    pub result: Option<(MimeBundle, Map<String, Value>)>,
    /// Remarks for the person.
    pub notes: Vec<String>,
    /// What commands show: MIME type to content.
    pub shown: BTreeMap<String, String>,
    /// It was asked to stop, and noticed.
    pub interrupted: bool,
    /// It ran and failed.
    pub error: Option<CellError>,
}

impl EvcxrEngine {
    /// Runs a function of a library that evcxr has compiled for the cell `file`.
    pub(super) fn run(
        &mut self,
        request: &Request,
        file: &Assembly,
        host: &mut dyn CellHost,
    ) -> (End, Answer) {
        let generated = self.generated.as_ref().map(std::fs::read_to_string);
        let places = Places {
            generated: generated.and_then(Result::ok).unwrap_or_default(),
            cells: std::iter::once(file).chain(&self.cells).collect(),
        };
        // Types that print themselves are the filter's matter.
        let no_files = Files::default();
        let mut filter = Filter::new(host, &no_files);
        let mut marks = Marks::new(&mut filter, &places, file.text().contains('?'));
        let types = self.variables.iter().map(|variable| variable.type_name.as_str());
        self.worker.tell_of_types(types);
        let ran = self
            .worker
            .run_function(request.library.as_ref(), &request.function, &mut marks);
        let seen = marks.finish();
        filter.finish();
        if !seen.changed.is_empty() {
            notes::show(host, &changed(&seen.changed));
            return (End::default(), Answer::Changed(seen.changed));
        }
        let unprotected = ran.unprotected.clone();
        let answer = answer(&ran, &seen);
        let end = end(ran, seen, &places, self.variables.is_empty());
        notes::show_unprotected(host, unprotected, &mut self.said);
        (end, answer)
    }

    /// Lets the handler of a message on a comm run. What it does counts, unless it fails.
    pub(super) fn deliver(
        &mut self,
        message: &CommMessage,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        let mut courier = Courier::new(message, host);
        let ran = self.worker.deliver(&mut courier);
        let places = Places::default();
        let end = end(ran, Seen::default(), &places, self.variables.is_empty());
        match end.error {
            Some(error) => Err(error),
            None => self.show(end, host),
        }
    }
}

/// How evcxr has to go on.
fn answer(ran: &Ran, seen: &Seen) -> Answer {
    match (&ran.outcome, ran.after) {
        (RunOutcome::Ok { .. } | RunOutcome::Interrupted { killed: false }, After::Committed) => {
            Answer::Complete
        }
        (_, After::Lost) => Answer::Lost,
        (_, After::Undone) => Answer::Undone,
        (_, After::Committed) if seen.failed => Answer::Failed,
        (_, After::Committed) => Answer::Panicked,
    }
}

/// How the person learns of the end.
fn end(ran: Ran, seen: Seen, places: &Places<'_>, no_variables: bool) -> End {
    let cost = match (ran.after, no_variables) {
        (_, true) => "",
        (After::Lost, false) => "; all variables are gone",
        (After::Undone | After::Committed, false) => "; all variables are as they were before it",
    };
    let error = match ran.outcome {
        RunOutcome::Ok { result, notes } => {
            return End {
                result,
                notes: notes.iter().map(|note| places.translate(note)).collect(),
                ..End::default()
            };
        }
        RunOutcome::Interrupted { killed: false } => {
            return End {
                interrupted: true,
                ..End::default()
            };
        }
        RunOutcome::Interrupted { killed: true } => {
            plain_error("Interrupted", &format!("the cell was stopped{cost}"))
        }
        // The runtime takes any early end for that of the last panic.
        RunOutcome::Panic { .. } if seen.failed => runtime_error("Error", &said(&seen), None),
        RunOutcome::Panic {
            message,
            line,
            column,
            ..
        } => {
            let place = places.find(line, column).map(|place| word_at(&place));
            runtime_error("Panic", &message, place.as_ref())
        }
        RunOutcome::Failed { message, .. } if message.is_empty() => {
            runtime_error("Error", &said(&seen), None)
        }
        RunOutcome::Failed {
            message,
            line,
            column,
            ..
        } => {
            let place = places.find(line, column).map(|place| word_at(&place));
            runtime_error("Error", &message, place.as_ref())
        }
        RunOutcome::Died { what } => {
            // Hints stand on lines of their own.
            let end = what.find('\n').unwrap_or(what.len());
            let (what, hints) = what.split_at(end);
            plain_error(
                "ProcessEnded",
                &format!("the cell's process ended: {what}{cost}{hints}"),
            )
        }
    };
    End {
        error: Some(error),
        ..End::default()
    }
}

/// What a `?` met.
fn said(seen: &Seen) -> String {
    match seen.error.is_empty() {
        true => "a `?` met an error".to_owned(),
        false => seen.error.clone(),
    }
}

/// The note about variables of types that are defined anew.
fn changed(names: &[String]) -> String {
    let are = if names.len() == 1 { "is" } else { "are" };
    format!(
        "{} {are} gone: the type has been defined anew",
        notes::names(names)
    )
}
