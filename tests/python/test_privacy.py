"""What one user has is nobody else's: two real users on one machine, with any umask."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Iterator

import nbformat
import psutil
import pytest
from jupyter_client.blocking import BlockingKernelClient

from conftest import PATIENCE
from users import ADA, BOB, Neighbourhood, acting_as

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become other users")

KEY = "a-key-that-nobody-else-knows"


@pytest.fixture(scope="module")
def neighbourhood(hebb: Path) -> Iterator[Neighbourhood]:
    place = Neighbourhood(hebb)
    yield place
    place.remove()


class Running:
    """A kernel of one user, and a client of root's."""

    def __init__(self, place: Neighbourhood, user: int, transport: str, umask: int, **environment: str) -> None:
        self.said: str | None = None
        self.file = place.home(user) / "connection.json"
        self.info: dict[str, Any] = {"transport": transport, "key": KEY, "signature_scheme": "hmac-sha256"}
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
        for name, one in zip(["shell", "iopub", "stdin", "control", "hb"], sockets):
            self.info[f"{name}_port"] = one.getsockname()[1]
            one.close()
        self.info["ip"] = "127.0.0.1" if transport == "tcp" else str(place.home(user) / "kernel-ipc")
        self.file.write_text(json.dumps(self.info))
        os.chown(self.file, user, user)
        # As careless front ends write it.
        self.file.chmod(0o666)
        command = [place.hebb, "kernel", self.file]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **place.as_user(user, umask, **environment))
        self.client = BlockingKernelClient()
        self.client.load_connection_info({**self.info, "key": KEY.encode()})
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    def run(self, code: str) -> dict[str, Any]:
        reply = self.client.execute_interactive(code, timeout=PATIENCE, allow_stdin=False, output_hook=lambda _: None)
        return reply["content"]

    def place(self, name: str) -> tuple[str, str]:
        port = str(self.info[f"{name}_port"])
        return ("tcp", port) if self.info["transport"] == "tcp" else ("ipc", f"{self.info['ip']}-{port}")

    def stop(self) -> str:
        """What the kernel has said where a server keeps its log."""
        if self.said is not None:
            return self.said
        self.client.shutdown()
        try:
            self.process.wait(timeout=PATIENCE)
        finally:
            self.client.stop_channels()
            self.process.kill()
        assert self.process.stderr is not None
        self.said = self.process.stderr.read()
        return self.said


@pytest.fixture(params=[("tcp", 0o022), ("tcp", 0o000), ("ipc", 0o000)], ids=lambda param: f"{param[0]}-{param[1]:03o}")
def adas(neighbourhood: Neighbourhood, request: pytest.FixtureRequest) -> Iterator[Running]:
    """Ada's kernel, in a home that is made anew."""
    shutil.rmtree(neighbourhood.home(ADA))
    kernel = Running(neighbourhood, ADA, *request.param)
    assert kernel.run('let secret = "open sesame"; println!("{secret}");')["status"] == "ok"
    # A cell that loops is compiled into a library; what is kept is written behind it.
    assert kernel.run("let mut sum = 0; for i in 0..10 { sum += i } sum")["status"] == "ok"
    yield kernel
    kernel.stop()


def hears(kind: str, place: str) -> int:
    """How many bytes a kernel's socket says first: none if it hangs up, or lets nobody in."""
    try:
        with socket.socket(socket.AF_UNIX if kind == "ipc" else socket.AF_INET) as client:
            client.settimeout(PATIENCE)
            client.connect(place if kind == "ipc" else ("127.0.0.1", int(place)))
            return len(client.recv(1))
    except (ConnectionError, PermissionError):
        return 0


def readable(paths: list[str]) -> list[str]:
    found = []
    for path in paths:
        with suppress(OSError):
            if os.listdir(path) if os.path.isdir(path) else Path(path).open("rb").read(1):
                found.append(path)
    return found


def open_to(user: int, place: Neighbourhood, *folders: Path) -> list[str]:
    """Files and sockets of others that this user may read or write, and folders that they may look into or write to."""
    test = ["(", "-type", "f", "-o", "-type", "s", "-o", "-type", "d", ")", "!", "-user", str(user), "(", "-readable", "-o", "-writable", ")"]
    done = subprocess.run(["find", *folders, *test], capture_output=True, text=True, **place.as_user(user))
    return done.stdout.splitlines()


