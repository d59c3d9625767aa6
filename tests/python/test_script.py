"""`hebb script`: every lesson becomes a program that compiles; what it prints and draws is what the notebook does.

Also how lessons leave Jupyter by `jupyter nbconvert`.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from conftest import REPOSITORY

NOTEBOOKS = REPOSITORY / "notebooks"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
# The first program compiles the libraries, and the machine may be busy.
PATIENCE = 1800


def write_notebook(path: Path, *cells: str, tags: dict[int, list[str]] = {}) -> Path:
    """A notebook of code cells; `tags` by position."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    for position, names in tags.items():
        notebook.cells[position].metadata.tags = names
    notebook.metadata.kernelspec = {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"}
    nbformat.write(notebook, path)
    return path


def script(hebb: Path, notebook: Path, output: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [hebb, "script", notebook, "-o", output, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all programs are built, so that the libraries are built once: in the directory HEBB_SCRIPT_TARGET, if that is set."""
    kept = os.environ.get("HEBB_SCRIPT_TARGET")
    return Path(kept) if kept else tmp_path_factory.mktemp("target")


def cargo(target: Path, project: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = ["cargo", *arguments[:1], "--quiet", "--release", "--manifest-path", project / "Cargo.toml", *arguments[1:]]
    changed = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    return subprocess.run(command, env=changed, capture_output=True, text=True, timeout=PATIENCE, **options)


def project(hebb: Path, notebook: Path, output: Path) -> Path:
    """The project that a notebook becomes."""
    written = script(hebb, notebook, output)
    assert written.returncode == 0 and written.stderr == "", written.stderr
    return output


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_becomes_a_program_that_compiles(hebb: Path, target: Path, tmp_path: Path, lesson: str) -> None:
    made = project(hebb, NOTEBOOKS / f"{lesson}.ipynb", tmp_path / "out")
    checked = cargo(target, made, "check")
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr


def test_01a_prints_its_numbers_and_saves_its_figures(hebb: Path, target: Path, tmp_path: Path) -> None:
    lesson = "01a-neuron-from-scratch"
    made = project(hebb, NOTEBOOKS / f"{lesson}.ipynb", tmp_path / "out")
    ran = cargo(target, made, "run", cwd=tmp_path)
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    for line in ["7.5", "squared errors: [1.0, 4.0]", "mean squared error of the bad line: 475.5", "one good answer: 1"]:
        assert line in ran.stdout.splitlines(), ran.stdout
    figures = tmp_path / f"notebook-{lesson}-figures"
    told = re.findall(r"^\[(.*)\]$", ran.stdout, re.MULTILINE)
    assert sorted(told) == sorted(f"{figures.name}/{file.name}" for file in figures.iterdir())
    pictures = sorted(figures.glob("*.svg"))
    assert len(pictures) >= 5 and all(picture.read_text().startswith("<svg") for picture in pictures)


def test_02a_trains_and_a_training_leaves_its_curves(hebb: Path, target: Path, tmp_path: Path) -> None:
    made = project(hebb, NOTEBOOKS / "02a-xor.ipynb", tmp_path / "out")
    figures = tmp_path / "figures"
    ran = cargo(target, made, "run", "--", str(figures), cwd=NOTEBOOKS)
    assert ran.returncode == 0 and ran.stderr == "", ran.stderr
    deep = re.search(r"^three deep: .*$", ran.stdout, re.MULTILINE)
    assert deep
    own, fresh = (float(number) for number in re.findall(r"\d\.\d+", deep[0]))
    assert own > 0.93 and fresh < own - 0.05
    assert "epoch 150/150: loss 0." in ran.stdout, "one line for each epoch"
    assert any("150 epochs in" in file.read_text() for file in figures.glob("*.svg"))


def test_a_program_does_what_the_notebook_does(hebb: Path, target: Path, tmp_path: Path) -> None:
    cells = [
        'let r = 2.0;\nlet n = 3;\nprintln!("r = {r}");',
        "r.powi(n)",
        'fn rate() -> i32 { 1 }\nfn cost() -> i32 { 10 * rate() }\nprintln!("cost {}", cost())',
        'fn rate() -> i32 { 2 }\nprintln!("cost {}", cost())',
        "use std::fmt;\n#[derive(Debug)]\nstruct Point { x: i32 }\nimpl fmt::Display for Point {\n"
        '    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, "<{}>", self.x) }\n}\nlet p = Point { x: 5 };',
        'println!("{p}");\np',
        ":vars",
        "struct Point { x: i32, y: i32 }\nlet p = Point { x: 5, y: 6 };\nprintln!(\"{p} {}\", p.y);",
        'let mut words = Vec::new();\nwords.push("a");',
        'words.push("b");\nlet words = words.join("+");\nwords',
        'let number: i32 = "17".parse()?;\nnumber + 1',
        "Some(number)",
        "let () = ();",
        'let name = input("who? ");\nformat!("hello {name}")',
        'let live = display_live(&MimeBundle::text("begin").with_svg("<svg>1</svg>"));\n'
        'for i in 2..5 { live.update(&MimeBundle::text("more").with_svg(format!("<svg>{i}</svg>"))); }',
        'MimeBundle::text("table").with_html("<b>1</b>")',
        'println!("never")',
        'macro_rules! double { ($x:expr) => { 2 * $x } }\nfn main() -> i32 { double!(21) }',
        'println!("main {}", main());',
        'let failed: i32 = "x".parse()?;',
        'println!("not reached")',
    ]
    notebook = write_notebook(tmp_path / "all.ipynb", *cells, tags={16: ["skip-execution"]})
    made = project(hebb, notebook, tmp_path / "out")
    ran = cargo(target, made, "run", cwd=tmp_path, input="Ada\n")
    expected = """r = 2
8.0
cost 10
cost 20
<5>
Point { x: 5 }
<5> 6
"a+b"
18
Some(17)
who? "hello Ada"
begin
[notebook-all-figures/figure-01.svg]
table
[notebook-all-figures/figure-02.html]
main 42
"""
    assert ran.stdout == expected, ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: invalid digit found in string\n --> ") and "main.rs:" in ran.stderr
    figures = tmp_path / "notebook-all-figures"
    assert (figures / "figure-01.svg").read_text() == "<svg>4</svg>"
    assert "<b>1</b>" in (figures / "figure-02.html").read_text()
    again = cargo(target, made, "run", cwd=tmp_path)
    assert again.returncode == 101 and "standard input is at its end" in again.stderr
    assert not list(figures.iterdir()), "figures of an earlier run do not stay"


def test_crates_of_dep_lines_are_in_the_manifest(hebb: Path, tmp_path: Path) -> None:
    cells = [':dep itoa = "1"\n:dep ndarray = "0.17"\nitoa::Buffer::new().format(12).to_owned()']
    made = project(hebb, write_notebook(tmp_path / "dep.ipynb", *cells), tmp_path / "out")
    lines = (made / "Cargo.toml").read_text().splitlines()
    assert 'itoa = "1"' in lines and not any(line.startswith("ndarray") for line in lines)


def test_a_cell_that_is_no_rust_is_named_and_nothing_is_written(hebb: Path, tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "bad.ipynb", "1", "let x = 1;\nlet y = ;")
    refused = script(hebb, notebook, tmp_path / "out")
    assert refused.returncode == 1 and not (tmp_path / "out").exists()
    assert "bad.ipynb: cell 2, line 2, column 9: expected an expression" in refused.stderr
    notebook.write_text("{")
    refused = script(hebb, notebook, tmp_path / "out")
    assert refused.returncode == 1 and "not JSON" in refused.stderr and "hint:" in refused.stderr
    elsewhere = script(hebb, NOTEBOOKS / "02a-xor.ipynb", tmp_path / "out", "--sources", str(tmp_path))
    assert elsewhere.returncode == 1 and "no sources of Hebb" in elsewhere.stderr


def convert(lesson: str, to: str, out: Path) -> Path:
    """The one file that nbconvert makes of a lesson."""
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", to, "--output-dir", out / to]
    done = subprocess.run([*command, NOTEBOOKS / f"{lesson}.ipynb"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    (file,) = (out / to).iterdir()
    return file


@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_are_exported_as_slides_page_and_script(tmp_path: Path, lesson: str) -> None:
    cells = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", as_version=4).cells
    kinds = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in cells]
    slides = convert(lesson, "slides", tmp_path).read_text()
    # A slide is a section around the sections of what stands below it.
    assert slides.count("<section>") == 2 * kinds.count("slide") + kinds.count("subslide")
    page = convert(lesson, "html", tmp_path).read_text()
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert len(re.findall(r"<h2[ >]", page)) == len(re.findall(r"^## ", prose, re.MULTILINE)) > 0
    text = convert(lesson, "script", tmp_path)
    assert text.suffix == ".rs"
    code = text.read_text()
    assert all(cell.source.strip() in code for cell in cells if cell.cell_type == "code")


def test_the_kernel_calls_its_files_as_the_lessons_do(start_kernel: Any) -> None:
    told = start_kernel().client.kernel_info(reply=True, timeout=PATIENCE)["content"]["language_info"]
    for lesson in LESSONS:
        saved = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", as_version=4).metadata.language_info
        assert (saved.name, saved.file_extension) == (told["name"], told["file_extension"]) == ("rust", ".rs"), lesson
