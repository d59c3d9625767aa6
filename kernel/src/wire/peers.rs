//! One of the kernel's sockets: it listens on an address, and knows who is connected.
//!
//! Each connection is a task of its own, so one that stalls, lies or breaks off costs nobody else anything. What a
//! message means is its handler's business.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::Semaphore;

use super::listener::{Listener, keep_alive};
use super::outbox::{Note, Outbox, Parcel, Worth};
use super::visitor;
use super::zmtp::{self, Decoder, LONGEST_NOTE, LONGEST_REQUEST, Ready, Unit, ZmtpError};
use crate::connection::Reach;

/// How long a new connection may take to say what it is.
const TIME_TO_GREET: Duration = Duration::from_secs(30);
/// How long to wait when the system has no descriptors left for a new connection.
const BREATH: Duration = Duration::from_millis(200);
/// Most connections of one socket. All five together stay below the 1024 descriptors that a process usually may have.
pub const MOST_CONNECTIONS: usize = 160;
/// Most subscriptions of one connection.
const MOST_SUBSCRIPTIONS: usize = 1000;

/// What a socket does, in ZeroMQ's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Answers whom it likes.
    Router,
    /// Sends to all who subscribed.
    Publisher,
    /// Gives back what it gets.
    Echo,
}

impl Pattern {
    fn name(self) -> &'static str {
        match self {
            Pattern::Router | Pattern::Echo => "ROUTER",
            Pattern::Publisher => "XPUB",
        }
    }

    fn accepts(self, other: &[u8]) -> bool {
        match self {
            Pattern::Router | Pattern::Echo => matches!(other, b"DEALER" | b"REQ" | b"ROUTER"),
            Pattern::Publisher => matches!(other, b"SUB" | b"XSUB"),
        }
    }

    /// Longest message in bytes that is taken.
    fn longest(self) -> usize {
        match self {
            Pattern::Router => LONGEST_REQUEST,
            Pattern::Publisher | Pattern::Echo => LONGEST_NOTE,
        }
    }
}

/// What is done with a message: the socket, who sent it, its frames.
pub type Handler = Box<dyn Fn(&Peers, &Bytes, Vec<Bytes>) + Send + Sync>;

/// Who is connected to one socket.
pub struct Peers {
    /// For the log.
    name: &'static str,
    pattern: Pattern,
    handler: Handler,
    connected: Mutex<Connected>,
    /// Connections that there still may be.
    free: Arc<Semaphore>,
}

#[derive(Default)]
struct Connected {
    peers: HashMap<Bytes, Peer>,
    /// Connections so far.
    count: u64,
}

struct Peer {
    /// Which connection it is; the same client may come again before the end of its last one is noticed.
    number: u64,
    outbox: Arc<Outbox>,
    subscriptions: Vec<Bytes>,
}

impl Peers {
    /// A socket to which nobody is connected yet.
    pub fn new(name: &'static str, pattern: Pattern, handler: Handler) -> Arc<Peers> {
        Arc::new(Peers {
            name,
            pattern,
            handler,
            connected: Mutex::default(),
            free: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
        })
    }

    /// Accepts connections for as long as the runtime lives, from those whom `reach` lets in.
    pub async fn serve(self: Arc<Peers>, listener: Listener, reach: Reach) {
        let admitted = |stranger: Option<u32>| match stranger {
            Some(user) if reach == Reach::User => {
                visitor::turn_away(self.name, user);
                false
            }
            _ => true,
        };
        loop {
            let accepted = match &listener {
                Listener::Tcp(listener) => listener.accept().await.map(|(stream, _)| {
                    if admitted(visitor::stranger_tcp(&stream)) {
                        keep_alive(&stream);
                        self.welcome(stream);
                    }
                }),
                Listener::Ipc { listener, .. } => listener.accept().await.map(|(stream, _)| {
                    if admitted(visitor::stranger_ipc(&stream)) {
                        self.welcome(stream);
                    }
                }),
            };
            if let Err(error) = accepted {
                log::warn!("{}: {error}", self.name);
                tokio::time::sleep(BREATH).await;
            }
        }
    }

