//! The kernel: speaks Jupyter, runs cells, knows no tensor.

pub mod assign;
pub mod cache;
pub mod cache_command;
pub mod connection;
pub mod engine;
pub mod event_loop;
pub mod execution;
pub mod grade;
pub mod history;
pub mod kernel;
pub mod kernelspec;
pub mod layout;
mod log_file;
pub mod messages;
pub mod notebook;
pub mod output;
mod output_limit;
mod parent;
pub mod questions;
pub mod run;
pub mod screen;
pub mod script;
mod stamp;
pub mod usage;
pub mod warm;
pub mod wire;
pub mod worker;
