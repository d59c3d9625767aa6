//! The process that holds the variables and runs cells: takes an order, runs the cell in a copy of itself, and goes on as the one
//! or the other.
//!
//! One thread does all of it, with a stack of its own; a second one listens for the answers to a cell's questions, only while the
//! cell runs. Reaching the end of the socket means that the kernel is gone, and ends the process.

use std::convert::Infallible;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{
    Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setpgid, setrlimit,
};
use serde_json::json;

use super::confine::{ConfineError, Confinement};
use super::frame::write_frame;
use super::listen::Listener;
use super::order::{self, HIGH, Order, Report, Task};
use super::runtime::Runtime;
use super::snapshot::{self, End, Fork};
use super::supervise::{self, Side, leave};

/// Where `hebb worker` finds its socket for orders, and where a cell has the channel of its run.
pub const CONTROL: i32 = 3;

/// Where `hebb worker` finds the kernel's leash, and where a cell reads that the kernel has taken a frame.
pub const TAKEN: i32 = CONTROL + 1;

/// Stack of the thread that runs cells, in bytes of address space: eight times the usual main thread's. Memory is used only
/// where the stack has really grown, so a learner's deep recursion works and an endless one still ends soon.
const STACK: usize = 64 << 20;

/// Threads of the first process: the one that runs cells and the one that started it. Its copies have the first only.
const FIRST_THREADS: usize = 2;

/// Why the worker cannot work.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Nobody is at the other end.
    #[error("there is no control channel\nhint: `hebb worker` is started by the kernel, not by hand")]
    NoChannel,
    /// A library is missing or broken.
    #[error("cannot load {}: {reason}\nhint: install Hebb again with the toolchain that is in use", library.display())]
    Load {
        /// Which.
        library: PathBuf,
        /// What the loader says.
        reason: String,
    },
    /// Its walls cannot be built.
    #[error(transparent)]
    Confine(#[from] ConfineError),
    /// The operating system refused something.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// `hebb worker`: serves the kernel at the other ends of descriptors 3 and 4 until it goes away.
pub fn serve(
    standard_library: &Path,
    prelude: &Path,
    confinement: Option<&Confinement>,
) -> Result<Infallible, ServeError> {
    let (state, leash) = (inherited(CONTROL)?, inherited(TAKEN)?);
    match supervise::begin()? {
        Side::Supervisor => {
            drop(state);
            supervise::supervise(leash)
        }
        Side::Holder => drop(leash),
    }
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    setpgid(None, None).map_err(io::Error::from)?;
    keep_no_memory_of_crashes();
    let runtime = Runtime::load(standard_library, prelude, CONTROL)?;
    if let Some(confinement) = confinement {
        confinement.enter()?;
        // A new user is nobody's child in this respect.
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    }
    let holder = Holder {
        state,
        runtime,
        threads: FIRST_THREADS,
    };
    let ready = Report::Ready {
        process: snapshot::own_number(),
    };
    order::send(&holder.state, &ready, &[])?;
    let cells = std::thread::Builder::new()
        .name("cell".to_string())
        .stack_size(STACK)
        .spawn(move || holder.serve())?;
    let Ok(never) = cells.join() else { leave() };
    match never {}
}

/// A cell that crashes leaves no file as large as all variables beside the notebook.
fn keep_no_memory_of_crashes() {
    let maximum = getrlimit(Resource::Core).maximum;
    // Where it is refused, the system's own setting holds.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum,
        },
    );
}

/// The process that holds the variables.
struct Holder {
    /// The socket to the kernel.
    state: OwnedFd,
    runtime: Runtime,
    /// How many threads it has of its own.
    threads: usize,
}

/// The channel of one run: frames both ways, and a pipe in which the kernel acknowledges them.
struct Channel {
    frames: OwnedFd,
    taken: OwnedFd,
}

impl Channel {
    /// The descriptors that came with an order, out of the way of the numbers that a cell knows.
    fn new(descriptors: Vec<OwnedFd>) -> io::Result<Channel> {
        let [frames, taken] =
            <[OwnedFd; 2]>::try_from(descriptors).map_err(|_| io::ErrorKind::InvalidData)?;
        Ok(Channel {
            frames: fcntl_dupfd_cloexec(&frames, HIGH)?,
            taken: fcntl_dupfd_cloexec(&taken, HIGH)?,
        })
    }
}

impl Holder {
    fn serve(mut self) -> Infallible {
        loop {
            let Ok(Some((order, descriptors))) = order::receive::<Order>(&self.state, true) else {
                leave()
            };
            // An order to end a cell that has ended comes too late.
            let Order::Run(task) = order else { continue };
            let Ok(channel) = Channel::new(descriptors) else {
                leave()
            };
            self = self.take(&task, channel);
        }
    }

