"""The rules of the messaging protocol, one by one, where no other file has them already: what wraps a request, and what its fields do."""

from __future__ import annotations

import base64
from typing import Any, Callable

import pytest
from jupyter_client import BlockingKernelClient

from conftest import PATIENCE, Kernel
from test_kernel_protocol import control, finish, iopub, reply, second_client

REQUESTS: dict[str, dict[str, Any]] = {
    "kernel_info": {},
    "execute": {"code": "1", "silent": False},
    "complete": {"code": "Tens", "cursor_pos": 4},
    "inspect": {"code": "Tensor", "cursor_pos": 3, "detail_level": 0},
    "is_complete": {"code": "{"},
    "history": {"hist_access_type": "tail", "n": 1, "output": False, "raw": True},
    "comm_info": {},
    "connect": {},
    "usage": {},
    "debug": {"type": "request", "seq": 1, "command": "debugInfo"},
    "create_subshell": {},
    "list_subshell": {},
    "delete_subshell": {"subshell_id": "none"},
    "interrupt": {},
    "nobody_knows_this": {},
}


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("kind", REQUESTS)
def test_every_request_is_busy_answered_and_idle_under_its_own_header(kernel: Kernel, kind: str, channel: str) -> None:
    client = kernel.client
    request = client.session.msg(f"{kind}_request", REQUESTS[kind])
    request["header"]["a_field_of_tomorrow"] = [1, None]
    getattr(client, f"{channel}_channel").send(request)
    answer = reply(client, request["header"]["msg_id"], channel)
    assert answer["msg_type"] == f"{kind}_reply"
    assert answer["content"]["status"] in ("ok", "error", "incomplete")
    messages = list(iopub(client, request["header"]["msg_id"]))
    states = [m["content"].get("execution_state") for m in messages]
    assert (states[0], states[-1]) == ("busy", "idle") and states.count("busy") == states.count("idle") == 1
    for message in [answer, *messages]:
        parent = message["parent_header"]
        assert {name: parent[name] for name in ("msg_id", "session", "username", "msg_type", "version")} == {
            name: request["header"][name] for name in ("msg_id", "session", "username", "msg_type", "version")
        }
        assert parent["a_field_of_tomorrow"] == [1, None], "the header comes back whole"
        assert message["header"]["version"] == "5.5"
    identities = {m["header"]["session"] for m in [answer, *messages]}
    assert len(identities) == 1, "all is said by one session, the kernel's"
    if kind == "create_subshell":
        control(client, "delete_subshell_request", subshell_id=answer["content"]["subshell_id"])


def test_kernel_info_has_every_field(kernel: Kernel) -> None:
    info = control(kernel.client, "kernel_info_request")["content"]
    assert {name: info[name] for name in ("status", "protocol_version", "implementation", "debugger")} == {
        "status": "ok",
        "protocol_version": "5.5",
        "implementation": "hebb",
        "debugger": False,
    }
    assert info["supported_features"] == ["kernel subshells"]
    assert info["language_info"] == {
        "name": "rust",
        "version": info["language_info"]["version"],
        "mimetype": "text/x-rustsrc",
        "file_extension": ".rs",
        "pygments_lexer": "rust",
        "codemirror_mode": "rust",
    }
    assert info["implementation_version"] in info["banner"]
    assert all(set(link) == {"text", "url"} and link["url"].startswith("https://") for link in info["help_links"])
    assert info["help_links"]


def test_silent_shows_nothing_and_neither_it_nor_store_history_false_counts(start_kernel: Callable[..., Kernel]) -> None:
    fresh = start_kernel()
    quiet = fresh.run('println!("unheard"); let quiet = 5; 6', silent=True)
    assert (quiet.status, quiet.messages) == ("ok", [])
    failed = fresh.run('panic!("unheard")', silent=True)
    assert (failed.status, failed.messages) == ("error", []) and failed.content["evalue"]
    unstored = fresh.run("quiet", store_history=False)
    assert (unstored.result, unstored.content["execution_count"]) == ("5", 1)
    counted = fresh.run("quiet + 1")
    assert (counted.result, counted.content["execution_count"]) == ("6", 1)
    empty = fresh.run("  ")
    assert empty.status == "ok"
    assert fresh.run("2").content["execution_count"] == 2, "an empty cell has no number"


def test_without_stop_on_error_the_cells_behind_a_failed_one_run(kernel: Kernel) -> None:
    client = kernel.client
    first = client.execute('panic!("no")', stop_on_error=False)
    second = client.execute("1")
    third = client.execute('panic!("no")', stop_on_error=True)
    fourth = client.execute("2")
    assert [finish(client, request)["status"] for request in (first, second, third, fourth)] == [
        "error",
        "ok",
        "error",
        "aborted",
    ]


