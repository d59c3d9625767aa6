//! The worker's processes and the sockets to them, from the kernel's side: start, order, end.

use std::collections::BTreeMap;
use std::io::{self, PipeWriter, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::confine::{self, Confinement};
use super::ending::{LastWords, describe};
use super::frame::{CommFrame, Decoded, Decoder, InputReply, ToCell, write_frame};
use super::order::{self, Order, Report, Task};
use super::serve::{CONTROL, TAKEN};
use super::snapshot;
use crate::layout::Layout;
use crate::limits;
use crate::output::StreamName;

/// How long the word how a process ended may take to come after its socket has closed, and a killed worker to end.
const TIME_TO_END: Duration = Duration::from_secs(2);

/// How long an answer to a cell's question may take to be sent. Only a process that was stopped from outside takes longer.
const TIME_TO_SEND: Duration = Duration::from_secs(10);

/// Bytes read at once.
const PIECE: usize = 64 << 10;

/// A worker: its supervisor, and whatever process holds the variables now.
pub struct Process {
    supervisor: Child,
    /// The supervisor tells here how processes ended, and ends all when it is closed.
    leash: Option<OwnedFd>,
    /// The socket to the process that holds the variables.
    state: OwnedFd,
    /// That process, as it last told of itself.
    holder: Option<i32>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    last_words: LastWords,
    /// How processes ended of which the supervisor has told: number and status.
    ends: Vec<(i32, i32)>,
}

/// What the process that holds the variables said, or that there is none any more.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// It reports.
    Report(Report),
    /// It is gone.
    Gone,
    /// Nothing now.
    Nothing,
}

/// The kernel's ends of the channel of one run.
pub struct Channel {
    frames: UnixStream,
    /// Tells the runtime that a frame was taken, so that what it prints next comes after.
    taken: PipeWriter,
    decoder: Decoder,
}

impl Process {
    /// Starts `hebb worker`.
    pub fn spawn(
        layout: &Layout,
        confinement: Option<&Confinement>,
        environment: &BTreeMap<String, String>,
    ) -> io::Result<Process> {
        let (state, their_state) = order::pair()?;
        let (leash, their_leash) = order::pair()?;
        let mut command = Command::new(&layout.program);
        command
            .arg("worker")
            .arg(&layout.standard_library)
            .arg(&layout.prelude);
        if let Some(confinement) = confinement {
            command.arg("--confined").arg(serde_json::to_string(confinement)?);
            confine::clear_environment(&mut command);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Before what the person has set for cells, which counts.
        command.env(limits::THREADS, limits::cpus().number.to_string());
        command.envs(environment);
        // The compiler's internals help no learner, and what a cell prints on stderr costs points where it is graded.
        command.env("RUST_BACKTRACE", "0");
        // A group of its own: Jupyter signals the kernel's whole group.
        command.process_group(0);
        let descriptors = [their_state.as_raw_fd(), their_leash.as_raw_fd()];
        // SAFETY: between fork and exec the closure calls only dup2 and fcntl, which are async-signal-safe; it allocates
        // nothing, and the descriptors' owners live until the process was spawned.
        unsafe {
            command.pre_exec(move || place(descriptors));
        }
        let mut supervisor = command.spawn()?;
        let pipe = |fd: Option<OwnedFd>| -> io::Result<Option<OwnedFd>> {
            if let Some(fd) = &fd {
                rustix::io::ioctl_fionbio(fd, true)?;
            }
            Ok(fd)
        };
        let stdout = pipe(supervisor.stdout.take().map(OwnedFd::from))?;
        let stderr = pipe(supervisor.stderr.take().map(OwnedFd::from))?;
        Ok(Process {
            supervisor,
            leash: Some(leash),
            state,
            holder: None,
            stdout,
            stderr,
            last_words: LastWords::default(),
            ends: Vec::new(),
        })
    }

    /// The operating system's number of the process that holds the variables, or will.
    pub fn id(&self) -> u32 {
        self.holder
            .map_or_else(|| self.supervisor.id(), i32::cast_unsigned)
    }

    /// Whether it has ever loaded its libraries.
    pub fn was_ready(&self) -> bool {
        self.holder.is_some()
    }

    /// Orders a run. A failure means that the process is gone, which shows when its report is waited for.
    pub fn run(&mut self, task: &Task) -> io::Result<Channel> {
        if self.was_ready() {
            // What earlier cells wrote to stderr explains nothing any more.
            self.last_words.clear();
        }
        self.hear_of_ends();
        self.ends.clear();
        let (frames, their_frames) = UnixStream::pair()?;
        frames.set_write_timeout(Some(TIME_TO_SEND))?;
        let (their_taken, taken) = io::pipe()?;
        rustix::io::ioctl_fionbio(&taken, true)?;
        let order = Order::Run(task.clone());
        match order::send(&self.state, &order, &[their_frames.as_fd(), their_taken.as_fd()]) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return Err(error),
            _ => {}
        }
        Ok(Channel {
            frames,
            taken,
            decoder: Decoder::default(),
        })
    }

    /// Ends the cell of this run. `unprotected` is the process that it runs in if that holds the variables as well.
    pub fn end_cell(&mut self, nonce: &str, unprotected: Option<Pid>) {
        // With a snapshot its holder does this: it alone knows whether the cell's process has taken over in the meantime.
        match unprotected {
            Some(process) => snapshot::end(process),
            None => {
                let nonce = nonce.to_owned();
                // As in `run`.
                let _ = order::send(&self.state, &Order::End { nonce }, &[]);
            }
        }
    }

