"""The protocol, checked with a real jupyter_client against the installed binary.

What is said in messages is checked here; what cells mean is checked in the engine's own tests.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from queue import Empty
from typing import Any, Callable, Iterator

import psutil
import pytest
import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

from conftest import KERNEL_NAME, PATIENCE, Kernel

FOREVER = 'println!("started"); loop { std::hint::spin_loop() }'


def iopub(client: Any, request: str) -> Iterator[dict[str, Any]]:
    """The broadcasts that a request causes, up to its idle."""
    while True:
        message = client.get_iopub_msg(timeout=PATIENCE)
        if message["parent_header"].get("msg_id") != request:
            continue
        yield message
        if message["content"].get("execution_state") == "idle":
            return


def reply(client: Any, request: str, channel: str = "shell") -> dict[str, Any]:
    """The answer to a request."""
    while True:
        message = getattr(client, f"get_{channel}_msg")(timeout=PATIENCE)
        if message["parent_header"]["msg_id"] == request:
            return message


def control(client: Any, kind: str, **content: Any) -> dict[str, Any]:
    """Asks on the control channel."""
    message = client.session.msg(kind, content)
    client.control_channel.send(message)
    return reply(client, message["header"]["msg_id"], "control")


def wait_until_started(client: Any, request: str) -> None:
    """Waits for the first text of a cell."""
    for message in iopub(client, request):
        if message["msg_type"] == "stream":
            return
    raise AssertionError("the cell ended before it printed")


def finish(client: Any, request: str) -> dict[str, Any]:
    """Reads a cell's messages to its idle and gives its reply."""
    for _ in iopub(client, request):
        pass
    return reply(client, request)["content"]


@pytest.fixture
def fresh(start_kernel: Callable[..., Kernel]) -> Kernel:
    """A kernel for tests that end it."""
    return start_kernel()


def second_client(kernel: Kernel) -> BlockingKernelClient:
    # Not by `manager.client()`: that one would have the first client's identity.
    client = BlockingKernelClient(connection_file=kernel.manager.connection_file)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    return client


def test_a_value_is_shown_between_busy_and_idle(fresh: Kernel) -> None:
    request = fresh.client.execute("1+1")
    messages = list(iopub(fresh.client, request))
    kinds = [message["content"].get("execution_state", message["msg_type"]) for message in messages]
    assert kinds == ["busy", "execute_input", "execute_result", "idle"]
    assert messages[1]["content"]["execution_count"] == 1, "the first cell is In [1]"
    assert messages[2]["content"]["data"]["text/plain"] == "2"
    content = reply(fresh.client, request)["content"]
    assert (content["status"], content["execution_count"]) == ("ok", 1)


def test_kernel_info_on_both_channels(kernel: Kernel) -> None:
    shell = reply(kernel.client, kernel.client.kernel_info())["content"]
    info = shell["language_info"]
    assert shell["protocol_version"] == "5.5"
    assert (info["name"], info["file_extension"], info["pygments_lexer"]) == ("rust", ".rs", "rust")
    assert info["version"].startswith("1.")
    assert control(kernel.client, "kernel_info_request")["content"] == shell


def test_streams_keep_their_order(kernel: Kernel) -> None:
    show = "display(&Tensor::full([1], 7.));"
    code = f'println!("one"); {show} println!("two"); {show} {show} print!("three"); eprintln!("four");'
    answer = kernel.run(code)
    assert answer.status == "ok", answer.error
    shown = [m["content"].get("text", "display") for m in answer.messages if m["content"].get("name") != "stderr"]
    assert shown == ["one\n", "display", "two\n", "display", "display", "three"]
    assert answer.text("stderr") == "four\n"


def test_text_is_seen_while_the_cell_runs(kernel: Kernel) -> None:
    code = 'println!("listen"); let answer = input("?"); println!("{answer}");'
    request = kernel.client.execute(code, allow_stdin=True)
    # The cell cannot end before it is answered.
    wait_until_started(kernel.client, request)
    question = kernel.client.get_stdin_msg(timeout=PATIENCE)
    assert question["content"] == {"prompt": "?", "password": False}
    kernel.client.input("é 42")
    shown = "".join(m["content"]["text"] for m in iopub(kernel.client, request) if m["msg_type"] == "stream")
    assert shown == "é 42\n"


