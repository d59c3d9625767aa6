"""Life on a crowded cluster: little memory, one processor, and a home directory on a disk in trouble.

The disks are real file systems (`troubled_disk`), the limit on memory is a real control group where one may be made, and what is
written where is read in the system's own record of every call (strace).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterator

import nbformat
import pytest

from conftest import KERNEL_NAME, PATIENCE, REPOSITORY, Kernel, Reply
from control_group import ControlGroup
from troubled_disk import Disk

LIMIT = 256 << 20
# How many threads there are besides the cell's own once a large product was computed.
THREADS = """let big = Tensor::ones([600, 600]); big.matmul(&big);
std::fs::read_dir("/proc/self/task").unwrap().flatten()
    .filter(|task| std::fs::read_to_string(task.path().join("comm")).is_ok_and(|name| name.starts_with("compute-"))).count() + 1"""
# Fills the memory until it is stopped, slowly enough to be watched on a busy machine.
FILL = """let mut all = Vec::new();
loop { all.push(vec![1_u8; 1 << 20]); std::thread::sleep(std::time::Duration::from_millis(5)); }"""
VARIABLES = ("HEBB_CACHE", "HEBB_LOG", "HOME", "XDG_CACHE_HOME", "TMPDIR", "CPU_LIMIT", "MEM_LIMIT", "HEBB_THREADS")


def around(**changed: str) -> dict[str, str]:
    """The environment without what decides over limits and places, but with these."""
    decides = lambda name: name in VARIABLES or name.startswith("SLURM_")
    return {name: value for name, value in os.environ.items() if not decides(name)} | changed


@pytest.fixture
def start(start_kernel: Callable[..., Kernel], tmp_path: Path) -> Iterator[Callable[..., Kernel]]:
    """Starts kernels with exactly these variables, in a folder of their own; they end with the test."""
    started: list[Kernel] = []

    def start(kernel_name: str = KERNEL_NAME, cwd: Path = tmp_path, **variables: str) -> Kernel:
        if not {"HOME", "HEBB_CACHE"} & set(variables):
            variables["HEBB_CACHE"] = str(tmp_path / "cache")
        started.append(start_kernel(kernel_name=kernel_name, env=around(**variables), cwd=str(cwd)))
        return started[-1]

    yield start
    for kernel in started:
        kernel.client.stop_channels()
        kernel.manager.shutdown_kernel(now=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if reason := Disk.missing():
        pytest.skip(reason)
    disk = Disk(tmp_path)
    yield disk
    disk.remove()


def well(kernel: Kernel, code: str) -> Reply:
    reply = kernel.run(code)
    assert reply.status == "ok", reply.error
    return reply


def works(kernel: Kernel) -> None:
    """Cells run, variables live, and what was typed is known."""
    well(kernel, "let fortune = 41;")
    assert well(kernel, "fortune + 1").result == "42"
    content = kernel.client.history(hist_access_type="tail", n=2, reply=True, timeout=PATIENCE)["content"]
    assert [entry[2] for entry in content["history"]] == ["let fortune = 41;", "fortune + 1"]


# Processors.


@pytest.mark.parametrize(
    ("variables", "threads"),
    [
        ({"CPU_LIMIT": "0.5"}, 1),
        ({"CPU_LIMIT": "1.0"}, 1),
        ({"SLURM_CPUS_PER_TASK": "1"}, 1),
        ({"HEBB_THREADS": "3", "CPU_LIMIT": "1.0"}, 3),
    ],
)
def test_threads_are_as_many_as_processors_are_allowed(start, variables: dict[str, str], threads: int) -> None:
    assert well(start(**variables), THREADS).result == str(threads)


def test_who_is_bound_to_one_processor_computes_on_one_thread(start) -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        kernel = start()
    finally:
        os.sched_setaffinity(0, before)
    assert well(kernel, THREADS).result == "1"


# Memory.


def in_group(kernelspec: Path, group: ControlGroup) -> str:
    """The name of a kernelspec like the usual one whose kernels live in this group."""
    name = f"{KERNEL_NAME}-in-{group.folder.name}"
    spec = json.loads((kernelspec / "kernel.json").read_text())
    spec["argv"] = group.entering(spec["argv"])
    folder = kernelspec.parent / name
    folder.mkdir()
    (folder / "kernel.json").write_text(json.dumps(spec))
    return name


@pytest.fixture
def group() -> Iterator[ControlGroup]:
    group = ControlGroup.find(LIMIT)
    if isinstance(group, str):
        pytest.skip(group)
    yield group
    group.remove()


def a_cell_that_fills_the_memory_ends(kernel: Kernel, limit: str) -> None:
    well(kernel, "let kept = vec![1_u8; 1000];")
    reply = kernel.run(FILL)
    assert reply.status == "error"
    assert "out of memory" in reply.error and limit in reply.error, reply.error
    assert well(kernel, "kept.len()").result == "1000"
    # What was allocated before is still there, and what it leaves is enough to work with.
    reply = well(kernel, "let large = vec![1_u8; 206 << 20]; std::thread::sleep(std::time::Duration::from_millis(1500)); large.len() >> 20")
    assert reply.result == "206"
    notes = [content["data"]["text/plain"] for content in reply.of_type("display_data")]
    assert any("of the memory is in use" in note and limit in note for note in notes), notes


@pytest.mark.parametrize(
    ("variables", "limit"),
    [
        ({"MEM_LIMIT": "0.25G"}, "the limit of this server (MEM_LIMIT) is 256 MiB"),
        ({"SLURM_MEM_PER_NODE": "256"}, "the limit of this Slurm job (SLURM_MEM_PER_NODE) is 256 MiB"),
    ],
)
def test_memory_that_was_announced_is_not_exceeded(start, variables: dict[str, str], limit: str) -> None:
    a_cell_that_fills_the_memory_ends(start(**variables), limit)


def test_memory_of_a_control_group_is_not_exceeded(start, kernelspec: Path, group: ControlGroup) -> None:
    kernel = start(kernel_name=in_group(kernelspec, group))
    a_cell_that_fills_the_memory_ends(kernel, "(cgroup) is 256 MiB")
    assert group.kills() == 0, "the kernel was faster than the system"
    kernel.manager.shutdown_kernel(now=True)


def test_a_compiler_without_memory_costs_no_variable(start, kernelspec: Path, group: ControlGroup) -> None:
    kernel = start(kernel_name=in_group(kernelspec, group))
    well(kernel, "let kept = vec![1_u8; 100 << 20];")
    # Less room than any compiler can do with.
    group.limit(group.used() + (4 << 20))
    reply = kernel.run("kept.iter().map(|byte| u64::from(*byte)).sum::<u64>()")
    assert (reply.status, reply.content["ename"]) == ("error", "OutOfMemory"), reply.error
    assert "no room left for the compiler" in reply.error and "(cgroup) is" in reply.error
    assert group.kills() > 0
    group.limit(LIMIT)
    assert well(kernel, "kept.iter().map(|byte| u64::from(*byte)).sum::<u64>()").result == str(100 << 20)
    kernel.manager.shutdown_kernel(now=True)


def test_a_lesson_needs_one_processor_and_little_memory(hebb: Path, group: ControlGroup, tmp_path: Path) -> None:
    lesson = tmp_path / "lesson.ipynb"
    shutil.copy(REPOSITORY / "notebooks" / "01b-network-from-scratch.ipynb", lesson)
    command = group.entering(["taskset", "-c", "0", str(hebb), "run", str(lesson)])
    environment = around(HEBB_CACHE=str(tmp_path / "cache"))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


# Disks.

# A home directory in which nothing can be kept, on which nothing may hang.
TROUBLES = ["full", "quota", "readonly", "gone", "nolocks", "slow 0.1", "clock -7200", "dead"]


@pytest.mark.parametrize("mood", TROUBLES)
def test_a_home_in_trouble_keeps_nobody_from_working(start, disk: Disk, mood: str) -> None:
    home = disk.path / "home"
    home.mkdir()
    disk.become(mood)
    kernel = start(HOME=str(home), HEBB_LOG=str(home / "log"))
    works(kernel)
    # It gets better, and worse again while the kernel runs.
    for mood in ("good", mood):
        disk.become(mood)
        well(kernel, "let fortune = fortune + 1;")
    assert well(kernel, "fortune").result == "43"
    kernel.client.shutdown(reply=True, timeout=PATIENCE)


def test_a_disk_that_dies_under_the_notebook_stops_no_cell(start, disk: Disk) -> None:
    kernel = start(HOME=str(disk.path), cwd=disk.path)
    works(kernel)
    disk.become("dead")
    assert well(kernel, "fortune + 2").result == "43"
    content = kernel.client.history(hist_access_type="tail", n=1, reply=True, timeout=PATIENCE)["content"]
    assert [entry[2] for entry in content["history"]] == ["fortune + 2"]
    kernel.client.shutdown(reply=True, timeout=PATIENCE)


def test_what_is_typed_is_kept_when_the_disk_takes_it(start, disk: Disk) -> None:
    disk.become("slow 0.05")
    kernel = start(HOME=str(disk.path))
    works(kernel)
    kernel.manager.shutdown_kernel()
    disk.become("nolocks")
    content = start(HOME=str(disk.path)).client.history(hist_access_type="tail", n=2, reply=True, timeout=PATIENCE)["content"]
    assert [entry[2] for entry in content["history"]] == ["let fortune = 41;", "fortune + 1"]


def test_a_disk_that_refuses_locks_keeps_compiled_cells(start, disk: Disk) -> None:
    disk.become("nolocks")
    for expected in (False, True):
        kernel = start(HOME=str(disk.path))
        reply = well(kernel, ":timing\n6 * 7")
        notes = " ".join(content["data"]["text/plain"] for content in reply.of_type("display_data"))
        assert ("found compiled" in notes) == expected, notes
        kernel.manager.shutdown_kernel()


def test_a_home_that_is_missing_is_not_made(start, tmp_path: Path) -> None:
    missing = tmp_path / "nobody"
    works(start(HOME=str(missing)))
    assert not missing.exists()


def test_without_a_home_variable_the_system_knows_it(start, tmp_path: Path) -> None:
    # What it says for this user is not for a test to write to; the cache is elsewhere.
    works(start(HEBB_CACHE=str(tmp_path / "cache")))


@pytest.mark.parametrize("mood", ["full", "dead", None])
def test_temporary_files_go_where_there_is_room(
    start, hebb: Path, disk: Disk, tmp_path: Path, mood: str | None
) -> None:
    place = disk.path / "node"
    place.mkdir()
    if mood:
        disk.become(mood)
    else:
        place.rmdir()
    works(start(TMPDIR=str(place)))
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("21 * 2")],
        metadata={"kernelspec": {"name": "hebb", "display_name": "Rust (Hebb)", "language": "rust"}},
    )
    nbformat.write(notebook, tmp_path / "one.ipynb")
    out, errors = tmp_path / "out", tmp_path / "errors"
    with out.open("w") as stdout, errors.open("w") as stderr:
        environment = around(TMPDIR=str(place), HEBB_CACHE=str(tmp_path / "cache"))
        process = subprocess.Popen([hebb, "run", tmp_path / "one.ipynb"], env=environment, stdout=stdout, stderr=stderr)
    while "\n42\n" not in out.read_text() and process.poll() is None:
        time.sleep(0.05)
    # The system lets no process go that has a call on this kind of disk outstanding.
    disk.become("good")
    assert (process.wait(PATIENCE), errors.read_text()) == (0, ""), out.read_text()
    assert "\n42\n" in out.read_text()


# Places.

# Calls that make, change or remove something that has a name, and those that tell where a process is.
CALLS = (
    "creat,open,openat,openat2,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,"
    "rmdir,truncate,chmod,fchmodat,chown,lchown,fchownat,utimensat,chdir,fork,vfork,clone,clone3"
)
OPENS = ("open", "openat", "openat2")
RENAMES = ("rename", "renameat", "renameat2", "link", "linkat")


def written(record: str, start: Path) -> Iterator[str]:
    """The paths that calls in strace's record wrote to, or tried to; `start` is where the first process was."""
    places: dict[str, str] = {}
    parents = {child: parent for parent, child in re.findall(r"^(\d+) .*\b(?:v?fork|clone3?)\b.* = (\d+)$", record, re.MULTILINE)}

    def place(process: str) -> str:
        while process not in places and process in parents:
            process = parents[process]
        return places.get(process, str(start))

    for line in record.splitlines():
        call = re.match(r"(\d+) +(\w+)\((.*)$", line)
        if not call:
            continue
        process, name, arguments = call.groups()
        # `AT_FDCWD</where/it/is>, "relative"`, or a path alone.
        paths = re.findall(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]*)"', arguments)
        paths = [os.path.normpath(os.path.join(place(process), folder, path)) for folder, path in paths]
        if name == "chdir":
            places[process] = paths[0]
        elif name not in OPENS or re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_TMPFILE", arguments):
            yield from paths[: 2 if name in RENAMES else 1]


