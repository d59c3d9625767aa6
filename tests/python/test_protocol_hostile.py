"""What comes over the wire from clients that are broken, slow or mean no good: none of it may end the kernel or keep others waiting.

Raw sockets speak ZMTP here, because a ZeroMQ library would not send such bytes.
"""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, Callable, Iterator

import psutil
import pytest
import zmq
from jupyter_client.session import Session

from conftest import PATIENCE, Kernel
from test_kernel_protocol import FOREVER, control, finish, iopub, reply, wait_until_started

GREETING = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" * 32
SOCKETS = ("shell", "control", "stdin", "iopub", "hb")


def command(name: bytes, data: bytes) -> bytes:
    body = bytes([len(name)]) + name + data
    return bytes([4, len(body)]) + body


def ready(kind: bytes, identity: bytes = b"") -> bytes:
    fields = ((b"Socket-Type", kind), (b"Identity", identity))
    return command(b"READY", b"".join(bytes([len(n)]) + n + struct.pack(">I", len(v)) + v for n, v in fields))


def connect(kernel: Kernel, name: str) -> socket.socket:
    info = kernel.manager.get_connection_info()
    connection = socket.create_connection((info["ip"], info[f"{name}_port"]), timeout=PATIENCE)
    return connection


def hello(kernel: Kernel, name: str, identity: bytes = b"") -> socket.socket:
    """A connection behind the handshake."""
    connection = connect(kernel, name)
    connection.sendall(GREETING + ready(b"SUB" if name == "iopub" else b"DEALER", identity))
    seen = b""
    while b"Socket-Type" not in seen:
        seen += connection.recv(1000)
    return connection


