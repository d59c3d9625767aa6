"""Grades many submissions of one exercise and prints what it takes, as one JSON line.

    python tests/bench/grade_many.py HEBB [--exercise SOURCE.ipynb] [--submissions N] [--jobs N]

Each submission solves the exercise in words of its own, so that no two have the same cells, but for those that are given. The compile
cache is empty at the start. Memory is the largest sum over all processes (proportional set size, so that what they share counts once),
looked at a few times a second. Three of them start processes, fill the disk and eat memory in one answer, and lose only that.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import nbformat
import psutil

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = ROOT / "notebooks" / "exercises" / "source" / "01a-neuron" / "01a-neuron.ipynb"


HOSTILE = {
    "forks": "let mut all = Vec::new(); for _ in 0..10_000 { "
    'if let Ok(child) = std::process::Command::new("/bin/sh").args(["-c", "sleep 1000"]).spawn() { std::mem::forget(child) } '
    "if let Ok(thread) = std::thread::Builder::new().spawn(std::thread::park) { all.push(thread) } } panic!()",
    "disk": 'for n in 0..1_000_000 { if std::fs::write(format!("{n}"), vec![1_u8; 1_000_000]).is_err() { break } } panic!()',
    "memory": "let mut all = Vec::new(); loop { all.push(vec![1_u8; 10_000_000]) }",
}


def submission(source: Path, number: int, hostile: str) -> str:
    """The solution with a line of its own in each answer; the first answer may be hostile."""
    notebook = nbformat.read(source, as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"))
    if hostile:
        begin, end = "// BEGIN SOLUTION", "// END SOLUTION"
        first.source = f"{first.source.split(begin)[0]}{HOSTILE[hostile]}{first.source.split(end)[1]}"
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source += f"\nconst STUDENT_{cell.metadata.nbgrader.grade_id.replace('-', '_').upper()}: u32 = {number};"
    return nbformat.writes(notebook)


def memory(process: psutil.Process) -> int:
    total = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            total += one.memory_full_info().pss
        except psutil.Error:
            # It has just ended.
            continue
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hebb", type=Path)
    parser.add_argument("--exercise", type=Path, default=EXERCISE)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Not the first ones: by then both processors are at work.
        guests = {arguments.submissions * (place + 1) // 5: name for place, name in enumerate(HOSTILE)}
        files = [folder / f"{guests.get(number, 'student')}{number:04}.ipynb" for number in range(arguments.submissions)]
        for number, file in enumerate(files):
            file.write_text(submission(arguments.exercise, number, guests.get(number, "")))
        report = folder / "report.json"
        options = ["--assignment", arguments.exercise, "--json", report, "-j", str(arguments.jobs)]
        load = os.getloadavg()[0]
        started, most = time.monotonic(), 0
        grading = subprocess.Popen(
            [arguments.hebb, "grade", *files, *options],
            env={**os.environ, "HEBB_CACHE": str(folder / "cache")},
            stdout=subprocess.DEVNULL,
        )
        process = psutil.Process(grading.pid)
        while grading.poll() is None:
            most = max(most, memory(process))
            time.sleep(0.3)
        took = time.monotonic() - started
        results = json.loads(report.read_text())
        by_hand = sum(cell["max_score"] for cell in results[0]["cells"] if cell["score"] is None)
        full = sum(result["score"] == result["max_score"] - by_hand for result in results)
        lost = {result["name"][:-4]: result["max_score"] - by_hand - result["score"] for number, result in enumerate(results) if number in guests}
    figures = {
        "exercise": arguments.exercise.stem,
        "submissions": len(results),
        "full_points": full,
        "lost_by_hostile": lost,
        "jobs": arguments.jobs,
        "seconds": round(took, 1),
        "per_minute": round(60 * len(results) / took, 1),
        "peak_memory_mb": round(most / 1e6),
        "load_before_and_after": [load, os.getloadavg()[0]],
        "status": grading.returncode,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