def test_nothing_is_written_outside_the_cache_and_the_notebooks_folder(
    start, kernelspec: Path, tmp_path: Path
) -> None:
    if not shutil.which("strace"):
        pytest.skip("strace is not there (apt-get install strace)")
    home, lessons, temporary, record = (tmp_path / name for name in ("home", "lessons", "temporary", "record"))
    for folder in (home, lessons, temporary):
        folder.mkdir()
    spec = json.loads((kernelspec / "kernel.json").read_text())
    # With -y, what a path is relative to.
    spec["argv"] = ["strace", "-f", "--seccomp-bpf", "-y", "-qq", "-s", "4096", "--signal=none", "-e", f"trace={CALLS}", "-o", str(record), *spec["argv"]]
    (kernelspec.parent / "traced").mkdir()
    (kernelspec.parent / "traced" / "kernel.json").write_text(json.dumps(spec))
    kernel = start(kernel_name="traced", cwd=lessons, HOME=str(home), TMPDIR=str(temporary), HEBB_RUST_ANALYZER="")
    works(kernel)
    lesson = nbformat.read(REPOSITORY / "notebooks" / "01b-network-from-scratch.ipynb", as_version=4)
    for cell in lesson.cells:
        if cell.cell_type == "code":
            well(kernel, cell.source)
    well(kernel, 'Sequential::new([2]).add(Dense::new(1)).save("model.safetensors")?;')
    # A crash leaves no picture of the memory behind.
    assert kernel.run("unsafe { std::ptr::null_mut::<u8>().write_volatile(1) }").status == "error"
    assert kernel.client.complete("Tens", reply=True, timeout=PATIENCE)["content"]["matches"]
    assert kernel.client.inspect("Tensor", reply=True, timeout=PATIENCE)["content"]["found"]
    kernel.manager.shutdown_kernel()
    paths = set(written(record.read_text(), lessons))
    allowed = (f"{home}/.cache/hebb", f"{lessons}/", f"{temporary}/hebb-", "/dev/null", "/proc/")
    outside = {path for path in paths if not path.startswith(allowed)}
    # On the way to the cache, and nothing else.
    assert outside <= {str(home / ".cache")}, outside
    assert any(path.startswith(str(home / ".cache/hebb/cells")) for path in paths), "the record is not what it should be"
    assert any("history.jsonl" in path for path in paths)
    assert [path.name for path in lessons.iterdir()] == ["model.safetensors"]
    assert list(temporary.iterdir()) == []


def test_crates_leave_nothing_outside_the_cache(start, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    known = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    settings = home / ".cargo" / "config.toml"
    settings.parent.mkdir()
    settings.write_text((known / "config.toml").read_text() if (known / "config.toml").is_file() else "")
    kernel = start(HOME=str(home), CARGO_HOME="")
    assert well(kernel, ':dep itoa = "1"\nitoa::Buffer::new().format(12).to_owned()').result == '"12"'
    assert sorted(path.name for path in home.iterdir()) == [".cache", ".cargo"]
    assert [path.name for path in settings.parent.iterdir()] == ["config.toml"]
    assert [path.name for path in (home / ".cache").iterdir()] == ["hebb"]
