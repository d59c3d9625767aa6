//! Stopping a running cell: asked first, killed if it does not listen.

use std::io::{PipeWriter, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::engine::Interrupter;

/// How long a cell that was asked to stop may take.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// What interrupter and run loop share.
pub struct Stop {
    state: Mutex<State>,
    waker: PipeWriter,
}

#[derive(Default)]
struct State {
    /// The process that runs a cell now. It is not reaped while it stands here, so the number is its own.
    running: Option<Pid>,
    asked: Option<Instant>,
    killed: bool,
}

impl Stop {
    /// `waker` wakes the run loop, which then learns the deadline.
    pub fn new(waker: PipeWriter) -> Stop {
        Stop {
            state: Mutex::default(),
            waker,
        }
    }

    /// A run begins.
    pub fn begin(&self, process: Pid) {
        *self.lock() = State {
            running: Some(process),
            ..State::default()
        };
    }

    /// The run has ended; the process may be reaped after this. True if the interrupt ended it. The signal alone does so while the
    /// libraries are being loaded.
    pub fn end(&self, was_ready: bool) -> bool {
        let state = std::mem::take(&mut *self.lock());
        state.killed || (state.asked.is_some() && !was_ready)
    }

    /// When the cell is to be killed, if it was asked to stop.
    pub fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        if state.killed {
            None
        } else {
            state.asked.map(|asked| asked + PATIENCE)
        }
    }

    /// Ends the process of the running cell and what it started.
    pub fn kill(&self) {
        let mut state = self.lock();
        if let Some(process) = state.running {
            state.killed = true;
            // It fails only if the process has just ended by itself, which the run loop sees.
            let _ = kill_process_group(process, Signal::KILL);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Interrupter for Stop {
    fn interrupt(&self) {
        let mut state = self.lock();
        let Some(process) = state.running else { return };
        if state.asked.is_some() {
            drop(state);
            self.kill();
            return;
        }
        state.asked = Some(Instant::now());
        let _ = kill_process(process, Signal::INT);
        drop(state);
        // A full pipe means that the loop is about to wake anyway.
        let _ = (&self.waker).write_all(b"!");
    }
}
