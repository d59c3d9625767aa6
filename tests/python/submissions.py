"""Submissions for the tests of grading: an exercise with every kind of cell, and what students may make of one.

Nothing is graded here. `EDITS` is the table: each row changes a student's notebook that solves everything, or that solves nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Callable

import nbformat
from nbformat import NotebookNode

# Stands in hidden tests only, and must appear nowhere else.
CANARY = "canary7f3a91"
STUB = '// YOUR CODE HERE\nunimplemented!("your code goes here");'

Edit = Callable[[NotebookNode], "NotebookNode | str | None"]


def marked(kind: str, source: str, grade_id: str, points: float | None = None, **flags: bool) -> NotebookNode:
    """A cell with nbgrader's marks."""
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}[kind]
    mark: dict[str, Any] = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    mark |= {"grade_id": grade_id, **flags}
    if points is not None:
        mark["points"] = points
    return make(source, id=f"cell-{grade_id}", metadata={"nbgrader": mark})


def answer(grade_id: str, before: str, solution: str, after: str = "") -> NotebookNode:
    source = f"{before}// BEGIN SOLUTION\n{solution}\n// END SOLUTION{after}"
    return marked("code", source, grade_id, solution=True)


def test(grade_id: str, points: float, visible: str, hidden: str = "", after: str = "") -> NotebookNode:
    source = visible if not hidden else f"{visible}// BEGIN HIDDEN TESTS\n{hidden}\n// END HIDDEN TESTS{after}"
    return marked("code", source, grade_id, points, grade=True, locked=True)


