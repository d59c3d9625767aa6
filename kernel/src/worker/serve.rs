//! `hebb worker`: the process that holds the variables and runs cells.
//!
//! Two threads: this one reads the control channel for as long as the process lives, so that a cell that waits for input gets
//! its answer; the other runs the cells. Reaching the end of the channel means that the kernel is gone, and ends the process.

use std::convert::Infallible;
use std::ffi::{CString, c_char};
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};
use rustix::process::{Signal, set_parent_process_death_signal};
use serde_json::json;

use super::frame::{ToWorker, read_frame, write_frame};

/// The descriptor of the control channel.
pub const CONTROL: i32 = 3;

/// Where the kernel says that it has taken a frame; the runtime reads it.
pub const TAKEN: i32 = CONTROL + 1;

/// Stack of the thread that runs cells, in bytes of address space: eight times the usual main thread's. Memory is used only
/// where the stack has really grown, so a learner's deep recursion works and an endless one still ends soon.
const STACK: usize = 64 << 20;

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
    /// The operating system refused something.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// The prelude's side of the contract: the functions that it exports in C's calling convention.
struct Runtime {
    start: extern "C" fn(i32),
    run: extern "C" fn(Entry, *const c_char) -> i32,
    forget: extern "C" fn(*const c_char),
    input_reply: extern "C" fn(*const c_char),
    interrupt: extern "C" fn(),
}

/// What a cell's library exports as `hebb_cell`.
type Entry = extern "C-unwind" fn();

/// What the signal handler calls. A handler takes no arguments, so it must find this by itself; it is set once.
static INTERRUPT: OnceLock<extern "C" fn()> = OnceLock::new();

/// Serves the kernel at the other end of descriptor 3 until it goes away.
pub fn serve(standard_library: &Path, prelude: &Path) -> Result<Infallible, ServeError> {
    let mut control = control_channel()?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(io::Error::from)?;
    // Loaded first and for all: the prelude and the cells find the standard library by its name alone.
    load(standard_library, RTLD_GLOBAL)?;
    let runtime = Runtime::load(prelude)?;
    (runtime.start)(CONTROL);
    listen_to_interrupts(runtime.interrupt)?;
    let (sender, orders) = channel();
    let (run, forget) = (runtime.run, runtime.forget);
    let mut answers = control.try_clone()?;
    std::thread::Builder::new()
        .name("cell".to_string())
        .stack_size(STACK)
        .spawn(move || run_cells(&orders, run, forget, &mut answers))?;
    loop {
        match read_frame(&mut control) {
            Ok(Some(ToWorker::Shutdown {}) | None) | Err(_) => leave(),
            Ok(Some(ToWorker::InputReply { value, error, nonce })) => {
                let reply = json!({ "nonce": nonce, "value": value, "error": error });
                (runtime.input_reply)(c_string(&reply.to_string()).as_ptr());
            }
            Ok(Some(order)) => {
                if sender.send(order).is_err() {
                    leave();
                }
            }
        }
    }
}

/// The thread that runs cells, one after another.
///
/// Snapshots will have their place here: the process forks before [`run_cell`], and only the child goes on to it.
fn run_cells(
    orders: &Receiver<ToWorker>,
    run: extern "C" fn(Entry, *const c_char) -> i32,
    forget: extern "C" fn(*const c_char),
    answers: &mut File,
) {
    for order in orders {
        match order {
            ToWorker::Run { library, nonce } => run_cell(&library, &nonce, run, answers),
            ToWorker::Forget { names } => forget(c_string(&json!(names).to_string()).as_ptr()),
            ToWorker::InputReply { .. } | ToWorker::Shutdown {} => {}
        }
    }
}

/// Loads a cell and runs it. The runtime reports its end; a cell that cannot be loaded is reported here.
fn run_cell(library: &str, nonce: &str, run: extern "C" fn(Entry, *const c_char) -> i32, answers: &mut File) {
    let entry = load(Path::new(library), RTLD_LOCAL).and_then(|loaded| {
        // SAFETY: the engine exports `hebb_cell` with this signature from every library that it compiles.
        unsafe { symbol::<Entry>(loaded, library, "hebb_cell") }
    });
    match entry {
        Ok(entry) => {
            run(entry, c_string(nonce).as_ptr());
            if !has_channel(answers) {
                // The runtime could not report the end, or reported it to whatever the cell opened instead.
                let _ = rustix::io::dup3(&answers, &mut channel_descriptor(), rustix::io::DupFlags::CLOEXEC);
                fail(
                    answers,
                    nonce,
                    "the cell closed descriptor 3, over which it talks to the kernel",
                );
            }
        }
        Err(error) => fail(answers, nonce, &error.to_string()),
    }
}

