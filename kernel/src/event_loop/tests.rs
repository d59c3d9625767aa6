//! The protocol's rules, checked without sockets: messages go in, messages come out.
//!
//! Every message that is sent is also read by the `jupyter-protocol` crate, which knows the specification independently.

mod comms;
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
use crate::history::History;
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
        questions: questions::start(tell).expect("a thread"),
        history: History::open(folder.path()),
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
        let question = socket != Socket::Stdin && is_question(&message.header.msg_type);
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

fn error() -> CellError {
    CellError {
        name: "Panic".into(),
        value: "it panicked".into(),
        traceback: vec!["here".into()],
    }
}

#[test]
fn a_cell_is_busy_input_outputs_reply_idle() {
    let mut bench = bench();
    bench.execute("1");
    assert_eq!(bench.cells(), [(1, "1".to_string())]);
    bench.print("a");
    let data = json!({ "text/plain": "1" }).as_object().unwrap().clone();
    bench.progress(Progress::Output(Output::Result {
        data,
        metadata: Default::default(),
    }));
    bench.finish(Ok(()));
    let sent = bench.sent();
    let kinds: Vec<&str> = sent
        .iter()
        .map(|(_, message)| message.header.msg_type.as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "status",
            "execute_input",
            "stream",
            "execute_result",
            "execute_reply",
            "status"
        ]
    );
    for (socket, message) in &sent {
        assert_eq!(
            message.parent_header["msg_id"],
            json!(r#"execute_request {"code":"1"}"#)
        );
        let reply = message.header.msg_type == "execute_reply";
        assert_eq!(*socket == Socket::Shell, reply);
        if reply {
            assert_eq!(message.identities, ["client"]);
        }
    }
    assert_eq!(sent[1].1.content, json!({ "code": "1", "execution_count": 1 }));
    assert_eq!(
        sent[4].1.content,
        json!({ "status": "ok", "execution_count": 1, "payload": [], "user_expressions": {} })
    );
}

#[test]
fn a_failed_cell_has_one_error_and_the_same_words_in_the_reply() {
    let mut bench = bench();
    bench.execute("panic!()");
    bench.finish(Err(error()));
    let sent = bench.sent();
    let contents = |kind: &str| -> Vec<&Value> {
        let matching = sent.iter().filter(|(_, message)| message.header.msg_type == kind);
        matching.map(|(_, message)| &message.content).collect()
    };
    let words = json!({ "ename": "Panic", "evalue": "it panicked", "traceback": ["here"] });
    assert_eq!(contents("error"), [&words]);
    let [reply] = contents("execute_reply")[..] else {
        panic!("{sent:?}")
    };
    for (field, value) in words.as_object().unwrap() {
        assert_eq!(&reply[field], value);
    }
    assert_eq!(
        (&reply["status"], &reply["execution_count"]),
        (&json!("error"), &json!(1))
    );
}

#[test]
fn cells_wait_their_turn_and_are_aborted_after_an_error() {
    let mut bench = bench();
    for code in ["1", "2", "3"] {
        bench.execute(code);
    }
    assert_eq!(bench.cells(), [(1, "1".to_string())]);
    bench.finish(Ok(()));
    assert_eq!(bench.cells(), [(2, "2".to_string())]);
    bench.sent();
    bench.finish(Err(error()));
    let aborted = ["status busy", "execute_reply aborted", "status idle"];
    let failed = ["error", "execute_reply error", "status idle"];
    assert_eq!(bench.summary(), [failed, aborted].concat());
    assert_eq!(bench.cells(), []);
    bench.execute("4");
    assert_eq!(bench.cells(), [(3, "4".to_string())]);
}

#[test]
fn cells_go_on_after_an_error_if_the_client_wants_it() {
    let mut bench = bench();
    bench.request("execute_request", json!({ "code": "1", "stop_on_error": false }));
    bench.execute("2");
    bench.finish(Err(error()));
    assert_eq!(bench.cells(), [(1, "1".to_string()), (2, "2".to_string())]);
}

#[test]
fn a_silent_cell_shows_nothing_and_is_not_counted() {
    let mut bench = bench();
    bench.request("execute_request", json!({ "code": "1", "silent": true }));
    bench.print("a");
    bench.finish(Err(error()));
    assert_eq!(
        bench.summary(),
        ["status busy", "execute_reply error", "status idle"]
    );
    bench.request("execute_request", json!({ "code": "2", "store_history": false }));
    bench.finish(Ok(()));
    bench.execute("3");
    bench.finish(Ok(()));
    assert!(bench.cells().iter().map(|(number, _)| *number).eq([1, 1, 1]));
    bench.sent();
    bench.request(
        "history_request",
        json!({ "hist_access_type": "tail", "n": 10, "output": false }),
    );
    let sent = bench.sent();
    assert_eq!(sent[1].1.content["history"], json!([[1, 1, "3"]]));
}

