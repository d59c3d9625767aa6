//! What waits to be written to one client, with a budget in bytes: a front end that does not read cannot fill the kernel's memory,
//! nor keep others waiting.
//!
//! Over the budget the oldest text of cells goes first, and one line says so; then displays that a later update replaces.
//! Status, replies, errors and results stay. A client that owes more than that is cut off; it is free to come again.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Notify;

use super::zmtp;

/// Bytes that may wait before text is dropped.
pub const BUDGET: usize = 16 << 20;
/// Bytes that may wait before the client is cut off: a little more than all that one cell may show.
const MOST_WAITING: usize = 160 << 20;
/// Shorter frames are gathered into one write of about this many bytes.
const WRITE: usize = 64 << 10;

/// Makes the line that stands in the place of dropped text of the cell with this header.
pub type Note<'a> = dyn Fn(&Value) -> Parcel + 'a;

/// One message on its way, the same for all who get it.
#[derive(Debug)]
pub struct Parcel {
    frames: Vec<Bytes>,
    length: usize,
    worth: Worth,
    /// The frames are bytes of a command, header and all.
    command: bool,
}

/// Whether a message may be dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum Worth {
    /// No.
    Needed,
    /// Text of the cell with this header: yes, if it is said.
    Text(Value),
    /// It only replaces the display of this name: yes, if a later one does so too.
    Update(String),
    /// The answer to "are you there?": yes, if the client has not read earlier ones.
    SignOfLife,
}

impl Parcel {
    /// A message to write.
    pub fn new(frames: Vec<Bytes>, worth: Worth) -> Parcel {
        // Empty frames take memory too.
        let length = frames.iter().map(|frame| frame.len() + size_of::<Bytes>()).sum();
        Parcel {
            frames,
            length,
            worth,
            command: false,
        }
    }

    /// The answer to the command PING, which came with this context.
    pub fn pong(context: &[u8]) -> Parcel {
        let command = zmtp::write_command("PONG", context);
        Parcel {
            command: true,
            ..Parcel::new(vec![command], Worth::SignOfLife)
        }
    }
}

/// The messages that wait for one client.
#[derive(Debug, Default)]
pub struct Outbox {
    waiting: Mutex<Waiting>,
    /// Something was put in, or the box was closed.
    changed: Notify,
    /// Everything was written, or nothing more will be.
    empty: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    parcels: VecDeque<Arc<Parcel>>,
    /// Bytes of `parcels` and of the one that is being written.
    length: usize,
    closed: bool,
}

impl Outbox {
    /// Puts a message in. False if the client owes too much: the box is closed.
    pub fn put(&self, parcel: Arc<Parcel>, note: &Note<'_>) -> bool {
        let mut waiting = self.lock();
        if waiting.closed || parcel.worth == Worth::SignOfLife && waiting.length > WRITE {
            return true;
        }
        if waiting.length > MOST_WAITING {
            drop(waiting);
            self.close();
            return false;
        }
        waiting.length += parcel.length;
        waiting.parcels.push_back(parcel);
        if waiting.length > BUDGET {
            waiting.shed(note);
        }
        drop(waiting);
        self.changed.notify_one();
        true
    }

    /// Nothing more is written.
    pub fn close(&self) {
        let mut waiting = self.lock();
        *waiting = Waiting {
            closed: true,
            ..Waiting::default()
        };
        drop(waiting);
        self.changed.notify_one();
        self.empty.notify_waiters();
    }

    /// Whether nothing more is written.
    pub fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Waits until everything was written.
    pub async fn emptied(&self) {
        let emptied = self.empty.notified();
        if self.lock().length > 0 {
            emptied.await;
        }
    }

    /// Writes what comes in until the box is closed.
    ///
    /// # Errors
    /// When the client has gone.
    pub async fn write_to(&self, out: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let mut buffer = BytesMut::new();
        let mut written = 0;
        loop {
            let Some(parcel) = self.next() else {
                if !buffer.is_empty() {
                    out.write_all(&std::mem::take(&mut buffer)).await?;
                }
                self.wrote(std::mem::take(&mut written));
                if self.lock().closed {
                    return Ok(());
                }
                self.changed.notified().await;
                continue;
            };
            for (position, frame) in parcel.frames.iter().enumerate() {
                if !parcel.command {
                    zmtp::write_frame_header(&mut buffer, frame.len(), position + 1 < parcel.frames.len());
                }
                if frame.len() < WRITE {
                    buffer.extend_from_slice(frame);
                }
                if buffer.len() >= WRITE || frame.len() >= WRITE {
                    out.write_all(&std::mem::take(&mut buffer)).await?;
                }
                if frame.len() >= WRITE {
                    out.write_all(frame).await?;
                }
            }
            written += parcel.length;
        }
    }

    fn next(&self) -> Option<Arc<Parcel>> {
        self.lock().parcels.pop_front()
    }

