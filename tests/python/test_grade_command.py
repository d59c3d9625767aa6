"""The command line of `hebb grade`: what it takes, what it writes, and that one submission never costs another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Callable

import nbformat
import psutil
import pytest
from nbformat import NotebookNode

from conftest import PATIENCE
from submissions import answer, delete, find, test as graded_test, write

Grade = Callable[..., subprocess.CompletedProcess[str]]
DOUBLE = "fn double(x: i32) -> i32 {\n"


def exercise() -> NotebookNode:
    cells = [
        answer("double", DOUBLE, "    2 * x", "\n}"),
        graded_test("double-test", 1, "assert_eq!(double(4), 8);\n", "assert_eq!(double(-1), -2);"),
        graded_test("sum-test", 2, "let mut score = Score::new();\ncheck!(score, 2.0, double(1) + 1 == 3);\nscore.total()"),
    ]
    metadata = {"kernelspec": {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@pytest.fixture
def grade(hebb: Path, tmp_path: Path) -> Grade:
    nbformat.write(exercise(), tmp_path / "source.ipynb")

    def grade(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [hebb, "grade", "--assignment", "source.ipynb", *arguments]
        surroundings = os.environ | environment
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=surroundings, timeout=PATIENCE)

    return grade


def hand_in(folder: Path, name: str, body: str = "    2 * x", edit: Callable[[NotebookNode], None] | None = None) -> str:
    notebook = exercise()
    write(double=f"{DOUBLE}{body}\n}}")(notebook)
    if edit:
        edit(notebook)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return name


def scores(text: str) -> dict[str, float]:
    return {result["name"]: result["score"] for result in json.loads(text)}


def test_the_table(grade: Grade, tmp_path: Path) -> None:
    hand_in(tmp_path, "ada.ipynb"), hand_in(tmp_path, "bob.ipynb", "    x")
    done = grade("ada.ipynb", "bob.ipynb", "none.ipynb", "-j", "1")
    assert (done.returncode, done.stderr) == (0, "")
    table, walls = done.stdout.rsplit("walls: ", 1)
    assert walls.count("\n") == 1
    assert table == (
        "ada: 3 of 3 points\n"
        "  double-test      1 / 1\n"
        "  sum-test         2 / 2\n"
        "\n"
        "bob: 0 of 3 points\n"
        "  double-test      0 / 1  `double(4)`: expected 8, got 4\n"
        "  sum-test         0 / 2  double(1) + 1 == 3 (2 points)\n"
        "\n"
        "none: 0 of 3 points\n"
        "  the file cannot be graded: none.ipynb: No such file or directory (os error 2)\n"
        "\n"
    )


def test_it_says_which_walls_stand(grade: Grade, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    done = grade(hand_in(tmp_path, "ada.ipynb"), "--junit", "points.xml", "--github", GITHUB_STEP_SUMMARY=str(summary))
    told = next(line for line in done.stdout.splitlines() if line.startswith("walls: ")).removeprefix("walls: ")
    assert told.startswith("files") and "; no network; writing " in told and "limits on time, memory and processes" in told
    (walls,) = ElementTree.parse(tmp_path / "points.xml").getroot().findall("testsuite/properties/property")
    assert walls.attrib == {"name": "walls", "value": told}
    assert f"Walls: {told}" in summary.read_text()


def test_json_on_standard_output_stands_alone(grade: Grade, tmp_path: Path) -> None:
    done = grade(hand_in(tmp_path, "ada.ipynb"), "--json", "-")
    assert json.loads(done.stdout) == [
        {
            "name": "ada",
            "score": 3.0,
            "max_score": 3.0,
            "cells": [
                {"grade_id": "double-test", "score": 1.0, "max_score": 1.0, "message": ""},
                {"grade_id": "sum-test", "score": 2.0, "max_score": 2.0, "message": ""},
            ],
        }
    ]


@pytest.mark.parametrize("least, code", [("3", 0), ("3.5", 1), ("0", 0)])
def test_too_few_points_fail_where_that_is_asked_for(grade: Grade, tmp_path: Path, least: str, code: int) -> None:
    assert grade(hand_in(tmp_path, "ada.ipynb"), "--fail-under", least).returncode == code


@pytest.mark.parametrize(
    "arguments, told",
    [
        ([], "SUBMISSION"),
        (["ada.ipynb", "--fail-under", "many"], "invalid value 'many'"),
        (["ada.ipynb", "--cell-time", "0"], "more than 0 seconds"),
        (["ada.ipynb", "-j", "0"], "a whole number from 1 on is needed"),
        (["submitted/*.ipynb", "none.ipynb"], "submitted/*.ipynb: there is no such notebook, nor any other that was named"),
        (["ada.ipynb", "--feedback", "source.ipynb"], "source.ipynb: cannot write"),
        (["ada.ipynb", "--feedback", "/proc"], "/proc: cannot write"),
        (["ada.ipynb", "--memory", "1T"], "a size is needed"),
        (["ada.ipynb", "ada.ipynb", "--gradescope", "results.json"], "--gradescope takes one submission, and there are 2"),
        (["ada.ipynb", "--json", "no/such/folder.json"], "cannot write"),
        (["ada.ipynb", "--assignment", "none.ipynb"], "cannot be used multiple times"),
        (["ada.ipynb", "--files", "."], "the assignment is in it"),
        (["ada.ipynb", "--files", "none"], "not a folder"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_graded(
    grade: Grade, tmp_path: Path, arguments: list[str], told: str
) -> None:
    hand_in(tmp_path, "ada.ipynb")
    done = grade(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


@pytest.mark.parametrize(
    "edit, told",
    [
        (lambda path: path.unlink(), "No such file"),
        (lambda path: path.write_text("{"), "not JSON"),
        (lambda path: path.write_text(path.read_text().replace("// END HIDDEN TESTS", "")), "has no `// END HIDDEN TESTS`"),
        (lambda path: path.write_text(path.read_text().replace("sum-test", "double-test")), "has the same id"),
    ],
)
def test_an_assignment_that_cannot_be_read(grade: Grade, tmp_path: Path, edit: Callable[[Path], None], told: str) -> None:
    hand_in(tmp_path, "ada.ipynb")
    edit(tmp_path / "source.ipynb")
    done = grade("ada.ipynb")
    assert done.returncode == 2 and told in done.stderr


def test_a_solution_that_does_not_pass_is_said_so(grade: Grade, tmp_path: Path) -> None:
    source = (tmp_path / "source.ipynb").read_text()
    (tmp_path / "source.ipynb").write_text(source.replace("assert_eq!(double(4), 8)", "assert_eq!(double(4), 9)"))
    done = grade(hand_in(tmp_path, "ada.ipynb"))
    assert done.returncode == 0
    assert "double-test: the solution itself gets 0 of 1 points here: Panic: " in done.stderr


def test_files_that_are_no_submissions_cost_nobody_else(grade: Grade, tmp_path: Path) -> None:
    hand_in(tmp_path, "ada.ipynb")
    (tmp_path / "link.ipynb").symlink_to("source.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    (tmp_path / "binary.ipynb").write_bytes(bytes(range(256)))
    (tmp_path / "deep.ipynb").write_text("[" * 100_000)
    with (tmp_path / "huge.ipynb").open("w") as huge:
        huge.truncate(65 << 20)
    odd = {"nbformat": 4, "cells": [{"cell_type": "code", "source": "1", "metadata": []}] * 3, "metadata": 7}
    (tmp_path / "odd.ipynb").write_text(json.dumps(odd))
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}
    (tmp_path / "old.ipynb").write_text(json.dumps(old))
    names = ["link", "pipe", "folder", "binary", "deep", "huge", "odd", "old", "ada"]
    done = grade(*(f"{name}.ipynb" for name in names), "--json", "-")
    assert (done.returncode, done.stderr) == (0, "")
    assert scores(done.stdout) == dict.fromkeys(names, 0) | {"ada": 3}
    told = {result["name"]: result["cells"][0]["message"] for result in json.loads(done.stdout)}
    words = {"link": "a link", "pipe": "no plain file", "folder": "directory", "binary": "UTF-8", "deep": "not JSON"}
    words |= {"huge": "larger than 64 MiB", "odd": "no cell of this notebook belongs to the assignment"}
    words |= {"old": "nbformat 3, where 4 is needed", "ada": ""}
    assert {name: text for name, text in told.items() if words[name] not in text} == {}


def test_a_grading_process_that_dies_costs_one_submission(hebb: Path, grade: Grade, tmp_path: Path) -> None:
    hand_in(tmp_path, "ada.ipynb"), hand_in(tmp_path, "eve.ipynb", "    loop { std::hint::black_box(x); }")
    command = [hebb, "grade", "--assignment", "source.ipynb", "eve.ipynb", "ada.ipynb", "--json", "points.json", "-j", "1"]
    running = psutil.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + PATIENCE
    killed = False
    while not killed and time.monotonic() < deadline and running.poll() is None:
        for child in running.children():
            try:
                if "grade-one" in child.cmdline():
                    child.kill()
                    killed = True
            except psutil.Error:
                pass  # It has just ended.
        time.sleep(0.01)
    out, error = running.communicate(timeout=PATIENCE)
    assert killed and running.returncode == 0
    assert error == "hebb: eve: the process that graded it ended: signal: 9 (SIGKILL)\n"
    assert scores((tmp_path / "points.json").read_text()) == {"eve": 0, "ada": 3}
    assert "could not be graded: the process that graded it ended" in out


def test_ctrl_c_writes_what_is_graded(hebb: Path, grade: Grade, tmp_path: Path) -> None:
    hand_in(tmp_path, "ada.ipynb"), hand_in(tmp_path, "eve.ipynb", "    loop { std::hint::black_box(x); }")
    files = ["ada.ipynb", "eve.ipynb", "ada.ipynb"]
    command = [hebb, "grade", "--assignment", "source.ipynb", *files, "--json", "points.json", "-j", "1"]
    running = psutil.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and running.poll() is None:
        if any(["grade-one", "--", "eve.ipynb"] == command_line(child)[1:] for child in children(running)):
            running.send_signal(signal.SIGINT)
            break
        time.sleep(0.01)
    started = children(running)
    out, error = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert error == "hebb: stopped: 1 of 3 submissions are graded, the others are in no result\n"
    assert out.startswith("ada: 3 of 3 points\n") and "eve" not in out
    assert scores((tmp_path / "points.json").read_text()) == {"ada": 3}
    gone, alive = psutil.wait_procs(started, timeout=PATIENCE)
    assert not alive, "nothing that it started goes on"


def children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [child for child in process.children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    except psutil.Error:
        return []  # It has just ended.


def command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_gradescope(grade: Grade, tmp_path: Path) -> None:
    done = grade(hand_in(tmp_path, "submission/source.ipynb", "    if x < 0 { x } else { 2 * x }"), "--gradescope", "results.json")
    assert done.returncode == 0 and done.stdout.startswith("submission: 2 of 3 points\n")
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["score"] == 2
    assert [(test["name"], test["score"], test["status"]) for test in results["tests"]] == [
        ("double-test", 0, "failed"),
        ("sum-test", 2, "passed"),
    ]
    assert results["tests"][0]["output"] == "all visible checks pass, but a hidden one fails"


def test_github(grade: Grade, tmp_path: Path) -> None:
    hand_in(tmp_path, "a,b.ipynb", "    x"), hand_in(tmp_path, "ada.ipynb")
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    done = grade("a,b.ipynb", "ada.ipynb", "--github", GITHUB_STEP_SUMMARY=str(summary))
    lines = done.stdout.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    end = lines.index(f"::{token}::")
    assert lines[end + 1] == "::error file=a%2Cb.ipynb,title=a%2Cb%3A double-test 0 / 1::`double(4)`: expected 8, got 4"
    assert len(lines) == end + 3
    assert summary.read_text().startswith("before\n## Points\n") and "| ada | 3 of 3 |  |" in summary.read_text()


def test_missing_tests_come_back_where_that_is_asked_for(grade: Grade, tmp_path: Path) -> None:
    hand_in(tmp_path, "ada.ipynb", edit=delete("double-test", "sum-test"))
    assert scores(grade("ada.ipynb", "--json", "-").stdout) == {"ada": 0}
    assert scores(grade("ada.ipynb", "--json", "-", "--add-missing").stdout) == {"ada": 3}


def test_notebooks_find_the_files_that_they_are_given(grade: Grade, tmp_path: Path) -> None:
    source = exercise()
    reads = 'assert_eq!(std::fs::read_to_string("numbers.txt")?, "1 2 3");'
    find(source, "sum-test").source = f"{reads}\nassert_eq!(double(1), 2);"
    nbformat.write(source, tmp_path / "source.ipynb")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "numbers.txt").write_text("1 2 3")
    hand_in(tmp_path, "ada.ipynb")
    assert scores(grade("ada.ipynb", "--json", "-", "--files", "data").stdout) == {"ada": 3}


def test_a_page_for_each_student_shows_what_a_browser_may_show(grade: Grade, tmp_path: Path) -> None:
    script = '<script>document.title = "taken"</script>'

    def draws(notebook: NotebookNode) -> None:
        picture = "plot(&tensor![1., 2., 3.], &tensor![1., 2., 1.])"
        notebook.cells.insert(1, nbformat.v4.new_code_cell(f"println!({json.dumps(script)});\n{picture}"))

    hand_in(tmp_path, "ada/work.ipynb", edit=draws), hand_in(tmp_path, "bob/work.ipynb", "    x")
    done = grade("ada/work.ipynb", "bob/work.ipynb", "--feedback", "pages")
    assert done.returncode == 0
    assert sorted(path.name for path in (tmp_path / "pages").iterdir()) == ["ada.html", "bob.html"]
    page = (tmp_path / "pages" / "ada.html").read_text()
    assert script not in page and "&lt;script&gt;" in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "expected 8, got 4" in (tmp_path / "pages" / "bob.html").read_text()


def test_the_second_run_writes_the_same(grade: Grade, tmp_path: Path) -> None:
    hand_in(tmp_path, "ada.ipynb")
    wanted = ["--json", "p.json", "--junit", "p.xml", "--gradescope", "g.json", "--feedback", "pages"]

    def written() -> dict[str, bytes]:
        assert grade("ada.ipynb", *wanted).returncode == 0
        return {name: (tmp_path / name).read_bytes() for name in ["p.json", "p.xml", "g.json", "pages/ada.html"]}

    first = written()
    assert written() == first
    ElementTree.fromstring(first["p.xml"].decode())
