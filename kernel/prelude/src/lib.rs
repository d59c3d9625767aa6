//! The one library that every cell links: the cell runtime and everything that is in scope in a notebook.
//!
//! It is the only crate that knows both the kernel's control channel and dl-core. It decides nothing about cells: the
//! engine generates the code that calls [`cell`], the worker calls the C functions of [`entry`].

pub use {dl_core, image, ndarray, plotters};

pub mod cell;
mod channel;
pub mod comm;
pub mod entry;
mod failure;
pub mod grading;
mod host;
pub mod ladder;
mod shown;
mod store;
mod wait;

/// What every cell has in scope without an import: the names of dl-core, and the crates beside it by their own.
pub mod prelude {
    pub use crate::check;
    pub use crate::grading::{Case, Cases, Score, cases, close};
    pub use crate::{dl_core, image, ndarray, plotters};
    pub use dl_core::prelude::*;
}
