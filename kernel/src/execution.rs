//! The thread on which cells run. It owns the engine; everything that happens becomes an [`Event`].
//!
//! Which cell runs next, and who hears of it, is the event loop's business.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use serde_json::{Map, Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::engine::{Assistant, Cell, CellHost, Engine, Interrupter};
use crate::event_loop::Event;
use crate::messages::error_reply;
use crate::output::{CellError, Output};

/// One cell to run.
#[derive(Debug)]
pub struct Order {
    /// The number beside the cell.
    pub number: u32,
    /// Its text.
    pub code: String,
    /// Expressions to evaluate if it succeeds, by name.
    pub user_expressions: Vec<(String, String)>,
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
    /// The running cell has ended.
    Finished {
        /// How.
        result: Result<(), CellError>,
        /// The values of the user's expressions, as the protocol wants them.
        user_expressions: Map<String, Value>,
    },
}

/// Makes the engine; runs on the execution thread.
pub type MakeEngine = Box<dyn FnOnce() -> Result<Box<dyn Engine>, CellError> + Send>;

/// Starts the thread. It ends when the sender that is returned is dropped.
///
/// If the engine cannot start, every cell fails with the reason: a learner sees it in the notebook, not in a log.
pub fn start(make: MakeEngine, events: UnboundedSender<Event>) -> std::io::Result<mpsc::Sender<Order>> {
    let (orders, received) = mpsc::channel();
    std::thread::Builder::new()
        .name("execution".to_string())
        .spawn(move || {
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
    Ok(orders)
}

/// If nobody listens any more, the kernel is about to end.
fn tell(events: &UnboundedSender<Event>, progress: Progress) {
    let _ = events.send(Event::Execution(progress));
}

fn execute(engine: &mut dyn Engine, order: &Order, events: &UnboundedSender<Event>) -> Progress {
    let mut host = Reporter { events };
    let cell = Cell {
        number: order.number,
        code: &order.code,
    };
    let result = guarded(|| engine.execute(&cell, &mut host)).and_then(|result| result);
    let mut user_expressions = Map::new();
    if result.is_ok() {
        for (name, code) in &order.user_expressions {
            user_expressions.insert(name.clone(), evaluate(engine, order.number, code));
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
    let result = guarded(|| engine.execute(&Cell { number, code }, &mut host)).and_then(|result| result);
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
        let value = format!("a fault in Hebb itself: {}", text.unwrap_or_default());
        let hint =
            "hint: restart the kernel if it does not recover, and report the cell that did this".to_string();
        CellError {
            name: "InternalError".to_string(),
            traceback: vec![value.clone(), hint],
            value,
        }
    })
}

/// Hands a cell's output to the event loop.
struct Reporter<'a> {
    events: &'a UnboundedSender<Event>,
}

impl CellHost for Reporter<'_> {
    fn emit(&mut self, output: Output) {
        tell(self.events, Progress::Output(output));
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
