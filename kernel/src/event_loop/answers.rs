//! Requests that are answered at once, also while a cell runs.

use serde_json::{Value, json};

use super::EventLoop;
use crate::engine::Completeness;
use crate::history::Entry;
use crate::messages::{Message, PROTOCOL_VERSION, error_reply};
use crate::output::CellError;

impl EventLoop {
    /// The content of the answer; none for messages that are not answered.
    pub fn answer(&mut self, kind: &str, message: &Message) -> Option<Value> {
        Some(match kind {
            "kernel_info_request" => self.kernel_info(),
            "complete_request" => self.complete(message),
            "inspect_request" => self.inspect(message),
            "is_complete_request" => self.is_complete(message),
            "history_request" => self.history(message),
            "comm_info_request" => json!({ "status": "ok", "comms": {} }),
            kind if kind.ends_with("_request") => unknown(kind),
            _ => return None,
        })
    }

    /// Comms: no target is registered, so whoever opens one is told that it is closed.
    pub fn comm(&self, kind: &str, message: &Message) {
        match (kind, message.text("comm_id")) {
            ("comm_open", Some(comm)) => {
                self.broadcast(
                    "comm_close",
                    &message.header,
                    json!({ "comm_id": comm, "data": {} }),
                );
            }
            ("comm_msg" | "comm_close", _) => {}
            _ => log::warn!("a {kind} that means nothing"),
        }
    }

    fn kernel_info(&self) -> Value {
        let version = env!("CARGO_PKG_VERSION");
        let language_version = self.parts.language_version;
        json!({
            "status": "ok",
            "protocol_version": PROTOCOL_VERSION,
            "implementation": "hebb",
            "implementation_version": version,
            "language_info": {
                "name": "rust",
                "version": language_version,
                "mimetype": "text/x-rustsrc",
                "file_extension": ".rs",
                "pygments_lexer": "rust",
                "codemirror_mode": "rust",
            },
            "banner": format!("Hebb {version}: Rust {language_version} for learning. `:help` lists the commands."),
            "debugger": false,
            "supported_features": [],
            "help_links": [
                { "text": "The Rust book", "url": "https://doc.rust-lang.org/book/" },
                { "text": "Rust's standard library", "url": "https://doc.rust-lang.org/std/" },
            ],
        })
    }

    fn complete(&self, message: &Message) -> Value {
        let (code, cursor) = code_and_cursor(message);
        let found = match &self.assistant {
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

    fn inspect(&self, message: &Message) -> Value {
        let (code, cursor) = code_and_cursor(message);
        let detailed = message.number("detail_level").unwrap_or(0) > 0;
        let found = self
            .assistant
            .as_ref()
            .and_then(|assistant| assistant.inspect(code, cursor, detailed));
        let data = match &found {
            Some(found) => json!({ "text/plain": found.plain, "text/markdown": found.markdown }),
            None => json!({}),
        };
        json!({ "status": "ok", "found": found.is_some(), "data": data, "metadata": {} })
    }

    fn is_complete(&self, message: &Message) -> Value {
        let (code, _) = code_and_cursor(message);
        match self
            .assistant
            .as_ref()
            .map(|assistant| assistant.is_complete(code))
        {
            Some(Completeness::Complete) => json!({ "status": "complete" }),
            Some(Completeness::Incomplete { indent }) => json!({ "status": "incomplete", "indent": indent }),
            Some(Completeness::Invalid) => json!({ "status": "invalid" }),
            None => json!({ "status": "unknown" }),
        }
    }

    fn history(&self, message: &Message) -> Value {
        let history = &self.parts.history;
        let number = |field: &str| {
            message
                .number(field)
                .and_then(|number| u32::try_from(number).ok())
        };
        let count = number("n").map(|count| count as usize);
        let entries = match message.text("hist_access_type") {
            Some("range") => {
                let session = message.number("session").unwrap_or(0);
                history.range(session, number("start").unwrap_or(0), number("stop"))
            }
            Some("search") => history.search(
                message.text("pattern").unwrap_or("*"),
                message.flag("unique", false),
                count,
            ),
            _ => history.tail(count.unwrap_or(10)),
        };
        let outputs = message.flag("output", false);
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
}

/// The answer to a request that no one here knows.
fn unknown(kind: &str) -> Value {
    let text = format!("this kernel does not know {kind}");
    error_reply(&CellError::new("UnknownRequest", &text))
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
