"""`hebb doctor` on installations that are broken in many ways: each is a line with a hint, never a crash."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from conftest import PATIENCE
from control_group import ControlGroup

CHECKS = {
    "hebb", "compiler", "prelude", "cell", "threads", "graphics-card", "data", "kernelspec", "jupyterlab", "connections", "home", "cache",
    "shared-cache", "temporary-files", "memory", "processors", "rust-analyzer", "walls",
}  # fmt: skip
MANY = {"kernelspec", "data", "shared-cache"}
# A program of this argument is one of ours.
FOREVER = "86399"


class Report:
    """What a doctor said."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        assert done.stderr == "", done.stderr
        self.status = done.returncode
        self.findings: list[dict[str, Any]] = json.loads(done.stdout)
        for finding in self.findings:
            assert list(finding) == ["check", "status", "found", "hint"]
            assert finding["check"] in CHECKS and finding["status"] in ("ok", "warning", "error")
            if finding["status"] != "ok":
                assert finding["hint"], finding
        errors = [finding for finding in self.findings if finding["status"] == "error"]
        assert self.status == (1 if errors else 0), errors

    def all(self, check: str) -> list[tuple[str, str, str | None]]:
        return [(finding["status"], finding["found"], finding["hint"]) for finding in self.findings if finding["check"] == check]

    def one(self, check: str) -> tuple[str, str, str | None]:
        [finding] = self.all(check)
        return finding


def doctor(hebb: Path, *before: str, **environment: str | None) -> Report:
    """Asks it, in an environment that differs; None takes a variable away. `before` starts it."""
    variables = {name: value for name, value in (os.environ | environment).items() if value is not None}
    command = [*before, hebb, "doctor", "--json"]
    return Report(subprocess.run(command, env=variables, capture_output=True, text=True, timeout=PATIENCE))


@pytest.fixture
def copy(hebb: Path, tmp_path: Path) -> Path:
    """An installation to be broken."""
    prefix = tmp_path / "prefix"
    shutil.copytree(hebb.parent.parent / "lib" / "hebb", prefix / "lib" / "hebb")
    (prefix / "bin").mkdir()
    shutil.copy2(hebb, prefix / "bin" / "hebb")
    return prefix / "bin" / "hebb"


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_healthy_installation_has_no_error(hebb: Path, tmp_path: Path) -> None:
    report = doctor(hebb, HOME=str(tmp_path), HEBB_CACHE=str(tmp_path / "cache"))
    assert report.status == 0
    counts = {check: len(report.all(check)) for check in CHECKS}
    assert all(count == 1 or check in MANY and count > 1 for check, count in counts.items()), counts
    assert report.one("hebb")[1].endswith(str(hebb))
    assert re.match(r"1 \+ 1 is 2, \d+ ms after the start: parse .* ms, compile .* ms, .*run .* ms$", report.one("cell")[1])
    assert re.match(r"training uses \d+ threads? of ", report.one("threads")[1])
    assert [found.split(":")[0] for _, found, _ in report.all("data")] == ["Fashion-MNIST", "MNIST"]
    assert report.one("kernelspec")[0] == "ok"
    # It has looked and left nothing behind.
    assert list(tmp_path.iterdir()) == []


