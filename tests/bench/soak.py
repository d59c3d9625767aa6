#!/usr/bin/env python3
"""What a long session costs: the memory of an idle kernel after a few cells and after many.

    JUPYTER_PATH=... tests/bench/soak.py [--kernel hebb] [--cells 500] [--warm 20]

Every cell is new, so each is compiled; some keep a variable, some fail, some panic. Before each completion and
is-complete requests are sent, as an editor does. Memory is PSS: pages that processes share count once. The files of
the session's own compile cache go with it. A command to look at, not a test. Needs: jupyter_client, psutil.
"""

import argparse
import os
import tempfile
import time

import psutil
from jupyter_client.manager import start_new_kernel

# `{0}` becomes the cell's number.
CELLS = [
    "{0} + 1",
    'println!("cell {0}");',
    "let x = {0};",
    "x * {0}",
    "fn twice{1}(n: i64) -> i64 {{ 2 * n + {0} }}",
    "twice{1}({0})",
    "let t = Tensor::ones([{1}, 3]) * {0}.0; t.clone().relu()",
    "(0..{0}).map(|i| i * i).sum::<i64>()",
    "let wrong: i32 = \"{0}\";",
    'let v: Vec<i32> = vec![]; v[{0}]',
]


def memory(process):
    """PSS of the kernel process and of everything below it, in MB."""
    sizes = []
    for one in [process, *process.children(recursive=True)]:
        try:
            sizes.append(one.memory_full_info().pss / 1e6)
        except psutil.Error:
            pass
    return sizes[0], sum(sizes[1:])


def ask(client, request):
    """Waits for the answer to a request."""
    while client.get_shell_msg(timeout=60)["parent_header"].get("msg_id") != request:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="hebb")
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--warm", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        manager, client = start_new_kernel(kernel_name=arguments.kernel, env={**os.environ, "HEBB_CACHE": cache})
        process = psutil.Process(manager.provisioner.process.pid)
        counts = {}

        def show(label):
            # Whatever a cell leaves running has a moment to end.
            time.sleep(1)
            kernel, worker = memory(process)
            print(f"{label:>12}: kernel {kernel:5.1f} MB, worker {worker:5.1f} MB, together {kernel + worker:5.1f} MB")

        try:
            show("at start")
            for number in range(1, arguments.cells + 1):
                code = CELLS[number % len(CELLS)].format(number, number % 50 + 1)
                ask(client, client.is_complete(code))
                ask(client, client.complete(code, len(code)))
                reply = client.execute_interactive(code, output_hook=lambda message: None, timeout=120)
                status = reply["content"]["status"]
                counts[status] = counts.get(status, 0) + 1
                if number in (arguments.warm, arguments.cells):
                    show(f"{number} cells")
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
