//! Questions about code: answered beside a running cell, in code points, and each for itself.

use super::*;

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
