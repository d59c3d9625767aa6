//! The functions that the worker calls, in C's calling convention, and how a cell's run is guarded.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_void};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::OnceLock;
use std::thread::{self, ThreadId};

use serde_json::{Value, json};

use crate::failure::Report;
use crate::{channel, comm, host, store};

/// The function that every cell's library exports. Unwinding is allowed: [`hebb_runtime_run`] catches it.
type Entry = extern "C-unwind" fn();

/// The same of a cell that keeps its variables behind a pointer of its own: it is given what the last one gave back.
type Chained = extern "C" fn(*mut c_void) -> *mut c_void;

/// The thread that runs cells; a panic on any other is not the cell's end.
static CELL_THREAD: OnceLock<ThreadId> = OnceLock::new();

thread_local! {
    /// What the panic hook saw on this thread: the latest panic, and the one before it.
    static PANICS: RefCell<Vec<Panic>> = const { RefCell::new(Vec::new()) };
    /// How the running cell ended, as soon as that is known.
    static OUTCOME: RefCell<Option<Outcome>> = const { RefCell::new(None) };
    /// What the last chained cell gave back; null before the first.
    static CHAIN: Cell<*mut c_void> = const { Cell::new(std::ptr::null_mut()) };
    /// Whether the statements of the running chained cell have reached their end.
    static REACHED: Cell<bool> = const { Cell::new(false) };
}

/// What the standard library says when a panic cannot be handled: it ends the process.
const LAST_OF_ALL: [&str; 2] = [
    "panic in a destructor during cleanup",
    "panic in a function that cannot unwind",
];

#[derive(Clone)]
struct Panic {
    message: String,
    file: String,
    line: u32,
    column: u32,
}

enum Outcome {
    Ok,
    Panic(Panic),
    Failed(Report),
}

/// Takes over the descriptor at which every run finds its channel.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_start(control_descriptor: i32) {
    channel::open(control_descriptor);
    dl_core::display::set_host(Box::new(host::Notebook));
}

/// Makes ready for a run, for which the process may fork: no threads of ours, no text in buffers, no old interrupt.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_prepare() {
    dl_core::close_threads();
    channel::flush();
    host::prepare();
}

/// Runs a cell and reports its end, always. If it succeeded, the variables `forget` are dropped. Returns 0 if it did.
///
/// # Safety
/// `nonce` and `forget`, a JSON list of names, point to strings that end in zero; `entry` is the function of a cell compiled against
/// this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_runtime_run(entry: Entry, nonce: *const c_char, forget: *const c_char) -> i32 {
    // SAFETY: the caller's promise.
    let (nonce, forget) = unsafe { (text(nonce), text(forget)) };
    run(&nonce, &forget, || entry())
}

/// Runs a cell that keeps its variables by itself and guards its statements itself, and reports its end. Returns 0 if its
/// statements reached their end, which they say by [`reached`].
///
/// # Safety
/// `nonce` points to a string that ends in zero; `entry` takes null, or what the last such function gave back in this process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_runtime_run_chained(entry: Chained, nonce: *const c_char) -> i32 {
    // SAFETY: the caller's promise.
    let nonce = unsafe { text(nonce) };
    REACHED.set(false);
    run(&nonce, "[]", || {
        CHAIN.set(entry(CHAIN.get()));
        if !REACHED.get() && OUTCOME.with_borrow(Option::is_none) {
            // It caught its panic, or left early: why, it prints.
            let panic = PANICS.with_borrow_mut(Vec::pop);
            OUTCOME.set(Some(match panic {
                Some(panic) => Outcome::Panic(panic),
                None => Outcome::Failed(Report::unknown()),
            }));
        }
    })
}

/// The statements of a chained cell reached their end.
pub fn reached() {
    REACHED.set(true);
}

/// Ends the statements of a chained cell with an error.
pub(crate) fn fail(report: Report) -> ! {
    OUTCOME.set(Some(Outcome::Failed(report)));
    // No panic that the hook would take note of.
    std::panic::resume_unwind(Box::new(()))
}

fn run(nonce: &str, forget: &str, entry: impl FnOnce()) -> i32 {
    CELL_THREAD.get_or_init(|| thread::current().id());
    // Every time: an earlier cell may have set a hook of its own.
    std::panic::set_hook(Box::new(note_panic));
    channel::begin(nonce);
    OUTCOME.set(None);
    PANICS.take();
    // The statements have a guard of their own; this one catches what the code around them does: an old value whose `Drop`
    // panics when a new one has taken its place. The new one is there, so the cell has not failed.
    let unwound = catch_unwind(AssertUnwindSafe(entry)).is_err();
    let outcome = match OUTCOME.take() {
        None if unwound => Outcome::Panic(last_panic()),
        Some(Outcome::Ok) if unwound => {
            dropped_badly();
            Outcome::Ok
        }
        outcome => outcome.unwrap_or(Outcome::Ok),
    };
    let reached_end = matches!(outcome, Outcome::Ok);
    if reached_end {
        for name in serde_json::from_str::<Vec<String>>(forget).unwrap_or_default() {
            // One by one, so that a `Drop` that panics costs only itself.
            if catch_unwind(AssertUnwindSafe(|| store::forget(&[name]))).is_err() {
                dropped_badly();
            }
        }
    }
    channel::send("done", json!({ "outcome": outcome.to_json() }));
    i32::from(!reached_end)
}

