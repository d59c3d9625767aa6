//! Writes entries and counts behind the person's back: on a network's file system that takes longer than a small cell.
//!
//! What is not written yet is found here, so that a cell that runs again at once is not compiled again. An entry that cannot be
//! written (the disk is full, the directory read-only) is left out: the cell ran, and that is what the person wanted.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::entry::Entry;
use super::folder::Folder;
use super::key::Key;
use super::limit::total;
use super::tally::Outcome;
use crate::worker::own_descriptors;

/// So many entries wait at most; behind a file system that hangs, more would only cost memory.
const WAITING: usize = 64;

/// How long the disk may take for one entry at the end of a session.
const PATIENCE: Duration = Duration::from_secs(5);

/// After this part of the limit has been written, the directory is looked through: others write to it as well.
const LOOK_AFTER: u64 = 32;

/// Writes to one directory, on a thread of its own.
#[derive(Debug)]
pub struct Writer {
    waiting: Waiting,
    /// None when it is being dropped.
    orders: Option<Sender<Order>>,
    /// Closed when the thread has ended.
    ended: Receiver<Infallible>,
}

/// What is to be written.
#[derive(Clone, Copy, Debug)]
enum Order {
    /// The entry that waits under this key.
    Entry(Key),
    /// That a cell ran.
    Count(Outcome),
}

/// What is not written yet.
type Waiting = Arc<Mutex<HashMap<Key, Entry>>>;

impl Writer {
    /// A writer to `folder`. None if the system gives no thread.
    pub fn start(folder: Folder) -> Option<Writer> {
        let waiting = Waiting::default();
        let (orders, received) = channel();
        let (alive, ended) = channel();
        let shared = waiting.clone();
        std::thread::Builder::new()
            .name("cache".to_owned())
            .spawn(move || {
                let _alive: Sender<Infallible> = alive;
                own_descriptors();
                write_all(&folder, &received, &shared);
            })
            .ok()?;
        Some(Writer {
            waiting,
            orders: Some(orders),
            ended,
        })
    }

    /// Takes an entry to be written.
    pub fn write(&self, key: Key, entry: Entry) {
        let mut waiting = lock(&self.waiting);
        let Some(orders) = self.orders.as_ref().filter(|_| waiting.len() < WAITING) else {
            return;
        };
        waiting.insert(key, entry);
        if orders.send(Order::Entry(key)).is_err() {
            waiting.remove(&key);
        }
    }

    /// Takes a cell to be counted.
    pub fn count(&self, outcome: Outcome) {
        if let Some(orders) = &self.orders {
            // Without the thread nothing is written.
            let _ = orders.send(Order::Count(outcome));
        }
    }

    /// An entry that is not written yet.
    pub fn find(&self, key: &Key) -> Option<Entry> {
        lock(&self.waiting).get(key).cloned()
    }
}

/// What was taken is written before the session ends, as long as the disk takes one entry after the other.
impl Drop for Writer {
    fn drop(&mut self) {
        self.orders = None;
        let mut left = usize::MAX;
        while self.ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            let now = lock(&self.waiting).len();
            if now >= left {
                log::warn!("the disk of the cache does not answer: {now} compiled cells are not kept");
                return;
            }
            left = now;
        }
    }
}

fn write_all(folder: &Folder, orders: &Receiver<Order>, waiting: &Waiting) {
    // None until the directory was looked through.
    let mut written: Option<u64> = None;
    for order in orders {
        let key = match order {
            Order::Entry(key) => key,
            Order::Count(outcome) => {
                if let Err(error) = folder.count(outcome) {
                    log::info!("{}: cannot count: {error}", folder.root().display());
                }
                continue;
            }
        };
        let Some(entry) = lock(waiting).get(&key).cloned() else {
            continue;
        };
        let limit = folder.limit();
        if limit > 0 {
            match folder.write(&key, &entry) {
                Ok(size) => written = written.map(|before| before + size),
                Err(error) => log::warn!("{}: cannot write: {error}", folder.cells().display()),
            }
        }
        lock(waiting).remove(&key);
        if written.is_none_or(|written| written > limit / LOOK_AFTER) {
            match folder.trim() {
                Ok(contents) => {
                    log::info!("{}: {} bytes", folder.cells().display(), total(&contents.entries));
                    written = Some(0);
                }
                Err(refusal) => log::warn!("{}: {refusal}", folder.cells().display()),
            }
        }
    }
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, HashMap<Key, Entry>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
