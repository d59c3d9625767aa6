//! One worker process and the channels to it: start, send, read, end.

use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::ending::{LastWords, describe};
use super::frame::{Decoded, Decoder, FromWorker, ToWorker, write_frame};
use super::serve::{CONTROL, TAKEN};
use crate::layout::Layout;
use crate::output::StreamName;

/// How long a process that has closed its control channel may take to end.
const TIME_TO_END: Duration = Duration::from_millis(500);

/// How long a message to the worker may take. Only a worker that was stopped from outside takes longer.
const TIME_TO_SEND: Duration = Duration::from_secs(10);

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// A worker process.
pub struct Process {
    child: Child,
    control: UnixStream,
    /// Tells the runtime that a frame was taken, so that what it prints next comes after.
    taken: PipeWriter,
    decoder: Decoder,
    ready: bool,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    last_words: LastWords,
}

impl Process {
    /// Starts `hebb worker`.
    pub fn spawn(layout: &Layout) -> io::Result<Process> {
        let (control, theirs) = UnixStream::pair()?;
        control.set_write_timeout(Some(TIME_TO_SEND))?;
        let mut command = Command::new(&layout.program);
        command
            .arg("worker")
            .arg(&layout.standard_library)
            .arg(&layout.prelude);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // The compiler's internals help no learner, and what a cell prints on stderr costs points where it is graded.
        command.env("RUST_BACKTRACE", "0");
        // A group of its own: Jupyter signals the kernel's whole group.
        command.process_group(0);
        let (their_taken, taken) = io::pipe()?;
        rustix::io::ioctl_fionbio(&taken, true)?;
        let descriptors = [theirs.as_raw_fd(), their_taken.as_raw_fd()];
        // SAFETY: between fork and exec the closure calls only dup2 and fcntl, which are async-signal-safe; it allocates
        // nothing, and the descriptors' owners live until the process was spawned.
        unsafe {
            command.pre_exec(move || place(descriptors));
        }
        let mut child = command.spawn()?;
        let pipe = |fd: Option<OwnedFd>| -> io::Result<Option<OwnedFd>> {
            if let Some(fd) = &fd {
                rustix::io::ioctl_fionbio(fd, true)?;
            }
            Ok(fd)
        };
        let stdout = pipe(child.stdout.take().map(OwnedFd::from))?;
        let stderr = pipe(child.stderr.take().map(OwnedFd::from))?;
        let (decoder, last_words) = (Decoder::default(), LastWords::default());
        Ok(Process {
            child,
            control,
            taken,
            decoder,
            ready: false,
            stdout,
            stderr,
            last_words,
        })
    }

    /// The operating system's number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The same as rustix wants it.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Whether it has ever loaded its libraries.
    pub fn was_ready(&self) -> bool {
        self.ready
    }

    /// A run begins: what earlier cells wrote to stderr explains nothing any more.
    pub fn begin(&mut self) {
        if self.ready {
            self.last_words.clear();
        }
    }

    /// Sends a message. A failure means that the process is gone, which shows when its answer is read.
    pub fn send(&mut self, message: &ToWorker) {
        let _ = write_frame(&mut self.control, message);
    }

    /// Tells the runtime that its last frame was put in its place.
    pub fn acknowledge(&mut self) {
        // The pipe holds thousands of bytes and the runtime waits for each; only a process that is gone refuses.
        let _ = self.taken.write_all(b"!");
    }

