//! Starts the engine for one run through a notebook: the one place that knows in what surroundings graded code lives.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::engine::rustc::cache::Places;
use crate::engine::rustc::{self, Options, RustcEngine, StartError};

/// What a run may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest time for one cell.
    pub cell: Duration,
    /// Longest time for all cells together.
    pub run: Duration,
    /// Most memory, in bytes.
    pub memory: u64,
    /// A folder with files that the cells may read.
    pub files: Option<PathBuf>,
    /// Cells and compiler see no more of this computer than they need.
    pub walls: bool,
}

/// Starts a fresh engine.
///
/// # Errors
/// When a part of the installation is missing, or the system gives no process.
pub fn start(limits: &Limits) -> Result<Box<dyn Engine>, StartError> {
    let walls = rustc::Limits {
        memory: limits.memory,
        given: limits.files.clone(),
        ..rustc::Limits::default()
    };
    Ok(Box::new(RustcEngine::start(Options {
        cache: Places::from_environment(),
        limits: limits.walls.then_some(walls),
        ..Options::default()
    })?))
}
