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
    /// What keeps cells from the rest of this computer.
    pub walls: Walls,
}

/// What keeps cells, and the compiler that reads them, from the rest of this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Walls {
    /// Nothing: the cells are one's own.
    None,
    /// They see no more of it than they need, or do not run.
    All,
    /// The same, but they run also where the system has no walls around files.
    OpenFiles,
}

impl Limits {
    fn of_engine(&self) -> rustc::Limits {
        rustc::Limits {
            memory: self.memory,
            given: self.files.clone(),
            open_files: self.walls == Walls::OpenFiles,
            ..rustc::Limits::default()
        }
    }

    /// What the walls are made of on this system, in words.
    ///
    /// # Errors
    /// What keeps cells from being confined here.
    pub fn walls_here(&self) -> Result<String, StartError> {
        rustc::walls(&self.of_engine()).map(|walls| walls.to_string())
    }
}

/// Starts a fresh engine.
///
/// # Errors
/// When a part of the installation is missing, or the system gives no process.
pub fn start(limits: &Limits) -> Result<Box<dyn Engine>, StartError> {
    Ok(Box::new(RustcEngine::start(Options {
        cache: Places::from_environment(),
        limits: (limits.walls != Walls::None).then(|| limits.of_engine()),
        ..Options::default()
    })?))
}
