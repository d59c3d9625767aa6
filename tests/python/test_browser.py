"""Drives a real JupyterLab in headless Chromium, as a student would: opens a notebook, runs it, looks at the page.

The picture of the lesson stays in `tests/output/lesson.png`; `docs/lesson.png`, which the README shows, is a copy of it.
Those in `docs/gallery/` are made from what the gallery's test keeps in the directory HEBB_SCREENSHOTS.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from conftest import KERNEL_NAME, REPOSITORY

PICTURES = REPOSITORY / "tests" / "output"
CHROMIUM = "/usr/bin/chromium"
# Chromium asks its maker for many things at start; on a closed network each of these would wait.
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
# In milliseconds: a page, and a whole lesson, on two busy cores.
PAGE_PATIENCE = 120_000
LESSON_PATIENCE = 600_000

# Counts, for each code cell, the different pictures that were on the page while its prompt showed [*].
WATCH_PICTURES = """() => {
    window.hebbSeen = {};
    const look = () => document.querySelectorAll('.jp-Notebook .jp-CodeCell').forEach((cell, index) => {
        const prompt = cell.querySelector('.jp-InputPrompt')?.textContent ?? '';
        const output = cell.querySelector('.jp-OutputArea');
        if (!prompt.includes('*') || !output) return;
        const drawn = output.querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output svg');
        const pictures = [...drawn].map(picture => picture.src ?? picture.outerHTML).join();
        if (pictures) (window.hebbSeen[index] ??= new Set()).add(pictures);
    });
    new MutationObserver(look).observe(
        document.querySelector('.jp-Notebook'), {subtree: true, childList: true, attributes: true, characterData: true});
}"""
COUNT_PICTURES = "() => Object.fromEntries(Object.entries(window.hebbSeen).map(([cell, seen]) => [cell, seen.size]))"
# Whether every code cell has been run to its end: a number in each prompt.
ALL_DONE = """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell .jp-InputArea .jp-InputPrompt')]
    .every(prompt => /\\[\\d+\\]/.test(prompt.textContent))"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lessons: JupyterLab may save what it opens."""
    copy = tmp_path_factory.mktemp("lab") / "notebooks"
    shutil.copytree(REPOSITORY / "notebooks", copy)
    return copy


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[str]:
    """A running JupyterLab; yields the address of its page with `{path}` for the notebook."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    settings = folder.parent / "settings"
    # Every cell stays in the page, so that the test can look at those above and below the visible part.
    tracker = settings / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    tracker.parent.mkdir(parents=True)
    tracker.write_text(json.dumps({"windowingMode": "none"}))
    news = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
    environment = os.environ | {
        "JUPYTER_TOKEN": token,
        "JUPYTER_CONFIG_DIR": str(folder.parent / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder.parent / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder.parent / "workspaces"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    log = folder.parent / "server.log"
    with log.open("w") as written:
        server = subprocess.Popen(command, env=environment, stdout=written, stderr=subprocess.STDOUT)
    try:
        wait_for_server(f"http://127.0.0.1:{port}/api?token={token}", server, log)
        yield f"http://127.0.0.1:{port}/lab/tree/{{path}}?token={token}&reset"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def wait_for_server(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Returns when the server answers; fails with its log if it ended or stays silent."""
    end = time.monotonic() + PAGE_PATIENCE / 1000
    while server.poll() is None and time.monotonic() < end:
        try:
            urlopen(address).close()
            return
        except URLError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page that is as wide as a small laptop's."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PAGE_PATIENCE)
    yield context.new_page()
    context.close()


def write_notebook(path: Path, sources: list[str]) -> None:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": KERNEL_NAME, "display_name": "Rust (Hebb)", "language": "rust"}
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(notebook, path)


def open_notebook(page: Page, lab: str, name: str) -> None:
    """Opens a notebook and waits until its kernel is ready."""
    page.goto(lab.format(path=name))
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=PAGE_PATIENCE)
    ready = page.locator(".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status='idle']")
    expect(ready).to_be_attached(timeout=PAGE_PATIENCE)
    expect(page.locator(".jp-NotebookPanel .jp-KernelName")).to_have_text(re.compile(r"Rust \(Hebb\)"))
    # Until the page has moved the focus into the notebook, it takes no keys.
    page.wait_for_function("() => document.activeElement?.closest('.jp-Notebook')", timeout=PAGE_PATIENCE)


