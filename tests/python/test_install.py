"""Sets up a fresh clone as a student would, in a folder with spaces in its name, and asks JupyterLab for its kernels.

The clone shares the build directory with the other tests, so that only our own crates are compiled again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from conftest import REPOSITORY

# What the scripts may call before they know whether a toolchain is there.
PLAIN_COMMANDS = ["bash", "cat", "cksum", "cut", "dirname", "head", "python3", "sed", "sort"]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the last commit."""
    folder = tmp_path_factory.mktemp("a fresh place") / "my hebb"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", REPOSITORY, folder], check=True)
    return folder


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory that has nothing to do with the clone."""
    return tmp_path_factory.mktemp("elsewhere")


def lab(clone: Path, elsewhere: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `lab.sh` to its end."""
    command = [clone / "install" / "lab.sh", *options]
    return subprocess.run(command, cwd=elsewhere, env=os.environ | environment, capture_output=True, text=True)


def test_a_missing_toolchain_is_one_line_with_its_remedy(clone: Path, elsewhere: Path) -> None:
    commands = elsewhere / "bin"
    commands.mkdir()
    for name in PLAIN_COMMANDS:
        (commands / name).symlink_to(shutil.which(name))
    done = lab(clone, elsewhere, "--setup-only", PATH=str(commands), HOME=str(elsewhere), CARGO_HOME=str(elsewhere))
    assert done.returncode == 1
    assert "no Rust toolchain (cargo and rustc) was found" in done.stderr
    assert "rustup.rs" in done.stderr
    assert "no C compiler (cc) was found" in done.stderr
    assert not (clone / ".hebb").exists()


def test_an_unknown_option_is_named(clone: Path, elsewhere: Path) -> None:
    done = lab(clone, elsewhere, "--opne")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "hebb: unknown option --opne (see --help).\n"


def test_a_folder_of_the_user_is_not_taken(clone: Path, elsewhere: Path) -> None:
    taken = elsewhere / "my thesis"
    taken.mkdir()
    (taken / "chapter.txt").write_text("years of work")
    done = lab(clone, elsewhere, "--setup-only", "--prefix", str(taken))
    assert done.returncode == 1
    assert f"{taken} is there already and was not made by Hebb" in done.stderr
    assert [path.name for path in taken.iterdir()] == ["chapter.txt"]


def test_a_run_that_was_cut_short_is_completed_by_the_next(clone: Path, elsewhere: Path) -> None:
    offline = lab(clone, elsewhere, "--setup-only", PIP_NO_INDEX="1")
    assert offline.returncode == 1
    assert len(offline.stderr.splitlines()) == 1, offline.stderr
    assert "Is this machine online?" in offline.stderr

    online = lab(clone, elsewhere, "--setup-only")
    assert online.returncode == 0, online.stderr
    assert len(online.stdout.splitlines()) < 10, online.stdout
    specification = json.loads((clone / ".hebb/share/jupyter/kernels/hebb/kernel.json").read_text())
    assert specification["display_name"] == "Rust (Hebb)"
    assert Path(specification["argv"][0]).samefile(clone / ".hebb/bin/hebb")


def test_the_printed_address_answers_and_knows_the_kernel(clone: Path, elsewhere: Path) -> None:
    """Runs after the set-up above; on its own it does the whole set-up first."""
    environment = os.environ | {"JUPYTER_RUNTIME_DIR": str(elsewhere / "runtime")}
    server = subprocess.Popen(
        [clone / "install" / "lab.sh", "--no-open"], cwd=elsewhere, env=environment, stdout=subprocess.PIPE, text=True
    )
    printed = ""
    try:
        # The script prints nothing after the address until it is stopped.
        for line in server.stdout:
            printed += line
            if "Ctrl-C" in line:
                break
        address = re.search(r"(http://(?:localhost|127\.0\.0\.1):\d+/)lab\?token=(\w+)", printed)
        assert address, printed
        request = Request(address[1] + "api/kernelspecs", headers={"Authorization": f"token {address[2]}"})
        with urlopen(request) as answer:
            known = json.load(answer)["kernelspecs"]
        assert known["hebb"]["spec"]["language"] == "rust"
        request = Request(address[1] + "api/contents", headers={"Authorization": f"token {address[2]}"})
        with urlopen(request) as answer:
            names = [entry["name"] for entry in json.load(answer)["content"]]
        assert "01a-neuron-from-scratch.ipynb" in names
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
