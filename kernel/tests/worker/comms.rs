//! Messages on comms: handled in a copy of the process, like a cell, by code that no cell's library brings.

use hebb_kernel::output::{CommKind, CommMessage};
use serde_json::{Value, json};

use super::*;

/// Has one message, and keeps what is shown.
struct Waiting {
    messages: Vec<CommMessage>,
    seen: Vec<Output>,
}

impl CellHost for Waiting {
    fn emit(&mut self, output: Output) {
        self.seen.push(output);
    }

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err("nobody is there".into())
    }

    fn comms(&mut self) -> Vec<CommMessage> {
        std::mem::take(&mut self.messages)
    }
}

fn message(kind: CommKind, data: Value, buffers: &[&'static [u8]]) -> CommMessage {
    CommMessage {
        kind,
        id: "c".into(),
        data,
        metadata: Default::default(),
        buffers: buffers.iter().map(|buffer| (*buffer).into()).collect(),
    }
}

fn deliver(worker: &mut Worker, messages: Vec<CommMessage>) -> (Ran, Vec<Output>) {
    let mut host = Waiting {
        messages,
        seen: vec![],
    };
    (worker.deliver(&mut host), host.seen)
}

#[test]
fn a_message_reaches_its_handler_and_what_that_does_counts_unless_it_fails() {
    let mut worker = worker();
    let opening = CommKind::Open { target: "t".into() };
    let (ran, seen) = deliver(
        &mut worker,
        vec![message(opening, json!({ "é": [1.5] }), &[b"\x00\xff", b""])],
    );
    assert_eq!(ran, ok());
    let list = json!([{
        "kind": "open", "id": "c", "target": "t", "data": { "é": [1.5] }, "metadata": {}, "buffers": ["AP8=", ""]
    }]);
    assert_eq!(
        seen,
        [Output::Comm(message(CommKind::Message, list, &[b"\x00\xff"]))]
    );
    assert_eq!(count(&mut worker), (ok(), "107\n".into()));
    let (ran, _) = deliver(&mut worker, vec![message(CommKind::Message, json!("fail"), &[])]);
    assert_eq!(ran, failed("failed"));
    assert_eq!(count(&mut worker), (ok(), "107\n".into()));
}

#[test]
fn messages_that_no_cell_can_take_are_left_out_with_a_note() {
    let mut worker = worker();
    let text = "x".repeat(65 << 20);
    let (ran, seen) = deliver(&mut worker, vec![message(CommKind::Message, json!(text), &[])]);
    assert_eq!(
        seen,
        [Output::Comm(message(
            CommKind::Message,
            json!([]),
            &[b"\x00\xff"]
        ))]
    );
    let RunOutcome::Ok { notes, .. } = ran.outcome else {
        panic!("{ran:?}")
    };
    assert_eq!(
        notes,
        ["the front end sent more on a comm than a cell can take at once"]
    );
}
