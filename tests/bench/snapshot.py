#!/usr/bin/env python3
"""What the snapshot before each cell costs in time and memory, with few and with many variables.

    JUPYTER_PATH=... tests/bench/snapshot.py [--kernel hebb] [--sizes 0,1000] [--rounds 15]

For each size (in MB of variables) the same cells run several times, so that all but the first come from the compile
cache: one that touches nothing, one that reads every byte, one that writes every byte, and one that panics after it
has written every byte. Milliseconds are medians, from the request to idle. Memory is PSS of the kernel and all below it, so
that pages which processes share count once: idle, and the most that was seen while the writing cell ran.
A command to look at, not a test. Needs: jupyter_client, psutil.
"""

import argparse
import statistics
import threading
import time

import psutil
from jupyter_client.manager import start_new_kernel

CELLS = {
    "nothing": "1 + 1",
    "reads all": "data.iter().map(|&x| x as u64).sum::<u64>()",
    "writes all": "for x in data.iter_mut() { *x = x.wrapping_add(1); }",
    "writes all, panics": 'for x in data.iter_mut() { *x = x.wrapping_add(1); } panic!("undo")',
}


def memory(process):
    """PSS of a process and of everything below it, in MB."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            pass  # it has just ended
    return total / 1e6


def most_memory(process, run):
    """The most that was seen while `run` ran."""
    seen, over = [memory(process)], threading.Event()

    def watch():
        while not over.is_set():
            seen.append(memory(process))

    watcher = threading.Thread(target=watch)
    watcher.start()
    run()
    over.set()
    watcher.join()
    return max(seen)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="hebb")
    parser.add_argument("--sizes", default="0,1000")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    for size in map(int, options.sizes.split(",")):
        manager, client = start_new_kernel(kernel_name=options.kernel)
        try:
            def run(code):
                started = time.perf_counter()
                client.execute_interactive(code, timeout=120, output_hook=lambda message: None, allow_stdin=False)
                return (time.perf_counter() - started) * 1e3

            run(f"let mut data = vec![1u8; {size * 1_000_000}];")
            kernel = psutil.Process(manager.provisioner.pid)
            print(f"{size} MB of variables: {memory(kernel):.0f} MB idle, ", end="", flush=True)
            run(CELLS["writes all"])
            print(f"{most_memory(kernel, lambda: run(CELLS['writes all'])):.0f} MB while all is written")
            for name, code in CELLS.items():
                run(code)
                times = [run(code) for _ in range(options.rounds)]
                print(f"  {name:20} {statistics.median(times):7.1f} ms")
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
