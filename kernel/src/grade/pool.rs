//! Grades many submissions, a few at a time, each in a process of its own.

use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::one::Order;
use super::result::Answer;
use crate::engine::Interrupter;
use crate::scratch;

/// Most bytes that a grading process may answer.
const LONGEST_ANSWER: u64 = 256 << 20;
/// What a grading process may take beside its two runs: to start, and to end cells that do not want to.
const BESIDE: Duration = Duration::from_secs(120);

/// Ends the grading, from another thread.
#[derive(Debug, Default)]
pub struct Stop {
    stopped: AtomicBool,
    running: Mutex<Vec<Arc<Mutex<Child>>>>,
}

impl Stop {
    /// Whether somebody has ended it.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }
}

impl Interrupter for Stop {
    fn interrupt(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        for child in lock(&self.running).iter() {
            // An error means that it has ended by itself.
            let _ = lock(child).kill();
        }
    }
}

/// Grades every file, `at_once` at a time; the answers are in the files' order. A file that was not graded to its end when
/// somebody stopped it has none. `done` is told after each how many there are.
pub fn grade_all(
    files: &[PathBuf],
    order: &Order,
    at_once: usize,
    stop: &Stop,
    done: &(dyn Fn(usize) + Sync),
) -> Vec<Option<Answer>> {
    let (next, graded) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let answers: Mutex<Vec<Option<Answer>>> = Mutex::new(vec![None; files.len()]);
    // The order is the same for all.
    let text = serde_json::to_vec(order);
    let at_once = at_once.clamp(1, files.len().max(1));
    let (next, graded, answers_of, text) = (&next, &graded, &answers, &text);
    thread::scope(|scope| {
        for slot in 0..at_once {
            scope.spawn(move || {
                keep_to_a_share(slot, at_once);
                while let Some((place, file)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    files.get(place).map(|file| (place, file))
                } {
                    let answer = match text {
                        Ok(text) => grade_one(file, text, order, stop),
                        Err(error) => ended(order, &error.to_string()),
                    };
                    if stop.is_stopped() {
                        break;
                    }
                    lock(answers_of)[place] = Some(answer);
                    done(graded.fetch_add(1, Ordering::Relaxed) + 1);
                }
            });
        }
    });
    answers.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps this thread, and what it starts, to its part of the processors: the threads of one submission then slow no other one
/// down, whose cells have time limits.
fn keep_to_a_share(slot: usize, at_once: usize) {
    let Ok(all) = sched_getaffinity(None) else {
        return;
    };
    let processors: Vec<usize> = (0..CpuSet::MAX_CPU)
        .filter(|number| all.is_set(*number))
        .collect();
    let mut own = CpuSet::new();
    for place in share(processors.len(), slot, at_once) {
        own.set(processors[place]);
    }
    // What the system refuses costs nothing but time.
    let _ = sched_setaffinity(None, &own);
}

/// The part of `all` processors for one of `at_once` at work; they share where there are too few.
fn share(all: usize, slot: usize, at_once: usize) -> Range<usize> {
    let groups = at_once.min(all).max(1);
    let group = slot % groups;
    group * all / groups..(group + 1) * all / groups
}

fn grade_one(file: &PathBuf, text: &[u8], order: &Order, stop: &Stop) -> Answer {
    match ask(file, text, order, stop) {
        Ok((_, Some(answer))) => answer,
        Ok((status, None)) => ended(order, &format!("{status}")),
        Err(error) => ended(order, &error.to_string()),
    }
}

/// The answer of a process that gave none.
fn ended(order: &Order, how: &str) -> Answer {
    Answer {
        trouble: Some(format!("the process that graded it ended: {how}")),
        ..Answer::nothing(
            &order.asked,
            "could not be graded: the process that graded it ended",
        )
    }
}

/// Starts a process, gives it the order, waits for its answer and its end.
fn ask(file: &PathBuf, text: &[u8], order: &Order, stop: &Stop) -> io::Result<(ExitStatus, Option<Answer>)> {
    // What is left behind by a process that is killed goes with the folder. Its cells run as another user, who finds the way in.
    let folder = scratch::folder("hebb-grade-")?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("grade-one")
        .arg("--")
        .arg(file)
        .env("TMPDIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // A Ctrl-C is for the one who waits for the answer.
        .process_group(0)
        .spawn()?;
    let input = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let child = Arc::new(Mutex::new(child));
    lock(&stop.running).push(child.clone());
    if stop.is_stopped() {
        stop.interrupt();
    }
    let answered = listen(input, output, text, order);
    lock(&stop.running).retain(|other| !Arc::ptr_eq(other, &child));
    let mut child = lock(&child);
    // It has closed its output or is too late; either way there is nothing more to wait for.
    let _ = child.kill();
    let status = child.wait()?;
    Ok((status, answered?))
}

fn listen(
    mut input: ChildStdin,
    output: ChildStdout,
    text: &[u8],
    order: &Order,
) -> io::Result<Option<Answer>> {
    // It reads its whole order before it does anything else. Should it end before, reading finds out.
    let _ = input.write_all(text);
    drop(input);
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || {
        let mut answer = Vec::new();
        let read = output.take(LONGEST_ANSWER).read_to_end(&mut answer);
        // Nobody hears it if it came too late.
        let _ = tell.send(read.map(|_| answer));
    });
    let longest = (order.limits.run * 2).saturating_add(BESIDE);
    match hear.recv_timeout(longest) {
        Ok(answer) => Ok(serde_json::from_slice(&answer?).ok()),
        Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_shared_out_without_a_rest() {
        let shares = |all, at_once| {
            (0..at_once)
                .map(|slot| share(all, slot, at_once))
                .collect::<Vec<_>>()
        };
        assert_eq!(share(2, 0, 1), 0..2);
        assert_eq!(shares(2, 2), [0..1, 1..2]);
        assert_eq!(shares(5, 2), [0..2, 2..5]);
        assert_eq!(shares(2, 3), [0..1, 1..2, 0..1], "more at work than processors");
    }
}