def test_input_without_a_person_fails_the_cell(kernel: Kernel) -> None:
    answer = kernel.run('input("?");', allow_stdin=False)
    assert answer.status == "error"
    assert "nobody can be asked" in answer.error


def test_a_failed_cell_has_one_error_and_aborts_the_next(kernel: Kernel) -> None:
    first = kernel.client.execute('panic!("no")')
    second = kernel.client.execute("1")
    errors = [m["content"] for m in iopub(kernel.client, first) if m["msg_type"] == "error"]
    content = reply(kernel.client, first)["content"]
    assert errors == [{key: content[key] for key in ("ename", "evalue", "traceback")}]
    assert content["ename"] == "Panic" and "no" in content["evalue"]
    assert finish(kernel.client, second)["status"] == "aborted"
    assert kernel.run("1").result == "1"


def test_user_expressions_have_values_or_errors(kernel: Kernel) -> None:
    content = kernel.run("let price = 3;", user_expressions={"good": "price * 2", "bad": "nothing"}).content
    assert content["user_expressions"]["good"]["data"]["text/plain"] == "6"
    assert content["user_expressions"]["bad"]["status"] == "error"


def test_a_message_of_six_megabytes_arrives_whole(kernel: Kernel) -> None:
    answer = kernel.run('print!("{}", "0123456789".repeat(600_000));')
    assert answer.text() == "0123456789" * 600_000
    code = """struct Big;
    impl Show for Big {
        fn show(&self) -> MimeBundle { MimeBundle::text("big").with_html("x".repeat(6_000_000)) }
    }
    display(&Big);"""
    answer = kernel.run(code)
    assert answer.status == "ok", answer.error
    assert [len(content["data"]["text/html"]) for content in answer.of_type("display_data")] == [6_000_000]


def test_questions_are_answered_while_a_cell_runs(kernel: Kernel) -> None:
    client = kernel.client
    request = client.execute(FOREVER)
    wait_until_started(client, request)
    assert reply(client, client.complete("Tens", 4))["content"]["status"] == "ok"
    assert reply(client, client.is_complete("{"))["content"]["status"] == "incomplete"
    assert reply(client, client.kernel_info())["content"]["status"] == "ok"
    assert client.hb_channel.is_beating()
    assert control(client, "interrupt_request")["content"]["status"] == "ok"
    assert finish(client, request)["ename"] == "Interrupted"


def test_a_training_that_is_stopped_keeps_what_it_learned_and_the_cells_behind_it_do_not_run(kernel: Kernel) -> None:
    client = kernel.client
    setup = """let data = xor(4000, 0.2);
    let mut model = Sequential::new([2]).add(Dense::new(8).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
    model.compile(Adam::new(0.01), BinaryCrossentropy::new(), [Accuracy]);"""
    assert kernel.run(setup).status == "ok"
    training = client.execute("let history = model.fit(&data, Fit::epochs(1_000_000))?;")
    behind = client.execute('println!("not wanted any more");')
    for message in iopub(client, training):
        if message["msg_type"] == "display_data":
            break
    assert control(client, "interrupt_request")["content"]["status"] == "ok"
    content = finish(client, training)
    assert content["ename"] == "Interrupted"
    assert "is kept" in content["evalue"]
    assert finish(client, behind)["status"] == "aborted"
    assert kernel.run("history.interrupted() && model.evaluate(&data)?.loss() > 0.0").result == "true"


@pytest.mark.parametrize("by_signal", [False, True])
def test_an_endless_loop_is_stopped_and_undone(kernel: Kernel, by_signal: bool) -> None:
    client = kernel.client
    assert kernel.run("let kept = 1;").status == "ok"
    request = client.execute(FOREVER)
    wait_until_started(client, request)
    if by_signal:
        os.kill(kernel.manager.provisioner.pid, signal.SIGINT)
    else:
        kernel.manager.interrupt_kernel()
    content = finish(client, request)
    assert content["ename"] == "Interrupted"
    assert "all variables are as they were" in content["evalue"]
    assert kernel.run("kept").result == "1"


