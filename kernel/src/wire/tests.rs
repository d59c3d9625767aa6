//! Sockets against real connections that speak ZMTP by hand. Hostile clients are the end-to-end tests' business.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::connection::Reach;
use crate::wire::peers::MOST_CONNECTIONS;
use crate::wire::zmtp::{
    Decoder, LONGEST_NOTE, LONGEST_REQUEST, Unit, greeting, ready, write_command, write_frame_header,
};

/// A client of one socket.
struct Client {
    stream: TcpStream,
    decoder: Decoder,
}

impl Client {
    async fn connect(port: u16, greeting_and_ready: &[Bytes]) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let decoder = Decoder::new(LONGEST_REQUEST);
        let mut client = Client { stream, decoder };
        for bytes in greeting_and_ready {
            client.stream.write_all(bytes).await.unwrap();
        }
        assert_eq!(client.unit().await, Some(Unit::Greeting));
        assert!(matches!(client.unit().await, Some(Unit::Command(name, _)) if name == "READY"));
        client
    }

    /// The next unit; none if the kernel has closed the connection.
    async fn unit(&mut self) -> Option<Unit> {
        loop {
            if let Some(unit) = self.decoder.next_unit().unwrap() {
                return Some(unit);
            }
            if self.stream.read_buf(self.decoder.room()).await.unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    async fn message(&mut self) -> Vec<Bytes> {
        match self.unit().await {
            Some(Unit::Message(frames)) => frames,
            other => panic!("{other:?}"),
        }
    }

    async fn send(&mut self, frames: &[&[u8]]) {
        let mut bytes = bytes::BytesMut::new();
        for (position, frame) in frames.iter().enumerate() {
            write_frame_header(&mut bytes, frame.len(), position + 1 < frames.len());
            bytes.extend_from_slice(frame);
        }
        self.stream.write_all(&bytes).await.unwrap();
    }
}

/// READY of a client that wants to be known by a name.
fn ready_as(socket_type: &str, name: &str) -> Bytes {
    let mut bytes = ready(socket_type).to_vec();
    bytes[1] += u8::try_from(name.len()).unwrap();
    let length = bytes.len();
    bytes[length - 1] = u8::try_from(name.len()).unwrap();
    bytes.extend_from_slice(name.as_bytes());
    bytes.into()
}

async fn serve(peers: &Arc<Peers>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(peers.clone().serve(Listener::Tcp(listener), Reach::User));
    port
}

fn echo() -> Arc<Peers> {
    Peers::new(
        "echo",
        Pattern::Router,
        Box::new(|peers, identity, frames| {
            assert!(peers.send(identity, Parcel::new(frames, Worth::Needed)));
        }),
    )
}

#[tokio::test]
async fn each_client_gets_its_own_answers() {
    let peers = echo();
    let port = serve(&peers).await;
    let mut clients = Vec::new();
    for socket_type in ["DEALER", "REQ", "DEALER"] {
        clients.push(Client::connect(port, &[greeting(), ready(socket_type)]).await);
    }
    for (number, client) in clients.iter_mut().enumerate() {
        client.send(&[b"", &[number as u8]]).await;
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(
            client.message().await,
            [Bytes::new(), Bytes::from(vec![number as u8])]
        );
    }
    drop(clients);
    assert!(!peers.send(b"nobody", Parcel::new(vec!["x".into()], Worth::Needed)));
}

#[tokio::test]
async fn a_name_belongs_to_who_came_last() {
    let peers = echo();
    let port = serve(&peers).await;
    let mut first = Client::connect(port, &[greeting(), ready_as("DEALER", "me")]).await;
    first.send(&[b"1"]).await;
    assert_eq!(first.message().await, ["1"]);
    let mut second = Client::connect(port, &[greeting(), ready_as("DEALER", "me")]).await;
    second.send(&[b"2"]).await;
    assert_eq!(second.message().await, ["2"]);
    assert_eq!(first.unit().await, None, "the older connection is closed");
    assert!(peers.send(b"me", Parcel::new(vec!["3".into()], Worth::Needed)));
    assert_eq!(second.message().await, ["3"]);
}

#[tokio::test]
async fn subscribers_are_greeted_and_get_their_topics() {
    let words = Words {
        signer: Signer::new("key"),
        session: Session::default(),
    };
    let greeter = words.clone();
    let iopub = Peers::new(
        "iopub",
        Pattern::Publisher,
        Box::new(move |iopub, identity, frames| greet(iopub, identity, &frames, &greeter)),
    );
    let port = serve(&iopub).await;
    let publish = |topic: &str, length: usize| {
        let mut message = words
            .session
            .broadcast("stream", None, json!({ "text": "x".repeat(length) }));
        message.identities = vec![Bytes::from(topic.to_string())];
        iopub.publish(topic.as_bytes(), words.parcel(&message), &|parent| {
            words.gap(parent)
        });
    };
    let mut all = Client::connect(port, &[greeting(), ready("SUB")]).await;
    let mut some = Client::connect(port, &[greeting(), ready("XSUB")]).await;
    publish("before", 1);
    for (client, topic) in [(&mut all, ""), (&mut some, "ab")] {
        client.send(&[&[b"\x01", topic.as_bytes()].concat()]).await;
        let welcome = frames::decode(&client.message().await, &words.signer).unwrap();
        assert_eq!(welcome.content, json!({ "subscription": topic }));
        assert_eq!(welcome.identities, [topic]);
    }
    publish("a", 1);
    publish("abc", 2);
    assert_eq!(all.message().await[0], "a");
    assert_eq!(all.message().await[0], "abc");
    assert_eq!(some.message().await[0], "abc");
    some.send(&[b"\x00ab"]).await;
    // One that does not read: others get everything, and it a note where its text is missing.
    for _ in 0..64 {
        publish("flood", 1 << 20);
        assert_eq!(all.message().await[0], "flood");
    }
    let mut sleeper = Client::connect(port, &[greeting(), ready("SUB")]).await;
    sleeper.send(&[b"\x01"]).await;
    sleeper.message().await;
    for _ in 0..64 {
        publish("flood", 1 << 20);
        assert_eq!(all.message().await[0], "flood");
    }
    publish("last", 1);
    let (mut texts, mut notes) = (0, 0);
    loop {
        let message = frames::decode(&sleeper.message().await, &words.signer).unwrap();
        match message.text("text") {
            Some(text) if text.contains("missing here") => notes += 1,
            Some(text) if text.len() == 1 << 20 => texts += 1,
            _ => break assert_eq!(message.identities, ["last"]),
        }
    }
    assert!(
        (1..64).contains(&texts) && notes >= 1,
        "{texts} texts, {notes} notes"
    );
    iopub.emptied().await;
}

#[tokio::test]
async fn a_ping_is_answered_with_its_context() {
    let peers = echo();
    let port = serve(&peers).await;
    let mut client = Client::connect(port, &[greeting(), ready("DEALER")]).await;
    let ping = |data: &[u8]| write_command("PING", data);
    client.stream.write_all(&ping(b"\x00\x0acontext")).await.unwrap();
    let pong = Unit::Command("PONG".into(), "context".into());
    assert_eq!(client.unit().await, Some(pong));
    client.send(&[b"x"]).await;
    assert_eq!(client.message().await, ["x"]);
    client.stream.write_all(&ping(b"\x00")).await.unwrap();
    assert_eq!(client.unit().await, None, "it is cut off");
}

#[tokio::test]
async fn the_number_of_connections_is_bounded() {
    let peers = echo();
    let port = serve(&peers).await;
    let mut clients = Vec::new();
    for _ in 0..MOST_CONNECTIONS {
        clients.push(Client::connect(port, &[greeting(), ready("DEALER")]).await);
    }
    let mut one_more = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert_eq!(one_more.read(&mut [0; 9]).await.unwrap_or(0), 0);
    // One that leaves makes room, as soon as its end is noticed.
    let mut leaver = clients.pop().unwrap();
    leaver
        .stream
        .write_all(&write_command("ERROR", b"\x00"))
        .await
        .unwrap();
    assert_eq!(leaver.unit().await, None);
    let mut late = Client::connect(port, &[greeting(), ready("DEALER")]).await;
    late.send(&[b"x"]).await;
    assert_eq!(late.message().await, ["x"]);
}

#[tokio::test]
async fn where_only_notes_are_expected_long_messages_are_refused() {
    let peers = Peers::new("heartbeat", Pattern::Echo, Box::new(|_, _, _| {}));
    let port = serve(&peers).await;
    let mut client = Client::connect(port, &[greeting(), ready("REQ")]).await;
    client.send(&[&vec![0; LONGEST_NOTE + 1]]).await;
    assert_eq!(client.unit().await, None);
}

#[tokio::test]
async fn an_address_that_becomes_free_is_taken() {
    let holder = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("tcp://{}", holder.local_addr().unwrap());
    let (bound, ()) = tokio::join!(bind("shell", address.clone()), async {
        tokio::task::yield_now().await;
        drop(holder);
    });
    let listener = bound.unwrap();
    let error = bind("control", address).await.err().unwrap().to_string();
    assert!(error.contains("hint: another program may use it"), "{error}");
    drop(listener);
}
