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

/// Most bytes of one cell's output that are kept.
const MOST_OF_A_CELL: usize = 1 << 20;
/// Most bytes of output that are kept of all cells together.
const MOST_OF_ALL: usize = 32 << 20;
/// Most letters that are kept of an error, or of a value that is too long to be kept whole.
const MOST_OF_A_TEXT: usize = 20_000;
/// How long a cell that was asked to stop has before it is asked again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Runs the steps one after another.
pub fn run(steps: &[Step], engine: &mut dyn Engine, limits: &Limits) -> Vec<Ran> {
    // A time too long to be counted is none.
    let end = Instant::now().checked_add(limits.run);
    let mut room = MOST_OF_ALL;
    let run = |step| {
        let mut host = Host {
            room: room.min(MOST_OF_A_CELL),
            ..Host::default()
        };
        let ran = run_step(step, engine, &mut host, limits, end);
        room = room.saturating_sub(host.bytes);
        ran
    };
    steps.iter().map(run).collect()
}

fn run_step(
    step: &Step,
    engine: &mut dyn Engine,
    host: &mut Host,
    limits: &Limits,
    end: Option<Instant>,
) -> Ran {
    host.number = step.number;
    let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
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
        let result = engine.execute(&cell, host);
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
    /// How many bytes may be kept, and are.
    room: usize,
    bytes: usize,
    cut: bool,
    cut_errors: bool,
}

impl Host {
    fn ended(&mut self, end: End, mut error: Option<CellError>) -> Ran {
        if let Some(error) = &mut error {
            shorten(error);
            self.outputs.fail(error);
        }
        let mut outputs = self.outputs.values();
        if self.cut {
            let shown = json!({ "output_type": "stream", "name": "stdout", "text": ["[too much output: the rest is left out]\n"] });
            let place = outputs.iter().position(|output| output["output_type"] == "error");
            outputs.insert(place.unwrap_or(outputs.len()), shown);
        }
        Ran { end, outputs, error }
    }

    /// Takes what decides about points although it is too long.
    fn take_cut(&mut self, output: Output) {
        let cut = match output {
            // A word on standard error is enough.
            Output::Stream {
                name: StreamName::Stderr,
                ..
            } if !self.cut_errors => {
                self.cut_errors = true;
                let text = "[too much to keep]\n".to_owned();
                Output::Stream {
                    name: StreamName::Stderr,
                    text,
                }
            }
            Output::Result { mut data, metadata } => {
                data.retain(|mime, _| mime == "text/plain");
                if let Some(Value::String(text)) = data.get_mut("text/plain") {
                    *text = text.chars().take(MOST_OF_A_TEXT).collect();
                }
                Output::Result { data, metadata }
            }
            _ => return,
        };
        self.outputs.take(&cut, self.number);
    }
}

fn shorten(error: &mut CellError) {
    let cut = |text: &str, room: usize| text.chars().take(room).collect::<String>();
    let mut room = MOST_OF_A_TEXT;
    error.value = cut(&error.value, MOST_OF_A_TEXT);
    for line in &mut error.traceback {
        *line = cut(line, room);
        room = room.saturating_sub(line.len() + 1);
    }
    error.traceback.truncate(MOST_OF_A_TEXT);
}

