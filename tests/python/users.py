"""Other users for the tests: people who exist nowhere, with homes of their own, who may run what the tests have installed.

Hebb and its compiler may lie where only root looks (`/root`), so both are put once more where everybody does: by links, which cost nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Callable

# Numbers that no account has.
ADA, BOB = 61001, 61002


def linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def acting_as(user: int, action: Callable[[], Any]) -> Any:
    """What a function gives, as JSON knows it, when this user calls it: in a copy of this process, because Python may lie in root's home."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        # Nothing of pytest's may run on in the copy, whatever happens.
        try:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            os.write(writing, json.dumps(action()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading, "rb") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    assert text, "the other user's part has failed"
    return json.loads(text)


class Neighbourhood:
    """A place with homes, one directory for everybody's temporary files, Hebb and a compiler."""

    def __init__(self, hebb: Path) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="hebb-users-", dir="/tmp"))
        self.root.chmod(0o755)
        prefix = hebb.parent.parent
        for part in ("bin/hebb", "lib/hebb"):
            (self.root / part).parent.mkdir(parents=True, exist_ok=True)
            if (prefix / part).is_dir():
                shutil.copytree(prefix / part, self.root / part, copy_function=linked)
            else:
                linked(str(prefix / part), str(self.root / part))
        sysroot = Path(subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip())
        for part in ("bin", "lib"):
            shutil.copytree(sysroot / part, self.root / "rust" / part, copy_function=linked, symlinks=True)
        self.temporary = self.root / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)
        self.hebb = self.root / "bin" / "hebb"

    def home(self, user: int) -> Path:
        """A home that others may look into, as it is on many clusters."""
        home = self.root / f"home-{user}"
        if not home.exists():
            home.mkdir()
            home.chmod(0o755)
            os.chown(home, user, user)
        return home

    def as_user(self, user: int, umask: int = 0o022, **environment: str) -> dict[str, Any]:
        """Arguments of `subprocess.run` and `Popen` for a program of this user."""
        variables = {
            "HOME": str(self.home(user)),
            "PATH": os.environ["PATH"],
            "RUSTC": str(self.root / "rust" / "bin" / "rustc"),
            "TMPDIR": str(self.temporary),
            "HEBB_RUST_ANALYZER": "",
            **environment,
        }
        return {"user": user, "group": user, "extra_groups": [], "umask": umask, "env": variables, "cwd": self.home(user)}

    def remove(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
