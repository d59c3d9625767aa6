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
});

struct Channel {
    file: Option<File>,
    /// The kernel writes one byte here for each frame that it has put in its place among the text.
    taken: Option<File>,
    nonce: String,
}

/// Takes over the descriptor of the control channel.
pub fn open(descriptor: i32) {
    // SAFETY: the worker, which alone calls this and only once, gives its control channel's descriptor, which stays open for
    // the life of the process; `Channel` is never dropped, so it is closed only with the process.
    let file = unsafe { File::from_raw_fd(descriptor) };
    // SAFETY: as above; the worker opens the next descriptor together with this one.
    let taken = unsafe { File::from_raw_fd(descriptor + 1) };
    let mut channel = lock();
    channel.file = Some(file);
    channel.taken = Some(taken);
}

/// A run begins: what is sent from now on carries its nonce.
pub fn begin(nonce: &str) {
    nonce.clone_into(&mut lock().nonce);
}

/// Sends a frame of the running cell; `body` is a JSON object and gets the nonce.
pub fn send(kind: &str, mut body: Value) {
    flush();
    let mut channel = lock();
    body["nonce"] = channel.nonce.clone().into();
    channel.write(&json!({ kind: body }));
    if matches!(kind, "display" | "clear")
        && let Some(taken) = &mut channel.taken
    {
        // If it cannot be read, the kernel is gone or the cell has closed it: nobody to wait for.
        let _ = taken.read_exact(&mut [0]);
    }
}

/// Sends a frame that belongs to no cell.
pub fn send_plain(kind: &str) {
    lock().write(&json!({ kind: {} }));
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
    fn write(&mut self, frame: &Value) {
        let text = frame.to_string();
        let mut bytes = Vec::with_capacity(4 + text.len());
        bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
        if let Some(file) = &mut self.file {
            // If nobody reads, the kernel is gone, and the worker ends the process.
            let _ = file.write_all(&bytes);
        }
    }
}
