"""A class on a Slurm cluster of one node: the configuration in install/hub/, the real Slurm, JupyterHub and batchspawner.

The students' user, the site's folders and Slurm's own files exist in a mount namespace only.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import requests
from traitlets.config import Config, PyFileConfigLoader

from conftest import REPOSITORY
from hubs import FIRST_USER, PATIENCE, free_ports, hub, open_to_students, proxy_command
from namespaces import need_namespaces

SITE = REPOSITORY / "install/hub/slurm_jupyterhub_config.py"
LESSON = REPOSITORY / "notebooks/01c-backpropagation-by-hand.ipynb"
PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue", "scancel", "sudo"]
STUDENT = "student-00"

SLURM_CONF = """
ClusterName=class
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
NodeName=localhost NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=4096
PartitionName=course Nodes=localhost Default=YES State=UP
PartitionName=general Nodes=localhost State=UP
"""


def site() -> tuple[Config, dict[str, Any]]:
    """What the configuration sets, and what it defines."""
    loader = PyFileConfigLoader(str(SITE))
    config = loader.load_config()
    names: dict[str, Any] = {"get_config": lambda: Config()}
    exec(compile(SITE.read_text(), SITE, "exec"), names)
    return config, names


def in_path(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


@pytest.fixture(scope="module")
def cluster(hebb: Path) -> Iterator[tuple[Path, Callable[..., list[str]]]]:
    """Slurm on this machine: its folder, and what makes of a command one that sees it."""
    missing = [program for program in PROGRAMS if in_path(program) is None]
    if missing:
        pytest.skip(f"no Slurm here ({', '.join(missing)}); install/test.sh installs it where CI is set")
    if os.geteuid() != 0 or proxy_command() is None:
        pytest.skip("needs root and configurable-http-proxy")
    need_namespaces()
    folder = Path(tempfile.mkdtemp(prefix="hebb-slurm-"))
    folder.chmod(0o755)
    for name in ("etc", "munge", "state", "spool"):
        (folder / name).mkdir(mode=0o755)
    key = folder / "munge/key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    settings = {"host": socket.gethostname().split(".")[0], "ports": free_ports(2), "folder": folder, "cores": os.cpu_count()}
    (folder / "etc/slurm.conf").write_text(SLURM_CONF.format(**settings))
    user = f"{STUDENT}:*:{FIRST_USER}:{FIRST_USER}::{folder}/hub/homes/{STUDENT}:/bin/bash\n"
    for file, line in [("passwd", user), ("group", f"{STUDENT}:*:{FIRST_USER}:\n")]:
        (folder / file).write_text(Path(f"/etc/{file}").read_text() + line)
    view = open_to_students([hebb, folder])
    for name, target in [("passwd", "/etc/passwd"), ("group", "/etc/group"), ("etc", "/etc/slurm")]:
        view.bind(folder / name, target)
    with view.kept() as seen:
        environment = ["env", f"PATH={os.environ['PATH']}:/usr/sbin:/sbin"]

        def inside(*command: Path | str) -> list[str]:
            return seen(*environment, *command)

        munge = [f"--key-file={key}", *(f"--{name}-file={folder}/munge/{name}" for name in ("pid", "log", "seed"))]
        daemons = [["munged", "--foreground", "--force", f"--socket={folder}/munge/socket", *munge], ["slurmctld", "-D"], ["slurmd", "-D"]]
        started = []
        try:
            for daemon in daemons:
                with (folder / f"{daemon[0]}.out").open("w") as output:
                    started.append(subprocess.Popen(inside(*daemon), stdout=output, stderr=output))
            until(lambda: "idle" in asked(inside, "sinfo", "--noheader", "--format=%T"), started)
            yield folder, inside
        except BaseException:
            for log in [*folder.glob("*.log"), *folder.glob("*.out")]:
                print(f"--- {log.name}\n{log.read_text()[-3000:]}", file=sys.stderr)
            raise
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(timeout=PATIENCE)
    shutil.rmtree(folder)


def asked(inside: Callable[..., list[str]], *command: str) -> str:
    return subprocess.run(inside(*command), capture_output=True, text=True, check=False).stdout


def until(happened: Callable[[], bool], processes: list[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert all(process.poll() is None for process in processes), "Slurm has ended"
        assert time.monotonic() < deadline
        time.sleep(0.3)


def test_a_server_is_a_job_with_the_chosen_profile(hebb: Path, cluster: tuple[Path, Callable[..., list[str]]]) -> None:
    folder, inside = cluster
    subprocess.run([hebb, "install", "--prefix", folder], check=True)
    reserve = ["ReservationName=deep-learning", "StartTime=now", "Duration=60", "Nodes=ALL", f"Users={STUDENT}"]
    subprocess.run(inside("scontrol", "create", "reservation", *reserve), check=True)
    (folder / "hub").mkdir()
    own = f"""
