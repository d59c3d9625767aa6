#!/usr/bin/env python3
"""How many kernels of each kind fit into 16 GiB: idle ones, and ones that have worked.

    HEBB_PREFIX=... tests/bench/density.py [--evcxr EVCXR_JUPYTER] [--python PYTHON] [--few 4] [--many 20]

Starts a few kernels of a kind and then more, and tells what one more takes (PSS of all its processes): what all share counts once on
a node and is told apart. Kernels work one after the other, so that none waits in the compiler while the others are measured. PYTHON is one
with ipykernel and PyTorch. Each answer is checked. A command to look at, not a test. Needs: jupyter_client, psutil.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import psutil
from jupyter_client.manager import start_new_kernel

from many_kernels import NODE, PATIENCE, memory, run

TRAINING = """seed(1);
let data = xor(400, 0.2);
let mut model = Sequential::new([2]).add(Dense::new(8).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
model.compile(Adam::new(0.01), BinaryCrossentropy::new(), [Accuracy]);
let history = model.fit(&data, Fit::epochs(5))?;
println!("trained");"""
COLLECTIONS = """use std::collections::HashMap;
let squares: HashMap<u64, u64> = (0..1000).map(|number| (number, number * number)).collect();
println!("trained {}", squares[&30]);"""
TORCH = """import torch
torch.manual_seed(1)
x = torch.rand(400, 2) * 2 - 1
y = (x[:, :1] * x[:, 1:] < 0).float()
model = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1), torch.nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), 0.01)
for _ in range(65):
    optimizer.zero_grad()
    torch.nn.functional.binary_cross_entropy(model(x), y).backward()
    optimizer.step()
print("trained")"""


def marginal(kernel, code, few, many):
    """MB that one more kernel takes, idle and after its work, and MB of what is shared."""
    started, figures = [], []

    def more(count):
        while len(started) < count:
            started.append(start_new_kernel(kernel_name=kernel, startup_timeout=PATIENCE))

    def all_memory():
        return memory([psutil.Process(manager.provisioner.process.pid) for manager, _ in started])[1]

    def work():
        for _, client in started:
            status, shown = run(client, code)
            if status != "ok" or "trained" not in shown:
                sys.exit(f"{kernel}: {status} {shown}")

    try:
        for step in ("idle", "working"):
            sizes = []
            for count in (few, many):
                more(count)
                if step == "working":
                    work()
                sizes.append(all_memory())
            each = (sizes[1] - sizes[0]) / (many - few)
            figures.append((step, each, sizes[1] / many))
            stop(started)
    finally:
        stop(started)
    return figures


def stop(started):
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    started.clear()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evcxr", type=Path)
    parser.add_argument("--python", type=Path)
    parser.add_argument("--few", type=int, default=4)
    parser.add_argument("--many", type=int, default=20)
    arguments = parser.parse_args()
    kinds = [("hebb", [Path(os.environ["HEBB_PREFIX"]).resolve() / "bin/hebb", "kernel", "{connection_file}"], "rust", TRAINING)]
    if arguments.evcxr:
        kinds.append(("evcxr", [arguments.evcxr, "--control_file", "{connection_file}"], "rust", COLLECTIONS))
    if arguments.python:
        kinds.append(("python", [arguments.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "python", TORCH))
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"JUPYTER_PATH": folder, "HEBB_CACHE": f"{folder}/cache", "HEBB_RUST_ANALYZER": ""}
        for kind, command, language, code in kinds:
            place = Path(folder, "kernels", f"density-{kind}")
            place.mkdir(parents=True)
            spec = {"argv": [str(part) for part in command], "display_name": kind, "language": language}
            (place / "kernel.json").write_text(json.dumps(spec))
            # Large ones need no crowd to be told apart from what they share.
            few, many = (arguments.few, arguments.many) if kind == "hebb" else (1, 4)
            for step, each, mean in marginal(place.name, code, few, many):
                print(f"{kind:>8} {step:>8}: {each:7.1f} MB for one more ({NODE / each:6.0f} in 16 GiB), {mean:7.1f} MB on average of {many}")


if __name__ == "__main__":
    main()
