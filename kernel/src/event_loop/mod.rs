//! The event loop: one owner of everything that is sent, one place where it is decided what happens next.
//!
//! Every request is wrapped in `busy` and `idle` here and nowhere else. Cells run on the execution thread; all other
//! requests are answered while they do. No bytes and no sockets: see [`crate::wire`].

mod answers;
mod cells;
mod comms;
mod outputs;
mod subshells;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use crate::engine::{Assistant, Interrupter};
use crate::execution::{Order, Progress};
use crate::history;
use crate::messages::{Header, Message, Session, Socket};
use crate::questions::{self, Question, is_question};
use crate::wire::Outgoing;
use cells::Running;
use comms::{Comms, is_comm};
use subshells::Subshells;

/// Everything that can happen.
pub enum Event {
    /// A message came in.
    Request(Socket, Box<Message>),
    /// A question has an answer: where it came from, the request and the answer's content.
    Answered(Socket, Box<Message>, Value),
    /// The execution thread has something to tell.
    Execution(Progress),
    /// Stop the running cell: the stop button's signal.
    Interrupt,
    /// End the kernel: the parent has gone, or the system asks for it.
    Terminate,
}

/// What the loop needs to know of the world.
pub struct Parts {
    /// The kernel's own session.
    pub session: Session,
    /// Where messages go.
    pub outgoing: UnboundedSender<Outgoing>,
    /// Where cells go.
    pub orders: mpsc::Sender<Order>,
    /// Where questions go that may take a moment.
    pub questions: mpsc::Sender<Question>,
    /// Where the person's input is kept.
    pub history: mpsc::Sender<history::Note>,
    /// The compiler's version, such as `1.90.0`.
    pub language_version: &'static str,
    /// The ports, for a client that asks.
    pub ports: Value,
}

impl Parts {
    /// Keeps what the person has typed, or its result.
    fn remember(&self, note: history::Note) {
        if self.history.send(note).is_err() {
            log::error!("the history's thread has ended");
        }
    }
}

/// The kernel's state.
pub struct EventLoop {
    parts: Parts,
    assistant: Option<Arc<dyn Assistant>>,
    interrupter: Option<Arc<dyn Interrupter>>,
    running: Option<Running>,
    waiting: VecDeque<(Socket, Message)>,
    subshells: Subshells,
    comms: Comms,
    /// Cells counted so far.
    count: u32,
}

/// Whether the loop goes on.
#[derive(Debug, PartialEq, Eq)]
enum Flow {
    Continue,
    End,
}

impl EventLoop {
    /// A loop to which nothing has happened yet.
    pub fn new(parts: Parts) -> EventLoop {
        EventLoop {
            parts,
            assistant: None,
            interrupter: None,
            running: None,
            waiting: VecDeque::new(),
            subshells: Subshells::default(),
            comms: Comms::default(),
            count: 0,
        }
    }

    /// Handles events until the kernel is to end, waits until the last message was sent, and ends the running cell.
    pub async fn run(mut self, mut events: UnboundedReceiver<Event>) {
        while let Some(event) = events.recv().await {
            if self.handle(event) == Flow::End {
                break;
            }
        }
        let (done, sent) = oneshot::channel();
        if self.parts.outgoing.send(Outgoing::Flush(done)).is_ok() {
            // An error means that the sending task is gone; there is nothing to wait for then.
            let _ = sent.await;
        }
        if let (Some(interrupter), Some(_)) = (&self.interrupter, &self.running) {
            // The second time ends a cell that does not listen.
            interrupter.interrupt();
            interrupter.interrupt();
        }
    }

    fn handle(&mut self, event: Event) -> Flow {
        match event {
            Event::Request(Socket::Stdin, message) => self.take_answer(&message),
            Event::Request(socket, message) => return self.request(socket, *message),
            Event::Answered(socket, request, content) => self.answered(socket, &request, content),
            Event::Execution(progress) => self.progress(progress),
            Event::Interrupt => self.interrupt(),
            Event::Terminate => return Flow::End,
        }
        Flow::Continue
    }

