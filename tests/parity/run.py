"""Runs the sessions in `sessions/` on a kernel and prints where what it shows is not what they expect.

    python tests/parity/run.py --kernel hebb [WORDS...]

WORDS choose the sessions whose name holds all of them. `README.md` beside this file tells how a session is written; `known/KERNEL.txt`
lists the sessions in which a kernel differs by design. Exits with 1 if any other differs, or if a listed one does not.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable

HERE = Path(__file__).resolve().parent
# A cell may have to wait for busy cores, and for crates that are built.
PATIENCE = 120
NO_END = "it came to no end"
# How expectations begin, and what they are.
SIGNS = {
    "=> ": "result",
    "| ": "stdout",
    "2| ": "stderr",
    "<> ": "display",
    "!! ": "error",
    "~ ": "said",
}
# What the kernels call their errors, and how a session does.
KINDS = {
    "CompileError": "compile",
    "Panic": "panic",
    "Error": "error",
    "ProcessEnded": "ended",
    "CommandError": "command",
    "DependencyError": "dependency",
    "ShellError": "shell",
}


@dataclass
class Step:
    """A cell and what it must show."""

    code: str
    expected: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Session:
    """Cells that are run one after another in a fresh kernel."""

    name: str
    steps: list[Step]


@dataclass
class Shown:
    """What a cell showed: outputs in order, of adjacent text on a stream one piece."""

    outputs: list[tuple[str, Any]] = field(default_factory=list)

    def text(self, kind: str) -> str:
        return "".join(content for found, content in self.outputs if found == kind)

    def everything(self) -> str:
        """All words that are to be read, for errors and commands."""
        words = [" ".join(map(str, content.values())) if isinstance(content, dict) else content for _, content in self.outputs]
        return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(words))


def read(path: Path) -> list[Session]:
    """The sessions of a file."""
    sessions: list[Session] = []
    code: list[str] = []
    closed = False

    def close() -> None:
        nonlocal closed
        text = "\n".join(code).strip("\n")
        if text:
            sessions[-1].steps.append(Step(text))
        code.clear()
        closed = False

    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        sign = next((sign for sign in SIGNS if line.startswith(sign) or line == sign.rstrip()), None)
        if line.startswith("## "):
            if sessions:
                close()
            sessions.append(Session(f"{path.stem}: {line[3:].strip()}", []))
        elif not sessions:
            if line and not line.startswith("#"):
                raise ValueError(f"{path}:{number}: the first session begins with `## `")
        elif line == "----":
            close()
        elif sign:
            if any(code):
                close()
            if not sessions[-1].steps:
                raise ValueError(f"{path}:{number}: nothing was run that this could come from")
            sessions[-1].steps[-1].expected.append((SIGNS[sign], line[len(sign) :]))
        else:
            code.append(line)
    if sessions:
        close()
    names = [session.name for session in sessions]
    twice = {name for name in names if names.count(name) > 1}
    empty = [session.name for session in sessions if not session.steps]
    if twice or empty:
        raise ValueError(f"{path}: sessions of the same name: {sorted(twice)}, without cells: {empty}")
    return sessions


def corpus() -> list[Session]:
    """Every session, file by file."""
    return [session for path in sorted((HERE / "sessions").glob("*.txt")) for session in read(path)]


def known(kernel: str) -> dict[str, str]:
    """The sessions in which a kernel differs by design, and why."""
    path = HERE / "known" / f"{kernel}.txt"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    rows = [line.split(" | ", 1) for line in lines if line and not line.startswith("#")]
    if any(len(row) != 2 or not row[1].strip() for row in rows):
        raise ValueError(f"{path}: each line is `SESSION | REASON`")
    return dict(rows)


def kind_of(content: dict[str, Any]) -> str:
    """What kind of error it is, in the sessions' words."""
    name, text = content["ename"], "\n".join([content["evalue"], *content["traceback"]])
    # A kernel with one name for all of them is read by its words.
    if name == "Error" and "panicked at" in text:
        return "panic"
    if name == "Error" and re.search(r"\[E\d{4}\]|^error", text, re.M):
        return "compile"
    return KINDS.get(name, name)


