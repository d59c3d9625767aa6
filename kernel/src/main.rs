//! The `hebb` command: reads the command line and hands over. Nothing is decided here.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A Rust kernel for Jupyter, made for learning.
#[derive(Parser)]
#[command(name = "hebb", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Holds the variables and runs cells; started by the kernel
    #[command(hide = true)]
    Worker {
        /// The toolchain's shared standard library
        standard_library: PathBuf,
        /// The prelude's library
        prelude: PathBuf,
    },
}

fn main() -> ExitCode {
    let result: Result<ExitCode, Box<dyn std::error::Error>> = match Arguments::parse().command {
        Command::Worker {
            standard_library,
            prelude,
        } => hebb_kernel::worker::serve(&standard_library, &prelude)
            .map(|never| match never {})
            .map_err(Into::into),
    };
    result.unwrap_or_else(|error| {
        eprintln!("hebb: {error}");
        ExitCode::FAILURE
    })
}