def is_closed(connection: socket.socket) -> bool:
    """Waits until the kernel has closed the connection."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def is_well(kernel: Kernel) -> None:
    """Every socket serves who means well."""
    assert reply(kernel.client, kernel.client.kernel_info())["content"]["status"] == "ok"
    assert control(kernel.client, "kernel_info_request")["content"]["status"] == "ok"
    answer = kernel.run("6 * 7")
    assert (answer.status, answer.result) == ("ok", "42")
    assert kernel.client.hb_channel.is_beating()


@pytest.mark.parametrize("name", SOCKETS)
@pytest.mark.parametrize(
    "opening",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\xff" * 64,
        GREETING[:10] + b"\x01" + GREETING[11:],
        GREETING.replace(b"NULL\0", b"CURVE"),
        GREETING + b"\x02" + struct.pack(">Q", 1 << 45),
        GREETING + b"\x06" + struct.pack(">Q", (1 << 63) - 1),
        GREETING + ready(b"PUSH"),
        GREETING + command(b"READY", b"\x09Identity"),
        GREETING + b"\x00\x01x",
    ],
    ids=["http", "noise", "old", "curve", "giant", "giant-command", "wrong-type", "cut-ready", "no-ready"],
)
def test_who_does_not_speak_zeromq_is_cut_off(kernel: Kernel, name: str, opening: bytes) -> None:
    with connect(kernel, name) as connection:
        connection.sendall(opening)
        assert is_closed(connection)
    is_well(kernel)


@pytest.mark.parametrize("name", SOCKETS)
@pytest.mark.parametrize(
    "bytes_behind",
    [
        b"\x02" + struct.pack(">Q", 1 << 45),
        b"\x02" + struct.pack(">Q", (1 << 64) - 1),
        b"\x80\x00",
        b"\x01\x00" * 10_001,
        command(b"ERROR", b"\x02no"),
    ],
    ids=["giant", "larger", "flags", "many-frames", "error"],
)
def test_who_breaks_the_rules_behind_the_handshake_is_cut_off(kernel: Kernel, name: str, bytes_behind: bytes) -> None:
    with hello(kernel, name) as connection:
        connection.sendall(bytes_behind)
        assert is_closed(connection)
    is_well(kernel)


def test_half_open_connections_cost_nobody_else_anything(kernel: Kernel) -> None:
    info = kernel.manager.get_connection_info()
    kept = []
    for name in SOCKETS:
        # Nothing said; half a greeting; half a frame; a large frame that does not come.
        kept.append(connect(kernel, name))
        kept.append(connect(kernel, name))
        kept[-1].sendall(GREETING[:30])
        kept.append(hello(kernel, name))
        kept[-1].sendall(b"\x01\x7fabc")
        kept.append(hello(kernel, name))
        kept[-1].sendall(b"\x02" + struct.pack(">Q", 100 << 20) + b"abc")
        # And one that went away in the middle, without and with a reset.
        for linger in (struct.pack("ii", 1, 0), struct.pack("ii", 0, 0)):
            gone = hello(kernel, name)
            gone.sendall(b"\x01\x7fabc")
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            gone.close()
    is_well(kernel)
    memory = psutil.Process(kernel.manager.provisioner.pid).memory_info().rss
    assert memory < 200 << 20, f"{memory >> 20} MiB for frames that never came to {info['ip']}"
    for connection in kept:
        connection.close()
    is_well(kernel)


def test_signatures_and_parts_that_are_wrong_are_dropped(kernel: Kernel) -> None:
    session = kernel.session()
    forger = Session(key=b"another key")
    request = session.msg("execute_request", {"code": "let forged = 1;"})
    good = session.serialize(request)
    deep = b"[" * 100_000

    def signed(*parts: bytes) -> list[bytes]:
        return [b"<IDS|MSG>", session.sign(list(parts)), *parts]

    header = b'{"msg_id":"1","msg_type":"execute_request"}'
    bad = [
        forger.serialize(request),
        [good[0], b"", *good[2:]],
        [good[0], good[1][:-1] + (b"1" if good[1].endswith(b"0") else b"0"), *good[2:]],
        [*good[:5], b'{"code": "let forged = 2;"}'],
        good[:4],
        signed(b"", b"", b"", b""),
        signed(b"null", b"null", b"null", b"null"),
        signed(b'{"msg_type": 7}', b"{}", b"{}", b"{}"),
        signed(header, b"{}", b"[]", b"{}"),
        signed(header, b"{}", b"{}", deep),
        signed(header, deep, b"{}", b"{}"),
        signed(header, b"{}", b"{}", b'"\xff"'),
        signed(b"\xff" + header, b"{}", b"{}", b"{}"),
        signed(header[:-1] + b',"msg_id":"2"}', b"{}", b"{}", b'{"code":"let forged = 3;"}'),
        signed(header, b"{}", b"{}", b'{"code":"let forged = 4;"} {}'),
        signed(header, b"{}", b"{}", b'{"code":1e999}'),
    ]
    with zmq.Context() as context:
        for name in ("shell", "control", "stdin"):
            with context.socket(zmq.DEALER) as dealer:
                dealer.setsockopt(zmq.LINGER, 0)
                dealer.connect(kernel.address(name))
                for frames in bad:
                    dealer.send_multipart(frames)
                if name == "stdin":
                    continue
                dealer.send_multipart(session.serialize(session.msg("kernel_info_request", {})))
                assert dealer.poll(PATIENCE * 1000), "no answer"
                _, frames = session.feed_identities(dealer.recv_multipart())
                assert session.deserialize(frames)["msg_type"] == "kernel_info_reply", "only the good one is answered"
    assert kernel.run("forged").status == "error"
    is_well(kernel)


def test_contents_that_are_signed_but_strange_are_answered(kernel: Kernel) -> None:
    strange: list[Any] = [None, [], "text", 7, {}, {"code": None}, {"code": 7, "cursor_pos": -1}, {"code": "é", "cursor_pos": 1 << 62}]
    kinds = ["execute", "complete", "inspect", "is_complete", "history", "comm_info", "kernel_info", "usage", "debug"]
    client = kernel.client
    for kind in kinds:
        for content in strange:
            if kind == "execute" and isinstance(content, dict) and isinstance(content.get("code"), str):
                continue
            message = client.session.msg(f"{kind}_request", json.dumps(content).encode())
            client.shell_channel.send(message)
            answer = reply(client, message["header"]["msg_id"])
            assert answer["msg_type"] == f"{kind}_reply"
    for content in strange:
        for kind in ("comm_open", "comm_msg", "comm_close", "nonsense"):
            client.shell_channel.send(client.session.msg(kind, json.dumps(content).encode()))
    is_well(kernel)


def test_headers_and_contents_that_are_large_or_odd_but_right_are_answered(kernel: Kernel) -> None:
    session = kernel.session()
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.connect(kernel.address("shell"))

        def ask(header: bytes, parent: bytes, content: bytes) -> dict[str, Any]:
            parts = [header, parent, b"{}", content]
            dealer.send_multipart([b"<IDS|MSG>", session.sign(parts), *parts])
            assert dealer.poll(PATIENCE * 1000), "no answer"
            _, frames = session.feed_identities(dealer.recv_multipart())
            return json.loads(bytes(frames[1])) | {"parent": json.loads(bytes(frames[2])), "content": json.loads(bytes(frames[4]))}

        def header(name: str, kind: str) -> bytes:
            return json.dumps({"msg_id": name, "msg_type": kind}).encode()

        long = "7" * (6 << 20)
        answer = ask(header(long, "kernel_info_request"), b"{}", b"{}")
        assert (answer["msg_type"], answer["parent"]["msg_id"]) == ("kernel_info_reply", long)
        # A kind that nobody knows, with a name of six megabytes.
        assert ask(header("1", long + "_request"), b"{}", b"{}")["msg_type"] == long + "_reply"
        # Half an emoji, as a front end sends it that has cut one in two.
        answer = ask(header("2", "execute_request"), b"{}", b'{"code":"\\"a\\ud83d\\""}')
        assert (answer["msg_type"], answer["content"]["status"]) == ("execute_reply", "ok")
        nested = b"[" * 120 + b"]" * 120
        assert ask(header("3", "kernel_info_request"), nested, nested)["content"]["status"] == "ok"
        for parent in (b"null", b"[]", b'"text"', b"7"):
            assert ask(header("4", "kernel_info_request"), parent, b"{}")["content"]["status"] == "ok"
        assert ask(header("5", "is_complete_request"), b"{}", b'{"code":"(","code":"1"}')["content"]["status"] == "complete"
    is_well(kernel)


def test_a_client_that_does_not_read_iopub_keeps_nobody_waiting(start_kernel: Callable[..., Kernel]) -> None:
    fresh = start_kernel()
    with hello(fresh, "iopub") as stalled:
        stalled.sendall(b"\x00\x01\x01")
        before = psutil.Process(fresh.manager.provisioner.pid).memory_info().rss
        for _ in range(40):
            answer = fresh.run('print!("{}", "0123456789".repeat(700_000));')
            assert len(answer.text()) == 7_000_000, "a client that reads misses nothing"
        grown = psutil.Process(fresh.manager.provisioner.pid).memory_info().rss - before
        # 280 MB were printed.
        assert grown < 150 << 20, f"{grown >> 20} MiB"
        # What the stalled client finds when it reads at last: a hole that is named, and the statuses of every cell.
        stalled.settimeout(5)
        seen = bytearray()
        try:
            while piece := stalled.recv(1 << 20):
                seen += piece
        except TimeoutError:
            pass
        assert b"some output is missing here" in seen
        assert seen.count(b'"execution_state":"idle"') == 40
    is_well(fresh)


@pytest.fixture
def rusher(start_kernel: Callable[..., Kernel]) -> Iterator[Kernel]:
    yield start_kernel()


@pytest.mark.parametrize("line", ['println!("x");', "display(&Tensor::full([1], 7.));"], ids=["text", "displays"])
def test_endless_output_is_bounded_and_leaves_the_kernel_responsive(rusher: Kernel, line: str) -> None:
    client = rusher.client
    request = client.execute(f"loop {{ {line} }}")
    shown = 0
    for message in iopub(client, request):
        content = message["content"]
        shown += len(str(content))
        if "the rest is left out" in content.get("text", ""):
            break
    assert shown < 40 << 20
    assert reply(client, client.complete("Tens", 4))["content"]["status"] == "ok"
    assert control(client, "interrupt_request")["content"]["status"] == "ok"
    rest = [m["msg_type"] for m in iopub(client, request)]
    assert [kind for kind in rest if kind not in ("status", "stream")] == ["error"]
    assert reply(client, request)["content"]["ename"] == "Interrupted"
    memory = psutil.Process(rusher.manager.provisioner.pid).memory_info().rss
    assert memory < 300 << 20, f"{memory >> 20} MiB"
    is_well(rusher)


def test_requests_without_end_do_not_end_the_loop(kernel: Kernel) -> None:
    session = kernel.session()
    running = kernel.client.execute(FOREVER)
    wait_until_started(kernel.client, running)
    with zmq.Context() as context, context.socket(zmq.DEALER) as dealer:
        dealer.setsockopt(zmq.LINGER, 0)
        dealer.setsockopt(zmq.SNDHWM, 0)
        dealer.setsockopt(zmq.RCVHWM, 0)
        dealer.connect(kernel.address("shell"))
        for number in range(2000):
            dealer.send_multipart(session.serialize(session.msg("kernel_info_request", {})))
        for number in range(2000):
            assert dealer.poll(PATIENCE * 1000), f"only {number} answers"
            dealer.recv_multipart()
    control(kernel.client, "interrupt_request")
    assert finish(kernel.client, running)["ename"] == "Interrupted"
    is_well(kernel)
