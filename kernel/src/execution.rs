//! The thread on which cells run. It owns the engine; everything that happens becomes an [`Event`].
//!
//! Which cell runs next, and who hears of it, is the event loop's business.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::{Assistant, Cell, CellHost, Engine, Interrupter};
use crate::event_loop::Event;
use crate::messages::error_reply;
use crate::output::{CellError, CommMessage, Output};
use crate::output_limit::OutputLimit;

/// Something to run.
#[derive(Debug)]
pub enum Order {
    /// A cell.
    Cell {
        /// The number beside it.
        number: u32,
        /// Its text.
        code: String,
        /// Expressions to evaluate if it succeeds, by name.
        user_expressions: Vec<(String, String)>,
        /// Set if the person stops it; until the engine has begun with it, nobody else would know.
        stopped: Arc<AtomicBool>,
    },
    /// What a cell has said is to be done with a message on a comm.
    Comm(CommMessage),
}

/// What the execution thread tells the event loop.
pub enum Progress {
    /// The engine runs, and can be asked and interrupted from now on.
    Started {
        /// Answers about code.
        assistant: Arc<dyn Assistant>,
        /// Stops the running cell.
        interrupter: Arc<dyn Interrupter>,
    },
    /// The running cell shows something.
    Output(Output),
    /// The running cell asks the person for a line.
    Question {
        /// What to show before the field.
        prompt: String,
        /// Hide what is typed.
        password: bool,
        /// Takes the line, or why there is none.
        answer: mpsc::Sender<Result<String, String>>,
    },
    /// The execution thread waits until everything before this was heard.
    Pause(mpsc::Sender<()>),
    /// The running cell wants the messages on comms that wait.
    Comms(mpsc::Sender<Vec<CommMessage>>),
    /// The running cell has ended.
    Finished {
        /// How.
        result: Result<(), CellError>,
        /// The values of the user's expressions, as the protocol wants them.
        user_expressions: Map<String, Value>,
    },
}

/// Outputs that may be on their way to the event loop; a large one counts as several.
const MOST_UNHEARD: usize = 64;

/// Bytes that count as one output.
const UNIT: usize = 256 << 10;

/// Makes the engine; runs on the execution thread.
pub type MakeEngine = Box<dyn FnOnce() -> Result<Box<dyn Engine>, CellError> + Send>;

/// Tells when a thread is gone with everything that it holds: processes, temporary files.
pub struct Ended(mpsc::Receiver<Infallible>);

impl Ended {
    /// Tells when the other end of this channel is dropped.
    pub fn of(alive: mpsc::Receiver<Infallible>) -> Ended {
        Ended(alive)
    }

    /// Waits for it, but not longer than `patience`.
    pub fn wait(self, patience: Duration) {
        if self.0.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
            log::warn!("a thread did not end: the running cell, or the history");
        }
    }
}

/// Starts the thread. It ends after the running cell when the sender that is returned is dropped.
///
/// If the engine cannot start, every cell fails with the reason: a learner sees it in the notebook, not in a log.
pub fn start(
    make: MakeEngine,
    events: UnboundedSender<Event>,
) -> std::io::Result<(mpsc::Sender<Order>, Ended)> {
    let (orders, received) = mpsc::channel();
    let (alive, ended) = mpsc::channel();
    std::thread::Builder::new()
        .name("execution".to_string())
        .spawn(move || {
            // Declared before the engine, so dropped after it.
            let _alive: mpsc::Sender<Infallible> = alive;
            let mut engine = guarded(make).and_then(|engine| engine);
            if let Ok(engine) = &engine {
                let (assistant, interrupter) = (engine.assistant(), engine.interrupter());
                tell(
                    &events,
                    Progress::Started {
                        assistant,
                        interrupter,
                    },
                );
            }
            for order in received {
                let finished = match &mut engine {
                    Ok(engine) => execute(engine.as_mut(), &order, &events),
                    Err(error) => Progress::Finished {
                        result: Err(error.clone()),
                        user_expressions: Map::new(),
                    },
                };
                tell(&events, finished);
            }
        })?;
    Ok((orders, Ended(ended)))
}

/// If nobody listens any more, the kernel is about to end.
fn tell(events: &UnboundedSender<Event>, progress: Progress) {
    let _ = events.send(Event::Execution(progress));
}

