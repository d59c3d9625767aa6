//! The only place with bytes, signatures and sockets: turns frames into [`Event`]s and messages into frames.
//!
//! One task sends everything, in the order in which the event loop decided it: when a reply leaves, the output before it has left.
//! What cannot be read or delivered is logged and dropped; nothing here ends the kernel.

mod frames;
mod signature;

use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::oneshot;
use zeromq::{
    RouterRecvHalf, RouterSendHalf, RouterSocket, Socket as _, SocketRecv, SocketSend, XPubSocket, ZmqError,
    ZmqMessage, ZmqResult,
};

use crate::connection::Connection;
use crate::event_loop::Event;
use crate::messages::{Message, Session, Socket};
use signature::Signer;

/// How long the sockets get to write out what they hold: the crate has no way to wait for it.
const LAST_WORDS: Duration = Duration::from_millis(80);

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
    reason: ZmqError,
}

/// The kernel's sockets, listening.
pub struct Sockets {
    shell: RouterSocket,
    control: RouterSocket,
    stdin: RouterSocket,
    iopub: XPubSocket,
    heartbeat: RouterSocket,
    signer: Signer,
}

impl Sockets {
    /// Listens on every address of the connection file.
    pub async fn bind(connection: &Connection) -> Result<Sockets, BindError> {
        let mut sockets = Sockets {
            shell: RouterSocket::new(),
            control: RouterSocket::new(),
            stdin: RouterSocket::new(),
            iopub: XPubSocket::new(),
            heartbeat: RouterSocket::new(),
            signer: Signer::new(&connection.key),
        };
        bind(&mut sockets.shell, "shell", connection.address(Socket::Shell)).await?;
        bind(
            &mut sockets.control,
            "control",
            connection.address(Socket::Control),
        )
        .await?;
        bind(&mut sockets.stdin, "stdin", connection.address(Socket::Stdin)).await?;
        bind(&mut sockets.iopub, "iopub", connection.address(Socket::Iopub)).await?;
        bind(
            &mut sockets.heartbeat,
            "heartbeat",
            connection.heartbeat_address(),
        )
        .await?;
        Ok(sockets)
    }

    /// Begins to carry messages, in tasks of the current runtime.
    pub fn start(
        self,
        session: Session,
        events: &UnboundedSender<Event>,
        outgoing: UnboundedReceiver<Outgoing>,
    ) {
        let (shell, shell_requests) = self.shell.split();
        let (control, control_requests) = self.control.split();
        let (stdin, stdin_replies) = self.stdin.split();
        tokio::spawn(echo(self.heartbeat));
        for (socket, half) in [
            (Socket::Shell, shell_requests),
            (Socket::Control, control_requests),
            (Socket::Stdin, stdin_replies),
        ] {
            tokio::spawn(receive(socket, half, self.signer.clone(), events.clone()));
        }
        let sender = Sender {
            shell,
            control,
            stdin,
            iopub: self.iopub,
            signer: self.signer,
            session,
        };
        tokio::spawn(sender.run(outgoing));
    }
}

async fn bind(
    socket: &mut impl zeromq::Socket,
    name: &'static str,
    address: String,
) -> Result<(), BindError> {
    // A kernel that was killed leaves the file of its ipc socket behind, and nobody can listen there again.
    if let Some(path) = address.strip_prefix("ipc://").map(Path::new)
        && path
            .symlink_metadata()
            .is_ok_and(|data| data.file_type().is_socket())
    {
        // If it cannot be removed, listening fails and says so.
        let _ = std::fs::remove_file(path);
    }
    match socket.bind(&address).await {
        Ok(_) => Ok(()),
        Err(reason) => Err(BindError {
            address,
            socket: name,
            reason,
        }),
    }
}

/// Sends back every heartbeat as it came.
async fn echo(mut heartbeat: RouterSocket) {
    loop {
        match heartbeat.recv().await {
            Ok(message) => log_failure("heartbeat", heartbeat.send(message).await),
            Err(error) => log::warn!("heartbeat: {error}"),
        }
    }
}

/// Hands every request on one socket to the event loop.
async fn receive(socket: Socket, mut half: RouterRecvHalf, signer: Signer, events: UnboundedSender<Event>) {
    loop {
        let frames: Vec<Bytes> = match half.recv().await {
            Ok(message) => message.into_vec(),
            Err(error) => {
                log::warn!("{socket:?}: {error}");
                continue;
            }
        };
        match frames::decode(&frames, &signer) {
            Ok(message) => {
                if events.send(Event::Request(socket, Box::new(message))).is_err() {
                    // The event loop has ended: the kernel is about to.
                    return;
                }
            }
            Err(error) => log::warn!("{socket:?}: message dropped: {error}"),
        }
    }
}

struct Sender {
    shell: RouterSendHalf,
    control: RouterSendHalf,
    stdin: RouterSendHalf,
    iopub: XPubSocket,
    signer: Signer,
    session: Session,
}

impl Sender {
    /// Sends what the event loop wants sent, and greets subscribers: a subscription to XPUB counts only once it was received
    /// here, so it has priority.
    async fn run(mut self, mut outgoing: UnboundedReceiver<Outgoing>) {
        loop {
            tokio::select! {
                biased;
                subscription = self.iopub.recv() => self.greet(subscription).await,
                next = outgoing.recv() => match next {
                    Some(Outgoing::Message(socket, message)) => self.send(socket, &message).await,
                    Some(Outgoing::Flush(done)) => {
                        tokio::time::sleep(LAST_WORDS).await;
                        // Whoever asked may have given up.
                        let _ = done.send(());
                    }
                    None => return,
                },
            }
        }
    }

    async fn greet(&mut self, subscription: ZmqResult<ZmqMessage>) {
        let message = match subscription {
            Ok(message) => message,
            Err(error) => return log::info!("iopub: a subscriber has gone: {error}"),
        };
        // One frame: 1 for a subscription or 0 for its end, then the topic.
        let topic = match message.get(0).map(|frame| frame.split_first()) {
            Some(Some((1, topic))) => topic,
            _ => return,
        };
        match std::str::from_utf8(topic) {
            Ok(topic) => {
                let welcome = self.session.welcome(topic);
                self.send(Socket::Iopub, &welcome).await;
            }
            Err(_) => log::warn!("iopub: a subscription to a topic that is no text"),
        }
    }

    async fn send(&mut self, socket: Socket, message: &Message) {
        let frames = frames::encode(message, &self.signer);
        let frames = ZmqMessage::try_from(frames).expect("a message has at least six frames");
        let result = match socket {
            Socket::Shell => self.shell.send(frames).await,
            Socket::Control => self.control.send(frames).await,
            Socket::Stdin => self.stdin.send(frames).await,
            Socket::Iopub => self.iopub.send(frames).await,
        };
        log_failure(&message.header.msg_type, result);
    }
}

/// A client may go away at any moment; its messages have nowhere to go then.
fn log_failure(what: &str, result: ZmqResult<()>) {
    if let Err(error) = result {
        log::warn!("{what} was not delivered: {error}");
    }
}
