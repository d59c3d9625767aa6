//! The server's life, with one that behaves as told: `fake_server.py`. And one real `rust-analyzer` where there is one.

use std::ffi::OsStr;

use super::*;
use crate::engine::Variable;

/// Longer than any machine needs; where a test waits in vain, this ends it.
const LONG: Duration = Duration::from_secs(120);

fn settings(behaviour: &str) -> Settings {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine/assist/analyzer/fake_server.py");
    Settings {
        command: ["python3".as_ref(), script.as_os_str(), behaviour.as_ref()]
            .map(OsStr::to_os_string)
            .to_vec(),
        sysroot: PathBuf::from("/nowhere"),
        answer: LONG,
        idle: LONG,
        pause: LONG,
        greeting: LONG,
    }
}

fn session() -> SessionView {
    SessionView {
        variables: vec![Variable {
            name: "größe".to_string(),
            type_name: "f32".to_string(),
        }],
        ..SessionView::default()
    }
}

impl Analyzer {
    /// Waits until the state is as wanted.
    fn wait(&self, what: &str, wanted: impl Fn(&State) -> bool) {
        let state = self.shared.lock();
        let (state, waited) = self
            .shared
            .changed
            .wait_timeout_while(state, LONG, |state| !wanted(state))
            .expect("no panic");
        assert!(!waited.timed_out(), "{what}: in vain");
        drop(state);
    }

    /// Asks once, so that the server starts, and waits until it can be asked.
    fn started(behaviour: &str) -> Analyzer {
        Analyzer::started_with(settings(behaviour))
    }

    fn started_with(settings: Settings) -> Analyzer {
        let analyzer = Analyzer::new(settings);
        assert_eq!(
            analyzer.complete(&session(), "", 0, ""),
            [],
            "nobody waits for the start"
        );
        analyzer.wait("ready", |state| {
            state.server.as_ref().is_some_and(|server| server.can_answer())
        });
        analyzer
    }

    fn ask_here(&self, code: &str) -> Vec<String> {
        let found = self.complete(&session(), code, code.len(), "");
        found.into_iter().map(|one| one.signature).collect()
    }

    fn starts(&self) -> usize {
        self.shared.lock().starts
    }

    fn process(&self) -> u32 {
        self.shared
            .lock()
            .server
            .as_ref()
            .expect("a server")
            .client
            .process_id()
    }
}

fn lives(process: u32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

#[test]
fn questions_reach_the_text_that_they_are_about() {
    for behaviour in ["good", "wide", "asking", "overtaken"] {
        let analyzer = Analyzer::started(behaviour);
        assert_eq!(
            analyzer.ask_here("let ß = 1;\ngröße.sq"),
            ["größe.sq"],
            "{behaviour}"
        );
        assert_eq!(
            analyzer.ask_here("größe.abs().x"),
            ["größe.abs().x"],
            "{behaviour}"
        );
        let found = analyzer.inspect(&session(), "größe", 3, true).expect("a hover");
        assert_eq!(found.plain, "gr", "{behaviour}");
        assert_eq!(analyzer.starts(), 1, "{behaviour}");
    }
}

#[test]
fn one_that_still_loads_is_not_waited_for() {
    let analyzer = Analyzer::new(settings("loading"));
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    analyzer.wait("started", |state| state.server.is_some());
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    assert_eq!(analyzer.starts(), 1);
}

#[test]
fn one_that_is_slow_costs_no_more_than_the_limit() {
    let analyzer = Analyzer::started_with(Settings {
        answer: Duration::from_millis(50),
        ..settings("slow")
    });
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    assert_eq!(analyzer.ask_here("x.y"), Vec::<String>::new());
    let process = analyzer.process();
    assert!(lives(process));
    drop(analyzer);
    assert!(!lives(process));
}

#[test]
fn one_that_reads_nothing_blocks_nobody() {
    let analyzer = Analyzer::started_with(Settings {
        answer: Duration::from_millis(1),
        ..settings("deaf")
    });
    // More than a pipe holds, and more messages than may wait.
    for number in 0..200 {
        let code = format!("{number}{}", " ".repeat(4_000));
        assert_eq!(analyzer.ask_here(&code), Vec::<String>::new());
    }
    analyzer.wait("given up", |state| state.server.is_none());
    assert_eq!(analyzer.starts(), 1);
}

#[test]
fn one_that_is_just_starting_ends_with_the_session() {
    let analyzer = Analyzer::new(settings("silent"));
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    analyzer.wait("started", |state| state.greeted.is_some());
    let process = analyzer
        .shared
        .lock()
        .greeted
        .as_ref()
        .expect("a client")
        .process_id();
    drop(analyzer);
    assert!(!lives(process));
}

#[test]
fn one_that_refuses_is_asked_again() {
    let analyzer = Analyzer::started("refusing");
    for _ in 0..3 {
        assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    }
    assert_eq!(analyzer.starts(), 1);
}

#[test]
fn one_that_dies_or_talks_nonsense_is_not_started_again_at_once() {
    for behaviour in ["dying", "garbage"] {
        let analyzer = Analyzer::started(behaviour);
        let process = analyzer.process();
        assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
        analyzer.wait("ended", |state| state.server.is_none() && !state.kept);
        assert!(!lives(process), "{behaviour}");
        for _ in 0..3 {
            assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
        }
        assert_eq!(analyzer.starts(), 1, "{behaviour}");
    }
    let analyzer = Analyzer::started_with(Settings {
        pause: Duration::ZERO,
        ..settings("dying")
    });
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    analyzer.wait("ended", |state| state.server.is_none() && !state.kept);
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    analyzer.wait("started again", |state| state.starts == 2);
}

#[test]
fn one_that_cannot_start_is_nothing() {
    let nothing = vec![OsString::from("/nowhere/rust-analyzer")];
    let quick = Duration::from_millis(50);
    for settings in [
        Settings {
            command: nothing,
            ..settings("")
        },
        settings("missing"),
        Settings {
            greeting: quick,
            ..settings("silent")
        },
    ] {
        let analyzer = Analyzer::new(settings);
        assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
        analyzer.wait("given up", |state| !state.kept);
        assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
        assert_eq!(analyzer.starts(), 1);
    }
}

#[test]
fn one_that_nobody_asks_is_stopped_and_comes_back() {
    let analyzer = Analyzer::new(Settings {
        idle: Duration::from_millis(1),
        ..settings("good")
    });
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    analyzer.wait("stopped", |state| {
        state.starts == 1 && !state.kept && state.server.is_none()
    });
    assert_eq!(analyzer.ask_here("x."), Vec::<String>::new());
    analyzer.wait("started again", |state| state.starts == 2);
}

#[test]
fn many_may_ask_at_once() {
    let analyzer = Analyzer::started("good");
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                for found in analyzer.ask_here("größe.a") {
                    assert_eq!(found, "größe.a");
                }
            });
        }
    });
    assert_eq!(analyzer.ask_here("größe.b"), ["größe.b"]);
}
