"""`hebb grade` beside the real nbgrader: the same submissions, the same points; and that no hidden test is told."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any, Iterator

import nbformat
import pytest
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader

from conftest import REPOSITORY
from nbgraders import apart, nbgrader
from submissions import CANARY, EDITS, paper

EXERCISES = REPOSITORY / "notebooks" / "exercises"
NAMES = ["01a-neuron", "paper"]
# Seconds for a cell, in nbgrader and here: much for a busy machine, and little for those who wait for an endless loop.
CELL_TIME = 20
DUE = "2026-01-10 12:00:00 UTC"


@pytest.fixture(scope="module")
def courses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """Course directories with two exercises and their students' versions by nbgrader. Every submission of the table stands in one of
    them: nbgrader grades one by one, so two gradebooks take half the time."""
    home = tmp_path_factory.mktemp("nbgrader")
    course = home / "course"
    shutil.copytree(EXERCISES, course, ignore=shutil.ignore_patterns("0[!1]*", "01[!a]*"))
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.ExecutePreprocessor.timeout = {CELL_TIME}\n")
    (course / "source" / "paper").mkdir()
    nbformat.write(paper(), course / "source" / "paper" / "paper.ipynb")
    with apart(home):
        for name in NAMES:
            nbgrader(course, "generate_assignment", name, "--create")
            nbgrader(course, "db", "assignment", "add", name, "--duedate", DUE)
        courses = [course, Path(shutil.copytree(course, home / "second"))]
        for student, row in EDITS.items():
            folder = of(courses, student) / "submitted" / student / row.exercise
            folder.mkdir(parents=True)
            path = folder / f"{row.exercise}.ipynb"
            path.write_text(submission(course, student))
            if row.late:
                (folder / "timestamp.txt").write_text("2026-01-12 12:00:00 UTC")
        yield courses


def of(courses: list[Path], student: str) -> Path:
    """The course directory in which a student's work stands."""
    return courses[list(EDITS).index(student) % len(courses)]


def submission(course: Path, student: str) -> str:
    """The text of a student's file."""
    row = EDITS[student]
    read = lambda version: nbformat.read(course / version / row.exercise / f"{row.exercise}.ipynb", as_version=4)
    notebook = read("release")
    if row.start == "solved":
        solved = {cell.id: cell.source for cell in read("source").cells}
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                # Students do not write the marks around their answers, and say something of their own.
                lines = [line for line in solved[cell.id].splitlines() if " SOLUTION" not in line]
                cell.source = "\n".join(lines) + ("\n// mine" if cell.cell_type == "code" else "\nAnd so on.")
    made = row.edit(notebook)
    return made if isinstance(made, str) else nbformat.writes(notebook)


@pytest.fixture(scope="module")
def by_nbgrader(courses: list[Path]) -> dict[str, dict[str, Any]]:
    """What nbgrader says: `score`, and the points of each cell, if it has any. No cells at all where it gave up on a submission
    before it had looked at one."""
    with multiprocessing.get_context("spawn").Pool(len(courses)) as pool:
        parts = pool.starmap(autograde, [(course, [name for name in EDITS if of(courses, name) == course]) for course in courses])
    return {student: result for part in parts for student, result in part.items()}


def autograde(course: Path, students: list[str]) -> dict[str, dict[str, Any]]:
    """In a process of its own: grades these students' work."""
    settings = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    settings.CourseDirectory.root = str(course)
    program = NbGraderAPI(config=settings)
    for student in students:
        # One by one: some submissions end nbgrader's run through the class.
        program.autograde(EDITS[student].exercise, student)
    results: dict[str, dict[str, Any]] = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        for student in students:
            exercise = EDITS[student].exercise
            try:
                found = book.find_submission_notebook(exercise, exercise, student)
            except MissingEntry:
                results[student] = {"score": 0, "cells": {}}
                continue
            cells = {grade.cell.name: grade.auto_score for grade in found.grades}
            results[student] = {"score": found.score, "cells": cells}
    return results


