"""nbgrader itself, as the tests of grading run it: with neither the settings nor the data of whoever runs the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator


@contextmanager
def apart(home: Path) -> Iterator[None]:
    """Everything of nbgrader's and Jupyter's stands below `home`."""
    changed = {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        # nbgrader calls `alembic`, which stands beside this Python.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def nbgrader(course: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs one of its commands in a course directory."""
    done = subprocess.run([sys.executable, "-m", "nbgrader", *arguments], cwd=course, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done
