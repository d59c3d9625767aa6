//! The worker against real processes: cells compiled by rustc, run by `hebb worker` with a double of the prelude.
#![allow(clippy::unwrap_used)] // Clippy knows only functions marked #[test] as tests; the ones they share are tests too.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, mpsc};

use hebb_kernel::engine::{CellHost, Interrupter};
use hebb_kernel::layout::Layout;
use hebb_kernel::output::{Output, StreamName};
use hebb_kernel::worker::{RunOutcome, Worker};

/// The compiler and the double, made once for all tests.
static LAYOUT: LazyLock<Layout> = LazyLock::new(|| {
    let ask = |what| {
        let answer = Command::new("rustc").args(["--print", what]).output().unwrap();
        PathBuf::from(String::from_utf8(answer.stdout).unwrap().trim())
    };
    let standard_library = std::fs::read_dir(ask("target-libdir"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().contains("/libstd-") && path.extension().unwrap() == "so")
        .unwrap();
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let rustc = ask("sysroot").join("bin/rustc");
    let prelude = directory.join("libtest_prelude.so");
    let source =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo names the package's folder"))
            .join("tests/worker/prelude.rs");
    compile(&rustc, &source, &prelude);
    Layout {
        program: env!("CARGO_BIN_EXE_hebb").into(),
        prelude,
        dependencies: directory.clone(),
        api: directory.join("api.json"),
        rustc,
        standard_library,
    }
});

fn compile(rustc: &Path, source: &Path, library: &Path) {
    let arguments = [
        "--edition=2024",
        "--crate-type=cdylib",
        "-Cprefer-dynamic",
        "-Aunused",
    ];
    let done = Command::new(rustc)
        .args(arguments)
        .arg("-o")
        .arg(library)
        .arg(source)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Compiles a cell whose body is `code`.
fn cell(name: &str, code: &str) -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (source, library) = (
        directory.join(format!("{name}.rs")),
        directory.join(format!("{name}.so")),
    );
    let text = format!(
        r#"#![allow(unconditional_recursion)]
        use std::io::Write;
        unsafe extern "C" {{
            fn test_frame(json: *const std::ffi::c_char);
            fn test_reply() -> *const std::ffi::c_char;
            fn test_interrupted() -> bool;
            fn test_forgotten() -> *const std::ffi::c_char;
            fn close(descriptor: i32) -> i32;
        }}
        fn raw() -> std::mem::ManuallyDrop<std::fs::File> {{
            use std::os::fd::FromRawFd;
            std::mem::ManuallyDrop::new(unsafe {{ std::fs::File::from_raw_fd(3) }})
        }}
        fn frame(json: &std::ffi::CStr) {{ unsafe {{ test_frame(json.as_ptr()) }} }}
        fn recurse(n: u64) -> u64 {{ let big = std::hint::black_box([n; 64]); recurse(n + 1) + big[3] }}
        #[unsafe(no_mangle)] pub extern "C" fn hebb_cell() {{ {code} }}"#
    );
    std::fs::write(&source, text).unwrap();
    compile(&LAYOUT.rustc, &source, &library);
    library
}

/// Keeps what a cell showed, with neighbouring text joined.
#[derive(Default)]
struct Seen {
    outputs: Vec<Output>,
    answer: Option<String>,
    told: Option<mpsc::Sender<()>>,
}

impl CellHost for Seen {
    fn emit(&mut self, output: Output) {
        if let Some(told) = &self.told {
            // The test may have stopped to listen.
            let _ = told.send(());
        }
        match (self.outputs.last_mut(), output) {
            (
                Some(Output::Stream { name, text }),
                Output::Stream {
                    name: new,
                    text: more,
                },
            ) if *name == new => {
                text.push_str(&more);
            }
            (_, output) => self.outputs.push(output),
        }
    }

    fn input(&mut self, prompt: &str, password: bool) -> Result<String, String> {
        self.answer
            .clone()
            .map(|answer| format!("{prompt}{password}:{answer}"))
            .ok_or_else(|| "nobody is there".into())
    }
}

impl Seen {
    fn text(&self, wanted: StreamName) -> String {
        let texts = self.outputs.iter().filter_map(|output| match output {
            Output::Stream { name, text } if *name == wanted => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

fn ok() -> RunOutcome {
    RunOutcome::Ok {
        result: None,
        notes: vec![],
    }
}

fn died(what: &str) -> RunOutcome {
    RunOutcome::Died { what: what.into() }
}

/// Runs one cell in a fresh worker.
fn run(name: &str, code: &str) -> (RunOutcome, Seen, Worker) {
    let mut worker = Worker::spawn(&LAYOUT).unwrap();
    let mut seen = Seen::default();
    let outcome = worker.run(&cell(name, code), &mut seen);
    (outcome, seen, worker)
}

/// The worker still runs cells.
fn lives_on(worker: &mut Worker) {
    static ALIVE: LazyLock<PathBuf> = LazyLock::new(|| cell("lives_on", r#"println!("alive");"#));
    let mut seen = Seen::default();
    assert_eq!(worker.run(&ALIVE, &mut seen), ok());
    assert_eq!(seen.text(StreamName::Stdout), "alive\n");
}

#[test]
fn the_order_on_the_screen_is_the_order_in_the_program() {
    let (outcome, seen, _worker) = run(
        "order",
        r#"
        print!("a");
        frame(c"{\"clear\":{\"nonce\":\"NONCE\",\"wait\":true}}");
        print!("b");
        frame(c"{\"clear\":{\"nonce\":\"wrong\",\"wait\":true}}");
        println!("é");
        frame(c"{\"display\":{\"nonce\":\"NONCE\",\"data\":{\"text/plain\":\"d\"},\"metadata\":{},\"display_id\":\"x\",\"update\":false}}");
        frame(c"{\"note\":{\"nonce\":\"NONCE\",\"text\":\"look\"}}");
        frame(c"{\"result\":{\"nonce\":\"NONCE\",\"data\":{\"text/plain\":\"2\"},\"metadata\":{}}}");
        eprint!("e");"#,
    );
    let plain = |text: &str| {
        serde_json::json!({ "text/plain": text })
            .as_object()
            .unwrap()
            .clone()
    };
    let stream = |name, text: &str| Output::Stream {
        name,
        text: text.into(),
    };
    let display = Output::Display {
        data: plain("d"),
        metadata: Default::default(),
        display_id: Some("x".into()),
        update: false,
    };
    assert_eq!(
        seen.outputs,
        [
            stream(StreamName::Stdout, "a"),
            Output::Clear { wait: true },
            stream(StreamName::Stdout, "bé\n"),
            display,
            stream(StreamName::Stderr, "e"),
        ]
    );
    assert_eq!(
        outcome,
        RunOutcome::Ok {
            result: Some((plain("2"), Default::default())),
            notes: vec!["look".into()]
        }
    );
}

#[test]
fn every_death_is_told_in_words_and_the_next_cell_runs() {
    let rows = [
        ("exit", "std::process::exit(0)", "exit(0)"),
        ("abort", "std::process::abort()", "abort (signal 6)"),
        (
            "segfault",
            "unsafe { *std::hint::black_box(8 as *mut u8) = 1 }",
            "segmentation fault (signal 11)",
        ),
        (
            "overflow",
            "recurse(1);",
            "stack overflow\nhint: does a function call itself without an end?",
        ),
        (
            "shouted",
            r#"raw().write_all(b"hello kernel").unwrap(); loop { std::thread::park() }"#,
            "it wrote something else to descriptor 3, its channel to the kernel",
        ),
    ];
    for (name, code, what) in rows {
        let (outcome, _, mut worker) = run(name, code);
        assert_eq!(outcome, died(what), "{name}");
        lives_on(&mut worker);
    }
}

#[test]
fn a_cell_that_closes_the_control_channel_fails() {
    let (outcome, _, mut worker) = run(
        "closed",
        "use std::os::fd::AsRawFd; unsafe { close(raw().as_raw_fd()) };",
    );
    let RunOutcome::Failed { message, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        message,
        "the cell closed descriptor 3, over which it talks to the kernel"
    );
    lives_on(&mut worker);
}

#[test]
fn frames_that_mean_nothing_are_skipped() {
    let (outcome, _, mut worker) = run(
        "nonsense",
        r#"frame(c"nonsense"); frame(c"{\"done\":{\"nonce\":\"NONCE\",\"outcome\":\"great\"}}");"#,
    );
    assert_eq!(outcome, ok());
    lives_on(&mut worker);
}

#[test]
fn the_last_words_of_a_dying_cell_are_shown() {
    let (outcome, seen, _worker) = run(
        "last_words",
        r#"print!("un"); std::io::stdout().flush().unwrap(); eprint!("fin"); std::process::exit(3)"#,
    );
    assert_eq!(outcome, died("exit(3)"));
    assert_eq!(
        (seen.text(StreamName::Stdout), seen.text(StreamName::Stderr)),
        ("un".into(), "fin".into())
    );
}

#[test]
fn a_process_that_a_cell_started_does_not_hide_its_end() {
    let code = r#"std::process::Command::new("sleep").arg("1000").spawn().unwrap(); std::process::exit(0)"#;
    assert_eq!(run("child", code).0, died("exit(0)"));
}

#[test]
fn much_output_comes_whole() {
    let code = r#"let mut out = std::io::stdout().lock();
        for i in 0..60_000 { writeln!(out, "{i:099}").unwrap(); }"#;
    let (outcome, seen, _worker) = run("much", code);
    assert_eq!(outcome, ok());
    let text = seen.text(StreamName::Stdout);
    assert_eq!(text.len(), 6_000_000);
    assert!(text.ends_with("059999\n"));
}

#[test]
fn a_prompt_without_a_newline_is_seen_while_the_cell_runs() {
    let mut worker = Worker::spawn(&LAYOUT).unwrap();
    let library = cell(
        "prompt",
        r#"print!("10%\r"); std::io::stdout().flush().unwrap(); while !unsafe { test_interrupted() } { std::thread::yield_now() }"#,
    );
    let interrupter = worker.interrupter();
    let (told, seen) = mpsc::channel();
    let stopper = std::thread::spawn(move || {
        seen.recv().unwrap();
        interrupter.interrupt();
    });
    let mut host = Seen {
        told: Some(told),
        ..Seen::default()
    };
    // It ends only because the text was seen while it ran.
    assert_eq!(worker.run(&library, &mut host), ok());
    assert_eq!(host.text(StreamName::Stdout), "10%\r");
    stopper.join().unwrap();
    lives_on(&mut worker);
}

#[test]
fn a_cell_that_does_not_listen_is_killed_at_the_second_interrupt_or_after_two_seconds() {
    let library = cell(
        "deaf",
        r#"print!("!"); std::io::stdout().flush().unwrap(); loop { std::thread::park() }"#,
    );
    for times in [1, 2] {
        let mut worker = Worker::spawn(&LAYOUT).unwrap();
        let interrupter = worker.interrupter();
        let (told, seen) = mpsc::channel();
        let stopper = std::thread::spawn(move || {
            seen.recv().unwrap();
            for _ in 0..times {
                interrupter.interrupt();
            }
        });
        let mut host = Seen {
            told: Some(told),
            ..Seen::default()
        };
        assert_eq!(
            worker.run(&library, &mut host),
            RunOutcome::Interrupted { killed: true },
            "{times}"
        );
        stopper.join().unwrap();
        lives_on(&mut worker);
    }
}

/// Interrupts twice as soon as it is shown something.
struct Impatient(std::sync::Arc<dyn Interrupter>);

impl CellHost for Impatient {
    fn emit(&mut self, _: Output) {
        self.0.interrupt();
        self.0.interrupt();
    }

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err("nobody is there".into())
    }
}

#[test]
fn a_cell_that_is_killed_after_its_last_line_is_interrupted_too() {
    let mut worker = Worker::spawn(&LAYOUT).unwrap();
    // The half character is shown when the cell's end has come, because more could have followed.
    let library = cell("at_the_end", r#"std::io::stdout().write_all(b"\xe2").unwrap();"#);
    let mut host = Impatient(worker.interrupter());
    assert_eq!(
        worker.run(&library, &mut host),
        RunOutcome::Interrupted { killed: true }
    );
    lives_on(&mut worker);
}

#[test]
fn an_interrupt_without_a_cell_does_nothing() {
    let mut worker = Worker::spawn(&LAYOUT).unwrap();
    worker.interrupter().interrupt();
    lives_on(&mut worker);
    worker.interrupter().interrupt();
    lives_on(&mut worker);
}

#[test]
fn input_is_answered_or_refused() {
    let code = r#"frame(c"{\"input\":{\"nonce\":\"NONCE\",\"prompt\":\"name? \",\"password\":true}}");
        print!("{}", unsafe { std::ffi::CStr::from_ptr(test_reply()) }.to_str().unwrap());"#;
    let library = cell("input", code);
    let mut worker = Worker::spawn(&LAYOUT).unwrap();
    for (answer, key, value) in [
        (Some("Ada"), "value", "name? true:Ada"),
        (None, "error", "nobody is there"),
    ] {
        let mut host = Seen {
            answer: answer.map(Into::into),
            ..Seen::default()
        };
        assert_eq!(worker.run(&library, &mut host), ok());
        let reply: serde_json::Value = serde_json::from_str(&host.text(StreamName::Stdout)).unwrap();
        assert_eq!(reply[key], value);
    }
}

#[test]
fn names_are_forgotten_before_the_next_cell() {
    let mut worker = Worker::spawn(&LAYOUT).unwrap();
    worker.forget(&["x".into(), "größe".into()]);
    let mut host = Seen::default();
    let code = r#"print!("{}", unsafe { std::ffi::CStr::from_ptr(test_forgotten()) }.to_str().unwrap());"#;
    assert_eq!(worker.run(&cell("forget", code), &mut host), ok());
    assert_eq!(host.text(StreamName::Stdout), r#"["x","größe"]"#);
}

#[test]
fn a_cell_that_closes_its_streams_still_ends() {
    let code =
        "use std::os::fd::FromRawFd; for fd in [1, 2] { drop(unsafe { std::fs::File::from_raw_fd(fd) }) }";
    // The second descriptor opened by anything later would take the number; the cell ends right away.
    assert_eq!(run("close", code).0, ok());
}

#[test]
fn a_library_that_cannot_be_loaded_fails_the_cell_only() {
    let mut worker = Worker::spawn(&LAYOUT).unwrap();
    let outcome = worker.run(Path::new("/nonexistent/cell.so"), &mut Seen::default());
    let RunOutcome::Failed { message, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert!(
        message
            .starts_with("cannot load /nonexistent/cell.so: /nonexistent/cell.so: cannot open shared object"),
        "{message}"
    );
    lives_on(&mut worker);
}

#[test]
fn a_worker_that_cannot_start_says_why_each_time() {
    let layout = Layout {
        prelude: "/nonexistent/libhebb_prelude.so".into(),
        ..LAYOUT.clone()
    };
    let mut worker = Worker::spawn(&layout).unwrap();
    for _ in 0..2 {
        let outcome = worker.run(Path::new("/nonexistent/cell.so"), &mut Seen::default());
        let RunOutcome::Died { what } = outcome else {
            panic!("{outcome:?}")
        };
        assert!(
            what.starts_with("it could not start: hebb: cannot load /nonexistent/libhebb_prelude.so"),
            "{what}"
        );
    }
}

#[test]
fn a_death_between_cells_is_told_before_the_next_one() {
    let (outcome, _, mut worker) = run("quiet", "");
    assert_eq!(outcome, ok());
    let kill = Command::new("kill")
        .args(["-9", &worker.process_id().unwrap().to_string()])
        .status()
        .unwrap();
    assert!(kill.success());
    let told = std::iter::repeat_with(|| worker.ended())
        .flatten()
        .next()
        .unwrap();
    assert!(told.starts_with("killed (signal 9)"), "{told}");
    lives_on(&mut worker);
}

#[test]
fn the_worker_is_not_for_people() {
    let output = Command::new(env!("CARGO_BIN_EXE_hebb"))
        .args(["worker", "/a", "/b"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(text, @"
    hebb: there is no control channel
    hint: `hebb worker` is started by the kernel, not by hand
    ");
}