    /// What to wait on: the control channel and the pipes that are still open.
    pub fn descriptors(&self, pipes: bool) -> impl Iterator<Item = BorrowedFd<'_>> {
        let pipes = [&self.stdout, &self.stderr]
            .into_iter()
            .filter(move |_| pipes)
            .flatten();
        std::iter::once(self.control.as_fd()).chain(pipes.map(AsFd::as_fd))
    }

    /// Reads from the control channel, which must be readable. False at its end.
    pub fn read_control(&mut self) -> bool {
        let mut piece = [0; PIECE];
        match self.control.read(&mut piece) {
            Ok(0) => false,
            Ok(length) => {
                self.decoder.feed(&piece[..length]);
                true
            }
            Err(error) => error.kind() == io::ErrorKind::Interrupted,
        }
    }

    /// The next thing that was received on the control channel.
    pub fn next_frame(&mut self) -> Option<Decoded> {
        let decoded = self.decoder.next()?;
        if decoded == Decoded::Frame(FromWorker::Ready {}) {
            self.ready = true;
        }
        Some(decoded)
    }

    /// Takes what stands in the two pipes now, and no more: a thread that prints for ever cannot keep the kernel here.
    pub fn read_pipes(&mut self, take: &mut dyn FnMut(StreamName, &[u8])) {
        for (name, pipe) in [
            (StreamName::Stdout, &mut self.stdout),
            (StreamName::Stderr, &mut self.stderr),
        ] {
            let Some(fd) = pipe else { continue };
            let mut there = rustix::io::ioctl_fionread(&*fd).unwrap_or_default();
            let mut piece = [0; PIECE];
            loop {
                let open = match rustix::io::read(&*fd, &mut piece) {
                    Ok(0) => false,
                    Ok(length) => {
                        if name == StreamName::Stderr {
                            self.last_words.push(&piece[..length]);
                        }
                        take(name, &piece[..length]);
                        there = there.saturating_sub(length as u64);
                        true
                    }
                    Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => break,
                    Err(_) => false,
                };
                if !open {
                    // The cell has closed the stream; what it writes from now on goes nowhere.
                    *pipe = None;
                    break;
                }
                if there == 0 {
                    break;
                }
            }
        }
    }

    /// Whether the process has ended; it is not reaped.
    pub fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        !matches!(waitid(WaitId::Pid(self.pid()), options), Ok(None))
    }

    /// How it ended, if it has.
    pub fn try_end(&mut self) -> Option<String> {
        self.has_ended().then(|| self.end())
    }

    /// Waits for the end of a process that has closed its control channel. False if it goes on without.
    pub fn await_end(&self) -> bool {
        let latest = Instant::now() + TIME_TO_END;
        while !self.has_ended() {
            if Instant::now() > latest {
                return false;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        true
    }

    /// Says how a process ended that has closed its control channel; ends it if it has not.
    pub fn end(&mut self) -> String {
        if !self.has_ended() {
            self.kill();
            return "it closed its channel to the kernel".to_string();
        }
        let status = self.kill();
        match status {
            Some(status) if self.ready => describe(status, &self.last_words),
            Some(status) => {
                let words = self.last_words.text();
                let words = if words.is_empty() {
                    describe(status, &self.last_words)
                } else {
                    words
                };
                format!("it could not start: {words}")
            }
            None => "nobody knows how".to_string(),
        }
    }

    /// Ends the process and everything that it started.
    pub fn kill(&mut self) -> Option<ExitStatus> {
        // The group is told before the leader is reaped: until then no other process can have its number.
        let _ = kill_process_group(self.pid(), Signal::KILL);
        self.child.wait().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.kill();
        }
    }
}

/// Makes the two descriptors the worker's control channel and the one after it.
fn place(descriptors: [i32; 2]) -> io::Result<()> {
    let check = |result: i32| {
        if result < 0 {
            Err(io::Error::last_os_error())
        } else {
            Ok(result)
        }
    };
    // By way of high numbers, because either of the two may stand where the other is to go.
    let mut high = descriptors;
    for descriptor in &mut high {
        // SAFETY: fcntl on plain numbers, which the kernel checks.
        *descriptor = check(unsafe { libc::fcntl(*descriptor, libc::F_DUPFD_CLOEXEC, CONTROL + 2) })?;
    }
    for (descriptor, place) in high.into_iter().zip([CONTROL, TAKEN]) {
        // SAFETY: as above. The copy that dup2 makes stays open in the new program.
        check(unsafe { libc::dup2(descriptor, place) })?;
    }
    Ok(())
}