    /// Runs a cell, with a snapshot if that is possible. Returns as the process that holds the variables afterwards.
    fn take(self, task: &Task, channel: Channel) -> Holder {
        self.runtime.prepare();
        let held = task
            .has_threads
            .then(|| "a variable holds the handle of a thread".to_owned());
        let fork = match snapshot::obstacle(self.threads).or(held) {
            Some(why) => Err(why),
            None => {
                snapshot::fork().map_err(|error| format!("the system refused a copy of the process: {error}"))
            }
        };
        match fork {
            Ok(Fork::Snapshot(cell)) => {
                drop(channel);
                self.report(&Report::Running {
                    process: cell.id(),
                    unprotected: None,
                });
                match cell.wait(&self.state, &task.nonce) {
                    End::TookOver => leave(),
                    End::Gone(status) => self.report(&Report::Undone { status }),
                }
                self
            }
            Ok(Fork::Cell(parent)) => {
                let runtime = self.runtime;
                // From here on the cell cannot reach it.
                drop(self.state);
                let offered = snapshot::offer_to_the_memory_killer();
                if !run(runtime, task, channel) {
                    leave()
                }
                snapshot::withdraw_from_the_memory_killer(offered);
                let Ok(state) = parent.take_over() else { leave() };
                let holder = Holder {
                    state,
                    runtime,
                    threads: 1,
                };
                holder.committed();
                holder
            }
            Err(why) => {
                self.report(&Report::Running {
                    process: snapshot::own_number(),
                    unprotected: Some(why),
                });
                run(self.runtime, task, channel);
                self.committed();
                self
            }
        }
    }

    fn committed(&self) {
        self.report(&Report::Committed {
            process: snapshot::own_number(),
        });
    }

    /// A failure means that the kernel is gone, which shows when the next order is waited for.
    fn report(&self, report: &Report) {
        let _ = order::send(&self.state, report, &[]);
    }
}

/// Runs a cell in this process. The runtime reports its end; what keeps it from that is reported here. True if it succeeded.
fn run(runtime: Runtime, task: &Task, channel: Channel) -> bool {
    let number = snapshot::own_number();
    let reports = UnixStream::from(channel.frames);
    let fail = |message: &str| {
        let outcome = json!({ "error": { "message": message, "type": "" } });
        let frame = json!({ "done": { "nonce": task.nonce, "outcome": outcome } });
        if write_frame(&mut &reports, &frame).is_err() {
            deaf()
        }
        false
    };
    let placed = place(reports.as_fd(), CONTROL).and_then(|()| place(channel.taken.as_fd(), TAKEN));
    let listener = placed.and_then(|()| Listener::start(&reports, runtime));
    let listener = match listener {
        Ok(listener) => listener,
        Err(error) => return fail(&format!("the system has no room for a cell: {error}")),
    };
    let standard = identities(0..=TAKEN);
    let reached = match runtime.cell(task.library.as_deref(), task.function.as_deref()) {
        Ok(cell) => {
            take_away(task);
            runtime.run(cell, &task.nonce, &task.forget)
        }
        Err(error) => {
            listener.stop(&reports);
            return fail(&error.to_string());
        }
    };
    if snapshot::own_number() != number {
        // The cell has forked by itself, and this is the copy. Only the original goes on.
        leave()
    }
    listener.stop(&reports);
    let changed = (0..=TAKEN).zip(standard).zip(identities(0..=TAKEN));
    // A stranger's cell ends with all that it started: nothing of it is there while the next one runs.
    if reached && task.take_away {
        runtime.prepare();
        if let Some(why) = snapshot::obstacle(1) {
            return fail(&format!(
                "{why}\nhint: in graded work a cell waits for all that it starts: a thread with `join()`"
            ));
        }
    }
    match changed.into_iter().find(|((_, before), after)| before != after) {
        Some(((descriptor, _), _)) => fail(&format!(
            "the cell closed or replaced descriptor {descriptor}, {}",
            match descriptor {
                0 => "its standard input",
                1 => "its standard output",
                2 => "its standard error",
                _ => "over which it talks to the kernel",
            }
        )),
        None => reached,
    }
}

/// Removes the library of a run that is loaded: what stands in a hidden test is not there to be read while it runs.
fn take_away(task: &Task) {
    if let Some(library) = task.library.as_deref().filter(|_| task.take_away)
        && std::fs::remove_file(library).is_err()
    {
        leave()
    }
}

/// Ends a process that has no way left to say why; the kernel knows the signal, which nothing else sends here.
fn deaf() -> ! {
    // SAFETY: both functions take plain numbers; nothing of this process is needed any more.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_DFL);
        libc::raise(libc::SIGPIPE);
    }
    leave()
}

/// What stands at descriptors: device and file number; none where nothing is open.
fn identities(descriptors: impl Iterator<Item = i32>) -> Vec<Option<(u64, u64)>> {
    let identity = |descriptor| {
        // SAFETY: the number is borrowed for this call only; if nothing is open there, the call fails.
        let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let stat = rustix::fs::fstat(descriptor).ok()?;
        Some((stat.st_dev, stat.st_ino))
    };
    descriptors.map(identity).collect()
}

/// Puts a copy of a descriptor at a number, kept from the programs that a cell starts.
fn place(descriptor: BorrowedFd<'_>, number: i32) -> io::Result<()> {
    // SAFETY: plain numbers; whatever was at `number` is of an earlier run, and nothing of ours uses it any more.
    match unsafe { libc::dup3(descriptor.as_raw_fd(), number, libc::O_CLOEXEC) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Takes over a socket that the kernel put at `number`, and moves it out of the way.
fn inherited(number: i32) -> Result<OwnedFd, ServeError> {
    // SAFETY: nothing else in this process owns the number: the kernel put the socket there before exec.
    let low = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(number) });
    let high = fcntl_dupfd_cloexec(&*low, HIGH).map_err(|_| ServeError::NoChannel)?;
    drop(ManuallyDrop::into_inner(low));
    let mode = rustix::fs::fstat(&high).map_err(io::Error::from)?.st_mode;
    if rustix::fs::FileType::from_raw_mode(mode).is_socket() {
        Ok(high)
    } else {
        Err(ServeError::NoChannel)
    }
}
