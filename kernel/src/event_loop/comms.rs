//! Comms: channels between code in the front end and code in cells. Here is only who is at which end; see
//! `hebb_prelude::comm` for the cells' side.
//!
//! What comes from the front end runs a cell's code, so it waits its turn like a cell, or until a running cell asks for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::EventLoop;
use crate::messages::{Header, Message};
use crate::output::{CommKind, CommMessage};

/// The comms that are open, and what cells wait for.
#[derive(Debug, Default)]
pub struct Comms {
    /// Targets that cells have registered.
    targets: BTreeSet<String>,
    /// Name of each open comm, and of its target.
    open: BTreeMap<String, String>,
}

/// What a cell has made, which goes with it if it fails.
#[derive(Debug, Default)]
pub struct Made {
    targets: Vec<String>,
    comms: Vec<String>,
}

impl Made {
    /// What a message of the front end makes.
    pub fn by(message: &CommMessage) -> Made {
        let opened = matches!(message.kind, CommKind::Open { .. }).then(|| message.id.clone());
        Made {
            targets: Vec::new(),
            comms: opened.into_iter().collect(),
        }
    }
}

/// Whether a message of this type belongs to a comm.
pub fn is_comm(kind: &str) -> bool {
    matches!(kind, "comm_open" | "comm_msg" | "comm_close")
}

/// The message of a front end, if it can be understood.
pub fn read(request: &Message) -> Option<CommMessage> {
    let kind = match request.header.msg_type.as_str() {
        "comm_open" => CommKind::Open {
            target: request.text("target_name")?.to_string(),
        },
        "comm_msg" => CommKind::Message,
        "comm_close" => CommKind::Close,
        _ => return None,
    };
    Some(CommMessage {
        kind,
        id: request.text("comm_id")?.to_string(),
        data: request.content.get("data").cloned().unwrap_or(json!({})),
        metadata: request.metadata.clone(),
        buffers: request.buffers.clone(),
    })
}

impl Comms {
    /// The content of the answer to `comm_info_request`.
    pub fn info(&self, message: &Message) -> Value {
        let wanted = message.text("target_name");
        let comms: serde_json::Map<String, Value> = self
            .open
            .iter()
            .filter(|(_, target)| wanted.is_none_or(|wanted| wanted == *target))
            .map(|(id, target)| (id.clone(), json!({ "target_name": target })))
            .collect();
        json!({ "status": "ok", "comms": comms })
    }

    /// Takes a message of the front end: whether a cell's code is to handle it.
    fn accept(&mut self, message: &CommMessage) -> bool {
        match &message.kind {
            CommKind::Open { target } if self.targets.contains(target) => {
                self.open.insert(message.id.clone(), target.clone());
                true
            }
            CommKind::Open { .. } => false,
            CommKind::Message => self.open.contains_key(&message.id),
            CommKind::Close => self.open.remove(&message.id).is_some(),
        }
    }
}

impl EventLoop {
    /// Whether a cell's code is to handle a message, so that it has to wait its turn.
    pub fn must_wait(&self, request: &Message) -> bool {
        let waits = |id: &str| {
            let waiting = self.waiting.iter();
            waiting
                .map(|(_, waiting)| waiting)
                .any(|waiting| waiting.text("comm_id") == Some(id))
        };
        read(request).is_some_and(|message| match &message.kind {
            CommKind::Open { target } => self.comms.targets.contains(target),
            CommKind::Message | CommKind::Close => {
                self.comms.open.contains_key(&message.id) || waits(&message.id)
            }
        })
    }

    /// Takes a message of the front end. False: it is dealt with; true: a cell's code has to handle it.
    pub fn accept_comm(&mut self, request: &Message) -> bool {
        let Some(message) = read(request) else {
            log::warn!("a {} that means nothing", request.header.msg_type);
            return false;
        };
        let accepted = self.comms.accept(&message);
        if !accepted && matches!(message.kind, CommKind::Open { .. }) {
            // Nobody waits for it: whoever opens one is told that it is closed.
            self.close_comm(&message.id, &request.header);
        }
        accepted
    }

    /// A running cell waits for comms of this target.
    pub fn register_target(&mut self, target: String) {
        let new = self.comms.targets.insert(target.clone());
        if new && let Some(running) = &mut self.running {
            running.made.targets.push(target);
        }
    }

    /// Sends what a cell says on a comm.
    pub fn send_comm(&mut self, message: CommMessage, parent: &Header) {
        let CommMessage {
            kind,
            id,
            data,
            metadata,
            buffers,
        } = message;
        let (kind, content) = match kind {
            CommKind::Open { target } => {
                self.comms.open.insert(id.clone(), target.clone());
                if let Some(running) = &mut self.running {
                    running.made.comms.push(id.clone());
                }
                (
                    "comm_open",
                    json!({ "comm_id": id, "target_name": target, "data": data }),
                )
            }
            CommKind::Message => ("comm_msg", json!({ "comm_id": id, "data": data })),
            CommKind::Close => {
                self.comms.open.remove(&id);
                ("comm_close", json!({ "comm_id": id, "data": data }))
            }
        };
        let mut message = self.parts.session.broadcast(kind, Some(parent), content);
        message.metadata = metadata;
        message.buffers = buffers;
        self.send(crate::messages::Socket::Iopub, message);
    }

    /// A cell failed and is undone: nobody is left at its ends of what it made.
    pub fn undo_comms(&mut self, made: Made, parent: &Header) {
        for target in made.targets {
            self.comms.targets.remove(&target);
        }
        for id in made.comms {
            if self.comms.open.remove(&id).is_some() {
                self.close_comm(&id, parent);
            }
        }
    }

    fn close_comm(&self, id: &str, parent: &Header) {
        self.broadcast("comm_close", parent, json!({ "comm_id": id, "data": {} }));
    }
}
