//! Requests that are answered at once, also while a cell runs.

use serde_json::{Value, json};

use super::EventLoop;
use crate::messages::{Message, PROTOCOL_VERSION, error_reply};
use crate::output::CellError;

impl EventLoop {
    /// The content of the answer; none for messages that are not answered.
    pub fn answer(&mut self, kind: &str, message: &Message) -> Option<Value> {
        Some(match kind {
            "kernel_info_request" => self.kernel_info(),
            "connect_request" => self.connect(),
            "debug_request" => no_debugger(message),
            "comm_info_request" => self.comms.info(message),
            "create_subshell_request" => self.subshells.create(),
            "delete_subshell_request" => self.delete_subshell(message),
            "list_subshell_request" => self.subshells.list(),
            kind if kind.ends_with("_request") => unknown(kind),
            _ => return None,
        })
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
            "supported_features": ["kernel subshells"],
            "help_links": [
                { "text": "The Rust book", "url": "https://doc.rust-lang.org/book/" },
                { "text": "Rust's standard library", "url": "https://doc.rust-lang.org/std/" },
            ],
        })
    }

    fn connect(&self) -> Value {
        let mut content = self.parts.ports.clone();
        content["status"] = json!("ok");
        content
    }
}

/// The answer to a debugger's request, which has a form of its own beside the protocol's.
fn no_debugger(message: &Message) -> Value {
    let text = "this kernel has no debugger\nhint: `dbg!(x)` prints a value with its place";
    let mut content = error_reply(&CellError::new("NoDebugger", text));
    content["type"] = json!("response");
    content["request_seq"] = message.content.get("seq").cloned().unwrap_or(json!(0));
    content["command"] = message.content.get("command").cloned().unwrap_or(json!(""));
    content["success"] = json!(false);
    content["message"] = json!("this kernel has no debugger");
    content
}

/// The answer to a request that no one here knows.
fn unknown(kind: &str) -> Value {
    let text = format!("this kernel does not know {kind}");
    error_reply(&CellError::new("UnknownRequest", &text))
}
