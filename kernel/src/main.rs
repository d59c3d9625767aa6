//! The `hebb` command: reads the command line and hands over. Nothing is decided here.

#[cfg(test)]
mod documented_commands;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hebb_kernel::engine::assist;
use hebb_kernel::engine::start::{self, EngineArgument};
use hebb_kernel::output::CellError;
use hebb_kernel::worker::confine::{self, Confinement};
use hebb_kernel::{
    assign, cache, cache_command, doctor, grade, kernel, kernelspec, layout, run, script, stats_command, warm,
};

/// A Rust kernel for Jupyter, made for learning.
#[derive(Parser)]
#[command(name = "hebb", version, long_version = layout::VERSION, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves Jupyter, which starts it
    Kernel {
        /// The connection file that Jupyter wrote
        #[arg(required_unless_present = "file")]
        connection_file: Option<PathBuf>,
        /// The same, as some launchers pass it
        #[arg(
            short = 'f',
            value_name = "CONNECTION_FILE",
            conflicts_with = "connection_file"
        )]
        file: Option<PathBuf>,
        #[command(flatten)]
        engine: EngineArgument,
    },
    /// Runs a notebook from top to bottom without Jupyter
    Run(run::RunArguments),
    /// Writes a notebook as a program that runs without Jupyter and saves its figures
    Script(script::ScriptArguments),
    /// Makes the students' version of an exercise and checks that it is sound
    Assign(assign::AssignArguments),
    /// Gives points to submitted notebooks
    Grade(grade::GradeArguments),
    /// Runs every notebook of a folder, so that nobody waits for the compiler later
    Warm(warm::WarmArguments),
    /// Shows, clears and limits the compiled cells that are kept
    Cache(cache_command::CacheArguments),
    /// Shows what is in caches and how often cells were found compiled
    Stats(stats_command::StatsArguments),
    /// Tells on one page what this installation can do, and what to do where it cannot
    Doctor(doctor::DoctorArguments),
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
    /// Grades one submission; started by `grade`, which says on standard input what to do
    #[command(hide = true)]
    GradeOne {
        /// The submitted notebook
        submission: PathBuf,
    },
    /// Holds the variables and runs cells; started by the kernel
    #[command(hide = true)]
    Worker {
        /// The toolchain's shared standard library
        standard_library: PathBuf,
        /// The prelude's library
        prelude: PathBuf,
        /// The walls to build around it first, as JSON
        #[arg(long, value_name = "JSON")]
        confined: Option<Confinement>,
    },
    /// Starts a program inside of walls
    #[command(hide = true)]
    Confined {
        /// The walls, as JSON
        walls: Confinement,
        /// The program and its arguments; without one, says what the walls are made of
        #[arg(last = true)]
        program: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    start::as_helper();
    let result: Result<ExitCode, Box<dyn std::error::Error>> = match Arguments::parse().command {
        Command::Kernel {
            connection_file,
            file,
            engine,
        } => {
            let file = connection_file.or(file).unwrap_or_default();
            kernel::run(
                &file,
                &cache::directory(),
                Box::new(move || {
                    // What every cell shows if the engine did not start.
                    start::start(engine.engine)
                        .map_err(|error| CellError::new("StartError", &error.to_string()))
                }),
            )
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into)
        }
        Command::Run(arguments) => Ok(run::run(&arguments, || start::start(arguments.engine.engine))),
        Command::Script(arguments) => script::script(&arguments).map_err(Into::into),
        Command::Assign(arguments) => Ok(assign::assign(&arguments)),
        Command::Grade(arguments) => Ok(grade::grade(&arguments)),
        Command::GradeOne { submission } => grade::one::serve(&submission)
            .map(|()| ExitCode::SUCCESS)
            .map_err(Into::into),
        Command::Warm(arguments) => Ok(warm::warm(&arguments)),
        Command::Cache(arguments) => Ok(cache_command::cache(&arguments)),
        Command::Stats(arguments) => Ok(stats_command::stats(&arguments)),
        Command::Doctor(arguments) => Ok(doctor::doctor(&arguments)),
        Command::Install(arguments) => kernelspec::install(&arguments)
            .map(|folder| {
                println!(
                    "Installed the kernelspec {} in {}",
                    arguments.name(),
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
            confined,
        } => hebb_kernel::worker::serve(&standard_library, &prelude, confined.as_ref())
            .map(|never| match never {})
            .map_err(Into::into),
        Command::Confined { walls, program } => confine::start(&walls, &program).map_err(Into::into),
    };
    result.unwrap_or_else(|error| {
        eprintln!("hebb: {error}");
        ExitCode::FAILURE
    })
}
