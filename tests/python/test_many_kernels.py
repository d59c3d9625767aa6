"""Several kernels of one person at once: they share a compile cache and a machine, and nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Callable

import pytest

from conftest import Kernel

KERNELS = 4


def test_kernels_that_start_and_run_at_once_all_answer(
    start_kernel: Callable[..., Kernel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A cache that nobody has written yet, so that all write to it at the same time.
    monkeypatch.setenv("HEBB_CACHE", str(tmp_path))
    together = Barrier(KERNELS)

    def session(number: int) -> list[str | None]:
        together.wait()
        kernel = start_kernel()
        together.wait()
        answers = [kernel.run(code) for code in ("1 + 1", f"let own = {number};", "let t = Tensor::ones([2, 3]); t.sum().item()")]
        together.wait()
        answers.append(kernel.run("own"))
        assert [answer.status for answer in answers] == ["ok"] * 4, [answer.error for answer in answers]
        return [answer.result for answer in answers]

    with ThreadPoolExecutor(KERNELS) as pool:
        results = list(pool.map(session, range(KERNELS)))
    assert results == [["2", None, "6.0", str(number)] for number in range(KERNELS)]
