//! Asks a program who it is, and does not wait for it for ever.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// Bytes of an answer that are read.
const LONGEST: u64 = 4096;

/// Why a program did not answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Silence {
    /// It does not end.
    Hangs,
    /// It failed, and said this.
    Failed(String),
}

/// What `program` prints with these arguments.
///
/// # Errors
/// If it cannot be started, fails, or takes longer than `patience`.
pub fn ask(program: &Path, arguments: &[&str], patience: Duration) -> Result<String, Silence> {
    let failed = |error: std::io::Error| Silence::Failed(error.to_string());
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let group = Pid::from_child(&child);
    let (told, answer) = channel();
    let mut output = child.stdout.take();
    std::thread::spawn(move || {
        let mut text = Vec::new();
        let read = output
            .as_mut()
            .map(|output| output.take(LONGEST).read_to_end(&mut text));
        // Nobody may be waiting any more.
        let _ = told.send(read.map(|_| String::from_utf8_lossy(&text).trim().to_owned()));
    });
    let text = answer.recv_timeout(patience);
    if text.is_err() {
        // The group is told before the leader is reaped: until then no other process can have its number.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let status = child.wait().map_err(failed)?;
    match text.ok().flatten() {
        None => Err(Silence::Hangs),
        Some(text) if status.success() => Ok(text),
        Some(_) => Err(Silence::Failed(format!("it ended with {status}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_answer_fail_or_hang() {
        let shell = Path::new("/bin/sh");
        let ask = |script: &str, patience| ask(shell, &["-c", script], Duration::from_millis(patience));
        assert_eq!(ask("echo 4.5.0", 60_000), Ok("4.5.0".to_owned()));
        assert_eq!(ask("exec sleep 1000", 10), Err(Silence::Hangs));
        assert_eq!(
            ask("exit 3", 60_000),
            Err(Silence::Failed("it ended with exit status: 3".to_owned()))
        );
        let missing = super::ask(Path::new("/nonexistent"), &[], Duration::from_secs(60));
        assert!(matches!(missing, Err(Silence::Failed(_))));
    }
}
