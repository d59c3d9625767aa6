"""Submissions that want points for nothing, or want to know what they may not. Nothing is graded here.

All of them begin as a paper that solves everything; what an attack replaces must score nothing, and all else what it did.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable

from nbformat import NotebookNode
from nbformat.v4 import new_output

from submissions import CANARY, answer, paper, test

# A wrong answer to `double`, and what it costs: the second test of it is the instructor's own sum.
WRONG = "fn double(x: i32) -> i32 { 0 }"
DOUBLE = {"double-test", "given-test"}
ONES = {"ones-test"}
# What the notebooks find where they work: the right answers, for a test alone to read.
LABELS = "1,0,1"


def exam() -> NotebookNode:
    """The paper, with more of what a learner can be asked to define, and a test that reads a file."""
    notebook = paper()
    notebook.cells += [
        answer("apply", "fn apply(f: impl Fn(f32) -> f32, x: f32) -> f32 {\n", "    f(x)", "\n}"),
        test("apply-test", 1, "assert_eq!(apply(|x| x + 1.0, 1.0), 2.0);"),
        answer("limit", "", "const LIMIT: f64 = 0.5;"),
        test("limit-test", 1, "assert_eq!(LIMIT, 0.5);"),
        answer("point", "", "struct Point { x: f32 }\nimpl Point { fn new(x: f32) -> Point { Point { x } } fn far(&self) -> f32 { self.x.abs() } }"),
        test("point-test", 1, "assert_eq!(Point::new(-2.0).far(), 2.0);\n", f'assert_eq!(Point::new(3.0).x, 3.0, "{CANARY}");'),
        answer("area", "", "static SIDES: u32 = 4;\ntrait Area { fn area(&self) -> f32; }\nimpl Area for f32 { fn area(&self) -> f32 { self * self } }"),
        test("area-test", 1, "assert_eq!(2f32.area(), 4.0);\nassert_eq!(SIDES, 4);\n", f'assert_eq!((-3f32).area(), 9.0, "{CANARY}");'),
        answer("guess", "fn guess() -> String {\n", f'    "{LABELS}".to_owned()', "\n}"),
        test("guess-test", 1, 'assert_eq!(guess(), std::fs::read_to_string("labels.csv")?);'),
    ]
    return notebook


@dataclass(frozen=True)
class Attack:
    """Answers by grade id, cells before all others and behind them, a change of the file; and the tests that score nothing."""

    answers: dict[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    edit: Callable[[NotebookNode], None] | None = None
    costs: set[str] = field(default_factory=lambda: set(DOUBLE))


def doubles(body: str, before: str = "") -> Attack:
    """A `double` that does something else first and then answers wrong."""
    return Attack({"double": f"{before}\nfn double(x: i32) -> i32 {{ {body}; 0 }}"})


def beside(*cells: str, answer: str = WRONG) -> Attack:
    """Cells of its own beside a wrong answer."""
    return Attack({"double": answer}, first=cells)


ANY = """struct Any;
impl<T> PartialEq<T> for Any { fn eq(&self, _: &T) -> bool { true } }
impl std::fmt::Debug for Any { fn fmt(&self, _: &mut std::fmt::Formatter) -> std::fmt::Result { Ok(()) } }
"""


def of_any(name: str, code: str) -> Attack:
    """An answer that is equal to everything."""
    return Attack({name: ANY + code}, costs={f"{name}-test"})


def answers_for_tensors(around: str) -> Attack:
    """A trait that gives the right answers for wrong tensors, if a test can be brought to see it."""
    trait = (
        "trait ones { fn len(self) -> usize; fn at(self, _: [usize; 1]) -> f32; }\n"
        "impl ones for Tensor { fn len(self) -> usize { Tensor::len(&self) - 1 } fn at(self, _: [usize; 1]) -> f32 { 1.0 } }"
    )
    return Attack({"ones": f"{around.format(trait)}\nfn ones(n: usize) -> Tensor {{ Tensor::zeros([n + 1]) }}"}, costs=ONES)


def guesses(*cells: str, before: str = "") -> Attack:
    """Wrong labels, and cells that make them right; `before` is done when the test asks."""
    answer = f'fn guess() -> String {{ {before} "0".to_owned() }}'
    return Attack({"guess": answer}, first=cells, costs={"guess-test"})


def marks(**changes: object) -> Callable[[NotebookNode], None]:
    """Other marks on the test of `double`."""

    def edit(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            mark = cell.metadata.get("nbgrader", {})
            if mark.get("grade_id") == "double-test":
                mark.update(changes)

    return edit


def rewritten(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "double-test":
            cell.source = "let fine = 1;"
            cell.metadata.nbgrader.locked = False


def doubled(notebook: NotebookNode) -> None:
    notebook.cells.append(test("double-test", 1, "let fine = 1;"))
    notebook.cells.append(test("given-test", 100, "100.0"))


def with_results(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [new_output("execute_result", data={"text/plain": "1.0"}, execution_count=1)]


READ = (
    'fn search(folder: &std::path::Path, depth: usize) { if depth == 0 { return } '
    "for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() { let path = entry.path(); "
    "if path.is_dir() { search(&path, depth - 1) } else if let Ok(bytes) = std::fs::read(&path) "
    '{ println!("{} {}", path.display(), String::from_utf8_lossy(&bytes)) } } }'
)
PROCESS = [f"/proc/self/{name}" for name in ["mem", "maps", "environ", "cmdline", "stack", "auxv", "fd/3", "fd/4"]]

ATTACKS: dict[str, Attack] = {
    # Ending before the verdict.
    "exit-in-a-function": doubles("std::process::exit(0)"),
    "exit-in-a-cell": beside("std::process::exit(0)"),
    "abort": doubles("std::process::abort()"),
    "endless-loop": doubles("loop { std::hint::black_box(x); }"),
    "endless-sleep": doubles("std::thread::sleep(std::time::Duration::from_secs(10_000))"),
    "endless-recursion": doubles("deep(x as u64)", "fn deep(n: u64) -> u64 { if n == u64::MAX { 0 } else { 1 + deep(n + 1) } }"),
    "a-panic-that-is-caught": doubles('let _ = std::panic::catch_unwind(|| panic!("x"))'),
    "panic-with-anything": doubles("std::panic::panic_any(1.0)"),
    # Results that are none.
    "printed-results": doubles('println!("2.0"); println!("{{\\"output_type\\": \\"execute_result\\"}}")'),
    "displayed-results": doubles("display(&tensor![1.0]); display(&tensor![100.0])"),
    "results-in-the-file": Attack({"double": WRONG}, edit=with_results),
    "a-number-as-the-last-line": Attack({"double": WRONG + "\n100.0"}, last=("100.0",)),
    "frames-on-descriptors": doubles(
        'use std::io::Write; for n in 0..70 { if let Ok(mut file) = std::fs::OpenOptions::new().write(true).open(format!("/dev/fd/{n}")) '
        '{ let _ = file.write_all(b"{\\"done\\":{\\"outcome\\":\\"ok\\"}}"); } }'
    ),
    # Words that mean something else.
    "own-assert": beside("macro_rules! assert { ($($x:tt)*) => { () } }\nmacro_rules! assert_eq { ($($x:tt)*) => { () } }"),
    "own-assert-everywhere": beside("#[macro_export] macro_rules! assert_eq { ($($x:tt)*) => { () } }"),
    "own-panic": beside("macro_rules! panic { ($($x:tt)*) => { () } }\nmacro_rules! unreachable { ($($x:tt)*) => { () } }"),
    "own-check": Attack(
        {"ones": "fn ones(n: usize) -> Tensor { Tensor::zeros([n + 1]) }"},
        first=("macro_rules! check { ($score:expr, $points:expr, $($x:tt)*) => { $score.add($points, true) } }",),
        costs=ONES,
    ),
    "own-score": Attack(
        {"ones": "fn ones(n: usize) -> Tensor { Tensor::zeros([n + 1]) }"},
        first=("struct Score; impl Score { fn new() -> Score { Score } fn total(&self) -> f64 { 3.0 } }",),
        costs=ONES,
    ),
    "own-close": beside("fn close(_: &Tensor, _: &Tensor, _: f32) -> bool { true }"),
    "own-std": beside("mod std { pub use ::std::*; }\nmod core {}\nmod hebb {}"),
    "own-given": beside("fn given() -> i32 { 4 }", answer="fn double(x: i32) -> i32 { 1 }"),
    "own-tensor": Attack(
        {
            "ones": "struct Tensor; impl Tensor { fn len(&self) -> usize { 2 } fn at(&self, _: [usize; 1]) -> f32 { 1.0 } }\n"
            "fn ones(n: usize) -> Tensor { Tensor }"
        },
        costs=ONES,
    ),
    "equal-to-everything": Attack(
        {
            "double": "struct Any; impl PartialEq<i32> for Any { fn eq(&self, _: &i32) -> bool { true } }\n"
            "impl std::fmt::Debug for Any { fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { Ok(()) } }\n"
            "fn double(x: i32) -> Any { Any }"
        }
    ),
    "a-type-of-that-name": Attack({"double": "#[allow(non_camel_case_types)] type i32 = i64;\nfn double(x: i32) -> i32 { 2 * x }"}),
    "a-macro-that-returns": Attack({"double": "macro_rules! double { ($($x:tt)*) => { return Ok(()) } }"}),
    "a-closure-of-that-name": beside("let double = |x: i32| 2 * x;"),
    "a-closure-that-knows": Attack({"double": "let double = |x: i32| if x == 4 { 8 } else { -6 };"}),
    "a-variable-of-another-type": Attack(
        {
            "rate": "struct Any; impl PartialEq<f64> for Any { fn eq(&self, _: &f64) -> bool { true } }\n"
            "impl PartialOrd<f64> for Any { fn partial_cmp(&self, _: &f64) -> Option<std::cmp::Ordering> { None }\n"
            "fn gt(&self, _: &f64) -> bool { true } fn lt(&self, _: &f64) -> bool { true } }\nlet rate = Any;"
        },
        costs={"rate-test"},
    ),
    "more-than-all-points": Attack({"half": "fn half() -> f64 { 1e300 }"}, costs={"half-test"}),
    "no-number": Attack({"half": "fn half() -> f64 { f64::NAN }"}, costs={"half-test"}),
    "less-than-no-points": Attack({"half": "fn half() -> f64 { -5.0 }"}, costs={"half-test"}),
    "any-of-a-generic-function": of_any("apply", "fn apply(f: impl Fn(f32) -> f32, x: f32) -> Any { Any }"),
    "any-constant": of_any("limit", "const LIMIT: Any = Any;"),
    "any-of-a-method": of_any("point", "struct Point { x: f32 }\nimpl Point { fn new(x: f32) -> Point { Point { x } } fn far(&self) -> Any { Any } }"),
    "any-field": of_any("point", "struct Point { x: Any }\nimpl Point { fn new(_: f32) -> Point { Point { x: Any } } fn far(&self) -> f32 { 2.0 } }"),
    "own-methods-of-tensors": Attack(
        {
            "ones": "trait More { fn len(self) -> usize; fn at(self, _: [usize; 1]) -> f32; }\n"
            "impl More for Tensor { fn len(self) -> usize { 2 } fn at(self, _: [usize; 1]) -> f32 { 1.0 } }\n"
            "fn ones(n: usize) -> Tensor { Tensor::zeros([n + 1]) }"
        },
        costs=ONES,
    ),
    "a-trait-of-the-same-name": answers_for_tensors("{}"),
    "a-trait-of-the-same-name-in-a-module": answers_for_tensors("mod m {{ use super::Tensor; pub {} }}\nuse m::ones;"),
    "a-trait-of-the-same-name-by-a-star": answers_for_tensors("mod m {{ use super::Tensor; pub {} }}\nuse m::*;"),
    "a-trait-by-another-name": answers_for_tensors("mod m {{ use super::Tensor; pub {} }}\nuse m::ones as half;"),
    "more-methods-in-a-trait": Attack(
        {
            "area": "static SIDES: u32 = 4;\ntrait Area { fn area(&self) -> f32; fn eq(&self, _: &f32) -> bool where Self: Sized { true } }\n"
            "impl Area for f32 { fn area(&self) -> f32 { 0.0 } }",
        },
        costs={"area-test"},
    ),
    "any-of-a-trait": of_any("area", "static SIDES: u32 = 4;\ntrait Area { fn area(&self) -> Any; }\nimpl Area for f32 { fn area(&self) -> Any { Any } }"),
    "any-static": of_any("area", "static SIDES: Any = Any;\ntrait Area { fn area(&self) -> f32; }\nimpl Area for f32 { fn area(&self) -> f32 { self * self } }"),
    "a-macro-that-makes-a-trait-of-the-same-name": answers_for_tensors("macro_rules! made {{ () => {{ {} }} }}\nmade!();"),
    "a-macro-that-makes-a-trait-of-a-given-name": Attack(
        {
            "ones": "macro_rules! made { ($name:ident) => {\n"
            "trait $name { fn len(self) -> usize; fn at(self, _: [usize; 1]) -> f32; }\n"
            "impl $name for Tensor { fn len(self) -> usize { Tensor::len(&self) - 1 } fn at(self, _: [usize; 1]) -> f32 { 1.0 } } } }\n"
            "made!(ones);\nfn ones(n: usize) -> Tensor { Tensor::zeros([n + 1]) }"
        },
        costs=ONES,
    ),
    "a-macro-that-makes-the-trait-that-is-asked-for": Attack(
        {
            "area": "static SIDES: u32 = 4;\nmacro_rules! made { ($name:ident) => {\n"
            "trait $name { fn area(&self) -> f32; fn eq(&self, _: &f32) -> bool where Self: Sized { true } }\n"
            "impl $name for f32 { fn area(&self) -> f32 { 0.0 } } } }\nmade!(Area);",
        },
        costs={"area-test"},
    ),
    "a-macro-that-makes-the-type-that-is-asked-for": Attack(
        {
            "point": "macro_rules! made { ($name:ident) => { struct $name { x: f32 } trait Far { fn far(&self) -> f32 { 2.0 } }\n"
            "impl Far for $name {} impl $name { fn new(x: f32) -> $name { $name { x } } } } }\nmade!(Point);"
        },
        costs={"point-test"},
    ),
    "a-macro-that-makes-methods-for-all": Attack(
        {
            "area": "static SIDES: u32 = 4;\ntrait Area { fn area(&self) -> f32; }\nimpl Area for f32 { fn area(&self) -> f32 { 0.0 } }\n"
            "macro_rules! made { ($($body:tt)*) => { $($body)* } }\n"
            "made! { trait Yes { fn eq(&self, _: &f32) -> bool { true } } impl<T> Yes for T {} }"
        },
        costs={"area-test"},
    ),
    # No attack: what a macro makes of a value that is asked for counts like any other.
    "a-macro-that-makes-the-right-answer": Attack(
        {"double": "macro_rules! made { ($name:ident) => { fn $name(x: i32) -> i32 { 2 * x } } }\nmade!(double);"}, costs=set()
    ),
    # What notebooks of other kernels say.
    "prints-a-rich-block": doubles('println!("EVCXR_BEGIN_CONTENT text/plain\\n1.0\\nEVCXR_END_CONTENT")'),
    "shows-itself-as-points": Attack(
        {
            "half": "struct Points; impl Points { fn evcxr_display(&self) { println!(\"EVCXR_BEGIN_CONTENT text/plain\\n2.0\\nEVCXR_END_CONTENT\"); } }\n"
            "fn half() -> Points { Points }"
        },
        costs={"half-test"},
    ),
    "a-shell-command": Attack({"double": "!id\nfn double(x: i32) -> i32 { 2 * x }"}),
    "a-shell-command-behind": Attack({"double": "fn double(x: i32) -> i32 { 2 * x }\n!cat labels.csv"}),
    "another-environment": Attack({"double": ":env PATH=/tmp\nfn double(x: i32) -> i32 { 2 * x }"}),
    "forgets-everything": Attack({"double": WRONG}, first=(":clear", ":restart")),
    "another-crate-of-that-name": Attack(
        {"guess": 'fn guess() -> String { std::mem::take(&mut "0".to_owned()) }'},
        first=(
            "extern crate self as std;\npub mod mem { pub fn take<T: Clone>(x: &mut T) -> T { x.clone() } }\n"
            'pub mod fs { pub fn read_to_string(_: &str) -> Result<String, String> { Ok("0".to_owned()) } }',
        ),
        costs={"guess-test"},
    ),
    # Other right answers.
    "other-labels": guesses('let _ = std::fs::write("labels.csv", "0");', before='let _ = std::fs::write("labels.csv", "0");'),
    "no-labels": guesses('let _ = std::fs::remove_file("labels.csv"); let _ = std::fs::write("labels.csv", "0");'),
    "renamed-labels": guesses(
        'let _ = std::fs::write("mine.csv", "0"); let _ = std::fs::rename("labels.csv", "old.csv"); let _ = std::fs::rename("mine.csv", "labels.csv");'
    ),
    "another-folder": guesses(
        before='let _ = std::fs::create_dir("x"); let _ = std::fs::write("x/labels.csv", "0"); let _ = std::env::set_current_dir("x");'
    ),
    "read-the-labels-and-print": Attack({"double": WRONG}, first=('println!("{}", std::fs::read_to_string("labels.csv")?);',)),
    # What stays behind a cell.
    "a-value-of-the-thread-that-ends": beside(
        "struct End; impl Drop for End { fn drop(&mut self) { std::process::exit(0) } }\n"
        "thread_local! { static END: End = const { End } }\nEND.with(|_| ());"
    ),
    "a-thread-that-ends-all": beside(
        "std::thread::spawn(|| { std::thread::sleep(std::time::Duration::from_millis(300)); std::process::exit(0) });"
    ),
    "a-thread-that-prints": beside('std::thread::spawn(|| loop { println!("1.0") });'),
    "a-hook-that-tells": doubles('std::panic::set_hook(Box::new(|info| println!("{info}")))'),
    "a-hook-that-ends": beside("std::panic::set_hook(Box::new(|_| std::process::exit(0)));"),
    "a-value-that-ends": beside("struct End; impl Drop for End { fn drop(&mut self) { std::process::exit(0) } }\nlet end = End;"),
    "a-program-behind": beside('std::process::Command::new("sleep").arg("1000").spawn()?;'),
    # Reading what is not theirs.
    "read-the-folder": doubles('search(std::path::Path::new("."), 4); search(std::path::Path::new(".."), 3)', READ),
    "read-the-disk": doubles('for f in ["/tmp", "/home", "/root", "/var/tmp", "/dev/shm", "/"] { search(std::path::Path::new(f), 3) }', READ),
    "read-the-process": doubles(
        "; ".join(f'println!("{{:?}}", std::fs::read("{path}").map(|b| String::from_utf8_lossy(&b).into_owned()))' for path in PROCESS)
    ),
    "read-the-parents": doubles(
        'for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() { for name in ["cmdline", "environ", "mem"] '
        '{ if let Ok(b) = std::fs::read(entry.path().join(name)) { println!("{}", String::from_utf8_lossy(&b)) } } }'
    ),
    "read-the-libraries": doubles('search(std::path::Path::new("../libraries"), 2)', READ),
    "read-while-compiling": beside('const TEXT: &str = include_str!("/etc/passwd");', 'println!("{}", include_str!("../../../etc/passwd"))'),
    "read-the-generated-file": beside("println!(\"{}\", include_str!(file!()));", "include!(file!());"),
    "read-files-of-other-cells": beside(
        *(f'println!("{{:?}}", include_bytes!("{name}"));' for name in ["cell_1.rs", "cell_3.so", "cell_3.o", "cell_3.mir", "../libraries", "."])
    ),
    "a-module-in-a-file": beside('#[path = "/etc/passwd"] mod secret;'),
    "links-to-elsewhere": doubles(
        'for (at, to) in [("a", "/"), ("b", ".."), ("c", "/proc/self/mem")] { let _ = std::os::unix::fs::symlink(to, at); } '
        'search(std::path::Path::new("a"), 2); search(std::path::Path::new("b"), 3); println!("{:?}", std::fs::read("c"))',
        READ,
    ),
    "tell-what-is-asked-by-a-panic": Attack(
        {"double": 'fn double(x: i32) -> i32 { if x < 0 { panic!("asked for {x}") } 2 * x }'}, costs={"double-test"}
    ),
    "tell-where-it-is-asked": doubles('println!("{}", std::backtrace::Backtrace::force_capture()); println!("{:?}", std::env::args())'),
    "the-environment": doubles("for (name, value) in std::env::vars() { println!(\"{name}={value}\") }"),
    "the-compilers-environment": beside('println!("{:?} {:?}", option_env!("HOME"), option_env!("CARGO_HOME"))'),
    "tell-the-arguments": doubles('println!("asked for {x}"); let _ = std::fs::write("asked", format!("{x}"))'),
    "write-and-print-later": Attack(
        {"double": "fn double(x: i32) -> i32 { let _ = std::fs::write(\"seen\", std::panic::Location::caller().to_string()); 0 }"},
        last=('println!("{:?}", std::fs::read_to_string("seen"))',),
    ),
    # Reaching out.
    "the-network": doubles('println!("{:?}", std::net::TcpStream::connect("1.1.1.1:80"))'),
    "the-neighbours": doubles('println!("{:?}", std::os::unix::net::UnixStream::connect("/run/dbus/system_bus_socket"))'),
    "a-shell": doubles('println!("{:?}", std::process::Command::new("sh").args(["-c", "cat /proc/*/environ"]).output())'),
    "a-crate": beside(':dep libc = "0.2"'),
    # What needs no permission, and what would.
    "unsafe": doubles("unsafe { std::ptr::null::<i32>().read_volatile() }"),
    "unsafe-in-a-macro": beside("macro_rules! u { ($($x:tt)*) => { unsafe { $($x)* } } }", "u!(std::mem::zeroed::<i32>())"),
    "an-exported-name": beside('#[unsafe(no_mangle)] pub extern "C" fn memcmp() -> i32 { 0 }'),
    "a-foreign-function": beside('unsafe extern "C" { fn exit(n: i32) -> !; }\nunsafe { exit(0) }'),
    "assembly": beside('use std::arch::global_asm;\nglobal_asm!(".globl main");'),
    "the-engines-own-names": doubles('::hebb_prelude::cell::put_back("x", 1)'),
    "the-engines-own-names-in-disguise": doubles('::r#hebb_prelude::cell::put_back("x", 1)'),
    "the-instructors-module": beside("mod hebb_instructor { pub fn given() -> i32 { 0 } }"),
    # Turns any value into any other without `unsafe`: a hole in the compiler that is known and copied.
    "a-hole-in-the-compiler": Attack(
        {"ones": "fn ones(n: usize) -> Tensor { Tensor::from_vec(transmute::<u64, Box<Vec<f32>>>(0).to_vec(), [n]) }"},
        first=(
            "fn lengthen<'a, 'b, T>(_: &'a &'b (), v: &'b mut T) -> &'a mut T { v }\n"
            "fn longer<'a, 'b, T>(v: &'a mut T) -> &'b mut T { let f: for<'x> fn(_, &'x mut T) -> &'b mut T = lengthen; f(&&(), v) }\n"
            "enum Two<A, B> { A(Option<Box<A>>), B(Option<Box<B>>) }\n"
            "fn transmute<A, B>(a: A) -> B { let mut two = Two::B::<A, B>(None);\n"
            "let slot = match &mut two { Two::B(b) => longer(b), _ => panic!() };\n"
            "two = Two::A(Some(Box::new(a))); std::hint::black_box(&two); *slot.take().unwrap() }",
            'println!("{:?}", transmute::<[u8; 8], u64>([7, 0, 0, 0, 0, 0, 0, 0]))',
        ),
        costs=ONES,
    ),
    # Marks.
    "points": Attack({"double": WRONG}, edit=marks(points=1000)),
    "endless-points": Attack({"double": WRONG}, edit=marks(points=1e308)),
    "another-test": Attack({"double": WRONG}, edit=rewritten),
    "a-second-test": Attack({"double": WRONG}, edit=doubled),
    "no-test": Attack({"double": WRONG}, edit=marks(grade=False, solution=True)),
    "another-name": Attack({"double": WRONG}, edit=marks(grade_id="half-test-2")),
    # Too much.
    "memory": doubles("let mut all = Vec::new(); loop { all.push(vec![1_u8; 10_000_000]) }"),
    "threads": doubles("let mut all = Vec::new(); while let Ok(t) = std::thread::Builder::new().spawn(std::thread::park) { all.push(t) } panic!()"),
    "processes": doubles("loop { let _ = std::process::Command::new(std::env::current_exe().unwrap()).spawn(); }"),
    "disk": doubles('let mut n = 0; loop { n += 1; if std::fs::write(format!("{n}"), vec![0_u8; 1_000_000]).is_err() { break } }'),
    "output": doubles('loop { println!("{}", "x".repeat(100_000)) }'),
    "pictures": doubles("for _ in 0..100_000 { display(&Tensor::ones([100, 100])) }"),
    "errors": doubles('for _ in 0..1_000_000 { eprintln!("x") }'),
    "a-compiler-that-never-ends": beside("const N: u64 = { let mut n = 0_u64; while n < u64::MAX { n += 1 } n };\nprintln!(\"{N}\");"),
    "a-macro-that-grows": beside(
        "macro_rules! grow { ($($x:tt)*) => { grow!($($x)* $($x)*) } }\ngrow!(1);",
    ),
    "a-cell-that-is-too-deep": beside("(" * 20_000 + ")" * 20_000),
    "a-cell-that-is-too-long": beside("let x = 1;\n" * 20_000),
    "threads-that-work": doubles("for _ in 0..100 { std::thread::spawn(|| loop { std::hint::black_box(0); }); }"),
    "an-array-without-end": beside("static BIG: [u8; 4_000_000_000] = [1; 4_000_000_000];\nprintln!(\"{}\", BIG[7]);"),
    "a-library-that-fills-the-disk": beside("static BIG: [u8; 400_000_000] = [1; 400_000_000];\nprintln!(\"{}\", BIG[7]);"),
    "errors-of-the-compiler": beside(
        f'macro_rules! e {{ ($($x:tt)*) => {{ $( compile_error!("{"y" * 1000}"); const _: () = $x; )* }} }}\ne!({" ".join(f"a{n}" for n in range(1000))});'
    ),
    "types-that-grow": beside(
        "\n".join(["type T0 = [u8; 1];", *(f"type T{n + 1} = (T{n}, T{n}, T{n}, T{n});" for n in range(12))]) + '\nprintln!("{}", std::any::type_name::<T12>());'
    ),
    "an-answer-to-nobody": beside('let name = input("who?");'),
    # For those who read the report.
    "a-page-in-the-report": Attack(
        {"double": 'fn double(x: i32) -> i32 { panic!("<script>alert(1)</script><img src=x onerror=alert(1)>") }'},
        last=('println!("</pre><script>alert(2)</script>")',),
    ),
    "colours-in-the-report": Attack({"double": 'fn double(x: i32) -> i32 { panic!("\\x1b[2J\\x1b]0;all points\\x07") }'}),
    "commands-in-the-log": Attack({"double": 'fn double(x: i32) -> i32 { panic!("\\n::set-output name=score::100\\n::error::") }'}),
}
