"""Connections as such: many of them, kinds that are refused, signs of life, addresses, and the cost of a kernel that has nothing to do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

import psutil
import pytest
import zmq
from jupyter_client.session import Session
from zmq.utils.monitor import recv_monitor_message

from conftest import PATIENCE, Kernel, session_of
from test_protocol_hostile import SOCKETS, connect, hello, is_closed, is_well

MOST_CONNECTIONS = 160


@pytest.fixture(scope="module")
def own(start_kernel: Callable[..., Kernel]) -> Kernel:
    """A kernel of which descriptors and threads are counted."""
    return start_kernel()


def count(kernel: Kernel) -> tuple[int, int]:
    """Descriptors and threads of the kernel process."""
    process = Path("/proc") / str(kernel.manager.provisioner.pid)
    return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))


def settles_at(kernel: Kernel, most: tuple[int, int]) -> bool:
    """Waits until no more descriptors and threads than these are left: ends of connections are noticed a little later."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if all(now <= limit for now, limit in zip(count(kernel), most)):
            return True
        is_well(kernel)
    return False


def ask_kernel_info(dealer: zmq.Socket[Any], session: Session) -> dict[str, Any]:
    """Asks over a socket of one's own; gives the content of the answer."""
    dealer.send_multipart(session.serialize(session.msg("kernel_info_request", {})))
    assert dealer.poll(PATIENCE * 1000), "no answer"
    _, frames = session.feed_identities(dealer.recv_multipart())
    return session.deserialize(frames)["content"]


def test_a_thousand_connections_come_and_go_and_leave_nothing(own: Kernel) -> None:
    is_well(own)
    before = count(own)
    for number in range(1000):
        name = SOCKETS[number % len(SOCKETS)]
        # Every third says hello, every third breaks off in the greeting, every third says nothing.
        with (hello if number % 3 == 0 else connect)(own, name) as connection:
            if number % 3 == 1:
                connection.sendall(b"\xff" + b"\0" * 8)
    assert settles_at(own, before), f"{before} before, {count(own)} after"


def test_a_thousand_clients_come_and_go_and_leave_nothing(own: Kernel) -> None:
    before = count(own)
    session = own.session()
    with zmq.Context() as context:
        for number in range(1000):
            with context.socket(zmq.DEALER) as dealer:
                dealer.setsockopt(zmq.LINGER, 0)
                dealer.connect(own.address("control" if number % 2 else "shell"))
                assert ask_kernel_info(dealer, session)["status"] == "ok"
    assert settles_at(own, before), f"{before} before, {count(own)} after"


def test_a_thousand_connections_at_once_do_not_use_up_the_kernel(own: Kernel) -> None:
    before = count(own)
    crowd: list[socket.socket] = []
    for number in range(1000):
        crowd.append(connect(own, SOCKETS[number % len(SOCKETS)]))
    # Who was there before is served, and a cell, which needs descriptors and processes, runs.
    is_well(own)
    assert count(own)[0] <= before[0] + len(SOCKETS) * MOST_CONNECTIONS
    closed = [connection for connection in crowd if turned_away(connection)]
    assert len(closed) >= 1000 - len(SOCKETS) * MOST_CONNECTIONS
    for connection in crowd:
        connection.close()
    assert settles_at(own, before), f"{before} before, {count(own)} after"
    with connect(own, "shell") as late:
        assert late.recv(1) == b"\xff", "there is room again"


