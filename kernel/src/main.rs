//! The `hebb` command: reads the command line and hands over. Nothing is decided here.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hebb_kernel::engine::assist;
use hebb_kernel::kernelspec;

/// A Rust kernel for Jupyter, made for learning.
#[derive(Parser)]
#[command(name = "hebb", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Tells Jupyter where this kernel is
    Install(kernelspec::InstallArguments),
    /// Removes what `install` wrote
    Uninstall(kernelspec::UninstallArguments),
    /// Reads the public names of crates from their sources, for completion
    #[command(hide = true)]
    Index {
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// The crates' folders
        #[arg(required = true)]
        sources: Vec<PathBuf>,
    },
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
        Command::Install(arguments) => kernelspec::install(&arguments)
            .map(|folder| {
                println!(
                    "Installed the kernelspec {} in {}",
                    arguments.name,
                    folder.display()
                );
                ExitCode::SUCCESS
            })
            .map_err(Into::into),
        Command::Uninstall(arguments) => kernelspec::uninstall(&arguments)
            .map(|folder| {
                println!("Removed {}", folder.display());
                ExitCode::SUCCESS
            })
            .map_err(Into::into),
        Command::Index { out, sources } => assist::index_crates(&sources)
            .and_then(|index| index.save(&out))
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
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
