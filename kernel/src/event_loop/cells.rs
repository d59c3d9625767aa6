//! Execute requests: one after another, each with its outputs, its questions, its one reply.

use std::sync::mpsc;

use serde_json::{Map, Value, json};

use super::outputs::{Published, plain_text, publish};
use super::{EventLoop, Socket};
use crate::execution::{Order, Progress};
use crate::messages::{Message, error_content, error_reply};
use crate::output::{CellError, Output};

/// The cell that runs now.
pub struct Running {
    pub request: Message,
    socket: Socket,
    number: u32,
    silent: bool,
    store_history: bool,
    /// Where the answer to the cell's question goes, while it waits for one.
    question: Option<mpsc::Sender<Result<String, String>>>,
    /// What the reply will carry besides the outcome: pages to read.
    payload: Vec<Value>,
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
            self.parts.history.record(number, &code);
        }
        if !silent {
            self.broadcast(
                "execute_input",
                &request.header,
                json!({ "code": code, "execution_count": number }),
            );
        }
        let order = Order {
            number,
            code,
            user_expressions: user_expressions(&request),
        };
        self.running = Some(Running {
            request,
            socket,
            number,
            silent,
            store_history,
            question: None,
            payload: Vec::new(),
        });
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
            self.parts.history.record_output(running.number, text);
        }
        if running.silent {
            return;
        }
        match publish(output, running.number) {
            Published::Payload(part) => running.payload.push(part),
            Published::Broadcast(kind, content) => {
                let header = running.request.header.clone();
                self.broadcast(kind, &header, content);
            }
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
        content["execution_count"] = json!(running.number);
        self.reply(running.socket, &running.request, content);
        self.status("idle", header);
        if failed && running.request.flag("stop_on_error", true) {
            self.abort_waiting();
        }
    }

    /// The cells after a failed one do not run.
    fn abort_waiting(&mut self) {
        for (socket, request) in std::mem::take(&mut self.waiting) {
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
