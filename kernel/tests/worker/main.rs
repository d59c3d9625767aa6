//! The worker against real processes: cells compiled by rustc, run by `hebb worker` with a double of the prelude.
#![allow(clippy::unwrap_used)] // Clippy knows only functions marked #[test] as tests; the ones they share are tests too.

mod cells;
mod chained;
mod comms;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, mpsc};
use std::time::{Duration, Instant};

use hebb_kernel::engine::{CellHost, Interrupter};
use hebb_kernel::layout::Layout;
use hebb_kernel::output::{Output, StreamName};
use hebb_kernel::worker::{After, Ran, RunOutcome, Worker};

use cells::{LAYOUT, cell};

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

fn ran(outcome: RunOutcome, after: After) -> Ran {
    Ran {
        outcome,
        after,
        unprotected: None,
    }
}

fn ok() -> Ran {
    let outcome = RunOutcome::Ok {
        result: None,
        notes: vec![],
    };
    ran(outcome, After::Committed)
}

fn died(what: &str) -> Ran {
    ran(RunOutcome::Died { what: what.into() }, After::Undone)
}

fn failed(message: &str) -> Ran {
    let outcome = RunOutcome::Failed {
        message: message.into(),
        type_name: String::new(),
        line: 0,
        column: 0,
        file: String::new(),
    };
    ran(outcome, After::Undone)
}

/// A worker whose variable is 7.
fn worker() -> Worker {
    static SEVEN: LazyLock<PathBuf> = LazyLock::new(|| cell("seven", "unsafe { test_count(7) };"));
    let mut worker = Worker::spawn(&LAYOUT, None).unwrap();
    assert_eq!(worker.run(&SEVEN, &[], &mut Seen::default()), ok());
    worker
}

/// Runs one cell in a fresh worker.
fn run(name: &str, code: &str) -> (Ran, Seen, Worker) {
    let mut worker = worker();
    let mut seen = Seen::default();
    let outcome = worker.run(&cell(name, code), &[], &mut seen);
    (outcome, seen, worker)
}

/// The worker still runs cells, and nothing has happened to its variable.
fn lives_on(worker: &mut Worker) {
    assert_eq!(count(worker), (ok(), "7\n".into()));
}