    /// What the process that holds the variables says next; does not wait.
    pub fn hear(&mut self) -> Heard {
        match order::receive::<Report>(&self.state, false) {
            Ok(Some((report, _))) => {
                if let Report::Ready { process } | Report::Committed { process } = &report {
                    self.holder = Some(*process);
                }
                Heard::Report(report)
            }
            Ok(None) => Heard::Gone,
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::InvalidData => Heard::Nothing,
                _ => Heard::Gone,
            },
        }
    }

    /// The socket on which reports come.
    pub fn reports(&self) -> BorrowedFd<'_> {
        self.state.as_fd()
    }

    /// The pipes that are still open.
    pub fn pipes(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [&self.stdout, &self.stderr]
            .into_iter()
            .flatten()
            .map(AsFd::as_fd)
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
                    // Every process that could write is gone.
                    *pipe = None;
                    break;
                }
                if there == 0 {
                    break;
                }
            }
        }
    }

    /// How a process ended whose status is known, fit to follow "the cell's process ended: ".
    pub fn describe(&self, status: i32) -> String {
        describe(ExitStatus::from_raw(status), &self.last_words)
    }

    /// How the process that held the variables ended, after [`Heard::Gone`]; `process` is its number if it is not the one
    /// that told of itself last.
    pub fn how_it_ended(&mut self, process: Option<i32>) -> String {
        let process = process.or(self.holder);
        let latest = Instant::now() + TIME_TO_END;
        let status = loop {
            let open = self.hear_of_ends();
            let known = self.ends.iter().rev();
            // Before it was ready there was only one process, which never told its number.
            let mut known = known.filter(|(ended, _)| process.is_none_or(|process| process == *ended));
            if let Some((_, status)) = known.next() {
                break Some(*status);
            }
            let left = latest.saturating_duration_since(Instant::now());
            let Some(leash) = self.leash.as_ref().filter(|_| open && !left.is_zero()) else {
                break None;
            };
            let left = Timespec::try_from(left).unwrap_or_default();
            let _ = poll(&mut [PollFd::new(leash, PollFlags::IN)], Some(&left));
        };
        self.read_pipes(&mut |_, _| {});
        let how = status.map_or_else(|| "nobody knows how".to_owned(), |status| self.describe(status));
        if self.was_ready() {
            return how;
        }
        let words = self.last_words.text();
        format!(
            "it could not start: {}",
            if words.is_empty() { how } else { words }
        )
    }

    /// Takes what the supervisor tells. False when it is gone.
    fn hear_of_ends(&mut self) -> bool {
        let Some(leash) = &self.leash else { return false };
        loop {
            match order::receive::<(i32, i32)>(leash, false) {
                Ok(Some((end, _))) => self.ends.push(end),
                Ok(None) => return false,
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Ends all processes, and waits until they have ended.
    fn kill(&mut self) {
        self.leash = None;
        let latest = Instant::now() + TIME_TO_END;
        while let Ok(None) = self.supervisor.try_wait() {
            if Instant::now() > latest {
                // The group is told before the leader is reaped: until then no other process can have its number.
                let _ = kill_process_group(Pid::from_child(&self.supervisor), Signal::KILL);
                let _ = self.supervisor.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Channel {
    /// What becomes readable when the cell has said something.
    pub fn frames(&self) -> BorrowedFd<'_> {
        self.frames.as_fd()
    }

    /// Reads what the cell has said, which must be there. False at the end.
    pub fn read(&mut self) -> bool {
        let mut piece = [0; PIECE];
        match self.frames.read(&mut piece) {
            Ok(0) => false,
            Ok(length) => {
                self.decoder.feed(&piece[..length]);
                true
            }
            Err(error) => error.kind() == io::ErrorKind::Interrupted,
        }
    }

    /// The next thing that was received.
    pub fn next(&mut self) -> Option<Decoded> {
        self.decoder.next()
    }

    /// Tells the runtime that its last frame was put in its place.
    pub fn acknowledge(&mut self) {
        // The pipe holds thousands of bytes and the runtime waits for each; only a process that is gone refuses.
        let _ = self.taken.write_all(b"!");
    }

    /// Answers the cell's question.
    pub fn answer(&mut self, reply: InputReply) {
        // A failure means that the process is gone, which it reports by itself.
        let _ = write_frame(&mut self.frames, &ToCell::InputReply(reply));
    }

    /// Hands over the messages on comms that the cell asked for. False if they are too long for it.
    pub fn hand_over(&mut self, messages: Vec<CommFrame>) -> bool {
        match write_frame(&mut self.frames, &ToCell::Comms(messages)) {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                // The cell waits for an answer.
                let _ = write_frame(&mut self.frames, &ToCell::Comms(Vec::new()));
                false
            }
            // As above.
            Ok(()) | Err(_) => true,
        }
    }
}

/// Makes the two descriptors those at which the worker looks for its sockets.
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
        *descriptor = check(unsafe { libc::fcntl(*descriptor, libc::F_DUPFD_CLOEXEC, TAKEN + 1) })?;
    }
    for (descriptor, place) in high.into_iter().zip([CONTROL, TAKEN]) {
        // SAFETY: as above. The copy that dup2 makes stays open in the new program.
        check(unsafe { libc::dup2(descriptor, place) })?;
    }
    Ok(())
}
