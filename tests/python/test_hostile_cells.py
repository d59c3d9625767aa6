"""Cells that do everything wrong: each ends in one plain error, soon, and nothing has happened to the variables.

The rows are all that a beginner breaks and more. After every row a cell prints each variable to the last bit.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from typing import Callable

import pytest

from conftest import Kernel, Reply

# Seconds until the error is there; after the interrupt for the rows that need one.
SOON = 3.0

VARIABLES = """
use std::collections::BTreeMap;
use std::cell::RefCell;
use std::rc::Rc;
#[derive(Clone, Debug, PartialEq)]
struct Student { name: String, marks: Vec<f64> }
fn double(x: i64) -> i64 { 2 * x }
let mut count: i64 = 41;
let mut numbers: Vec<f64> = vec![0.1, -0.0, f64::MIN_POSITIVE, f64::NAN];
let mut text = String::from("größe");
let mut table: BTreeMap<String, Vec<u8>> = BTreeMap::from([("a".to_string(), vec![1, 2, 3])]);
let mut student = Student { name: "Ada".to_string(), marks: vec![1.5, 2.25] };
let shared = Rc::new(RefCell::new(vec![1, 2, 3]));
let maybe: Option<Box<i32>> = Some(Box::new(7));
let scale = move |x: f64| x * 3.0;
let mut tensor = tensor![[0.1, 0.2], [0.3, 0.4]];
let large = vec![7u8; 50_000_000];
seed(42);
let mut model = Sequential::new([2]).add(Dense::new(8).activation(Tanh)).add(Dense::new(1));
model.compile(Adam::new(0.01), MeanSquaredError::new(), []);
"""

# Uses every item and takes every variable out of the store; random numbers are part of the state.
STATE = """
let bits: Vec<u64> = numbers.iter().map(|x| x.to_bits()).collect();
let weights: Vec<Vec<u32>> = model.weights().iter().map(|w| w.to_vec().iter().map(|x| x.to_bits()).collect()).collect();
let sum: u64 = large.iter().map(|&b| b as u64).sum();
let wet = tensor.to_vec().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
println!("{:?}", (count, bits, &text, &table, &student, &shared, Rc::strong_count(&shared), &maybe));
println!("{:?}", (scale(1.1).to_bits(), wet, sum, double(4), weights));
"""

CHANGES = """
count += 1; numbers.push(1.0); text.push('!'); table.clear(); student.marks.clear(); shared.borrow_mut().push(4);
drop(maybe); tensor = Tensor::zeros([1]); let large = large.len(); let scale = 3; let new_one = 1;
fn double(x: i64) -> i64 { x }
"""


@dataclass(frozen=True)
class Row:
    name: str
    code: str
    # What the error must say.
    words: str
    # How often it is interrupted, when its text "running" has come.
    interrupts: int = 0


DEEP = "fn deep(n: u64) -> u64 { let big = std::hint::black_box([n; 64]); deep(n + 1) + big[3] }\n"
DROPS = """struct Bomb; impl Drop for Bomb { fn drop(&mut self) { panic!("in drop") } }\n"""
GO = 'println!("running");\n'

ROWS = [
    # What the language says no to while the cell runs.
    Row("panic", CHANGES + 'panic!("no more")', "no more"),
    Row("panic without text", CHANGES + "panic!()", "explicit panic"),
    Row("panic with a value", CHANGES + "std::panic::panic_any(5)", "a value that is no text was thrown"),
    Row("todo", CHANGES + "todo!()", "not yet implemented"),
    Row("unwrap of none", CHANGES + "let n: Option<i32> = None; n.unwrap();", "None"),
    Row("unwrap of an error", CHANGES + '"x".parse::<i32>().unwrap();', "InvalidDigit"),
    Row("question mark", CHANGES + '"x".parse::<i32>()?;', "invalid digit"),
    Row("question mark on none", CHANGES + "let n: Option<i32> = None; n.ok_or(\"nothing there\")?;", "nothing there"),
    Row("assert", CHANGES + "assert_eq!(1 + 1, 3);", "left: 2"),
    Row("overflow", CHANGES + "let n = std::hint::black_box(255u8); n + 1", "overflow"),
    Row("negative index", CHANGES + "let n = std::hint::black_box(0usize); n - 1", "overflow"),
    Row("index", CHANGES + "let v = vec![1, 2, 3]; v[std::hint::black_box(3)]", "index is 3"),
    Row("slice", CHANGES + "let v = vec![1, 2, 3]; v[std::hint::black_box(2)..9].len()", "range"),
    Row("division by zero", CHANGES + "1 / std::hint::black_box(0)", "divide by zero"),
    Row("remainder", CHANGES + "1 % std::hint::black_box(0)", "divisor of zero"),
    Row("borrowed twice", CHANGES + "let a = shared.borrow_mut(); let b = shared.borrow_mut(); a.len() + b.len()", "borrowed"),
    Row("cut character", CHANGES + '"größe"[..3].len()', "char boundary"),
    Row("unreachable", CHANGES + "unreachable!(\"really\")", "really"),
    Row("shapes", CHANGES + "Tensor::ones([2, 3]).matmul(&Tensor::ones([2, 3]))", "matmul"),
    Row("missing file", CHANGES + 'std::fs::read_to_string("/nonexistent/file")?;', "No such file"),
    Row("training on the wrong shape", CHANGES + "model.fit(&Dataset::new(Tensor::ones([4, 3]), Tensor::ones([4, 1])), Fit::epochs(1))?;", "3"),
    # Threads and destructors.
    Row("panic in a thread", CHANGES + "std::thread::spawn(|| panic!(\"there\")).join().unwrap();", "Any"),
    Row("panic in drop", CHANGES + DROPS + "let bomb = Bomb; drop(bomb);", "in drop"),
    Row("panic in drop at the end", CHANGES + DROPS + "{ let _bomb = Bomb; }", "in drop"),
    Row("panic while panicking", CHANGES + DROPS + 'let _bomb = Bomb; panic!("first")', "first\nand while that was handled, a value panicked when it was dropped: in drop"),
    Row("panic where none may be", CHANGES + 'extern "C" fn f() { panic!("inside") } f()', "inside"),
    Row("exit in a thread", CHANGES + "std::thread::spawn(|| std::process::exit(5)).join();", "exit(5)"),
    # Ways to end a process.
    Row("exit 0", CHANGES + "std::process::exit(0)", "exit(0)"),
    Row("exit 1", CHANGES + "std::process::exit(1)", "exit(1)"),
    Row("abort", CHANGES + "std::process::abort()", "abort"),
    Row("segfault", CHANGES + "unsafe { std::hint::black_box(8 as *mut u8).write_volatile(1) }", "segmentation fault"),
    Row("illegal instruction", CHANGES + "unsafe { std::arch::asm!(\"ud2\") }", "illegal instruction"),
    Row("trap", CHANGES + "unsafe { std::arch::asm!(\"int3\") }", "trap"),
    Row("stack overflow", CHANGES + DEEP + "deep(1)", "stack overflow"),
    Row("out of memory at once", CHANGES + "Vec::<u8>::with_capacity(1 << 60).len()", "out of memory"),
    Row("absurd length", CHANGES + "vec![0u64; usize::MAX].len()", "capacity overflow"),
    Row("killed from outside", CHANGES + 'std::process::Command::new("sh").args(["-c", "kill -9 $PPID"]).status()?;', "killed"),
    Row("told to end", CHANGES + 'std::process::Command::new("sh").args(["-c", "kill $PPID"]).status()?; std::thread::park();', "told to end"),
    Row("hung up", CHANGES + 'std::process::Command::new("sh").args(["-c", "kill -HUP $PPID"]).status()?; std::thread::park();', "signal 1"),
    # Descriptors.
    Row("stdout closed", CHANGES + "drop(unsafe { <std::fs::File as std::os::fd::FromRawFd>::from_raw_fd(1) });", "standard output"),
    Row("channel closed", CHANGES + "drop(unsafe { <std::fs::File as std::os::fd::FromRawFd>::from_raw_fd(3) });", "talks to the kernel"),
    Row("all closed", CHANGES + 'unsafe extern "C" { fn close(fd: i32) -> i32; } for fd in 0..999 { unsafe { close(fd) }; }', "closed"),
    Row("closed twice", CHANGES + "use std::os::fd::FromRawFd; drop(unsafe { std::fs::File::from_raw_fd(777) });", "closed"),
    Row("nonsense on the channel", CHANGES + 'use std::io::Write; std::fs::File::options().write(true).open("/proc/self/fd/1")?.write_all(b"x")?; let mut all = unsafe { <std::fs::File as std::os::fd::FromRawFd>::from_raw_fd(3) }; all.write_all(&[255; 4096])?; loop { std::thread::park() }', "descriptor 3"),
    # What never ends by itself.
    Row("endless loop", CHANGES + GO + "loop {}", "stopped", 1),
    Row("endless loop, two interrupts", CHANGES + GO + "loop {}", "stopped", 2),
    Row("deadlock", CHANGES + GO + "let m = std::sync::Mutex::new(1); let a = m.lock(); let b = m.lock();", "stopped", 1),
    Row("sleep", CHANGES + GO + "std::thread::sleep(std::time::Duration::from_secs(1000));", "stopped", 2),
    Row("waits for a child", CHANGES + GO + 'std::process::Command::new("sleep").arg("1000").status()?;', "stopped", 2),
    Row("endless output", CHANGES + GO + 'loop { println!("more and more and more and more") }', "stopped", 1),
    Row("endless errors", CHANGES + GO + 'loop { eprintln!("more and more and more and more") }', "stopped", 2),
    Row("endless threads", CHANGES + GO + "let t: Vec<_> = (0..8).map(|_| std::thread::spawn(|| loop {})).collect(); for t in t { t.join(); }", "stopped", 2),
    Row("leaves its group", CHANGES + GO + 'unsafe extern "C" { fn setpgid(a: i32, b: i32) -> i32; fn getpgid(a: i32) -> i32; fn getppid() -> i32; } unsafe { setpgid(0, getpgid(getppid())) }; loop {}', "stopped", 2),
    Row("stops itself", CHANGES + GO + 'std::process::Command::new("sh").args(["-c", "kill -STOP $PPID"]).status()?;', "stopped", 2),
    Row("interrupts do not reach it", CHANGES + GO + 'unsafe extern "C" { fn signal(number: i32, handler: usize) -> usize; } unsafe { signal(2, 1); signal(15, 1) }; loop {}', "stopped", 1),
    # Before it runs.
    Row("does not compile", CHANGES + 'let x: i32 = "text";', "mismatched types"),
    Row("does not parse", CHANGES + "let x = (1;", "unclosed delimiter"),
    Row("panic in a constant", CHANGES + 'const _: () = assert!(1 > 2, "in a constant");', "in a constant"),
    Row("a new type for a name in use", "struct Student; panic!(\"late\")", "late"),
]


@pytest.fixture(scope="module")
def state(kernel: Kernel) -> str:
    """What the variables are, to the last bit."""
    answer = kernel.run(VARIABLES)
    assert answer.status == "ok", answer.error
    answer = kernel.run(STATE)
    assert answer.status == "ok", answer.error
    return answer.text()


def run(kernel: Kernel, row: Row) -> tuple[Reply, float]:
    """Runs a row; how long it took from its start, or from the interrupt that it needs."""
    started = time.monotonic()
    if not row.interrupts:
        return kernel.run(row.code), time.monotonic() - started

    def interrupt() -> None:
        for _ in range(row.interrupts):
            kernel.manager.interrupt_kernel()

    # The interrupt comes when the cell says that it runs: from another thread, because this one waits for the cell.
    interrupter: list[threading.Thread] = []
    messages: list[dict] = []
    kept = 0

    def hook(message: dict) -> None:
        nonlocal started, kept
        text = message["content"].get("text", "")
        kept += len(text)
        assert kept < 500_000_000, "endless output is not bounded"
        messages.append(message if len(text) < 1000 else message | {"content": message["content"] | {"text": text[:1000]}})
        if "running" in text and not interrupter:
            started = time.monotonic()
            interrupter.append(threading.Thread(target=interrupt))
            interrupter[0].start()

    reply = kernel.client.execute_interactive(row.code, timeout=60, output_hook=hook, allow_stdin=False)
    took = time.monotonic() - started
    assert interrupter, "the cell did not say that it runs"
    interrupter[0].join()
    return Reply(reply["content"], messages), took


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_hostile_cell_costs_nothing(kernel: Kernel, state: str, row: Row) -> None:
    answer, took = run(kernel, row)
    errors = answer.of_type("error")
    assert answer.status == "error"
    assert len(errors) == 1
    assert {key: answer.content[key] for key in ("ename", "evalue", "traceback")} == errors[0]
    assert row.words in f"{answer.content['evalue']}\n{answer.error}"
    for internal in ("hebb_prelude", "library/std", "/rustc/", "RUST_BACKTRACE", "catch_unwind", "fatal runtime error", "overflowed its stack"):
        assert internal not in answer.error + answer.text() + answer.text("stderr")
    after = kernel.run(STATE)
    assert after.status == "ok", after.error
    assert after.text() == state
    assert took < SOON


def test_a_cell_that_fills_the_memory_is_ended_before_the_server_is(start_kernel: Callable[..., Kernel]) -> None:
    kernel = start_kernel(env=os.environ | {"MEM_LIMIT": str(500 << 20)})
    assert kernel.run("let kept = vec![1u8; 1000];").status == "ok"
    answer = kernel.run("let mut all = Vec::new(); loop { all.push(vec![1u8; 1_000_000]); }")
    assert answer.status == "error"
    assert "out of memory: the limit of this server (MEM_LIMIT) is 500 MiB" in answer.content["evalue"]
    assert kernel.run("kept.len()").result == "1000"
    # Between the warning and the end there is room.
    answer = kernel.run("let most = vec![1u8; 420 << 20]; std::thread::sleep(std::time::Duration::from_millis(300));")
    assert answer.status == "ok"
    assert any("of the memory is in use" in shown["data"]["text/plain"] for shown in answer.of_type("display_data"))