    /// Attends to a new connection, unless there are too many: then it is closed at once.
    fn welcome(self: &Arc<Peers>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Ok(permit) = self.free.clone().try_acquire_owned() else {
            return log::warn!("{}: more than {MOST_CONNECTIONS} connections", self.name);
        };
        let peers = self.clone();
        tokio::spawn(async move {
            peers.attend(stream).await;
            drop(permit);
        });
    }

    /// Sends to one client. False if it is not there.
    pub fn send(&self, identity: &[u8], parcel: Parcel) -> bool {
        let Some(outbox) = self.lock().peers.get(identity).map(|peer| peer.outbox.clone()) else {
            return false;
        };
        outbox.put(Arc::new(parcel), &no_note)
    }

    /// Sends to all who subscribed to this topic or a beginning of it.
    pub fn publish(&self, topic: &[u8], parcel: Parcel, note: &Note<'_>) {
        let parcel = Arc::new(parcel);
        let cut_off = |peer: &&Peer| {
            peer.subscriptions.iter().any(|wanted| topic.starts_with(wanted))
                && !peer.outbox.put(parcel.clone(), note)
        };
        let count = self.lock().peers.values().filter(cut_off).count();
        if count > 0 {
            log::warn!("{}: {count} clients that do not read were cut off", self.name);
        }
    }

    /// From now on the client gets what is published under a topic; first of all it gets `welcome`.
    pub fn subscribe(&self, identity: &[u8], topic: Bytes, welcome: Parcel, note: &Note<'_>) {
        let mut connected = self.lock();
        let Some(peer) = connected.peers.get_mut(identity) else {
            return;
        };
        if peer.subscriptions.len() < MOST_SUBSCRIPTIONS {
            peer.subscriptions.push(topic);
            peer.outbox.put(Arc::new(welcome), note);
            return;
        }
        peer.outbox.close();
        drop(connected);
        let name = self.name;
        log::warn!("{name}: a client with {MOST_SUBSCRIPTIONS} subscriptions was cut off");
    }

    /// The end of a subscription.
    pub fn unsubscribe(&self, identity: &[u8], topic: &[u8]) {
        if let Some(peer) = self.lock().peers.get_mut(identity)
            && let Some(place) = peer.subscriptions.iter().position(|wanted| wanted == topic)
        {
            peer.subscriptions.swap_remove(place);
        }
    }

    /// Waits until everything was written to everyone.
    pub async fn emptied(&self) {
        let outboxes: Vec<Arc<Outbox>> = self
            .lock()
            .peers
            .values()
            .map(|peer| peer.outbox.clone())
            .collect();
        for outbox in outboxes {
            outbox.emptied().await;
        }
    }

    /// One connection from its first byte to its last.
    async fn attend(&self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let (mut from, mut to) = tokio::io::split(stream);
        let mut decoder = Decoder::new(self.pattern.longest());
        let identity =
            match tokio::time::timeout(TIME_TO_GREET, self.greet(&mut decoder, &mut from, &mut to)).await {
                Ok(Ok(identity)) => identity,
                Ok(Err(error)) => return log::info!("{}: a connection was refused: {error}", self.name),
                Err(_) => return log::info!("{}: a connection that said nothing was closed", self.name),
            };
        let (identity, number, outbox) = self.join(identity);
        let end = tokio::select! {
            end = self.listen(&identity, &outbox, &mut decoder, &mut from) => end,
            end = outbox.write_to(&mut to) => end.map_err(Gone::from),
        };
        self.leave(&identity, number);
        if let Err(error) = end {
            log::info!("{}: a connection has ended: {error}", self.name);
        }
    }

