//! evcxr, on a thread of its own.
//!
//! It takes one text after another and compiles it. Whatever it wants to be run comes out as an [`Event`], between the order and
//! its end; the engine has it run and gives back an [`Answer`]. So evcxr waits for the worker without knowing it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use evcxr::{CommandContext, Error, EvalContext};

use super::prelude::Prelude;
use super::protocol::{Answer, END, FRESH, Request};
use super::stub::{FOLDER, Pipes};
use crate::engine::Variable;

/// Stack of evcxr's thread, in bytes of address space: its parsers know no bounds, and what is nested deeper than any reader
/// likes is still no reason to end the kernel.
const STACK: usize = 512 << 20;

/// What comes out of it.
pub enum Event {
    /// It is ready; this is the file that it generates.
    Ready(PathBuf),
    /// A compiled cell is to be run: an [`Answer`] is waited for.
    Run(Request),
    /// It has forgotten all variables.
    Fresh,
    /// An order is done.
    Done(Done),
    /// It has ended, for the reason given.
    Gone(String),
}

/// What an order gave.
pub struct Done {
    /// What commands show: MIME type to content.
    pub result: Result<BTreeMap<String, String>, Error>,
    /// The variables that it knows now.
    pub variables: Vec<Variable>,
}

/// The thread, seen from the engine.
pub struct Evaluator {
    orders: Sender<String>,
    events: Receiver<Event>,
    pipes: Pipes,
}

impl Evaluator {
    /// Starts it; the first event says that it is ready, or why not.
    pub fn start(program: &Path, folder: &Path, prelude: Prelude) -> io::Result<Evaluator> {
        let pipes = Pipes::make(folder)?;
        let ready = Arc::new(AtomicBool::new(false));
        let (events, received) = channel();
        let (orders, to_do) = channel();
        let reader = Reader {
            requests: pipes.requests.try_clone()?,
            answers: pipes.answers.try_clone()?,
            ready: ready.clone(),
            events: events.clone(),
        };
        thread::Builder::new()
            .name("evcxr requests".to_owned())
            .spawn(move || reader.read())?;
        // evcxr itself adds what tells the process that it is not the kernel.
        let mut command = Command::new(program);
        command.env(FOLDER, folder);
        thread::Builder::new()
            .name("evcxr".to_owned())
            .stack_size(STACK)
            .spawn(move || {
                let work = AssertUnwindSafe(|| work(command, &prelude, &to_do, &events, &ready));
                let why = match catch_unwind(work) {
                    Ok(Ok(())) => return,
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => "it panicked".to_owned(),
                };
                // If nobody listens, nobody wants to know.
                let _ = events.send(Event::Gone(why));
            })?;
        Ok(Evaluator {
            orders,
            events: received,
            pipes,
        })
    }

    /// Gives it a text. Its events end with [`Event::Done`], or [`Event::Gone`].
    pub fn order(&self, text: &str) {
        // If it is gone, its last event said so.
        let _ = self.orders.send(text.to_owned());
    }

    /// Waits for what happens next.
    pub fn next(&self) -> Event {
        let gone = |_| Event::Gone("it does not answer any more".to_owned());
        self.events.recv().unwrap_or_else(gone)
    }

    /// Says how a run ended.
    pub fn answer(&mut self, answer: &Answer) {
        // The pipe is open for reading here, so it cannot break; an answer is far shorter than what it holds.
        let _ = self.pipes.answers.write_all(&answer.lines());
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        let _ = writeln!(self.pipes.requests, "{END}");
    }
}

/// Reads what evcxr asks of the process that it takes for its own.
struct Reader {
    requests: File,
    answers: File,
    ready: Arc<AtomicBool>,
    events: Sender<Event>,
}

impl Reader {
    fn read(mut self) {
        let mut lines = BufReader::new(self.requests).lines();
        while let Some(Ok(line)) = lines.next() {
            let event = match Request::parse(&line) {
                // What it compiles to make ready has nothing to run.
                Some(_) if !self.ready.load(Ordering::Acquire) => {
                    let _ = self.answers.write_all(&Answer::Complete.lines());
                    continue;
                }
                Some(request) => Event::Run(request),
                None if line == FRESH => Event::Fresh,
                None if line == END => return,
                None => continue,
            };
            if self.events.send(event).is_err() {
                return;
            }
        }
    }
}

/// Does what is ordered until nobody orders any more.
fn work(
    command: Command,
    prelude: &Prelude,
    orders: &Receiver<String>,
    events: &Sender<Event>,
    ready: &AtomicBool,
) -> Result<(), Error> {
    // What the process prints is the worker's to show; this one prints nothing.
    let (context, _) = EvalContext::with_subprocess_command(command)?;
    let mut context = CommandContext::with_eval_context(context);
    context.execute(&prelude.settings())?;
    context.execute(&prelude.scope())?;
    let folder = context.execute(":last_compile_dir")?;
    let folder = folder.get("text/plain").unwrap_or_default().trim();
    ready.store(true, Ordering::Release);
    let mut alive = events
        .send(Event::Ready(Path::new(folder).join("src/lib.rs")))
        .is_ok();
    while alive && let Ok(text) = orders.recv() {
        let mut result = context.execute(&text);
        // It clears what is no person's as well.
        if result.is_ok() && text.lines().any(|line| line.trim() == ":clear") {
            ready.store(false, Ordering::Release);
            result = context.execute(&prelude.scope());
            ready.store(true, Ordering::Release);
        }
        let variables = context.variables_and_types().map(|(name, type_name)| Variable {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
        });
        let mut variables: Vec<Variable> = variables.collect();
        variables.sort_by(|a, b| a.name.cmp(&b.name));
        let result = result.map(|outputs| outputs.content_by_mime_type.into_iter().collect());
        alive = events.send(Event::Done(Done { result, variables })).is_ok();
    }
    Ok(())
}
