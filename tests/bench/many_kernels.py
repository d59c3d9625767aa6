#!/usr/bin/env python3
"""A class on one machine: many kernels start at once, and all run the same cells at the same time.

    JUPYTER_PATH=... tests/bench/many_kernels.py [--kernel hebb] [--kernels 20]

Tells how long the kernels took to be ready and to answer each cell, and what memory they and all their processes take
together. Memory is PSS: pages that processes share count once. Each answer is checked; a wrong one ends it with 1.
They share one new compile cache, as the kernels of one person do. A command to look at, not a test. Needs: jupyter_client, psutil.
"""

import argparse
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
from jupyter_client.manager import start_new_kernel

PATIENCE = 600
# 16 GiB in MB.
NODE = 16 * 2**30 / 1e6

# A name, the code and what the answer must hold. `{0}` becomes the kernel's number, so that no two compile the same.
CELLS = [
    ("a sum", "1 + 1 + {0} - {0}", "2"),
    ("println!", 'println!("kernel {0}");', "kernel {0}"),
    ("tensors", "let t = Tensor::ones([3, {0} + 1]) * 2.0;\nt.sum().item() / ({0} + 1) as f32", "6.0"),
    (
        "a short fit",
        """seed({0});
let data = xor(400, 0.2);
let mut model = Sequential::new([2]).add(Dense::new(8).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
model.compile(Adam::new(0.01), BinaryCrossentropy::new(), [Accuracy]);
let history = model.fit(&data, Fit::epochs(5))?;
println!("trained {0}");""",
        "trained {0}",
    ),
]


def run(client, code):
    """Runs a cell; the status and everything that it showed as text."""
    shown = []

    def hear(message):
        content = message["content"]
        shown.append(content.get("text") or content.get("data", {}).get("text/plain") or "\n".join(content.get("traceback", [])))

    reply = client.execute_interactive(code, output_hook=hear, timeout=PATIENCE)
    return reply["content"]["status"], "".join(shown)


def memory(roots):
    """Processes, and their PSS and swapped pages together in MB."""
    count, pss, swap = 0, 0, 0
    for root in roots:
        for process in [root, *root.children(recursive=True)]:
            try:
                with open(f"/proc/{process.pid}/smaps_rollup") as rollup:
                    lines = [line.split() for line in rollup]
            except OSError:
                continue
            sizes = {line[0]: int(line[1]) for line in lines if line[0] in ("Pss:", "SwapPss:")}
            count, pss, swap = count + 1, pss + sizes.get("Pss:", 0), swap + sizes.get("SwapPss:", 0)
    return count, pss * 1024 / 1e6, swap * 1024 / 1e6


def spread(times):
    times = sorted(times)
    return f"first {times[0]:6.2f} s, median {times[len(times) // 2]:6.2f} s, last {times[-1]:6.2f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="hebb")
    parser.add_argument("--kernels", type=int, default=20)
    arguments = parser.parse_args()
    together = threading.Barrier(arguments.kernels)
    started = []
    wrong = []

    def start(number):
        together.wait()
        begun = time.monotonic()
        manager, client = start_new_kernel(kernel_name=arguments.kernel, startup_timeout=PATIENCE)
        started.append((manager, client))
        return client, time.monotonic() - begun

    def ask(number, client, cell):
        name, code, expected = cell
        together.wait()
        begun = time.monotonic()
        status, shown = run(client, code.replace("{0}", str(number)))
        if status != "ok" or expected.replace("{0}", str(number)) not in shown:
            wrong.append(f"kernel {number}, {name}: {status} {shown}")
        return time.monotonic() - begun

    with tempfile.TemporaryDirectory() as cache, ThreadPoolExecutor(arguments.kernels) as pool:
        os.environ["HEBB_CACHE"] = cache
        try:
            ready = list(pool.map(start, range(arguments.kernels)))
            clients = [client for client, _ in ready]
            roots = [psutil.Process(manager.provisioner.process.pid) for manager, _ in started]
            print(f"{arguments.kernels} kernels on {os.cpu_count()} cores")
            print(f"{'ready':>12}: {spread([took for _, took in ready])}")
            show_memory(roots)
            for cell in CELLS:
                times = list(pool.map(lambda pair: ask(*pair, cell), enumerate(clients)))
                print(f"{cell[0]:>12}: {spread(times)}")
            show_memory(roots)
        finally:
            for manager, client in started:
                client.stop_channels()
                manager.shutdown_kernel(now=True)
    print("\n".join(wrong) if wrong else "all answered, and right")
    sys.exit(bool(wrong))


def show_memory(roots):
    processes, pss, swap = memory(roots)
    each = pss / len(roots)
    print(f"{'memory':>12}: {processes} processes, {pss:.0f} MB, {each:.1f} MB a kernel ({NODE / each:.0f} in 16 GiB), {swap:.0f} MB swapped")


if __name__ == "__main__":
    main()
