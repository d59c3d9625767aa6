//! The kernel: speaks Jupyter, runs cells, knows no tensor.

pub mod engine;
pub mod history;
pub mod kernelspec;
pub mod layout;
pub mod notebook;
pub mod output;
pub mod run;
pub mod screen;
pub mod worker;
