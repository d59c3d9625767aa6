"""Makes releases for tests, of what was built for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conftest import REPOSITORY


def package(*arguments: Path | str) -> subprocess.CompletedProcess[str]:
    """Runs `package.sh`; maturin stands beside this Python."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [REPOSITORY / "install" / "package.sh", *arguments]
    return subprocess.run(command, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False)


def unpacked(hebb: Path, out: Path) -> Path:
    """A release of the installed Hebb, unpacked as `tar` does it on the machine that gets it."""
    done = package("--prefix", hebb.parents[1], out)
    assert done.returncode == 0, done.stderr
    place = out / "hebb"
    place.mkdir()
    subprocess.run(["tar", "-xzf", done.stdout.strip(), "--strip-components", "1", "-C", place], check=True)
    return place


def rustc(*question: str) -> str:
    """What the compiler in the search path answers."""
    return subprocess.run(["rustc", *question], capture_output=True, text=True, check=True).stdout.strip()


def plain(home: Path | str, **more: str) -> dict[str, str]:
    """An environment with nothing of this machine's user in it."""
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", **more}
