"""`hebb assign` beside nbgrader's `generate_assignment`: the same students' versions; and what is wrong with an exercise is told."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import nbformat
import pytest
from nbformat import NotebookNode

from conftest import REPOSITORY
from nbgraders import apart, nbgrader
from submissions import CANARY, STUB, Edit, answer, both, find, mark, marked, paper, test as graded_test, write

EXERCISES = REPOSITORY / "notebooks" / "exercises"
NAMES = sorted(folder.name for folder in (EXERCISES / "source").iterdir())


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course directory in which nbgrader has made the students' version of every exercise, and of the paper."""
    home = tmp_path_factory.mktemp("nbgrader")
    course = home / "course"
    shutil.copytree(EXERCISES, course)
    (course / "source" / "paper").mkdir()
    nbformat.write(paper(), course / "source" / "paper" / "paper.ipynb")
    with apart(home):
        for name in [*NAMES, "paper"]:
            nbgrader(course, "generate_assignment", name, "--create")
    return course


Assign = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def assign(hebb: Path, tmp_path: Path) -> Assign:
    def assign(source: Path | NotebookNode, *arguments: str) -> subprocess.CompletedProcess[str]:
        if not isinstance(source, Path):
            nbformat.write(source, tmp_path / "source.ipynb")
            source = tmp_path / "source.ipynb"
        command = [hebb, "assign", source, "-o", tmp_path / "student.ipynb", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    return assign


@pytest.mark.parametrize("name", [*NAMES, "paper"])
def test_students_versions_are_those_of_nbgrader(name: str, assign: Assign, released: Path, tmp_path: Path) -> None:
    done = assign(released / "source" / name / f"{name}.ipynb")
    assert (done.returncode, done.stderr) == (0, "")
    theirs = nbformat.read(released / "release" / name / f"{name}.ipynb", as_version=nbformat.NO_CONVERT)
    ours = nbformat.read(tmp_path / "student.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(ours)
    assert ours == theirs
    assert "checksum" in str(ours) and CANARY not in str(ours)


def test_the_settings_for_courses_are_those_of_the_command() -> None:
    def settings(path: Path) -> dict[str, str]:
        lines = [line for line in path.read_text().splitlines() if line.startswith("c.") and "course_id" not in line]
        return dict(line.split(" = ", 1) for line in lines)

    ours = settings(REPOSITORY / "install" / "nbgrader_config.py")
    assert ours == settings(EXERCISES / "nbgrader_config.py")
    assert ast.literal_eval(ours["c.ClearSolutions.code_stub"]) == {"rust": STUB}


def without_mark(field: str) -> Edit:
    return lambda notebook: find(notebook, "double-test").metadata.nbgrader.pop(field)


FAULTS: dict[str, tuple[Edit, str]] = {
    "the solution is wrong": (
        write(double="fn double(x: i32) -> i32 {\n// BEGIN SOLUTION\n    x\n// END SOLUTION\n}"),
        "double-test: the solution gets 0 of 1 points: Panic: assertion `left == right` failed: twice 4 is 8",
    ),
    "the solution does not compile": (
        write(double="fn double(x: i32) -> i32 {\n// BEGIN SOLUTION\n    x +\n// END SOLUTION\n}"),
        "double-test: the solution gets 0 of 1 points: CompileError: cannot find function `double` in this scope",
    ),
    "the solution gets a part": (
        write(half="fn half() -> f64 {\n// BEGIN SOLUTION\n    0.25\n// END SOLUTION\n}"),
        "half-test: the solution gets 1 of 2 points",
    ),
    "the solution may not do that": (
        write(double="fn double(x: i32) -> i32 {\n// BEGIN SOLUTION\n    unsafe { 2 * x }\n// END SOLUTION\n}"),
        "double-test: the solution gets 0 of 1 points where it is graded",
    ),
    "the test asks nothing": (
        write(double_test="assert!(true);"),
        "double-test: the students' version gets 1 of 1 points before anything is written",
    ),
    "the visible part needs the hidden": (
        write(double_test="// BEGIN HIDDEN TESTS\nlet eight = 8;\n// END HIDDEN TESTS\nassert_eq!(double(4), eight);"),
        "double-test: the solution gets 0 of 1 points in the part of the tests that students see",
    ),
    "no points": (without_mark("points"), "cell 4 (double-test): it has no points"),
    "negative points": (mark("double-test", points=-1), "cell 4 (double-test): it has -1 points"),
    "no id": (mark("double-test", grade_id=""), "cell 4: it has no id"),
    "an id of other letters": (mark("double-test", grade_id="äh"), "cell 4 (äh): its id may have"),
    "an id twice": (mark("double-test", grade_id="double"), "cell 4 (double): cell 3 has the same id"),
    "a region that does not end": (
        write(double="// BEGIN SOLUTION\nfn double(x: i32) -> i32 { 2 * x }"),
        "cell 3 (double): line 1: `// BEGIN SOLUTION` has no `// END SOLUTION` below it",
    ),
    "a region within a region": (
        write(double_test="// BEGIN HIDDEN TESTS\n// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS"),
        "cell 4 (double-test): line 2: `// BEGIN HIDDEN TESTS` stands inside",
    ),
    "a solution in a test": (
        write(double_test="// BEGIN SOLUTION\n// END SOLUTION"),
        "cell 4 (double-test): `// BEGIN SOLUTION` stands in a cell that is not a solution cell",
    ),
    "hidden tests in an answer": (
        write(plan="// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS"),
        "(plan): `// BEGIN HIDDEN TESTS` stands in a cell that is not a test cell",
    ),
    "old marks": (mark("double-test", schema_version=2), "cell 4 (double-test): its marks are of version 2"),
    "another language": (
        lambda notebook: notebook.metadata.kernelspec.pop("language"),
        "the notebook does not say that its language is rust",
    ),
    "two faults": (
        both(mark("double-test", points=-1), mark("ones", grade_id="")),
        "cell 5: it has no id",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_told_and_nothing_is_written(name: str, assign: Assign, tmp_path: Path) -> None:
    edit, told = FAULTS[name]
    source = paper()
    edit(source)
    done = assign(source)
    assert done.returncode == 1 and done.stdout == ""
    assert told in done.stderr
    assert not (tmp_path / "student.ipynb").exists()


def test_marks_can_be_checked_without_a_run(assign: Assign, tmp_path: Path) -> None:
    source = paper()
    FAULTS["the test asks nothing"][0](source)
    assert assign(source, "--no-run").returncode == 0
    assert (tmp_path / "student.ipynb").exists()


def test_an_exercise_without_code_needs_no_kernel(assign: Assign) -> None:
    source = paper()
    source.cells = [marked("markdown", "Because.", "why", 2, grade=True, solution=True)]
    done = assign(source)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 graded cell, 2 points" in done.stdout


def test_the_solutions_are_not_overwritten(hebb: Path, tmp_path: Path) -> None:
    source = tmp_path / "source.ipynb"
    nbformat.write(paper(), source)
    before = source.read_bytes()
    (tmp_path / "link.ipynb").symlink_to(source)
    for output in ["source.ipynb", "./source.ipynb", "link.ipynb"]:
        done = subprocess.run([hebb, "assign", source, "-o", output], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 2 and "this is the notebook with solutions" in done.stderr
    assert source.read_bytes() == before


@pytest.mark.parametrize("source, told", [("none.ipynb", "No such file"), ("text.ipynb", "not JSON"), (".", "Is a directory")])
def test_what_is_no_notebook_is_said_so(hebb: Path, tmp_path: Path, source: str, told: str) -> None:
    (tmp_path / "text.ipynb").write_text("let x = 1;")
    command = [hebb, "assign", source, "-o", "out.ipynb"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 2 and told in done.stderr
    assert not (tmp_path / "out.ipynb").exists()


def test_a_long_exercise_is_no_matter(assign: Assign, tmp_path: Path) -> None:
    source = paper()
    source.cells = [
        cell
        for number in range(30)
        for cell in [
            answer(f"f{number}", f"fn f{number}() -> i32 {{\n", f"    {number}", "\n}"),
            graded_test(f"f{number}-test", 0.1, f"assert_eq!(f{number}(), {number});"),
        ]
    ]
    done = assign(source, "--no-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(nbformat.read(tmp_path / "student.ipynb", as_version=4).cells) == 60
