//! What a cell can put on the screen, in the order in which it did so.

use bytes::Bytes;
use serde_json::{Map, Value};

/// A bundle of representations of one value: MIME type to content. JSON types hold JSON, images base64, the rest text.
pub type MimeBundle = Map<String, Value>;

/// The two text streams of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamName {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl StreamName {
    /// The protocol's and the file format's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            StreamName::Stdout => "stdout",
            StreamName::Stderr => "stderr",
        }
    }
}

/// One thing that a running cell emits.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Text on a stream, as raw as it came: a progress bar's `\r` is kept.
    Stream {
        /// Which stream.
        name: StreamName,
        /// The text; bytes that are not UTF-8 are replaced.
        text: String,
    },
    /// A rich display, new or replacing an earlier one.
    Display {
        /// The representations; `text/plain` is always there.
        data: MimeBundle,
        /// The protocol's metadata for each representation.
        metadata: Map<String, Value>,
        /// Names the display so that it can be updated later.
        display_id: Option<String>,
        /// True if this replaces the display named `display_id`.
        update: bool,
    },
    /// The value of the cell's last expression: at most one, sent last, only by the engine.
    Result {
        /// The representations; `text/plain` is always there.
        data: MimeBundle,
        /// The protocol's metadata for each representation.
        metadata: Map<String, Value>,
    },
    /// A text to read beside the notebook: documentation. Front ends with a pager open it there.
    Page {
        /// The representations; `text/plain` is always there.
        data: MimeBundle,
    },
    /// Remove what the cell has shown so far.
    Clear {
        /// Wait for the next output before removing.
        wait: bool,
    },
    /// Something for the code at the front end's end of a comm; nothing to show.
    Comm(CommMessage),
    /// Cells take comms of this name from now on; nothing to show.
    CommTarget(String),
}

/// What goes over a comm, in either direction.
#[derive(Clone, Debug, PartialEq)]
pub struct CommMessage {
    /// What it does.
    pub kind: CommKind,
    /// Names the comm.
    pub id: String,
    /// What is said; the two ends agree on its form.
    pub data: Value,
    /// The protocol's metadata.
    pub metadata: Map<String, Value>,
    /// Binary data that goes with it.
    pub buffers: Vec<Bytes>,
}

/// What a message does to its comm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommKind {
    /// It begins.
    Open {
        /// Who is to be at the other end.
        target: String,
    },
    /// Something is said.
    Message,
    /// It ends.
    Close,
}

impl Output {
    /// A new display that is never updated.
    pub fn display(data: MimeBundle) -> Output {
        Output::Display {
            data,
            metadata: Map::new(),
            display_id: None,
            update: false,
        }
    }
}

/// Why a cell failed, in the three parts that Jupyter knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// The kind, in one word: `CompileError`, `Panic`, `Interrupted`, ...
    pub name: String,
    /// One line that says what happened.
    pub value: String,
    /// What is shown: lines, with the student's own code and a caret, and a `hint:` where one helps. May hold ANSI colours.
    pub traceback: Vec<String>,
}

impl CellError {
    /// An error told by `text`: its first line says what happened; a `hint:` stands on a line of its own.
    pub fn new(name: &str, text: &str) -> CellError {
        CellError {
            name: name.to_string(),
            value: text.lines().next().unwrap_or_default().to_string(),
            traceback: text.lines().map(str::to_string).collect(),
        }
    }
}
