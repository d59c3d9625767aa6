//! The messages of the Jupyter protocol as values: headers, replies and broadcasts.
//!
//! No bytes and no sockets here; see [`crate::wire`]. Contents stay JSON, because unknown fields must pass through.

use std::time::SystemTime;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::output::CellError;

/// The version of the protocol that the kernel speaks.
pub const PROTOCOL_VERSION: &str = "5.5";

/// The first part of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Names the message.
    pub msg_id: String,
    /// Names the sender's session.
    #[serde(default)]
    pub session: String,
    /// The person.
    #[serde(default)]
    pub username: String,
    /// When it was made, ISO 8601.
    #[serde(default)]
    pub date: String,
    /// What it is: `execute_request`, `status`, ...
    pub msg_type: String,
    /// The protocol's version.
    #[serde(default)]
    pub version: String,
    /// Fields that we do not know, such as `subshell_id`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A whole message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Whom it goes to or comes from; on iopub the topic.
    pub identities: Vec<Bytes>,
    /// The header.
    pub header: Header,
    /// The header of the request that caused it; an empty object if none did.
    pub parent_header: Value,
    /// Metadata.
    pub metadata: Map<String, Value>,
    /// The content.
    pub content: Value,
    /// Binary attachments.
    pub buffers: Vec<Bytes>,
}

/// The kernel's sockets that carry messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Socket {
    /// Requests about code.
    Shell,
    /// Requests that must not wait: interrupt, shutdown.
    Control,
    /// Questions to the person.
    Stdin,
    /// Broadcasts.
    Iopub,
}

/// The kernel's own session: the sender of everything.
#[derive(Clone, Debug)]
pub struct Session {
    id: String,
    username: String,
}

impl Default for Session {
    fn default() -> Session {
        let username = std::env::var("USER").unwrap_or_else(|_| "kernel".to_string());
        Session {
            id: new_id(),
            username,
        }
    }
}

impl Session {
    /// The answer to `request`, for its sender.
    pub fn reply(&self, request: &Message, content: Value) -> Message {
        let kind = reply_type(&request.header.msg_type);
        self.message(&kind, request.identities.clone(), Some(&request.header), content)
    }

    /// A broadcast on iopub, caused by `parent`.
    pub fn broadcast(&self, kind: &str, parent: Option<&Header>, content: Value) -> Message {
        let topic = Bytes::from(format!("kernel.{}.{kind}", self.id));
        self.message(kind, vec![topic], parent, content)
    }

    /// A question to the person who sent `request`.
    pub fn question(&self, request: &Message, prompt: &str, password: bool) -> Message {
        let content = json!({ "prompt": prompt, "password": password });
        self.message(
            "input_request",
            request.identities.clone(),
            Some(&request.header),
            content,
        )
    }

    /// The greeting of a new subscriber: the topic is what it subscribed to.
    pub fn welcome(&self, subscription: &[u8]) -> Message {
        let topic = Bytes::copy_from_slice(subscription);
        let content = json!({ "subscription": String::from_utf8_lossy(subscription) });
        self.message("iopub_welcome", vec![topic], None, content)
    }

    /// A line in the place of a cell's text that one client did not read in time.
    pub fn gap(&self, parent_header: &Value) -> Message {
        let text = "\n[some output is missing here: it came faster than the notebook could take it]\n";
        let mut message = self.broadcast("stream", None, json!({ "name": "stdout", "text": text }));
        message.parent_header = parent_header.clone();
        message
    }

    fn message(
        &self,
        kind: &str,
        identities: Vec<Bytes>,
        parent: Option<&Header>,
        content: Value,
    ) -> Message {
        let header = Header {
            msg_id: new_id(),
            session: self.id.clone(),
            username: self.username.clone(),
            date: humantime::format_rfc3339_micros(SystemTime::now()).to_string(),
            msg_type: kind.to_string(),
            version: PROTOCOL_VERSION.to_string(),
            other: Map::new(),
        };
        let parent_header = parent.map_or_else(|| json!({}), |parent| json!(parent));
        Message {
            identities,
            header,
            parent_header,
            metadata: Map::new(),
            content,
            buffers: Vec::new(),
        }
    }
}

impl Message {
    /// A text in the content.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.content.get(field)?.as_str()
    }

    /// A flag in the content.
    pub fn flag(&self, field: &str, default: bool) -> bool {
        self.content
            .get(field)
            .and_then(Value::as_bool)
            .unwrap_or(default)
    }

    /// A whole number in the content.
    pub fn number(&self, field: &str) -> Option<i64> {
        self.content.get(field)?.as_i64()
    }
}

/// `execute_request` is answered by `execute_reply`.
fn reply_type(request: &str) -> String {
    format!("{}_reply", request.strip_suffix("_request").unwrap_or(request))
}

/// The content of an error, on iopub and in a reply.
pub fn error_content(error: &CellError) -> Value {
    json!({ "ename": error.name, "evalue": error.value, "traceback": error.traceback })
}

/// The content of a reply that is an error.
pub fn error_reply(error: &CellError) -> Value {
    let mut content = error_content(error);
    content["status"] = json!("error");
    content
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