@pytest.mark.parametrize("seen", ["status", "execute_input", "stream"])
def test_a_stop_at_any_moment_of_a_new_kernels_first_cell_counts(fresh: Kernel, seen: str) -> None:
    """While the engine starts, while the cell is compiled, while it runs."""
    client = fresh.client
    request = client.execute(FOREVER)
    for message in iopub(client, request):
        if message["msg_type"] == seen:
            break
    assert control(client, "interrupt_request")["content"]["status"] == "ok"
    assert finish(client, request)["ename"] == "Interrupted"
    assert fresh.run("1").result == "1"


def test_a_cell_that_waits_for_an_answer_is_stopped(kernel: Kernel) -> None:
    client = kernel.client
    assert kernel.run("let mut asked = 0;").status == "ok"
    request = client.execute('asked += 1;\ninput("your name? ");', allow_stdin=True)
    assert client.get_stdin_msg(timeout=PATIENCE)["content"]["prompt"] == "your name? "
    kernel.manager.interrupt_kernel()
    assert finish(client, request)["ename"] == "Interrupted"
    # Too late: it must neither be taken for the answer to the next question nor disturb anything.
    client.input("Ada")
    assert kernel.run("asked").result == "0"


def test_two_clients_are_answered_each(kernel: Kernel) -> None:
    other = second_client(kernel)
    try:
        mine, theirs = kernel.client.execute("1"), other.execute("2")
        assert finish(other, theirs)["status"] == "ok"
        assert finish(kernel.client, mine)["status"] == "ok"
        # Each hears what the other runs.
        heard = other.execute("3")
        assert [m["msg_type"] for m in iopub(kernel.client, heard)].count("execute_result") == 1
        assert finish(other, heard)["status"] == "ok"
    finally:
        other.stop_channels()
    assert kernel.run("4").result == "4", "a client that left is not missed"


def test_a_late_subscriber_is_welcomed_and_hears_the_next_cell(kernel: Kernel) -> None:
    with zmq.Context() as context:
        next_message = subscribe(kernel, context)
        answer = kernel.run("5")
        assert answer.status == "ok", answer.error
        kinds = [next_message()["msg_type"] for _ in range(4)]
        assert kinds == ["status", "execute_input", "execute_result", "status"]


def test_who_subscribes_while_a_cell_runs_hears_the_rest_of_it(kernel: Kernel, tmp_path: Path) -> None:
    """VS Code's habit: it asks for a cell before its subscription is there."""
    go = tmp_path / "go"
    wait = f'println!("early"); while !std::path::Path::new("{go}").exists() {{}} println!("late"); 6'
    request = kernel.client.execute(wait)
    wait_until_started(kernel.client, request)
    with zmq.Context() as context:
        next_message = subscribe(kernel, context)
        go.touch()
        messages = [next_message() for _ in range(3)]
    assert [message["msg_type"] for message in messages] == ["stream", "execute_result", "status"]
    assert messages[0]["content"]["text"] == "late\n"
    assert all(message["parent_header"]["msg_id"] == request for message in messages)
    assert finish(kernel.client, request)["status"] == "ok"


def subscribe(kernel: Kernel, context: zmq.Context[Any]) -> Callable[[], dict[str, Any]]:
    """Subscribes to all broadcasts and waits for the welcome; gives what fetches the next message."""
    session = kernel.session()
    subscriber = context.socket(zmq.SUB)
    subscriber.setsockopt(zmq.LINGER, 0)
    subscriber.subscribe(b"")
    subscriber.connect(kernel.address("iopub"))

    def next_message() -> dict[str, Any]:
        assert subscriber.poll(PATIENCE * 1000), "nothing came"
        _, frames = session.feed_identities(subscriber.recv_multipart())
        return session.deserialize(frames)

    welcome = next_message()
    assert (welcome["msg_type"], welcome["content"]) == ("iopub_welcome", {"subscription": ""})
    assert welcome["parent_header"] == {}
    return next_message


def test_what_is_not_signed_or_no_message_is_dropped(kernel: Kernel) -> None:
    forger = Session(key=b"another key")
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(kernel.address("shell"))
        request = forger.msg("execute_request", {"code": "let forged = 1;"})
        dealer.send_multipart(forger.serialize(request))
        for frames in ([b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"sig", b"{", b"{}", b"{}", b"{}"], [b"\xff" * 1000]):
            dealer.send_multipart(frames)
        # The same connection still serves whoever has the key.
        session = kernel.session()
        dealer.send_multipart(session.serialize(session.msg("kernel_info_request", {})))
        assert dealer.poll(PATIENCE * 1000), "no answer"
        _, frames = session.feed_identities(dealer.recv_multipart())
        assert session.deserialize(frames)["msg_type"] == "kernel_info_reply"
        # What was forged would have run before this cell, and been answered here.
        assert kernel.run("forged").status == "error"
        assert not dealer.poll(0), "the forged request was answered"