    fn request(&mut self, socket: Socket, message: Message) -> Flow {
        let kind = message.header.msg_type.clone();
        if let Some(refusal) = self.subshells.refuse(socket, &message) {
            self.status("busy", &message.header);
            if kind.ends_with("_request") {
                self.reply(socket, &message, refusal);
            }
            self.idle(&message.header);
            return Flow::Continue;
        }
        if kind == "execute_request" || is_comm(&kind) && self.must_wait(&message) {
            self.waiting.push_back((socket, message));
            self.start_next();
            return Flow::Continue;
        }
        self.status("busy", &message.header);
        let mut flow = Flow::Continue;
        match kind.as_str() {
            "interrupt_request" => {
                self.interrupt();
                self.reply(socket, &message, json!({ "status": "ok" }));
            }
            "shutdown_request" => {
                let content = json!({ "status": "ok", "restart": message.flag("restart", false) });
                self.reply(socket, &message, content.clone());
                // Other clients of this kernel learn of it here.
                self.broadcast("shutdown_reply", &message.header, content);
                flow = Flow::End;
            }
            "history_request" => return self.ask_history(socket, message),
            kind if is_question(kind) => return self.ask_about(socket, message),
            kind if is_comm(kind) => drop(self.accept_comm(&message)),
            kind => match self.guarded_answer(kind, &message) {
                Some(content) => self.reply(socket, &message, content),
                None => log::warn!("a {kind} that means nothing"),
            },
        }
        self.idle(&message.header);
        flow
    }

    /// Hands a question on; it stays busy until it is answered.
    fn ask_about(&mut self, socket: Socket, request: Message) -> Flow {
        let assistant = self.assistant.clone();
        let question = Question {
            socket,
            request,
            assistant,
        };
        if let Err(mpsc::SendError(Question { request, .. })) = self.parts.questions.send(question) {
            let content = questions::fault(&request.header.msg_type);
            self.answered(socket, &request, content);
        }
        Flow::Continue
    }

    /// The same with what the person has typed.
    fn ask_history(&mut self, socket: Socket, request: Message) -> Flow {
        let note = history::Note::Question(socket, Box::new(request));
        if let Err(mpsc::SendError(history::Note::Question(_, request))) = self.parts.history.send(note) {
            let content = questions::fault(&request.header.msg_type);
            self.answered(socket, &request, content);
        }
        Flow::Continue
    }

    fn answered(&mut self, socket: Socket, request: &Message, content: Value) {
        self.reply(socket, request, content);
        self.idle(&request.header);
    }

    /// The end of a request that is no cell.
    fn idle(&self, request: &Header) {
        self.status("idle", request);
        self.still_busy();
    }

    /// The last word on iopub is what servers believe, and an idle kernel may be culled: says that the cell still runs.
    fn still_busy(&self) {
        if let Some(running) = &self.running {
            self.status("busy", &running.request.header);
        }
    }

    /// The answer's content; none for messages that are not answered. A fault costs this answer only.
    fn guarded_answer(&mut self, kind: &str, message: &Message) -> Option<Value> {
        catch_unwind(AssertUnwindSafe(|| self.answer(kind, message)))
            .unwrap_or_else(|_| Some(questions::fault(kind)))
    }

    fn interrupt(&mut self) {
        match &self.running {
            Some(running) => running.stopped.store(true, Ordering::Relaxed),
            None => log::info!("interrupt: no cell runs"),
        }
        if let (Some(interrupter), Some(_)) = (&self.interrupter, &self.running) {
            interrupter.interrupt();
        }
        // The cell first: its question must not end before it knows why.
        self.refuse_question("the cell was interrupted");
    }

    fn status(&self, state: &str, parent: &Header) {
        self.broadcast("status", parent, json!({ "execution_state": state }));
    }

    fn reply(&self, socket: Socket, request: &Message, content: Value) {
        self.send(socket, self.parts.session.reply(request, content));
    }

    fn broadcast(&self, kind: &str, parent: &Header, content: Value) {
        self.send(
            Socket::Iopub,
            self.parts.session.broadcast(kind, Some(parent), content),
        );
    }

    fn send(&self, socket: Socket, message: Message) {
        if self
            .parts
            .outgoing
            .send(Outgoing::Message(socket, Box::new(message)))
            .is_err()
        {
            log::error!("the sending task has ended");
        }
    }
}