def test_nobody_else_reads_files_or_is_let_in(neighbourhood: Neighbourhood, adas: Running) -> None:
    home, temporary = neighbourhood.home(ADA), neighbourhood.temporary
    cache = home / ".cache" / "hebb"
    assert "open sesame" in (cache / "history.jsonl").read_text()
    assert list((cache / "stats").iterdir()), "cells are counted"
    assert [path for path in temporary.iterdir() if path.stat().st_uid == ADA], "the kernel has a folder for its cells"
    # The way there is open; what lies there is not.
    assert open_to(BOB, neighbourhood, home, temporary) == [str(home), str(temporary)]
    if adas.info["transport"] == "ipc":
        assert len(list(home.glob("kernel-ipc-*"))) == 5
    for name in ("shell", "iopub", "stdin", "control", "hb"):
        heard = {user: acting_as(user, lambda: hears(*adas.place(name))) for user in (ADA, BOB)}
        assert heard == {ADA: 1, BOB: 0}, name
    # The kernel goes on as if nobody had knocked.
    assert adas.run("sum")["status"] == "ok"
    # Once, although he knocked five times; a file of a socket does not even let him knock.
    knocked = f"hebb: a program of user number {BOB} wanted to connect to a kernel of user number {ADA} and was turned away\nhint: "
    assert adas.stop().count(knocked) == (1 if adas.info["transport"] == "tcp" else 0)


def test_proc_tells_nobody_else(neighbourhood: Neighbourhood, adas: Running) -> None:
    head = psutil.Process(adas.process.pid)
    family = [head, *head.children(recursive=True)]
    assert len(family) > 1, "kernel and worker"
    for process in family:
        assert KEY not in " ".join(process.cmdline()) and "sesame" not in " ".join(process.cmdline())
        secrets = [f"/proc/{process.pid}/{name}" for name in ("environ", "maps", "auxv", "fd", "map_files")]
        # Ada herself can read most of them, so it is her number that counts.
        assert acting_as(ADA, lambda: readable(secrets)) and not acting_as(BOB, lambda: readable(secrets))


def test_a_connection_file_that_others_could_read_is_closed(adas: Running) -> None:
    assert adas.file.stat().st_mode & 0o777 == 0o600


def refusal(place: Neighbourhood, user: int, change: dict[str, Any], owner: int, **environment: str) -> str:
    file = place.home(user) / "refused.json"
    info = {"transport": "tcp", "ip": "127.0.0.1", "key": KEY, **{f"{name}_port": 0 for name in ("shell", "iopub", "stdin", "control", "hb")}}
    file.write_text(json.dumps({**info, **change}))
    os.chown(file, owner, owner)
    file.chmod(0o644)
    command = [place.hebb, "kernel", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **place.as_user(user, **environment))
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_a_connection_file_of_somebody_else_is_refused(neighbourhood: Neighbourhood) -> None:
    said = refusal(neighbourhood, BOB, {}, owner=ADA)
    assert f"belongs to user number {ADA}: whoever wrote it could run code as you\nhint: " in said


def test_other_machines_connect_only_if_that_is_said(neighbourhood: Neighbourhood) -> None:
    for ip in ("0.0.0.0", "*", "192.0.2.7"):
        said = refusal(neighbourhood, BOB, {"ip": ip}, owner=BOB)
        assert said == (
            f"hebb: the connection file asks to listen on {ip}, where other machines could connect: not allowed unless HEBB_LISTEN=any is set\n"
            "hint: if that is meant: hebb install --env HEBB_LISTEN=any\n"
        )
    said = refusal(neighbourhood, BOB, {}, owner=BOB, HEBB_LISTEN="everybody")
    assert said.startswith("hebb: HEBB_LISTEN is `everybody`, which means nothing\nhint: ")


def test_with_leave_anybody_may_connect(neighbourhood: Neighbourhood) -> None:
    kernel = Running(neighbourhood, ADA, "tcp", 0o022, HEBB_LISTEN="any")
    try:
        assert acting_as(BOB, lambda: hears(*kernel.place("iopub"))) == 1
    finally:
        kernel.stop()


def lesson(path: Path, *cells: str) -> Path:
    metadata = {"kernelspec": {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=metadata), path)
    path.chmod(0o644)
    return path


def the_entry(place: Neighbourhood, folder: Path, cell: str) -> Path:
    """The one entry that compiling a cell leaves, made by root."""
    command = [place.hebb, "warm", lesson(place.root / "one.ipynb", cell), "--cache", folder]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    [entry] = [path for path in (folder / "cells").iterdir() if re.fullmatch("[0-9a-f]{64}", path.name)]
    return entry