    /// The handshake. Gives the name by which the client wants to be known.
    async fn greet(
        &self,
        decoder: &mut Decoder,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Result<Bytes, Gone> {
        to.write_all(&zmtp::greeting()).await?;
        if next(decoder, from).await? != Unit::Greeting {
            return Err(ZmtpError::Greeting.into());
        }
        to.write_all(&zmtp::ready(self.pattern.name())).await?;
        let Unit::Command(name, data) = next(decoder, from).await? else {
            return Err(ZmtpError::Command("a message came before READY").into());
        };
        if name != "READY" {
            return Err(ZmtpError::Command("READY was expected").into());
        }
        let ready = Ready::parse(data)?;
        if !self.pattern.accepts(&ready.socket_type) {
            return Err(ZmtpError::Command("the other socket's type does not fit").into());
        }
        // A copy, or it would keep alive whatever was received together with it.
        Ok(Bytes::copy_from_slice(&ready.identity))
    }

    /// Hands over what the client sends until it goes away.
    async fn listen(
        &self,
        identity: &Bytes,
        outbox: &Outbox,
        decoder: &mut Decoder,
        from: &mut (impl AsyncRead + Unpin),
    ) -> Result<(), Gone> {
        loop {
            match next(decoder, from).await? {
                Unit::Message(frames) => (self.handler)(self, identity, frames),
                Unit::Command(name, topic) if name == "SUBSCRIBE" => self.subscription(identity, 1, &topic),
                Unit::Command(name, topic) if name == "CANCEL" => self.subscription(identity, 0, &topic),
                Unit::Command(name, data) if name == "PING" => {
                    // Said by version 3.1 only, but libzmq asks whatever version it talks to, and breaks off without an answer.
                    outbox.put(Arc::new(Parcel::pong(&zmtp::ping_context(data)?)), &no_note);
                }
                Unit::Command(name, _) if name == "ERROR" => return Ok(()),
                Unit::Command(name, _) => log::info!("{}: the command {name:?} was ignored", self.name),
                Unit::Greeting => {}
            }
            if outbox.is_closed() {
                return Ok(());
            }
        }
    }

    /// Version 3.1's command for what is a message in version 3.0.
    fn subscription(&self, identity: &Bytes, first: u8, topic: &[u8]) {
        let mut frame = BytesMut::with_capacity(1 + topic.len());
        frame.put_u8(first);
        frame.put_slice(topic);
        (self.handler)(self, identity, vec![frame.freeze()]);
    }

    /// A client has come. One that comes again takes the place of its last connection.
    fn join(&self, identity: Bytes) -> (Bytes, u64, Arc<Outbox>) {
        let mut connected = self.lock();
        connected.count += 1;
        let number = connected.count;
        let identity = if identity.is_empty() {
            // A name that begins with zero is nobody's own.
            let mut name = BytesMut::with_capacity(9);
            name.put_u8(0);
            name.put_u64(number);
            name.freeze()
        } else {
            identity
        };
        let outbox = Arc::new(Outbox::default());
        let peer = Peer {
            number,
            outbox: outbox.clone(),
            subscriptions: Vec::new(),
        };
        if let Some(before) = connected.peers.insert(identity.clone(), peer) {
            before.outbox.close();
        }
        (identity, number, outbox)
    }

    fn leave(&self, identity: &[u8], number: u64) {
        let mut connected = self.lock();
        if connected
            .peers
            .get(identity)
            .is_some_and(|peer| peer.number == number)
            && let Some(peer) = connected.peers.remove(identity)
        {
            peer.outbox.close();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connected> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is sent to one client is never dropped, so there is nothing to say in its place.
fn no_note(_: &Value) -> Parcel {
    Parcel::new(Vec::new(), Worth::Needed)
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Gone {
    #[error(transparent)]
    Zmtp(#[from] ZmtpError),
    #[error(transparent)]
    Stream(#[from] io::Error),
}

async fn next(decoder: &mut Decoder, from: &mut (impl AsyncRead + Unpin)) -> Result<Unit, Gone> {
    loop {
        if let Some(unit) = decoder.next_unit()? {
            return Ok(unit);
        }
        if from.read_buf(decoder.room()).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}
