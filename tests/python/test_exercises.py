"""The exercises with nbgrader itself: solutions pass, students' versions fail only where a solution is missing, and points
are counted accordingly.

What a cheating cell tries is not here: see `test_hostile_cells.py`.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Iterator

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from conftest import KERNEL_NAME, REPOSITORY
from nbgraders import apart, nbgrader

EXERCISES = REPOSITORY / "notebooks" / "exercises"
NAMES = sorted(folder.name for folder in (EXERCISES / "source").iterdir())
# A cell may train a network on a busy machine.
PATIENCE = 300
STUB = "your code goes here"
REGION = re.compile(r"// BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)// END \1", re.DOTALL)


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A course directory of its own, in which nbgrader has made the students' version of every exercise."""
    home = tmp_path_factory.mktemp("nbgrader")
    course = home / "course"
    shutil.copytree(EXERCISES, course)
    with apart(home):
        for name in NAMES:
            nbgrader(course, "generate_assignment", name, "--create")
        yield course


def read(folder: Path, name: str) -> NotebookNode:
    notebook = nbformat.read(folder / name / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    return notebook


def run(notebook: NotebookNode) -> list[NotebookNode]:
    """Runs every cell, past those that fail; returns the code cells with their outputs."""
    NotebookClient(notebook, timeout=PATIENCE, kernel_name=KERNEL_NAME, allow_errors=True).execute()
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def errors(cell: NotebookNode) -> list[str]:
    return [output.evalue for output in cell.outputs if output.output_type == "error"]


def is_answer(cell: NotebookNode) -> bool:
    return cell.metadata.get("nbgrader", {}).get("solution", False)


def points(notebook: NotebookNode, by_machine: bool) -> int:
    graded = [cell.metadata.nbgrader for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return sum(mark.points for mark in graded if mark.locked == by_machine)


@pytest.mark.parametrize("name", NAMES)
def test_the_solutions_pass(name: str) -> None:
    cells = run(read(EXERCISES / "source", name))
    assert [errors(cell) for cell in cells if errors(cell)] == []
    assert [output.text for cell in cells for output in cell.outputs if output.get("name") == "stderr"] == []
    values = [cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.outputs]
    assert values == [], "the value of a test cell would be read as partial credit"


@pytest.mark.parametrize("name", NAMES)
def test_the_students_version_keeps_the_secrets(course: Path, name: str) -> None:
    secrets = [
        line.strip()
        for cell in read(course / "source", name).cells
        for region in REGION.finditer(cell.source)
        for line in region[2].splitlines()
    ]
    assert secrets
    released = read(course / "release", name)
    kept = "\n".join(cell.source for cell in released.cells)
    assert "SOLUTION" not in kept and "HIDDEN" not in kept
    # Short lines such as `}` or a call of the library may well stand elsewhere in the notebook.
    assert [line for line in secrets if len(line) > 30 and line in kept] == []
    for cell in released.cells:
        if is_answer(cell):
            assert (STUB if cell.cell_type == "code" else "YOUR ANSWER HERE") in cell.source


@pytest.mark.parametrize("name", NAMES)
def test_the_students_version_fails_only_in_cells_that_use_what_is_missing(course: Path, name: str) -> None:
    cells = run(read(course / "release", name))
    missing = [found for cell in cells if is_answer(cell) for found in re.findall(r"^fn (\w+)", cell.source, re.MULTILINE)]
    call = re.compile(rf"\b({'|'.join(missing)})\(")
    for cell in cells:
        uses = not is_answer(cell) and call.search(cell.source)
        assert bool(errors(cell)) == bool(uses), f"{cell.source}\n{errors(cell)}"
        for message in errors(cell):
            assert STUB in message, "the message says what to do"


@pytest.mark.parametrize("name", NAMES)
def test_nbgrader_gives_all_points_for_the_solutions_and_none_for_the_stubs(course: Path, name: str) -> None:
    for student, version in [("ada", "source"), ("blank", "release")]:
        shutil.copytree(course / version / name, course / "submitted" / student / name)
    nbgrader(course, "autograde", name)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        solved, blank = (book.find_submission(name, student) for student in ("ada", "blank"))
        by_machine = points(read(course / "source", name), by_machine=True)
        by_hand = points(read(course / "source", name), by_machine=False)
        assert (solved.score, solved.max_score) == (by_machine, by_machine + by_hand)
        assert blank.score == 0
        # Written answers wait for a person, unless nothing was written.
        assert solved.needs_manual_grade == (by_hand > 0)
