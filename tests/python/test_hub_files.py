"""The files of install/hub/ as the tools read them that they are for: linters, KubeSpawner, jupyter_server, bash."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from traitlets.config import Config

from conftest import REPOSITORY
from namespaces import View, need_namespaces
from releases import plain, rustc, unpacked

HUB = REPOSITORY / "install" / "hub"
VALUES = yaml.safe_load((HUB / "kubernetes.yaml").read_text())
# How Zero to JupyterHub calls what KubeSpawner sets.
TRAITS = {
    ("cpu", "guarantee"): "cpu_guarantee",
    ("cpu", "limit"): "cpu_limit",
    ("memory", "guarantee"): "mem_guarantee",
    ("memory", "limit"): "mem_limit",
    ("storage", "capacity"): "storage_capacity",
    ("storage", "extraVolumes"): "volumes",
    ("storage", "extraVolumeMounts"): "volume_mounts",
    ("allowPrivilegeEscalation",): "allow_privilege_escalation",
    ("startTimeout",): "start_timeout",
    ("defaultUrl",): "default_url",
    ("profileList",): "profile_list",
}


def tool(name: str, *arguments: Path | str) -> str:
    """What a linter beside this Python finds."""
    done = subprocess.run([Path(sys.executable).parent / name, *arguments], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_linters_find_nothing() -> None:
    rules = "{extends: default, rules: {document-start: disable, line-length: {max: 140}, truthy: {check-keys: false}}}"
    files = [*HUB.glob("*.yaml"), *(REPOSITORY / "install/ci").glob("*.yml")]
    assert len(files) == 3
    assert tool("yamllint", "--strict", "-d", rules, *files) == ""
    assert tool("hadolint", "--no-color", "--failure-threshold", "warning", "--ignore", "DL3066", HUB / "Dockerfile") == ""
    for script in HUB.glob("*.sh"):
        assert subprocess.run(["bash", "-n", script], check=False).returncode == 0, script


def leaves(values: dict[str, Any], above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Settings by their whole names, as far down as KubeSpawner takes them apart."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in values.items():
        path = (*above, name)
        found |= leaves(value, path) if isinstance(value, dict) and path not in TRAITS else {path: value}
    return found


def spawner() -> KubeSpawner:
    """The spawner as the chart configures it with these values."""
    settings = leaves(VALUES["singleuser"])
    image = f"{settings.pop(('image', 'name'))}:{settings.pop(('image', 'tag'))}"
    known = VALUES["hub"]["config"]["KubeSpawner"] | {TRAITS[name]: value for name, value in settings.items()}
    assert set(known) <= set(KubeSpawner.class_traits(config=True)), "KubeSpawner has all of these settings"
    user = SimpleNamespace(name="ada", escaped_name="ada", url="/user/ada/", id=1, server=None)
    hub = SimpleNamespace(base_url="/hub/", api_url="http://hub:8081/hub/api", public_host="", server=SimpleNamespace(port=8081))
    return KubeSpawner(config=Config({"KubeSpawner": known | {"image": image}}), hub=hub, user=user, _mock=True)


def pod_of(profile: str) -> dict[str, Any]:
    """What Kubernetes is asked for when a student chooses this profile."""

    async def ask() -> dict[str, Any]:
        asking = spawner()
        asking.user_options = {"profile": profile}
        await asking.load_user_options()
        async with ApiClient() as client:
            return client.sanitize_for_serialization(await asking.get_pod_manifest())["spec"]

    return asyncio.run(ask())


GIB = 2**30


@pytest.mark.parametrize(
    ("profile", "image", "cores", "memory", "cards"),
    [
        ("lessons", "registry.example.org/hebb:0.1.0", 1, GIB, None),
        ("project", "registry.example.org/hebb:0.1.0", 4, 4 * GIB, None),
        ("card", "registry.example.org/hebb:0.1.0-cuda", 4, 8 * GIB, "1"),
    ],
)
def test_a_pod_gets_what_its_profile_says(
    profile: str, image: str, cores: int, memory: int, cards: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where the cluster is: nobody asks it here.
    monkeypatch.setattr("kubespawner.spawner.load_config", lambda **_: None)
    pod = pod_of(profile)
    (asked,) = pod["containers"]
    limits = asked["resources"]["limits"]
    assert asked["image"] == image
    assert (limits["cpu"], limits["memory"], limits.get("nvidia.com/gpu")) == (cores, memory, cards)
    # What Hebb reads of it.
    told = {variable["name"]: variable.get("value") for variable in asked["env"]}
    assert (float(told["CPU_LIMIT"]), int(told["MEM_LIMIT"])) == (cores, memory)
    security = asked["securityContext"]
    assert (security["readOnlyRootFilesystem"], security["runAsNonRoot"], security["allowPrivilegeEscalation"]) == (True, True, False)
    assert {"name": "scratch", "mountPath": "/tmp"} in asked["volumeMounts"]
    assert {"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}} in pod["volumes"]


def test_one_profile_is_offered_first_and_all_have_a_name() -> None:
    profiles = VALUES["singleuser"]["profileList"]
    assert [profile["slug"] for profile in profiles if profile.get("default")] == ["lessons"]
    assert all(profile["display_name"] and profile["description"] for profile in profiles)
    assert VALUES["singleuser"]["image"]["name"] in profiles[2]["kubespawner_override"]["image"]


def test_idle_kernels_are_stopped_by_settings_that_the_server_has() -> None:
    settings = json.loads((HUB / "jupyter_server_config.json").read_text())
    classes = {"MappingKernelManager": MappingKernelManager, "ServerApp": ServerApp}
    for name, values in settings.items():
        assert set(values) <= set(classes[name].class_traits(config=True))
    assert settings["MappingKernelManager"]["cull_busy"] is False
    # The hub, which does not know what is busy, waits longer than the server.
    sooner = settings["MappingKernelManager"]["cull_idle_timeout"] + settings["ServerApp"]["shutdown_no_activity_timeout"]
    assert VALUES["cull"]["timeout"] > 2 * sooner


def test_the_littlest_hub_is_told_and_gets_the_kernel(hebb: Path, tmp_path: Path) -> None:
    """TLJH's folders, and a `tljh-config` that writes down what it is told."""
    need_namespaces()
    release = unpacked(hebb, tmp_path)
    tljh = tmp_path / "tljh"
    config = tljh / "hub/bin/tljh-config"
    config.parent.mkdir(parents=True)
    config.write_text(f'#!/bin/sh\necho "$@" >> {tljh}/told\n')
    config.chmod(0o755)
    # The course of this hub is one short notebook; the compiler is where students can read it.
    for lesson in (release / "share/hebb/notebooks").glob("*.ipynb"):
        if not lesson.name.startswith("01b"):
            lesson.unlink()
    toolchain = tmp_path / "rust"
    toolchain.mkdir()
    data = Path(os.environ.get("HEBB_DATA", tmp_path / "none"))
    view = View().bind(rustc("--print", "sysroot"), toolchain)
    if data.is_dir():
        view.bind(data, release / "data", writable=True)
    script = release / "share/hebb/install/hub/tljh.sh"
    environment = plain(tmp_path, HEBB_TLJH=str(tljh), PATH=f"{toolchain}/bin:/usr/bin:/bin")
    done = view.run(script, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tljh / "told").read_text().splitlines() == [
        "set limits.memory 1G",
        "set limits.cpu 1",
        "set services.cull.timeout 14400",
        "reload hub",
    ]
    spec = json.loads((tljh / "user/share/jupyter/kernels/hebb/kernel.json").read_text())
    assert spec["argv"][0] == str(release / "bin/hebb")
    assert spec["env"]["RUSTC"] == f"{toolchain}/bin/rustc"
    assert (tljh / "user/etc/jupyter/jupyter_server_config.json").read_text() == (HUB / "jupyter_server_config.json").read_text()
    assert len(list((release / "cache").rglob("?" * 64))) > 3

    in_roots_home = plain(tmp_path, HEBB_TLJH=str(tljh), PATH="/root/fake/bin:/usr/bin:/bin")
    for environment, expected in [
        (environment | {"HEBB_TLJH": f"{tmp_path}/none"}, f"The Littlest JupyterHub is not in {tmp_path}/none."),
        (environment | {"PATH": "/usr/bin:/bin"}, "no rustc was found."),
    ]:
        refused = view.run(script, env=environment)
        assert refused.returncode == 1 and expected in refused.stderr, refused.stderr
    fake = tmp_path / "rustc"
    fake.write_text("#!/bin/sh\necho /root/.rustup/toolchains/stable\n")
    fake.chmod(0o755)
    refused = view.run(script, env=in_roots_home | {"HEBB_RUSTC": str(fake)})
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "is in root's home, where students cannot read it" in refused.stderr


def test_the_page_names_every_file_and_every_file_is_there() -> None:
    page = (HUB / "README.md").read_text()
    files = {path.name for path in HUB.iterdir() if not path.name.startswith(".")} - {"README.md"}
    assert {name for name in files if f"`{name}`" not in page} == set()
    for link in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (HUB / link).exists(), link
