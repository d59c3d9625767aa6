"""Comms between a front end and code in cells: with buffers, between cells and while one runs, through failures and restarts."""

from __future__ import annotations

from typing import Any

import pytest

from conftest import PATIENCE, Kernel
from test_kernel_protocol import finish, iopub, reply, wait_until_started

REGISTER = """use hebb_prelude::comm::{self, Comm, json};
comm::on_open("doubler", |comm, data, buffers| {
    comm.send_with(&json!({ "opened": data }), &[&buffers.concat()]);
    comm.on_message(|comm, data, buffers| {
        println!("{} buffers", buffers.len());
        let reversed: Vec<Vec<u8>> = buffers.iter().map(|b| b.iter().rev().copied().collect()).collect();
        let views: Vec<&[u8]> = reversed.iter().map(|b| b.as_slice()).collect();
        comm.send_with(&json!(data.as_f64().expect("a number") * 2.0), &views);
    });
    comm.on_close(|_, data, _| println!("closed with {data}"));
});"""


def send(kernel: Kernel, kind: str, comm: str, data: Any, buffers: list[bytes] = [], **content: Any) -> str:
    """Sends a message on a comm; gives its name."""
    message = kernel.client.session.msg(kind, {"comm_id": comm, "data": data, **content})
    kernel.client.session.send(kernel.client.shell_channel.socket, message, buffers=buffers)
    return message["header"]["msg_id"]


def open_comm(kernel: Kernel, comm: str, target: str = "doubler", **arguments: Any) -> list[dict[str, Any]]:
    request = send(kernel, "comm_open", comm, arguments.pop("data", {}), target_name=target, **arguments)
    return answers(kernel, request)


def answers(kernel: Kernel, request: str) -> list[dict[str, Any]]:
    """What came between busy and idle."""
    messages = list(iopub(kernel.client, request))
    states = [m["content"].get("execution_state") for m in messages if m["msg_type"] == "status"]
    assert states[0] == "busy" and states[-1] == "idle"
    return [m for m in messages if m["msg_type"] != "status"]


def buffers(message: dict[str, Any]) -> list[bytes]:
    return [bytes(buffer) for buffer in message["buffers"]]


@pytest.fixture(scope="module", autouse=True)
def registered(kernel: Kernel) -> None:
    answer = kernel.run(REGISTER)
    assert answer.status == "ok", answer.error


def test_a_comm_carries_data_and_buffers_both_ways(kernel: Kernel) -> None:
    opened = open_comm(kernel, "a", data={"x": "é"}, buffers=[b"\x00\xff", b"", b"\x01"])
    assert [m["content"] for m in opened] == [{"comm_id": "a", "data": {"opened": {"x": "é"}}}]
    assert buffers(opened[0]) == [b"\x00\xff\x01"]
    large = bytes(range(256)) * 4096 * 6
    text, said = answers(kernel, send(kernel, "comm_msg", "a", 21, [b"\x01\x02\x03", large]))
    assert text["content"] == {"name": "stdout", "text": "2 buffers\n"}
    assert said["content"] == {"comm_id": "a", "data": 42.0}
    assert buffers(said) == [b"\x03\x02\x01", large[::-1]]
    info = reply(kernel.client, kernel.client.comm_info(target_name="doubler"))["content"]
    assert info == {"status": "ok", "comms": {"a": {"target_name": "doubler"}}}
    [closed] = answers(kernel, send(kernel, "comm_close", "a", "bye"))
    assert closed["content"]["text"] == 'closed with "bye"\n'
    assert reply(kernel.client, kernel.client.comm_info())["content"]["comms"] == {}