fn execute(engine: &mut dyn Engine, order: &Order, events: &UnboundedSender<Event>) -> Progress {
    let mut host = Reporter {
        events,
        limit: OutputLimit::default(),
        unheard: 0,
    };
    let (number, code, expressions) = match order {
        Order::Cell {
            number,
            code,
            user_expressions,
            stopped,
        } => {
            if stopped.load(Ordering::Relaxed) {
                return Progress::Finished {
                    result: Err(CellError::new(
                        "Interrupted",
                        "the cell was stopped before it began",
                    )),
                    user_expressions: Map::new(),
                };
            }
            (*number, code, user_expressions)
        }
        Order::Comm(message) => {
            let result = guarded(|| engine.comm(message, &mut host)).and_then(|result| result);
            return Progress::Finished {
                result,
                user_expressions: Map::new(),
            };
        }
    };
    let result = guarded(|| engine.execute(&Cell::new(number, code), &mut host)).and_then(|result| result);
    let mut user_expressions = Map::new();
    if result.is_ok() {
        for (name, code) in expressions {
            user_expressions.insert(name.clone(), evaluate(engine, number, code));
        }
    }
    Progress::Finished {
        result,
        user_expressions,
    }
}

/// The value of one expression, or its error; what else it shows is dropped.
fn evaluate(engine: &mut dyn Engine, number: u32, code: &str) -> Value {
    let mut host = ValueOnly::default();
    let result = guarded(|| engine.execute(&Cell::new(number, code), &mut host)).and_then(|result| result);
    match (result, host.0) {
        (Ok(()), Some((data, metadata))) => json!({ "status": "ok", "data": data, "metadata": metadata }),
        (Ok(()), None) => json!({ "status": "ok", "data": {}, "metadata": {} }),
        (Err(error), _) => error_reply(&error),
    }
}

/// A fault of the engine costs the cell, not the kernel.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, CellError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().cloned();
        let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_string()));
        CellError::new(
            "InternalError",
            &format!(
                "a fault in Hebb itself: {}\nhint: restart the kernel if it does not recover, and report the cell that did this",
                text.unwrap_or_default()
            ),
        )
    })
}

/// Hands a cell's output to the event loop.
struct Reporter<'a> {
    events: &'a UnboundedSender<Event>,
    limit: OutputLimit,
    /// Outputs since the last pause, by weight.
    unheard: usize,
}

impl CellHost for Reporter<'_> {
    fn emit(&mut self, output: Output) {
        for output in self.limit.pass(output) {
            self.unheard += weight(&output);
            tell(self.events, Progress::Output(output));
        }
        if self.unheard >= MOST_UNHEARD {
            // A cell that updates a display without end is faster than its messages are written: it has to wait for them, or
            // they would fill the memory. The event loop answers also while it is asked to stop the cell.
            self.unheard = 0;
            let (heard, wait) = mpsc::channel();
            tell(self.events, Progress::Pause(heard));
            // An error: nobody listens any more.
            let _ = wait.recv();
        }
    }

    fn input(&mut self, prompt: &str, password: bool) -> Result<String, String> {
        let (answer, answered) = mpsc::channel();
        tell(
            self.events,
            Progress::Question {
                prompt: prompt.to_string(),
                password,
                answer,
            },
        );
        answered
            .recv()
            .unwrap_or_else(|_| Err("the kernel is shutting down".to_string()))
    }

    fn comms(&mut self) -> Vec<CommMessage> {
        let (answer, answered) = mpsc::channel();
        tell(self.events, Progress::Comms(answer));
        answered.recv().unwrap_or_default()
    }
}

/// As how many outputs it counts.
fn weight(output: &Output) -> usize {
    let length = match output {
        Output::Stream { text, .. } => text.len(),
        Output::Display { data, .. } => data
            .values()
            .filter_map(|content| Some(content.as_str()?.len()))
            .sum(),
        Output::Comm(message) => message.buffers.iter().map(bytes::Bytes::len).sum(),
        _ => 0,
    };
    1 + length / UNIT
}

/// Keeps the result of an expression.
#[derive(Default)]
struct ValueOnly(Option<(Map<String, Value>, Map<String, Value>)>);

impl CellHost for ValueOnly {
    fn emit(&mut self, output: Output) {
        if let Output::Result { data, metadata } = output {
            self.0 = Some((data, metadata));
        }
    }

    fn input(&mut self, _prompt: &str, _password: bool) -> Result<String, String> {
        Err("an expression of the front end cannot ask for input".to_string())
    }
}

#[cfg(test)]
mod tests;
