//! `hebb run`: a notebook from top to bottom without Jupyter, for batch jobs and CI.
//!
//! The same engine as in Jupyter, another host: outputs go to the terminal and, with `-o`, into a notebook file.

use std::io::{self, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::engine::start::EngineArgument;
use crate::engine::{Cell, CellHost, Engine, Interrupter};
use crate::notebook::outputs::CellOutputs;
use crate::notebook::{CodeCell, Notebook, NotebookError};
use crate::output::{CellError, Output};
use crate::screen::Screen;

mod answers;

use answers::Answers;

/// `hebb run`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Exit codes:
  0    every cell ran
  1    a cell failed; the outputs up to there are written
  2    the notebook could not be read or written, or the kernel could not start
  130  interrupted

Cells tagged `skip-execution` are left as they are; a cell tagged `raises-exception` may fail.
Ctrl-C interrupts the running cell. input() reads lines from standard input.")]
pub struct RunArguments {
    /// The notebook to run
    pub notebook: PathBuf,
    /// Where to write the notebook with its outputs; may be NOTEBOOK itself
    #[arg(short, long, value_name = "OUT")]
    pub output: Option<PathBuf>,
    /// Which engine.
    #[command(flatten)]
    pub engine: EngineArgument,
}

/// A cell failed.
pub const CELL_FAILED: u8 = 1;
/// The notebook could not be read or written, or the engine could not start.
pub const NOT_RUN: u8 = 2;
/// The person at the keyboard ended it.
pub const INTERRUPTED: u8 = 130;

/// Runs a notebook with the engine that `start` gives; reads the notebook first, so that a mistake costs no start.
pub fn run<S>(arguments: &RunArguments, start: impl FnOnce() -> Result<Box<dyn Engine>, S>) -> ExitCode
where
    S: std::fmt::Display,
{
    let columns = terminal_columns();
    let mut screen = Screen::new(io::stdout(), io::stderr(), columns);
    let ended = Answers::new(BufReader::new(io::stdin()))
        .map_err(RunError::Threads)
        .and_then(|answers| run_on(arguments, start, &mut screen, &answers));
    match ended {
        Ok(Ended::Well) => ExitCode::SUCCESS,
        Ok(Ended::Failed) => ExitCode::from(CELL_FAILED),
        Ok(Ended::Interrupted) => ExitCode::from(INTERRUPTED),
        // Who reads the output has gone (`hebb run ... | head`): there is no one to tell.
        Err(RunError::Screen(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::from(CELL_FAILED)
        }
        Err(error) => {
            eprintln!("hebb: {error}");
            ExitCode::from(NOT_RUN)
        }
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    Well,
    Failed,
    Interrupted,
}

/// Why a run could not be carried through, cells apart.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Notebook(#[from] NotebookError),
    #[error("{0}")]
    Start(String),
    #[error("cannot write to the terminal: {0}")]
    Screen(#[from] io::Error),
    #[error("cannot start a thread: {0}\nhint: end other programs, or raise the limit of processes")]
    Threads(#[source] io::Error),
}

fn run_on<S: std::fmt::Display>(
    arguments: &RunArguments,
    start: impl FnOnce() -> Result<Box<dyn Engine>, S>,
    screen: &mut Screen<impl Write, impl Write>,
    answers: &Answers,
) -> Result<Ended, RunError> {
    let mut notebook = Notebook::read(&arguments.notebook)?;
    if let Some(path) = &arguments.output {
        Notebook::check_writable(path)?;
    }
    let mut engine = start().map_err(|error| RunError::Start(error.to_string()))?;
    interrupt_on_ctrl_c(answers.interrupter(engine.interrupter()));
    notebook.clear_outputs();
    let mut finished: Vec<(usize, u32, CellOutputs)> = Vec::new();
    let ended = run_cells(
        &notebook.code_cells(),
        engine.as_mut(),
        screen,
        answers,
        &mut finished,
    );
    if let Some(path) = &arguments.output {
        for (place, number, outputs) in &finished {
            notebook.fill(*place, *number, outputs.values());
        }
        notebook.write(path)?;
    }
    Ok(ended?)
}

fn run_cells(
    cells: &[CodeCell],
    engine: &mut dyn Engine,
    screen: &mut Screen<impl Write, impl Write>,
    answers: &Answers,
    finished: &mut Vec<(usize, u32, CellOutputs)>,
) -> io::Result<Ended> {
    let mut number = 0;
    for (position, cell) in cells.iter().enumerate() {
        let position = position + 1;
        if cell.skip {
            screen.line(&format!("[{position}/{}] skipped (skip-execution)", cells.len()))?;
            continue;
        }
        // Pressed between two cells, or in one that ended all the same.
        if answers.interrupted() {
            screen.line(&format!("[{position}/{}] not run: interrupted", cells.len()))?;
            return Ok(Ended::Interrupted);
        }
        screen.heading(position, cells.len(), &cell.source)?;
        number += 1;
        finished.push((cell.place, number, CellOutputs::default()));
        let mut host = Host {
            number,
            screen: &mut *screen,
            answers,
            finished: &mut *finished,
            trouble: None,
        };
        let result = engine.execute(&Cell::new(number, &cell.source), &mut host);
        let trouble = host.trouble;
        if let (Err(error), Some((_, _, outputs))) = (&result, finished.last_mut()) {
            outputs.fail(error);
        }
        trouble.map_or(Ok(()), Err)?;
        screen.end_cell()?;
        if let Err(error) = result {
            screen.error(&error, cell.may_fail)?;
            if was_interrupted(&error) || answers.interrupted() {
                return Ok(Ended::Interrupted);
            }
            if !cell.may_fail {
                return Ok(Ended::Failed);
            }
        }
    }
    Ok(Ended::Well)
}

pub(crate) fn was_interrupted(error: &CellError) -> bool {
    error.name == "Interrupted"
}

/// Hands what a cell puts out to the screen and to the notebook.
struct Host<'a, O, E> {
    number: u32,
    screen: &'a mut Screen<O, E>,
    answers: &'a Answers,
    /// The running cell is the last one.
    finished: &'a mut Vec<(usize, u32, CellOutputs)>,
    /// Why the screen could no longer be written; told after the cell, because a host cannot end one.
    trouble: Option<io::Error>,
}

impl<O: Write, E: Write> CellHost for Host<'_, O, E> {
    fn emit(&mut self, output: Output) {
        if self.trouble.is_none() {
            self.trouble = self.screen.show(&output).err();
        }
        let Some(((_, _, own), earlier)) = self.finished.split_last_mut() else {
            return;
        };
        if let Output::Display {
            data,
            metadata,
            display_id: Some(id),
            update: true,
        } = &output
        {
            for (_, _, outputs) in earlier {
                outputs.update(id, data, metadata);
            }
        }
        own.take(&output, self.number);
    }

    fn input(&mut self, prompt: &str, password: bool) -> Result<String, String> {
        if password && io::stdin().is_terminal() {
            return Err(
                "hebb run cannot hide what is typed\nhint: pipe the password in, or run the cell in Jupyter"
                    .to_string(),
            );
        }
        self.screen.line(prompt).map_err(|error| error.to_string())?;
        self.answers.ask()
    }
}

/// Hands every Ctrl-C to the running cell, for as long as the program runs.
pub(crate) fn interrupt_on_ctrl_c(interrupter: std::sync::Arc<dyn Interrupter>) {
    let listen = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                interrupter.interrupt();
            }
        });
        Ok::<(), io::Error>(())
    };
    // Without the thread Ctrl-C ends the program, as it does by default.
    let _ = std::thread::Builder::new()
        .name("ctrl-c".to_string())
        .spawn(listen);
}

/// Columns of the terminal that standard output is, if it is one.
fn terminal_columns() -> Option<usize> {
    let out = io::stdout();
    if !out.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(out).ok();
    Some(
        size.map(|size| usize::from(size.ws_col))
            .filter(|columns| *columns > 0)
            .unwrap_or(80),
    )
}

#[cfg(test)]
mod tests;