impl CellHost for Host {
    fn emit(&mut self, output: Output) {
        let size = match &output {
            Output::Stream { text, .. } => text.len(),
            Output::Display { data, .. } | Output::Page { data } | Output::Result { data, .. } => data
                .values()
                .map(|value| value.as_str().map_or_else(|| value.to_string().len(), str::len))
                .sum(),
            Output::Clear { .. } | Output::Comm(_) | Output::CommTarget(_) => 0,
        };
        if self.bytes + size > self.room {
            self.cut = true;
            return self.take_cut(output);
        }
        self.bytes += size;
        self.outputs.take(&output, self.number);
    }

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err("nobody answers while work is graded".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::super::engine::Walls;
    use super::*;
    use crate::engine::scripted::Scripted;

    fn stream(name: StreamName, text: &str) -> Output {
        let text = text.to_owned();
        Output::Stream { name, text }
    }

    fn host() -> Host {
        Host {
            room: 10,
            ..Host::default()
        }
    }

    #[test]
    fn too_much_output_is_cut_but_what_decides_is_kept() {
        let mut host = host();
        host.emit(stream(StreamName::Stdout, "12345"));
        host.emit(stream(StreamName::Stdout, "1234567890"));
        for _ in 0..3 {
            host.emit(stream(StreamName::Stderr, "1234567890"));
        }
        let data = [("text/plain", "0.5"), ("text/html", "1234567890")];
        let data = data.map(|(mime, text)| (mime.to_owned(), Value::from(text)));
        host.emit(Output::Result {
            data: data.into_iter().collect(),
            metadata: Map::new(),
        });
        let ran = host.ended(End::Well, None);
        let told: Vec<String> = ran.outputs.iter().map(Value::to_string).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        {"name":"stdout","output_type":"stream","text":["12345"]}
        {"name":"stderr","output_type":"stream","text":["[too much to keep]\n"]}
        {"data":{"text/plain":["0.5"]},"execution_count":0,"metadata":{},"output_type":"execute_result"}
        {"name":"stdout","output_type":"stream","text":["[too much output: the rest is left out]\n"]}
        "#);
        assert_eq!(host.bytes, 5);
    }

    #[test]
    fn cells_go_on_past_those_that_fail_and_each_end_is_known() {
        let fail = |cell: &Cell<'_>, host: &mut dyn CellHost| match cell.code.split_once(' ') {
            Some((name, text)) => Err(CellError::new(name, text)),
            None => {
                host.emit(stream(StreamName::Stdout, cell.code));
                assert!(host.input("", false).is_err());
                Ok(())
            }
        };
        let rows = [
            ("first", End::Well),
            ("CompileError x", End::NotCompiled),
            ("CommandError x", End::NotCompiled),
            ("NotAllowed x", End::NotAllowed),
            ("Panic x", End::Panic),
            ("Error x", End::Error),
            ("ProcessEnded the cell's process ended: exit(0)", End::Died),
            (
                "ProcessEnded the cell's process ended: out of memory",
                End::Memory,
            ),
            // Nobody stopped it: it only says so.
            ("Interrupted x", End::Error),
            ("last", End::Well),
        ];
        let step = |(number, (code, _)): (u32, &(&str, End))| Step {
            number,
            code: (*code).to_owned(),
            standing: Standing::Learner,
        };
        let steps: Vec<Step> = (1..).zip(&rows).map(step).collect();
        let mut limits = Limits {
            cell: Duration::MAX,
            run: Duration::MAX,
            memory: 1,
            files: None,
            walls: Walls::None,
        };
        let ran = run(&steps, &mut Scripted(fail), &limits);
        let ends: Vec<End> = ran.iter().map(|ran| ran.end).collect();
        assert_eq!(ends, rows.map(|(_, end)| end));
        assert_eq!(ran[9].outputs[0]["text"], json!(["last"]));
        limits.run = Duration::ZERO;
        let ran = run(&steps, &mut Scripted(fail), &limits);
        assert!(
            ran.iter()
                .all(|ran| ran.end == End::RunTime && ran.outputs.len() == 1)
        );
    }

    #[test]
    fn an_error_without_end_gets_one() {
        let mut error = CellError::new("Panic", &"x".repeat(1 << 20));
        error.traceback = vec!["é".repeat(15_000), "more".to_owned(), "y".repeat(1 << 20)];
        let ran = host().ended(End::Panic, Some(error));
        assert!(ran.outputs[0].to_string().len() < 100_000);
        let error = ran.error.expect("the error");
        assert_eq!(
            (error.value.len(), error.traceback[0].chars().count()),
            (MOST_OF_A_TEXT, 15_000)
        );
    }
}
