"""A notebook on a graphics card, which here is one in software (`tests/software_gpu/`): what stays on the card from cell to
cell, what a failing or stopped cell leaves behind. What is computed is tested in dl-core."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import nbformat
import pytest

from conftest import PATIENCE, REPOSITORY, Kernel, Reply


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libraries with NVIDIA's names."""
    compiler = os.environ.get("CXX", "g++")
    if shutil.which(compiler) is None:
        pytest.skip(f"the software GPU needs a C++ compiler, and {compiler} is not there")
    folder = tmp_path_factory.mktemp("software_gpu")
    subprocess.run([REPOSITORY / "tests/software_gpu/build.sh", folder], check=True)
    return folder


@pytest.fixture(scope="module")
def start(libraries: Path, start_kernel: Callable[..., Kernel]) -> Callable[..., Kernel]:
    """Starts a kernel on a machine with such a card."""

    def start(**settings: str) -> Kernel:
        environment = dict(os.environ, LD_LIBRARY_PATH=str(libraries), SOFTWARE_GPU_CACHE=str(libraries / "kernels"))
        return start_kernel(env=environment | settings)

    return start


def good(reply: Reply) -> str:
    """What a cell says, printed or as its value."""
    assert reply.status == "ok", reply.error
    return reply.text() + (reply.result or "")


def wrong(reply: Reply) -> str:
    assert reply.status == "error", reply.text()
    return reply.error


def test_tensors_stay_on_the_card(start) -> None:
    kernel = start()
    good(kernel.run("let device = Device::cuda(0)?;\nlet x = tensor![[1., 2.], [3., 4.]].to(device);"))
    assert "cuda:0" in good(kernel.run('println!("{}", x.device());'))
    assert "15., 22." in good(kernel.run("x.matmul(&x)"))
    assert "Software GPU" in good(kernel.run("device_info()"))
    # A cell that fails takes nothing away.
    assert "[2, 2]" in wrong(kernel.run("&x + &tensor![1., 2., 3.].to(device)"))
    assert "no more" in wrong(kernel.run('panic!("no more")'))
    assert "10." in good(kernel.run("x.sum()"))


def test_a_model_learns_and_can_be_stopped(start) -> None:
    kernel = start()
    good(
        kernel.run(
            "let data = xor(200, 0.1);\n"
            "let mut model = Sequential::new([2]).add(Dense::new(8).activation(Tanh)).add(Dense::new(1)).to(Device::best());\n"
            "model.compile(Adam::new(0.05), BinaryCrossentropy::from_logits(), [Accuracy]);"
        )
    )
    assert "cuda:0" in good(kernel.run('println!("{}", model.device());'))
    learned = good(kernel.run('let h = model.fit(&data, Fit::epochs(30).silent())?;\nprintln!("{}", h.get("accuracy")[29]);'))
    assert float(learned) > 0.9
    # It tells when it has begun, and goes on as long as nobody stops it.
    stopped = (
        'let mut told = false;\nlet h = model.fit(&data, Fit::epochs(1_000_000).silent().each_epoch(|_, _, _| {\n'
        '    if !told { told = true; println!("running"); }\n}))?;\nprintln!("{}", h.interrupted());'
    )
    begun: list[str] = []
    messages: list[dict] = []

    def hook(message: dict) -> None:
        messages.append(message)
        if "running" in message["content"].get("text", "") and not begun:
            begun.append("running")
            kernel.manager.interrupt_kernel()

    reply = kernel.client.execute_interactive(stopped, timeout=PATIENCE, output_hook=hook, allow_stdin=False)
    shown = [message for message in messages if message["msg_type"] not in ("status", "execute_input")]
    assert begun
    # `fit` returns with what it has learned, and the cell keeps it.
    ended = Reply(reply["content"], shown)
    assert "was stopped; what it had done until then is kept" in wrong(ended)
    assert "true" in ended.text()
    assert float(good(kernel.run('println!("{}", model.evaluate(&data)?.get("accuracy"));'))) > 0.9


def test_memory_runs_out_and_the_session_goes_on(start) -> None:
    kernel = start(SOFTWARE_GPU_MEMORY="64M")
    good(kernel.run("let device = Device::cuda(0)?;\nlet x = Tensor::ones([1_000_000]).to(device);"))
    assert "out of memory: 76.3 MiB were asked for" in wrong(kernel.run("let y = Tensor::zeros([20_000_000]).to(device);"))
    assert "1000000" in good(kernel.run('println!("{}", x.sum().item());'))


def test_no_card(start) -> None:
    kernel = start(SOFTWARE_GPU_DEVICES="0")
    assert "no card that it could use" in wrong(kernel.run("let device = Device::cuda(0)?;"))
    assert "cpu" in good(kernel.run('println!("{}", Device::best());'))


# A cell of the lesson measures a whole row of networks, and this card is slow.
LESSON_PATIENCE = 900


def test_the_lesson_measures_the_card_beside_the_cpu(start) -> None:
    lesson = nbformat.read(REPOSITORY / "notebooks/07-gpu.ipynb", as_version=4)
    cells = [cell.source for cell in lesson.cells if cell.cell_type == "code"]
    kernel = start()
    said = "\n".join(good(kernel.run(cell, timeout=LESSON_PATIENCE)) for cell in cells)
    assert "There is a card, cuda:0." in said and "Software GPU" in said
    assert "on cpu: test accuracy" in said and "on cuda:0: test accuracy" in said
    assert "\ncard: " in said and "digits to this card, measured:" in said
    assert said.count("card of this machine: measured") == 2
    assert "card, 2 x 16 neurons" in said


def test_the_doctor_computes_on_the_card(hebb: Path, libraries: Path, tmp_path: Path) -> None:
    environment = dict(os.environ, LD_LIBRARY_PATH=str(libraries), SOFTWARE_GPU_CACHE=str(libraries / "kernels"))

    def card() -> dict[str, str]:
        done = subprocess.run([hebb, "doctor", "--json"], env=environment, capture_output=True, text=True, timeout=PATIENCE)
        [found] = [finding for finding in json.loads(done.stdout) if finding["check"] == "graphics-card"]
        return found

    found = card()
    assert (found["status"], found["hint"]) == ("ok", None), found
    assert found["found"].startswith("cuda:0 Software GPU")
    # A driver alone is not enough, and a cache of kernels would hide that one library is missing.
    for library in libraries.glob("libcuda*"):
        (tmp_path / library.name).symlink_to(library)
    environment |= {"LD_LIBRARY_PATH": str(tmp_path), "HEBB_CACHE": str(tmp_path / "cache")}
    found = card()
    assert found["status"] == "warning" and "it cannot be used: " in found["found"], found
    assert found["hint"] and "pip install nvidia-" in found["hint"]
