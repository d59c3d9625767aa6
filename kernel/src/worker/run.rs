//! One run of a cell, from the kernel's side: waits on everything that the worker says and keeps the order of it.
//!
//! The cell runtime flushes stdout and stderr before it sends a frame; here the pipes are emptied before a frame is handled, and only
//! then the runtime is told to go on. So the order on the screen is the order in the program.

use std::io::{PipeReader, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Pid;
use serde_json::{Map, Value};

use super::frame::{Decoded, FromCell, InputReply, Outcome};
use super::interrupt::Stop;
use super::memory::{Limit, Pressure};
use super::order::{Report, Task};
use super::process::{Channel, Heard, Process};
use super::text::Batches;
use super::{After, Ran, RunOutcome};
use crate::engine::CellHost;
use crate::output::{MimeBundle, Output};

/// How long a cell that is to end may take to be gone before the whole worker is given up.
const TIME_TO_END: Duration = Duration::from_secs(2);

/// What a run needs besides the process.
pub struct Surroundings<'a> {
    /// Takes what the cell shows.
    pub host: &'a mut dyn CellHost,
    /// Says when the person wants it to stop.
    pub stop: &'a Stop,
    /// Becomes readable when `stop` has something to say.
    pub wake: &'a mut PipeReader,
    /// How much memory there is.
    pub limit: &'a mut Limit,
}

/// Runs the library in a copy of `process` until the cell or the process has ended.
pub fn run(process: &mut Process, task: Task, around: Surroundings<'_>) -> Ran {
    let Surroundings {
        host,
        stop,
        wake,
        limit,
    } = around;
    if !stop.begin() {
        stop.end();
        return Ran::new(RunOutcome::Interrupted { killed: true }, After::Undone);
    }
    limit.begin();
    let channel = match process.run(&task) {
        Ok(channel) => channel,
        Err(error) => {
            stop.end();
            let what = format!("it cannot be talked to: {error}");
            return Ran::new(RunOutcome::Died { what }, After::Undone);
        }
    };
    let mut run = Run {
        process,
        channel: Some(channel),
        host,
        stop,
        limit,
        task,
        running: None,
        outcome: None,
        doomed: None,
        text: Batches::default(),
        result: None,
        notes: Vec::new(),
    };
    let end = loop {
        if let Some(end) = run.step(wake) {
            break end;
        }
    };
    run.finish(end)
}

/// What ended a run.
enum End {
    /// The process in which the cell ran holds the variables now.
    Committed,
    /// The cell's process is gone with this status, and the one that held the variables goes on.
    Undone(i32),
    /// The process that held the variables is gone too.
    Gone,
}

/// Why a cell is being ended.
enum Doom {
    /// The person wanted it.
    Interrupted,
    /// It cannot go on, for the reason given.
    Unfit(String),
}

/// The process that a cell runs in.
struct Running {
    process: Pid,
    unprotected: Option<String>,
}