def test_unknown_requests_and_comms_are_answered(kernel: Kernel) -> None:
    client = kernel.client
    answer = control(client, "create_castle_request")
    assert (answer["msg_type"], answer["content"]["status"]) == ("create_castle_reply", "error")
    opening = client.session.msg("comm_open", {"comm_id": "c", "target_name": "t", "data": {}})
    client.shell_channel.send(opening)
    kinds = [message["msg_type"] for message in iopub(client, opening["header"]["msg_id"])]
    assert kinds == ["status", "comm_close", "status"]


def test_restart_begins_anew(fresh: Kernel) -> None:
    assert fresh.run("let kept = 7;").status == "ok"
    fresh.manager.restart_kernel(now=False)
    fresh.client.wait_for_ready(timeout=PATIENCE)
    answer = fresh.run("kept")
    assert (answer.status, answer.content["execution_count"]) == ("error", 1)


def test_shutdown_is_answered_and_leaves_nothing_behind(
    start_kernel: Callable[..., Kernel], tmp_path: Path
) -> None:
    fresh = start_kernel(env={**os.environ, "TMPDIR": str(tmp_path)})
    fresh.run("1")
    running = fresh.client.execute(FOREVER)
    wait_until_started(fresh.client, running)
    process = psutil.Process(fresh.manager.provisioner.pid)
    family = [process, *process.children(recursive=True)]
    assert len(family) >= 2, "kernel and worker"
    content = control(fresh.client, "shutdown_request", restart=False)["content"]
    assert content == {"status": "ok", "restart": False}
    _, alive = psutil.wait_procs(family[1:], timeout=PATIENCE)
    assert not alive
    assert fresh.manager.provisioner.process.wait(timeout=PATIENCE) == 0
    assert not list(tmp_path.iterdir()), "temporary files are removed"


def test_the_kernel_ends_with_its_parent(hebb: Path, tmp_path: Path) -> None:
    connection = tmp_path / "connection.json"
    ports = {f"{name}_port": 0 for name in ("shell", "iopub", "stdin", "control", "hb")}
    # Port 0: the system chooses; nobody needs to connect here.
    connection.write_text(json.dumps({"transport": "tcp", "ip": "127.0.0.1", "key": "k", **ports}))
    script = 'JPY_PARENT_PID=$$ "$0" kernel "$1" & echo $!; exec sleep 1000'
    parent = subprocess.Popen(["sh", "-c", script, hebb, connection], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    kernel = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    kernel.wait(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read the connection file"),
        ("", "cannot be understood"),
        ("not json", "cannot be understood"),
        ('{"transport": "tcp"}', "missing field"),
    ],
)
def test_a_broken_connection_file_is_one_clear_error(
    hebb: Path, tmp_path: Path, content: str | None, words: str
) -> None:
    file = tmp_path / "connection.json"
    if content is not None:
        file.write_text(content)
    run = subprocess.run([hebb, "kernel", file], capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == 1
    assert words in run.stderr and "hint:" in run.stderr and str(file) in run.stderr


def test_a_port_that_is_taken_is_named(kernel: Kernel, hebb: Path) -> None:
    run = subprocess.run([hebb, "kernel", kernel.manager.connection_file], capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == 1
    port = kernel.manager.get_connection_info()["shell_port"]
    assert f"cannot listen on tcp://127.0.0.1:{port} (shell)" in run.stderr and "hint:" in run.stderr


def test_ipc_works_too(tmp_path: Path) -> None:
    manager = KernelManager(kernel_name=KERNEL_NAME, transport="ipc", ip=str(tmp_path / "k"))
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        assert Kernel(manager, client).run("6*7").result == "42"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_nothing_is_left_over_on_iopub(kernel: Kernel) -> None:
    kernel.run('println!("last");')
    with pytest.raises(Empty):
        kernel.client.get_iopub_msg(timeout=1)
