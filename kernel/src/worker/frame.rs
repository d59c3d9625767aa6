//! The frames of a run's channel: a `u32` little-endian length, then that many bytes of JSON.
//!
//! Used by both ends. A cell can write to the channel's descriptor by itself, so the reading end trusts nothing: text that is
//! no frame is skipped where it can be told apart, and reported where it cannot.

use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::output::{CommKind, CommMessage, MimeBundle};

/// Longest frame in bytes. Four printable characters read as a length are always longer, so text that a cell
/// writes to the channel is recognised instead of being waited for.
pub const LONGEST_FRAME: usize = 64 << 20;

/// Memory in bytes that stays reserved for frames.
const USUAL_BUFFER: usize = 1 << 16;

/// What the kernel tells a running cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToCell {
    /// The answer to its question.
    InputReply(InputReply),
    /// The messages on comms that it asked for.
    Comms(Vec<CommFrame>),
}

/// A message on a comm; its buffers are base64.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommFrame {
    kind: CommFrameKind,
    id: String,
    /// Of a comm that begins.
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    metadata: Map<String, Value>,
    #[serde(default)]
    buffers: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CommFrameKind {
    Open,
    Message,
    Close,
}

impl From<CommMessage> for CommFrame {
    fn from(message: CommMessage) -> CommFrame {
        let (kind, target) = match message.kind {
            CommKind::Open { target } => (CommFrameKind::Open, Some(target)),
            CommKind::Message => (CommFrameKind::Message, None),
            CommKind::Close => (CommFrameKind::Close, None),
        };
        CommFrame {
            kind,
            id: message.id,
            target,
            data: message.data,
            metadata: message.metadata,
            buffers: message
                .buffers
                .iter()
                .map(|buffer| STANDARD.encode(buffer))
                .collect(),
        }
    }
}

impl From<CommFrame> for CommMessage {
    fn from(frame: CommFrame) -> CommMessage {
        let kind = match frame.kind {
            CommFrameKind::Open => CommKind::Open {
                target: frame.target.unwrap_or_default(),
            },
            CommFrameKind::Message => CommKind::Message,
            CommFrameKind::Close => CommKind::Close,
        };
        // What is no base64 comes from a cell that writes to the channel by itself.
        let buffers = frame.buffers.iter();
        let buffers = buffers.map(|buffer| STANDARD.decode(buffer).unwrap_or_default().into());
        CommMessage {
            kind,
            id: frame.id,
            data: frame.data,
            metadata: frame.metadata,
            buffers: buffers.collect(),
        }
    }
}

/// What the person typed, or why nobody can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputReply {
    /// The run that asked.
    pub nonce: String,
    /// The line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a running cell tells the kernel.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
#[serde(rename_all = "snake_case")]
pub enum FromCell {
    /// Show something.
    Display {
        /// The run that sends.
        nonce: String,
        /// MIME type to content.
        data: MimeBundle,
        /// The protocol's metadata.
        #[serde(default)]
        metadata: Map<String, Value>,
        /// Names the display for later updates.
        #[serde(default)]
        display_id: Option<String>,
        /// Replaces the display named `display_id`.
        #[serde(default)]
        update: bool,
    },
    /// Remove what was shown.
    Clear {
        /// The run that sends.
        nonce: String,
        /// Wait for the next output.
        #[serde(default)]
        wait: bool,
    },
    /// The value of the trailing expression.
    Result {
        /// The run that sends.
        nonce: String,
        /// MIME type to content.
        data: MimeBundle,
        /// The protocol's metadata.
        #[serde(default)]
        metadata: Map<String, Value>,
    },
    /// Ask the person for a line.
    Input {
        /// The run that sends.
        nonce: String,
        /// What to show before the field.
        prompt: String,
        /// Hide what is typed.
        #[serde(default)]
        password: bool,
    },
    /// Say something on a comm.
    Comm {
        /// The run that sends.
        nonce: String,
        /// What.
        message: CommFrame,
    },
    /// Take comms of this name from now on.
    CommTarget {
        /// The run that sends.
        nonce: String,
        /// The name.
        target: String,
    },
    /// Hand over the messages on comms that wait.
    CommPoll {
        /// The run that sends.
        nonce: String,
    },
    /// A remark about the run for the person, such as a variable that lived only in this cell.
    Note {
        /// The run that sends.
        nonce: String,
        /// One line.
        text: String,
    },
    /// The cell has ended.
    Done {
        /// The run that sends.
        nonce: String,
        /// How.
        outcome: Outcome,
    },
}

impl FromCell {
    /// The run that the frame belongs to.
    pub fn nonce(&self) -> &str {
        match self {
            FromCell::Display { nonce, .. }
            | FromCell::Clear { nonce, .. }
            | FromCell::Result { nonce, .. }
            | FromCell::Input { nonce, .. }
            | FromCell::Comm { nonce, .. }
            | FromCell::CommTarget { nonce, .. }
            | FromCell::CommPoll { nonce }
            | FromCell::Note { nonce, .. }
            | FromCell::Done { nonce, .. } => nonce,
        }
    }
}

/// How a cell ended, when its process did not.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(Serialize))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It ran to its end.
    Ok,
    /// It panicked.
    Panic {
        /// The panic's message.
        message: String,
        /// Line in the cell's source file, from 1.
        #[serde(default)]
        line: u32,
        /// Column, from 1.
        #[serde(default)]
        column: u32,
        /// The source file.
        #[serde(default)]
        file: String,
    },
    /// A `?` met an error.
    Error {
        /// The error as text.
        message: String,
        /// The error's type.
        #[serde(default, rename = "type")]
        type_name: String,
        /// Line of the `?` in the cell's source file, from 1.
        #[serde(default)]
        line: u32,
        /// Column, from 1.
        #[serde(default)]
        column: u32,
        /// The source file.
        #[serde(default)]
        file: String,
    },
    /// It noticed the interrupt and returned.
    Interrupted,
}

