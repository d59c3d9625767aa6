"""Submissions that want points for nothing, or want to know what they may not: what they attack scores 0, all else what it did,
and no word of a hidden test reaches anyone."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest

from attacks import ATTACKS, LABELS, exam
from submissions import CANARY

FULL = {"double-test": 1, "ones-test": 3, "rate-test": 0.5, "given-test": 1, "half-test": 2}
FULL |= dict.fromkeys(["apply-test", "limit-test", "point-test", "area-test", "guess-test"], 1)
# Long enough on a busy machine for a cell that is well, and short for those that never end.
CELL_TIME = 10


def handed_in(name: str) -> nbformat.NotebookNode:
    """The paper with all right answers, as this student changed it."""
    attack = ATTACKS[name]
    notebook = exam()
    for cell in notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("solution"):
            cell.source = attack.answers.get(mark["grade_id"], cell.source)
            cell.source = "\n".join(line for line in cell.source.splitlines() if " SOLUTION" not in line)
        elif mark.get("locked"):
            # Students have what can be seen.
            cell.source = re.split("// BEGIN HIDDEN TESTS|=== BEGIN MARK SCHEME", cell.source)[0]
    if attack.edit:
        attack.edit(notebook)
    notebook.cells[:0] = [nbformat.v4.new_code_cell(cell) for cell in attack.first]
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in attack.last]
    return notebook


@pytest.fixture(scope="module")
def graded(hebb: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every report on all attacks, graded together."""
    folder = tmp_path_factory.mktemp("attacks")
    nbformat.write(exam(), folder / "paper.ipynb")
    (folder / "given").mkdir()
    (folder / "given" / "labels.csv").write_text(LABELS)
    submitted = folder / "submitted"
    submitted.mkdir()
    for name in ATTACKS:
        nbformat.write(handed_in(name), submitted / f"{name}.ipynb")
    reports = ["--json", "report.json", "--junit", "report.xml", "--feedback", "feedback"]
    limits = ["--cell-time", str(CELL_TIME), "--time", "300", "--memory", "512M", "--files", "given"]
    files = sorted(path.relative_to(folder) for path in submitted.iterdir())
    command = [hebb, "grade", *files, "--assignment", "paper.ipynb", *reports, *limits]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    (folder / "stdout.txt").write_text(ran.stdout)
    (folder / "stderr.txt").write_text(ran.stderr)
    assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def results(graded: Path) -> dict[str, dict[str, Any]]:
    return {result["name"]: result for result in json.loads((graded / "report.json").read_text())}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_scores_nothing_and_costs_nothing_else(results: dict[str, dict[str, Any]], name: str) -> None:
    found = {cell["grade_id"]: cell for cell in results[name]["cells"]}
    for test, points in FULL.items():
        expected = 0 if test in ATTACKS[name].costs else points
        assert found[test]["score"] == expected, found[test]
        assert found[test]["max_score"] == points
        assert expected or found[test]["message"], "a student is told why"


def test_no_word_of_a_hidden_test_is_told(graded: Path) -> None:
    told = [path for path in graded.rglob("*") if path.is_file() and path.name != "paper.ipynb"]
    assert len(told) > 2 * len(ATTACKS)
    for path in told:
        assert CANARY not in path.read_text(errors="replace"), path


def test_what_a_hidden_test_asks_is_told_by_nobody(results: dict[str, dict[str, Any]]) -> None:
    cells = results["tell-what-is-asked-by-a-panic"]["cells"]
    said = {cell["grade_id"]: cell["message"] for cell in cells}["double-test"]
    assert said == "all visible checks pass, but a hidden one fails"


def test_memory_is_not_reached_through_a_hole_in_the_compiler(graded: Path) -> None:
    page = (graded / "feedback" / "a-hole-in-the-compiler.html").read_text()
    assert "is not allowed in graded work" in page and "cannot find function `transmute`" in page


def test_a_report_is_text_whatever_is_in_it(graded: Path) -> None:
    for name in ["a-page-in-the-report", "colours-in-the-report", "commands-in-the-log"]:
        page = (graded / "feedback" / f"{name}.html").read_text()
        assert "<script" not in page and "<img src=x" not in page and "\x1b" not in page
    for file in ["stdout.txt", "report.xml"]:
        assert "\x1b" not in (graded / file).read_text()
    assert not any(line.startswith("::") for line in (graded / "stdout.txt").read_text().splitlines())
