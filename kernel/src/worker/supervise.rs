//! `hebb worker`: the process that stays while those that hold the variables come and go.
//!
//! It forks the first of them and never runs a person's code itself. Whatever loses its parent among its descendants becomes
//! its child, so it can tell the kernel how each has ended, and end all of them when the kernel is gone.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, set_child_subreaper, wait, waitid,
};

use super::order;

/// How long the descendants may take to end when they are killed. Only one that waits for a broken disk takes longer.
const TIME_TO_END: Duration = Duration::from_secs(2);

/// The two sides of [`begin`].
pub enum Side {
    /// This process is to hold the variables.
    Holder,
    /// This process is to [`supervise`].
    Supervisor,
}

/// Splits the process in two.
pub fn begin() -> io::Result<Side> {
    // The number only says that it is wanted.
    set_child_subreaper(Some(rustix::process::getpid()))?;
    // SAFETY: no other thread has been started in this process yet.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Side::Holder),
        _ => Ok(Side::Supervisor),
    }
}

/// Tells the kernel at the other end of `leash` how descendants end, until it or the last of them is gone.
pub fn supervise(leash: OwnedFd) -> ! {
    // Held while processes are looked up by number, so that none is reaped and its number given to another.
    let reaping = Mutex::new(());
    std::thread::scope(|scope| {
        let reaper = std::thread::Builder::new().spawn_scoped(scope, || {
            while matches!(
                waitid(WaitId::All, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT),
                Ok(_) | Err(Errno::INTR)
            ) {
                let _held = reaping.lock().unwrap_or_else(PoisonError::into_inner);
                if let Ok(Some((process, status))) = wait(WaitOptions::NOHANG) {
                    let report = (process.as_raw_pid(), status.as_raw());
                    // If the kernel does not read, it does not want to know.
                    let _ = order::send(&leash, &report, &[]);
                }
            }
            leave()
        });
        if reaper.is_err() {
            leave();
        }
        while let Ok(Some(_)) = order::receive::<()>(&leash, true) {}
        let latest = Instant::now() + TIME_TO_END;
        while Instant::now() < latest {
            let held = reaping.lock().unwrap_or_else(PoisonError::into_inner);
            for child in children() {
                // It fails if the child has just ended.
                let _ = kill_process(child, Signal::KILL);
            }
            drop(held);
            // Their children become ours as they end; with the last of them the reaper ends the process.
            std::thread::sleep(Duration::from_millis(1));
        }
        leave()
    })
}

/// The children of all threads of this process.
fn children() -> Vec<Pid> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    tasks
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|list| {
            let numbers = list.split_whitespace().filter_map(|number| number.parse().ok());
            numbers.filter_map(Pid::from_raw).collect::<Vec<_>>()
        })
        .collect()
}

/// Ends the process at once.
pub fn leave() -> ! {
    // SAFETY: _exit takes a number and does not return.
    unsafe { libc::_exit(0) }
}
