//! The copy of a process that a cell runs in, so that the one that holds the variables can go on if the cell fails.
//!
//! The process forks before each cell. The child runs it. If the cell succeeds, the child takes over the socket to the kernel and
//! is the process that holds the variables from then on; the parent leaves. If it does not, the child is gone and nothing
//! has happened to the parent. What a cell did outside its process, in files or on the network, stays done.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use libloading::os::unix::{Library, RTLD_NOW};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, kill_process_group,
    pidfd_open, setpgid, waitid, waitpid,
};

use super::order::{self, HIGH, Order};

/// How often a process is looked at where the system cannot say that it has ended.
const LOOK_AFTER: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 5_000_000,
};

/// How often, and how long apart, the threads are counted again: one that was waited for stays in the list for a moment.
const COUNTS: (u32, Duration) = (20, Duration::from_micros(500));

/// Says to the parent that the cell has succeeded.
const COMMIT: &str = "commit";
/// Says to the child that the socket to the kernel comes with it.
const TAKE: &str = "take";
/// Says to the parent that it can go.
const TAKEN: &str = "taken";

/// The two sides of a fork.
pub enum Fork {
    /// This is the process as it was; the cell runs in another.
    Snapshot(CellProcess),
    /// This is the process in which the cell runs.
    Cell(Parent),
}

/// The process in which a cell runs, as its parent sees it.
pub struct CellProcess {
    process: Pid,
    way: OwnedFd,
}

/// The process that holds the variables, as the cell's sees it.
pub struct Parent(OwnedFd);

/// How a cell's process has ended, as its parent sees it.
pub enum End {
    /// It has taken over, or the kernel is gone: the parent is of no use any more.
    TookOver,
    /// It is gone, with this status of `waitpid`.
    Gone(i32),
}

/// Why the process cannot fork and be whole on both sides; none if it can. `threads` is how many are its own.
pub fn obstacle(threads: usize) -> Option<String> {
    if foreign_threads(threads) {
        return Some("a thread that an earlier cell started is still running".to_owned());
    }
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    if !matches!(waitid(WaitId::All, options), Err(Errno::CHILD)) {
        return Some("a process that an earlier cell started has not been waited for".to_owned());
    }
    // SAFETY: with RTLD_NOLOAD nothing is loaded, so no code runs; the question is whether the library is there.
    let driver = unsafe { Library::open(Some("libcuda.so.1"), RTLD_NOW | libc::RTLD_NOLOAD) };
    driver.is_ok().then(|| "the GPU is in use".to_owned())
}

fn foreign_threads(own: usize) -> bool {
    let (times, pause) = COUNTS;
    (0..times).all(|time| {
        if time > 0 {
            std::thread::sleep(pause);
        }
        fs::read_dir("/proc/self/task").is_ok_and(|tasks| tasks.count() > own)
    })
}

/// Forks. The caller has made sure that there is no [`obstacle`] and that nothing waits in a buffer.
pub fn fork() -> io::Result<Fork> {
    let (parents, childs) = order::pair()?;
    let childs = fcntl_dupfd_cloexec(&childs, HIGH)?;
    // SAFETY: this is the only thread that runs: the others are the caller's own, which wait without holding a lock. What
    // the C library needs to be whole in the child, its `fork` takes care of.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            // A group of its own: whoever ends the cell ends what it started, and nothing else. An error must not be returned
            // here, where there are two processes.
            let _ = setpgid(None, None);
            Ok(Fork::Cell(Parent(childs)))
        }
        child => {
            let process = Pid::from_raw(child).expect("fork gave a number above zero");
            // From both sides, because either may be first; it fails if the child has done it and gone on.
            let _ = setpgid(Some(process), Some(process));
            Ok(Fork::Snapshot(CellProcess {
                process,
                way: parents,
            }))
        }
    }
}

impl CellProcess {
    /// The operating system's number.
    pub fn id(&self) -> i32 {
        self.process.as_raw_pid()
    }

