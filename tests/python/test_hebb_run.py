"""`hebb run`: a notebook from top to bottom without Jupyter, with the real compiler."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest

from conftest import PATIENCE


def cell(source: str, *tags: str) -> dict[str, Any]:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def write(path: Path, *cells: dict[str, Any], **metadata: Any) -> Path:
    metadata.setdefault("kernelspec", {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"})
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def run(hebb: Path, tmp_path: Path):
    def run(*arguments: Any, answers: str = "") -> subprocess.CompletedProcess[str]:
        command = [hebb, "run", *arguments]
        return subprocess.run(command, cwd=tmp_path, input=answers, capture_output=True, text=True, timeout=PATIENCE)

    return run


def test_a_good_notebook(run, tmp_path: Path) -> None:
    notebook = write(
        tmp_path / "good.ipynb",
        nbformat.v4.new_markdown_cell("# Text", metadata={"mine": 1}),
        cell('let x = tensor![1., 2.];\nprintln!("first");'),
        cell("x.sum()"),
        nbformat.v4.new_raw_cell("raw"),
        cell("display(&x);\nx.len()"),
        course={"unknown": ["field"]},
    )
    before = notebook.read_bytes()
    result = run(notebook, "-o", "out.ipynb")
    assert (result.returncode, result.stderr) == (0, "")
    assert notebook.read_bytes() == before
    headings = re.findall(r"^\[(\d)/3\] (.*)$", result.stdout, re.MULTILINE)
    assert headings == [("1", "let x = tensor![1., 2.];"), ("2", "x.sum()"), ("3", "display(&x);")]
    assert "first\n" in result.stdout
    written = nbformat.read(tmp_path / "out.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(written)
    assert (written.nbformat, written.nbformat_minor) == (4, 5)
    assert written.metadata.course == {"unknown": ["field"]}
    assert written.cells[0] == nbformat.read(notebook, as_version=4).cells[0]
    assert [c.get("execution_count") for c in written.cells] == [None, 1, 2, None, 3]
    assert written.cells[1].outputs == [{"output_type": "stream", "name": "stdout", "text": "first\n"}]
    kinds = [output.output_type for output in written.cells[4].outputs]
    assert kinds == ["display_data", "execute_result"]
    assert "text/html" in written.cells[4].outputs[0].data
    assert written.cells[4].outputs[1].data["text/plain"] == "2"


def test_the_first_failing_cell_ends_the_run(run, tmp_path: Path) -> None:
    notebook = write(
        tmp_path / "failing.ipynb",
        cell("let x = 1;"),
        cell('let y = x + "two";', "raises-exception"),
        cell("this is not even Rust", "skip-execution"),
        cell('println!("before");\npanic!("on purpose");'),
        cell('println!("never");'),
    )
    result = run(notebook, "-o", notebook)
    assert result.returncode == 1
    assert "on purpose" in result.stderr and "\x1b" not in result.stderr
    assert "\nbefore\n" in result.stdout and "never" not in result.stdout
    written = nbformat.read(notebook, as_version=4)
    nbformat.validate(written)
    assert [c.execution_count for c in written.cells] == [1, 2, None, 3, None]
    assert [[o.output_type for o in c.outputs] for c in written.cells] == [[], ["error"], [], ["stream", "error"], []]
    assert "on purpose" in written.cells[3].outputs[-1].evalue


def test_mistakes_have_one_clear_error(run, tmp_path: Path) -> None:
    (tmp_path / "text.ipynb").write_text("let x = 1;")
    (tmp_path / "list.ipynb").write_text("[]")
    (tmp_path / "old.ipynb").write_text(json.dumps({"nbformat": 3, "worksheets": []}))
    write(tmp_path / "python.ipynb", kernelspec={"name": "python3", "display_name": "Python", "language": "python"})
    write(tmp_path / "good.ipynb", cell("1"))
    mistakes = [
        (["none.ipynb"], "none.ipynb"),
        (["."], "folder"),
        (["text.ipynb"], "not JSON"),
        (["list.ipynb"], "not a notebook"),
        (["old.ipynb"], "nbformat 3"),
        (["python.ipynb"], "python"),
        (["good.ipynb", "-o", "no/such/folder/out.ipynb"], "cannot write"),
        (["good.ipynb", "-o", "."], "cannot write"),
    ]
    for arguments, expected in mistakes:
        result = run(*arguments)
        assert result.returncode == 2, arguments
        assert result.stdout == "", arguments
        assert expected in result.stderr and result.stderr.count("hint: ") == 1, result.stderr
        assert result.stderr.startswith("hebb: "), result.stderr


def test_exit_codes_are_documented(run) -> None:
    help_text = run("--help").stdout
    for code in ("0 ", "1 ", "2 ", "130"):
        assert re.search(rf"^\s+{code}\s+\w", help_text, re.MULTILINE), help_text


def test_questions_are_answered_from_standard_input(run, tmp_path: Path) -> None:
    notebook = write(tmp_path / "ask.ipynb", cell('let name = input("your name? ");\nprintln!("hello {name}");'))
    result = run(notebook, answers="Ada\n")
    assert result.returncode == 0, result.stderr
    assert "your name? " in result.stdout and "hello Ada" in result.stdout
    unanswered = run(notebook)
    assert unanswered.returncode == 1
    assert "nobody answers" in unanswered.stderr


def test_live_displays_are_not_repeated_in_a_log(run, tmp_path: Path) -> None:
    code = "let live = display_live(&tensor![0.]);\nfor step in 1..100 {\n    live.update(&tensor![step as f32 + 0.25]);\n}"
    notebook = write(tmp_path / "live.ipynb", cell(code))
    result = run(notebook, "-o", "out.ipynb")
    assert result.returncode == 0, result.stderr
    assert "99.25" in result.stdout
    assert "50.25" not in result.stdout
    outputs = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[0].outputs
    assert len(outputs) == 1
    assert "99.25" in outputs[0].data["text/plain"]


def test_live_displays_are_rewritten_on_a_terminal(hebb: Path, tmp_path: Path) -> None:
    notebook = write(tmp_path / "live.ipynb", cell("let live = display_live(&tensor![0.]);\nlive.update(&tensor![1.25]);"))
    code, shown = on_terminal([hebb, "run", notebook])
    assert code == 0, shown
    assert re.search(r"\x1b\[\d+A\x1b\[J.*1\.25", shown, re.DOTALL), shown


def on_terminal(command: list[Any], keys: list[tuple[str, bytes]] | None = None) -> tuple[int, str]:
    """Runs a command on a terminal of its own, and types each of `keys` once the text before it is shown; gives how it ended and
    what it showed."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(command[0], [str(part) for part in command])
    shown = b""
    waiting = list(keys or [])
    try:
        while select.select([terminal], [], [], PATIENCE)[0]:
            shown += os.read(terminal, 65536)
            while waiting and waiting[0][0].encode() in shown:
                os.write(terminal, waiting.pop(0)[1])
        # It neither goes on nor ends.
        os.kill(process, signal.SIGKILL)
    except OSError:
        # The other end is closed: the command has ended.
        pass
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    assert not waiting, (waiting, shown)
    return os.waitstatus_to_exitcode(status), shown.decode()


