"""What every end-to-end test shares: an installed kernel, found through a kernelspec of its own.

HEBB_PREFIX names the prefix that `install/build.sh` filled (`bin/hebb`, `lib/hebb/`). Kernelspec, cache and history live in
a temporary folder, so that a test neither sees nor leaves anything in the user's own.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_client.session import Session

REPOSITORY = Path(__file__).resolve().parents[2]
KERNEL_NAME = "hebb"
# A cell may have to wait for two busy cores; nothing here asserts on time.
PATIENCE = 120


@dataclass
class Reply:
    """The answer to one cell: the reply's content, and what came over iopub in order, busy and idle left out."""

    content: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.content["status"]

    def of_type(self, message_type: str) -> list[dict[str, Any]]:
        """Contents of all iopub messages of one type."""
        return [message["content"] for message in self.messages if message["msg_type"] == message_type]

    def text(self, stream: str = "stdout") -> str:
        """All that was written on one stream."""
        return "".join(content["text"] for content in self.of_type("stream") if content["name"] == stream)

    @property
    def result(self) -> str | None:
        """text/plain of the cell's value."""
        results = self.of_type("execute_result")
        return results[-1]["data"]["text/plain"] if results else None

    @property
    def error(self) -> str:
        """The traceback as one text, colours left out."""
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(self.content.get("traceback", [])))


def session_of(connection: dict[str, Any]) -> Session:
    """A session with the key of a connection file."""
    return Session(key=connection["key"], signature_scheme=connection["signature_scheme"])


@dataclass
class Kernel:
    """A running kernel and its client."""

    manager: KernelManager
    client: Any

    def session(self) -> Session:
        """Signs and reads messages for a socket of the test's own."""
        return session_of(self.manager.get_connection_info())

    def address(self, name: str) -> str:
        """Where one of the five sockets listens: `shell`, `iopub`, `stdin`, `control` or `hb`."""
        info = self.manager.get_connection_info()
        return f"tcp://{info['ip']}:{info[f'{name}_port']}"

    def run(self, code: str, timeout: float = PATIENCE, **arguments: Any) -> Reply:
        """Executes one cell and waits for its reply and for idle."""
        messages: list[dict[str, Any]] = []
        # `execute_interactive` asks for stdin where the front end allows it; no front end is here.
        arguments.setdefault("allow_stdin", False)
        reply = self.client.execute_interactive(code, timeout=timeout, output_hook=messages.append, **arguments)
        shown = [message for message in messages if message["msg_type"] not in ("status", "execute_input")]
        return Reply(reply["content"], shown)


@pytest.fixture(scope="session")
def hebb() -> Path:
    """The installed binary."""
    prefix = os.environ.get("HEBB_PREFIX")
    if not prefix:
        pytest.exit("HEBB_PREFIX is not set: run install/build.sh PREFIX, then HEBB_PREFIX=PREFIX pytest tests/python", 2)
    binary = Path(prefix).resolve() / "bin" / "hebb"
    if not binary.is_file():
        pytest.exit(f"{binary} is not there: run install/build.sh {prefix}", 2)
    return binary


@pytest.fixture(scope="session", autouse=True)
def kernelspec(hebb: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Installs the kernelspec where only these tests look; yields its folder."""
    home = tmp_path_factory.mktemp("jupyter")
    changed = {
        "JUPYTER_PATH": str(home / "share" / "jupyter"),
        "HEBB_CACHE": str(home / "cache"),
        # What a test sees does not depend on what else is installed; the tests of this feature turn it on.
        "HEBB_RUST_ANALYZER": "",
    }
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    subprocess.run([hebb, "install", "--prefix", home, "--name", KERNEL_NAME], check=True)
    yield home / "share" / "jupyter" / "kernels" / KERNEL_NAME
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@pytest.fixture(scope="session")
def start_kernel(kernelspec: Path) -> Iterator[Callable[..., Kernel]]:
    """Starts kernels; those still alive at the end of the session are stopped."""
    started: list[Kernel] = []

    def start(**arguments: Any) -> Kernel:
        arguments.setdefault("kernel_name", KERNEL_NAME)
        manager, client = start_new_kernel(startup_timeout=PATIENCE, **arguments)
        started.append(Kernel(manager, client))
        return started[-1]

    yield start
    for kernel in started:
        kernel.client.stop_channels()
        if kernel.manager.is_alive():
            kernel.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(start_kernel: Callable[..., Kernel]) -> Kernel:
    """One kernel for all tests of a file."""
    return start_kernel()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Keeps a picture of the page on which a test failed."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and page:
        pictures = REPOSITORY / "tests" / "output"
        pictures.mkdir(exist_ok=True)
        page.screenshot(path=pictures / f"failed-{item.name}.png")
    return report
