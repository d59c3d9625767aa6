//! The evcxr engine: a second opinion on what cells mean, by the evaluator of the evcxr kernel.
//!
//! evcxr parses, infers types and compiles, on a thread of its own (`evaluator`). What it compiles runs in our worker, not in
//! its own process: a stand-in (`stub`) takes the place of that and hands the libraries on. So displays, input, the order of
//! outputs, interrupts and snapshots are those of the default engine. What differs is what evcxr understands and keeps.
//!
//! It needs 30 times the memory of the default engine and is there to be compared with, not to teach with. What does not name
//! evcxr itself is compiled for tests of every build, because few builds have it.

#[cfg(feature = "evcxr")]
mod engine;
#[cfg(feature = "evcxr")]
mod errors;
#[cfg(feature = "evcxr")]
mod evaluator;
mod marks;
mod places;
mod prelude;
mod protocol;
mod rewrite;
#[cfg(feature = "evcxr")]
mod run;
mod stop;
mod stub;

use std::io;
use std::path::PathBuf;

#[cfg(feature = "evcxr")]
pub use engine::EvcxrEngine;

use crate::layout::LayoutError;

/// Why the engine cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A part of the installation is missing.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// This installation is not made for it.
    #[error("{} was not found\nhint: install it with install/build.sh --evcxr PREFIX", .0.display())]
    Missing(PathBuf),
    /// No directory or thread.
    #[error("cannot start the evcxr engine: {0}\nhint: is the disk full? TMPDIR names another place")]
    Scratch(io::Error),
    /// The process that runs cells cannot be started.
    #[error("cannot start the process that runs cells: {0}")]
    Worker(io::Error),
}

/// Does the work of a process that this engine has started from this program, and ends it. Returns in every other process.
#[cfg(feature = "evcxr")]
pub fn as_helper() {
    if let Some(folder) = std::env::var_os(stub::FOLDER) {
        std::process::exit(i32::from(stub::serve(&folder).is_err()));
    }
    // For `:cache`, evcxr has itself started in front of the compiler.
    evcxr::runtime_hook();
}