def test_ctrl_c_ends_a_cell_that_waits_for_an_answer(hebb: Path, tmp_path: Path) -> None:
    notebook = write(
        tmp_path / "asks.ipynb",
        cell('let name = input("your name? ");\nprintln!("hello {name}");'),
        # The heading shows the first line: the text to wait for must stand in the question alone.
        cell('let whose = "yours";\ninput(&format!("and {whose}? "));'),
        cell('println!("never");'),
    )
    code, shown = on_terminal(
        [hebb, "run", notebook, "-o", notebook], [("\nyour name? ", b"Ada\n"), ("and yours? ", b"\x03")]
    )
    assert code == 130, shown
    assert "hello Ada" in shown and "Interrupted" in shown and "[3/3]" not in shown
    written = nbformat.read(notebook, as_version=4)
    assert [c.execution_count for c in written.cells] == [1, 2, None]
    assert written.cells[0].outputs == [{"output_type": "stream", "name": "stdout", "text": "hello Ada\n"}]
    assert [output.ename for output in written.cells[1].outputs] == ["Interrupted"]


def test_ctrl_c_interrupts_the_cell(hebb: Path, tmp_path: Path) -> None:
    notebook = write(
        tmp_path / "endless.ipynb",
        cell('println!("started");\nloop { std::thread::sleep(std::time::Duration::from_millis(5)); }'),
        cell('println!("never");'),
    )
    command = [hebb, "run", notebook, "-o", notebook]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while (line := process.stdout.readline()) != "started\n":
            assert line, process.stderr.read() if process.stderr else ""
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, (out, errors)
    assert "never" not in out
    assert "nterrupt" in errors
    written = nbformat.read(notebook, as_version=4)
    assert written.cells[0].outputs[-1].output_type == "error"
