//! A session whose cells are answered with a transcript of what they show.

use hebb_kernel::engine::rustc::cache::Places;
use hebb_kernel::engine::rustc::{Limits, Options, RustcEngine};
use hebb_kernel::engine::{Cell, CellHost, Engine, Standing};
use hebb_kernel::layout::Layout;
use hebb_kernel::output::{CellError, Output, StreamName};

/// A session on an engine of its own.
pub struct Session {
    /// The engine.
    pub engine: RustcEngine,
    count: u32,
    /// Who writes the cells to come.
    pub standing: Standing,
}

/// What a cell showed, one line or block for each output.
#[derive(Default)]
struct Transcript {
    text: String,
    /// Answers for `input`.
    answers: Vec<String>,
}

impl CellHost for Transcript {
    fn emit(&mut self, output: Output) {
        let line = match output {
            Output::Stream { name, text } => {
                // A line may come in several pieces.
                let starts_line = self.text.is_empty() || self.text.ends_with('\n');
                if name == StreamName::Stderr && starts_line {
                    self.text.push_str("[stderr] ");
                }
                self.text.push_str(&text);
                return;
            }
            Output::Display { data, update, .. } => {
                let kind = if update { "update" } else { "display" };
                let plain = text_plain(&data).to_owned();
                if plain.starts_with("note: ") {
                    plain
                } else {
                    format!("[{kind}] {plain}")
                }
            }
            Output::Result { data, .. } => format!("=> {}", text_plain(&data)),
            Output::Page { data } => format!("[page] {}", text_plain(&data)),
            Output::Clear { .. } => "[clear]".to_owned(),
            Output::Comm(message) => format!("[comm {}] {}", message.id, message.data),
            Output::CommTarget(target) => format!("[comm target] {target}"),
        };
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str("⏎\n");
        }
        self.text.push_str(&line);
        self.text.push('\n');
    }

    fn input(&mut self, prompt: &str, _password: bool) -> Result<String, String> {
        self.text.push_str(&format!("[input] {prompt}\n"));
        if self.answers.is_empty() {
            return Err("nobody is here".to_owned());
        }
        Ok(self.answers.remove(0))
    }
}

impl Session {
    /// A fresh session, without a cache of compiled cells: what is tested is compiled.
    pub fn new() -> Session {
        Session::start(layout(), Places::default())
    }

    /// A session with these files and this cache.
    pub fn start(layout: Layout, cache: Places) -> Session {
        Session::with(Options {
            layout: Some(layout),
            cache,
            limits: None,
        })
    }

    /// A session whose cells are strangers'.
    pub fn confined(limits: Limits) -> Session {
        Session::with(Options {
            layout: Some(layout()),
            cache: Places::default(),
            limits: Some(limits),
        })
    }

    fn with(options: Options) -> Session {
        let engine = RustcEngine::start(options).expect("the engine starts");
        Session {
            engine,
            count: 0,
            standing: Standing::Learner,
        }
    }

    /// Runs a cell and gives what it showed; an error is shown without colours.
    pub fn run(&mut self, code: &str) -> String {
        self.run_answering(code, &[])
    }

    /// Runs a cell that asks.
    pub fn run_answering(&mut self, code: &str, answers: &[&str]) -> String {
        let (mut text, result) = self.outcome(code, answers);
        if let Err(error) = result {
            if !text.is_empty() && !text.ends_with('\n') {
                text.push_str("⏎\n");
            }
            text.push_str(&plain(&error.traceback.join("\n")));
        }
        text.trim_end().to_owned()
    }

    /// Runs a cell and gives what it showed and its end.
    pub fn outcome(&mut self, code: &str, answers: &[&str]) -> (String, Result<(), CellError>) {
        self.count += 1;
        let mut transcript = Transcript {
            answers: answers.iter().map(ToString::to_string).collect(),
            ..Transcript::default()
        };
        let cell = Cell {
            standing: self.standing,
            ..Cell::new(self.count, code)
        };
        let result = self.engine.execute(&cell, &mut transcript);
        (transcript.text, result)
    }

    /// `name: type` of each variable.
    pub fn variables(&self) -> String {
        let variables: Vec<String> = self
            .engine
            .variables()
            .iter()
            .map(|variable| format!("{}: {}", variable.name, variable.type_name))
            .collect();
        variables.join(", ")
    }
}

/// The files of the build under test.
pub fn layout() -> Layout {
    Layout {
        program: env!("CARGO_BIN_EXE_hebb").into(),
        ..Layout::find().expect("the prelude is built before the tests run")
    }
}

/// Runs cells in a fresh session and checks what each shows, in full.
#[track_caller]
pub fn check(rows: &[(&str, &str)]) {
    let mut session = Session::new();
    for (number, (code, shown)) in rows.iter().enumerate() {
        let said = session.run(code);
        assert_eq!(said, *shown, "In [{}]: {code}", number + 1);
    }
}

/// The text without its colours.
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

fn text_plain(data: &hebb_kernel::output::MimeBundle) -> &str {
    data["text/plain"].as_str().expect("text/plain is text")
}