def printed(place: Neighbourhood, user: int, **environment: str) -> str:
    command = [place.hebb, "run", lesson(place.root / "asked.ipynb", 'println!("honest")')]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, **place.as_user(user, **environment))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_what_somebody_else_planted_is_not_loaded(neighbourhood: Neighbourhood) -> None:
    root = neighbourhood.root
    honest = the_entry(neighbourhood, root / "shared", 'println!("honest")')
    planted = the_entry(neighbourhood, root / "trap", 'println!("planted")')
    # The planted library under the key of the honest cell, with a checksum that is right.
    key, rest = bytes.fromhex(honest.name), planted.read_bytes()[72:]
    head = b"HEBBCELL" + key
    honest.write_bytes(head + hashlib.sha256(head + rest).digest() + rest)
    os.chown(honest, 0, 0)
    honest.chmod(0o644)
    listed = {"HEBB_CACHE_PATH": str(root / "shared")}
    # What root put there is loaded, so the trap works.
    assert printed(neighbourhood, BOB, **listed) == "planted"

    def forget() -> None:
        shutil.rmtree(neighbourhood.home(BOB) / ".cache", ignore_errors=True)

    forget()
    os.chown(honest, ADA, ADA)
    assert printed(neighbourhood, BOB, **listed) == "honest", "a file of hers in root's directory"
    forget()
    os.chown(honest, 0, 0)
    for place in (root / "shared", root / "shared" / "cells"):
        place.chmod(0o777)
        assert printed(neighbourhood, BOB, **listed) == "honest", "a directory to which she may write"
        place.chmod(0o755)
        forget()
    # And nothing of hers in what is said to be his own.
    for path in (root / "shared", root / "shared" / "cells", honest):
        os.chown(path, ADA, ADA)
    assert printed(neighbourhood, BOB, HEBB_CACHE=str(root / "shared")) == "honest"
    assert printed(neighbourhood, ADA, HEBB_CACHE=str(root / "shared")) == "planted", "she may fool herself"


def test_crates_are_not_built_in_somebody_elses_directory(neighbourhood: Neighbourhood) -> None:
    hers = neighbourhood.home(ADA) / "hers"
    hers.mkdir(exist_ok=True)
    os.chown(hers, ADA, ADA)
    hers.chmod(0o777)
    path = lesson(neighbourhood.root / "crates.ipynb", ':dep itoa = "1"')
    done = subprocess.run(
        [neighbourhood.hebb, "run", path], capture_output=True, text=True, timeout=PATIENCE, **neighbourhood.as_user(BOB, HEBB_CACHE=str(hers))
    )
    assert done.returncode == 1
    assert f"the crates cannot be kept: others may write to {hers} (mode 0777)" in done.stderr


def test_a_course_that_root_has_warmed_is_found_by_everybody(neighbourhood: Neighbourhood) -> None:
    course, shared = neighbourhood.root / "course", neighbourhood.root / "deep" / "below" / "warmed"
    (course / "week 2").mkdir(parents=True)
    lesson(course / "a.ipynb", "let a = 1;", "a + 1")
    lesson(course / "week 2" / "b.ipynb", "let mut sum = 0; for i in 0..3 { sum += i } sum", "no_such_name")
    command = [neighbourhood.hebb, "warm", course, "--cache", shared]

    def warm() -> subprocess.CompletedProcess[str]:
        # With the umask of a careful administrator.
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, umask=0o077)

    first, second = warm(), warm()
    assert (first.returncode, second.returncode) == (1, 1)
    assert "week 2/b.ipynb: In [2] failed: " in first.stderr
    assert "2 notebooks: 3 cells compiled, 0 found;" in first.stdout
    assert "2 notebooks: 0 cells compiled, 3 found;" in second.stdout
    for user in (ADA, BOB):
        shutil.rmtree(neighbourhood.home(user) / ".cache", ignore_errors=True)
        environment = neighbourhood.as_user(user, HEBB_CACHE_PATH=str(shared))
        done = subprocess.run([neighbourhood.hebb, "run", course / "a.ipynb"], capture_output=True, text=True, timeout=PATIENCE, **environment)
        assert done.returncode == 0, done.stderr
    homes = [neighbourhood.home(user) / ".cache" / "hebb" for user in (ADA, BOB)]
    done = subprocess.run([neighbourhood.hebb, "stats", "--json", shared, *homes], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    counted = [{name: sum(day[name] for day in place["days"]) for name in ("compiled", "found_own", "found_shared")} for place in json.loads(done.stdout)["directories"]]
    assert counted == [
        # What `warm` did itself.
        {"compiled": 3, "found_own": 3, "found_shared": 0},
        {"compiled": 0, "found_own": 0, "found_shared": 2},
        {"compiled": 0, "found_own": 0, "found_shared": 2},
    ]
