//! The one library that every cell links: the cell runtime and everything that is in scope in a notebook.
//!
//! It is the only crate that knows both the kernel's control channel and dl-core.

pub use dl_core;
pub use ndarray;
