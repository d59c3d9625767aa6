//! One run through the cells of a notebook, each with its time limit, past those that fail.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::engine::Limits;
use crate::engine::{Cell, CellHost, Engine, Standing};
use crate::notebook::outputs::CellOutputs;
use crate::output::{CellError, Output, StreamName};

/// A cell to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The number that stands beside it.
    pub number: u32,
    /// Its text.
    pub code: String,
    /// Who answers for it.
    pub standing: Standing,
}

/// How a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It came to its end.
    Well,
    /// It is no Rust, or does not fit to the cells before it.
    NotCompiled,
    /// It says what graded work may not say.
    NotAllowed,
    /// A panic: an assertion that failed, perhaps.
    Panic,
    /// A failed `?`, or another error of the cell itself.
    Error,
    /// It took longer than one cell may.
    CellTime,
    /// The time for all cells together was over before or while it ran.
    RunTime,
    /// It used more memory than it may.
    Memory,
    /// Its process ended, by itself or by a signal.
    Died,
}

/// A cell that was run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// How it ended.
    pub end: End,
    /// What it put out, in nbformat's shape, its error too.
    pub outputs: Vec<Value>,
    /// The error that ended it.
    pub error: Option<CellError>,
}

/// Most bytes of one cell's output that are kept, results and errors apart.
const MOST_OUTPUT: usize = 1 << 20;
/// How long a cell that was asked to stop has before it is asked again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the steps one after another.
pub fn run(steps: &[Step], engine: &mut dyn Engine, limits: &Limits) -> Vec<Ran> {
    // A time too long to be counted is none.
    let end = Instant::now().checked_add(limits.run);
    steps
        .iter()
        .map(|step| run_step(step, engine, limits, end))
        .collect()
}

fn run_step(step: &Step, engine: &mut dyn Engine, limits: &Limits, end: Option<Instant>) -> Ran {
    let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
    let mut host = Host {
        number: step.number,
        ..Host::default()
    };
    if left.is_zero() {
        return host.ended(End::RunTime, Some(late(End::RunTime, limits)));
    }
    let cell = Cell {
        standing: step.standing,
        ..Cell::new(step.number, &step.code)
    };
    let interrupter = engine.interrupter();
    let (done, waits) = mpsc::channel::<()>();
    let (result, stopped) = thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let (mut wait, mut stopped) = (limits.cell.min(left), false);
            while waits.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                interrupter.interrupt();
                (wait, stopped) = (PATIENCE, true);
            }
            stopped
        });
        let result = engine.execute(&cell, &mut host);
        drop(done);
        (result, watch.join().unwrap_or(false))
    });
    match result {
        Ok(()) => host.ended(End::Well, None),
        Err(error) if stopped && error.name == "Interrupted" => {
            let end = if left < limits.cell {
                End::RunTime
            } else {
                End::CellTime
            };
            host.ended(end, Some(late(end, limits)))
        }
        Err(error) => {
            let end = match error.name.as_str() {
                "CompileError" | "CommandError" => End::NotCompiled,
                "NotAllowed" => End::NotAllowed,
                "Panic" => End::Panic,
                "ProcessEnded" if error.value.contains("memory") => End::Memory,
                "ProcessEnded" => End::Died,
                _ => End::Error,
            };
            host.ended(end, Some(error))
        }
    }
}

/// The error of a cell that took too long.
fn late(end: End, limits: &Limits) -> CellError {
    let text = match end {
        End::CellTime => format!(
            "the time limit of {} for a cell was reached",
            seconds(limits.cell)
        ),
        _ => format!(
            "the time limit of {} for the whole notebook was reached",
            seconds(limits.run)
        ),
    };
    CellError::new("TimeLimit", &text)
}

/// `30 s`
pub fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

/// Keeps what a cell puts out, up to a size; answers nothing.
#[derive(Default)]
struct Host {
    number: u32,
    outputs: CellOutputs,
    bytes: usize,
    cut: bool,
    cut_errors: bool,
}

impl Host {
    fn ended(mut self, end: End, error: Option<CellError>) -> Ran {
        if let Some(error) = &error {
            self.outputs.fail(error);
        }
        let mut outputs = self.outputs.values();
        if self.cut {
            let text = format!(
                "[more than {} MiB of output: the rest is left out]\n",
                MOST_OUTPUT >> 20
            );
            let place = outputs
                .iter()
                .position(|output| output["output_type"] == "error")
                .unwrap_or(outputs.len());
            outputs.insert(
                place,
                json!({ "output_type": "stream", "name": "stdout", "text": [text] }),
            );
        }
        Ran { end, outputs, error }
    }
}

impl CellHost for Host {
    fn emit(&mut self, output: Output) {
        let size = match &output {
            Output::Stream { text, .. } => text.len(),
            Output::Display { data, .. } | Output::Page { data } => {
                data.values().map(|value| value.to_string().len()).sum()
            }
            // What decides about points is always kept.
            Output::Result { .. } | Output::Clear { .. } | Output::Comm(_) | Output::CommTarget(_) => 0,
        };
        if self.bytes + size > MOST_OUTPUT {
            // A word on standard error decides, too.
            let name = StreamName::Stderr;
            if matches!(
                output,
                Output::Stream {
                    name: StreamName::Stderr,
                    ..
                }
            ) && !self.cut_errors
            {
                let text = "[too much to keep]\n".to_owned();
                self.outputs.take(&Output::Stream { name, text }, self.number);
                self.cut_errors = true;
            }
            self.cut = true;
            return;
        }
        self.bytes += size;
        self.outputs.take(&output, self.number);
    }

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err("nobody answers while work is graded".to_owned())
    }
}
