"""Runs notebooks through the tools that run them without a page: nbclient, nbconvert, papermill, nbval, nbmake.

Each tool is its authors' own. The pages that people look at are in `test_browser.py`, whole lessons in `test_lessons.py`.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from conftest import KERNEL_NAME, PATIENCE, REPOSITORY

LESSON = REPOSITORY / "notebooks" / "01a-neuron-from-scratch.ipynb"
# Every kind of output, in an order that can be told from any other.
EVERYTHING = [
    'println!("first");\ndisplay(&tensor![1., 2.]);\nprint!("second");\n6 * 7',
    "let live = display_live(&tensor![0.]);",
    'println!("old");\nhebb_prelude::dl_core::display::host().clear(true);\nlive.update(&tensor![0.75]);\nprintln!("new");',
    "plot(&Tensor::linspace(0., 1., 9), &Tensor::linspace(0., 1., 9).square())",
]
# Without the plugins of these tests, and without leaving anything.
PYTEST = ("pytest", "-q", "-p", "no:cacheprovider")


def notebook(*cells: str | tuple[str, str]) -> nbformat.NotebookNode:
    """A notebook of code cells; a cell may be a pair of its code and a tag."""
    pairs = [(cell, None) if isinstance(cell, str) else cell for cell in cells]
    return nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code, metadata={"tags": [tag]} if tag else {}) for code, tag in pairs],
        metadata={"kernelspec": {"name": KERNEL_NAME, "display_name": "Rust (Hebb)", "language": "rust"}},
    )


def shown(cell: nbformat.NotebookNode) -> list[str]:
    """A cell's outputs, each as its kind and its plain text."""
    texts = []
    for output in cell.outputs:
        text = output.get("text") or output.get("evalue") or output.get("data", {}).get("text/plain", "")
        texts.append(f"{output.output_type}: {text}")
    return texts


def client(what: nbformat.NotebookNode, **options: Any) -> NotebookClient:
    return NotebookClient(what, kernel_name=KERNEL_NAME, **{"timeout": PATIENCE, **options})


def tool(folder: Path, *arguments: Any) -> subprocess.CompletedProcess[str]:
    """Runs a module of this Python on notebooks, as its users do in a terminal."""
    command = [sys.executable, "-m", *map(str, arguments)]
    # Settings and history of whoever runs these tests stay out of it.
    environment = os.environ | {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder), "IPYTHONDIR": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE * 2)


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    """The notebook with everything, as nbclient leaves it."""
    return client(notebook(*EVERYTHING)).execute()


def test_nbclient_collects_all_outputs_in_order(executed: nbformat.NotebookNode) -> None:
    nbformat.validate(executed)
    assert [cell.execution_count for cell in executed.cells] == [1, 2, 3, 4]
    first, live, cleared, picture = executed.cells
    kinds = [line.split("\n")[0] for line in shown(first)]
    assert [kind.split(":")[0] for kind in kinds] == ["stream", "display_data", "stream", "execute_result"]
    assert (first.outputs[0].text, first.outputs[2].text) == ("first\n", "second")
    assert first.outputs[3].data["text/plain"] == "42"
    assert len(live.outputs) == 1 and "0.75" in live.outputs[0].data["text/plain"], "updated by a later cell"
    assert [output.get("text") for output in cleared.outputs] == ["new\n"]
    assert picture.outputs[0].data["image/svg+xml"].startswith("<svg")
    assert "widgets" not in executed.metadata


def test_nbclient_stops_at_an_error() -> None:
    failing = notebook("let kept = 3;", 'println!("before");\npanic!("on purpose")', 'println!("never");')
    with pytest.raises(CellExecutionError, match="on purpose"):
        client(failing).execute()
    assert [cell.execution_count for cell in failing.cells] == [1, 2, None]
    assert [output.output_type for output in failing.cells[1].outputs] == ["stream", "error"]
    assert failing.cells[2].outputs == []


def test_nbclient_goes_on_after_errors_that_are_allowed() -> None:
    mistakes = notebook(
        "let mut kept = vec![3];",
        ('kept.push(4);\npanic!("on purpose")', "raises-exception"),
        'let x: i32 = "three";',
        'input("your name? ")',
        "std::process::exit(0)",
        "kept",
    )
    client(mistakes, allow_errors=True).execute()
    names = [[output.get("ename") for output in cell.outputs] for cell in mistakes.cells[1:5]]
    assert [len(each) for each in names] == [1, 1, 1, 1] and all(all(each) for each in names), names
    assert "mismatched types" in mistakes.cells[2].outputs[0].evalue
    assert shown(mistakes.cells[5]) == ["execute_result: [3]"], "no failed cell has changed anything"


def test_nbclient_interrupts_a_cell_that_takes_too_long() -> None:
    endless = notebook("let kept = 5;", 'let kept = 6;\nprintln!("started");\nloop {}', "kept")

    def patience(cell: nbformat.NotebookNode) -> float:
        return 2 if "loop" in cell.source else PATIENCE

    options = {"timeout": None, "timeout_func": patience, "interrupt_on_timeout": True, "allow_errors": True}
    client(endless, **options).execute()
    assert [output.output_type for output in endless.cells[1].outputs] == ["stream", "error"]
    assert endless.cells[1].outputs[1].ename == "Interrupted"
    assert shown(endless.cells[2]) == ["execute_result: 5"]


