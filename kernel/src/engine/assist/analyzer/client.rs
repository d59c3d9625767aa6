//! A language server as a process: it is started, asked, and killed here. What the questions mean is not known here.
//!
//! No caller ever waits for the server longer than it says: what is sent goes through a bounded queue and a thread of its own,
//! and a server that stops reading, or says what is no message, is counted as dead.

use std::collections::HashMap;
use std::io::{self, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

use super::frames;
use crate::worker::offer_to_the_memory_killer;

/// Messages that may wait for the server to read them.
const QUEUE: usize = 64;

/// The language server says so when a question was overtaken by a change of the text.
const CONTENT_MODIFIED: i64 = -32801;

/// What both threads and all callers share.
struct Shared {
    /// Who waits for which answer.
    waiting: Mutex<HashMap<u64, Sender<Answer>>>,
    /// The server has read the whole text and the libraries.
    ready: AtomicBool,
    /// The server cannot be asked any more.
    dead: AtomicBool,
    /// Called when one of both changes.
    changed: Box<dyn Fn() + Send + Sync>,
}

enum Answer {
    Result(Value),
    Overtaken,
    Refused,
}

/// A running language server.
pub struct Client {
    shared: Arc<Shared>,
    to_server: SyncSender<Value>,
    process: Mutex<Child>,
    next: AtomicU64,
}

impl Client {
    /// Starts the server. `changed` is called, from other threads, when it becomes ready or dies.
    pub fn start(mut command: Command, changed: Box<dyn Fn() + Send + Sync>) -> io::Result<Client> {
        use std::os::unix::process::CommandExt;
        // A group of its own: an interrupt at the terminal is not for it, and what it starts ends with it. When the kernel is
        // gone it reads the end of its input, and ends.
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        offer_to_the_memory_killer(process.id());
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (mut input, output) = pipes.expect("both were asked for");
        let (to_server, messages) = sync_channel::<Value>(QUEUE);
        let shared = Arc::new(Shared {
            waiting: Mutex::default(),
            ready: AtomicBool::new(false),
            dead: AtomicBool::new(false),
            changed,
        });
        let client = Client {
            shared: shared.clone(),
            to_server: to_server.clone(),
            process: Mutex::new(process),
            next: AtomicU64::new(1),
        };
        let writer = shared.clone();
        std::thread::Builder::new()
            .name("analyzer in".to_string())
            .spawn(move || {
                while let Ok(message) = messages.recv() {
                    if frames::write(&mut input, &message).is_err() {
                        return writer.die();
                    }
                }
            })?;
        std::thread::Builder::new()
            .name("analyzer out".to_string())
            .spawn(move || listen(&shared, output, &to_server))?;
        Ok(client)
    }

    /// True when the server has read everything.
    pub fn is_ready(&self) -> bool {
        self.shared.ready.load(Ordering::Acquire)
    }

    /// True when the server cannot be asked any more.
    pub fn is_dead(&self) -> bool {
        self.shared.dead.load(Ordering::Acquire)
    }

    /// Tells the server something.
    pub fn notify(&self, method: &str, parameters: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": parameters }));
    }

    /// Asks the server; none if it does not answer in time.
    pub fn ask(&self, method: &str, parameters: &Value, limit: Duration) -> Option<Value> {
        let end = Instant::now() + limit;
        loop {
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            let answer = self.expect(id);
            self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }));
            if self.is_dead() {
                self.waiting().remove(&id);
                return None;
            }
            match answer.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(Answer::Result(value)) => return Some(value),
                Ok(Answer::Overtaken) if Instant::now() < end => {}
                Ok(_) => return None,
                Err(_) => {
                    self.waiting().remove(&id);
                    self.notify("$/cancelRequest", json!({ "id": id }));
                    return None;
                }
            }
        }
    }

    /// Ends the server and what it started.
    pub fn kill(&self) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        // Once it was waited for, its number may be somebody else's.
        if let Ok(None) = process.try_wait() {
            let _ = kill_process_group(Pid::from_child(&process), Signal::KILL);
            let _ = process.wait();
        }
        self.shared.die();
    }

    /// The server's process.
    #[cfg(test)]
    pub fn process_id(&self) -> u32 {
        self.process.lock().expect("no panic").id()
    }

    fn expect(&self, id: u64) -> Receiver<Answer> {
        let (sender, answer) = channel();
        self.waiting().insert(id, sender);
        answer
    }

    fn send(&self, message: Value) {
        // A full queue: the server has stopped reading.
        if self.to_server.try_send(message).is_err() {
            self.shared.die();
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Sender<Answer>>> {
        self.shared.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Shared {
    fn die(&self) {
        if !self.dead.swap(true, Ordering::AcqRel) {
            // Who waits sees that nobody will answer.
            self.waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clear();
            (self.changed)();
        }
    }
}

/// Reads what the server says, to its end.
fn listen(shared: &Shared, output: ChildStdout, to_server: &SyncSender<Value>) {
    let mut output = BufReader::new(output);
    while let Ok(message) = frames::read(&mut output) {
        let id = message.get("id");
        match (message.get("method").and_then(Value::as_str), id) {
            (None, Some(id)) => {
                let mut waiting = shared.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(asker) = id.as_u64().and_then(|id| waiting.remove(&id)) {
                    // Who asked may have gone.
                    let _ = asker.send(answer(&message));
                }
            }
            (Some(method), Some(id)) => {
                // The server asks for settings, or whether it may show progress: none, and yes.
                let items = message.pointer("/params/items").and_then(Value::as_array);
                let result = match (method, items) {
                    ("workspace/configuration", Some(items)) => items.iter().map(|_| Value::Null).collect(),
                    _ => Value::Null,
                };
                let _ = to_server.try_send(json!({ "jsonrpc": "2.0", "id": id, "result": result }));
            }
            (Some("experimental/serverStatus"), None) => {
                let quiet = message.pointer("/params/quiescent").and_then(Value::as_bool) == Some(true);
                if shared.ready.swap(quiet, Ordering::AcqRel) != quiet {
                    (shared.changed)();
                }
            }
            _ => {}
        }
    }
    shared.die();
}

fn answer(message: &Value) -> Answer {
    if let Some(result) = message.get("result") {
        return Answer::Result(result.clone());
    }
    match message.pointer("/error/code").and_then(Value::as_i64) {
        Some(CONTENT_MODIFIED) => Answer::Overtaken,
        _ => Answer::Refused,
    }
}
