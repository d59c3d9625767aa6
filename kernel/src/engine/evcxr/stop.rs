//! Stops a cell while evcxr compiles it: evcxr has no way to, so the cargo that it has started is ended.

use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpid, kill_process};

use crate::engine::Interrupter;

/// What evcxr starts to compile.
const COMPILERS: [&str; 3] = ["cargo", "mold", "rustc"];

/// How often an interrupted cell is looked after: evcxr may be about to start the next compiler.
const LOOK_AFTER: Duration = Duration::from_millis(50);

/// Stops whatever a cell is at.
pub struct Stop {
    cell: Arc<Mutex<State>>,
    /// Counts cells, so that nothing is done to a later one.
    count: AtomicU64,
    /// Stops the run of a compiled cell.
    worker: Arc<dyn Interrupter>,
}

/// The cell that is on its way, if one is, and whether it was asked to stop.
#[derive(Default)]
struct State {
    running: Option<u64>,
    asked: bool,
}

impl Stop {
    /// Also stops what `worker` stops.
    pub fn new(worker: Arc<dyn Interrupter>) -> Stop {
        Stop {
            cell: Arc::default(),
            count: AtomicU64::new(0),
            worker,
        }
    }

    /// A cell begins.
    pub fn begin(&self) {
        *lock(&self.cell) = State {
            running: Some(self.count.fetch_add(1, Ordering::Relaxed)),
            asked: false,
        };
    }

    /// The cell has ended.
    pub fn end(&self) {
        lock(&self.cell).running = None;
    }

    /// Whether the running cell was asked to stop.
    pub fn is_asked(&self) -> bool {
        lock(&self.cell).asked
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Interrupter for Stop {
    fn interrupt(&self) {
        let mut state = lock(&self.cell);
        if let Some(cell) = state.running
            && !state.asked
        {
            state.asked = true;
            let state = self.cell.clone();
            // Without a thread, evcxr compiles to its end, and then the cell is not run.
            let _ = thread::Builder::new().name("stop".to_owned()).spawn(move || {
                while lock(&state).running == Some(cell) {
                    end_compilers();
                    thread::sleep(LOOK_AFTER);
                }
            });
        }
        drop(state);
        self.worker.interrupt();
    }
}

/// Ends the compilers that this process has started, and all that they have started.
fn end_compilers() {
    let processes = processes();
    let own = getpid().as_raw_pid();
    let mut doomed: Vec<i32> = processes
        .iter()
        .filter(|(_, process)| process.parent == own && COMPILERS.contains(&process.name.as_str()))
        .map(|(number, _)| *number)
        .collect();
    let mut next = 0;
    while let Some(parent) = doomed.get(next).copied() {
        let children = processes.iter().filter(|(_, process)| process.parent == parent);
        doomed.extend(children.map(|(number, _)| *number));
        next += 1;
    }
    for number in doomed {
        if let Some(process) = Pid::from_raw(number) {
            // It fails if the process has ended by itself.
            let _ = kill_process(process, Signal::KILL);
        }
    }
}

struct Process {
    name: String,
    parent: i32,
}

/// All processes, by their numbers.
fn processes() -> HashMap<i32, Process> {
    let folders = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<i32>().ok());
    let known = numbers.filter_map(|number| {
        let status = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
        Some((number, parse(&status)?))
    });
    known.collect()
}

/// Reads a line of the form `12 (name) S 7 ...`; the name may hold anything.
fn parse(status: &str) -> Option<Process> {
    let (name, rest) = status.split_once('(')?.1.rsplit_once(')')?;
    Some(Process {
        name: name.to_owned(),
        parent: rest.split_whitespace().nth(1)?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_knows_its_parent() {
        let process = parse("12 (a) (b) S 7 12 0").unwrap();
        assert_eq!((process.name.as_str(), process.parent), ("a) (b", 7));
        assert!(parse("12 a S 7").is_none());
        let own = processes().remove(&getpid().as_raw_pid()).unwrap();
        let parent = rustix::process::getppid().map(Pid::as_raw_pid);
        assert_eq!(Some(own.parent), parent);
    }
}