    /// Waits until the cell of this run has ended one way or the other; `state` is handed over if it succeeds.
    pub fn wait(self, state: &OwnedFd, nonce: &str) -> End {
        let watched = pidfd_open(self.process, PidfdFlags::empty()).ok();
        let mut open = true;
        loop {
            let mut sources = vec![PollFd::from_borrowed_fd(state.as_fd(), PollFlags::IN)];
            if open {
                sources.push(PollFd::from_borrowed_fd(self.way.as_fd(), PollFlags::IN));
            }
            if let Some(watched) = &watched {
                sources.push(PollFd::from_borrowed_fd(watched.as_fd(), PollFlags::IN));
            }
            // A signal ends the wait early, which does no harm.
            let _ = poll(&mut sources, watched.is_none().then_some(&LOOK_AFTER));
            let ordered = !sources[0].revents().is_empty();
            let spoke = open && !sources[1].revents().is_empty();
            drop(sources);
            if spoke {
                match order::receive::<String>(&self.way, true) {
                    Ok(Some((word, _))) if word == COMMIT => {
                        // If it cannot be sent the child waits in vain, ends, and that is seen here.
                        let _ = order::send(&self.way, &TAKE, &[state.as_fd()]);
                        continue;
                    }
                    Ok(Some((word, _))) if word == TAKEN => return End::TookOver,
                    // A cell that closes all descriptors closes this one; its end is seen all the same.
                    _ => open = false,
                }
            }
            if ordered {
                match order::receive::<Order>(state, true) {
                    Ok(Some((Order::End { nonce: ended }, _))) if ended == nonce => self.kill(),
                    Ok(Some(_)) => {}
                    // The kernel is gone, so all is over.
                    Ok(None) | Err(_) => {
                        self.kill();
                        return End::TookOver;
                    }
                }
            }
            if let Some(status) = self.reap() {
                return End::Gone(status);
            }
        }
    }

    /// The status of the process if it has ended. What it had started ends with it.
    fn reap(&self) -> Option<i32> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(self.process), options) {
            Ok(None) => return None,
            // Before it is reaped, because until then the number of the group is its own.
            _ => self.kill(),
        }
        match waitpid(Some(self.process), WaitOptions::empty()) {
            Ok(Some((_, status))) => Some(status.as_raw()),
            // Somebody else has reaped it; it ended, and that is all there is to say.
            _ => Some(0),
        }
    }

    /// Ends it and what it has started.
    fn kill(&self) {
        end(self.process);
    }
}

impl Parent {
    /// Becomes the process that holds the variables: the parent hands over the socket to the kernel and leaves.
    pub fn take_over(self) -> io::Result<OwnedFd> {
        order::send(&self.0, &COMMIT, &[])?;
        let (word, descriptors) =
            order::receive::<String>(&self.0, true)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let [state] = <[OwnedFd; 1]>::try_from(descriptors).map_err(|_| io::ErrorKind::InvalidData)?;
        if word != TAKE {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let state = fcntl_dupfd_cloexec(&state, HIGH)?;
        order::send(&self.0, &TAKEN, &[])?;
        Ok(state)
    }
}

/// Ends a process that leads a group, and the group; a cell may have left its own.
pub fn end(process: Pid) {
    // They fail if there is nothing left to end.
    let _ = kill_process_group(process, Signal::KILL);
    let _ = kill_process(process, Signal::KILL);
}

/// Where the system keeps how gladly it ends this process when memory runs out.
const MEMORY_KILLER: &str = "/proc/self/oom_score_adj";

/// Lets the system end a process first when memory runs out: one that can be started again, instead of the one with the variables.
pub fn offer_process_to_the_memory_killer(process: u32) {
    // As below.
    let _ = fs::write(format!("/proc/{process}/oom_score_adj"), "1000");
}

/// Lets the system end this process first when memory runs out; returns what it was told before.
pub fn offer_to_the_memory_killer() -> io::Result<String> {
    let before = fs::read_to_string(MEMORY_KILLER)?;
    fs::write(MEMORY_KILLER, "1000")?;
    Ok(before)
}

/// Takes the offer back.
pub fn withdraw_from_the_memory_killer(before: io::Result<String>) {
    if let Ok(before) = before {
        // Where it is refused, the system chooses by itself.
        let _ = fs::write(MEMORY_KILLER, before);
    }
}

/// The number of this process.
pub fn own_number() -> i32 {
    getpid().as_raw_pid()
}
