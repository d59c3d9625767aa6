"""`--engine`: a build without the evcxr engine says so in one line, wherever it is asked for, and leaves nothing behind.

What the engine itself does is compared by tests/parity/compare.sh, which builds it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import nbformat
import pytest

SAID = "this hebb was built without the evcxr engine\nhint: build one with it: install/build.sh --evcxr PREFIX"


@pytest.fixture
def without_evcxr(hebb: Path, tmp_path: Path) -> Path:
    """The command under test, if it is a usual build."""
    asked = subprocess.run([hebb, "install", "--engine", "evcxr", "--prefix", tmp_path / "ask"], capture_output=True)
    if asked.returncode == 0:
        pytest.skip("this build has the evcxr engine")
    return hebb


def test_a_kernelspec_that_could_not_start_is_not_written(without_evcxr: Path, tmp_path: Path) -> None:
    ran = subprocess.run(
        [without_evcxr, "install", "--engine", "evcxr", "--prefix", tmp_path], capture_output=True, text=True
    )
    assert (ran.returncode, ran.stderr) == (1, f"hebb: {SAID}\n")
    assert list(tmp_path.glob("share/jupyter/kernels/*")) == []


def test_a_run_does_not_begin(without_evcxr: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), path)
    ran = subprocess.run([without_evcxr, "run", "--engine", "evcxr", path], capture_output=True, text=True)
    assert ran.returncode == 2
    assert SAID in ran.stderr


def test_the_default_engine_has_a_name_too(hebb: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), path)
    ran = subprocess.run([hebb, "run", "--engine", "rustc", path], capture_output=True, text=True, check=True)
    assert "2" in ran.stdout


def test_a_name_that_is_no_engine_is_refused(hebb: Path) -> None:
    ran = subprocess.run([hebb, "install", "--engine", "rust"], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "rustc, evcxr" in ran.stderr
