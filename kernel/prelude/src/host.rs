//! dl-core's display host inside a notebook: everything goes over the control channel.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use dl_core::display::{Host, MimeBundle};
use serde_json::{Map, Value, json};

use crate::channel;

/// Set by a signal handler, hence a static and an atomic.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// Whether the running cell has seen the flag.
static NOTICED: AtomicBool = AtomicBool::new(false);

/// How often an interrupted cell still looks for an answer that the kernel gives at once.
const LAST_LOOKS: u32 = 20;

/// The answer to the pending question, handed over by the worker's other thread.
static REPLY: Mutex<Option<Result<String, String>>> = Mutex::new(None);
static REPLIED: Condvar = Condvar::new();

/// The messages on comms that were asked for.
static COMMS: Mutex<Option<Vec<Value>>> = Mutex::new(None);
static COMMS_CAME: Condvar = Condvar::new();

/// How long an unanswered question sleeps before it looks for an interrupt: a signal handler cannot wake it.
const LOOK_UP: Duration = Duration::from_millis(50);

/// The notebook.
pub struct Notebook;

/// A run is about to begin: an old interrupt is none of its business.
pub fn prepare() {
    INTERRUPTED.store(false, Ordering::Relaxed);
    NOTICED.store(false, Ordering::Relaxed);
}

/// Asks the running cell to stop. Safe in a signal handler.
pub fn interrupt() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Whether the cell saw that it was asked to stop.
pub fn noticed() -> bool {
    NOTICED.load(Ordering::Relaxed)
}

/// The answer to the pending question, or why there is none.
pub fn reply(answer: Result<String, String>) {
    *REPLY.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    REPLIED.notify_all();
}

/// Asks the kernel for the messages on comms that wait.
pub fn comms() -> Vec<Value> {
    let mut pending = COMMS.lock().unwrap_or_else(PoisonError::into_inner);
    *pending = None;
    channel::send("comm_poll", json!({}));
    let mut looks = LAST_LOOKS;
    loop {
        if let Some(messages) = pending.take() {
            return messages;
        }
        // No answer comes if the cell has closed the channel.
        if INTERRUPTED.load(Ordering::Relaxed) {
            looks -= 1;
            if looks == 0 {
                return Vec::new();
            }
        }
        let waited = COMMS_CAME.wait_timeout(pending, LOOK_UP);
        pending = waited.unwrap_or_else(PoisonError::into_inner).0;
    }
}

/// The kernel's answer.
pub fn take_comms(messages: Vec<Value>) {
    *COMMS.lock().unwrap_or_else(PoisonError::into_inner) = Some(messages);
    COMMS_CAME.notify_all();
}

/// The forms of a bundle as the protocol wants them.
pub fn forms(bundle: &MimeBundle) -> Value {
    let forms: Map<String, Value> = bundle
        .iter()
        .map(|(mime, content)| (mime.to_owned(), content.into()))
        .collect();
    forms.into()
}

impl Host for Notebook {
    fn display(&self, bundle: &MimeBundle, display_id: Option<&str>, update: bool) {
        channel::send(
            "display",
            json!({ "data": forms(bundle), "metadata": {}, "display_id": display_id, "update": update }),
        );
    }

    fn clear(&self, wait: bool) {
        channel::send("clear", json!({ "wait": wait }));
    }

    fn interrupted(&self) -> bool {
        let interrupted = INTERRUPTED.load(Ordering::Relaxed);
        if interrupted {
            NOTICED.store(true, Ordering::Relaxed);
        }
        interrupted
    }

    fn input(&self, prompt: &str, password: bool) -> io::Result<String> {
        let mut pending = REPLY.lock().unwrap_or_else(PoisonError::into_inner);
        *pending = None;
        channel::send("input", json!({ "prompt": prompt, "password": password }));
        loop {
            if let Some(answer) = pending.take() {
                return answer.map_err(io::Error::other);
            }
            if self.interrupted() {
                return Err(io::Error::new(
                    io::ErrorKind::Interrupted,
                    "the cell was interrupted",
                ));
            }
            pending = REPLIED
                .wait_timeout(pending, LOOK_UP)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}