def turned_away(connection: socket.socket) -> bool:
    """Whether the kernel closed it; one that is welcome has been greeted."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize("name", SOCKETS)
def test_the_heartbeats_of_libzmq_are_answered(kernel: Kernel, name: str) -> None:
    """ZMQ_HEARTBEAT_IVL makes a client send PING, and break off and come again if it hears nothing."""
    kind = {"iopub": zmq.SUB, "hb": zmq.REQ}.get(name, zmq.DEALER)
    with zmq.Context() as context, context.socket(kind) as client:
        client.setsockopt(zmq.LINGER, 0)
        client.setsockopt(zmq.HEARTBEAT_IVL, 20)
        client.setsockopt(zmq.HEARTBEAT_TIMEOUT, 400)
        with client.get_monitor_socket(zmq.EVENT_DISCONNECTED) as monitor:
            client.connect(kernel.address(name))
            # An unanswered ping would end the connection well within this time; nothing is to come, so there is nothing to wait for.
            assert not monitor.poll(1500), "the connection broke"
            client.disable_monitor()


@pytest.mark.parametrize("mechanism", ["plain", "curve"])
@pytest.mark.parametrize("name", SOCKETS)
def test_clients_that_want_encryption_are_refused(kernel: Kernel, name: str, mechanism: str) -> None:
    kind = {"iopub": zmq.SUB, "hb": zmq.REQ}.get(name, zmq.DEALER)
    with zmq.Context() as context, context.socket(kind) as client:
        client.setsockopt(zmq.LINGER, 0)
        if mechanism == "plain":
            client.plain_username, client.plain_password = b"ada", b"secret"
        else:
            client.curve_publickey, client.curve_secretkey = zmq.curve_keypair()
            client.curve_serverkey, _ = zmq.curve_keypair()
        with client.get_monitor_socket(zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED) as monitor:
            client.connect(kernel.address(name))
            assert monitor.poll(PATIENCE * 1000), "the connection was left open"
            assert recv_monitor_message(monitor)["event"] == zmq.EVENT_DISCONNECTED
            client.disable_monitor()
    is_well(kernel)


def connection_file(folder: Path, **fields: Any) -> dict[str, Any]:
    """What Jupyter would write, with ports that are free now."""
    # Free on every address: a port that only ::1 has free may be another test's connection on 127.0.0.1.
    family, everywhere = (socket.AF_INET6, "::") if has_ipv6() else (socket.AF_INET, "0.0.0.0")
    taken = [socket.socket(family) for _ in SOCKETS]
    for one in taken:
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        one.bind((everywhere, 0))
    info = {f"{name}_port": one.getsockname()[1] for name, one in zip(SOCKETS, taken)}
    for one in taken:
        one.close()
    info |= {"transport": "tcp", "key": "k", "signature_scheme": "hmac-sha256", **fields}
    (folder / "connection.json").write_text(json.dumps(info))
    return info


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
        return True
    except OSError:
        return False


@pytest.mark.parametrize(
    ("ip", "host"),
    [("127.0.0.1", "127.0.0.1"), ("*", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("localhost", "localhost")]
    + ([("::1", "[::1]"), ("[::1]", "[::1]"), ("::", "[::1]"), ("::", "127.0.0.1")] if has_ipv6() else []),
)
def test_every_kind_of_address_in_the_connection_file_is_listened_on(hebb: Path, tmp_path: Path, ip: str, host: str) -> None:
    info = connection_file(tmp_path, ip=ip)
    environment = os.environ | {"HEBB_LISTEN": "any"}
    command = [hebb, "kernel", tmp_path / "connection.json"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
            dealer.setsockopt(zmq.LINGER, 0)
            dealer.setsockopt(zmq.IPV6, 1)
            dealer.connect(f"tcp://{host}:{info['control_port']}")
            session = session_of({**info, "key": info["key"].encode()})
            assert ask_kernel_info(dealer, session)["implementation"] == "hebb"
            dealer.send_multipart(session.serialize(session.msg("shutdown_request", {"restart": False})))
            assert process.wait(timeout=PATIENCE) == 0
    finally:
        process.kill()
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_kernel_with_nothing_to_do_does_nothing(start_kernel: Callable[..., Kernel]) -> None:
    """No process of it wakes up: seconds pass without a single system call that ends and without a tick of processor time."""
    fresh = start_kernel()
    assert fresh.run("let kept = 1;").status == "ok"
    # This client's own heartbeats would wake it.
    fresh.client.stop_channels()
    head = psutil.Process(fresh.manager.provisioner.pid)
    assert head.children(recursive=True), "kernel and worker"

    def woken() -> dict[int, int]:
        """Voluntary context switches of every thread: each time it went to sleep again."""
        found = {}
        for process in [head, *head.children(recursive=True)]:
            # The process that held the variables before the cell may still be leaving.
            with suppress(FileNotFoundError, ProcessLookupError):
                for task in Path(f"/proc/{process.pid}/task").iterdir():
                    lines = (task / "status").read_text().splitlines()
                    [switches] = [line.split()[1] for line in lines if line.startswith("voluntary_ctxt_switches")]
                    found[int(task.name)] = int(switches)
        return found

    # What is still being finished behind the cell (the cache's writer, the next snapshot) has an end.
    deadline = time.monotonic() + PATIENCE
    before = woken()
    while True:
        time.sleep(3)
        now = woken()
        if now == before:
            break
        assert time.monotonic() < deadline, {task: switches - before.get(task, 0) for task, switches in now.items()}
        before = now
