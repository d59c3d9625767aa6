//! Looks that may take for ever: a disk that does not answer, a program that hangs. Each is a thread of its own that is waited for only so
//! long, and all of them go on at the same time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::finding::Finding;

/// How long a look may take if nothing else is said.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A look that goes on.
pub struct Look<T> {
    check: &'static str,
    answer: Receiver<Option<T>>,
    patience: Duration,
    latest: Instant,
}

impl<T: Send + 'static> Look<T> {
    /// Begins to look.
    pub fn begin(check: &'static str, work: impl FnOnce() -> T + Send + 'static) -> Look<T> {
        Look::within(PATIENCE, check, work)
    }

    /// The same with another time limit.
    pub fn within(
        patience: Duration,
        check: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Look<T> {
        let (told, answer) = channel();
        let thread = std::thread::Builder::new().name(check.to_owned()).spawn(move || {
            // Nobody may be waiting any more.
            let _ = told.send(catch_unwind(AssertUnwindSafe(work)).ok());
        });
        // Without a thread nobody answers, which shows below.
        drop(thread);
        Look {
            check,
            answer,
            patience,
            latest: Instant::now() + patience,
        }
    }

    /// What was found, or that nothing could be.
    pub fn end(self) -> Result<T, Finding> {
        let left = self.latest.saturating_duration_since(Instant::now());
        match self.answer.recv_timeout(left) {
            Ok(Some(found)) => Ok(found),
            Err(RecvTimeoutError::Timeout) => Err(no_answer(self.check, self.patience)),
            Ok(None) | Err(RecvTimeoutError::Disconnected) => Err(fault(self.check)),
        }
    }
}

/// Something hangs.
pub fn no_answer(check: &'static str, patience: Duration) -> Finding {
    Finding::error(
        check,
        format!("no answer within {} seconds", patience.as_secs()),
        "a disk or a program that is needed hangs: `df` shows disks that do not answer, `ps` programs",
    )
}

/// The look itself went wrong.
pub fn fault(check: &'static str) -> Finding {
    Finding::error(
        check,
        "could not be looked at: a mistake in Hebb, or no thread to be had",
        "tell those who look after Hebb what stands above this page",
    )
}

/// Ends what was started and still runs: it hangs, and nobody waits for it.
pub fn end_what_hangs() {
    let tasks = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    for task in tasks {
        let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for number in children.split_whitespace() {
            if let Some(child) = number.parse().ok().and_then(Pid::from_raw) {
                // It may just have ended.
                let _ = kill_process(child, Signal::KILL);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hangs_or_breaks_is_a_line() {
        let (_never, hanging) = channel::<()>();
        let hangs = Look::within(Duration::from_millis(1), "home", move || hanging.recv());
        let breaks = Look::begin("cache", || -> u32 { panic!("on purpose") });
        assert_eq!(Look::begin("data", || 7).end(), Ok(7));
        let said = [hangs.end().unwrap_err(), breaks.end().unwrap_err()];
        insta::assert_snapshot!(super::super::page::page(&said, false), @"
        error    home             no answer within 0 seconds
                                  hint: a disk or a program that is needed hangs: `df`
                                  shows disks that do not answer, `ps` programs
        error    cache            could not be looked at: a mistake in Hebb, or no
                                  thread to be had
                                  hint: tell those who look after Hebb what stands above
                                  this page

        2 errors, no warning
        ");
    }
}