    fn wrote(&self, length: usize) {
        let mut waiting = self.lock();
        waiting.length = waiting.length.saturating_sub(length);
        if waiting.length == 0 {
            self.empty.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Makes room: down to half of the budget, so that it is not to be done again at once.
    fn shed(&mut self, note: &Note<'_>) {
        let mut length = self.length;
        let mut kept: VecDeque<Arc<Parcel>> = VecDeque::new();
        let mut noted = false;
        for parcel in self.parcels.drain(..) {
            match &parcel.worth {
                Worth::Text(parent) if length > BUDGET / 2 => {
                    length -= parcel.length;
                    if !noted {
                        noted = true;
                        let line = note(parent);
                        length += line.length;
                        kept.push_back(Arc::new(line));
                    }
                }
                _ => kept.push_back(parcel),
            }
        }
        if length > BUDGET / 2 {
            let mut later = HashSet::new();
            let mut newest_first: Vec<Arc<Parcel>> = Vec::with_capacity(kept.len());
            for parcel in kept.into_iter().rev() {
                match &parcel.worth {
                    Worth::Update(name) if !later.insert(name.clone()) => length -= parcel.length,
                    _ => newest_first.push(parcel),
                }
            }
            kept = newest_first.into_iter().rev().collect();
        }
        self.parcels = kept;
        self.length = length;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parcel(name: &str, length: usize, worth: Worth) -> Arc<Parcel> {
        Arc::new(Parcel::new(
            vec![name.to_owned().into(), vec![0; length].into()],
            worth,
        ))
    }

    fn text(name: &str, length: usize) -> Arc<Parcel> {
        parcel(name, length, Worth::Text(json!(name)))
    }

    fn note(parent: &Value) -> Parcel {
        Parcel::new(vec![format!("note {parent}").into()], Worth::Needed)
    }

    fn names(outbox: &Outbox) -> Vec<String> {
        let waiting = outbox.lock();
        let names = waiting.parcels.iter();
        names
            .map(|parcel| String::from_utf8(parcel.frames[0].to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn over_the_budget_the_oldest_text_goes_and_one_line_says_so() {
        let outbox = Outbox::default();
        assert!(outbox.put(parcel("busy", 9, Worth::Needed), &note));
        for number in 0..16 {
            assert!(outbox.put(text(&format!("text {number}"), 1 << 20), &note));
            if number == 3 {
                assert!(outbox.put(parcel("result", 9, Worth::Needed), &note));
            }
        }
        let mut wanted = vec![
            "busy".to_owned(),
            "note \"text 0\"".to_owned(),
            "result".to_owned(),
        ];
        wanted.extend((9..16).map(|number| format!("text {number}")));
        assert_eq!(names(&outbox), wanted);
        for number in 16..2000 {
            assert!(outbox.put(text(&format!("text {number}"), 1 << 20), &note));
        }
        assert!(outbox.lock().length <= BUDGET);
        assert_eq!(names(&outbox).iter().filter(|name| *name == "result").count(), 1);
    }

    #[test]
    fn only_the_last_update_of_a_display_is_kept() {
        let outbox = Outbox::default();
        let update = |name: &str, number| {
            let content = format!("{name}{number}");
            outbox.put(parcel(&content, 5 << 20, Worth::Update(name.to_owned())), &note)
        };
        for (name, number) in [("a", 1), ("b", 1), ("a", 2), ("a", 3)] {
            assert!(update(name, number));
        }
        assert_eq!(names(&outbox), ["b1", "a3"]);
    }

    #[test]
    fn who_owes_too_much_is_cut_off() {
        let outbox = Outbox::default();
        for _ in 0..3 {
            assert!(outbox.put(parcel("display", MOST_WAITING / 3, Worth::Needed), &note));
        }
        assert!(!outbox.put(parcel("one more", 1, Worth::Needed), &note));
        assert!(outbox.put(parcel("too late", 1, Worth::Needed), &note));
        assert_eq!(names(&outbox), Vec::<String>::new());
        assert_eq!(outbox.lock().length, 0);
    }

    #[test]
    fn signs_of_life_do_not_pile_up() {
        let outbox = Outbox::default();
        for _ in 0..1_000_000 {
            assert!(outbox.put(Arc::new(Parcel::pong(b"context")), &note));
        }
        assert!(outbox.lock().length < WRITE * 2);
    }

    #[tokio::test]
    async fn everything_is_written_in_order() {
        let outbox = Outbox::default();
        let large = vec![1_u8; WRITE * 2 + 5];
        outbox.put(
            Arc::new(Parcel::new(vec!["a".into(), large.clone().into()], Worth::Needed)),
            &note,
        );
        for _ in 0..3 {
            outbox.put(text("b", 100), &note);
        }
        let (mut near, mut far) = tokio::io::duplex(1000);
        let read = async {
            let mut decoder = zmtp::Decoder::new(zmtp::LONGEST_REQUEST);
            decoder.room().extend_from_slice(&zmtp::greeting());
            let mut messages = Vec::new();
            while messages.len() < 4 {
                match decoder.next_unit().unwrap() {
                    Some(zmtp::Unit::Message(frames)) => messages.push(frames),
                    Some(_) => {}
                    None => {
                        tokio::io::AsyncReadExt::read_buf(&mut far, decoder.room())
                            .await
                            .unwrap();
                    }
                }
            }
            outbox.emptied().await;
            outbox.close();
            messages
        };
        let (written, messages) = tokio::join!(outbox.write_to(&mut near), read);
        written.unwrap();
        assert_eq!(messages[0], [Bytes::from("a"), Bytes::from(large)]);
        assert!(
            messages[1..]
                .iter()
                .all(|frames| frames[0] == "b" && frames[1].len() == 100)
        );
    }
}
