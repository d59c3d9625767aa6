"""A rust-analyzer beside the kernel's own answers: a pretended one, and a real one where this machine has one.

How it behaves when the server does not is tested beside the code, in `kernel/src/engine/assist/analyzer/tests.rs`.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import psutil
import pytest

from conftest import PATIENCE, REPOSITORY, Kernel

PRETENDED = REPOSITORY / "kernel/src/engine/assist/analyzer/fake_server.py"

# What a macro makes is in no index: only something that expands macros knows the field.
CODE = """macro_rules! make { ($name:ident) => { struct $name { hidden_field: u32 } } }
make!(Made);
fn f(größe: Made) { größe.hid"""


def servers() -> list[str]:
    """`pretended`, and the first real one in the path that runs, if there is one."""
    for folder in os.get_exec_path():
        program = shutil.which("rust-analyzer", path=folder)
        # rustup puts a program of this name there that only says what is missing.
        if program and subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0:
            return ["pretended", program]
    return ["pretended"]


def below(kernel: Kernel, name: str) -> list[psutil.Process]:
    """The kernel's processes of this name or with it among their arguments."""
    processes = psutil.Process(kernel.manager.provisioner.process.pid).children(recursive=True)
    return [process for process in processes if name in " ".join(process.cmdline())]


def asked_until_answered(ask: Callable[[], list[Any] | dict[str, Any]]) -> Any:
    """The kernel never waits for the server to load, so whoever wants its answer asks again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = ask()
        if found:
            return found
    pytest.fail("the server never answered")


@pytest.mark.parametrize("server", servers(), ids=os.path.basename)
@pytest.mark.parametrize("ending", ["shutdown", "kill"])
def test_it_answers_what_the_kernel_cannot(
    server: str, ending: str, start_kernel: Callable[..., Kernel], tmp_path: Path
) -> None:
    program = Path(server)
    if server == "pretended":
        program = tmp_path / "rust-analyzer"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PRETENDED}" good\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    kernel = start_kernel(env={**os.environ, "HEBB_RUST_ANALYZER": str(program)})
    kernel.run("struct Known { field: u32 }\nlet x = 1;")

    def complete(code: str) -> dict[str, Any]:
        return kernel.client.complete(code, len(code), reply=True, timeout=PATIENCE)["content"]

    name = str(PRETENDED) if server == "pretended" else "rust-analyzer"
    assert "field" in complete("let k: Known; k.")["matches"]
    assert not below(kernel, name), "it is started only for what is not known"

    reply = asked_until_answered(lambda: [reply for reply in [complete(CODE)] if reply["matches"]])[0]
    expected = "hidseen" if server == "pretended" else "hidden_field"
    assert reply["matches"] == [expected]
    assert CODE[reply["cursor_start"] : reply["cursor_end"]] == "hid"
    (candidate,) = reply["metadata"]["_jupyter_types_experimental"]
    assert candidate["signature"]

    whole = f"{CODE}den_field"
    shown = asked_until_answered(
        lambda: kernel.client.inspect(whole, len(whole), reply=True, timeout=PATIENCE)["content"]["data"]
    )
    assert ("größe." if server == "pretended" else "hidden_field: u32") in shown["text/plain"]

    running = below(kernel, name)
    assert running
    if ending == "kill":
        psutil.Process(kernel.manager.provisioner.process.pid).kill()
    else:
        kernel.manager.shutdown_kernel()
    assert psutil.wait_procs(running, timeout=PATIENCE)[1] == []


def test_it_can_be_turned_off(start_kernel: Callable[..., Kernel]) -> None:
    kernel = start_kernel(env={**os.environ, "HEBB_RUST_ANALYZER": ""})
    for _ in range(3):
        reply = kernel.client.complete(CODE, len(CODE), reply=True, timeout=PATIENCE)["content"]
        assert (reply["status"], reply["matches"]) == ("ok", [])
    assert not below(kernel, "rust-analyzer")
