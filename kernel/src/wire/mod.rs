//! The only place with bytes, signatures and sockets: turns frames into [`Event`]s and messages into frames.
//!
//! One task sends everything, in the order in which the event loop decided it: when a reply leaves, the output before it has left.
//! What cannot be read or delivered is logged and dropped; nothing here ends the kernel.

pub mod frames;
mod listener;
mod outbox;
mod peers;
pub mod signature;
#[cfg(test)]
mod tests;
mod visitor;
pub mod zmtp;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;

use crate::connection::{Connection, Reach};
use crate::event_loop::Event;
use crate::messages::{Message, Session, Socket};
use listener::Listener;
use outbox::{Parcel, Worth};
use peers::{Pattern, Peers};
use signature::Signer;

/// How long the last messages may take before the kernel ends. Only a client that does not read takes longer.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often, and how long apart, an address that is in use is tried: when many kernels start at once, the search for a free port
/// touches some that were given away.
const TRIES: (u32, Duration) = (20, Duration::from_millis(50));

/// What the event loop wants sent.
#[derive(Debug)]
pub enum Outgoing {
    /// A message.
    Message(Socket, Box<Message>),
    /// Tell when everything before this was sent.
    Flush(oneshot::Sender<()>),
}

/// An address that cannot be listened on.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen on {address} ({socket}): {reason}\nhint: another program may use it; start the kernel again"
)]
pub struct BindError {
    address: String,
    socket: &'static str,
    reason: io::Error,
}

/// The kernel's sockets, listening.
pub struct Sockets {
    shell: Listener,
    control: Listener,
    stdin: Listener,
    iopub: Listener,
    heartbeat: Listener,
    signer: Signer,
    reach: Reach,
}

impl Sockets {
    /// Listens on every address of the connection file.
    pub async fn bind(connection: &Connection) -> Result<Sockets, BindError> {
        Ok(Sockets {
            shell: bind("shell", connection.address(Socket::Shell)).await?,
            control: bind("control", connection.address(Socket::Control)).await?,
            stdin: bind("stdin", connection.address(Socket::Stdin)).await?,
            iopub: bind("iopub", connection.address(Socket::Iopub)).await?,
            heartbeat: bind("heartbeat", connection.heartbeat_address()).await?,
            signer: Signer::new(&connection.key),
            reach: connection.reach(),
        })
    }

    /// Begins to carry messages, in tasks of the current runtime.
    pub fn start(
        self,
        session: Session,
        events: &UnboundedSender<Event>,
        outgoing: UnboundedReceiver<Outgoing>,
    ) {
        let requests = |name, socket| {
            let (signer, events) = (self.signer.clone(), events.clone());
            Peers::new(
                name,
                Pattern::Router,
                Box::new(move |_, identity, frames| receive(socket, identity, frames, &signer, &events)),
            )
        };
        let words = Words {
            signer: self.signer.clone(),
            session,
        };
        let welcomes = words.clone();
        let sender = Sender {
            shell: requests("shell", Socket::Shell),
            control: requests("control", Socket::Control),
            stdin: requests("stdin", Socket::Stdin),
            iopub: Peers::new(
                "iopub",
                Pattern::Publisher,
                Box::new(move |iopub, identity, frames| greet(iopub, identity, &frames, &welcomes)),
            ),
            words,
        };
        // Every heartbeat goes back as it came.
        let heartbeat = Peers::new(
            "heartbeat",
            Pattern::Echo,
            Box::new(|heartbeat, identity, frames| {
                heartbeat.send(identity, Parcel::new(frames, Worth::SignOfLife));
            }),
        );
        for (peers, listener) in [
            (&sender.shell, self.shell),
            (&sender.control, self.control),
            (&sender.stdin, self.stdin),
            (&sender.iopub, self.iopub),
            (&heartbeat, self.heartbeat),
        ] {
            tokio::spawn(peers.clone().serve(listener, self.reach));
        }
        tokio::spawn(sender.run(outgoing));
    }
}

async fn bind(socket: &'static str, address: String) -> Result<Listener, BindError> {
    let (tries, pause) = TRIES;
    let mut listener = Listener::bind(&address).await;
    for _ in 1..tries {
        match &listener {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => tokio::time::sleep(pause).await,
            _ => break,
        }
        listener = Listener::bind(&address).await;
    }
    listener.map_err(|reason| BindError {
        address,
        socket,
        reason,
    })
}

