//! Cells: what they send, in which order, and who waits for whom.

use super::*;

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
    assert_eq!(
        kinds(&sent),
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
