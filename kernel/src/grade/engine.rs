//! Starts the engine for one run through a notebook: the one place that knows in what surroundings graded code lives.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::engine::rustc::cache::Places;
use crate::engine::rustc::{Options, RustcEngine, StartError};

/// What a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest time for one cell.
    pub cell: Duration,
    /// Longest time for all cells together.
    pub run: Duration,
    /// Most memory, in bytes.
    pub memory: u64,
}

/// The variable of the environment by which a grading process learns how much memory its cells may use, in bytes.
pub const MEMORY: &str = "MEM_LIMIT";

/// Starts a fresh engine.
///
/// # Errors
/// When a part of the installation is missing, or the system gives no process.
pub fn start(_limits: &Limits) -> Result<Box<dyn Engine>, StartError> {
    let cache = Places::from_environment();
    Ok(Box::new(RustcEngine::start(Options {
        cache,
        ..Options::default()
    })?))
}
