"""A class on a real JupyterHub: several students at once, each a user of their own, and what happens to kernels that nobody uses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Iterator

import pytest

from conftest import REPOSITORY
from hubs import PATIENCE, Hub, Notebook, Student, hub, proxy_command

STUDENTS = 3
LESSON = REPOSITORY / "notebooks/03a-fashion-mnist.ipynb"
CULLING = REPOSITORY / "install/hub/jupyter_server_config.json"


@pytest.fixture(scope="module")
def course(hebb: Path) -> Iterator[Path]:
    """A folder that every student can read: the kernelspec, and the lesson compiled by the teacher. The sample data is quick."""
    if proxy_command() is None:
        pytest.skip("no configurable-http-proxy; install/test.sh installs it with npm")
    folder = Path(tempfile.mkdtemp(prefix="hebb-hub-"))
    folder.chmod(0o755)
    warm = [hebb, "warm", LESSON, "--cache", folder / "cache"]
    subprocess.run(["env", f"HEBB_DATA={folder}/none", *warm], check=True, cwd=folder)
    settings = [f"HEBB_CACHE_PATH={folder}/cache", f"HEBB_DATA={folder}/none"]
    install = [hebb, "install", "--prefix", folder, *(f"--env={setting}" for setting in settings)]
    subprocess.run(install, check=True)
    yield folder
    shutil.rmtree(folder)


def environment(course: Path) -> dict[str, str]:
    """What the hub sets for each server. Nothing of the tests' own."""
    return {"JUPYTER_PATH": f"{course}/share/jupyter", "HEBB_CACHE": "", "HEBB_RUST_ANALYZER": "", "JUPYTERHUB_ACTIVITY_INTERVAL": "1"}


@pytest.fixture
def place(course: Path) -> Path:
    """An empty folder for a hub."""
    folder = Path(tempfile.mkdtemp(dir=course))
    folder.chmod(0o755)
    return folder


def own_cells(student: Student) -> list[str]:
    """What was compiled for this student alone."""
    return [path.name for path in student.home.rglob("*") if len(path.name) == 64]


def test_a_class_runs_a_lesson_at_once(hebb: Path, course: Path, place: Path) -> None:
    def lesson(name: str) -> tuple[Student, list[str]]:
        student = running.start(name)
        notebook = student.open(LESSON.name)
        replies = [notebook.run(code)[0] for code in notebook.cells()]
        assert student.kernels() == [notebook.kernel]
        return student, [reply.get("evalue", reply["status"]) for reply in replies]

    with hub(place, STUDENTS, [hebb], [LESSON], environment=environment(course)) as running:
        with ThreadPoolExecutor(STUDENTS) as pool:
            done = list(pool.map(lesson, running.students))
        for student, replies in done:
            assert replies == ["ok"] * len(replies) and len(replies) > 10, student.name
            assert own_cells(student) == [], "the teacher has compiled every cell"
            owners = {process.uids().real for process in student.processes()}
            assert owners == {student.number if os.geteuid() == 0 else os.geteuid()}
            assert (student.home / "clothes.safetensors").is_file()
    left = [process for student, _ in done for process in student.processes()]
    assert left == [], "nothing of a student stays when the hub ends"


def until_stopped(student: Student, notebook: Notebook) -> None:
    deadline = time.monotonic() + PATIENCE
    while notebook.kernel in student.kernels():
        assert time.monotonic() < deadline, "an idle kernel is stopped"
        time.sleep(0.5)


def test_a_kernel_is_stopped_when_it_is_idle_and_never_while_it_works(hebb: Path, course: Path, place: Path) -> None:
    """By the settings of the image, with shorter times. The work shows nothing, so only the kernel's word keeps it alive."""
    settings = json.loads(CULLING.read_text())
    settings["MappingKernelManager"] |= {"cull_idle_timeout": 8, "cull_interval": 1}
    given = [f"--{part}.{name}={value}" for part, values in settings.items() for name, value in values.items()]
    with hub(place, 2, [hebb], [LESSON], environment=environment(course), arguments=given) as running:
        working, idle = (running.start(name) for name in running.students)
        marker = working.home / "stop"
        work = working.open(LESSON.name)
        request = work.send(f'while !std::path::Path::new("{marker}").exists() {{ std::hint::spin_loop(); }}')
        rest = idle.open(LESSON.name)
        assert rest.run("let x = 1;")[0]["status"] == "ok"
        until_stopped(idle, rest)
        # Longer than an idle kernel lives.
        time.sleep(10)
        assert working.kernels() == [work.kernel]
        marker.touch()
        assert work.wait(request)[0]["status"] == "ok"
        until_stopped(working, work)


def test_the_hub_stops_idle_servers_and_none_where_a_network_learns(hebb: Path, course: Path, place: Path) -> None:
    """The hub's own service: it goes by what a server has shown. A training shows its progress."""
    culler = [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=15", "--cull-every=2"]
    scopes = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
    service = {
        "services": [{"name": "culler", "command": culler}],
        "roles": [{"name": "culler", "services": ["culler"], "scopes": scopes}],
    }
    with hub(place, 2, [hebb], [LESSON], environment=environment(course), **service) as running:
        working, idle = (running.start(name) for name in running.students)
        work = working.open(LESSON.name)
        data = "let data = xor(4000, 0.2);"
        model = "let mut model = Sequential::new([2]).add(Dense::new(256).activation(ReLU)).add(Dense::new(1));"
        compile = "model.compile(Adam::new(1e-3), BinaryCrossentropy::from_logits(), [Accuracy]);"
        request = work.send("\n".join([data, model, compile, "model.fit(&data, Fit::epochs(100_000))?;"]))
        # Nobody asks the idle one anything, and nobody the other but its kernel.
        stopped = time.monotonic() + PATIENCE
        while running.is_ready(idle.name):
            assert time.monotonic() < stopped, "an idle server is stopped"
            time.sleep(0.5)
        time.sleep(20)
        assert running.is_ready(working.name)
        working.ask("POST", f"api/kernels/{work.kernel}/interrupt")
        assert work.wait(request)[0]["ename"] == "Interrupted"
