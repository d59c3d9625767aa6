"""What front ends do beyond running a cell: subshells, telemetry, usage, history, late and repeated connections, other transports."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Any, Callable

import psutil
import pytest
import zmq
from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from conftest import KERNEL_NAME, PATIENCE, Kernel
from test_kernel_protocol import FOREVER, control, finish, iopub, reply, wait_until_started


def ask(kernel: Kernel, kind: str, content: dict[str, Any], subshell: str | None) -> dict[str, Any]:
    """A request on the shell channel, of a subshell; gives the answer."""
    client = kernel.client
    message = client.session.msg(kind, content)
    message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    return reply(client, message["header"]["msg_id"])


def test_a_subshell_serves_while_the_main_shell_trains(kernel: Kernel) -> None:
    client = kernel.client
    assert reply(client, client.kernel_info())["content"]["supported_features"] == ["kernel subshells"]
    subshell = control(kernel.client, "create_subshell_request")["content"]["subshell_id"]
    assert control(client, "list_subshell_request")["content"]["subshell_id"] == [subshell]
    setup = """let data = xor(400, 0.2);
    let mut model = Sequential::new([2]).add(Dense::new(8).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
    model.compile(Adam::new(0.01), BinaryCrossentropy::new(), [Accuracy]);"""
    assert kernel.run(setup).status == "ok"
    training = client.execute("model.fit(&data, Fit::epochs(1_000_000))?;")
    updates = 0
    for message in iopub(client, training):
        updates += message["msg_type"] == "update_display_data"
        if updates == 2:
            break
    completed = ask(kernel, "complete_request", {"code": "model.ev", "cursor_pos": 8}, subshell)
    assert "evaluate" in str(completed["content"]["matches"])
    assert completed["parent_header"]["subshell_id"] == subshell
    assert ask(kernel, "comm_info_request", {}, subshell)["content"] == {"status": "ok", "comms": {}}
    history = {"hist_access_type": "tail", "n": 1, "output": False, "raw": True}
    assert "fit" in ask(kernel, "history_request", history, subshell)["content"]["history"][0][2]
    inspected = ask(kernel, "inspect_request", {"code": "model", "cursor_pos": 2, "detail_level": 0}, subshell)
    assert inspected["content"]["found"]
    # A cell of the subshell runs behind the training, and the interrupt of the training does not abort it.
    request = client.session.msg("execute_request", {"code": "40 + 2", "silent": False})
    request["header"]["subshell_id"] = subshell
    client.shell_channel.send(request)
    behind = client.execute("1")
    control(client, "interrupt_request")
    assert finish(client, training)["ename"] == "Interrupted"
    # What is aborted is told at once, the other one when it has run.
    assert finish(client, behind)["status"] == "aborted"
    assert finish(client, request["header"]["msg_id"])["status"] == "ok"
    assert control(client, "delete_subshell_request", subshell_id=subshell)["content"] == {"status": "ok"}
    gone = ask(kernel, "execute_request", {"code": "1"}, subshell)["content"]
    assert (gone["status"], gone["ename"]) == ("error", "SubshellNotFoundError")
    again = control(client, "delete_subshell_request", subshell_id=subshell)["content"]
    assert (again["status"], again["ename"]) == ("error", "SubshellNotFoundError")


def test_usage_is_that_of_kernel_and_worker(kernel: Kernel) -> None:
    client = kernel.client
    assert kernel.run("let memory = vec![1_u8; 64 << 20]; println!(\"{}\", memory.len());").status == "ok"
    control(client, "usage_request")
    request = client.execute(FOREVER)
    wait_until_started(client, request)
    used = 0.0
    while used < 20.0:
        usage = control(client, "usage_request")["content"]
        used = usage["kernel_cpu"]
    control(client, "interrupt_request")
    assert finish(client, request)["ename"] == "Interrupted"
    assert (usage["status"], usage["pid"]) == ("ok", kernel.manager.provisioner.pid)
    assert usage["hostname"] == os.uname().nodename
    assert 64 << 20 < usage["kernel_memory"] < 1 << 30
    assert usage["cpu_count"] >= 1 and 0 <= usage["host_cpu_percent"] <= 100
    machine = psutil.virtual_memory()
    assert usage["host_virtual_memory"]["total"] == machine.total
    assert set(usage["host_virtual_memory"]) == set(machine._asdict())


def test_the_rarer_requests_have_answers(kernel: Kernel) -> None:
    info = kernel.manager.get_connection_info()
    ports = control(kernel.client, "connect_request")["content"]
    assert {name: port for name, port in ports.items() if name != "status"} == {
        name: info[name] for name in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
    }
    debug = control(kernel.client, "debug_request", type="request", seq=3, command="debugInfo", arguments={})
    assert debug["msg_type"] == "debug_reply"
    assert (debug["content"]["success"], debug["content"]["request_seq"]) == (False, 3)


def test_displays_are_updated_and_cleared_from_any_cell(kernel: Kernel) -> None:
    first = kernel.run("let live = display_live(&Tensor::full([1], 1.));")
    assert first.status == "ok", first.error
    [shown] = first.of_type("display_data")
    second = kernel.run("live.update(&Tensor::full([1], 2.));")
    [updated] = second.of_type("update_display_data")
    assert updated["transient"] == shown["transient"] and updated["transient"]["display_id"]
    assert updated["data"]["text/plain"] != shown["data"]["text/plain"]
    cleared = kernel.run('println!("a"); hebb_prelude::dl_core::display::host().clear(true); println!("b");')
    assert cleared.status == "ok", cleared.error
    assert [m["msg_type"] for m in cleared.messages] == ["stream", "clear_output", "stream"]
    assert cleared.of_type("clear_output") == [{"wait": True}]


def test_a_password_is_asked_for_as_one(kernel: Kernel) -> None:
    code = 'let word = hebb_prelude::dl_core::display::host().input("word? ", true).unwrap(); println!("{}", word.len());'
    request = kernel.client.execute(code, allow_stdin=True)
    question = kernel.client.get_stdin_msg(timeout=PATIENCE)
    assert question["content"] == {"prompt": "word? ", "password": True}
    kernel.client.input("secret")
    texts = [m["content"]["text"] for m in iopub(kernel.client, request) if m["msg_type"] == "stream"]
    assert texts == ["6\n"]


def test_history_outlives_the_kernel(start_kernel: Callable[..., Kernel], tmp_path: Path) -> None:
    environment = {**os.environ, "HEBB_CACHE": str(tmp_path)}

    def history(kernel: Kernel, **content: Any) -> list[Any]:
        content = {"output": False, "raw": True, **content}
        message = kernel.client.session.msg("history_request", content)
        kernel.client.shell_channel.send(message)
        answer = reply(kernel.client, message["header"]["msg_id"])["content"]
        assert answer["status"] == "ok"
        return answer["history"]

    first = start_kernel(env=environment)
    for code in ("let a = 1;", "a + 1", "let a = 1;"):
        assert first.run(code).status == "ok"
    first.manager.shutdown_kernel()
    second = start_kernel(env=environment)
    assert second.run("let b = 3;").status == "ok"
    assert second.run("not kept", store_history=False).status == "error"
    assert second.run("let c = 3;", silent=True).status == "ok"
    assert history(second, hist_access_type="tail", n=2) == [[1, 3, "let a = 1;"], [2, 1, "let b = 3;"]]
    with_output = history(second, hist_access_type="range", session=-1, start=2, stop=3, output=True)
    assert with_output == [[1, 2, ["a + 1", "2"]]]
    assert [entry[2] for entry in history(second, hist_access_type="range", session=0, start=1)] == ["let b = 3;"]
    found = history(second, hist_access_type="search", pattern="let*", n=10, unique=True)
    assert [entry[2] for entry in found] == ["let a = 1;", "let b = 3;"]
    assert len(history(second, hist_access_type="search", pattern="let*", n=10)) == 3
    # A second front end's restart begins a session of its own.
    second.manager.restart_kernel()
    second.client.wait_for_ready(timeout=PATIENCE)
    assert second.run("4").status == "ok"
    assert history(second, hist_access_type="tail", n=1) == [[3, 1, "4"]]


def test_a_history_that_cannot_be_reached_keeps_nobody_waiting(start_kernel: Callable[..., Kernel], tmp_path: Path) -> None:
    """As in a home directory over a network that hangs: here somebody else has locked the file."""
    environment = {**os.environ, "HEBB_CACHE": str(tmp_path)}
    first = start_kernel(env=environment)
    assert first.run("let typed = 1;").status == "ok"
    [file] = tmp_path.rglob("history.jsonl")
    with open(file, "a") as locked:
        fcntl.flock(locked, fcntl.LOCK_EX)
        fresh = start_kernel(env=environment)
        client = fresh.client
        question = client.history(hist_access_type="tail", n=2, output=True)
        for kernel in (first, fresh):
            assert kernel.run("6 * 7").result == "42"
            assert reply(kernel.client, kernel.client.kernel_info())["content"]["status"] == "ok"
        assert fresh.client.hb_channel.is_beating()
        fcntl.flock(locked, fcntl.LOCK_UN)
    assert reply(client, question)["content"]["status"] == "ok"
    wanted = [(1, 1, "let typed = 1;"), (1, 2, "6 * 7"), (2, 1, "6 * 7")]
    # Each writes what it kept with a later question, when the lock is free.
    deadline = time.monotonic() + PATIENCE
    while True:
        assert reply(first.client, first.client.history(hist_access_type="tail", n=1))["content"]["status"] == "ok"
        answer = reply(client, client.history(hist_access_type="tail", n=9, output=True))["content"]["history"]
        found = sorted((session, line, source) for session, line, [source, _] in answer)
        if found == wanted or time.monotonic() > deadline:
            break
    assert found == wanted
    assert {output for _, _, [source, output] in answer if source == "6 * 7"} == {"42"}


def test_who_subscribes_only_after_kernel_info_misses_nothing_from_the_welcome_on(kernel: Kernel) -> None:
    """As VS Code does: shell first, iopub when the kernel has answered."""
    session = kernel.session()
    with zmq.Context() as context:
        for _ in range(20):
            with context.socket(zmq.DEALER) as shell, context.socket(zmq.SUB) as subscriber:
                for one in (shell, subscriber):
                    one.setsockopt(zmq.LINGER, 0)

                def ask_shell(kind: str, content: dict[str, Any]) -> str:
                    message = session.msg(kind, content)
                    shell.send_multipart(session.serialize(message))
                    return message["header"]["msg_id"]

                def take(one: zmq.Socket[Any]) -> dict[str, Any]:
                    assert one.poll(PATIENCE * 1000), "nothing came"
                    _, frames = session.feed_identities(one.recv_multipart())
                    return session.deserialize(frames)

                shell.connect(kernel.address("shell"))
                ask_shell("kernel_info_request", {})
                assert take(shell)["msg_type"] == "kernel_info_reply"
                subscriber.connect(kernel.address("iopub"))
                subscriber.subscribe(b"")
                assert take(subscriber)["msg_type"] == "iopub_welcome"
                request = ask_shell("execute_request", {"code": "7"})
                heard = []
                while not heard or heard[-1]["content"].get("execution_state") != "idle":
                    heard.append(take(subscriber))
                assert [m["msg_type"] for m in heard] == ["status", "execute_input", "execute_result", "status"]
                assert all(m["parent_header"]["msg_id"] == request for m in heard)
                assert take(shell)["content"]["status"] == "ok"


def test_a_subscriber_gets_only_its_topics(kernel: Kernel) -> None:
    session = kernel.session()
    with zmq.Context() as context, context.socket(zmq.SUB) as subscriber:
        subscriber.setsockopt(zmq.LINGER, 0)
        subscriber.subscribe(b"nothing has this topic")
        subscriber.connect(kernel.address("iopub"))
        assert subscriber.poll(PATIENCE * 1000)
        welcome = subscriber.recv_multipart()
        assert welcome[0] == b"nothing has this topic"
        assert kernel.run("1").status == "ok"
        subscriber.subscribe(b"kernel.")
        assert subscriber.poll(PATIENCE * 1000)
        _, frames = session.feed_identities(subscriber.recv_multipart())
        assert session.deserialize(frames)["content"] == {"subscription": "kernel."}
        subscriber.unsubscribe(b"kernel.")


def test_a_client_that_comes_again_takes_the_place_of_its_last_connection(kernel: Kernel) -> None:
    session = kernel.session()
    request = kernel.client.execute('println!("started"); input("?")', allow_stdin=True)
    wait_until_started(kernel.client, request)
    kernel.client.get_stdin_msg(timeout=PATIENCE)
    with zmq.Context() as context:
        for number in range(10):
            # The old connection is not closed before the new one comes, as when a laptop wakes up in another network.
            dealer = context.socket(zmq.DEALER)
            dealer.setsockopt(zmq.LINGER, 0)
            dealer.setsockopt(zmq.IDENTITY, b"the same")
            dealer.connect(kernel.address("shell"))
            dealer.send_multipart(session.serialize(session.msg("kernel_info_request", {})))
            assert dealer.poll(PATIENCE * 1000), f"no answer to connection {number}"
            _, frames = session.feed_identities(dealer.recv_multipart())
            assert session.deserialize(frames)["msg_type"] == "kernel_info_reply"
    kernel.client.input("x")
    assert finish(kernel.client, request)["status"] == "ok"


def test_a_front_end_that_reconnects_goes_on(kernel: Kernel) -> None:
    for _ in range(3):
        client = BlockingKernelClient(connection_file=kernel.manager.connection_file)
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=PATIENCE)
        running = client.execute('println!("started"); input("?")', allow_stdin=True)
        wait_until_started(client, running)
        client.get_stdin_msg(timeout=PATIENCE)
        # It leaves with a question unanswered; the interrupt comes from another one.
        client.stop_channels()
        assert control(kernel.client, "interrupt_request")["content"]["status"] == "ok"
        assert [m["content"]["ename"] for m in iopub(kernel.client, running) if m["msg_type"] == "error"]
        answer = kernel.run("1 + 1")
        assert (answer.status, answer.result) == ("ok", "2")


def test_large_messages_go_both_ways(kernel: Kernel) -> None:
    text = "0123456789" * 700_000
    answer = kernel.run(f'let text = "{text}"; println!("{{}}", text.len());')
    assert answer.text() == "7000000\n", answer.error[:300]


@pytest.fixture
def ipc(tmp_path: Path) -> Any:
    manager = KernelManager(kernel_name=KERNEL_NAME, transport="ipc", ip=str(tmp_path / "k"))
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    yield Kernel(manager, client)
    client.stop_channels()
    if manager.is_alive():
        manager.shutdown_kernel(now=True)


def test_ipc_has_all_sockets_and_leaves_no_files(ipc: Kernel, tmp_path: Path) -> None:
    assert ipc.run("6 * 7").result == "42"
    assert control(ipc.client, "kernel_info_request")["content"]["status"] == "ok"
    assert ipc.client.hb_channel.is_beating()
    request = ipc.client.execute('input("?")', allow_stdin=True)
    assert ipc.client.get_stdin_msg(timeout=PATIENCE)["content"]["prompt"] == "?"
    ipc.client.input("x")
    assert finish(ipc.client, request)["status"] == "ok"
    ipc.manager.restart_kernel()
    ipc.client.wait_for_ready(timeout=PATIENCE)
    assert ipc.run("1").content["execution_count"] == 1
    control(ipc.client, "shutdown_request", restart=False)
    assert ipc.manager.provisioner.process.wait(timeout=PATIENCE) == 0
    assert not [path for path in tmp_path.iterdir() if path.is_socket()]