def paper() -> NotebookNode:
    """An exercise with every kind of cell that nbgrader knows."""
    check = f'check!(score, 1.0, cases(3, 5).all(|mut case| {{ let n = case.whole(1..9); ones(n).len() == n }}), "{CANARY}");'
    cells = [
        nbformat.v4.new_markdown_cell("# A paper", id="title"),
        marked("code", "fn given() -> i32 { 2 }", "given", locked=True),
        answer("double", "fn double(x: i32) -> i32 {\n", "    2 * x", "\n}"),
        test(
            "double-test",
            1,
            'assert_eq!(double(4), 8, "twice 4 is 8");\n',
            f'let {CANARY} = double(-3);\nassert_eq!({CANARY}, -6, "{CANARY}");',
        ),
        answer("ones", "fn ones(n: usize) -> Tensor {\n", "    Tensor::ones([n])", "\n}"),
        test(
            "ones-test",
            3,
            "let mut score = Score::new();\n"
            'check!(score, 1.0, ones(2).len() == 2, "two ones were asked for");\n'
            'check!(score, 1.0, ones(2).at([0]) == 1.0, "the first of two ones is 1, and not {}", ones(2).at([0]));\n',
            check,
            "\nscore.total()",
        ),
        answer("rate", "", "let rate = 0.5;"),
        test("rate-test", 0.5, 'assert!(rate > 0.0 && rate < 1.0, "a rate of {rate} is none");'),
        test("given-test", 1, "assert_eq!(given() * double(1), 4);"),
        answer("half", "fn half() -> f64 {\n", "    0.5", "\n}"),
        test("half-test", 2, "4.0 * half()"),
        marked("code", "// what you tried\nlet plan = 1;", "plan", 2, grade=True, solution=True),
        marked("markdown", "Because it is so.", "why", 2, grade=True, solution=True),
        marked("markdown", f"Draw.\n\n=== BEGIN MARK SCHEME\n{CANARY}\n=== END MARK SCHEME", "task", 1, task=True, locked=True),
    ]
    metadata = {"kernelspec": {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@dataclass(frozen=True)
class Row:
    """A submission: of which exercise, from which version (solved or stub), how it is changed; and, where nbgrader cannot give
    the same score, the score it should get and why."""

    exercise: str
    start: str
    edit: Edit
    differs: tuple[float, str] | None = None
    late: bool = False


def find(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def write(**sources: str) -> Edit:
    """Writes other answers; `_` in a name stands for `-`."""

    def edit(notebook: NotebookNode) -> None:
        for grade_id, source in sources.items():
            find(notebook, grade_id.replace("_", "-")).source = source

    return edit


def mark(cell: str, /, **changes: Any) -> Edit:
    """Changes nbgrader's mark of a cell."""
    return lambda notebook: find(notebook, cell).metadata.nbgrader.update(changes)


def both(*edits: Edit) -> Edit:
    def edit(notebook: NotebookNode) -> None:
        for one in edits:
            one(notebook)

    return edit


def delete(*grade_ids: str) -> Edit:
    def edit(notebook: NotebookNode) -> None:
        gone = [id(find(notebook, grade_id)) for grade_id in grade_ids]
        notebook.cells = [cell for cell in notebook.cells if id(cell) not in gone]

    return edit


def duplicate(grade_id: str, **changes: str) -> Edit:
    """Puts a copy of a cell, changed, behind it."""

    def edit(notebook: NotebookNode) -> None:
        place = notebook.cells.index(find(notebook, grade_id))
        copy = nbformat.from_dict(json.loads(json.dumps(notebook.cells[place])))
        copy.id += "-2"
        copy.update(changes)
        notebook.cells.insert(place + 1, copy)

    return edit


def insert(place: int, source: str, **metadata: Any) -> Edit:
    def edit(notebook: NotebookNode) -> None:
        cell = nbformat.v4.new_code_cell(source, metadata=metadata)
        notebook.cells.insert(place if place >= 0 else len(notebook.cells), cell)

    return edit


def retype(grade_id: str, kind: str) -> Edit:
    def edit(notebook: NotebookNode) -> None:
        cell = find(notebook, grade_id)
        cell.cell_type = kind
        if kind != "code":
            cell.pop("outputs", None), cell.pop("execution_count", None)

    return edit


def reverse(notebook: NotebookNode) -> None:
    notebook.cells.reverse()


def strip_marks(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        cell.metadata.pop("nbgrader", None)


def python_kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook.metadata.language_info = {"name": "python"}


def old_outputs(notebook: NotebookNode) -> None:
    """Outputs of an earlier run that claim all points."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "1.0"}, execution_count=1)]


def unchanged(notebook: NotebookNode) -> None:
    pass


def text(content: str) -> Edit:
    """Another file altogether."""
    return lambda notebook: content


def function(body: str, grade_id: str = "double", first: str = "fn double(x: i32) -> i32 {") -> Edit:
    return write(**{grade_id: f"{first}\n{body}\n}}"})


NO_SCORE = "nbgrader gives up on the submission and leaves it without points"
EDITS: dict[str, Row] = {
    # A real exercise.
    "full": Row("01a-neuron", "solved", unchanged),
    "blank": Row("01a-neuron", "stub", unchanged),
    "one-wrong": Row("01a-neuron", "solved", write(halves="fn halves() -> Tensor { Tensor::full([2, 3], 0.5) }")),
    "visible-only": Row(
        "01a-neuron", "solved", write(heart="fn heart(cube: &Tensor) -> Tensor { Tensor::full([2, 2, 2], 21.0) }")
    ),
    "only-one": Row("01a-neuron", "stub", write(halves="fn halves() -> Tensor { Tensor::full([3, 2], 0.5) }")),
    "own-words": Row("01a-neuron", "stub", write(ring="A ring has an inside.")),
    "late": Row("01a-neuron", "solved", unchanged, late=True),
    "two-at-once": Row(
        "01a-neuron",
        "solved",
        duplicate("halves", source="fn halves() -> Tensor { Tensor::ones([3, 2]) }"),
        (7, f"the last of two cells counts; {NO_SCORE}"),
    ),
    "knobs-unturned": Row(
        "01a-neuron",
        "solved",
        write(knobs="fn my_weights() -> Tensor { tensor![[0.], [0.]] }\nfn my_bias() -> f32 { 0.1 }"),
    ),
    # What students write.
    "paper-full": Row("paper", "solved", unchanged),
    "paper-blank": Row("paper", "stub", unchanged),
    "hidden-fails": Row("paper", "solved", function("    if x < 0 { x } else { 2 * x }")),
    "one-of-three": Row("paper", "solved", write(ones="fn ones(n: usize) -> Tensor { Tensor::zeros([2]) }")),
    "two-of-three": Row("paper", "solved", write(ones="fn ones(n: usize) -> Tensor { Tensor::ones([2]) }")),
    "none-of-three": Row("paper", "solved", write(ones="fn ones(n: usize) -> Tensor { Tensor::zeros([3]) }")),
    "part-by-value": Row("paper", "solved", write(half="fn half() -> f64 { 0.3 }")),
    "too-much": Row("paper", "solved", write(half="fn half() -> f64 { 9.0 }")),
    "below-zero": Row("paper", "solved", write(half="fn half() -> f64 { -9.0 }"), (5.5, "nbgrader gives all points for a number below 0")),
    "no-number": Row("paper", "solved", write(half="fn half() -> f64 { f64::NAN }"), (5.5, "nbgrader gives all points for NaN")),
    "no-rust": Row("paper", "solved", write(double="fn double(x: i32) -> i32 { 2 x")),
    "wrong-type": Row("paper", "solved", function('    "8"')),
    "other-signature": Row("paper", "solved", write(double="fn double(x: f64) -> f64 { 2.0 * x }")),
    "variable-wrong": Row("paper", "solved", write(rate="let rate = 1.5;")),
    "variable-missing": Row("paper", "solved", write(rate="// later")),
    "panics": Row("paper", "solved", function("    panic!(\"no {x}\")")),
    "panics-at-once": Row("paper", "solved", write(double="fn double(x: i32) -> i32 { 2 * x }\npanic!();")),
    "overflows": Row("paper", "solved", function("    i32::MAX + x")),
    "exits": Row("paper", "solved", function("    std::process::exit(0)")),
    "exits-at-once": Row("paper", "solved", insert(1, "std::process::exit(0)")),
    "aborts": Row("paper", "solved", function("    std::process::abort()")),
    "never-ends": Row("paper", "solved", function("    loop { std::hint::black_box(x); }")),
    "never-ends-at-once": Row("paper", "solved", insert(2, "loop {}")),
    "stack": Row("paper", "solved", function("    if x == i32::MIN { x } else { 1 + double(x ^ 1) }")),
    "stderr": Row("paper", "solved", function('    eprintln!("on my way"); 2 * x')),
    "stdout": Row("paper", "solved", function('    println!("1.0\\nerror: no"); 2 * x')),
    "by-hand": Row("paper", "stub", write(plan="let plan = 7;", why="Because.")),
    # What students do to notebooks.
    "points-raised": Row("paper", "solved", both(mark("double-test", points=100), write(double=STUB))),
    "test-rewritten": Row("paper", "solved", write(double_test="// all well", double=STUB)),
    "given-rewritten": Row("paper", "solved", write(given="fn given() -> i32 { 0 }")),
    "test-unlocked": Row("paper", "solved", both(mark("double-test", locked=False), write(double_test="1.0", double=STUB))),
    "answer-locked": Row("paper", "solved", mark("double", locked=True)),
    "test-deleted": Row("paper", "solved", delete("double-test")),
    "answer-deleted": Row("paper", "solved", delete("double")),
    "given-deleted": Row("paper", "solved", delete("given")),
    "by-hand-deleted": Row("paper", "solved", delete("plan", "why")),
    "reordered": Row("paper", "solved", reverse),
    "test-as-text": Row("paper", "solved", both(retype("double-test", "markdown"), write(double=STUB))),
    "answer-as-text": Row("paper", "solved", retype("double", "markdown")),
    "python": Row("paper", "solved", python_kernel),
    "more-cells": Row("paper", "solved", both(insert(0, "let mine = 1;"), insert(-1, "assert_eq!(1, 2);"))),
    "unknown-id": Row(
        "paper",
        "solved",
        insert(0, "let mine = 1;", nbgrader=dict(marked("code", "", "mine", 9, grade=True, locked=True).metadata.nbgrader)),
        (7.5, f"cells of other names count nothing; {NO_SCORE}"),
    ),
    "old-outputs": Row("paper", "stub", old_outputs),
    "windows-lines": Row("paper", "solved", write(double="fn double(x: i32) -> i32 {\r\n    2 * x\r\n}")),
    "test-twice": Row("paper", "solved", both(duplicate("double-test"), write(double=STUB)), (5.5, NO_SCORE)),
    "no-test-any-more": Row("paper", "solved", mark("double-test", grade=False), (7.5, NO_SCORE)),
    "an-answer-now": Row("paper", "solved", both(mark("double-test", solution=True), write(double_test="// all well")), (7.5, NO_SCORE)),
    "test-skipped": Row(
        "paper",
        "stub",
        lambda notebook: find(notebook, "double-test").metadata.update(tags=["skip-execution"]),
        (0, "nbgrader gives all points for a test that a student has told Jupyter not to run"),
    ),
    "no-marks": Row("paper", "solved", strip_marks),
    "no-cells": Row("paper", "solved", lambda notebook: notebook.update(cells=[])),
    "damaged": Row("paper", "solved", lambda notebook: nbformat.writes(notebook)[:-200]),
    "empty": Row("paper", "solved", text("")),
    "no-notebook": Row("paper", "solved", text('{"answers": [1, 2, 3]}')),
}
