//! The thread that hands the kernel's answers to a running cell.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use super::frame::{ToCell, read_frame};
use super::runtime::Runtime;
use super::supervise::leave;

/// Listens on the channel of a run.
pub struct Listener {
    thread: JoinHandle<()>,
    over: Arc<AtomicBool>,
}

impl Listener {
    /// Starts to listen.
    pub fn start(channel: &UnixStream, runtime: Runtime) -> io::Result<Listener> {
        let mut channel = channel.try_clone()?;
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let listen = move || {
            loop {
                match read_frame::<ToCell>(&mut channel) {
                    Ok(Some(ToCell::InputReply(reply))) => runtime.input_reply(&reply),
                    Ok(Some(ToCell::Comms(messages))) => runtime.comms(&messages),
                    // The end of the run, or a cell that has closed what it does not own.
                    Err(_) => return,
                    Ok(None) if ended.load(Ordering::Acquire) => return,
                    // The kernel is gone.
                    Ok(None) => leave(),
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("answers".to_string())
            .spawn(listen)?;
        Ok(Listener { thread, over })
    }

    /// Stops, and waits for it, so that no thread of ours is left. Frames can still be sent on `channel`.
    pub fn stop(self, channel: &UnixStream) {
        self.over.store(true, Ordering::Release);
        // If a cell has closed the channel, the thread cannot be woken, and the cell is to fail for it.
        if channel.shutdown(Shutdown::Read).is_ok() {
            // It ends without a value: there is nothing to learn from it.
            let _ = self.thread.join();
        }
    }
}
