//! What a failed `?` at the top level of a cell turns its error into.

use std::any::type_name;
use std::error::Error;
use std::fmt::Debug;
use std::panic::Location;

/// A failed `?`, ready to be reported.
#[derive(Clone, PartialEq, Eq)]
pub struct Report {
    /// The error and its causes, one a line.
    pub(crate) message: String,
    /// The error's type.
    pub(crate) type_name: &'static str,
    /// Where the `?` stands in the cell's file: file, line, column.
    pub(crate) place: (&'static str, u32, u32),
}

/// What the statements of a cell may fail with.
pub trait Failure {
    /// The report about it.
    fn into_report(self) -> Report;
}

/// Holds any error with a text of its own: whatever turns into a boxed error, strings too.
// It is no `Error` itself, or the blanket conversion would meet the standard library's reflexive one.
pub struct CellFailure(Report);

/// For a cell whose own errors are no [`Error`]s, and whose value could not be shown.
impl Debug for CellFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl<E: Into<Box<dyn Error>>> From<E> for CellFailure {
    #[track_caller]
    fn from(error: E) -> Self {
        // Every cell with a `?` compiles its own copy of this function, so all the work is done behind it.
        CellFailure(told(&*error.into(), type_name::<E>(), Location::caller()))
    }
}

fn told(error: &dyn Error, type_name: &'static str, place: &Location<'static>) -> Report {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        // Many errors repeat their cause's text in their own.
        if !message.contains(&text) {
            message.push_str("\ncaused by: ");
            message.push_str(&text);
        }
        source = cause.source();
    }
    Report::new(message, type_name, place)
}

/// Holds any error that can be printed with `{:?}`; the engine takes it where an error is no [`Error`].
pub struct DebugFailure(Report);

impl<E: Debug> From<E> for DebugFailure {
    #[track_caller]
    fn from(error: E) -> Self {
        DebugFailure(printed(&error, type_name::<E>(), Location::caller()))
    }
}

fn printed(error: &dyn Debug, type_name: &'static str, place: &Location<'static>) -> Report {
    Report::new(format!("{error:?}"), type_name, place)
}

impl Report {
    /// Of an error of which nothing is known here.
    pub(crate) fn unknown() -> Report {
        Report {
            message: String::new(),
            type_name: "",
            place: ("", 0, 0),
        }
    }

    pub(crate) fn new(message: String, type_name: &'static str, place: &Location<'static>) -> Report {
        Report {
            message,
            type_name,
            place: (place.file(), place.line(), place.column()),
        }
    }
}

impl Failure for CellFailure {
    fn into_report(self) -> Report {
        self.0
    }
}

impl Failure for DebugFailure {
    fn into_report(self) -> Report {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the weights")]
    struct Outer(#[source] std::num::ParseIntError);

    fn fail<E, F: From<E> + Failure>(error: E) -> Report {
        let result: Result<(), F> = (|| {
            Err(error)?;
            Ok(())
        })();
        match result {
            Ok(()) => panic!("the error got lost"),
            Err(failure) => failure.into_report(),
        }
    }

    #[test]
    fn every_error_becomes_a_message_with_its_causes() {
        let number = "x".parse::<i32>().unwrap_err();
        assert_eq!(
            fail::<_, CellFailure>(Outer(number)).message,
            "cannot read the weights\ncaused by: invalid digit found in string"
        );
        assert_eq!(fail::<_, CellFailure>("plain").message, "plain");
        assert_eq!(fail::<_, CellFailure>(String::from("owned")).message, "owned");
        let boxed: Box<dyn Error> = "boxed".into();
        assert_eq!(fail::<_, CellFailure>(boxed).message, "boxed");
        assert_eq!(fail::<_, DebugFailure>(Some(3)).message, "Some(3)");
    }

    #[test]
    fn the_place_is_that_of_the_question_mark() {
        assert!(fail::<_, CellFailure>("x").place.0.ends_with("failure.rs"));
    }
}
