"""The recipes in `install/ci/`: well-formed, and their own scripts run here, with a folder in the place of the students' servers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import REPOSITORY

RECIPES = REPOSITORY / "install" / "ci"
EXERCISE = REPOSITORY / "notebooks" / "exercises" / "source" / "01a-neuron" / "01a-neuron.ipynb"


def recipe(name: str) -> dict[str, Any]:
    return yaml.safe_load((RECIPES / name).read_text())


@pytest.fixture
def place(tmp_path: Path, hebb: Path) -> Path:
    """An instructor's checkout: an assignment, a list of students, and their repositories, of which one is not there."""
    assignments = tmp_path / "assignments"
    assignments.mkdir()
    shutil.copy(EXERCISE, assignments / "neuron.ipynb")
    servers = tmp_path / "servers"
    for student in ["class/ada", "class/bob"]:
        repository = servers / f"{student}.git"
        repository.mkdir(parents=True)
        shutil.copy(EXERCISE, repository / "neuron.ipynb")
        author = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
        for command in [["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "Hand in"]]:
            subprocess.run(["git", *command], cwd=repository, check=True)
    (tmp_path / "students.txt").write_text("class/ada\n\nclass/missing\nclass/bob\n")
    return tmp_path


def run(place: Path, script: str, hebb: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A step's script as the server would run it; addresses of servers lead to a folder."""
    redirect = {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": f"url.{place}/servers/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://x-access-token:secret@github.com/",
        "GIT_CONFIG_KEY_1": f"url.{place}/servers/.insteadOf",
        "GIT_CONFIG_VALUE_1": "https://oauth2:secret@git.example.org/",
    }
    path = f"{hebb.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **redirect, "PATH": path, "ASSIGNMENT": "neuron", "STUDENTS_TOKEN": "secret", **variables}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=place, env=environment, capture_output=True, text=True
    )


def check_results(place: Path) -> None:
    points = json.loads((place / "results" / "points.json").read_text())
    assert [result["score"] == result["max_score"] - 2 for result in points] == [True, True], "but for the written answer"
    ElementTree.parse(place / "results" / "points.xml")
    assert len(list((place / "results" / "feedback").iterdir())) == 2


def test_github(place: Path, hebb: Path) -> None:
    steps = {step.get("name"): step for step in recipe("github.yml")["jobs"]["grade"]["steps"]}
    fetched = run(place, steps["Fetch what was handed in"]["run"], hebb)
    assert fetched.returncode == 0, fetched.stderr
    assert "cannot be read: class/missing" in fetched.stdout and "secret" not in fetched.stdout
    summary = place / "summary.md"
    graded = run(place, steps["Grade"]["run"], hebb, GITHUB_STEP_SUMMARY=str(summary))
    assert graded.returncode == 0, graded.stderr
    check_results(place)
    assert "ada" in summary.read_text()
    shutil.rmtree(place / "submitted")
    nobody = run(place, steps["Grade"]["run"], hebb, GITHUB_STEP_SUMMARY=str(summary))
    assert nobody.returncode == 1 and "nobody has handed in neuron.ipynb" in nobody.stdout


def test_gitlab(place: Path, hebb: Path) -> None:
    job = recipe("gitlab.yml")["grade"]
    # The runner's shell is a plain one, and installed is what the first lines would build.
    installed = place / ".hebb" / "bin"
    installed.mkdir(parents=True)
    (installed / "hebb").symlink_to(hebb)
    variables = {"CI_PROJECT_DIR": str(place), "CI_SERVER_HOST": "git.example.org", "HEBB_REPOSITORY": "nowhere"}
    script = "\n".join([*job["before_script"], *job["script"]])
    graded = run(place, script, hebb, **variables)
    assert graded.returncode == 0, graded.stderr
    assert "cannot be read: class/missing" in graded.stdout
    check_results(place)