def test_a_handler_that_fails_is_undone_and_shown_and_the_comm_lives_on(kernel: Kernel) -> None:
    open_comm(kernel, "b")
    messages = answers(kernel, send(kernel, "comm_msg", "b", "no number"))
    assert [m["msg_type"] for m in messages] == ["stream", "error"]
    assert messages[1]["content"]["ename"] == "Panic" and "a number" in messages[1]["content"]["evalue"]
    assert "expect" in "\n".join(messages[1]["content"]["traceback"]), "the place in the cell is shown"
    assert [m["content"]["data"] for m in answers(kernel, send(kernel, "comm_msg", "b", 2))[1:]] == [4.0]
    answers(kernel, send(kernel, "comm_close", "b", None))


def test_messages_wait_for_the_running_cell_or_are_taken_by_it(kernel: Kernel) -> None:
    open_comm(kernel, "c")
    code = """println!("started");
    let mut handled = 0;
    while handled == 0 { handled = hebb_prelude::comm::poll(); }
    handled"""
    cell = kernel.client.execute(code)
    wait_until_started(kernel.client, cell)
    send(kernel, "comm_msg", "c", 5)
    messages = list(iopub(kernel.client, cell))
    said = [m["content"]["data"] for m in messages if m["msg_type"] == "comm_msg"]
    assert said == [10.0], "handled inside the cell"
    assert [m["content"]["data"]["text/plain"] for m in messages if m["msg_type"] == "execute_result"] == ["1"]
    assert reply(kernel.client, cell)["content"]["status"] == "ok"
    # A cell that does not ask is not disturbed; the message is handled behind it.
    cell = kernel.client.execute('println!("started"); input("?")', allow_stdin=True)
    wait_until_started(kernel.client, cell)
    message = send(kernel, "comm_msg", "c", 6)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    kernel.client.input("x")
    assert finish(kernel.client, cell)["status"] == "ok"
    assert [m["content"]["data"] for m in answers(kernel, message)[1:]] == [12.0]
    answers(kernel, send(kernel, "comm_close", "c", None))


def test_a_cell_opens_a_comm_and_a_failed_one_leaves_none(kernel: Kernel) -> None:
    code = """let comm = Comm::open("plot", &json!({ "title": "loss" }));
    comm.on_message(|comm, data, _| { comm.send(data); comm.close(); });"""
    opening = kernel.run(code)
    assert opening.status == "ok", opening.error
    [content] = opening.of_type("comm_open")
    assert (content["target_name"], content["data"]) == ("plot", {"title": "loss"})
    assert kernel.run("comm.send(&json!(0.5));").of_type("comm_msg")[0]["data"] == 0.5
    echoed = answers(kernel, send(kernel, "comm_msg", content["comm_id"], [1]))
    assert [m["msg_type"] for m in echoed] == ["comm_msg", "comm_close"]
    failed = kernel.run('let gone = Comm::open("plot", &json!({})); comm::on_open("late", |_, _, _| {}); panic!("no")')
    assert failed.status == "error"
    assert [m["msg_type"] for m in failed.messages] == ["comm_open", "error", "comm_close"]
    assert [m["msg_type"] for m in open_comm(kernel, "d", "late")] == ["comm_close"]
    assert reply(kernel.client, kernel.client.comm_info())["content"]["comms"] == {}


def test_comms_are_not_for_other_threads(kernel: Kernel) -> None:
    answer = kernel.run("std::thread::spawn(|| { comm::poll(); }).join().is_err()")
    assert answer.result == "true"
    assert "on a thread that the cell has started" in str(answer.messages)


def test_who_lost_its_code_is_closed(kernel: Kernel) -> None:
    open_comm(kernel, "e")
    answer = kernel.run(":reset")
    assert answer.status == "ok", answer.error
    assert [m["msg_type"] for m in answers(kernel, send(kernel, "comm_msg", "e", 1))] == ["comm_close"]
    assert [m["msg_type"] for m in open_comm(kernel, "f")] == ["comm_close"]
    assert kernel.run(REGISTER).status == "ok"
    open_comm(kernel, "g")
    assert [m["content"]["data"] for m in answers(kernel, send(kernel, "comm_msg", "g", 1))[1:]] == [2.0]
