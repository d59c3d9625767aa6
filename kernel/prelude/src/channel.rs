//! The control channel's writing end: frames of a `u32` little-endian length and JSON, marked with the run's nonce.
//!
//! Text that the cell printed before a frame is flushed before the frame is sent, and after what is shown the kernel's word is awaited
//! that it was taken, before more text can be printed. So the order on the screen is the order in the program.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// The channel of this process. A static because displays come from anywhere in a program; one writer at a time.
static CHANNEL: Mutex<Channel> = Mutex::new(Channel {
    file: None,
    taken: None,
    nonce: String::new(),
    process: 0,
});

/// Longest frame in bytes that the kernel takes.
const LONGEST: usize = 64 << 20;

struct Channel {
    file: Option<File>,
    /// The kernel writes one byte here for each frame that it has put in its place among the text.
    taken: Option<File>,
    nonce: String,
    /// The process that runs the cell; a copy of it that the cell makes by itself has no say.
    process: u32,
}

/// Takes over the descriptor at which every run finds its channel.
pub fn open(descriptor: i32) {
    // SAFETY: the worker, which alone calls this and only once, reserves the number for the channel of whatever cell runs;
    // `Channel` is never dropped, so nothing is closed here.
    let file = unsafe { File::from_raw_fd(descriptor) };
    // SAFETY: as above; the next number goes with it.
    let taken = unsafe { File::from_raw_fd(descriptor + 1) };
    let mut channel = lock();
    channel.file = Some(file);
    channel.taken = Some(taken);
}

/// A run begins: what is sent from now on carries its nonce.
pub fn begin(nonce: &str) {
    let mut channel = lock();
    nonce.clone_into(&mut channel.nonce);
    channel.process = std::process::id();
}

/// Sends a frame of the running cell; `body` is a JSON object and gets the nonce.
pub fn send(kind: &str, mut body: Value) {
    flush();
    let mut channel = lock();
    if channel.process != std::process::id() {
        return;
    }
    body["nonce"] = channel.nonce.clone().into();
    let text = json!({ kind: body }).to_string();
    if text.len() > LONGEST {
        let text = format!(
            "something was too large to be shown: {} MiB, and the limit is {} MiB",
            text.len() >> 20,
            LONGEST >> 20
        );
        let nonce = channel.nonce.clone();
        channel.write(&json!({ "note": { "nonce": nonce, "text": text } }).to_string());
        return;
    }
    channel.write(&text);
    if matches!(kind, "display" | "clear")
        && let Some(taken) = &mut channel.taken
    {
        // If it cannot be read, the kernel is gone or the cell has closed it: nobody to wait for.
        let _ = taken.read_exact(&mut [0]);
    }
}

/// Empties the buffers of the standard streams.
pub fn flush() {
    // A closed stream is the kernel's end, which the worker notices by itself.
    let _ = std::io::stdout().flush();
    let _ = std::io::stderr().flush();
}

fn lock() -> MutexGuard<'static, Channel> {
    CHANNEL.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Channel {
    fn write(&mut self, text: &str) {
        let mut bytes = Vec::with_capacity(4 + text.len());
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        if let Some(file) = &mut self.file {
            // If nobody reads, the kernel is gone, and the worker ends the process.
            let _ = file.write_all(&bytes);
        }
    }
}
