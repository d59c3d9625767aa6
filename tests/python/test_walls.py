"""What `hebb grade` does on a system that lacks some of the walls: refused calls stand for a kernel or a container without them."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import struct
import subprocess
from pathlib import Path
from typing import Callable

import nbformat
import pytest

from submissions import answer, test as graded_test

# Numbers of system calls.
LANDLOCK = 444
UNSHARE = {"x86_64": 272, "aarch64": 97}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
libc = ctypes.CDLL(None, use_errno=True)


def refuse(call: int, error: int) -> Callable[[], None]:
    """For a child process: this system call fails, in it and in all that it starts."""
    steps = [(LOAD, 0, 0, 0), (EQUAL, 0, 1, call), (RETURN, 0, 0, FAIL | error), (RETURN, 0, 0, ALLOW)]
    program = b"".join(struct.pack("HBBI", *step) for step in steps)

    def prepare() -> None:
        text = ctypes.create_string_buffer(program)
        header = struct.pack("HP", len(steps), ctypes.addressof(text))
        if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header, 0, 0):
            raise OSError(ctypes.get_errno(), "the filter was refused")

    return prepare


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An exercise, a file that it reads, and a submission that looks around and writes."""
    read = 'fn label() -> String {\n    std::fs::read_to_string("label.txt").unwrap_or_default()\n}'
    cells = [
        answer("label", "", read),
        graded_test("label-test", 1, 'assert_eq!(label(), "seven");'),
        graded_test("write-test", 1, 'assert!(std::fs::write("mine.txt", "").is_err(), "it could be written");'),
        graded_test("secret-test", 1, f'assert!(std::fs::read("{tmp_path}/secret.txt").is_err(), "it could be read");'),
    ]
    metadata = {"kernelspec": {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "source.ipynb")
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "label.txt").write_text("seven")
    (tmp_path / "secret.txt").write_text("mine")
    for path, mode in [(tmp_path, 0o755), (tmp_path.parent, 0o755), (tmp_path / "secret.txt", 0o644)]:
        path.chmod(mode)
    return tmp_path


def grade(hebb: Path, place: Path, *more: str, prepare: Callable[[], None]) -> subprocess.CompletedProcess[str]:
    command = [hebb, "grade", "source.ipynb", "--assignment", "source.ipynb", "--files", "given", "--json", "points.json", *more]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, preexec_fn=prepare)


def points(place: Path) -> dict[str, float]:
    (result,) = json.loads((place / "points.json").read_text())
    return {cell["grade_id"]: cell["score"] for cell in result["cells"]}


def test_without_landlock_nothing_is_graded(hebb: Path, place: Path) -> None:
    done = grade(hebb, place, prepare=refuse(LANDLOCK, errno.ENOSYS))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "hebb: students' cells cannot be confined: this system has no Landlock, which keeps a program from other people's files\n"
        "hint: Linux has it from 5.13 on, where `landlock` stands in /sys/kernel/security/lsm. In a container in which nothing else\n"
        "is, --open-files grades without it\n"
    )
    assert not (place / "points.json").exists()


def test_without_landlock_it_goes_on_if_that_is_asked_for(hebb: Path, place: Path) -> None:
    done = grade(hebb, place, "--open-files", prepare=refuse(LANDLOCK, errno.ENOSYS))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("walls: FILES ARE OPEN: this system has no Landlock; no network; writing ")
    assert points(place)["label-test"] == 1


def test_without_namespaces_nothing_is_written_and_files_are_found(hebb: Path, place: Path) -> None:
    done = grade(hebb, place, prepare=refuse(UNSHARE[platform.machine()], errno.EPERM))
    assert done.returncode == 0, done.stderr
    assert "; writing nowhere (no user namespaces here); " in done.stdout.splitlines()[-1]
    assert points(place) == {"label-test": 1, "write-test": 1, "secret-test": 1}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_grades_as_another_user(hebb: Path, place: Path) -> None:
    (place / "secret.txt").chmod(0o600)
    done = grade(hebb, place, "--open-files", prepare=refuse(LANDLOCK, errno.ENOSYS))
    assert done.stdout.splitlines()[-1].endswith(", as another user")
    assert points(place)["secret-test"] == 1