/// Hands a request to the event loop.
fn receive(
    socket: Socket,
    identity: &Bytes,
    mut frames: Vec<Bytes>,
    signer: &Signer,
    events: &UnboundedSender<Event>,
) {
    frames.insert(0, identity.clone());
    match frames::decode(&frames, signer) {
        // If nobody listens any more, the kernel is about to end.
        Ok(message) => drop(events.send(Event::Request(socket, Box::new(message)))),
        Err(error) => log::warn!("{socket:?}: message dropped: {error}"),
    }
}

/// Takes a subscription to iopub, or its end: one frame of 1 or 0 and the topic.
fn greet(iopub: &Peers, identity: &Bytes, frames: &[Bytes], words: &Words) {
    match frames.first().and_then(|frame| frame.split_first()) {
        Some((1, topic)) => {
            // A topic that is no text is nothing that is ever published, but it is the client's own affair.
            let welcome = words.parcel(&words.session.welcome(topic));
            iopub.subscribe(identity, Bytes::copy_from_slice(topic), welcome, &|parent| {
                words.gap(parent)
            });
        }
        Some((0, topic)) => iopub.unsubscribe(identity, topic),
        _ => log::warn!("iopub: a client sent what is no subscription"),
    }
}

/// Writes and signs messages.
#[derive(Clone)]
struct Words {
    signer: Signer,
    session: Session,
}

impl Words {
    fn parcel(&self, message: &Message) -> Parcel {
        Parcel::new(frames::encode(message, &self.signer), worth(message))
    }

    /// What stands in the place of text that one client did not read in time.
    fn gap(&self, parent_header: &Value) -> Parcel {
        Parcel::new(
            frames::encode(&self.session.gap(parent_header), &self.signer),
            Worth::Needed,
        )
    }
}

struct Sender {
    shell: Arc<Peers>,
    control: Arc<Peers>,
    stdin: Arc<Peers>,
    iopub: Arc<Peers>,
    words: Words,
}

impl Sender {
    /// Sends what the event loop wants sent. Nothing here waits for a client.
    async fn run(self, mut outgoing: UnboundedReceiver<Outgoing>) {
        while let Some(next) = outgoing.recv().await {
            match next {
                Outgoing::Message(Socket::Iopub, message) => self.publish(&message),
                Outgoing::Message(Socket::Shell, message) => self.reply(&self.shell, &message),
                Outgoing::Message(Socket::Control, message) => self.reply(&self.control, &message),
                Outgoing::Message(Socket::Stdin, message) => self.reply(&self.stdin, &message),
                Outgoing::Flush(done) => {
                    let all = async {
                        for peers in [&self.shell, &self.control, &self.iopub] {
                            peers.emptied().await;
                        }
                    };
                    if tokio::time::timeout(LAST_WORDS, all).await.is_err() {
                        log::warn!("a client did not read the last messages");
                    }
                    // Whoever asked may have given up.
                    let _ = done.send(());
                }
            }
        }
    }

    fn reply(&self, peers: &Peers, message: &Message) {
        let mut frames = frames::encode(message, &self.words.signer);
        // The first identity is the connection's own.
        let identity = frames.remove(0);
        if !peers.send(&identity, Parcel::new(frames, Worth::Needed)) {
            // A client may go away at any moment; its messages have nowhere to go then.
            log::warn!("{} was not delivered", message.header.msg_type);
        }
    }

    fn publish(&self, message: &Message) {
        let topic = message.identities.first().cloned().unwrap_or_default();
        self.iopub.publish(&topic, self.words.parcel(message), &|parent| {
            self.words.gap(parent)
        });
    }
}

/// Whether a broadcast may be dropped for a client that does not keep up.
fn worth(message: &Message) -> Worth {
    match message.header.msg_type.as_str() {
        "stream" => Worth::Text(message.parent_header.clone()),
        "update_display_data" => match &message.content["transient"]["display_id"] {
            Value::String(name) => Worth::Update(name.clone()),
            _ => Worth::Needed,
        },
        _ => Worth::Needed,
    }
}
