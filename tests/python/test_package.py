"""A release needs no build: archive and wheel are installed where neither the checkout nor what was built of it can be seen."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
import venv
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

from conftest import PATIENCE, REPOSITORY
from namespaces import View, need_namespaces
from releases import package, plain, rustc

LESSON = "share/hebb/notebooks/01a-neuron-from-scratch.ipynb"


@pytest.fixture(scope="module")
def release(hebb: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An archive and a wheel of what was built for these tests, by their endings."""
    # Made before the tests where those of other files build at the same time, too.
    if made := os.environ.get("HEBB_RELEASE"):
        return {path.suffix: path for path in Path(made).iterdir()}
    out = tmp_path_factory.mktemp("release")
    done = package("--prefix", hebb.parents[1], "--wheel", out)
    assert done.returncode == 0, done.stderr
    made = [Path(line) for line in done.stdout.splitlines() if line.startswith("/")]
    assert sorted(out.iterdir()) == sorted(made), "nothing is left behind"
    return {path.suffix: path for path in made}


@pytest.fixture(scope="module")
def unpacked(release: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive, unpacked in a folder with a space in its name."""
    place = tmp_path_factory.mktemp("any where")
    with tarfile.open(release[".gz"]) as archive:
        (name,) = {member.name.split("/")[0] for member in archive}
        assert all((member.uid, member.gid) == (0, 0) and member.mode & 0o022 == 0 for member in archive)
        archive.extractall(place, filter="tar")
    return place / name


@pytest.fixture(scope="module")
def environment(release: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with nothing but the wheel."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=True)
    command = [place / "bin/python", "-m", "pip", "install", "--quiet", "--no-index", release[".whl"]]
    subprocess.run([*command, "--disable-pip-version-check"], check=True)
    return place


@pytest.fixture
def without_checkout(hebb: Path) -> View:
    """This machine, but for what a release must not need."""
    need_namespaces()
    target = os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")
    return View().hide(target, hebb.parents[1], REPOSITORY)


@pytest.mark.parametrize("way", ["unpacked", "environment"])
def test_a_lesson_runs_where_nothing_was_built(
    way: str, request: pytest.FixtureRequest, without_checkout: View, tmp_path: Path
) -> None:
    place = request.getfixturevalue(way)
    ran = tmp_path / "ran.ipynb"
    done = without_checkout.run(place / "bin/hebb", "run", place / LESSON, "-o", ran, env=plain(tmp_path))
    assert done.returncode == 0, done.stderr
    outputs = [output for cell in json.loads(ran.read_text())["cells"] for output in cell.get("outputs", [])]
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("way", ["unpacked", "environment"])
def test_jupyter_finds_and_starts_the_kernel_with_nothing_left_to_do(
    way: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = request.getfixturevalue(way)
    monkeypatch.setenv("JUPYTER_PATH", str(place / "share/jupyter"))
    assert KernelSpecManager().find_kernel_specs()["hebb"] == str(place / "share/jupyter/kernels/hebb")
    manager, client = start_new_kernel(kernel_name="hebb", startup_timeout=PATIENCE)
    try:
        started = Path(f"/proc/{manager.provisioner.process.pid}/exe").resolve()
        assert started == (place / "bin/hebb").resolve()
        reply = client.execute_interactive("assert_eq!(Tensor::ones([2, 3]).sum().item(), 6.0)", timeout=PATIENCE, allow_stdin=False)
        assert reply["content"]["status"] == "ok", reply["content"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_the_compiler_is_found_elsewhere_or_named(unpacked: Path, without_checkout: View, tmp_path: Path) -> None:
    toolchain = Path(rustc("--print", "sysroot"))
    version, host = rustc("--version").split()[1], rustc("-vV").split("host: ")[1].split()[0]
    notebook = tmp_path / "one.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "6 * 7", "outputs": [], "execution_count": None}
    notebook.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}))
    other = tmp_path / "other/rustc"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\nif [ \"$1\" = --version ]; then echo rustc 1.0.0; else printf '/its\\n/libraries\\n'; fi\n")
    other.chmod(0o755)
    there = tmp_path / "there"
    there.mkdir()
    view = without_checkout.bind(toolchain, there).bind(there, tmp_path / f"rustup/toolchains/{version}-{host}").hide(toolchain)

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        return view.run(unpacked / "bin/hebb", "run", notebook, env=plain(tmp_path, **environment))

    for found in (
        {"PATH": f"{there}/bin:/usr/bin:/bin"},
        {"RUSTC": f"{there}/bin/rustc"},
        {"RUSTUP_HOME": str(tmp_path / "rustup"), "PATH": f"{other.parent}:/usr/bin:/bin"},
    ):
        done = run(**found)
        assert (done.returncode, done.stderr) == (0, ""), (found, done.stderr)
        assert "42" in done.stdout

    missing = run()
    assert missing.returncode != 0
    assert f"hint: install Rust {version}: rustup toolchain install {version}" in missing.stderr
    wrong = run(PATH=f"{other.parent}:/usr/bin:/bin")
    assert wrong.returncode != 0
    assert f"Hebb was built with {rustc('--version')}, but the compiler here is rustc 1.0.0" in wrong.stderr
    assert f"hint: rustup toolchain install {version}" in wrong.stderr


def test_a_notebook_becomes_a_program_without_the_checkout(unpacked: Path, without_checkout: View, tmp_path: Path) -> None:
    out = tmp_path / "program"
    done = without_checkout.run(unpacked / "bin/hebb", "script", unpacked / LESSON, "-o", out, env=plain(tmp_path))
    assert done.returncode == 0, done.stderr
    # Cargo reads each manifest that the program needs, and those of their workspace. No network: the lock file names what is there.
    programs = Path(rustc("--print", "sysroot")) / "bin"
    home = os.environ.get("CARGO_HOME", Path.home() / ".cargo")
    environment = plain(tmp_path, CARGO_HOME=str(home), PATH=f"{programs}:/usr/bin:/bin")
    asked = ["metadata", "--offline", "--format-version", "1", "--manifest-path", out / "Cargo.toml"]
    done = without_checkout.run(programs / "cargo", *asked, env=environment)
    assert done.returncode == 0, done.stderr
    found = {package["name"]: package["manifest_path"] for package in json.loads(done.stdout)["packages"]}
    assert found["dl-core"] == str(unpacked / "lib/hebb/sources/dl-core/Cargo.toml")


def test_what_cannot_be_packed_is_said_in_one_line(hebb: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    rows = [
        ((), "name the folder to write to (see --help)."),
        (("--weel", tmp_path), "unknown option --weel (see --help)."),
        ((tmp_path, empty), f"one folder to write to, not two: {tmp_path} and {empty} (see --help)."),
        (("--prefix", empty, tmp_path), f"{empty} holds no Hebb; make it with install/build.sh {empty}"),
        (("--prefix", hebb.parents[1], "/proc/out"), "/proc/out cannot be written to."),
    ]
    for arguments, expected in rows:
        done = package(*arguments)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"hebb: {expected}\n")
    assert list(tmp_path.iterdir()) == [empty]


def test_libraries_of_other_sources_do_not_go_into_a_wheel(hebb: Path, tmp_path: Path) -> None:
    """The wheel's command is compiled now, its libraries were before."""
    old = tmp_path / "old"
    (old / "bin").mkdir(parents=True)
    (old / "lib").mkdir()
    (old / "lib/hebb").symlink_to(hebb.parents[1] / "lib/hebb")
    changed = old / "bin/hebb"
    changed.write_bytes(hebb.read_bytes() + b"\0")
    changed.chmod(0o755)
    done = package("--prefix", old, "--wheel", tmp_path / "out")
    assert done.returncode == 1
    assert f"{old} was not built from these sources" in done.stderr
    assert list((tmp_path / "out").iterdir()) == []
