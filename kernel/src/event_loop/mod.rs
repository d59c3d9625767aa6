//! The event loop: one owner of everything that is sent, one place where it is decided what happens next.
//!
//! Every request is wrapped in `busy` and `idle` here and nowhere else. Cells run on the execution thread; all other
//! requests are answered while they do. No bytes and no sockets: see [`crate::wire`].

mod answers;
mod cells;
mod outputs;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use crate::engine::{Assistant, Interrupter};
use crate::execution::{Order, Progress};
use crate::history::History;
use crate::messages::{Header, Message, Session, Socket, error_reply};
use crate::output::CellError;
use crate::wire::Outgoing;
use cells::Running;

/// Everything that can happen.
pub enum Event {
    /// A message came in.
    Request(Socket, Box<Message>),
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
    /// The person's earlier input.
    pub history: History,
    /// The compiler's version, such as `1.90.0`.
    pub language_version: &'static str,
}

/// The kernel's state.
pub struct EventLoop {
    parts: Parts,
    assistant: Option<Arc<dyn Assistant>>,
    interrupter: Option<Arc<dyn Interrupter>>,
    running: Option<Running>,
    waiting: VecDeque<(Socket, Message)>,
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
            Event::Execution(progress) => self.progress(progress),
            Event::Interrupt => self.interrupt(),
            Event::Terminate => return Flow::End,
        }
        Flow::Continue
    }

    fn request(&mut self, socket: Socket, message: Message) -> Flow {
        if message.header.msg_type == "execute_request" {
            self.waiting.push_back((socket, message));
            self.start_next();
            return Flow::Continue;
        }
        self.status("busy", &message.header);
        let flow = match message.header.msg_type.as_str() {
            "interrupt_request" => {
                self.interrupt();
                self.reply(socket, &message, json!({ "status": "ok" }));
                Flow::Continue
            }
            "shutdown_request" => {
                let content = json!({ "status": "ok", "restart": message.flag("restart", false) });
                self.reply(socket, &message, content.clone());
                // Other clients of this kernel learn of it here.
                self.broadcast("shutdown_reply", &message.header, content);
                Flow::End
            }
            kind => {
                match self.guarded_answer(kind, &message) {
                    Some(content) => self.reply(socket, &message, content),
                    None => self.comm(kind, &message),
                }
                Flow::Continue
            }
        };
        self.status("idle", &message.header);
        if let Some(header) = self
            .running
            .as_ref()
            .map(|running| running.request.header.clone())
        {
            // The last word on iopub is what servers believe, and an idle kernel may be culled: say that the cell still runs.
            self.status("busy", &header);
        }
        flow
    }

    /// The answer's content; none for messages that are not answered. A fault costs this answer only.
    fn guarded_answer(&mut self, kind: &str, message: &Message) -> Option<Value> {
        let fault = |_| {
            let text = format!("a fault in Hebb itself while it answered a {kind}");
            let error = CellError::new("InternalError", &text);
            Some(error_reply(&error))
        };
        catch_unwind(AssertUnwindSafe(|| self.answer(kind, message))).unwrap_or_else(fault)
    }

    fn interrupt(&mut self) {
        self.refuse_question("the cell was interrupted");
        match (&self.interrupter, &self.running) {
            (Some(interrupter), Some(_)) => interrupter.interrupt(),
            _ => log::info!("interrupt: no cell runs"),
        }
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
