//! Comms: channels between code in cells and code in the front end, such as a slider. Not in scope by itself:
//!
//! ```ignore
//! use hebb_prelude::comm::{self, Comm, json};
//! comm::on_open("doubler", |comm, _data, _buffers| {
//!     comm.on_message(|comm, data, _buffers| comm.send(&json!(data.as_f64().unwrap_or(0.0) * 2.0)));
//! });
//! ```
//!
//! What comes from the front end is handled between cells, as if a small cell ran: it sees what its closure holds, and if it panics
//! that is shown and everything is as before. A cell that runs long calls [`poll`] to handle what has come meanwhile.

use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
pub use serde_json::{Value, json};

use crate::{channel, entry, host};

/// Handles the beginning of a comm that the front end opens: the comm, its data and its buffers.
type OnOpen = Box<dyn FnMut(Comm, &Value, &[Vec<u8>])>;
/// Handles a message.
type OnMessage = Box<dyn FnMut(&Comm, &Value, &[Vec<u8>])>;

thread_local! {
    /// The thread that runs cells owns the handlers, as it does the variables.
    static TARGETS: RefCell<HashMap<String, OnOpen>> = RefCell::default();
    /// The open comms.
    static COMMS: RefCell<HashMap<String, Handlers>> = RefCell::default();
}

#[derive(Default)]
struct Handlers {
    message: Option<OnMessage>,
    close: Option<OnMessage>,
}

/// One end of an open comm. A copy is the same comm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Comm {
    id: String,
}

impl Comm {
    /// Opens a comm to what the front end knows by the name `target`. `data` goes with it.
    ///
    /// # Panics
    /// On a thread that the cell has started.
    pub fn open(target: &str, data: &Value) -> Comm {
        here("Comm::open");
        let comm = Comm { id: new_id() };
        COMMS.with_borrow_mut(|comms| comms.insert(comm.id.clone(), Handlers::default()));
        comm.tell("open", data, &[], Some(target));
        comm
    }

    /// The name of the comm, which both ends know.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sends data.
    pub fn send(&self, data: &Value) {
        self.tell("message", data, &[], None);
    }

    /// Sends data, and bytes that JSON is too wide for.
    pub fn send_with(&self, data: &Value, buffers: &[&[u8]]) {
        self.tell("message", data, buffers, None);
    }

    /// Says what is to be done with each message of the front end: the comm, its data and its buffers. The last word counts.
    ///
    /// # Panics
    /// On a thread that the cell has started.
    pub fn on_message(&self, handler: impl FnMut(&Comm, &Value, &[Vec<u8>]) + 'static) {
        here("on_message");
        self.with(|handlers| handlers.message = Some(Box::new(handler)));
    }

    /// Says what is to be done when the front end closes the comm.
    ///
    /// # Panics
    /// On a thread that the cell has started.
    pub fn on_close(&self, handler: impl FnMut(&Comm, &Value, &[Vec<u8>]) + 'static) {
        here("on_close");
        self.with(|handlers| handlers.close = Some(Box::new(handler)));
    }

    /// Ends the comm.
    pub fn close(&self) {
        // Dropped outside of the borrow: what a handler holds may run any code.
        let handlers = COMMS.with_borrow_mut(|comms| comms.remove(&self.id));
        drop(handlers);
        self.tell("close", &json!({}), &[], None);
    }

    fn with(&self, change: impl FnOnce(&mut Handlers)) {
        COMMS.with_borrow_mut(|comms| comms.get_mut(&self.id).map(change));
    }

    fn tell(&self, kind: &str, data: &Value, buffers: &[&[u8]], target: Option<&str>) {
        let buffers: Vec<String> = buffers.iter().map(|buffer| STANDARD.encode(buffer)).collect();
        let message =
            json!({ "kind": kind, "id": self.id, "target": target, "data": data, "buffers": buffers });
        channel::send("comm", json!({ "message": message }));
    }
}

/// Takes comms that the front end opens to `target` from now on. The last word counts.
///
/// # Panics
/// On a thread that the cell has started.
pub fn on_open(target: &str, handler: impl FnMut(Comm, &Value, &[Vec<u8>]) + 'static) {
    here("on_open");
    let before = TARGETS.with_borrow_mut(|targets| targets.insert(target.to_owned(), Box::new(handler)));
    drop(before);
    channel::send("comm_target", json!({ "target": target }));
}

/// Handles what the front end has sent while the cell runs. Returns how many messages that were.
///
/// # Panics
/// On a thread that the cell has started, and if a handler panics.
pub fn poll() -> usize {
    here("poll");
    let messages = host::comms();
    for message in &messages {
        handle(message);
    }
    messages.len()
}

/// The thread that runs cells handles all messages; a handler that is set elsewhere would never be called.
fn here(what: &str) {
    assert!(
        entry::runs_cells(),
        "comm: {what} was called on a thread that the cell has started\nhint: call it in the cell itself"
    );
}

fn handle(message: &Value) {
    let text = |field: &str| message[field].as_str().unwrap_or_default();
    let comm = Comm {
        id: text("id").to_owned(),
    };
    let data = &message["data"];
    let buffers = message["buffers"].as_array().into_iter().flatten();
    let buffers: Vec<Vec<u8>> = buffers
        .map(|buffer| {
            STANDARD
                .decode(buffer.as_str().unwrap_or_default())
                .unwrap_or_default()
        })
        .collect();
    match text("kind") {
        "open" => opened(text("target"), comm, data, &buffers),
        "close" => {
            let handlers = COMMS.with_borrow_mut(|comms| comms.remove(&comm.id));
            if let Some(mut close) = handlers.and_then(|handlers| handlers.close) {
                close(&comm, data, &buffers);
            }
        }
        _ => said(&comm, data, &buffers),
    }
}

fn opened(target: &str, comm: Comm, data: &Value, buffers: &[Vec<u8>]) {
    // Taken out while it runs: it may register itself anew.
    let Some(mut open) = TARGETS.with_borrow_mut(|targets| targets.remove(target)) else {
        return comm.close();
    };
    COMMS.with_borrow_mut(|comms| comms.insert(comm.id.clone(), Handlers::default()));
    open(comm, data, buffers);
    TARGETS.with_borrow_mut(|targets| {
        targets.entry(target.to_owned()).or_insert(open);
    });
}

fn said(comm: &Comm, data: &Value, buffers: &[Vec<u8>]) {
    // Taken out while it runs: it may set another one, or close the comm.
    let Some(handler) =
        COMMS.with_borrow_mut(|comms| comms.get_mut(&comm.id).map(|handlers| handlers.message.take()))
    else {
        // It went with the process that had opened it.
        return comm.close();
    };
    let Some(mut handler) = handler else { return };
    handler(comm, data, buffers);
    comm.with(|handlers| {
        handlers.message.get_or_insert(handler);
    });
}

/// A name that no other comm has: 128 random bits, as both ends may make names.
fn new_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    let half = || RandomState::new().hash_one(std::process::id());
    // `RandomState` counts up from one random number, so the clock takes part.
    let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos() as u64;
    format!("{:016x}{:016x}", half(), half() ^ now.rotate_left(32))
}
