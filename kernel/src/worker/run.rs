//! One run of a cell, from the kernel's side: waits on the worker's three channels and keeps the order of what it says.
//!
//! The cell runtime flushes stdout and stderr before it sends a frame; here the pipes are emptied before a frame is handled, and only
//! then the runtime is told to go on. So the order on the screen is the order in the program.

use std::io::{PipeReader, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Map, Value};

use super::RunOutcome;
use super::frame::{Decoded, FromWorker, Outcome, ToWorker};
use super::interrupt::Stop;
use super::process::Process;
use super::text::Batches;
use crate::engine::CellHost;
use crate::output::{MimeBundle, Output};

/// How often the process is looked at. Its death normally ends the control channel; a copy of the descriptor in a process that
/// the cell started can keep that open.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// Runs the library in `process` until the cell or the process has ended.
pub fn run(
    process: &mut Process,
    library: &Path,
    host: &mut dyn CellHost,
    stop: &Stop,
    wake: &mut PipeReader,
) -> RunOutcome {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    process.begin();
    stop.begin(process.pid());
    process.send(&ToWorker::Run {
        library: library.to_string_lossy().into_owned(),
        nonce: nonce.clone(),
    });
    let mut run = Run {
        process,
        host,
        stop,
        nonce,
        text: Batches::default(),
        result: None,
        notes: Vec::new(),
    };
    let end = loop {
        if let Some(end) = run.step(wake) {
            break end;
        }
    };
    if !matches!(end, End::Cell(_)) {
        // Its last words may come after it has closed the channel.
        run.process.await_end();
    }
    run.read_pipes();
    let rest = run.text.finish();
    run.emit(rest);
    let killed = stop.end(run.process.was_ready());
    let (result, notes) = (run.result, run.notes);
    match end {
        // Whatever came last: with the process its variables are gone.
        _ if killed => RunOutcome::Interrupted { killed: true },
        End::Cell(Outcome::Ok) => RunOutcome::Ok { result, notes },
        End::Cell(Outcome::Interrupted) => RunOutcome::Interrupted { killed: false },
        End::Cell(Outcome::Panic {
            message,
            line,
            column,
            file,
        }) => RunOutcome::Panic {
            message,
            line,
            column,
            file,
        },
        End::Cell(Outcome::Error {
            message,
            type_name,
            line,
            column,
            file,
        }) => RunOutcome::Failed {
            message,
            type_name,
            line,
            column,
            file,
        },
        End::Process => RunOutcome::Died { what: process.end() },
        End::Channel => {
            process.kill();
            RunOutcome::Died {
                what: "it wrote something else to descriptor 3, its channel to the kernel".into(),
            }
        }
    }
}

/// What ended a run.
enum End {
    /// The cell, as the runtime says.
    Cell(Outcome),
    /// The process ended.
    Process,
    /// Nothing on the control channel can be understood any more.
    Channel,
}

struct Run<'a> {
    process: &'a mut Process,
    host: &'a mut dyn CellHost,
    stop: &'a Stop,
    nonce: String,
    text: Batches,
    result: Option<(MimeBundle, Map<String, Value>)>,
    notes: Vec<String>,
}

impl Run<'_> {
    /// Waits for the next thing to happen and handles it.
    fn step(&mut self, wake: &mut PipeReader) -> Option<End> {
        let ready = self.wait(wake);
        if ready.woken {
            let mut byte = [0; 16];
            let _ = wake.read(&mut byte);
        }
        if self
            .stop
            .deadline()
            .is_some_and(|deadline| deadline <= Instant::now())
        {
            self.stop.kill();
        }
        if !self.text.is_full() {
            self.read_pipes();
        }
        if ready.control {
            let open = self.process.read_control();
            while let Some(decoded) = self.process.next_frame() {
                match decoded {
                    Decoded::Frame(frame) => {
                        if let Some(outcome) = self.handle(frame) {
                            return Some(End::Cell(outcome));
                        }
                    }
                    Decoded::Unreadable(_) => {}
                    Decoded::Lost => return Some(End::Channel),
                }
            }
            if !open {
                return Some(End::Process);
            }
        }
        if self.text.due().is_some_and(|due| due <= Instant::now()) {
            self.show_text();
        }
        if ready.nothing && self.process.has_ended() {
            return Some(End::Process);
        }
        None
    }

    /// Sleeps until a channel has something, text is due, a deadline passes or it is time to look after the process.
    fn wait(&mut self, wake: &PipeReader) -> Ready {
        let now = Instant::now();
        let due = [self.text.due(), self.stop.deadline()];
        let timeout = due
            .into_iter()
            .flatten()
            .map(|at| at.saturating_duration_since(now))
            .fold(LOOK_AFTER, std::cmp::min);
        let timeout = Timespec {
            tv_sec: timeout.as_secs() as i64,
            tv_nsec: timeout.subsec_nanos().into(),
        };
        let mut descriptors = vec![PollFd::from_borrowed_fd(wake.as_fd(), PollFlags::IN)];
        for descriptor in self.process.descriptors(!self.text.is_full()) {
            descriptors.push(PollFd::from_borrowed_fd(descriptor, PollFlags::IN));
        }
        // A signal to the kernel ends the wait early, which does no harm.
        let count = poll(&mut descriptors, Some(&timeout)).unwrap_or_default();
        let has = |index: usize| !descriptors[index].revents().is_empty();
        Ready {
            woken: has(0),
            control: has(1),
            nothing: count == 0,
        }
    }

    /// Handles a frame; a cell's end is returned.
    fn handle(&mut self, frame: FromWorker) -> Option<Outcome> {
        self.read_pipes();
        if matches!(frame, FromWorker::Display { .. } | FromWorker::Clear { .. }) {
            // Also for a frame of an earlier cell's thread, which waits for it.
            self.process.acknowledge();
        }
        if frame.nonce() != Some(&self.nonce) {
            return None;
        }
        self.show_text();
        match frame {
            FromWorker::Ready {} => {}
            FromWorker::Display {
                data,
                metadata,
                display_id,
                update,
                ..
            } => {
                self.host.emit(Output::Display {
                    data,
                    metadata,
                    display_id,
                    update,
                });
            }
            FromWorker::Clear { wait, .. } => self.host.emit(Output::Clear { wait }),
            FromWorker::Result { data, metadata, .. } => {
                self.result.get_or_insert((data, metadata));
            }
            FromWorker::Input { prompt, password, .. } => {
                let (value, error) = match self.host.input(&prompt, password) {
                    Ok(value) => (Some(value), None),
                    Err(error) => (None, Some(error)),
                };
                self.process.send(&ToWorker::InputReply {
                    nonce: self.nonce.clone(),
                    value,
                    error,
                });
            }
            FromWorker::Note { text, .. } => self.notes.push(text),
            FromWorker::Done { outcome, .. } => return Some(outcome),
        }
        None
    }

    fn read_pipes(&mut self) {
        let text = &mut self.text;
        self.process.read_pipes(&mut |name, bytes| text.push(name, bytes));
    }

    fn show_text(&mut self) {
        let outputs = self.text.take();
        self.emit(outputs);
    }

    fn emit(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            self.host.emit(output);
        }
    }
}

/// What ended a wait.
struct Ready {
    woken: bool,
    control: bool,
    nothing: bool,
}