def test_user_expressions_are_evaluated_behind_a_success_only_and_show_nothing(kernel: Kernel) -> None:
    expressions = {"sum": "price + 1", "rich": "Tensor::zeros([32, 32])", "loud": 'println!("unheard")', "bad": "(", "é": '"é"'}
    answer = kernel.run("let price = 3;", user_expressions=expressions)
    values = answer.content["user_expressions"]
    assert answer.messages == []
    assert values["sum"] == {"status": "ok", "data": {"text/plain": "4"}, "metadata": {}}
    assert {"text/plain", "image/svg+xml"} <= set(values["rich"]["data"])
    assert values["loud"] == {"status": "ok", "data": {}, "metadata": {}}
    assert values["bad"]["status"] == "error" and {"ename", "evalue", "traceback"} <= set(values["bad"])
    assert values["é"]["data"]["text/plain"] == '"é"'
    failed = kernel.run('panic!("no")', user_expressions=expressions)
    assert failed.content.get("user_expressions", {}) == {}
    # The cell alone is undone if an expression fails: it keeps its variables.
    assert kernel.run("price").result == "3"


def test_a_result_comes_once_and_last_and_pictures_are_base64(kernel: Kernel) -> None:
    code = """struct Picture;
    impl Show for Picture {
        fn show(&self) -> MimeBundle { MimeBundle::text("a picture").with_png([0x89, b'P', b'N', b'G']).with_svg("<svg/>") }
    }
    println!("before");
    display(&Picture);
    print!("and no end of line");
    Picture"""
    answer = kernel.run(code)
    assert answer.status == "ok", answer.error
    assert [m["msg_type"] for m in answer.messages] == ["stream", "display_data", "stream", "execute_result"]
    for content in (answer.of_type("display_data")[0], answer.of_type("execute_result")[0]):
        assert base64.b64decode(content["data"]["image/png"]) == b"\x89PNG"
        assert (content["data"]["image/svg+xml"], content["data"]["text/plain"]) == ("<svg/>", "a picture")
        assert content["metadata"] == {}
    assert answer.of_type("execute_result")[0]["execution_count"] == answer.content["execution_count"]


def test_displays_are_made_updated_and_cleared_from_functions_loops_and_threads(kernel: Kernel) -> None:
    code = """fn shown(value: f32) { display(&Tensor::full([1], value)); }
    shown(1.);
    for value in [2., 3.] { shown(value); }
    std::thread::spawn(|| shown(4.)).join().unwrap();
    let live = display_live(&Tensor::full([1], 5.));
    let alive = std::thread::scope(|scope| scope.spawn(|| live.update(&Tensor::full([1], 6.))).join().is_ok());
    hebb_prelude::dl_core::display::host().clear(true);
    shown(7.);
    alive"""
    answer = kernel.run(code)
    assert (answer.status, answer.result) == ("ok", "true"), answer.error
    kinds = [m["msg_type"] for m in answer.messages]
    assert kinds == ["display_data"] * 5 + ["update_display_data", "clear_output", "display_data", "execute_result"]
    texts = [m["content"]["data"]["text/plain"] for m in answer.messages if "data" in m["content"]]
    assert all(str(value) in text for value, text in zip(range(1, 8), texts)), texts


def test_a_restart_is_told_to_everyone_and_answered(start_kernel: Callable[..., Kernel]) -> None:
    fresh = start_kernel()
    other = second_client(fresh)
    try:
        content = control(fresh.client, "shutdown_request", restart=True)["content"]
        assert content == {"status": "ok", "restart": True}
        while (message := other.get_iopub_msg(timeout=PATIENCE))["msg_type"] != "shutdown_reply":
            pass
        assert message["content"] == content
        assert fresh.manager.provisioner.process.wait(timeout=PATIENCE) == 0
    finally:
        other.stop_channels()


def test_a_question_goes_to_its_asker_alone_and_only_the_first_answer_counts(kernel: Kernel) -> None:
    other = second_client(kernel)
    try:
        request = kernel.client.execute('let word = input("word? "); let more = input(""); format!("{word} {more}")', allow_stdin=True)
        question = kernel.client.get_stdin_msg(timeout=PATIENCE)
        assert question["parent_header"]["msg_id"] == request
        assert question["content"] == {"prompt": "word? ", "password": False}
        kernel.client.input("first")
        assert kernel.client.get_stdin_msg(timeout=PATIENCE)["content"]["prompt"] == ""
        kernel.client.input("second")
        [result] = [m["content"] for m in iopub(kernel.client, request) if m["msg_type"] == "execute_result"]
        assert result["data"]["text/plain"] == '"first second"'
        assert reply(kernel.client, request)["content"]["status"] == "ok"
        assert not other.stdin_channel.msg_ready(), "nobody else is asked"
        # An answer that nobody waits for is dropped.
        kernel.client.input("too late")
        assert kernel.run("1").result == "1"
    finally:
        other.stop_channels()


def test_a_client_without_an_identity_is_answered_too(kernel: Kernel) -> None:
    client = BlockingKernelClient(connection_file=kernel.manager.connection_file)
    client.load_connection_file()
    client.session.session = ""
    client.start_channels()
    try:
        assert reply(client, client.kernel_info())["content"]["status"] == "ok"
    finally:
        client.stop_channels()
