#!/usr/bin/env python3
"""Every lesson as on a crowded cluster: one processor and little memory, in a real control group.

    HEBB_DATA=... tests/bench/small_limits.py HEBB [--memory 1024] [--notebooks FOLDER] [LESSON ...]

HEBB is the program. The kernel, its worker and the compiler run on one processor in a group with this limit, in MiB. Tells for each
lesson how long it took, the largest amount of memory that it used at any moment (what was read from files left out, because the
system takes that back), how often the system ended a process, and what the first failed cell said. A lesson that fails makes
it end with 1. Needs root, and: nbclient. A command to look at, not a test.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "python"))
from control_group import ControlGroup  # noqa: E402

PATIENCE = 1800
# Between two looks at the memory, in seconds.
PAUSE = 0.02


def run(lesson: Path, hebb: Path, memory: int) -> tuple[float, int, int, str, list[str]]:
    """Seconds, the most memory in bytes, processes that the system ended, the first error, warnings about memory."""
    group = ControlGroup.find(memory)
    if isinstance(group, str):
        sys.exit(group)
    folder = Path(tempfile.mkdtemp(prefix="hebb-small-"))
    spec = folder / "kernels" / "small"
    spec.mkdir(parents=True)
    command = group.entering(["taskset", "-c", "0", str(hebb), "kernel", "{connection_file}"])
    spec.joinpath("kernel.json").write_text(
        json.dumps({"argv": command, "display_name": "small", "language": "rust", "interrupt_mode": "message"})
    )
    os.environ["HEBB_CACHE"] = str(folder / "cache")
    specs = KernelSpecManager(kernel_dirs=[str(folder / "kernels")])
    manager = AsyncKernelManager(kernel_name="small", kernel_spec_manager=specs)
    notebook = nbformat.read(lesson, as_version=4)
    client = NotebookClient(
        notebook, km=manager, timeout=PATIENCE, resources={"metadata": {"path": str(lesson.parent)}}
    )
    most, done = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(PAUSE):
            most = max(most, group.used())

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun, error = time.monotonic(), ""
    try:
        asyncio.run(client.async_execute(cleanup_kc=True))
    except CellExecutionError as failure:
        error = re.sub(r"\x1b\[[0-9;]*m", "", f"{failure.ename}: {failure.evalue}")
    seconds = time.monotonic() - begun
    done.set()
    watcher.join()
    kills = group.kills()
    group.remove()
    shutil.rmtree(folder)
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    texts = ["".join(output.get("data", {}).get("text/plain", "")) for output in shown]
    return seconds, most, kills, error, [text for text in texts if "of the memory is in use" in text]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hebb", type=Path)
    parser.add_argument("--memory", type=int, default=1024, help="the limit in MiB")
    parser.add_argument("--notebooks", type=Path, default=REPOSITORY / "notebooks")
    parser.add_argument("lessons", nargs="*")
    arguments = parser.parse_args()
    failed = False
    for lesson in sorted(arguments.notebooks.glob("*.ipynb")):
        if arguments.lessons and lesson.stem not in arguments.lessons:
            continue
        seconds, most, kills, error, warnings = run(lesson, arguments.hebb.resolve(), arguments.memory << 20)
        failed |= bool(error)
        remarks = [f"{kills} ended by the system"] * bool(kills) + warnings[:1] + [error] * bool(error)
        load = os.getloadavg()[0]
        print(f"{lesson.stem:28} {seconds:7.1f} s  {most / 2**20:6.0f} MiB  load {load:.1f}  {'; '.join(remarks)}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
