//! Commands of the system's shell in a cell: `!ls`. What they print is shown as they print it; the stop button ends them.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};

use super::compile::{Running, limit};
use super::diagnostics::plain_error;
use crate::engine::CellHost;
use crate::output::{CellError, Output, StreamName};
use crate::worker::{Utf8Decoder, offer_to_the_memory_killer};

/// The kind of error of a command that fails.
pub const FAILED: &str = "ShellError";

/// Pieces of text that may wait to be shown: a command that floods its output is slowed to what a browser can take.
const WAITING: usize = 16;
/// Bytes of a piece.
const PIECE: usize = 64 << 10;

/// Runs a command line to its end.
pub fn run(line: &str, running: &Running, host: &mut dyn CellHost) -> Result<(), CellError> {
    let failed = |error: io::Error| {
        CellError::new(
            FAILED,
            &format!("`!{line}` cannot be run: {error}\nhint: commands need the system's shell, /bin/sh"),
        )
    };
    let mut child = Command::new("/bin/sh")
        .args(["-c", line])
        // Nobody can type into it.
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // So that all that it starts can be stopped with it.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    // Sooner it than the variables.
    offer_to_the_memory_killer(child.id());
    let (sender, pieces) = sync_channel(WAITING);
    let stdout = child.stdout.take().expect("stdout is a pipe");
    let stderr = child.stderr.take().expect("stderr is a pipe");
    running.watch(child);
    std::thread::scope(|scope| {
        let other = sender.clone();
        scope.spawn(move || read(stdout, StreamName::Stdout, &sender));
        scope.spawn(move || read(stderr, StreamName::Stderr, &other));
        for (name, text) in pieces {
            host.emit(Output::Stream { name, text });
        }
    });
    match running.wait_for_status() {
        None => Err(plain_error("Interrupted", &format!("`!{line}` was stopped"))),
        Some(Ok(status)) if status.success() => Ok(()),
        Some(Ok(status)) => Err(CellError::new(
            FAILED,
            &format!("`!{line}` failed: {status}{}", reason(status)),
        )),
        Some(Err(error)) => Err(failed(error)),
    }
}

/// What may be behind it when someone else has ended a command, or what it had called last.
fn reason(status: ExitStatus) -> String {
    const KILLED: i32 = libc::SIGKILL;
    match (status.signal(), status.code()) {
        // A shell says so of what it has called.
        (Some(KILLED), _) | (_, Some(137)) => {
            format!(
                "\nhint: the system ends programs so when memory runs out{}",
                limit()
            )
        }
        _ => String::new(),
    }
}

fn read(mut pipe: impl Read, name: StreamName, pieces: &SyncSender<(StreamName, String)>) {
    let mut decoder = Utf8Decoder::default();
    let mut buffer = vec![0; PIECE];
    loop {
        let text = match pipe.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => decoder.decode(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        if !text.is_empty() && pieces.send((name, text)).is_err() {
            return;
        }
    }
    let rest = decoder.finish();
    if !rest.is_empty() {
        // Nobody listens any more only where the cell is over.
        let _ = pieces.send((name, rest));
    }
}
