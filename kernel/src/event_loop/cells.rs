//! What runs the code of cells: execute requests and messages on comms, one after another, each with its outputs and its questions;
//! a cell with its one reply.

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, mpsc};

use serde_json::{Map, Value, json};

use super::comms::{self, Made, is_comm};
use super::outputs::{Published, plain_text, publish};
use super::subshells::subshell;
use super::{EventLoop, Socket};
use crate::execution::{Order, Progress};
use crate::history::Note;
use crate::messages::{Message, error_content, error_reply};
use crate::output::{CellError, CommMessage, Output};

/// The cell that runs now, or the message on a comm that a cell's code handles.
pub struct Running {
    pub request: Message,
    socket: Socket,
    /// The cell's; for a comm's message the last cell's.
    number: u32,
    silent: bool,
    store_history: bool,
    /// Tells the execution thread, if it has not begun yet, that it need not.
    pub stopped: Arc<AtomicBool>,
    /// Where the answer to the cell's question goes, while it waits for one.
    question: Option<mpsc::Sender<Result<String, String>>>,
    /// What the reply will carry besides the outcome: pages to read.
    payload: Vec<Value>,
    /// What is undone with it if it fails.
    pub made: Made,
}

impl EventLoop {
    /// Starts the next cell if none runs.
    pub fn start_next(&mut self) {
        while self.running.is_none()
            && let Some((socket, request)) = self.waiting.pop_front()
        {
            self.start(socket, request);
        }
    }

    fn start(&mut self, socket: Socket, request: Message) {
        self.status("busy", &request.header);
        if is_comm(&request.header.msg_type) {
            return self.start_comm(socket, request);
        }
        let Some(code) = request.text("code").map(str::to_owned) else {
            let error = CellError::new("BadRequest", "an execute_request without code");
            self.reply(socket, &request, error_reply(&error));
            self.status("idle", &request.header);
            return;
        };
        let silent = request.flag("silent", false);
        let store_history = !silent && request.flag("store_history", true) && !code.trim().is_empty();
        let number = self.count + 1;
        if store_history {
            self.count = number;
            self.parts.remember(Note::Input(number, code.clone()));
        }
        if !silent {
            self.broadcast(
                "execute_input",
                &request.header,
                json!({ "code": code, "execution_count": number }),
            );
        }
        let stopped: Arc<AtomicBool> = Arc::default();
        let order = Order::Cell {
            number,
            code,
            user_expressions: user_expressions(&request),
            stopped: stopped.clone(),
        };
        let running = Running {
            request,
            socket,
            number,
            silent,
            store_history,
            stopped,
            question: None,
            payload: Vec::new(),
            made: Made::default(),
        };
        self.run_order(running, order);
    }

    /// Has a cell's code handle a message on a comm, if it still is wanted.
    fn start_comm(&mut self, socket: Socket, request: Message) {
        match comms::read(&request) {
            Some(message) if self.accept_comm(&request) => {
                let running = Running {
                    request,
                    socket,
                    number: self.count,
                    silent: false,
                    store_history: false,
                    stopped: Arc::default(),
                    question: None,
                    payload: Vec::new(),
                    made: Made::by(&message),
                };
                self.run_order(running, Order::Comm(message));
            }
            _ => self.status("idle", &request.header),
        }
    }

    fn run_order(&mut self, running: Running, order: Order) {
        self.running = Some(running);
        if self.parts.orders.send(order).is_err() {
            let text = "the thread that runs cells has ended\nhint: restart the kernel";
            let error = CellError::new("InternalError", text);
            self.finish(Err(error), Map::new());
        }
    }

    /// Takes what the execution thread tells.
    pub fn progress(&mut self, progress: Progress) {
        match progress {
            Progress::Started {
                assistant,
                interrupter,
            } => {
                self.assistant = Some(assistant);
                self.interrupter = Some(interrupter);
            }
            Progress::Output(output) => self.show(output),
            Progress::Question {
                prompt,
                password,
                answer,
            } => self.ask(&prompt, password, answer),
            // The execution thread cannot have ended while it waits.
            Progress::Pause(heard) => drop(heard.send(())),
            Progress::Comms(answer) => {
                // The cell may have ended meanwhile.
                let _ = answer.send(self.take_comms());
            }
            Progress::Finished {
                result,
                user_expressions,
            } => {
                self.finish(result, user_expressions);
                self.start_next();
            }
        }
    }