/// Prints the variable of the double.
fn count(worker: &mut Worker) -> (Ran, String) {
    static COUNT: LazyLock<PathBuf> =
        LazyLock::new(|| cell("count", r#"println!("{}", unsafe { test_count(0) });"#));
    let mut seen = Seen::default();
    let ran = worker.run(&COUNT, &[], &mut seen);
    (ran, seen.text(StreamName::Stdout))
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
    let end = RunOutcome::Ok {
        result: Some((plain("2"), Default::default())),
        notes: vec!["look".into()],
    };
    assert_eq!(outcome, ran(end, After::Committed));
}

#[test]
fn every_death_is_told_in_words_and_nothing_has_happened() {
    let rows = [
        ("exit", "std::process::exit(0)", died("exit(0)")),
        ("abort", "std::process::abort()", died("abort (signal 6)")),
        (
            "segfault",
            "unsafe { *std::hint::black_box(8 as *mut u8) = 1 }",
            died("segmentation fault (signal 11)"),
        ),
        (
            "overflow",
            "recurse(1);",
            died("stack overflow\nhint: does a function call itself without an end?"),
        ),
        (
            "shouted",
            r#"raw().write_all(b"hello kernel").unwrap(); loop { std::thread::park() }"#,
            died("it wrote something else to descriptor 3, its channel to the kernel"),
        ),
        ("error", "unsafe { test_fail() }", failed("failed")),
        (
            "channel",
            "unsafe { close(3) };",
            failed("the cell closed or replaced descriptor 3, over which it talks to the kernel"),
        ),
        (
            "everything",
            "for fd in 0..200 { unsafe { close(fd) }; }",
            died("it closed the descriptors over which it talks to the kernel"),
        ),
        (
            "replaced",
            r#"unsafe { close(1) }; std::mem::forget(std::fs::File::open("/dev/null"));"#,
            failed("the cell closed or replaced descriptor 1, its standard output"),
        ),
        (
            "thread",
            "std::thread::spawn(|| std::process::exit(3)).join().unwrap();",
            died("exit(3)"),
        ),
    ];
    for (name, code, end) in rows {
        let code = format!("unsafe {{ test_count(1) }}; {code}");
        let (outcome, _, mut worker) = run(name, &code);
        assert_eq!(outcome, end, "{name}");
        lives_on(&mut worker);
    }
}

#[test]
fn a_copy_that_a_cell_makes_of_itself_has_no_say() {
    // The copy comes to the cell's end as well, first or last; it is no second process that holds the variables.
    let code = "unsafe { if fork() == 0 { test_count(5); } else { test_count(1); } }";
    let (outcome, _, mut worker) = run("forked", code);
    assert_eq!(outcome, ok());
    let (outcome, text) = count(&mut worker);
    assert_eq!(text, "8\n");
    let why = "a process that an earlier cell started has not been waited for";
    assert_eq!(outcome.unprotected.as_deref(), Some(why));
}

#[test]
fn beside_a_running_thread_a_cell_runs_without_a_snapshot() {
    let start = "std::thread::spawn(|| loop { std::thread::park() });";
    let (outcome, _, mut worker) = run("background", start);
    assert_eq!(outcome, ok());
    let why = "a thread that an earlier cell started is still running";
    let (outcome, text) = count(&mut worker);
    assert_eq!(
        (outcome.unprotected.as_deref(), text.as_str()),
        (Some(why), "7\n")
    );
    let outcome = worker.run(
        &cell("background_fail", "unsafe { test_count(1); test_fail() }"),
        &[],
        &mut Seen::default(),
    );
    assert_eq!(outcome.after, After::Committed);
    assert_eq!(count(&mut worker).1, "8\n");
    let outcome = worker.run(
        &cell("background_exit", "std::process::exit(4)"),
        &[],
        &mut Seen::default(),
    );
    let end = Ran {
        unprotected: Some(why.into()),
        ..ran(
            RunOutcome::Died {
                what: "exit(4)".into(),
            },
            After::Lost,
        )
    };
    assert_eq!(outcome, end);
    assert_eq!(count(&mut worker), (ok(), "0\n".into()));
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
fn what_a_failed_cell_started_ends_with_it() {
    for (name, more) in [("child", ""), ("grandchild", "sh -c ")] {
        let code = format!(
            r#"let child = std::process::Command::new("sh").args(["-c", "{more}'sleep 1000'"]).spawn().unwrap();
            println!("{{}}", child.id()); std::process::exit(0)"#
        );
        let (outcome, seen, mut worker) = run(name, &code);
        assert_eq!(outcome, died("exit(0)"));
        lives_on(&mut worker);
        let child = PathBuf::from("/proc").join(seen.text(StreamName::Stdout).trim());
        assert!(ends(&child), "{name}");
    }
}

#[test]
fn with_the_worker_all_ends_that_cells_have_started() {
    // Even what has made itself independent.
    let code = r#"use std::os::unix::process::CommandExt;
        let mut command = std::process::Command::new("sleep");
        unsafe { command.arg("1000").pre_exec(|| { setsid(); Ok(()) }) };
        print!("{}", command.spawn().unwrap().id())"#;
    let (outcome, seen, worker) = run("independent", code);
    assert_eq!(outcome, ok());
    let child = PathBuf::from("/proc").join(seen.text(StreamName::Stdout));
    assert!(child.exists());
    drop(worker);
    assert!(ends(&child));
}

/// Whether the process of this folder in `/proc` is gone soon: one that was killed is listed until its parent has looked.
fn ends(process: &Path) -> bool {
    let asked = Instant::now();
    while process.exists() && asked.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    !process.exists()
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
    let mut worker = worker();
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
    assert_eq!(worker.run(&library, &[], &mut host), ok());
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
        let mut worker = worker();
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
            worker.run(&library, &[], &mut host),
            ran(RunOutcome::Interrupted { killed: true }, After::Undone),
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
fn an_interrupt_after_the_last_line_comes_too_late() {
    let mut worker = worker();
    // The half character is shown when the cell's end has come, because more could have followed.
    let library = cell("at_the_end", r#"std::io::stdout().write_all(b"\xe2").unwrap();"#);
    let mut host = Impatient(worker.interrupter());
    assert_eq!(worker.run(&library, &[], &mut host), ok());
    lives_on(&mut worker);
}

#[test]
fn an_interrupt_without_a_cell_does_nothing() {
    let mut worker = worker();
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
    let mut worker = Worker::spawn(&LAYOUT, None).unwrap();
    for (answer, key, value) in [
        (Some("Ada"), "value", "name? true:Ada"),
        (None, "error", "nobody is there"),
    ] {
        let mut host = Seen {
            answer: answer.map(Into::into),
            ..Seen::default()
        };
        assert_eq!(worker.run(&library, &[], &mut host), ok());
        let reply: serde_json::Value = serde_json::from_str(&host.text(StreamName::Stdout)).unwrap();
        assert_eq!(reply[key], value);
    }
}

#[test]
fn names_are_forgotten_with_the_cell() {
    let mut host = Seen::default();
    let code = r#"print!("{}", unsafe { std::ffi::CStr::from_ptr(test_forgotten()) }.to_str().unwrap());"#;
    let names = ["x".into(), "größe".into()];
    assert_eq!(worker().run(&cell("forget", code), &names, &mut host), ok());
    assert_eq!(host.text(StreamName::Stdout), r#"["x","größe"]"#);
}

#[test]
fn a_library_that_cannot_be_loaded_fails_the_cell_only() {
    let mut worker = worker();
    let ran = worker.run(Path::new("/nonexistent/cell.so"), &[], &mut Seen::default());
    let RunOutcome::Failed { message, .. } = ran.outcome else {
        panic!("{ran:?}")
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
    let mut worker = Worker::spawn(&layout, None).unwrap();
    for _ in 0..2 {
        let ran = worker.run(Path::new("/nonexistent/cell.so"), &[], &mut Seen::default());
        let RunOutcome::Died { what } = ran.outcome else {
            panic!("{ran:?}")
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
    assert_eq!(count(&mut worker), (ok(), "0\n".into()));
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
