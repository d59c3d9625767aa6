"""A JupyterHub on this machine: hub, proxy, and a server for each student, who is a user of their own where root tests.

Everything listens on loopback. What a student does goes through the proxy with the student's own token, as from a browser.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import psutil
import requests
import websocket

from namespaces import View

# A machine with two cores starts many servers at once.
PATIENCE = 900
# Numbers that no user of a system has.
FIRST_USER = 61000

CONFIG = """
import os
from jupyterhub.spawner import SimpleLocalProcessSpawner

settings = {settings!r}


class Student(SimpleLocalProcessSpawner):
    def make_preexec_fn(self, name):
        number, home = settings["students"][name], self.home_dir

        def become_the_student():
            if settings["root"]:
                os.setgroups([])
                os.setgid(number)
                os.setuid(number)
            os.chdir(home)

        return become_the_student


c.JupyterHub.spawner_class = Student
c.Student.home_dir_template = settings["folder"] + "/homes/{{username}}"
c.Spawner.cmd = [settings["python"], "-m", "jupyterhub.singleuser"]
c.Spawner.args = settings["arguments"]
c.Spawner.environment = settings["environment"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.bind_url = settings["url"]
c.JupyterHub.hub_port = settings["ports"][1]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{{settings['ports'][2]}}"
c.ConfigurableHTTPProxy.command = settings["proxy"]
c.ConfigurableHTTPProxy.pid_file = settings["folder"] + "/proxy.pid"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.db_url = "sqlite:///" + settings["folder"] + "/hub.sqlite"
c.JupyterHub.cookie_secret_file = settings["folder"] + "/cookie_secret"
c.JupyterHub.services = [{{"name": "class", "api_token": settings["token"]}}, *settings["services"]]
c.JupyterHub.load_roles = [
    {{"name": "class", "services": ["class"], "scopes": ["admin:users", "admin:servers", "tokens"]}}, *settings["roles"]
]
{more}
"""


def proxy_command() -> list[str] | None:
    """How to start the proxy: beside the tests' Python, or in the search path; none if it is not there."""
    installed = os.environ.get("HEBB_NODE_MODULES")
    program = Path(installed, ".bin/configurable-http-proxy") if installed else shutil.which("configurable-http-proxy")
    return [str(program)] if program and Path(program).exists() else None


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def open_to_students(needs: list[Path]) -> View:
    """This machine, where everyone may pass through the folders (root's home) above what students need: these, Python, the proxy."""
    programs = [Path(sys.executable), Path(*(proxy_command() or []))]
    needed = {found for path in [*programs, *needs] for found in (path.absolute(), path.resolve())}
    above = {folder for path in needed for folder in path.parents}
    view = View()
    for folder in sorted(above):
        if folder.stat().st_mode & 0o001 == 0:
            view.pass_through(folder)
    return view


@dataclass
class Student:
    """One of them, with the server that the hub has started."""

    name: str
    number: int
    home: Path
    url: str
    session: requests.Session

    def ask(self, method: str, path: str, **arguments: Any) -> Any:
        """A request to the student's own server, through the proxy."""
        answer = self.session.request(method, f"{self.url}/{path}", timeout=PATIENCE, **arguments)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def open(self, notebook: str) -> Notebook:
        """Opens a notebook of the home: its kernel starts."""
        content = self.ask("GET", f"api/contents/{notebook}")["content"]
        asked = {"path": notebook, "name": notebook, "type": "notebook", "kernel": {"name": "hebb"}}
        kernel = self.ask("POST", "api/sessions", json=asked)["kernel"]["id"]
        address = f"{self.url.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
        header = {"Authorization": self.session.headers["Authorization"]}
        return Notebook(content, kernel, websocket.create_connection(address, header=header, timeout=PATIENCE))

    def kernels(self) -> list[str]:
        """Those that run."""
        return [kernel["id"] for kernel in self.ask("GET", "api/kernels")]

    def processes(self) -> list[psutil.Process]:
        """The processes of this student's kernels."""
        ours = (process for process in psutil.process_iter(["exe", "environ"]) if (process.info["exe"] or "").endswith("/bin/hebb"))
        return [process for process in ours if (process.info["environ"] or {}).get("JUPYTERHUB_USER") == self.name]


@dataclass
class Notebook:
    """An open notebook: its content and the connection to its kernel."""

    content: dict[str, Any]
    kernel: str
    socket: websocket.WebSocket

    def send(self, code: str) -> str:
        """Asks for a cell to be run; gives the request's id."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "session": self.kernel, "username": "", "version": "5.3"}
        header["date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}
        self.socket.send(json.dumps(message))
        return header["msg_id"]

    def wait(self, request: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The reply to a request, once the kernel is idle again, and what it showed."""
        reply, idle, shown = None, False, []
        while reply is None or not idle:
            message = json.loads(self.socket.recv())
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "execute_reply":
                reply = message["content"]
            elif message["msg_type"] == "status":
                idle = message["content"]["execution_state"] == "idle"
            else:
                shown.append(message)
        return reply, shown

    def run(self, code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Runs a cell to its end."""
        return self.wait(self.send(code))

    def cells(self) -> list[str]:
        """The code of its cells."""
        return ["".join(cell["source"]) for cell in self.content["cells"] if cell["cell_type"] == "code"]


@dataclass
class Hub:
    """A running hub."""

    url: str
    token: str
    folder: Path
    students: dict[str, int]

    def ask(self, method: str, path: str, token: str | None = None, **arguments: Any) -> Any:
        """A request to the hub's own interface."""
        header = {"Authorization": f"token {token or self.token}"}
        answer = requests.request(method, f"{self.url}hub/api/{path}", headers=header, timeout=PATIENCE, **arguments)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def start(self, name: str, **options: str) -> Student:
        """A student logs in and chooses these options: the hub starts their server."""
        if name not in [user["name"] for user in self.ask("GET", "users")]:
            self.ask("POST", f"users/{name}")
        token = self.ask("POST", f"users/{name}/tokens")["token"]
        self.ask("POST", f"users/{name}/server", json=options)
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready(name):
            assert time.monotonic() < deadline, f"the server of {name} did not start; see {self.folder}/hub.log"
            time.sleep(0.2)
        session = requests.Session()
        session.headers["Authorization"] = f"token {token}"
        return Student(name, self.students[name], self.folder / "homes" / name, f"{self.url}user/{name}", session)

    def is_ready(self, name: str) -> bool:
        """Whether the student's server runs."""
        servers = self.ask("GET", f"users/{name}")["servers"]
        return any(server["ready"] for server in servers.values())


@contextmanager
def hub(
    folder: Path,
    students: int,
    needs: list[Path],
    notebooks: list[Path],
    *,
    environment: dict[str, str],
    config: str = "",
    view: Callable[..., list[str]] | None = None,
    **more: Any,
) -> Iterator[Hub]:
    """Starts a hub in an empty folder that everyone may pass through; each student has these notebooks in their home.

    `config` ends its configuration; `view` makes of a command one that sees what students see, if they are not to see this machine.
    """
    proxy = proxy_command()
    assert proxy, "no configurable-http-proxy: npm install configurable-http-proxy, and put node_modules/.bin into PATH"
    root = os.geteuid() == 0
    numbers = {f"student-{number:02}": FIRST_USER + number for number in range(students)}
    for name, number in numbers.items():
        home = folder / "homes" / name
        home.mkdir(parents=True)
        for notebook in notebooks:
            shutil.copy(notebook, home)
        for path in [home, *home.iterdir()]:
            if root:
                os.chown(path, number, number)
    ports = free_ports(3)
    token = uuid.uuid4().hex
    settings = {
        "arguments": [],
        "environment": environment,
        "folder": str(folder),
        "ports": ports,
        "proxy": proxy,
        "python": sys.executable,
        "roles": [],
        "root": root,
        "services": [],
        "students": numbers,
        "token": token,
        "url": f"http://127.0.0.1:{ports[0]}/",
        **more,
    }
    (folder / "jupyterhub_config.py").write_text(CONFIG.format(settings=settings, more=config))
    if view is None:
        view = open_to_students([folder, *needs]).command if root else lambda *command: list(command)
    command = [sys.executable, "-m", "jupyterhub", "-f", folder / "jupyterhub_config.py"]
    with (folder / "hub.log").open("w") as log:
        process = subprocess.Popen(view(*command), cwd=folder, stdout=log, stderr=log)
    hub = Hub(settings["url"], token, folder, numbers)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(hub):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "hub.log").read_text()
            time.sleep(0.2)
        yield hub
    except BaseException:
        print((folder / "hub.log").read_text()[-10_000:], file=sys.stderr)
        raise
    finally:
        # The hub stops its servers and its proxy when it is asked to end.
        process.terminate()
        process.wait(timeout=PATIENCE)


def _answers(hub: Hub) -> bool:
    try:
        hub.ask("GET", "")
    except requests.RequestException:
        return False
    return True
