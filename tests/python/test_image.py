"""What the image holds, put together by the commands of its Dockerfile and used as a hub uses it: a root that is read only, user 1000,
an empty home. The image's base and its toolchain are this machine's, as no registry of images is at hand.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from conftest import PATIENCE, REPOSITORY
from namespaces import View, need_namespaces
from releases import plain, rustc, unpacked

HUB = REPOSITORY / "install" / "hub"
DOCKERFILE = (HUB / "Dockerfile").read_text()
HOME = "/home/jovyan"
LESSON = "/opt/hebb/share/hebb/notebooks/01c-backpropagation-by-hand.ipynb"
# What a base image brings.
SYSTEM = ["bin", "etc", "lib", "lib64", "sbin", "usr"]


def root_of(tree: Path) -> View:
    """The image's root as it is while it is built."""
    view = View()
    for folder in SYSTEM:
        if (Path("/") / folder).is_dir():
            view.bind(f"/{folder}", tree / folder)
    # The whole of /proc and /dev, with what is mounted in them.
    for folder in ("proc", "dev"):
        view.lines.append(f"mkdir -p {tree}/{folder} && mount --rbind /{folder} {tree}/{folder}")
    return view.bind(rustc("--print", "sysroot"), tree / "opt/rust")


@pytest.fixture(scope="module")
def image(hebb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's files; `setup.sh` is called as the Dockerfile calls it, with one lesson for the course."""
    need_namespaces()
    if os.geteuid() != 0:
        pytest.skip("needs root, as building an image does")
    tree = tmp_path_factory.mktemp("image")
    tree.chmod(0o755)
    (tree / "opt").mkdir()
    unpacked(hebb, tmp_path_factory.mktemp("release")).rename(tree / "opt/hebb")
    for folder in ("tmp", "work", HOME.lstrip("/")):
        (tree / folder).mkdir(parents=True)
    (call,) = re.findall(r"^RUN (/opt/hebb/.*/setup\.sh .*)$", DOCKERFILE, re.MULTILINE)
    view = root_of(tree)
    data = os.environ.get("HEBB_DATA", "")
    if Path(data).is_dir():
        view.bind(data, tree / "opt/hebb/data", writable=True)
    done = view.run("/usr/sbin/chroot", tree, *call.split(), "--course", LESSON, env=plain("/tmp/builder", PATH="/opt/rust/bin:/usr/bin:/bin"))
    assert done.returncode == 0, done.stderr
    # COPY --from=build
    (tree / "opt/conda/share/jupyter/kernels").mkdir(parents=True)
    (tree / "opt/jupyter/share/jupyter/kernels/hebb").rename(tree / "opt/conda/share/jupyter/kernels/hebb")
    assert not list((tree / "tmp").iterdir()), "the build leaves nothing behind"
    return tree


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A student's home when their volume is new."""
    folder = tmp_path / "home"
    folder.mkdir()
    os.chown(folder, 1000, 100)
    return folder


def as_student(image: Path, home: Path, *command: Path | str) -> list[str]:
    """The command line that runs a command in a container of the image."""
    data = os.environ.get("HEBB_DATA", "")
    view = root_of(image)
    if Path(data).is_dir():
        view.bind(data, image / "opt/hebb/data")
    view.bind(home, image / HOME.lstrip("/"), writable=True)
    # Each of the mounts keeps its own mode: the root is read only, the home is not.
    view.lines.append(f"mount -t tmpfs -o mode=1777 tmp {image}/tmp")
    root = [f"mount --rbind {image} /mnt && mount -o remount,bind,ro /mnt"]
    view.lines.extend(root)
    return view.command("/usr/sbin/chroot", "--userspec=1000:100", "/mnt", *command)


# The environment of the image, and what start.sh sets.
STUDENT = plain(HOME, USER="jovyan", PATH="/opt/hebb/bin:/opt/rust/bin:/opt/conda/bin:/usr/bin:/bin")


def test_a_student_runs_a_lesson_and_nothing_is_compiled(image: Path, home: Path) -> None:
    def run(*command: str) -> subprocess.CompletedProcess[str]:
        whole = as_student(image, home, "sh", "-c", 'cd && exec "$@"', "sh", *command)
        return subprocess.run(whole, env=STUDENT, capture_output=True, text=True, check=False)

    refused = run("touch", "/opt/hebb/mine", "/mine")
    assert refused.stderr.count("Read-only file system") == 2, refused.stderr
    spec = json.loads((image / "opt/conda/share/jupyter/kernels/hebb/kernel.json").read_text())
    assert spec["argv"][0] == "/opt/hebb/bin/hebb"
    settings = [f"{name}={value}" for name, value in spec["env"].items()]
    done = run("env", *settings, "hebb", "run", LESSON, "-o", "ran.ipynb")
    assert done.returncode == 0, done.stderr
    assert (home / "ran.ipynb").is_file()
    own = [path for path in (home / ".cache").rglob("*") if path.is_file() and re.fullmatch("[0-9a-f]{64}", path.name)]
    assert own == [], "every cell was found among what the image brings"
    shared = list((image / "opt/hebb/cache").rglob("?" * 64))
    assert len(shared) > 10
    # Only the cache and what was asked for: a home can be lost, or be another one tomorrow.
    assert {path.name for path in home.iterdir()} <= {".cache", "ran.ipynb"}


def test_a_jupyter_client_works_with_the_kernel_of_the_image(
    image: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client is outside: the container's network is the machine's."""
    spec = json.loads((image / "opt/conda/share/jupyter/kernels/hebb/kernel.json").read_text())
    # The client's file, given to the student, who may not read what root has written.
    hand_over = ["sh", "-c", f'install -o 1000 -g 100 "$0" {home}/connection.json && exec "$@"', "{connection_file}"]
    settings = [f"{name}={value}" for name, value in (STUDENT | spec["env"]).items()]
    kernel = as_student(image, home, *spec["argv"][:2], f"{HOME}/connection.json")
    spec["argv"] = ["env", "-i", *settings, *hand_over, *kernel]
    spec["env"] = {}
    kernels = tmp_path / "jupyter/kernels/image"
    kernels.mkdir(parents=True)
    (kernels / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    manager, client = start_new_kernel(kernel_name="image", startup_timeout=PATIENCE)
    try:
        code = """assert_eq!(std::fs::read_dir("/opt/hebb/lib/hebb").unwrap().count(), 4);
        assert!(std::fs::write("/opt/hebb/mine", "").is_err());
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        assert!(status.contains("Uid:\\t1000\\t1000\\t1000\\t1000") && status.contains("Gid:\\t100\\t100\\t100\\t100"), "{status}");
        let model = Sequential::new([2]).add(Dense::new(3));
        model.predict(&Tensor::ones([5, 2]))?.shape()"""
        shown = []
        reply = client.execute_interactive(code, timeout=PATIENCE, allow_stdin=False, output_hook=shown.append)
        assert reply["content"]["status"] == "ok", reply["content"]
        results = [message["content"]["data"]["text/plain"] for message in shown if message["msg_type"] == "execute_result"]
        assert results == ["[5, 3]"]
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_the_lessons_come_into_the_home_and_stay_as_they_were_left(image: Path, home: Path) -> None:
    (hook,) = re.findall(r"^COPY install/hub/(\S+) /usr/local/bin/before-notebook.d/\S+\.sh$", DOCKERFILE, re.MULTILINE)
    reads = ["bash", "-euc", f"source {HOME}/hook; echo went on"]
    (home / "hook").write_text((HUB / hook).read_text())

    def start() -> subprocess.CompletedProcess[str]:
        return subprocess.run(as_student(image, home, *reads), env=STUDENT, capture_output=True, text=True, check=False)

    first = start()
    assert (first.returncode, first.stdout, first.stderr) == (0, "went on\n", "")
    brought = {str(path.relative_to(home / "lessons")) for path in (home / "lessons").rglob("*") if path.is_file()}
    lessons = {path.name for path in (REPOSITORY / "notebooks").glob("*.ipynb")}
    assert brought == lessons | {"pictures/hand.png"}
    changed, lost = home / "lessons/02a-xor.ipynb", home / "lessons/01a-neuron-from-scratch.ipynb"
    changed.write_text("mine")
    lost.unlink()
    again = start()
    assert (again.returncode, again.stderr) == (0, "")
    assert changed.read_text() == "mine" and lost.stat().st_uid == 1000
    # A home that is full or not writable must not keep a server from starting.
    os.chown(home, 0, 0)
    lost.parent.rename(home / "elsewhere")
    refused = start()
    assert (refused.returncode, refused.stdout) == (0, "went on\n")
    assert "the lessons could not be copied" in refused.stderr


def test_the_toolchain_is_the_one_that_the_tests_use() -> None:
    version = rustc("--version").split()[1]
    assert f"\nARG RUST_VERSION={version}\n" in DOCKERFILE, f"tested with Rust {version}: the Dockerfile should name it"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "name the environment that students' Jupyter runs in with --jupyter (see --help)."),
        (("--jupyter",), "--jupyter needs a value (see --help)."),
        (("--jupiter", "/opt/conda"), "unknown option --jupiter (see --help)."),
        (("--jupyter", "/opt/conda"), f"{REPOSITORY} is not part of a release; make one with install/package.sh and unpack it."),
    ],
)
def test_what_setup_cannot_do_is_said_in_one_line(arguments: tuple[str, ...], expected: str) -> None:
    done = subprocess.run([HUB / "setup.sh", *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"hebb: {expected}\n")