def test_the_page_fits_and_has_no_colours(hebb: Path, tmp_path: Path) -> None:
    environment = os.environ | {"HEBB_CACHE_PATH": str(tmp_path / ("long" * 30))}
    done = subprocess.run([hebb, "doctor"], env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    # A path is in one piece, so that it can be copied.
    assert all(len(line) <= 80 or len(line.split()[-1]) > 40 for line in lines), done.stdout
    assert re.fullmatch(r"1 error, (no|\d+) warnings?", lines[-1])
    assert [line.split()[:2] for line in lines if line.startswith("error")] == [["error", "shared-cache"]]


def test_what_help_says_is_what_it_does(hebb: Path) -> None:
    said = subprocess.run([hebb, "doctor", "--help"], capture_output=True, text=True, check=True).stdout
    listed = re.search(r"`check` is one of (.*?);", said, re.DOTALL)
    assert listed and set(re.split(r",\s+", listed[1])) == CHECKS


def no_cell(report: Report) -> None:
    assert report.one("cell")[:2] == ("error", "no cell was tried")
    assert not report.all("threads")


def test_no_compiler(hebb: Path, tmp_path: Path) -> None:
    report = doctor(hebb, RUSTC="rustc", PATH=str(tmp_path))
    status, found, hint = report.one("compiler")
    assert status == "error" and hint and hint.startswith("install Rust ") and "RUSTC" in hint
    assert found == "cannot run `rustc`: No such file or directory (os error 2)"
    assert report.one("jupyterlab")[1] == "not found in the search path" or report.one("jupyterlab")[0] == "ok"
    no_cell(report)


def test_another_compiler(hebb: Path, tmp_path: Path) -> None:
    script = f'case $1 in --version) echo "rustc 1.2.3 (0123456 2015-08-03)" ;; *) echo {tmp_path}; echo {tmp_path} ;; esac'
    report = doctor(hebb, RUSTC=str(program(tmp_path / "rustc", script)))
    status, found, hint = report.one("compiler")
    assert status == "error" and found.endswith("but the compiler here is rustc 1.2.3 (0123456 2015-08-03)")
    assert hint and hint.startswith("rustup toolchain install ") and "build Hebb again with the compiler here" in hint
    no_cell(report)


def test_programs_that_hang_are_ended(hebb: Path, tmp_path: Path) -> None:
    hangs = f"exec sleep {FOREVER}"
    program(tmp_path / "bin" / "jupyter-lab", hangs)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    report = doctor(hebb, RUSTC=str(program(tmp_path / "rustc", hangs)), PATH=path)
    assert report.one("compiler")[:2] == ("error", "no answer within 10 seconds")
    assert report.one("jupyterlab")[:2] == ("warning", f"{tmp_path}/bin/jupyter-lab --version gave no answer within 8 seconds")
    no_cell(report)
    left = [process for process in psutil.process_iter(["cmdline"]) if (process.info["cmdline"] or [])[-1:] == [FOREVER]]
    assert left == []


def test_no_prelude(copy: Path) -> None:
    (copy.parent.parent / "lib" / "hebb" / "libhebb_prelude.so").unlink()
    report = doctor(copy)
    status, found, hint = report.one("prelude")
    assert status == "error" and found.startswith("libhebb_prelude.so was not found in ")
    assert hint == "install Hebb again with install/build.sh PREFIX"
    assert report.one("compiler")[0] == "ok"
    no_cell(report)


@pytest.mark.parametrize("left", [0, 1000, 1_000_000])
def test_a_prelude_that_was_cut_off(copy: Path, left: int) -> None:
    os.truncate(copy.parent.parent / "lib" / "hebb" / "libhebb_prelude.so", left)
    report = doctor(copy)
    status, found, hint = report.one("prelude")
    assert status == "error" and found.endswith("libhebb_prelude.so is damaged: it ends too early")
    assert hint == "install Hebb again with install/build.sh PREFIX"
    no_cell(report)


def test_a_prelude_of_something_else(copy: Path) -> None:
    """It looks whole, and only a cell shows that it is not what it should be."""
    shutil.copyfile("/proc/self/exe", copy.parent.parent / "lib" / "hebb" / "libhebb_prelude.so")
    report = doctor(copy)
    assert report.one("prelude")[0] == "ok" and report.one("cell")[0] == "error"
    assert report.one("cell")[2]


def test_no_metadata_and_no_index(copy: Path) -> None:
    library = copy.parent.parent / "lib" / "hebb"
    (library / "api.json").unlink()
    report = doctor(copy)
    assert report.one("prelude")[0] == "warning" and "Tab knows the standard library only" in report.one("prelude")[1]
    assert report.one("cell")[0] == "ok"
    shutil.rmtree(library / "deps")
    report = doctor(copy)
    assert report.one("prelude")[:2] == ("error", f"no metadata of crates in {library}/deps")


def test_a_cache_of_ones_own_that_is_not_used(hebb: Path, tmp_path: Path) -> None:
    cells = tmp_path / "cache" / "cells"
    cells.mkdir(parents=True)
    cells.chmod(0o777)
    report = doctor(hebb, HEBB_CACHE=str(tmp_path / "cache"))
    assert report.one("cache") == ("error", f"{tmp_path}/cache is not used: others may write to {cells} (mode 0777)", f"chmod go-w {cells}")
    file = tmp_path / "file"
    file.write_text("")
    report = doctor(hebb, HEBB_CACHE=str(file / "cache"))
    assert report.one("cache")[0] == "error" and report.one("cache")[2] == "set HEBB_CACHE to a directory that you may write to"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_cache_of_another_user(hebb: Path, tmp_path: Path) -> None:
    cells = tmp_path / "cache" / "cells"
    cells.mkdir(parents=True, mode=0o755)
    os.chown(cells, 61001, 61001)
    report = doctor(hebb, HEBB_CACHE=str(tmp_path / "cache"))
    status, found, hint = report.one("cache")
    assert (status, hint) == ("error", "set HEBB_CACHE to a directory of your own")
    assert found.endswith(f"{cells} belongs to user number 61001")


def test_shared_caches(hebb: Path, tmp_path: Path) -> None:
    missing, empty, loose, good = (tmp_path / name for name in ("missing", "empty", "loose", "good"))
    empty.mkdir(mode=0o755)
    for folder in (loose, good):
        (folder / "cells").mkdir(parents=True, mode=0o755)
        (folder / "cells" / ("a" * 64)).write_bytes(b"x" * 5000)
    loose.chmod(0o775)
    report = doctor(hebb, HEBB_CACHE_PATH=f"{missing}:{empty}:relative:{loose}:{good}::{good}")
    fill = "fill it with `hebb warm COURSE --cache {}`, or correct HEBB_CACHE_PATH"
    assert report.all("shared-cache")[:4] == [
        ("error", f"{missing} is not there (HEBB_CACHE_PATH)", fill.format(missing)),
        ("warning", f"{empty} holds no compiled cells (HEBB_CACHE_PATH)", fill.format(empty)),
        ("error", "relative is not used: the path is not absolute", "name it from / on"),
        ("error", f"{loose} is not used: others may write to {loose} (mode 0775)", f"chmod go-w {loose}"),
    ]
    [(status, found, _)] = report.all("shared-cache")[4:]
    assert found.startswith(f"{good}: 1 entries, 8.2 KB, of user {os.geteuid()} (HEBB_CACHE_PATH)") and status == "ok", found


def test_a_kernelspec_that_names_what_is_gone(hebb: Path, tmp_path: Path) -> None:
    folder = tmp_path / "share" / "jupyter" / "kernels" / "hebb"
    gone = tmp_path / "old" / "bin" / "hebb"
    folder.mkdir(parents=True)
    spec = {"argv": [str(gone), "kernel", "{connection_file}"], "display_name": "Rust", "language": "rust"}
    spec["env"] = {"HEBB_CACHE_PATH": str(tmp_path / "nowhere")}
    (folder / "kernel.json").write_text(json.dumps(spec))
    report = doctor(hebb, JUPYTER_PATH=str(tmp_path / "share" / "jupyter"))
    [(status, found, hint), *_] = [finding for finding in report.all("kernelspec") if str(folder) in finding[1]]
    assert (status, found) == ("error", f"hebb in {folder} names {gone}, which is not there")
    assert hint and hint.startswith("hebb install --name hebb")
    # What it sets for its kernels is looked at, too.
    assert ("error", f"{tmp_path}/nowhere is not there (the kernelspec hebb)") in [finding[:2] for finding in report.all("shared-cache")]


def test_no_kernelspec_and_a_broken_one(hebb: Path, tmp_path: Path) -> None:
    broken = tmp_path / "share" / "jupyter" / "kernels" / "hebb"
    broken.mkdir(parents=True)
    (broken / "kernel.json").write_text("{")
    alone = {"JUPYTER_PATH": str(tmp_path / "share" / "jupyter"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    report = doctor(hebb, **alone, VIRTUAL_ENV=None, CONDA_PREFIX=None, JUPYTER_DATA_DIR=None, XDG_DATA_HOME=None)
    assert report.all("kernelspec") == [("warning", "Jupyter does not find this kernel", "hebb install (see hebb install --help)")]


def test_limits_that_are_announced(hebb: Path) -> None:
    report = doctor(hebb, MEM_LIMIT="200M", CPU_LIMIT="1")
    status, found, _ = report.one("memory")
    assert status == "warning" and "(MEM_LIMIT) is 200 MiB, " in found
    assert "CPU_LIMIT" in report.one("processors")[1] and report.one("processors")[1].endswith(" is 1")
    assert report.one("threads")[1].startswith("training uses 1 thread of ")
    job = doctor(hebb, SLURM_CPUS_PER_TASK="1", SLURM_MEM_PER_NODE="4096")
    assert "SLURM_CPUS_PER_TASK" in job.one("processors")[1]


def test_a_control_group(hebb: Path) -> None:
    group = ControlGroup.find(1 << 30)
    if isinstance(group, str):
        pytest.skip(group)
    try:
        report = doctor(hebb, *group.entering([]), MEM_LIMIT=None)
        assert report.one("memory")[1].startswith("the limit of this computer's control group (cgroup) is 1.0 GiB, ")
    finally:
        group.remove()


def test_settings_that_mean_nothing(hebb: Path, tmp_path: Path) -> None:
    report = doctor(hebb, HEBB_LISTEN="all", HEBB_RUST_ANALYZER=str(tmp_path / "none"), HEBB_DATA=str(tmp_path / "data"))
    assert report.one("connections")[:2] == ("error", "HEBB_LISTEN is `all`, which means nothing")
    assert report.one("rust-analyzer")[0] == "warning"
    assert report.all("data")[0][:2] == ("warning", f"HEBB_DATA names {tmp_path}/data, which is not there")
    assert doctor(hebb, HEBB_LISTEN="any").one("connections")[0] == "ok"


def test_data_of_which_a_part_is_missing(hebb: Path, tmp_path: Path) -> None:
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "train-labels-idx1-ubyte").write_bytes(b"")
    report = doctor(hebb, HEBB_DATA=str(tmp_path))
    status, found, _ = report.all("data")[1]
    assert status == "warning" and found == f"MNIST: {tmp_path}/mnist has 1 of the 4 files"


def test_no_home(hebb: Path, tmp_path: Path) -> None:
    home = tmp_path / "ada"
    report = doctor(hebb, HOME=str(home), HEBB_CACHE=None, XDG_CACHE_HOME=None)
    assert report.one("home")[:2] == ("error", f"{home} is not there")
    assert report.one("cache")[1].startswith(f"{home}/.cache/hebb cannot be made, for there is no home: ")
    assert report.one("cell")[0] == "ok" and not home.exists()
    assert doctor(hebb, HOME="").one("home")[0] == "warning"


def mounted(script: str) -> list[str]:
    """A command that runs another where this script has mounted something, for nobody else to see."""
    return ["unshare", "--mount", "/bin/sh", "-c", f'set -e; {script}; exec "$0" "$@"']


can_mount = pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode != 0,
    reason="nothing can be mounted here",
)


@can_mount
def test_a_full_disk(hebb: Path, tmp_path: Path) -> None:
    full = mounted(f"mount -t tmpfs -o size=64k none '{tmp_path}'; head -c 1M /dev/zero > '{tmp_path}/large' 2>/dev/null || true")
    report = doctor(hebb, *full, HOME=str(tmp_path), HEBB_CACHE=None, XDG_CACHE_HOME=None, TMPDIR=str(tmp_path))
    for check in ("home", "cache"):
        status, found, hint = report.one(check)
        assert (status, hint) == ("error", "the disk is full: remove what is not needed"), found
        assert "No space left on device" in found
    # Cells have found another place.
    assert report.one("temporary-files")[0] == "warning" and report.one("cell")[0] == "ok"


@can_mount
def test_a_home_that_can_only_be_read(hebb: Path, tmp_path: Path) -> None:
    fixed = mounted(f"mount --bind '{tmp_path}' '{tmp_path}'; mount -o remount,bind,ro '{tmp_path}'")
    report = doctor(hebb, *fixed, HOME=str(tmp_path), HEBB_CACHE=None, XDG_CACHE_HOME=None)
    for check in ("home", "cache"):
        status, found, hint = report.one(check)
        assert status == "error" and "Read-only file system" in found and hint and hint.startswith("its disk can only be read")
    assert report.one("cell")[0] == "ok"
