//! What the generated code around a cell calls: variables in, statements guarded, variables out.
//!
//! Nothing here is meant to be written by hand.

pub use crate::failure::{CellFailure, DebugFailure};
pub use crate::ladder;
pub use crate::store::{hebb_put, put_back, take};
pub use crate::wait::{wait, wait_in};

use crate::entry;
use crate::failure::Failure;

pub use crate::entry::reached;

/// Fails a cell that guards its statements itself if its last value is an error, which has no display.
#[track_caller]
pub fn shown(display: Result<(), CellFailure>) {
    if let Err(failure) = display {
        entry::fail(failure.into_report());
    }
}

/// Runs a cell's statements. Returns true if they did not reach their end: a panic or a failed `?`.
///
/// The outcome is kept for the worker; nothing unwinds out of here.
pub fn guard<F: Failure>(statements: impl FnOnce() -> Result<(), F>) -> bool {
    // Every cell compiles its own copy of this function, so all the work is done behind it.
    let mut statements = Some(statements);
    entry::guard(&mut || match statements.take().map(|statements| statements()) {
        Some(Err(failure)) => Some(failure.into_report()),
        Some(Ok(())) | None => None,
    })
}