def test_nbconvert_executes_to_a_page(tmp_path: Path, executed: nbformat.NotebookNode) -> None:
    lesson = notebook(*EVERYTHING)
    # As every page that saves a notebook writes it: nbconvert chooses the colours before it starts the kernel.
    lesson.metadata.language_info = executed.metadata.language_info
    nbformat.write(lesson, tmp_path / "lesson.ipynb")
    done = tool(tmp_path, "nbconvert", "--execute", "--to", "html", "lesson.ipynb")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "lesson.html").read_text()
    (picture,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert base64.b64decode(picture).startswith(b"<svg")
    assert '<div class="highlight hl-rust">' in page
    printed = re.findall(r'class="jp-RenderedText[^>]*>\s*<pre>(.*?)\s*</pre>', page, re.DOTALL)
    assert printed == ["first", "second", "42", "new"], "in order, without what a cell cleared"
    assert page.count(">0.75</td>") == 1 and ">0</td>" not in page, "the table in its last state"


def test_nbconvert_writes_programs_and_markdown(tmp_path: Path, executed: nbformat.NotebookNode) -> None:
    nbformat.write(executed, tmp_path / "lesson.ipynb")
    for target in ("script", "markdown"):
        done = tool(tmp_path, "nbconvert", "--to", target, "lesson.ipynb")
        assert done.returncode == 0, done.stderr
    # The name's end comes from what the kernel said of its language.
    program = (tmp_path / "lesson.rs").read_text()
    assert [part.strip() for part in re.split(r"\n\n+", program.strip())] == EVERYTHING
    markdown = (tmp_path / "lesson.md").read_text()
    assert f"```rust\n{EVERYTHING[1]}\n```" in markdown
    assert "    42\n" in markdown and list((tmp_path / "lesson_files").glob("*.svg"))


def test_papermill_runs_a_notebook(tmp_path: Path) -> None:
    # The cell that papermill would put its own behind.
    nbformat.write(notebook(("let rate = 0.5;", "parameters"), "rate * 2.0"), tmp_path / "in.ipynb")
    done = tool(tmp_path, "papermill", "in.ipynb", "out.ipynb")
    assert done.returncode == 0, done.stderr
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    nbformat.validate(written)
    assert shown(written.cells[1]) == ["execute_result: 1.0"]
    assert written.metadata.papermill.exception is None
    assert [cell.metadata.papermill.status for cell in written.cells] == ["completed", "completed"]


def test_papermill_names_the_cell_that_failed(tmp_path: Path) -> None:
    nbformat.write(notebook("let rate = 0.5;", 'panic!("on purpose")', "rate"), tmp_path / "in.ipynb")
    done = tool(tmp_path, "papermill", "in.ipynb", "out.ipynb")
    assert done.returncode == 1
    assert "PapermillExecutionError" in done.stderr and "on purpose" in done.stderr
    written = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert written.metadata.papermill.exception is True
    assert written.cells[-1].execution_count is None


def test_nbval_and_nbmake_accept_a_lesson_that_hebb_ran(hebb: Path, tmp_path: Path) -> None:
    """What `hebb run` stores is what a front end gets, to the last byte of each picture."""
    stored = tmp_path / "lesson.ipynb"
    run = subprocess.run([hebb, "run", LESSON, "-o", stored], capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == 0, run.stderr
    lesson = nbformat.read(stored, as_version=4)
    cells = [cell for cell in lesson.cells if cell.cell_type == "code"]
    for cell in cells:
        # nbval does not know what an update of a display is: it would compare with the first picture.
        if "display_live" in cell.source:
            cell.metadata.tags = ["nbval-ignore-output"]
    nbformat.write(lesson, stored)
    checked = tool(tmp_path, *PYTEST, "--rootdir", tmp_path, "--nbval", stored)
    assert checked.returncode == 0 and f"{len(cells)} passed" in checked.stdout, checked.stdout
    made = tool(tmp_path, *PYTEST, "--rootdir", tmp_path, "--nbmake", stored)
    assert made.returncode == 0 and "1 passed" in made.stdout, made.stdout


def test_nbval_sees_another_output(tmp_path: Path, executed: nbformat.NotebookNode) -> None:
    changed = nbformat.reads(nbformat.writes(executed), as_version=4)
    # The live display and its updates are nothing for nbval.
    changed.cells = [changed.cells[0], changed.cells[3]]
    changed.cells[0].outputs[3].data["text/plain"] = "43"
    nbformat.write(changed, tmp_path / "changed.ipynb")
    strict = tool(tmp_path, *PYTEST, "--rootdir", tmp_path, "--nbval", "changed.ipynb")
    assert strict.returncode == 1 and "1 failed, 1 passed" in strict.stdout, strict.stdout
    assert "'43' == '42'" in strict.stdout, strict.stdout
    lax = tool(tmp_path, *PYTEST, "--rootdir", tmp_path, "--nbval-lax", "changed.ipynb")
    assert lax.returncode == 0 and "2 passed" in lax.stdout, lax.stdout
