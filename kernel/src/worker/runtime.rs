//! The prelude as the worker sees it: functions in C's calling convention, found in a library.

use std::ffi::{CString, c_char, c_void};
use std::io;
use std::path::Path;
use std::sync::OnceLock;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};

use super::frame::{CommFrame, InputReply};
use super::serve::ServeError;

/// What a cell's library exports as `hebb_cell`.
type Entry = extern "C-unwind" fn();

/// What a cell's library exports that keeps its variables by itself: given what the last one gave back.
type Chained = extern "C" fn(*mut c_void) -> *mut c_void;

/// A cell that is loaded.
#[derive(Clone, Copy)]
pub enum Loaded {
    /// Its variables are in the prelude's store.
    Plain(Entry),
    /// Its variables are behind a pointer of its own.
    Chained(Chained),
}

/// The prelude's side of the contract.
#[derive(Clone, Copy)]
pub struct Runtime {
    start: extern "C" fn(i32),
    prepare: extern "C" fn(),
    run: extern "C" fn(Entry, *const c_char, *const c_char) -> i32,
    run_chained: extern "C" fn(Chained, *const c_char) -> i32,
    input_reply: extern "C" fn(*const c_char),
    comms: extern "C" fn(*const c_char),
    deliver: Entry,
}

/// What the signal handler calls. A handler takes no arguments, so it must find this by itself; it is set once.
static INTERRUPT: OnceLock<extern "C" fn()> = OnceLock::new();

impl Runtime {
    /// Loads the standard library and the prelude, once for all cells, which find them by their names alone.
    pub fn load(standard_library: &Path, prelude: &Path, channel: i32) -> Result<Runtime, ServeError> {
        load(standard_library, RTLD_GLOBAL)?;
        let library = load(prelude, RTLD_GLOBAL)?;
        let path = prelude.to_string_lossy();
        // SAFETY: these are the names and signatures of the contract with the prelude, which is built with this program.
        let (runtime, interrupt) = unsafe {
            let runtime = Runtime {
                start: symbol(library, &path, "hebb_runtime_start")?,
                prepare: symbol(library, &path, "hebb_runtime_prepare")?,
                run: symbol(library, &path, "hebb_runtime_run")?,
                run_chained: symbol(library, &path, "hebb_runtime_run_chained")?,
                input_reply: symbol(library, &path, "hebb_runtime_input_reply")?,
                comms: symbol(library, &path, "hebb_runtime_comms")?,
                deliver: symbol(library, &path, "hebb_runtime_deliver")?,
            };
            (runtime, symbol(library, &path, "hebb_runtime_interrupt")?)
        };
        (runtime.start)(channel);
        listen_to_interrupts(interrupt)?;
        Ok(runtime)
    }

    /// Makes ready for a run: no threads of ours, nothing in buffers, no old interrupt. The process may fork then.
    pub fn prepare(&self) {
        (self.prepare)();
    }

    /// Runs a cell and reports its end. True if it reached its end.
    pub fn run(&self, cell: Loaded, nonce: &str, forget: &[String]) -> bool {
        let nonce = c_string(nonce);
        let status = match cell {
            Loaded::Plain(entry) => {
                let forget = serde_json::Value::from(forget.to_vec()).to_string();
                (self.run)(entry, nonce.as_ptr(), c_string(&forget).as_ptr())
            }
            Loaded::Chained(entry) => (self.run_chained)(entry, nonce.as_ptr()),
        };
        status == 0
    }

    /// The cell of a task: of its library, or the one that handles messages on comms.
    pub fn cell(&self, library: Option<&str>, function: Option<&str>) -> Result<Loaded, ServeError> {
        match library {
            Some(library) => load_cell(library, function),
            None => Ok(Loaded::Plain(self.deliver)),
        }
    }

    /// Hands over the messages on comms that a cell asked for.
    pub fn comms(&self, messages: &[CommFrame]) {
        let messages = serde_json::to_string(messages).expect("texts can be written as JSON");
        (self.comms)(c_string(&messages).as_ptr());
    }

    /// Hands over the answer to a cell's question.
    pub fn input_reply(&self, reply: &InputReply) {
        let reply = serde_json::to_string(reply).expect("texts can be written as JSON");
        (self.input_reply)(c_string(&reply).as_ptr());
    }
}

/// Loads a cell.
fn load_cell(library: &str, function: Option<&str>) -> Result<Loaded, ServeError> {
    let loaded = load(Path::new(library), RTLD_LOCAL)?;
    match function {
        // SAFETY: the engine exports `hebb_cell` with this signature from every library that it compiles.
        None => unsafe { symbol::<Entry>(loaded, library, "hebb_cell") }.map(Loaded::Plain),
        // SAFETY: an engine that names a function vouches for its having this signature.
        Some(function) => unsafe { symbol::<Chained>(loaded, library, function) }.map(Loaded::Chained),
    }
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

/// Text for C. A zero byte inside, which no message of ours has, would end it.
fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "")).expect("zero bytes were removed")
}

/// What the loader says, without the name of the loader's function.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
