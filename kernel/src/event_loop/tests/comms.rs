//! Comms: from the front end to a cell's code and back, with buffers.

use super::*;
use crate::output::{CommKind, CommMessage};

fn message(kind: CommKind, id: &str, data: Value) -> CommMessage {
    CommMessage {
        kind,
        id: id.to_string(),
        data,
        metadata: Default::default(),
        buffers: vec![],
    }
}

impl Bench {
    /// A cell that takes comms of the target `slider`, and has ended well.
    fn register(&mut self) {
        self.execute("register");
        self.progress(Progress::Output(Output::CommTarget("slider".into())));
        self.finish(Ok(()));
        self.orders.try_iter().count();
        self.sent();
    }

    fn open(&mut self, id: &str) {
        let content = json!({ "comm_id": id, "target_name": "slider", "data": { "value": 3 } });
        let mut opening = request("comm_open", content);
        opening.buffers = vec![vec![0, 255].into()];
        opening.metadata.insert("version".into(), json!("2.1"));
        self.message(Socket::Shell, opening);
    }

    fn say(&mut self, id: &str, kind: &str) {
        self.request(kind, json!({ "comm_id": id, "data": "hello" }));
    }

    fn comms(&mut self, target: Value) -> Value {
        self.request("comm_info_request", target);
        let sent = self.sent();
        sent.iter()
            .find(|(_, message)| message.header.msg_type == "comm_info_reply")
            .map(|(_, message)| message.content["comms"].clone())
            .unwrap()
    }

    fn ordered(&mut self) -> Vec<CommMessage> {
        let orders = self.orders.try_iter();
        orders
            .filter_map(|order| match order {
                Order::Comm(message) => Some(message),
                Order::Cell { .. } => None,
            })
            .collect()
    }
}

#[test]
fn who_opens_a_comm_that_nobody_waits_for_is_told() {
    let mut bench = bench();
    bench.open("c");
    assert_eq!(bench.summary(), ["status busy", "comm_close", "status idle"]);
    for kind in ["comm_msg", "comm_close"] {
        bench.say("c", kind);
        assert_eq!(bench.summary(), ["status busy", "status idle"]);
    }
    for content in [json!({}), json!({ "comm_id": 7 }), json!([])] {
        bench.request("comm_open", content);
        assert_eq!(bench.summary(), ["status busy", "status idle"]);
    }
    assert_eq!(bench.ordered(), []);
}

#[test]
fn a_comm_lives_from_open_to_close() {
    let mut bench = bench();
    bench.register();
    bench.open("c");
    let mut opening = message(
        CommKind::Open {
            target: "slider".into(),
        },
        "c",
        json!({ "value": 3 }),
    );
    opening.buffers = vec![vec![0, 255].into()];
    opening.metadata.insert("version".into(), json!("2.1"));
    assert_eq!(bench.ordered(), [opening]);
    assert_eq!(bench.summary(), ["status busy"]);
    // What the cell's code says belongs to the message that it handles.
    let mut answer = message(CommKind::Message, "c", json!({ "doubled": 6 }));
    answer.buffers = vec![vec![1, 2, 3].into()];
    answer.metadata.insert("k".into(), json!(1));
    bench.progress(Progress::Output(Output::Comm(answer)));
    bench.print("seen");
    bench.finish(Ok(()));
    let sent = bench.sent();
    assert_eq!(
        kinds(&sent),
        ["comm_msg", "stream", "status"],
        "a comm's message has no reply"
    );
    assert_eq!(
        sent[0].1.content,
        json!({ "comm_id": "c", "data": { "doubled": 6 } })
    );
    assert_eq!(sent[0].1.buffers, [vec![1_u8, 2, 3]]);
    assert_eq!(sent[0].1.metadata["k"], 1);
    assert_eq!(sent[0].1.parent_header["msg_type"], "comm_open");
    assert_eq!(
        bench.comms(json!({})),
        json!({ "c": { "target_name": "slider" } })
    );
    assert_eq!(bench.comms(json!({ "target_name": "other" })), json!({}));
    bench.say("c", "comm_close");
    assert_eq!(bench.ordered(), [message(CommKind::Close, "c", json!("hello"))]);
    bench.finish(Ok(()));
    assert_eq!(bench.comms(json!({ "target_name": "slider" })), json!({}));
}

#[test]
fn a_message_waits_for_the_running_cell_or_is_taken_by_it() {
    let mut bench = bench();
    bench.register();
    bench.open("c");
    bench.finish(Ok(()));
    bench.ordered();
    bench.execute("train");
    bench.execute("next");
    bench.sent();
    bench.say("c", "comm_msg");
    bench.say("c", "comm_close");
    assert_eq!(bench.summary(), [""; 0]);
    let (answer, taken) = mpsc::channel();
    bench.progress(Progress::Comms(answer.clone()));
    let taken_now = taken.try_recv().unwrap();
    assert_eq!(taken_now.len(), 2);
    assert_eq!(taken_now[0], message(CommKind::Message, "c", json!("hello")));
    assert_eq!(taken_now[1].kind, CommKind::Close);
    let handled = ["status busy", "status idle"];
    assert_eq!(
        bench.summary(),
        [&handled[..], &handled, &["status busy"]].concat()
    );
    bench.progress(Progress::Comms(answer));
    assert_eq!(taken.try_recv().unwrap(), []);
    bench.sent();
    bench.finish(Ok(()));
    assert_eq!(bench.cells(), [(2, "train".to_string()), (3, "next".to_string())]);
}

#[test]
fn an_error_aborts_cells_but_no_messages() {
    let mut bench = bench();
    bench.register();
    bench.open("c");
    bench.finish(Ok(()));
    bench.ordered();
    bench.execute("fails");
    bench.execute("aborted");
    bench.say("c", "comm_msg");
    bench.finish(Err(error()));
    assert_eq!(bench.ordered(), [message(CommKind::Message, "c", json!("hello"))]);
    bench.sent();
    bench.finish(Err(error()));
    // A fault in a handler is shown, and costs nothing else.
    assert_eq!(bench.summary(), ["error", "status idle"]);
}

#[test]
fn a_cell_opens_comms_itself_and_loses_them_when_it_fails() {
    let mut bench = bench();
    let opening = || {
        let kind = CommKind::Open {
            target: "plot".into(),
        };
        Progress::Output(Output::Comm(message(kind, "mine", json!({}))))
    };
    bench.execute("good");
    bench.progress(opening());
    bench.finish(Ok(()));
    let sent = bench.sent();
    assert_eq!(
        sent[2].1.content,
        json!({ "comm_id": "mine", "target_name": "plot", "data": {} })
    );
    assert_eq!(
        bench.comms(json!({})),
        json!({ "mine": { "target_name": "plot" } })
    );
    bench.execute("close");
    bench.progress(Progress::Output(Output::Comm(message(
        CommKind::Close,
        "mine",
        json!({}),
    ))));
    bench.finish(Ok(()));
    assert_eq!(bench.comms(json!({})), json!({}));
    bench.execute("bad");
    bench.progress(opening());
    bench.progress(Progress::Output(Output::CommTarget("slider".into())));
    bench.sent();
    bench.finish(Err(error()));
    assert_eq!(
        bench.summary(),
        ["error", "comm_close", "execute_reply error", "status idle"]
    );
    bench.orders.try_iter().count();
    bench.open("late");
    assert_eq!(bench.summary(), ["status busy", "comm_close", "status idle"]);
}
