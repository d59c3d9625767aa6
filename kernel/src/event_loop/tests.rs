//! The protocol's rules, checked without sockets: messages go in, messages come out.
//!
//! Every message that is sent is also read by the `jupyter-protocol` crate, which knows the specification independently.

mod cells;
mod comms;
mod questions_about_code;
mod subshells;

use std::collections::HashMap;
use std::sync::mpsc;

use jupyter_protocol::{JupyterMessage, JupyterMessageContent};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Event, EventLoop, Flow, Parts};
use crate::engine::{Assistant, Completeness, Completion, Completions, Inspection, Interrupter};
use crate::execution::{Order, Progress};
use crate::history;
use crate::messages::{Header, Message, Session, Socket};
use crate::output::{CellError, Output, StreamName};
use crate::questions::{self, is_question};
use crate::wire::Outgoing;

/// An event loop, and the other ends of its channels.
struct Bench {
    event_loop: EventLoop,
    outgoing: UnboundedReceiver<Outgoing>,
    orders: mpsc::Receiver<Order>,
    interrupts: mpsc::Receiver<()>,
    /// What the threads beside the loop tell it.
    events: UnboundedReceiver<Event>,
    /// Holds the history; removed with the bench.
    _folder: TempDir,
}

/// Knows one name.
struct Known;

impl Assistant for Known {
    fn complete(&self, code: &str, cursor: usize) -> Completions {
        assert_ne!(code, "fault");
        let start = code[..cursor].rfind(' ').map_or(0, |at| at + 1);
        let (text, kind, signature) = ("größe".into(), "variable".into(), "f32".into());
        Completions {
            start,
            end: cursor,
            items: vec![Completion {
                text,
                kind,
                signature,
            }],
        }
    }

    fn inspect(&self, code: &str, cursor: usize, detailed: bool) -> Option<Inspection> {
        let plain = format!("{cursor} {detailed}");
        (!code.is_empty()).then(|| Inspection {
            markdown: format!("*{plain}*"),
            plain,
        })
    }

    fn is_complete(&self, code: &str) -> Completeness {
        match code {
            "{" => Completeness::Incomplete {
                indent: "    ".into(),
            },
            ")" => Completeness::Invalid,
            _ => Completeness::Complete,
        }
    }
}

struct Note(mpsc::Sender<()>);

impl Interrupter for Note {
    fn interrupt(&self) {
        self.0.send(()).unwrap();
    }
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let (send, outgoing) = unbounded_channel();
    let (orders, received) = mpsc::channel();
    let (interrupter, interrupts) = mpsc::channel();
    let (tell, events) = unbounded_channel();
    let mut event_loop = EventLoop::new(Parts {
        session: Session::default(),
        outgoing: send,
        orders,
        history: history::start(folder.path(), tell.clone()).expect("a thread").0,
        questions: questions::start(tell).expect("a thread"),
        language_version: "1.90.0",
        ports: json!({ "shell_port": 1 }),
    });
    let interrupter = std::sync::Arc::new(Note(interrupter));
    event_loop.handle(Event::Execution(Progress::Started {
        assistant: std::sync::Arc::new(Known),
        interrupter,
    }));
    Bench {
        event_loop,
        outgoing,
        orders: received,
        interrupts,
        events,
        _folder: folder,
    }
}

fn request(kind: &str, content: Value) -> Message {
    Message {
        identities: vec!["client".into()],
        header: Header {
            msg_id: format!("{kind} {content}"),
            session: "s".into(),
            username: "u".into(),
            date: "2026-01-01T00:00:00Z".into(),
            msg_type: kind.into(),
            version: "5.3".into(),
            other: Default::default(),
        },
        parent_header: json!({}),
        metadata: Default::default(),
        content,
        buffers: vec![],
    }
}

impl Bench {
    fn request(&mut self, kind: &str, content: Value) -> Flow {
        self.message(Socket::Shell, request(kind, content))
    }

    /// Handles a message, and its answer if that comes from another thread.
    fn message(&mut self, socket: Socket, message: Message) -> Flow {
        let kind = &message.header.msg_type;
        let question = socket != Socket::Stdin && (is_question(kind) || kind == "history_request");
        let flow = self.event_loop.handle(Event::Request(socket, Box::new(message)));
        if question {
            let answer = self.events.blocking_recv().expect("the thread answers");
            self.event_loop.handle(answer);
        }
        flow
    }

    /// The cells that were ordered since the last look.
    fn cells(&mut self) -> Vec<(u32, String)> {
        let orders = self.orders.try_iter();
        orders
            .map(|order| match order {
                Order::Cell { number, code, .. } => (number, code),
                Order::Comm(message) => panic!("{message:?}"),
            })
            .collect()
    }

    fn execute(&mut self, code: &str) {
        self.request("execute_request", json!({ "code": code }));
    }

    fn progress(&mut self, progress: Progress) {
        self.event_loop.handle(Event::Execution(progress));
    }

