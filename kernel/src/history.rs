//! What a person has typed, across sessions: a thread keeps it and answers questions about it. A home directory over a slow network
//! must not hold up output, heartbeats or an interrupt.
//!
//! The file itself is in [`file`].

mod file;

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::event_loop::Event;
use crate::execution::Ended;
use crate::messages::{Message, Socket};
use crate::questions;
use file::{Entry, History};

/// What the thread is to do, in this order.
#[derive(Debug)]
pub enum Note {
    /// Keep an input and its number.
    Input(u32, String),
    /// Keep the result of the input with this number.
    Output(u32, String),
    /// Answer a `history_request`.
    Question(Socket, Box<Message>),
}

/// Starts the thread on the history in a folder. It ends when the sender that is returned is dropped and all is kept.
///
/// # Errors
/// When the system has no thread for it.
pub fn start(folder: &Path, events: UnboundedSender<Event>) -> std::io::Result<(mpsc::Sender<Note>, Ended)> {
    let (notes, received) = mpsc::channel();
    let (alive, ended) = mpsc::channel();
    let folder = folder.to_path_buf();
    std::thread::Builder::new()
        .name("history".to_string())
        .spawn(move || {
            let _alive: mpsc::Sender<Infallible> = alive;
            let mut history = History::open(&folder);
            for note in received {
                match note {
                    Note::Input(number, source) => history.record(number, &source),
                    Note::Output(number, text) => history.record_output(number, &text),
                    Note::Question(socket, request) => {
                        // A fault costs this answer only.
                        let content = catch_unwind(AssertUnwindSafe(|| answer(&history, &request)))
                            .unwrap_or_else(|_| questions::fault(&request.header.msg_type));
                        // If nobody listens any more, the kernel is about to end, and what is left is still kept.
                        let _ = events.send(Event::Answered(socket, request, content));
                    }
                }
            }
        })?;
    Ok((notes, Ended::of(ended)))
}

/// The content of the answer.
fn answer(history: &History, request: &Message) -> Value {
    let number = |field: &str| {
        let number = request.number(field);
        number.and_then(|number| u32::try_from(number).ok())
    };
    let count = number("n").map(|count| count as usize);
    let entries = match request.text("hist_access_type") {
        Some("range") => {
            let session = request.number("session").unwrap_or(0);
            history.range(session, number("start").unwrap_or(0), number("stop"))
        }
        Some("search") => history.search(
            request.text("pattern").unwrap_or("*"),
            request.flag("unique", false),
            count,
        ),
        _ => history.tail(count.unwrap_or(10)),
    };
    let outputs = request.flag("output", false);
    let entry = |Entry {
                     session,
                     line,
                     source,
                     output,
                 }: Entry| {
        if outputs {
            json!([session, line, [source, output.unwrap_or_default()]])
        } else {
            json!([session, line, source])
        }
    };
    let entries: Vec<Value> = entries.into_iter().map(entry).collect();
    json!({ "status": "ok", "history": entries })
}