@pytest.fixture(scope="module")
def graded(hebb: Path, courses: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What `hebb grade` says, by student; the reports beside it are under `folder`."""
    results: dict[str, dict[str, Any]] = {}
    for name in NAMES:
        out = tmp_path_factory.mktemp(name)
        files = sorted(file for course in courses for file in course.glob(f"submitted/*/{name}/{name}.ipynb"))
        summary = {"GITHUB_STEP_SUMMARY": str(out / "summary.md")}
        done = subprocess.run(
            [hebb, "grade", *files, "--assignment", courses[0] / "source" / name / f"{name}.ipynb", "--cell-time", str(CELL_TIME)]
            + ["--json", out / "points.json", "--junit", out / "points.xml", "--feedback", out / "feedback", "--github"],
            capture_output=True,
            text=True,
            env=os.environ | summary,
        )
        assert (done.returncode, done.stderr) == (0, "")
        (out / "table.txt").write_text(done.stdout)
        for result in json.loads((out / "points.json").read_text()):
            results[result["name"]] = result | {"folder": out}
    return results


def test_there_is_a_row_for_each_submission(graded: dict[str, dict[str, Any]]) -> None:
    assert sorted(graded) == sorted(EDITS)
    assert {(EDITS[student].exercise, result["max_score"]) for student, result in graded.items()} == {("01a-neuron", 10), ("paper", 12.5)}
    assert len(EDITS) >= 30


@pytest.mark.parametrize("student", EDITS)
def test_scores_are_those_of_nbgrader(student: str, graded: dict, by_nbgrader: dict) -> None:
    ours, theirs, row = graded[student], by_nbgrader[student], EDITS[student]
    points = {cell["grade_id"]: cell["score"] for cell in ours["cells"]}
    assert ours["score"] == sum(score for score in points.values() if score is not None)
    if row.differs:
        score, why = row.differs
        assert ours["score"] == score, why
        assert theirs["score"] != score, f"there is no difference any more: {why}"
        return
    assert ours["score"] == theirs["score"]
    for grade_id, score in points.items():
        # nbgrader has no points for a cell that a person has to look at, and none for a cell that is missing, which is worth 0.
        found = theirs["cells"].get(grade_id)
        assert (found or 0) == (score or 0), grade_id
        assert score is not None or found is None, grade_id


def test_what_waits_for_a_person_is_what_waits_in_nbgrader(graded: dict, by_nbgrader: dict) -> None:
    def waiting(cells: dict[str, float | None]) -> set[str]:
        return {grade_id for grade_id, score in cells.items() if score is None}

    for student in ["full", "blank", "own-words", "paper-full", "paper-blank", "by-hand", "python", "reordered"]:
        ours = {cell["grade_id"]: cell["score"] for cell in graded[student]["cells"]}
        assert waiting(ours) == waiting(by_nbgrader[student]["cells"]), student


def test_messages_say_what_was_expected_and_what_came(graded: dict) -> None:
    def message(student: str, cell: str) -> str:
        return next(found["message"] for found in graded[student]["cells"] if found["grade_id"] == cell)

    rows = {
        ("paper-full", "double-test"): "",
        ("paper-full", "why"): "to be graded by hand",
        ("paper-blank", "why"): "nothing was written",
        ("paper-blank", "double-test"): "not written yet: your code goes here (in In [2], line 3)",
        ("one-wrong", "halves-test"): "the shape is 3 rows, 2 columns: expected [3, 2], got [2, 3]",
        ("hidden-fails", "double-test"): "all visible checks pass, but a hidden one fails",
        ("one-of-three", "ones-test"): "the first of two ones is 1, and not 0 (1 point)",
        ("two-of-three", "ones-test"): "all visible checks pass, but not every hidden one",
        ("variable-wrong", "rate-test"): "a rate of 1.5 is none",
        ("variable-missing", "rate-test"): "does not compile: cannot find value `rate` in this scope",
        ("no-rust", "double-test"): "`double` is not there, because its cell In [2] failed",
        ("exits", "double-test"): "the process ended: exit(0)",
        ("stack", "double-test"): "the process ended: stack overflow",
        ("never-ends", "double-test"): f"the time limit of {CELL_TIME} s for a cell was reached",
        ("stderr", "double-test"): "the code wrote to standard error, which counts as a failure",
        ("other-signature", "double-test"): "`double` has another type than the exercise asks for",
        ("test-deleted", "double-test"): "this cell is missing from the notebook",
        ("no-marks", "double-test"): "no cell of this notebook belongs to the assignment",
        ("damaged", "double-test"): "the file cannot be graded: paper.ipynb: not JSON",
        ("no-notebook", "double-test"): "the file cannot be graded: paper.ipynb: not a notebook",
    }
    said = {row: message(*row) for row in rows}
    wrong = {row: text for row, text in said.items() if rows[row] not in text or (rows[row] == "") != (text == "")}
    assert wrong == {}


def test_a_hidden_test_is_told_nowhere(graded: dict) -> None:
    folders = {result["folder"] for result in graded.values()}
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    pages = [file for file in files if file.suffix == ".html"]
    assert len(pages) == len(EDITS)
    for file in files:
        text = file.read_text()
        assert CANARY not in text and "HIDDEN TESTS" not in text, file


def test_reports_agree_with_each_other(graded: dict) -> None:
    for folder in {result["folder"] for result in graded.values()}:
        results = json.loads((folder / "points.json").read_text())
        suites = ElementTree.parse(folder / "points.xml").getroot().findall("testsuite")
        for result, suite in zip(results, suites, strict=True):
            assert list(result) == ["name", "score", "max_score", "cells"]
            assert all(list(cell) == ["grade_id", "score", "max_score", "message"] for cell in result["cells"])
            lacking = [cell for cell in result["cells"] if cell["score"] is not None and cell["score"] < cell["max_score"]]
            assert suite.attrib["name"] == result["name"]
            assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure")) == len(lacking)
            page = (folder / "feedback" / f"{result['name']}.html").read_text()
            assert page.count('<tr class="bad">') == len(lacking)
        table = (folder / "table.txt").read_text()
        assert all(f"{result['name']}: " in table for result in results)
        rows = [line for line in (folder / "summary.md").read_text().splitlines() if line.startswith("| ")]
        assert len(rows) == 1 + len(results)


def test_nbgrader_makes_feedback_and_validates(courses: list[Path], by_nbgrader: dict) -> None:
    for name in NAMES:
        for course in courses:
            nbgrader(course, "generate_feedback", name)
        students = {page.parent.parent.name for course in courses for page in course.glob(f"feedback/*/{name}/{name}.html")}
        assert "full" in students or name == "paper"

    def validate(student: str) -> str:
        done = nbgrader(of(courses, student), "validate", f"submitted/{student}/01a-neuron/01a-neuron.ipynb")
        return done.stdout + done.stderr

    assert "Success! Your notebook passes all the tests." in validate("full")
    assert "the shape is 3 rows, 2 columns" in validate("one-wrong")
