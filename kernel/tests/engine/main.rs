//! The engine against the real compiler, prelude and worker: sessions as rows of cells, and what each must show.
//!
//! The prelude lies beside the `hebb` program, where the build puts it; see `install/test.sh`.

mod beginners;
mod cache;
mod closures;
mod confined;
mod display;
mod errors;
mod graded;
mod graders;
mod items;
mod macros;
mod mistakes;
mod session;
mod variables;
mod warm;
mod warnings;