def run_all(page: Page, patience: int) -> None:
    """Chooses Run, Run All Cells, and waits until every cell has its number."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(ALL_DONE, timeout=patience)


def code_cell(page: Page, code: str) -> Locator:
    """The first code cell whose text holds the last line of `code`."""
    return page.locator(".jp-Notebook .jp-CodeCell").filter(has_text=code.splitlines()[-1]).first


def start_cell(page: Page, code: str) -> Locator:
    """Clicks into a cell and presses Control and Enter."""
    cell = code_cell(page, code)
    editor = cell.locator(".jp-InputArea .cm-content")
    prompt = cell.locator(".jp-InputArea .jp-InputPrompt")
    before = prompt.inner_text()
    # On a machine with far too much to do, JupyterLab now and then drops what is asked of it before it has sent anything.
    for _ in range(PAGE_PATIENCE // 10_000):
        editor.click()
        editor.press("Control+Enter")
        try:
            expect(prompt).not_to_have_text(before, timeout=10_000)
            break
        except AssertionError:
            continue
    return cell


def wait_until_done(cell: Locator) -> None:
    """Waits for the number beside a cell."""
    expect(cell.locator(".jp-InputArea .jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"), timeout=PAGE_PATIENCE)


def run_cell(page: Page, code: str) -> Locator:
    """Runs a cell to its end; gives its outputs."""
    cell = start_cell(page, code)
    wait_until_done(cell)
    return cell.locator(".jp-OutputArea")


def test_the_curve_moves_and_the_surface_is_drawn(page: Page, lab: str) -> None:
    open_notebook(page, lab, "02a-xor.ipynb")
    page.evaluate(WATCH_PICTURES)
    run_all(page, LESSON_PATIENCE)

    cells = page.locator(".jp-Notebook .jp-CodeCell")
    sources = [cells.nth(index).locator(".jp-InputArea").inner_text() for index in range(cells.count())]
    seen = {int(index): number for index, number in page.evaluate(COUNT_PICTURES).items()}
    training = next(index for index, source in enumerate(sources) if "let history = wide.fit" in source)
    watching = next(index for index, source in enumerate(sources) if "picture.update" in source)
    assert seen.get(training, 0) >= 3, f"the curve of cell {training} was redrawn while it ran: {seen}"
    assert seen.get(watching, 0) >= 10, f"the surface of cell {watching} was redrawn while it ran: {seen}"
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0

    # The last picture of the live surface is on the page, loaded and of a size that can be seen.
    drawn = cells.nth(watching).locator(".jp-OutputArea-output img, .jp-OutputArea-output svg").last
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box and box["width"] > 200 and box["height"] > 200
    assert drawn.evaluate("p => p.tagName.toLowerCase() === 'svg' || (p.complete && p.naturalWidth > 0)")

    # For the README: the cell at the top, without the list of files.
    page.keyboard.press("Control+b")
    cells.nth(watching).evaluate("cell => cell.scrollIntoView({block: 'start'})")
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "lesson.png")


def choose_theme(page: Page, name: str) -> None:
    """Settings, Theme, and waits until the page has it."""
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    entries = page.locator(".lm-Menu-itemLabel")
    entries.get_by_text("Theme", exact=True).hover()
    entries.get_by_text(name, exact=True).click()
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", name, timeout=PAGE_PATIENCE)


def test_every_display_of_the_gallery_can_be_seen_in_both_themes(page: Page, lab: str) -> None:
    """With HEBB_SCREENSHOTS, a directory, keeps a picture of each display there, in both themes."""
    keep = os.environ.get("HEBB_SCREENSHOTS")
    open_notebook(page, lab, "00-gallery.ipynb")
    page.keyboard.press("Control+b")
    run_all(page, LESSON_PATIENCE)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    assert cells.count() > 20
    for theme, mode in [("JupyterLab Light", "light"), ("JupyterLab Dark", "dark")]:
        choose_theme(page, theme)
        for index in range(cells.count()):
            code = cells.nth(index).locator(".jp-InputArea .cm-content").inner_text().strip()
            output = cells.nth(index).locator(".jp-OutputArea-output")
            picture = output.locator("img, svg, table").last
            picture.scroll_into_view_if_needed()
            box = picture.bounding_box()
            assert box and box["width"] > 150 and box["height"] > 40, code
            drawn = "p => p.tagName.toLowerCase() !== 'img' || (p.complete && p.naturalWidth > 0)"
            assert picture.evaluate(drawn), code
            # Nothing is cut off: the output need not be scrolled from left to right.
            assert output.last.evaluate("o => o.scrollWidth <= o.clientWidth + 1"), code
            if keep:
                name = re.findall(r"[a-z_]+", code.splitlines()[-1].lower())
                output.last.screenshot(path=Path(keep) / f"{index + 1:02}-{'-'.join(name[:2])}-{mode}.png")
    assert page.locator("[data-mime-type='application/vnd.jupyter.stderr']").count() == 0


def test_an_error_is_read_in_the_page_and_the_next_cell_goes_on(page: Page, lab: str, folder: Path) -> None:
    sources = ['let count: i32 = "three";', "40 + 2", "let t = tensor![[1., 2.]];\nt.matmul(&t)"]
    write_notebook(folder / "mistakes.ipynb", sources)
    open_notebook(page, lab, "mistakes.ipynb")
    for source in sources:
        run_cell(page, source)

    compile_error = code_cell(page, sources[0]).locator(".jp-OutputArea")
    expect(compile_error).to_contain_text("In [1]")
    expect(compile_error).to_contain_text("mismatched types")
    expect(compile_error).to_contain_text("let count: i32 = \"three\";")
    expect(code_cell(page, "40 + 2").locator(".jp-OutputArea")).to_have_text(re.compile(r"42\s*$"))
    shape_error = code_cell(page, sources[2]).locator(".jp-OutputArea")
    expect(shape_error).to_contain_text("matmul: [1, 2] x [1, 2]")
    expect(shape_error).to_contain_text("hint:")
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "mistakes.png")


def press_interrupt(page: Page) -> None:
    """The square button above the notebook."""
    page.locator(".jp-NotebookPanel-toolbar [data-jp-item-name='interrupt']").first.click()


def test_the_stop_button_keeps_what_a_training_learned(page: Page, lab: str, folder: Path) -> None:
    training = "let history = model.fit(&data, Fit::epochs(1_000_000))?;"
    sources = [
        "seed(1);\nlet data = xor(4000, 0.2);",
        "let mut model = Sequential::new([2]).add(Dense::new(8).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));",
        "model.compile(Adam::new(0.01), BinaryCrossentropy::new(), [Accuracy]);",
        "let before = model.evaluate(&data)?.loss();",
        training,
        "(history.interrupted(), model.evaluate(&data)?.loss() < before)",
    ]
    write_notebook(folder / "training.ipynb", sources)
    open_notebook(page, lab, "training.ipynb")
    for source in sources[:4]:
        run_cell(page, source)
    cell = start_cell(page, training)
    expect(cell.locator(".jp-OutputArea svg, .jp-OutputArea img").first).to_be_visible(timeout=PAGE_PATIENCE)
    press_interrupt(page)
    wait_until_done(cell)
    expect(cell.locator(".jp-OutputArea")).to_contain_text("Interrupted")
    expect(cell.locator(".jp-OutputArea")).to_contain_text("is kept")
    expect(run_cell(page, sources[5])).to_contain_text("(true, true)")
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "training.png")


def test_the_stop_button_ends_an_endless_loop(page: Page, lab: str, folder: Path) -> None:
    sources = ["let mut kept = vec![1];", 'kept.push(2);\nprintln!("started");\nloop {}', "kept.len()"]
    write_notebook(folder / "endless.ipynb", sources)
    open_notebook(page, lab, "endless.ipynb")
    run_cell(page, sources[0])
    cell = start_cell(page, sources[1])
    expect(cell.locator(".jp-OutputArea")).to_contain_text("started", timeout=PAGE_PATIENCE)
    press_interrupt(page)
    wait_until_done(cell)
    expect(cell.locator(".jp-OutputArea")).to_contain_text("Interrupted")
    expect(run_cell(page, sources[2])).to_have_text(re.compile(r"1\s*$"))
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "endless.png")


def test_questions_are_answered_in_the_page(page: Page, lab: str, folder: Path) -> None:
    code = 'let name = input("your name? ");\nlet secret = password("and the word? ");\nprintln!("{name}: {}", secret.len());'
    write_notebook(folder / "questions.ipynb", [code])
    open_notebook(page, lab, "questions.ipynb")
    cell = start_cell(page, code)
    for prompt, hidden, answer in [("your name? ", False, "Ada ü"), ("and the word? ", True, "analytical")]:
        question = cell.locator(".jp-Stdin").filter(has_text=prompt)
        field = question.locator("input")
        expect(field).to_be_focused(timeout=PAGE_PATIENCE)
        assert (field.get_attribute("type") == "password") is hidden
        field.fill(answer)
        field.press("Enter")
    wait_until_done(cell)
    expect(cell.locator(".jp-OutputArea")).to_contain_text("Ada ü: 10")
    expect(cell.locator(".jp-OutputArea")).not_to_contain_text("analytical")
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "questions.png")


def test_restart_and_run_all_begins_anew(page: Page, lab: str, folder: Path) -> None:
    sources = ["let mut count = 1;", "count += 1;\nassert!(true); count"]
    write_notebook(folder / "restart.ipynb", sources)
    open_notebook(page, lab, "restart.ipynb")
    run_cell(page, sources[0])
    run_cell(page, sources[1])
    expect(run_cell(page, sources[1])).to_have_text(re.compile(r"3\s*$"))
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…", exact=True).click()
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputArea .jp-InputPrompt")
    expect(prompts).to_have_text(["[1]:", "[2]:"], timeout=PAGE_PATIENCE)
    expect(code_cell(page, sources[1]).locator(".jp-OutputArea")).to_have_text(re.compile(r"2\s*$"))
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / "restart.png")
