//! Subshells, and the requests of the control channel that only some front ends know.

use super::*;

/// Asks on the control channel; gives the reply's content.
fn control(bench: &mut Bench, kind: &str, content: Value) -> Value {
    bench.message(Socket::Control, request(kind, content));
    let sent = bench.sent();
    assert_eq!(
        kinds(&sent),
        ["status", &kind.replace("_request", "_reply"), "status"]
    );
    assert_eq!(sent[1].0, Socket::Control);
    sent[1].1.content.clone()
}

fn in_subshell(name: &str, kind: &str, content: Value) -> Message {
    let mut message = request(kind, content);
    message.header.other.insert("subshell_id".into(), json!(name));
    message
}

fn new_subshell(bench: &mut Bench) -> String {
    let content = control(bench, "create_subshell_request", json!({}));
    assert_eq!(content["status"], "ok");
    content["subshell_id"].as_str().unwrap().to_string()
}

#[test]
fn subshells_are_made_listed_and_ended() {
    let mut bench = bench();
    let info = control(&mut bench, "kernel_info_request", json!({}));
    assert_eq!(info["supported_features"], json!(["kernel subshells"]));
    let (first, second) = (new_subshell(&mut bench), new_subshell(&mut bench));
    assert_ne!(first, second);
    let list = |bench: &mut Bench| control(bench, "list_subshell_request", json!({}));
    assert_eq!(
        list(&mut bench),
        json!({ "status": "ok", "subshell_id": [first, second] })
    );
    let delete = |bench: &mut Bench, name: &str| {
        control(bench, "delete_subshell_request", json!({ "subshell_id": name }))
    };
    assert_eq!(delete(&mut bench, &first), json!({ "status": "ok" }));
    assert_eq!(list(&mut bench)["subshell_id"], json!([second]));
    let again = delete(&mut bench, &first);
    assert_eq!(
        (&again["status"], &again["ename"]),
        (&json!("error"), &json!("SubshellNotFoundError"))
    );
    insta::assert_snapshot!(
        error_of(&delete(&mut bench, "x")),
        @r"
    there is no subshell x
    hint: create_subshell_request makes one and gives its name
    "
    );
}

fn error_of(content: &Value) -> String {
    let lines = content["traceback"].as_array().unwrap().iter();
    lines
        .map(|line| line.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_subshell_answers_while_the_main_shell_runs() {
    let mut bench = bench();
    let name = new_subshell(&mut bench);
    bench.execute("loop {}");
    bench.sent();
    for kind in [
        "complete",
        "inspect",
        "is_complete",
        "history",
        "comm_info",
        "kernel_info",
    ] {
        let content =
            json!({ "code": "a", "cursor_pos": 1, "detail_level": 0, "hist_access_type": "tail", "n": 1 });
        bench.message(
            Socket::Shell,
            in_subshell(&name, &format!("{kind}_request"), content),
        );
        let sent = bench.sent();
        assert_eq!(sent[1].1.header.msg_type, format!("{kind}_reply"));
        assert_eq!(
            sent[1].1.parent_header["subshell_id"],
            json!(name),
            "front ends match by it"
        );
        assert_eq!(sent.len(), 4);
    }
}

#[test]
fn a_cell_of_a_subshell_waits_and_is_not_aborted_with_the_main_shells() {
    let mut bench = bench();
    let name = new_subshell(&mut bench);
    bench.execute("1");
    bench.message(
        Socket::Shell,
        in_subshell(&name, "execute_request", json!({ "code": "2" })),
    );
    bench.execute("3");
    bench.sent();
    bench.finish(Err(error()));
    assert_eq!(bench.cells(), [(1, "1".to_string()), (2, "2".to_string())]);
    let aborted = ["status busy", "execute_reply aborted", "status idle"];
    let failed = ["error", "execute_reply error", "status idle"];
    assert_eq!(
        bench.summary(),
        [&failed[..], &aborted, &["status busy", "execute_input"]].concat()
    );
    // The subshell ends while its cell runs and another one waits.
    bench.message(
        Socket::Shell,
        in_subshell(&name, "execute_request", json!({ "code": "4" })),
    );
    bench.message(
        Socket::Control,
        request("delete_subshell_request", json!({ "subshell_id": name })),
    );
    let deleted = ["delete_subshell_reply ok", "status idle", "status busy"];
    assert_eq!(
        bench.summary(),
        [&["status busy"][..], &aborted, &deleted].concat()
    );
    bench.finish(Ok(()));
    assert_eq!(bench.summary(), ["execute_reply ok", "status idle"]);
}

#[test]
fn a_subshell_that_does_not_exist_is_an_error() {
    let mut bench = bench();
    bench.message(
        Socket::Shell,
        in_subshell("x", "execute_request", json!({ "code": "2" })),
    );
    assert_eq!(
        bench.summary(),
        ["status busy", "execute_reply error", "status idle"]
    );
    bench.message(
        Socket::Shell,
        in_subshell("x", "comm_msg", json!({ "comm_id": "c", "data": {} })),
    );
    assert_eq!(bench.summary(), ["status busy", "status idle"]);
    assert_eq!(bench.cells(), []);
    let mut main = request("execute_request", json!({ "code": "1" }));
    main.header.other.insert("subshell_id".into(), Value::Null);
    bench.message(Socket::Shell, main);
    assert_eq!(bench.cells(), [(1, "1".to_string())]);
}

#[test]
fn the_rarer_requests_are_answered() {
    let mut bench = bench();
    let ports = control(&mut bench, "connect_request", json!({}));
    assert_eq!(ports, json!({ "status": "ok", "shell_port": 1 }));
    let debug = json!({ "type": "request", "seq": 7, "command": "debugInfo", "arguments": {} });
    let debug = control(&mut bench, "debug_request", debug);
    assert_eq!(
        (&debug["success"], &debug["request_seq"]),
        (&json!(false), &json!(7))
    );
    assert_eq!(
        (&debug["command"], &debug["status"]),
        (&json!("debugInfo"), &json!("error"))
    );
    insta::assert_snapshot!(error_of(&debug), @r"
    this kernel has no debugger
    hint: `dbg!(x)` prints a value with its place
    ");
    let usage = control(&mut bench, "usage_request", json!({}));
    assert_eq!(usage["pid"], json!(std::process::id()));
    assert!(usage["kernel_memory"].as_u64().unwrap() > 0, "{usage}");
}
