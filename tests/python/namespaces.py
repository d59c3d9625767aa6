"""Runs a command where it sees other files than this machine's: folders hidden, others in their place, another root, another user.

A mount namespace of its own, which ends with the command; nothing outside changes. Needs root or user namespaces.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterator

import pytest


@dataclass
class View:
    """What a command sees. The lines are a shell's, run in order before the command."""

    lines: list[str] = field(default_factory=list)

    def hide(self, *folders: Path | str) -> View:
        """Nothing is in these folders any more; those that are not there are none the less hidden."""
        for folder in folders:
            if Path(folder).is_dir():
                self.lines.append(f"mount -t tmpfs -o mode=755 hidden {shlex.quote(str(folder))}")
        return self

    def bind(self, source: Path | str, target: Path | str, *, writable: bool = False) -> View:
        """What is in `source` stands in `target`, too. A folder is made for it; a file must be there."""
        make = "mkdir -p" if Path(source).is_dir() else "test -f"
        source, target = shlex.quote(str(source)), shlex.quote(str(target))
        self.lines.append(f"{make} {target} && mount --bind {source} {target}")
        if not writable:
            self.lines.append(f"mount -o remount,bind,ro {target}")
        return self

    def pass_through(self, folder: Path | str) -> View:
        """Everyone may pass through this folder (root's home, say) to those below it."""
        folder = shlex.quote(str(folder))
        self.lines.append(
            f"real=$(mktemp -d) && mount --bind {folder} $real && mount -t tmpfs -o mode=755 passed {folder}\n"
            f"for below in $real/* $real/.[!.]*; do\n"
            f'  if [ -d "$below" ]; then mkdir {folder}/"${{below##*/}}" && mount --bind "$below" {folder}/"${{below##*/}}"; fi\n'
            f"done\numount $real && rmdir $real"
        )
        return self

    def command(self, *command: Path | str) -> list[str]:
        """The command line that sees this."""
        private = ["unshare", "--mount", "--propagation", "private"]
        if os.geteuid() != 0:
            private.append("--map-root-user")
        script = "\n".join(["set -e", *self.lines, 'exec "$@"'])
        return [*private, "bash", "-c", script, "view", *map(str, command)]

    @contextmanager
    def kept(self) -> Iterator[Callable[..., list[str]]]:
        """For several commands that see this together: makes of each a command line."""
        keeper = subprocess.Popen(self.command("sh", "-c", "echo seen; exec sleep infinity"), stdout=subprocess.PIPE)
        try:
            assert keeper.stdout and keeper.stdout.readline(), "the mounts above could not be made"
            yield lambda *command: ["nsenter", "--target", str(keeper.pid), "--mount", *map(str, command)]
        finally:
            keeper.kill()
            keeper.wait()

    def run(self, *command: Path | str, env: dict[str, str], cwd: Path | str = "/") -> subprocess.CompletedProcess[str]:
        """Runs the command to its end."""
        return subprocess.run(self.command(*command), env=env, cwd=cwd, capture_output=True, text=True, check=False)


def need_namespaces() -> None:
    """Skips a test where the system allows none."""
    allowed = subprocess.run(View().hide("/mnt").command("true"), capture_output=True, text=True, check=False)
    if allowed.returncode != 0:
        pytest.skip(f"no mount namespaces here: {allowed.stderr.strip()}")
