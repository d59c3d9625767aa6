"""Compiled cells are found again: after a restart, and by those who share a directory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import nbformat
import pytest

from conftest import PATIENCE, Kernel

CELLS = [
    "#[derive(Debug)] struct Point { x: f32 }",
    "let points: Vec<Point> = vec![Point { x: 1.5 }];",
    "let first = &points[0]; first.x",
    "let total = { let mut total = 0.0; for point in &points { total += point.x; } total };",
    "drop(points);",
    "total",
]


def run_all(kernel: Kernel) -> list[str]:
    """What each cell's note about its times says."""
    kernel.run(":timing")
    times = []
    for cell in CELLS:
        reply = kernel.run(cell)
        assert reply.status == "ok", reply.error
        times.append(reply.of_type("display_data")[-1]["data"]["text/plain"])
    return times


def test_after_a_restart_nothing_is_compiled(start_kernel, tmp_path: Path) -> None:
    kernel = start_kernel(env={**os.environ, "HEBB_CACHE": str(tmp_path)})
    assert all("found compiled" not in times for times in run_all(kernel))
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=PATIENCE)
    assert all("found compiled" in times for times in run_all(kernel))


@pytest.mark.parametrize("trusted", [True, False])
def test_a_shared_directory(start_kernel, hebb: Path, tmp_path: Path, trusted: bool) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS],
        metadata={"kernelspec": {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"}},
    )
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    shared, own = tmp_path / "shared", tmp_path / "own"
    warm = [hebb, "warm", tmp_path / "lesson.ipynb", "--cache", shared]
    result = subprocess.run(warm, capture_output=True, text=True, timeout=PATIENCE)
    assert (result.returncode, result.stderr) == (0, "")
    assert f"{len(CELLS)} cells compiled, 0 found" in result.stdout
    if not trusted:
        shared.chmod(0o777)
    kernel = start_kernel(env={**os.environ, "HEBB_CACHE": str(own), "HEBB_CACHE_PATH": str(shared)})
    found = ["found compiled" in times for times in run_all(kernel)]
    assert found == [trusted] * len(CELLS)
    kernel.manager.shutdown_kernel()
    # What was compiled would have been kept.
    assert (own / "cells").exists() != trusted
