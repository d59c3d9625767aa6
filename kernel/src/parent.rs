//! Ends the kernel when the server that started it is gone, however that ended. Jupyter gives the server's number in `JPY_PARENT_PID`.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, getppid, pidfd_open, test_kill_process};
use tokio::sync::mpsc::UnboundedSender;

use crate::event_loop::Event;

/// How often to look where the system cannot tell by itself that a process has ended (Linux before 5.3).
const LOOK: Duration = Duration::from_secs(1);

/// Sends [`Event::Terminate`] when the server or the process that started this one has ended. Without a server, never.
///
/// # Errors
/// When the system has no thread for it.
pub fn look_after(events: UnboundedSender<Event>) -> io::Result<()> {
    let Ok(text) = std::env::var("JPY_PARENT_PID") else {
        return Ok(());
    };
    let Some(server) = text.trim().parse().ok().and_then(Pid::from_raw) else {
        return Ok(());
    };
    let parent = getppid();
    // The two differ if a script stands between server and kernel.
    let between = parent.filter(|parent| *parent != server);
    let watched: Vec<Pid> = [Some(server), between].into_iter().flatten().collect();
    std::thread::Builder::new()
        .name("parent".to_string())
        .spawn(move || {
            if let Err(error) = one_ended(&watched) {
                log::info!("the end of a process cannot be waited for: {error}");
                look_at(&watched, parent);
            }
            log::info!("the parent has ended");
            // If nobody listens, the kernel is ending already.
            let _ = events.send(Event::Terminate);
        })
        .map(drop)
}

/// Waits until one of these processes has ended.
fn one_ended(processes: &[Pid]) -> rustix::io::Result<()> {
    let mut descriptors: Vec<OwnedFd> = Vec::new();
    for process in processes {
        match pidfd_open(*process, PidfdFlags::empty()) {
            Err(Errno::SRCH) => return Ok(()),
            other => descriptors.push(other?),
        }
    }
    let mut ends: Vec<PollFd<'_>> = descriptors
        .iter()
        .map(|descriptor| PollFd::new(descriptor, PollFlags::IN))
        .collect();
    loop {
        match poll(&mut ends, None) {
            Err(Errno::INTR) => {}
            other => return other.map(drop),
        }
    }
}

/// The same, by looking again and again.
fn look_at(processes: &[Pid], parent: Option<Pid>) {
    let gone = |process: &Pid| test_kill_process(*process) == Err(Errno::SRCH);
    // A process that has ended but was not waited for still has its number, but no children.
    while getppid() == parent && !processes.iter().any(gone) {
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc;

    use super::*;

    /// A process that lives until its input is closed.
    fn waiting() -> (Child, Pid) {
        let child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        let number = Pid::from_child(&child);
        (child, number)
    }

    #[test]
    fn the_end_of_any_is_noticed_even_if_nobody_waits_for_it() {
        let (mut first, second) = (waiting(), waiting());
        let watched = [second.1, first.1];
        let (told, end) = mpsc::channel();
        let thread = std::thread::spawn(move || told.send(one_ended(&watched)).unwrap());
        assert_eq!(end.try_recv(), Err(mpsc::TryRecvError::Empty), "both live");
        drop(first.0.stdin.take());
        assert_eq!(end.recv(), Ok(Ok(())));
        thread.join().unwrap();
        first.0.wait().unwrap();
        assert_eq!(one_ended(&watched), Ok(()), "one that is not there has ended");
        look_at(&watched, getppid());
        let (mut last, _) = second;
        drop(last.stdin.take());
        last.wait().unwrap();
    }
}
