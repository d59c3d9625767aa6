"""`hebb stats`: every cell is counted, whoever runs beside it, whatever becomes of the kernel or the directory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, Callable

from conftest import PATIENCE, Kernel


def stats(hebb: Path, *directories: Path, **environment: str) -> dict[str, Any]:
    command = [hebb, "stats", "--json", *directories]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def counted(hebb: Path, cache: Path, cells: int) -> dict[str, Any]:
    """The total, once this many cells are counted: that is done behind them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        total = stats(hebb, cache)["total"]
        number = total["compiled"] + total["found_own"] + total["found_shared"]
        if number >= cells or time.monotonic() > deadline:
            assert number == cells, total
            return total
        time.sleep(0.05)


def run(kernel: Kernel, *cells: str) -> None:
    for cell in cells:
        reply = kernel.run(cell)
        assert reply.status == "ok", reply.error


def test_kernels_count_side_by_side_and_one_that_is_killed_counts_too(start_kernel: Callable[..., Kernel], hebb: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "HEBB_CACHE": str(tmp_path), "HEBB_CACHE_PATH": ""}
    one, other = start_kernel(env=environment), start_kernel(env=environment)
    for number in range(4):
        run(one, f"{number} + 1000")
        run(other, f"{number} + 2000")
    # A cell that is not compiled is none that could have been found.
    assert other.run("no_such_name").status == "error"
    counted(hebb, tmp_path, 8)
    os.kill(other.manager.provisioner.pid, signal.SIGKILL)
    run(one, "0 + 1000")
    total = counted(hebb, tmp_path, 9)
    assert total == {**total, "compiled": 8, "found_own": 1, "found_shared": 0, "entries": 8}
    assert [sum(day[name] for day in total["days"]) for name in ("compiled", "found_own")] == [8, 1]


def test_a_directory_that_is_cleared_or_spoilt_costs_no_cell(start_kernel: Callable[..., Kernel], hebb: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kernel = start_kernel(env={**os.environ, "HEBB_CACHE": str(cache), "HEBB_CACHE_PATH": ""})
    run(kernel, "1 + 1")
    counted(hebb, cache, 1)
    shutil.rmtree(cache)
    run(kernel, "2 + 2")
    counted(hebb, cache, 1)
    [day] = (cache / "stats").iterdir()
    day.write_bytes(b"\0\xff{garbage" + os.urandom(100).translate(None, b"cos"))
    run(kernel, "3 + 3")
    # `garbage` is spelt without the letters that count.
    counted(hebb, cache, 1)
    shutil.rmtree(cache / "stats")
    (cache / "stats").write_text("a file in its place")
    run(kernel, "4 + 4", "5 + 5")
    assert stats(hebb, cache)["total"]["days"] == []


def test_the_page_names_every_directory(hebb: Path, tmp_path: Path) -> None:
    shared, own, spoilt = (tmp_path / name for name in ("shared", "own", "spoilt"))
    for place, letters in [(shared, "ccc"), (own, "sssocc")]:
        (place / "cells").mkdir(parents=True, mode=0o755)
        (place / "cells" / ("a" * 64)).write_bytes(b"x" * 4096)
        (place / "stats").mkdir()
        (place / "stats" / "2026-11-20").write_text(letters)
    environment = os.environ | {"HEBB_CACHE": str(own), "HEBB_CACHE_PATH": str(shared)}
    done = subprocess.run([hebb, "stats"], env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("/")] == [f"{shared} (shared):", f"{own} (your own):"]
    assert lines[-2].split() == ["2026-11-20", "9", "44", "%", "3", "5"]
    # One that cannot be read is said, and the others are added up.
    spoilt.mkdir()
    (spoilt / "cells").write_text("")
    done = subprocess.run([hebb, "stats", spoilt, own], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{spoilt}: cannot be read: Not a directory") and "\nall: 1 entry, " in done.stdout