struct Run<'a> {
    process: &'a mut Process,
    /// None when nothing on it can be understood any more.
    channel: Option<Channel>,
    host: &'a mut dyn CellHost,
    stop: &'a Stop,
    limit: &'a mut Limit,
    task: Task,
    running: Option<Running>,
    /// How the cell ended, as the runtime says.
    outcome: Option<Outcome>,
    doomed: Option<(Doom, Instant)>,
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
        let now = Instant::now();
        match &self.doomed {
            None if self.stop.deadline().is_some_and(|deadline| deadline <= now) => {
                self.doom(Doom::Interrupted);
            }
            None => self.look_at_memory(),
            Some((_, since)) if now.duration_since(*since) > TIME_TO_END => return Some(End::Gone),
            Some(_) => {}
        }
        if !self.text.is_full() {
            self.read_pipes();
        }
        if ready.frames {
            self.read_frames();
        }
        // Whatever the cell said before its end was there when the end was reported, so the order is: report, rest, end.
        let end = if ready.reports { self.hear() } else { None };
        if end.is_some() {
            while self.channel.is_some() && self.has_frames() {
                self.read_frames();
            }
        } else if self.text.due().is_some_and(|due| due <= Instant::now()) {
            self.show_text();
        }
        end
    }

    /// Sleeps until something has been said, text is due, a deadline passes or it is time to look at the memory.
    fn wait(&mut self, wake: &PipeReader) -> Ready {
        let now = Instant::now();
        let deadline = match &self.doomed {
            Some((_, since)) => Some(*since + TIME_TO_END),
            None => self.stop.deadline(),
        };
        let due = [self.text.due(), deadline, self.limit.next_look()];
        let due = due.into_iter().flatten().min();
        let timeout = due.map(|due| {
            let left = due.saturating_duration_since(now);
            Timespec::try_from(left).unwrap_or_default()
        });
        let reports = self.process.reports();
        let mut sources = vec![
            PollFd::from_borrowed_fd(wake.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(reports, PollFlags::IN),
        ];
        // What the cell says waits until it is known which process says it: a question in it can only be broken off there.
        if let (Some(channel), Some(_)) = (&self.channel, &self.running) {
            sources.push(PollFd::from_borrowed_fd(channel.frames(), PollFlags::IN));
        }
        let frames = sources.len() - 1;
        if !self.text.is_full() {
            for pipe in self.process.pipes() {
                sources.push(PollFd::from_borrowed_fd(pipe, PollFlags::IN));
            }
        }
        // A signal to the kernel ends the wait early, which does no harm.
        let _ = poll(&mut sources, timeout.as_ref());
        let has = |index: usize| !sources[index].revents().is_empty();
        Ready {
            woken: has(0),
            reports: has(1),
            frames: frames > 1 && has(frames),
        }
    }

    /// What the process that holds the variables reports.
    fn hear(&mut self) -> Option<End> {
        match self.process.hear() {
            Heard::Gone => Some(End::Gone),
            Heard::Nothing | Heard::Report(Report::Ready { .. }) => None,
            Heard::Report(Report::Running { process, unprotected }) => {
                let process = Pid::from_raw(process)?;
                self.stop.runs_in(process);
                self.running = Some(Running { process, unprotected });
                None
            }
            Heard::Report(Report::Committed { .. }) => Some(End::Committed),
            Heard::Report(Report::Undone { status }) => Some(End::Undone(status)),
        }
    }

    fn has_frames(&self) -> bool {
        let Some(channel) = &self.channel else {
            return false;
        };
        let mut source = [PollFd::from_borrowed_fd(channel.frames(), PollFlags::IN)];
        let now = Timespec::default();
        poll(&mut source, Some(&now)).is_ok_and(|count| count > 0)
    }

    fn read_frames(&mut self) {
        let Some(channel) = &mut self.channel else { return };
        let mut open = channel.read();
        while let Some(decoded) = self.channel.as_mut().and_then(Channel::next) {
            match decoded {
                Decoded::Frame(frame) => self.handle(frame),
                Decoded::Unreadable(_) => {}
                Decoded::Lost => {
                    open = false;
                    let what = "it wrote something else to descriptor 3, its channel to the kernel";
                    self.doom(Doom::Unfit(what.to_owned()));
                    break;
                }
            }
        }
        if !open {
            // The cell goes on without, until its end is reported.
            self.channel = None;
        }
    }

    fn handle(&mut self, frame: FromCell) {
        self.read_pipes();
        if matches!(frame, FromCell::Display { .. } | FromCell::Clear { .. })
            && let Some(channel) = &mut self.channel
        {
            // Also for a frame of an earlier cell's thread, which waits for it.
            channel.acknowledge();
        }
        if frame.nonce() != self.task.nonce {
            return;
        }
        self.show_text();
        match frame {
            FromCell::Display {
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
            FromCell::Clear { wait, .. } => self.host.emit(Output::Clear { wait }),
            FromCell::Result { data, metadata, .. } => {
                self.result.get_or_insert((data, metadata));
            }
            FromCell::Input { prompt, password, .. } => {
                let (value, error) = match self.host.input(&prompt, password) {
                    Ok(value) => (Some(value), None),
                    // It could only complain that nobody answers. Without a snapshot that is the lesser evil.
                    Err(_) if self.stop.deadline().is_some() && self.is_protected() => {
                        return self.doom(Doom::Interrupted);
                    }
                    Err(error) => (None, Some(error)),
                };
                let nonce = self.task.nonce.clone();
                if let Some(channel) = &mut self.channel {
                    channel.answer(InputReply { nonce, value, error });
                }
            }
            FromCell::Comm { message, .. } => self.host.emit(Output::Comm(message.into())),
            FromCell::CommTarget { target, .. } => self.host.emit(Output::CommTarget(target)),
            FromCell::CommPoll { .. } => {
                let messages = self.host.comms().into_iter().map(Into::into).collect();
                if let Some(channel) = &mut self.channel
                    && !channel.hand_over(messages)
                {
                    self.notes
                        .push("the front end sent more on a comm than a cell can take at once".to_owned());
                }
            }
            FromCell::Note { text, .. } => self.notes.push(text),
            // The last word counts: a cell that ran to its end may have to be refused after all.
            FromCell::Done { outcome, .. } => self.outcome = Some(outcome),
        }
    }

    /// Whether the cell runs on a copy of the variables.
    fn is_protected(&self) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.unprotected.is_none())
    }

    fn look_at_memory(&mut self) {
        let Some(running) = &self.running else { return };
        match self.limit.look(running.process.as_raw_pid()) {
            Pressure::Low => {}
            Pressure::High(text) => self.notes.push(text),
            Pressure::TooHigh(text) => self.doom(Doom::Unfit(text)),
        }
    }

    /// Ends the cell. That it has ended is reported.
    fn doom(&mut self, why: Doom) {
        if self.doomed.is_some() {
            return;
        }
        self.doomed = Some((why, Instant::now()));
        let unprotected = self
            .running
            .as_ref()
            .filter(|running| running.unprotected.is_some());
        self.process
            .end_cell(&self.task.nonce, unprotected.map(|running| running.process));
    }

    fn finish(mut self, end: End) -> Ran {
        let asked = self.stop.end();
        self.read_pipes();
        let rest = self.text.finish(!matches!(end, End::Committed));
        self.emit(rest);
        let running = self.running.take();
        let process = running.as_ref().map(|running| running.process.as_raw_pid());
        let unprotected = running.and_then(|running| running.unprotected);
        let (after, how) = match end {
            End::Committed => (After::Committed, None),
            End::Undone(status) => (After::Undone, Some(self.how(status))),
            End::Gone => {
                let process = process.filter(|_| unprotected.is_some());
                (After::Lost, Some(self.process.how_it_ended(process)))
            }
        };
        let committed = after == After::Committed;
        let outcome = match (self.doomed, self.outcome, how) {
            (Some((Doom::Interrupted, _)), _, Some(_)) => RunOutcome::Interrupted { killed: true },
            // While the libraries are loaded the signal alone ends the process.
            (_, None, Some(_)) if asked && !self.process.was_ready() => {
                RunOutcome::Interrupted { killed: true }
            }
            (Some((Doom::Unfit(what), _)), _, Some(_)) => RunOutcome::Died { what },
            (_, None, None) => RunOutcome::Died {
                what: "it did not say how".to_owned(),
            },
            (_, Some(Outcome::Ok), _) if committed => RunOutcome::Ok {
                result: self.result,
                notes: self.notes,
            },
            (_, Some(Outcome::Interrupted), _) if committed => RunOutcome::Interrupted { killed: false },
            (
                _,
                Some(Outcome::Panic {
                    message,
                    line,
                    column,
                    file,
                }),
                _,
            ) => RunOutcome::Panic {
                message,
                line,
                column,
                file,
            },
            (
                _,
                Some(Outcome::Error {
                    message,
                    type_name,
                    line,
                    column,
                    file,
                }),
                _,
            ) => RunOutcome::Failed {
                message,
                type_name,
                line,
                column,
                file,
            },
            (_, _, how) => RunOutcome::Died {
                what: how.unwrap_or_default(),
            },
        };
        Ran {
            outcome,
            after,
            unprotected,
        }
    }

    /// How the cell's process ended, with the limit if memory was the reason.
    fn how(&self, status: i32) -> String {
        let how = self.process.describe(status);
        match (status, self.limit.killer(), self.limit.words()) {
            (libc::SIGKILL, Some(reason), _) => reason,
            (_, _, Some(limit)) if how.starts_with("out of memory") => format!("{how}; {limit}"),
            _ => how,
        }
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
    reports: bool,
    frames: bool,
}