def run_cell(client: Any, code: str) -> Shown:
    """Runs a cell to its end."""
    shown = Shown()

    def add(message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            if shown.outputs and shown.outputs[-1][0] == content["name"]:
                content = {**content, "text": shown.outputs.pop()[1] + content["text"]}
            shown.outputs.append((content["name"], content["text"]))
        elif kind in ("display_data", "update_display_data"):
            shown.outputs.append(("display", content["data"]))
        elif kind == "execute_result":
            shown.outputs.append(("result", content["data"]))
        elif kind == "error":
            lines = [f"{content['ename']}: {content['evalue']}", *content["traceback"]]
            shown.outputs.append(("error", kind_of(content) + "\n" + "\n".join(lines)))

    reply = client.execute_interactive(code, timeout=PATIENCE, output_hook=add, allow_stdin=False)
    for page in reply["content"].get("payload", []):
        shown.outputs.append(("page", page.get("data", {})))
    return shown


def is_shown(step: Step, output: tuple[str, Any]) -> bool:
    """Whether it is a display of the cell's: no remark of the kernel's, and nothing about how far the build of crates is."""
    kind, content = output
    is_note = kind == "display" and content.get("text/plain", "").startswith("note: ")
    is_progress = kind == "display" and ":dep " in step.code and set(content) == {"text/plain"}
    return kind == "display" and not is_note and not is_progress


def difference(step: Step, shown: Shown) -> str | None:
    """What a cell should have shown and did not, or the other way round."""
    expected = step.expected
    everything = shown.everything()
    for kind, words in expected:
        if kind == "said" and words not in everything:
            return f"nowhere: {words}\ngot: {brief(shown)}"
    if any(kind == "said" for kind, _ in expected) and not shown.text("error"):
        return None
    errors = [words for kind, words in expected if kind == "error"]
    error = next((content for kind, content in shown.outputs if kind == "error"), None)
    if bool(errors) != (error is not None):
        return f"expected {'an error: ' + errors[0] if errors else 'no error'}\ngot: {brief(shown)}"
    for words in errors:
        kind, _, text = words.partition(":")
        if error.split("\n", 1)[0] != kind.strip() or text.strip() not in everything:
            return f"expected the error: {words}\ngot: {brief(shown)}"
    for stream in ("stdout", "stderr"):
        wanted = "\n".join(words for kind, words in expected if kind == stream)
        found = re.sub(r"\x1b\[[0-9;]*m", "", shown.text(stream)).strip("\n")
        # Where a cell fails, what its panic printed is the kernel's business.
        if wanted != found and not (errors and stream == "stderr"):
            return f"expected on {stream}: {wanted!r}\ngot: {brief(shown)}"
    values = [content for kind, content in shown.outputs if kind == "result"]
    wanted = [words for kind, words in expected if kind == "result"]
    plain = [value.get("text/plain") for value in values if set(value) == {"text/plain"} or wanted]
    if plain != (["\n".join(wanted)] if wanted else []):
        return f"expected the value: " + ("\n".join(wanted) or "none") + f"\ngot: {brief(shown)}"
    rich = [content for kind, content in shown.outputs if is_shown(step, (kind, content))]
    rich += [value for value in values if not wanted]
    displays = [words for kind, words in expected if kind == "display"]
    if len(rich) != len(displays):
        return f"expected {len(displays)} displays\ngot: {brief(shown)}"
    for words, data in zip(displays, rich):
        mime, _, text = words.partition(" ")
        if text not in str(data.get(mime, "\0")):
            return f"expected the display: {words}\ngot: {brief(shown)}"
    # Text and displays stand in the order of the program.
    order = [kind for kind, _ in expected if kind in ("stdout", "display")]
    found = [kind for kind, content in shown.outputs if kind == "stdout" or is_shown(step, (kind, content))]
    if squeezed(order) != squeezed(found) and "display" in found and "stdout" in found:
        return f"expected the order: {' '.join(squeezed(order))}\ngot: {brief(shown)}"
    return None


def squeezed(kinds: Iterable[str]) -> list[str]:
    """Adjacent lines of text as one."""
    out: list[str] = []
    for kind in kinds:
        if kind == "display" or out[-1:] != [kind]:
            out.append(kind)
    return out


def brief(shown: Shown) -> str:
    """What was shown, short enough for a table."""
    parts = []
    for kind, content in shown.outputs:
        text = content if isinstance(content, str) else content.get("text/plain", "") or str(sorted(content))
        parts.append(f"{kind}: {text.strip()}")
    return "\n".join(parts)[:1200] or "nothing"


def clear(client: Any) -> bool:
    """Forgets what earlier sessions have made, in a kernel that goes on. False if it cannot."""
    return not run_cell(client, ":clear").text("error")


def run_session(client: Any, session: Session) -> str | None:
    """Runs a session; says where it differs first."""
    for number, step in enumerate(session.steps, 1):
        try:
            why = difference(step, run_cell(client, step.code))
        except TimeoutError:
            why = NO_END
        if why:
            return f"cell {number}: {step.code}\n{why}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="hebb", help="the kernelspec's name")
    parser.add_argument("--fresh", action="store_true", help="a kernel of its own for each session, instead of `:clear`")
    parser.add_argument("words", nargs="*", help="run only sessions whose name holds these")
    arguments = parser.parse_args()

    from jupyter_client.manager import start_new_kernel

    sessions = [session for session in corpus() if all(word in session.name for word in arguments.words)]
    by_design = known(arguments.kernel)
    if unknown := sorted(set(by_design) - {session.name for session in corpus()}):
        print(f"known/{arguments.kernel}.txt names no sessions: {', '.join(unknown)}")
        return 1
    # Cells write into the folder that they run in.
    folder = tempfile.TemporaryDirectory(prefix="hebb-parity-")
    manager, client = start_new_kernel(kernel_name=arguments.kernel, startup_timeout=PATIENCE, cwd=folder.name)
    started, wrong, listed, stuck = time.monotonic(), [], [], False
    try:
        for index, session in enumerate(sessions):
            if index and (stuck or arguments.fresh or not manager.is_alive() or not clear(client)):
                manager.restart_kernel(now=True)
                client.wait_for_ready(timeout=PATIENCE)
            why = run_session(client, session)
            stuck = bool(why) and why.endswith(NO_END)
            if session.name in by_design:
                if why:
                    listed.append((session.name, by_design[session.name]))
                else:
                    wrong.append((session.name, "listed as a difference, and there is none"))
            elif why:
                wrong.append((session.name, why))
                print(f"\n{session.name}\n  " + why.replace("\n", "\n  "), flush=True)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        folder.cleanup()
    width = max((len(name) for name, _ in wrong + listed), default=0)
    print(f"\n{len(sessions)} sessions, {sum(len(session.steps) for session in sessions)} cells, "
          f"{time.monotonic() - started:.0f} s on {arguments.kernel}: {len(wrong)} differ, {len(listed)} differ by design")
    for name, why in wrong:
        print(f"  DIFFERS    {name:{width}}  {why.splitlines()[0]}")
    for name, why in listed:
        print(f"  by design  {name:{width}}  {why}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
