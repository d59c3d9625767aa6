"""A control group of the tests' own below the one that they run in: the real thing that limits a student's server on a cluster.

Made only where this process may make one, and that is mostly root on a machine of its own; `find` says why not elsewhere.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


class ControlGroup:
    """A group with a limit on memory, in bytes."""

    def __init__(self, folder: Path, second: bool) -> None:
        self.folder = folder
        self.second = second

    @staticmethod
    def find(memory: int) -> ControlGroup | str:
        """A fresh group with this limit, or why there can be none."""
        reason = "there is no control group for memory"
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            second = not kinds
            if not second and "memory" not in kinds.split(","):
                continue
            own = (ROOT if second else ROOT / "memory") / path.lstrip("/")
            folder = own / f"hebb-test-{os.getpid()}-{time.monotonic_ns()}"
            try:
                if second and "memory" not in (own / "cgroup.controllers").read_text().split():
                    continue
                folder.mkdir()
                group = ControlGroup(folder, second)
            except OSError as error:
                reason = f"no control group can be made: {error}"
                continue
            try:
                if second:
                    (own / "cgroup.subtree_control").write_text("+memory")
                group.limit(memory)
                return group
            except OSError as error:
                reason = f"the control group has no limit on memory: {error}"
                folder.rmdir()
        return reason

    def limit(self, memory: int) -> None:
        """Sets the limit, in bytes."""
        (self.folder / ("memory.max" if self.second else "memory.limit_in_bytes")).write_text(str(memory))

    def entering(self, command: list[str]) -> list[str]:
        """The command, run in the group."""
        enter = f"echo $$ > {self.folder}/cgroup.procs || exit 125; exec \"$0\" \"$@\""
        return ["/bin/sh", "-c", enter, *command]

    def used(self) -> int:
        """Bytes that cannot be taken back: without what was read from files."""
        fields = dict(line.split() for line in (self.folder / "memory.stat").read_text().splitlines())
        names = ("anon", "shmem") if self.second else ("total_rss", "total_shmem")
        return sum(int(fields.get(name, 0)) for name in names)

    def kills(self) -> int:
        """How many processes the system has ended because the group was full."""
        events = self.folder / ("memory.events" if self.second else "memory.oom_control")
        fields = dict(line.split() for line in events.read_text().splitlines())
        return int(fields.get("oom_kill", 0))

    def remove(self) -> None:
        """Takes the group away once its processes have ended."""
        patience = time.monotonic() + 30
        while True:
            try:
                return self.folder.rmdir()
            except OSError:
                if time.monotonic() > patience:
                    raise
                time.sleep(0.05)