    fn show(&mut self, output: Output) {
        let Some(running) = &mut self.running else { return };
        if running.store_history
            && let Output::Result { data, .. } = &output
            && let Some(text) = plain_text(data)
        {
            let note = Note::Output(running.number, text.to_string());
            self.parts.remember(note);
        }
        let header = running.request.header.clone();
        match publish(output, running.number) {
            Published::CommTarget(target) => self.register_target(target),
            Published::Comm(message) => self.send_comm(message, &header),
            _ if running.silent => {}
            Published::Payload(part) => running.payload.push(part),
            Published::Broadcast(kind, content) => self.broadcast(kind, &header, content),
        }
    }

    fn finish(&mut self, result: Result<(), CellError>, user_expressions: Map<String, Value>) {
        let Some(running) = self.running.take() else {
            return;
        };
        let header = &running.request.header;
        let failed = result.is_err();
        let mut content = match result {
            Ok(()) => {
                json!({ "status": "ok", "payload": running.payload, "user_expressions": user_expressions })
            }
            Err(error) => {
                if !running.silent {
                    self.broadcast("error", header, error_content(&error));
                }
                error_reply(&error)
            }
        };
        if failed {
            self.undo_comms(running.made, header);
        }
        let cell = !is_comm(&header.msg_type);
        if cell {
            content["execution_count"] = json!(running.number);
            self.reply(running.socket, &running.request, content);
        }
        self.status("idle", header);
        if cell && failed && running.request.flag("stop_on_error", true) {
            self.abort_waiting(subshell(&running.request));
        }
    }

    /// The messages on comms that wait, for a running cell that wants to handle them itself.
    fn take_comms(&mut self) -> Vec<CommMessage> {
        let (comms, cells): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(_, request)| is_comm(&request.header.msg_type));
        self.waiting = cells;
        let mut taken = Vec::new();
        for (_, request) in comms {
            self.status("busy", &request.header);
            if let Some(message) = comms::read(&request)
                && self.accept_comm(&request)
            {
                taken.push(message);
            }
            self.status("idle", &request.header);
        }
        self.still_busy();
        taken
    }

    /// The cells that wait in a shell do not run; `None` is the main shell.
    pub fn abort_waiting(&mut self, shell: Option<&str>) {
        let aborts = |request: &Message| subshell(request) == shell && !is_comm(&request.header.msg_type);
        let (aborted, waiting): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|(_, request)| aborts(request));
        self.waiting = waiting;
        for (socket, request) in aborted {
            self.status("busy", &request.header);
            self.reply(
                socket,
                &request,
                json!({ "status": "aborted", "execution_count": self.count }),
            );
            self.status("idle", &request.header);
        }
    }

    fn ask(&mut self, prompt: &str, password: bool, answer: mpsc::Sender<Result<String, String>>) {
        let Some(running) = &mut self.running else { return };
        if running.silent || !running.request.flag("allow_stdin", true) {
            // The cell may have ended meanwhile.
            let _ = answer.send(Err(
                "nobody can be asked here: the notebook runs without a person".to_string(),
            ));
            return;
        }
        running.question = Some(answer);
        let question = self.parts.session.question(&running.request, prompt, password);
        self.send(Socket::Stdin, question);
    }

    /// Takes what the person typed.
    pub fn take_answer(&mut self, message: &Message) {
        if message.header.msg_type == "input_reply"
            && let Some(value) = message.text("value")
            && let Some(question) = self.take_question()
        {
            let _ = question.send(Ok(value.to_string()));
        } else {
            log::warn!("stdin: a {} that answers nothing", message.header.msg_type);
        }
    }

    /// Answers the cell's question, if there is one, with an error.
    pub fn refuse_question(&mut self, reason: &str) {
        if let Some(question) = self.take_question() {
            let _ = question.send(Err(reason.to_string()));
        }
    }

    fn take_question(&mut self) -> Option<mpsc::Sender<Result<String, String>>> {
        self.running.as_mut()?.question.take()
    }
}

/// The front end's expressions, by name.
fn user_expressions(request: &Message) -> Vec<(String, String)> {
    let expressions = request.content.get("user_expressions").and_then(Value::as_object);
    let expressions = expressions.into_iter().flatten();
    expressions
        .filter_map(|(name, code)| Some((name.clone(), code.as_str()?.to_string())))
        .collect()
}