    fn finish(&mut self, result: Result<(), CellError>) {
        self.progress(Progress::Finished {
            result,
            user_expressions: Default::default(),
        });
    }

    fn print(&mut self, text: &str) {
        self.progress(Progress::Output(Output::Stream {
            name: StreamName::Stdout,
            text: text.into(),
        }));
    }

    /// Everything that was sent since the last look.
    fn sent(&mut self) -> Vec<(Socket, Message)> {
        let sent = std::iter::from_fn(|| self.outgoing.try_recv().ok());
        let message = |outgoing| match outgoing {
            Outgoing::Message(socket, message) => (socket, *message),
            Outgoing::Flush(_) => panic!("nobody asked to flush"),
        };
        sent.map(message)
            .inspect(|(_, message)| read_independently(message))
            .collect()
    }

    /// The same in short: `status busy`, `stream`, `execute_reply ok`.
    fn summary(&mut self) -> Vec<String> {
        let short = |(_, message): (Socket, Message)| {
            let state = message
                .text("execution_state")
                .or(message.text("status"))
                .unwrap_or_default();
            format!("{} {state}", message.header.msg_type).trim().to_string()
        };
        self.sent().into_iter().map(short).collect()
    }
}

/// The types of messages.
fn kinds(sent: &[(Socket, Message)]) -> Vec<&str> {
    sent.iter()
        .map(|(_, message)| message.header.msg_type.as_str())
        .collect()
}

/// Replies that `jupyter-protocol` 2.0.3 has no words for: those of JEP 91 and of ipykernel's `usage_request`, the old
/// `connect_reply`, and the reply to a request that nobody knows.
const BEYOND_THE_CRATE: [&str; 6] = [
    "create_subshell_reply",
    "delete_subshell_reply",
    "list_subshell_reply",
    "usage_reply",
    "connect_reply",
    "new_reply",
];

/// The specification's own reading of the message.
fn read_independently(message: &Message) {
    let kind = &message.header.msg_type;
    let whole = json!({
        "header": message.header,
        "parent_header": message.parent_header,
        "metadata": message.metadata,
        "content": message.content,
        "buffers": [],
        "channel": null,
    });
    let read = JupyterMessage::from_value(whole).unwrap();
    let known = !matches!(read.content, JupyterMessageContent::UnknownMessage(_));
    assert_eq!(known, !BEYOND_THE_CRATE.contains(&kind.as_str()), "{kind}");
    assert_eq!(
        (&read.header.msg_type, &read.header.msg_id),
        (kind, &message.header.msg_id)
    );
    let year = read.header.date.to_rfc3339();
    assert!(
        year.starts_with(&message.header.date[..19]),
        "{year} {}",
        message.header.date
    );
    let parent = read.parent_header.map(|parent| parent.msg_id);
    assert_eq!(parent.as_deref(), message.parent_header["msg_id"].as_str());
}

fn error() -> CellError {
    CellError {
        name: "Panic".into(),
        value: "it panicked".into(),
        traceback: vec!["here".into()],
    }
}

#[test]
fn what_the_wire_says_by_itself_is_read_independently_too() {
    let session = Session::default();
    let welcome = session.welcome(b"kernel.");
    assert_eq!(welcome.identities, ["kernel."]);
    read_independently(&welcome);
    let parent = request("execute_request", json!({})).header;
    let gap = session.gap(&json!(parent));
    assert_eq!(gap.parent_header["msg_id"], json!(parent.msg_id));
    read_independently(&gap);
}

#[test]
fn every_request_is_answered_known_or_not() {
    let mut bench = bench();
    bench.request("new_request", json!({}));
    assert_eq!(bench.summary(), ["status busy", "new_reply error", "status idle"]);
    bench.request("execute_request", json!({ "code": 7 }));
    assert_eq!(
        bench.summary(),
        ["status busy", "execute_reply error", "status idle"]
    );
    bench.request(
        "comm_open",
        json!({ "comm_id": "c", "target_name": "t", "data": {} }),
    );
    assert_eq!(bench.summary(), ["status busy", "comm_close", "status idle"]);
    bench.request("comm_msg", json!({ "comm_id": "c", "data": {} }));
    assert_eq!(bench.summary(), ["status busy", "status idle"]);
}

#[test]
fn shutdown_is_answered_and_ends_the_loop() {
    let mut bench = bench();
    assert_eq!(
        bench.request("shutdown_request", json!({ "restart": true })),
        Flow::End
    );
    let sent = bench.sent();
    let replies: HashMap<bool, &Value> = sent
        .iter()
        .filter(|(_, message)| message.header.msg_type == "shutdown_reply")
        .map(|(socket, message)| (*socket == Socket::Shell, &message.content))
        .collect();
    let content = json!({ "status": "ok", "restart": true });
    assert_eq!(replies, HashMap::from([(true, &content), (false, &content)]));
    assert_eq!(
        sent.last().unwrap().1.content,
        json!({ "execution_state": "idle" })
    );
    assert_eq!(bench.event_loop.handle(Event::Terminate), Flow::End);
}