/// Says that a value panicked on its way out.
pub(crate) fn dropped_badly() {
    let text = format!("a value panicked when it was dropped: {}", last_panic().message);
    channel::send("note", json!({ "text": text }));
}

/// The answer to the pending question: a JSON object with `value` or `error`.
///
/// # Safety
/// `reply` points to a string that ends in zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_runtime_input_reply(reply: *const c_char) {
    // SAFETY: the caller's promise.
    let reply = unsafe { text(reply) };
    let reply: Value = serde_json::from_str(&reply).unwrap_or_default();
    host::reply(match reply["value"].as_str() {
        Some(value) => Ok(value.to_owned()),
        None => Err(reply["error"].as_str().unwrap_or("no answer came").to_owned()),
    });
}

/// The answer to the question for messages on comms: a JSON list.
///
/// # Safety
/// `messages` points to a string that ends in zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_runtime_comms(messages: *const c_char) {
    // SAFETY: the caller's promise.
    let messages = unsafe { text(messages) };
    host::take_comms(serde_json::from_str(&messages).unwrap_or_default());
}

/// A cell without a library: handles the messages on comms that wait.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn hebb_runtime_deliver() {
    guard(&mut || {
        comm::poll();
        None
    });
}

/// Whether this is the thread that runs cells.
pub(crate) fn runs_cells() -> bool {
    CELL_THREAD.get() == Some(&thread::current().id())
}

/// Asks the running cell to stop. Only stores to an atomic, so a signal handler may call it.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_interrupt() {
    host::interrupt();
}

/// Runs a cell's statements; see [`crate::cell::guard`].
pub(crate) fn guard(statements: &mut dyn FnMut() -> Option<Report>) -> bool {
    let outcome = match catch_unwind(AssertUnwindSafe(statements)) {
        Ok(None) => Outcome::Ok,
        Ok(Some(report)) => Outcome::Failed(report),
        Err(_) => Outcome::Panic(last_panic()),
    };
    let failed = !matches!(outcome, Outcome::Ok);
    OUTCOME.set(Some(outcome));
    failed
}

/// The panic hook: remembers instead of printing, because what is shown is the engine's to say.
fn note_panic(info: &PanicHookInfo<'_>) {
    let message = info
        .payload_as_str()
        .unwrap_or("a value that is no text was thrown")
        .to_owned();
    let (file, line, column) = info.location().map_or_else(
        || (String::new(), 0, 0),
        |place| (place.file().to_owned(), place.line(), place.column()),
    );
    if runs_cells() {
        let panic = Panic {
            message,
            file,
            line,
            column,
        };
        if LAST_OF_ALL.contains(&panic.message.as_str()) {
            // The process is aborted after this: it is the last chance to say why.
            channel::send(
                "done",
                json!({ "outcome": Outcome::Panic(last_panics()).to_json() }),
            );
            return;
        }
        // `try_with`: a thread that is ending has no such variables any more.
        let _ = PANICS.try_with(|panics| {
            let mut panics = panics.borrow_mut();
            if panics.len() == 2 {
                panics.remove(0);
            }
            panics.push(panic);
        });
    } else {
        let name = thread::current().name().unwrap_or("without a name").to_owned();
        let text = format!("a thread ({name}) panicked at {file}:{line}:{column}: {message}");
        channel::send("note", json!({ "text": text }));
    }
}

fn last_panic() -> Panic {
    PANICS.with_borrow_mut(Vec::pop).unwrap_or(Panic {
        // `resume_unwind` calls no hook.
        message: "a panic went through the cell".to_owned(),
        file: String::new(),
        line: 0,
        column: 0,
    })
}

/// The panic that a second one made impossible to handle, at the place of the first.
fn last_panics() -> Panic {
    let second = last_panic();
    match PANICS.with_borrow_mut(Vec::pop) {
        Some(first) => Panic {
            message: format!(
                "{}\nand while that was handled, a value panicked when it was dropped: {}",
                first.message, second.message
            ),
            ..first
        },
        None => second,
    }
}

impl Outcome {
    fn to_json(&self) -> Value {
        match self {
            Outcome::Ok if host::noticed() => "interrupted".into(),
            Outcome::Ok => "ok".into(),
            Outcome::Panic(panic) => json!({ "panic": {
                "message": panic.message,
                "file": panic.file,
                "line": panic.line,
                "column": panic.column,
            } }),
            Outcome::Failed(report) => json!({ "error": {
                "message": report.message,
                "type": report.type_name,
                "file": report.place.0,
                "line": report.place.1,
                "column": report.place.2,
            } }),
        }
    }
}

/// A copy of a C string; bytes that are no UTF-8 are replaced.
///
/// # Safety
/// `pointer` points to a string that ends in zero.
unsafe fn text(pointer: *const c_char) -> String {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