/// What came out of the bytes received so far.
#[derive(Debug, PartialEq)]
pub enum Decoded {
    /// A frame.
    Frame(FromCell),
    /// A whole frame that means nothing; it is skipped. Holds the reason.
    Unreadable(String),
    /// The bytes are no frames any more; nothing after them can be read.
    Lost,
}

/// Cuts a byte stream into frames.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// Bytes at the front that were handed out already.
    taken: usize,
}

impl Decoder {
    /// Adds bytes as they came from the channel.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.taken);
        self.taken = 0;
        if self.bytes.is_empty() {
            // A large picture does not hold its memory for the rest of the session.
            self.bytes.shrink_to(USUAL_BUFFER);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next frame, if it is there whole.
    pub fn next(&mut self) -> Option<Decoded> {
        let rest = &self.bytes[self.taken..];
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        if length > LONGEST_FRAME {
            return Some(Decoded::Lost);
        }
        let body = rest.get(..length)?;
        let frame = match serde_json::from_slice(body) {
            Ok(frame) => Decoded::Frame(frame),
            Err(error) => Decoded::Unreadable(error.to_string()),
        };
        self.taken += 4 + length;
        Some(frame)
    }
}

/// Writes one frame.
pub fn write_frame(to: &mut impl Write, frame: &impl Serialize) -> io::Result<()> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, frame)?;
    let length = bytes.len() - 4;
    if length > LONGEST_FRAME {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("a frame of {length} bytes is too long"),
        ));
    }
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    to.write_all(&bytes)
}

/// Reads one frame, waiting for it. `None` at the end of the channel.
pub fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut body = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(frame: &FromCell) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, frame).unwrap();
        bytes
    }

    fn done(nonce: &str) -> FromCell {
        FromCell::Done {
            nonce: nonce.into(),
            outcome: Outcome::Ok,
        }
    }

    #[test]
    fn frames_are_read_however_the_bytes_are_cut() {
        let mut stream = bytes(&done("6"));
        stream.extend(bytes(&done("7")));
        for size in 1..stream.len() {
            let mut decoder = Decoder::default();
            let mut frames = Vec::new();
            for piece in stream.chunks(size) {
                decoder.feed(piece);
                frames.extend(std::iter::from_fn(|| decoder.next()));
            }
            assert_eq!(
                frames,
                [Decoded::Frame(done("6")), Decoded::Frame(done("7"))],
                "pieces of {size}"
            );
        }
    }

    #[test]
    fn a_frame_that_means_nothing_is_skipped() {
        let mut decoder = Decoder::default();
        for body in [
            "",
            "nonsense",
            "[1]",
            r#"{"explode":{}}"#,
            r#"{"done":{"nonce":"7"}}"#,
        ] {
            decoder.feed(&(body.len() as u32).to_le_bytes());
            decoder.feed(body.as_bytes());
            assert!(matches!(decoder.next(), Some(Decoded::Unreadable(_))), "{body}");
        }
        decoder.feed(&bytes(&done("7")));
        assert_eq!(decoder.next(), Some(Decoded::Frame(done("7"))));
        assert_eq!(decoder.next(), None);
    }

    #[test]
    fn text_on_the_channel_is_told_from_a_frame() {
        for text in ["hello", "\n\n\n\n", "{\"done\":{}}", "    ", "\t\t\t\t"] {
            let mut decoder = Decoder::default();
            decoder.feed(text.as_bytes());
            assert_eq!(decoder.next(), Some(Decoded::Lost), "{text:?}");
        }
    }

    #[test]
    fn the_outcomes_of_the_contract_are_understood() {
        let outcome = |text: &str| serde_json::from_str::<Outcome>(text).unwrap();
        assert_eq!(outcome(r#""ok""#), Outcome::Ok);
        assert_eq!(outcome(r#""interrupted""#), Outcome::Interrupted);
        assert_eq!(
            outcome(
                r#"{"error":{"message":"m","type":"std::io::Error","line":3,"column":9,"file":"cell.rs"}}"#
            ),
            Outcome::Error {
                message: "m".into(),
                type_name: "std::io::Error".into(),
                line: 3,
                column: 9,
                file: "cell.rs".into()
            }
        );
        assert_eq!(
            outcome(r#"{"panic":{"message":"m","line":3,"column":9,"file":"cell.rs"}}"#),
            Outcome::Panic {
                message: "m".into(),
                line: 3,
                column: 9,
                file: "cell.rs".into()
            }
        );
    }

    #[test]
    fn an_answer_survives_the_way() {
        let sent = [("é", None), ("", Some("nobody is there"))].map(|(value, error)| {
            ToCell::InputReply(InputReply {
                nonce: "7".into(),
                value: error.is_none().then(|| value.into()),
                error: error.map(Into::into),
            })
        });
        let mut bytes = Vec::new();
        for message in &sent {
            write_frame(&mut bytes, message).unwrap();
        }
        let mut from = bytes.as_slice();
        let received: Vec<ToCell> = std::iter::from_fn(|| read_frame(&mut from).unwrap()).collect();
        assert_eq!(received, sent);
    }
}