#[test]
fn questions_about_code_are_answered_while_a_cell_runs() {
    let mut bench = bench();
    bench.execute("loop {}");
    bench.sent();
    for kind in [
        "kernel_info",
        "is_complete",
        "inspect",
        "complete",
        "history",
        "comm_info",
    ] {
        let mut content = json!({ "code": "a", "cursor_pos": 1, "detail_level": 0 });
        if kind == "history" {
            content = json!({ "hist_access_type": "search", "pattern": "l*", "output": true });
        }
        bench.request(&format!("{kind}_request"), content);
        let state = if kind == "is_complete" { "complete" } else { "ok" };
        let reply = format!("{kind}_reply {state}");
        // The last word is that the cell still runs: a server may end an idle kernel.
        assert_eq!(
            bench.summary(),
            ["status busy", &reply, "status idle", "status busy"]
        );
    }
}

#[test]
fn positions_are_counted_in_code_points() {
    let mut bench = bench();
    bench.request(
        "complete_request",
        json!({ "code": "let 😀é = grö; x", "cursor_pos": 12 }),
    );
    let sent = bench.sent();
    let content = &sent[1].1.content;
    assert_eq!(content["matches"], json!(["größe"]));
    assert_eq!(
        (&content["cursor_start"], &content["cursor_end"]),
        (&json!(9), &json!(12))
    );
    assert_eq!(
        content["metadata"]["_jupyter_types_experimental"],
        json!([{ "start": 9, "end": 12, "text": "größe", "type": "variable", "signature": "f32" }])
    );
    bench.request(
        "inspect_request",
        json!({ "code": "é", "cursor_pos": 99, "detail_level": 1 }),
    );
    assert_eq!(bench.sent()[1].1.content["data"]["text/plain"], "2 true");
    bench.request(
        "inspect_request",
        json!({ "code": "", "cursor_pos": 0, "detail_level": 0 }),
    );
    assert_eq!(bench.sent()[1].1.content["found"], false);
}

#[test]
fn a_fault_in_an_answer_costs_that_answer_only() {
    let mut bench = bench();
    bench.request("complete_request", json!({ "code": "fault", "cursor_pos": 0 }));
    assert_eq!(
        bench.summary(),
        ["status busy", "complete_reply error", "status idle"]
    );
    bench.request("is_complete_request", json!({ "code": "{" }));
    assert_eq!(
        bench.summary(),
        ["status busy", "is_complete_reply incomplete", "status idle"]
    );
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
fn an_interrupt_reaches_a_running_cell_only() {
    let mut bench = bench();
    bench.request("interrupt_request", json!({}));
    assert_eq!(
        bench.summary(),
        ["status busy", "interrupt_reply ok", "status idle"]
    );
    assert!(bench.interrupts.try_recv().is_err());
    bench.execute("loop {}");
    bench.request("interrupt_request", json!({}));
    assert_eq!(bench.interrupts.try_iter().count(), 1);
    bench.event_loop.handle(Event::Interrupt);
    assert_eq!(bench.interrupts.try_iter().count(), 1);
}

#[test]
fn input_goes_to_the_client_that_ran_the_cell() {
    let mut bench = bench();
    bench.execute("input()");
    let (answer, answered) = mpsc::channel();
    let question = |answer| Progress::Question {
        prompt: "name? ".into(),
        password: true,
        answer,
    };
    bench.progress(question(answer.clone()));
    let (socket, message) = bench.sent().pop().unwrap();
    assert_eq!(
        (socket, message.header.msg_type.as_str()),
        (Socket::Stdin, "input_request")
    );
    assert_eq!(
        (&message.identities[0], &message.content),
        (&"client".into(), &json!({ "prompt": "name? ", "password": true }))
    );
    for (kind, content) in [("input_reply", json!({})), ("nonsense", json!({ "value": "x" }))] {
        bench.message(Socket::Stdin, request(kind, content));
        assert!(answered.try_recv().is_err());
    }
    let reply = request("input_reply", json!({ "value": "Ada", "status": "ok" }));
    bench.message(Socket::Stdin, reply);
    assert_eq!(answered.try_recv().unwrap(), Ok("Ada".to_string()));
    bench.progress(question(answer.clone()));
    bench.event_loop.handle(Event::Interrupt);
    assert_eq!(
        answered.try_recv().unwrap(),
        Err("the cell was interrupted".to_string())
    );
    bench.finish(Ok(()));
    bench.request(
        "execute_request",
        json!({ "code": "input()", "allow_stdin": false }),
    );
    bench.progress(question(answer));
    assert!(
        answered
            .try_recv()
            .unwrap()
            .unwrap_err()
            .contains("nobody can be asked here")
    );
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
