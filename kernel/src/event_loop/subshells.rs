//! Subshells (JEP 91): further queues of shell requests beside the main one.
//!
//! There is one process with one set of variables, so cells run one at a time in the order in which they came, wherever they came
//! from. A subshell has its own queue: a failed cell aborts what waits in its own shell only. Questions, history and
//! comms do not wait for a running cell in any shell.

use serde_json::{Value, json};

use super::EventLoop;
use crate::messages::{Message, Socket, error_reply};
use crate::output::CellError;

/// The subshells that exist, oldest first.
#[derive(Debug, Default)]
pub struct Subshells(Vec<String>);

/// The subshell that a message is for; none is the main shell.
pub fn subshell(message: &Message) -> Option<&str> {
    message.header.other.get("subshell_id")?.as_str()
}

impl Subshells {
    /// Makes one.
    pub fn create(&mut self) -> Value {
        let id = uuid::Uuid::new_v4().to_string();
        self.0.push(id.clone());
        json!({ "status": "ok", "subshell_id": id })
    }

    /// The names of all.
    pub fn list(&self) -> Value {
        json!({ "status": "ok", "subshell_id": self.0 })
    }

    /// The error for a message to a subshell that does not exist.
    pub fn refuse(&self, socket: Socket, message: &Message) -> Option<Value> {
        let name = subshell(message)?;
        (socket == Socket::Shell && !self.has(name)).then(|| unknown(name))
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

impl EventLoop {
    /// Ends a subshell; what waits there is aborted, and a cell of it that runs goes on.
    pub fn delete_subshell(&mut self, message: &Message) -> Value {
        let name = message.text("subshell_id").unwrap_or_default();
        if !self.subshells.has(name) {
            return unknown(name);
        }
        self.subshells.0.retain(|known| known != name);
        self.abort_waiting(Some(name));
        json!({ "status": "ok" })
    }
}

fn unknown(name: &str) -> Value {
    let text =
        format!("there is no subshell {name}\nhint: create_subshell_request makes one and gives its name");
    error_reply(&CellError::new("SubshellNotFoundError", &text))
}