/// Reports a cell's failure in the runtime's place.
fn fail(answers: &mut File, nonce: &str, message: &str) {
    let outcome = json!({ "error": { "message": message, "type": "" } });
    // If the kernel is gone, the other thread ends the process.
    let _ = write_frame(
        answers,
        &json!({ "done": { "nonce": nonce, "outcome": outcome } }),
    );
}

/// Whether descriptor 3 still is the channel that `answers` copies.
fn has_channel(answers: &File) -> bool {
    match (
        rustix::fs::fstat(&*channel_descriptor()),
        rustix::fs::fstat(answers),
    ) {
        (Ok(there), Ok(ours)) => (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino),
        _ => false,
    }
}

/// Descriptor 3, whatever it is now.
fn channel_descriptor() -> ManuallyDrop<OwnedFd> {
    // SAFETY: the number is reserved for the channel in this process, and the value is never dropped; if a cell has closed it, operations
    // on it fail.
    ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(CONTROL) })
}

/// Takes over descriptor 3, and keeps it and the next from the processes that cells start.
fn control_channel() -> Result<File, ServeError> {
    for descriptor in [CONTROL, TAKEN] {
        // SAFETY: fcntl on a plain number; it fails if the descriptor is not open.
        if unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 {
            return Err(ServeError::NoChannel);
        }
    }
    // SAFETY: the descriptor is open, and nothing else in this process owns it: the kernel put it there before exec.
    let control = unsafe { File::from_raw_fd(CONTROL) };
    if !rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&control).map_err(io::Error::from)?.st_mode)
        .is_socket()
    {
        return Err(ServeError::NoChannel);
    }
    Ok(control)
}

/// Loads a library for the life of the process: vtables and drop glue of living variables are inside.
fn load(library: &Path, scope: i32) -> Result<&'static Library, ServeError> {
    // SAFETY: loading runs the library's initialisers. These are the toolchain's, the prelude's and those of cells that the
    // engine compiled for this process; running the person's code is what the process is for.
    match unsafe { Library::open(Some(library), RTLD_NOW | scope) } {
        Ok(loaded) => Ok(Box::leak(Box::new(loaded))),
        Err(error) => Err(ServeError::Load {
            library: library.to_path_buf(),
            reason: reason(&error),
        }),
    }
}

/// Finds a function in a library.
///
/// # Safety
/// `T` must be the type of the function that is exported under this name.
unsafe fn symbol<T: Copy>(library: &'static Library, path: &str, name: &str) -> Result<T, ServeError> {
    // SAFETY: the caller vouches for the type; the library is never unloaded.
    match unsafe { library.get::<T>(name) } {
        Ok(symbol) => Ok(*symbol),
        Err(error) => Err(ServeError::Load {
            library: path.into(),
            reason: reason(&error),
        }),
    }
}

impl Runtime {
    fn load(prelude: &Path) -> Result<Runtime, ServeError> {
        let library = load(prelude, RTLD_GLOBAL)?;
        let path = prelude.to_string_lossy();
        // SAFETY: these are the names and signatures of the contract with the prelude, which is built with this program.
        unsafe {
            Ok(Runtime {
                start: symbol(library, &path, "hebb_runtime_start")?,
                run: symbol(library, &path, "hebb_runtime_run")?,
                forget: symbol(library, &path, "hebb_runtime_forget")?,
                input_reply: symbol(library, &path, "hebb_runtime_input_reply")?,
                interrupt: symbol(library, &path, "hebb_runtime_interrupt")?,
            })
        }
    }
}

/// Makes SIGINT set the runtime's flag instead of ending the process.
fn listen_to_interrupts(interrupt: extern "C" fn()) -> io::Result<()> {
    extern "C" fn handler(_signal: i32) {
        if let Some(interrupt) = INTERRUPT.get() {
            interrupt();
        }
    }
    INTERRUPT.get_or_init(|| interrupt);
    // SAFETY: `action` is fully initialised; the handler only loads a pointer that was set before and calls the runtime's function,
    // which by contract is async-signal-safe. SA_RESTART keeps the learner's file operations from failing halfway.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(libc::SIGINT, &action, std::ptr::null_mut())
    };
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Ends the process at once: a cell may be running, so nothing of its memory may be torn down.
fn leave() -> ! {
    // SAFETY: _exit takes a number and does not return.
    unsafe { libc::_exit(0) }
}

/// Text for C. A zero byte inside, which no message of ours has, would end it.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "")).expect("zero bytes were removed")
}

/// What the loader says, without the name of the loader's function.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