os.environ["HEBB_HUB_ENVIRONMENT"] = {sys.prefix!r}
load_subconfig({str(SITE)!r})
# All of it on this machine.
c.JupyterHub.hub_bind_url = c.JupyterHub.hub_connect_url = f"http://127.0.0.1:{{settings['ports'][1]}}"
c.Spawner.ip = c.SlurmSpawner.ip = "127.0.0.1"
"""
    environment = {"JUPYTER_PATH": f"{folder}/share/jupyter", "HEBB_RUST_ANALYZER": ""}
    with hub(folder / "hub", 1, [hebb], [LESSON], environment=environment, config=own, view=inside) as running:
        # Neither a profile that is not there nor options of a student's own reach the job.
        with pytest.raises(requests.HTTPError):
            running.start(STUDENT, profile="all of it")
        assert "there is no profile 'all of it'" in (folder / "hub/hub.log").read_text()
        assert asked(inside, "squeue", "--noheader") == ""
        student = running.start(STUDENT, profile="course", partition="general", prologue="exit 1")
        (job,) = asked(inside, "squeue", "--noheader", "--format=%P %C %m %l %V %u %v %T").splitlines()
        partition, cores, memory, limit, _, user, reservation, state = job.split()
        assert (partition, cores, memory, limit) == ("course", "1", "1G", "2:00:00")
        assert (user, reservation, state) == (STUDENT, "deep-learning", "RUNNING")

        notebook = student.open(LESSON.name)
        replies = [notebook.run(code)[0] for code in notebook.cells()]
        assert [reply["status"] for reply in replies] == ["ok"] * len(replies), replies
        reply, shown = notebook.run('std::env::var("SLURM_CPUS_PER_TASK")')
        results = [message["content"]["data"]["text/plain"] for message in shown if message["msg_type"] == "execute_result"]
        assert results == ['Ok("1")'], reply

        running.ask("DELETE", f"users/{STUDENT}/server")
        until(lambda: asked(inside, "squeue", "--noheader") == "" and not student.processes(), [])


def test_the_profile_that_is_offered_first_is_that_of_the_hour() -> None:
    config, names = site()
    assert config.JupyterHub.spawner_class == "batchspawner.SlurmSpawner"
    rows = [
        (datetime(2026, 11, 23, 8, 0), "course"),
        (datetime(2026, 11, 23, 17, 59), "course"),
        (datetime(2026, 11, 23, 18, 0), "off-hours"),
        (datetime(2026, 11, 23, 7, 59), "off-hours"),
        (datetime(2026, 11, 22, 12, 0), "off-hours"),
    ]
    assert [names["usual"](when) for when, _ in rows] == [profile for _, profile in rows]
    page = names["options_form"](None)
    assert page.count("<option ") == len(names["PROFILES"]) and page.count(" selected>") == 1
    assert names["options_from_form"]({"profile": ["card"]}) == {"profile": "card"}
    assert names["options_from_form"]({}) == {"profile": ""}


def test_what_one_profile_asks_for_is_not_left_to_the_next() -> None:
    _, names = site()

    class Spawner:
        user_options: dict[str, str] = {"profile": "card", "req_runtime": "99:00:00", "prologue": "rm"}

    spawner: Any = Spawner()
    names["choose_profile"](spawner)
    assert (spawner.req_partition, spawner.req_gres, spawner.req_runtime) == ("gpu", "gpu:1", "4:00:00")
    assert spawner.user_options == {"profile": "card"}
    spawner.user_options = {"profile": "off-hours"}
    names["choose_profile"](spawner)
    assert (spawner.req_partition, spawner.req_gres, spawner.req_reservation) == ("general", "", "")
    spawner.user_options = {"profile": "nothing"}
    with pytest.raises(ValueError, match="there is no profile 'nothing': choose one of course, off-hours, card"):
        names["choose_profile"](spawner)
