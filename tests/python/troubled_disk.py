"""A disk in trouble: a file system that passes everything on to a folder, until it is told to be slow, full, dead, ...

A real file system in user space (FUSE), mounted and unmounted by the tests, so that what is tried is the program as it is and not what it would
do with pretended calls. Run as a program it serves one mount and takes its orders, a mood a line, from standard input.

Moods: `good`; `slow SECONDS` (each call); `dead` (no call returns until the next mood); `full` and `quota` (what needs room fails);
`readonly`; `gone` (a server that has forgotten the files: each call fails); `nolocks` (locks are refused); `clock SECONDS` (files
seem to have been changed so much later).
"""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

try:
    import mfusepy
except OSError:
    # The package is there and the system's library is not.
    mfusepy = None


class Disk:
    """A mounted disk, from the tests' side."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "disk"
        self.behind = folder / "behind"
        self.path.mkdir()
        self.behind.mkdir()
        command = [sys.executable, __file__, str(self.path), str(self.behind)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.server = subprocess.Popen(command, text=True, **pipes)
        while not self.path.is_mount():
            assert self.server.poll() is None, "the disk cannot be mounted"
            time.sleep(0.01)

    @staticmethod
    def missing() -> str | None:
        """Why there can be none here."""
        if os.geteuid() != 0:
            return "only root can mount a disk of its own"
        if not os.access("/dev/fuse", os.R_OK | os.W_OK):
            return "this system has no /dev/fuse"
        if mfusepy is None:
            return "libfuse is not there (apt-get install fuse3)"
        return None

    def become(self, mood: str) -> None:
        """From when this returns, each new call meets this mood."""
        assert self.server.stdin and self.server.stdout
        self.server.stdin.write(f"{mood}\n")
        self.server.stdin.flush()
        said = self.server.stdout.readline()
        assert said == f"{mood}\n", f"the disk said {said!r}"

    def remove(self) -> None:
        """Lets every call that still waits return, and unmounts."""
        if self.server.poll() is None:
            self.become("good")
        # Lazily: a process that has just been killed may still be on its way out of it.
        subprocess.run(["umount", "--lazy", self.path], check=False, capture_output=True)
        assert self.server.stdin
        self.server.stdin.close()
        try:
            self.server.wait(10)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()


class Behind(mfusepy.Operations if mfusepy else object):
    """Passes calls on, as the mood is."""

    use_ns = True

    def __init__(self, root: str) -> None:
        self.root = root
        self.mood, self.amount = "good", 0.0
        self.changed = threading.Condition()

    def become(self, order: str) -> None:
        mood, _, amount = order.partition(" ")
        with self.changed:
            self.mood, self.amount = mood, float(amount or 0)
            self.changed.notify_all()

    def meet(self, path: str, room: bool = False, writes: bool = False) -> str:
        """What a call has to go through first; gives the path behind."""
        with self.changed:
            while self.mood == "dead":
                self.changed.wait()
            mood, amount = self.mood, self.amount
        if mood == "slow":
            time.sleep(amount)
        trouble = {"full": (room, errno.ENOSPC), "quota": (room, errno.EDQUOT), "readonly": (writes or room, errno.EROFS), "gone": (True, errno.ESTALE)}
        met, number = trouble.get(mood, (False, 0))
        if met:
            raise mfusepy.FuseOSError(number)
        return self.root + path

    def attributes(self, found: os.stat_result) -> dict[str, Any]:
        later = int(self.amount * 10**9) if self.mood == "clock" else 0
        names = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_ino", "st_blocks")
        times = {name: getattr(found, f"{name}_ns") + later for name in ("st_atime", "st_mtime", "st_ctime")}
        return {name: getattr(found, name) for name in names} | times

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        return self.attributes(os.lstat(self.meet(path)))

    def access(self, path: str, amode: int) -> int:
        if not os.access(self.meet(path), amode):
            raise mfusepy.FuseOSError(errno.EACCES)
        return 0

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *os.listdir(self.meet(path))]

    def readlink(self, path: str) -> str:
        return os.readlink(self.meet(path))

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self.meet(path))
        return {name: getattr(found, name) for name in ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_frsize", "f_namemax")}

    def open(self, path: str, flags: int) -> int:
        writes = flags & (os.O_WRONLY | os.O_RDWR) != 0
        # A full disk opens what is there.
        return os.open(self.meet(path, writes=writes), flags & ~os.O_CREAT)

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        return os.open(self.meet(path, room=True), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        self.meet(path)
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        self.meet(path, room=True)
        return os.pwrite(fh, data, offset)

    def flush(self, path: str, fh: int) -> int:
        self.meet(path)
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        self.meet(path, room=True)
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self.meet(path, writes=True), length)
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        os.mkdir(self.meet(path, room=True), mode)
        return 0

    def rmdir(self, path: str) -> int:
        os.rmdir(self.meet(path, writes=True))
        return 0

    def unlink(self, path: str) -> int:
        os.unlink(self.meet(path, writes=True))
        return 0

    def rename(self, old: str, new: str, flags: int = 0) -> int:
        if flags:
            # As a server on the network: it knows no such renames.
            raise mfusepy.FuseOSError(errno.EINVAL)
        os.rename(self.meet(old, writes=True), self.root + new)
        return 0

    def symlink(self, target: str, source: str) -> int:
        os.symlink(source, self.meet(target, room=True))
        return 0

    def link(self, target: str, source: str) -> int:
        os.link(self.root + source, self.meet(target, room=True))
        return 0

    def chmod(self, path: str, mode: int) -> int:
        os.chmod(self.meet(path, writes=True), mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        os.chown(self.meet(path, writes=True), uid, gid, follow_symlinks=False)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        os.utime(self.meet(path, writes=True), ns=times)
        return 0

    def flock(self, path: str, fh: int, op: int) -> int:
        self.meet(path)
        if self.mood == "nolocks":
            raise mfusepy.FuseOSError(errno.ENOLCK)
        fcntl.flock(fh, op)
        return 0


def serve(mount: str, behind: str) -> None:
    """Mounts, and takes orders until it is unmounted."""
    disk = Behind(behind)

    def listen() -> None:
        for line in sys.stdin:
            disk.become(line.strip())
            print(line.strip(), flush=True)
        # Nobody gives orders any more: nothing may hang on this disk.
        disk.become("good")

    threading.Thread(target=listen, daemon=True).start()
    # Every call comes here, none is answered from what the system remembers.
    mfusepy.FUSE(disk, mount, foreground=True, attr_timeout=0, entry_timeout=0, negative_timeout=0, fsname="troubled")


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
