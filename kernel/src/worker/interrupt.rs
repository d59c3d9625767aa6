//! Stopping a running cell: asked first, ended if it does not listen.

use std::io::{PipeWriter, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::engine::Interrupter;

/// How long a cell that was asked to stop may take: two seconds after the person asked, all is over.
pub const PATIENCE: Duration = Duration::from_millis(1800);

/// What interrupter and run loop share.
pub struct Stop {
    state: Mutex<State>,
    waker: PipeWriter,
}

#[derive(Default)]
struct State {
    /// A cell runs, or is about to.
    active: bool,
    /// The process that it runs in.
    process: Option<Pid>,
    /// When the cell was asked to stop.
    asked: Option<Instant>,
    /// It was asked again: its time is over.
    again: bool,
}

impl Stop {
    /// `waker` wakes the run loop, which then learns the deadline.
    pub fn new(waker: PipeWriter) -> Stop {
        Stop {
            state: Mutex::default(),
            waker,
        }
    }

    /// A cell is on its way: an interrupt from now on is meant for it, though it may still be compiled.
    pub fn expect(&self) {
        *self.lock() = State {
            active: true,
            ..State::default()
        };
    }

    /// A run begins. False if it must not, because it was interrupted on its way.
    pub fn begin(&self) -> bool {
        let mut state = self.lock();
        state.active = true;
        state.asked.is_none()
    }

    /// The cell runs in this process. It is not reaped before [`Stop::end`].
    pub fn runs_in(&self, process: Pid) {
        let mut state = self.lock();
        state.process = Some(process);
        if state.asked.is_some() {
            ask(process);
        }
    }

    /// The run has ended. True if it was asked to.
    pub fn end(&self) -> bool {
        std::mem::take(&mut *self.lock()).asked.is_some()
    }

    /// When the cell is to be ended, if it was asked to stop.
    pub fn deadline(&self) -> Option<Instant> {
        let state = self.lock();
        let asked = state.asked?;
        Some(if state.again { asked } else { asked + PATIENCE })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets the flag that `fit` looks at. To a process that runs no cell any more it means nothing.
fn ask(process: Pid) {
    let _ = kill_process(process, Signal::INT);
}

impl Interrupter for Stop {
    fn interrupt(&self) {
        let mut state = self.lock();
        if !state.active {
            return;
        }
        if state.asked.is_some() {
            state.again = true;
        } else {
            state.asked = Some(Instant::now());
            state.process.into_iter().for_each(ask);
        }
        drop(state);
        // A full pipe means that the loop is about to wake anyway.
        let _ = (&self.waker).write_all(b"!");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_holds_for_the_cell_that_is_on_its_way() {
        let (_wake, waker) = std::io::pipe().unwrap();
        let stop = Stop::new(waker);
        stop.interrupt();
        assert!(stop.begin(), "nothing was on its way");
        assert!(!stop.end());
        stop.expect();
        assert!(stop.begin());
        stop.interrupt();
        assert!(stop.end(), "while it runs");
        stop.expect();
        stop.interrupt();
        assert!(!stop.begin(), "while it is compiled");
        assert!(stop.end());
        stop.expect();
        assert!(stop.begin(), "the next one is not meant");
    }
}
