//! The thread that answers questions about code, and what else may take a moment: a slow answer must not hold up heartbeats, output or
//! an interrupt.
//!
//! Questions are answered in the order in which they came. Who hears the answer is the event loop's business.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::{Assistant, Completeness};
use crate::event_loop::Event;
use crate::messages::{Message, Socket, error_reply};
use crate::output::CellError;
use crate::usage::Usage;

/// One question.
pub struct Question {
    /// Where it came from.
    pub socket: Socket,
    /// The request.
    pub request: Message,
    /// Who knows; nobody until the engine runs.
    pub assistant: Option<Arc<dyn Assistant>>,
}

/// Whether a message of this type is a question for this thread.
pub fn is_question(kind: &str) -> bool {
    matches!(
        kind,
        "complete_request" | "inspect_request" | "is_complete_request" | "usage_request"
    )
}

/// Starts the thread. It ends when the sender that is returned is dropped.
pub fn start(events: UnboundedSender<Event>) -> std::io::Result<mpsc::Sender<Question>> {
    let (questions, received) = mpsc::channel::<Question>();
    std::thread::Builder::new()
        .name("questions".to_string())
        .spawn(move || {
            let mut usage = Usage::default();
            for Question {
                socket,
                request,
                assistant,
            } in received
            {
                let content = guarded_answer(&request, assistant.as_deref(), &mut usage);
                if events
                    .send(Event::Answered(socket, Box::new(request), content))
                    .is_err()
                {
                    // The kernel is about to end.
                    return;
                }
            }
        })?;
    Ok(questions)
}

/// A fault costs this answer only.
fn guarded_answer(request: &Message, assistant: Option<&dyn Assistant>, usage: &mut Usage) -> Value {
    let kind = request.header.msg_type.as_str();
    let answer = || match kind {
        "complete_request" => complete(request, assistant),
        "inspect_request" => inspect(request, assistant),
        "is_complete_request" => is_complete(request, assistant),
        _ => usage.report(),
    };
    catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| fault(kind))
}

/// The content of an answer that did not come about.
pub fn fault(kind: &str) -> Value {
    let text = format!("a fault in Hebb itself while it answered a {kind}");
    error_reply(&CellError::new("InternalError", &text))
}

fn complete(message: &Message, assistant: Option<&dyn Assistant>) -> Value {
    let (code, cursor) = code_and_cursor(message);
    let found = match assistant {
        Some(assistant) => assistant.complete(code, cursor),
        None => Default::default(),
    };
    let (start, end) = match found.items.is_empty() {
        true => (cursor, cursor),
        false => (found.start, found.end),
    };
    let (start, end) = (to_code_points(code, start), to_code_points(code, end));
    let matches: Vec<&str> = found.items.iter().map(|item| item.text.as_str()).collect();
    let types: Vec<Value> = found
        .items
        .iter()
        .map(|item| {
            let (text, kind, signature) = (&item.text, &item.kind, &item.signature);
            json!({ "start": start, "end": end, "text": text, "type": kind, "signature": signature })
        })
        .collect();
    json!({
        "status": "ok",
        "matches": matches,
        "cursor_start": start,
        "cursor_end": end,
        "metadata": { "_jupyter_types_experimental": types },
    })
}

fn inspect(message: &Message, assistant: Option<&dyn Assistant>) -> Value {
    let (code, cursor) = code_and_cursor(message);
    let detailed = message.number("detail_level").unwrap_or(0) > 0;
    let found = assistant.and_then(|assistant| assistant.inspect(code, cursor, detailed));
    let data = match &found {
        Some(found) => json!({ "text/plain": found.plain, "text/markdown": found.markdown }),
        None => json!({}),
    };
    json!({ "status": "ok", "found": found.is_some(), "data": data, "metadata": {} })
}

fn is_complete(message: &Message, assistant: Option<&dyn Assistant>) -> Value {
    let (code, _) = code_and_cursor(message);
    match assistant.map(|assistant| assistant.is_complete(code)) {
        Some(Completeness::Complete) => json!({ "status": "complete" }),
        Some(Completeness::Incomplete { indent }) => json!({ "status": "incomplete", "indent": indent }),
        Some(Completeness::Invalid) => json!({ "status": "invalid" }),
        None => json!({ "status": "unknown" }),
    }
}

/// The code of a request and its cursor in bytes; the protocol counts code points.
fn code_and_cursor(message: &Message) -> (&str, usize) {
    let code = message.text("code").unwrap_or_default();
    let cursor = match message
        .number("cursor_pos")
        .and_then(|cursor| usize::try_from(cursor).ok())
    {
        Some(cursor) => code
            .char_indices()
            .nth(cursor)
            .map_or(code.len(), |(offset, _)| offset),
        None => code.len(),
    };
    (code, cursor)
}

/// How many code points stand before a byte offset.
fn to_code_points(code: &str, offset: usize) -> usize {
    code.char_indices().take_while(|(at, _)| *at < offset).count()
}
