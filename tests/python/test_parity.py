"""The sessions of tests/parity: what a user of a Rust notebook expects, cell by cell."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from conftest import KERNEL_NAME, REPOSITORY, Kernel

sys.path.insert(0, str(REPOSITORY / "tests" / "parity"))
import run as parity  # noqa: E402

SESSIONS = parity.corpus()
BY_DESIGN = parity.known(KERNEL_NAME)


@pytest.fixture(scope="module")
def shared(start_kernel: Callable[..., Kernel], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """One kernel for all sessions, in a folder of its own."""
    yield start_kernel(cwd=str(tmp_path_factory.mktemp("sessions")))


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.name)
def test_session(shared: Kernel, session: Any) -> None:
    assert parity.clear(shared.client)
    why = parity.run_session(shared.client, session)
    if why and why.endswith(parity.NO_END):
        # The next one shall not wait for it.
        shared.manager.restart_kernel(now=True)
        shared.client.wait_for_ready(timeout=parity.PATIENCE)
    if session.name in BY_DESIGN:
        assert why, "listed as a difference, and there is none"
    else:
        assert not why, why


def test_the_corpus_is_whole() -> None:
    names = {session.name for session in SESSIONS}
    assert len(names) == len(SESSIONS) >= 300
    assert set(BY_DESIGN) <= names
    # A cell of which nothing is expected is only fit to prepare another one.
    silent = [session.name for session in SESSIONS if not any(step.expected for step in session.steps)]
    assert all("nothing" in name or "empty" in name or "says so" in name or "assert" in name for name in silent), silent


SHOWS = [
    ("1 + 1\n=> 2", None),
    ("1 + 1\n=> 3", "expected the value: 3"),
    ("1 + 1", "expected the value: none"),
    ("1 + 1;\n=> 2", "expected the value: 2"),
    ('println!("a");\n| b', "expected on stdout"),
    ('println!("a");', "expected on stdout"),
    ('eprintln!("a");', "expected on stderr"),
    ("nothing_here\n!! compile: E0425", None),
    ("nothing_here\n!! panic: E0425", "expected the error"),
    ("nothing_here\n!! compile: E0382", "expected the error"),
    ("nothing_here", "expected no error"),
    ("1;\n!! compile: E0425", "expected an error"),
    (":version\n~ no such words", "nowhere"),
    ('println!("EVCXR_BEGIN_CONTENT text/html\\n<b/>\\nEVCXR_END_CONTENT");', "expected 0 displays"),
    ('println!("EVCXR_BEGIN_CONTENT text/html\\n<b/>\\nEVCXR_END_CONTENT");\n<> text/html <i/>', "expected the display"),
    ("1;\n<> text/html <b/>", "expected 1 displays"),
    (
        'println!("a"); println!("EVCXR_BEGIN_CONTENT text/html\\n<b/>\\nEVCXR_END_CONTENT");\n<> text/html <b/>\n| a',
        "expected the order",
    ),
]


@pytest.mark.parametrize(("text", "why"), SHOWS, ids=range(len(SHOWS)))
def test_a_difference_is_seen(shared: Kernel, tmp_path: Path, text: str, why: str | None) -> None:
    path = tmp_path / "trial.txt"
    path.write_text(f"## trial\n{text}\n", encoding="utf-8")
    (session,) = parity.read(path)
    found = parity.run_session(shared.client, session)
    assert (found is None) == (why is None), found
    assert why is None or why in found, found
