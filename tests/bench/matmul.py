#!/usr/bin/env python3
"""How fast a student's own loops run in a cell, against the same code under `cargo run --release`.

    JUPYTER_PATH=... tests/bench/matmul.py [--kernel hebb] [--size 256] [--rounds 5]

Each function multiplies two matrices naively. It runs in a cell of its own, in a cell that calls a function of an
earlier cell, and in a program. The table shows milliseconds, the best of all rounds, and the slower of the two cells
as a multiple of the program. A command to look at, not a test. Needs: jupyter_client, cargo.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

from jupyter_client.manager import start_new_kernel

FUNCTIONS = {
    "Vec<Vec<f32>>": (
        "fn {name}(a: &Vec<Vec<f32>>, b: &Vec<Vec<f32>>) -> Vec<Vec<f32>> {\n"
        "    let n = a.len();\n"
        "    let mut c = vec![vec![0.0; n]; n];\n"
        "    for i in 0..n {\n        for j in 0..n {\n            for k in 0..n {\n"
        "                c[i][j] += a[i][k] * b[k][j];\n            }\n        }\n    }\n    c\n}\n",
        "let a: Vec<Vec<f32>> = (0..N).map(|i| (0..N).map(|j| ((i * j) % 7) as f32).collect()).collect();\n",
    ),
    "Vec<Vec<f64>>": (
        "fn {name}(a: &Vec<Vec<f64>>, b: &Vec<Vec<f64>>) -> Vec<Vec<f64>> {\n"
        "    let n = a.len();\n"
        "    let mut c = vec![vec![0.0; n]; n];\n"
        "    for i in 0..n {\n        for j in 0..n {\n            let mut sum = 0.0;\n            for k in 0..n {\n"
        "                sum += a[i][k] * b[k][j];\n            }\n            c[i][j] = sum;\n        }\n    }\n    c\n}\n",
        "let a: Vec<Vec<f64>> = (0..N).map(|i| (0..N).map(|j| ((i * j) % 7) as f64).collect()).collect();\n",
    ),
    "Vec<f32>, index": (
        "fn {name}(a: &Vec<f32>, b: &Vec<f32>) -> Vec<f32> {\n"
        "    let n = (a.len() as f64).sqrt() as usize;\n"
        "    let mut c = vec![0.0; n * n];\n"
        "    for i in 0..n {\n        for j in 0..n {\n            for k in 0..n {\n"
        "                c[i * n + j] += a[i * n + k] * b[k * n + j];\n            }\n        }\n    }\n    c\n}\n",
        "let a: Vec<f32> = (0..N * N).map(|i| (i % 7) as f32).collect();\n",
    ),
    "Vec<f64>, index": (
        "fn {name}(a: &Vec<f64>, b: &Vec<f64>) -> Vec<f64> {\n"
        "    let n = (a.len() as f64).sqrt() as usize;\n"
        "    let mut c = vec![0.0; n * n];\n"
        "    for i in 0..n {\n        for k in 0..n {\n            for j in 0..n {\n"
        "                c[i * n + j] += a[i * n + k] * b[k * n + j];\n            }\n        }\n    }\n    c\n}\n",
        "let a: Vec<f64> = (0..N * N).map(|i| (i % 7) as f64).collect();\n",
    ),
    "iterators": (
        "fn {name}(a: &Vec<f32>, b: &Vec<f32>) -> Vec<f32> {\n"
        "    let n = (a.len() as f64).sqrt() as usize;\n"
        "    (0..n * n).map(|at| (0..n).map(|k| a[at / n * n + k] * b[k * n + at % n]).sum()).collect()\n}\n",
        "let a: Vec<f32> = (0..N * N).map(|i| (i % 7) as f32).collect();\n",
    ),
}
MEASURE = (
    "let started = std::time::Instant::now();\n"
    "let c = std::hint::black_box(multiply(&a, &std::hint::black_box(a.clone())));\n"
    'println!("took {}", started.elapsed().as_secs_f64() * 1e3);\n'
)


def took(text):
    found = re.search(r"took ([0-9.e-]+)", text)
    if not found:
        sys.exit(f"no time in: {text}")
    return float(found[1])


def run_cell(client, code):
    """The time that the cell prints, if it does."""
    text = []

    def collect(message):
        content = message["content"]
        if message["msg_type"] == "stream":
            text.append(content["text"])
        elif message["msg_type"] == "error":
            sys.exit("\n".join(content["traceback"]))

    client.execute_interactive(code, output_hook=collect, timeout=120)
    return "".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kernel", default="hebb")
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    best = {}

    def note(function, place, milliseconds):
        key = (function, place)
        best[key] = min(best.get(key, milliseconds), milliseconds)

    with tempfile.TemporaryDirectory() as folder:
        programs = {}
        for number, (function, (body, data)) in enumerate(FUNCTIONS.items()):
            package = pathlib.Path(folder, f"program{number}")
            (package / "src").mkdir(parents=True)
            (package / "Cargo.toml").write_text(
                f'[package]\nname = "program{number}"\nedition = "2024"\n\n[workspace]\n'
            )
            main_function = "fn main() {\n" + data.replace("N", str(arguments.size)) + MEASURE + "}\n"
            (package / "src/main.rs").write_text(body.replace("{name}", "multiply") + main_function)
            programs[function] = package
        manager, client = start_new_kernel(kernel_name=arguments.kernel)
        try:
            for _ in range(arguments.rounds):
                for function, (body, data) in FUNCTIONS.items():
                    body, data = body.replace("{name}", "multiply"), data.replace("N", str(arguments.size))
                    ran = subprocess.run(
                        ["cargo", "run", "--release", "--quiet"],
                        cwd=programs[function],
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                    note(function, "program", took(ran.stdout))
                    note(function, "one cell", took(run_cell(client, body + data + MEASURE)))
                    run_cell(client, body)
                    run_cell(client, data)
                    note(function, "two cells", took(run_cell(client, MEASURE)))
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)

    size = arguments.size
    print(f"{size} x {size}, ms".ljust(20) + f"{'program':>10}{'one cell':>10}{'two cells':>11}{'ratio':>8}")
    for function in FUNCTIONS:
        program, one, two = (best[function, place] for place in ("program", "one cell", "two cells"))
        print(f"{function:20}{program:10.2f}{one:10.2f}{two:11.2f}{max(one, two) / program:8.2f}")


if __name__ == "__main__":
    main()
