#!/usr/bin/env python3
"""A class on JupyterHub: students start their servers at once, and each runs lesson 03a to its end, all at the same time.

    HEBB_PREFIX=... tests/bench/hub.py [--students 10] [--notebook FILE] [--data DIR]

Twice: where nothing was compiled before, and where the teacher has (`hebb warm`). Tells how long servers and kernels took, when the first
cell had answered, when the lesson was over, and each student's memory: PSS of kernel and worker together, at the largest and at the
end. Every cell must succeed. Root's students are users of their own. Needs the packages of tests/python and configurable-http-proxy.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/python"))

from hubs import hub  # noqa: E402


class Memory(threading.Thread):
    """Looks at the kernels of all students until it is told to stop; the largest PSS of each, and the last, in MB."""

    def __init__(self, students):
        super().__init__(daemon=True)
        self.students, self.largest, self.last, self.done = students, {}, {}, threading.Event()

    def run(self):
        while not self.done.wait(1):
            self.look()

    def look(self):
        for student in list(self.students):
            sizes = [pss(process.pid) for process in student.processes()]
            self.last[student.name] = sum(sizes)
            self.largest[student.name] = max(self.largest.get(student.name, 0), sum(sizes))


def pss(pid):
    """Pages that processes share count once; MB."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            return sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:")) * 1024 / 1e6
    except OSError:
        return 0


def spread(name, numbers, unit):
    numbers = sorted(numbers)
    print(f"  {name:>26}: {numbers[0]:7.1f} to {numbers[-1]:7.1f} {unit}, median {numbers[len(numbers) // 2]:.1f}")


def class_of(count, notebook, environment, needs, folder):
    """Runs the notebook for all; gives what went wrong."""
    students, wrong = [], []
    together = threading.Barrier(count)

    def lesson(name):
        together.wait()
        begun = time.monotonic()
        student = running.start(name)
        students.append(student)
        ready = time.monotonic()
        opened = student.open(notebook.name)
        cells = opened.cells()
        times = []
        for number, code in enumerate(cells, 1):
            asked = time.monotonic()
            reply, _ = opened.run(code)
            times.append(time.monotonic() - asked)
            if number == 1:
                first = time.monotonic()
            if reply["status"] != "ok":
                wrong.append(f"{name}: In [{number}]: {reply.get('evalue')}")
        # Nobody leaves before all are done, so that memory is that of a whole class.
        ended = time.monotonic()
        together.wait()
        return ready - begun, first - ready, times[0], sum(sorted(times)[: len(times) // 2]), ended - ready

    with hub(folder, count, needs, [notebook], environment=environment) as running, ThreadPoolExecutor(count) as pool:
        memory = Memory(students)
        memory.start()
        figures = list(pool.map(lesson, running.students))
        memory.done.set()
        memory.join()
        memory.look()
    names = ["server started after", "first answer after", "first cell alone", "quicker half of the cells", "lesson done after"]
    for name, numbers in zip(names, zip(*figures)):
        spread(name, numbers, "s")
    spread("memory at the largest", memory.largest.values(), "MB")
    spread("memory at the end", memory.last.values(), "MB")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=10)
    parser.add_argument("--notebook", type=Path, default=ROOT / "notebooks/03a-fashion-mnist.ipynb")
    parser.add_argument("--data", type=Path, help="the whole data sets; without, the bundled samples")
    arguments = parser.parse_args()
    hebb = Path(os.environ["HEBB_PREFIX"]).resolve() / "bin/hebb"
    place = Path(tempfile.mkdtemp(prefix="hebb-hub-"))
    place.chmod(0o755)
    # Students are others than who runs this, so the data must be where they may read.
    data = str(arguments.data.resolve()) if arguments.data else str(place / "none")
    wrong = []
    try:
        print(f"{arguments.students} students on {os.cpu_count()} cores, {arguments.notebook.name}, load {os.getloadavg()[0]:.1f}")
        for way in ("nothing compiled before", "compiled by the teacher"):
            prefix = place / way.split()[0]
            settings = {"HEBB_DATA": data}
            if way.startswith("compiled"):
                warm = [hebb, "warm", arguments.notebook, "--cache", prefix / "cache"]
                subprocess.run(warm, check=True, stdout=subprocess.DEVNULL, cwd=arguments.notebook.parent, env=os.environ | settings)
                settings["HEBB_CACHE_PATH"] = str(prefix / "cache")
            install = [hebb, "install", "--prefix", prefix, *(f"--env={name}={value}" for name, value in settings.items())]
            subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
            environment = {"JUPYTER_PATH": f"{prefix}/share/jupyter", "HEBB_CACHE": "", "HEBB_RUST_ANALYZER": ""}
            print(f"\n{way}, load {os.getloadavg()[0]:.1f}")
            wrong += class_of(arguments.students, arguments.notebook, environment, [hebb, Path(data)], prefix)
    finally:
        shutil.rmtree(place)
    print("\n" + ("\n".join(wrong) if wrong else "every cell of every student succeeded"))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
