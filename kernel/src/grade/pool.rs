//! Grades many submissions, a few at a time, each in a process of its own.

use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use super::one::Order;
use super::result::Answer;

/// Most bytes that a grading process may answer.
const LONGEST_ANSWER: u64 = 256 << 20;
/// What a grading process may take beside its two runs: to start, and to end cells that do not want to.
const BESIDE: Duration = Duration::from_secs(120);

/// Grades every file, `at_once` at a time; the answers are in the files' order.
pub fn grade_all(files: &[PathBuf], order: &Order, at_once: usize) -> Vec<Answer> {
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<Option<Answer>>> = Mutex::new(vec![None; files.len()]);
    // The order is the same for all.
    let text = serde_json::to_vec(order);
    thread::scope(|scope| {
        for _ in 0..at_once.clamp(1, files.len().max(1)) {
            scope.spawn(|| {
                while let Some((place, file)) = {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    files.get(place).map(|file| (place, file))
                } {
                    let answer = match &text {
                        Ok(text) => grade_one(file, text, order),
                        Err(error) => ended(order, &error.to_string()),
                    };
                    answers.lock().unwrap_or_else(PoisonError::into_inner)[place] = Some(answer);
                }
            });
        }
    });
    let answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers
        .into_iter()
        .map(|answer| answer.unwrap_or_else(|| ended(order, "nothing came")))
        .collect()
}

fn grade_one(file: &PathBuf, text: &[u8], order: &Order) -> Answer {
    match ask(file, text, order) {
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
fn ask(file: &PathBuf, text: &[u8], order: &Order) -> io::Result<(ExitStatus, Option<Answer>)> {
    // What is left behind by a process that is killed goes with the folder. Its cells run as another user, who finds the way in.
    let folder = tempfile::Builder::new().prefix("hebb-grade-").tempdir()?;
    fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg("grade-one")
        .arg("--")
        .arg(file)
        .env("TMPDIR", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let answered = listen(&mut child, text, order);
    // It has closed its output or is too late; either way there is nothing more to wait for.
    let _ = child.kill();
    let status = child.wait()?;
    Ok((status, answered?))
}

fn listen(child: &mut Child, text: &[u8], order: &Order) -> io::Result<Option<Answer>> {
    let mut input = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
    let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
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
