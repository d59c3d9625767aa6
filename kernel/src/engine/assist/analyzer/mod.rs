//! A `rust-analyzer` beside our own answers, if there is one: started at the first question that those leave open, asked over the
//! language server protocol, stopped when nobody has asked for a while.
//!
//! Nobody waits for it: while it starts, and where it is missing, slow or broken, there is simply no answer.

mod answers;
mod client;
mod document;
mod find;
mod frames;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::session_view::SessionView;
use super::super::{Completion, Inspection};
use crate::scratch;
use client::Client;
use document::Document;

/// What the server is started with, and how long it is waited for.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// The toolchain's folder.
    pub sysroot: PathBuf,
    /// How long a question waits.
    pub answer: Duration,
    /// How long the server lives without a question.
    pub idle: Duration,
    /// How long after a failure it is not started again.
    pub pause: Duration,
    /// How long it may take to say its first word.
    pub greeting: Duration,
}

/// The `rust-analyzer` that goes with this compiler on this machine, if there is one.
pub fn program(rustc: &Path) -> Option<PathBuf> {
    let sysroot = rustc.parent().and_then(Path::parent)?;
    let variable = |name: &str| std::env::var_os(name);
    let chosen = variable("HEBB_RUST_ANALYZER");
    find::program(chosen.as_deref(), sysroot, variable("PATH").as_deref())
}

impl Settings {
    /// What this machine has for the toolchain of this compiler; none without a `rust-analyzer`.
    pub fn find(rustc: &Path) -> Option<Settings> {
        let sysroot = rustc.parent().and_then(Path::parent)?.to_path_buf();
        let program = program(rustc)?;
        Some(Settings {
            command: vec![program.into_os_string()],
            sysroot,
            answer: Duration::from_millis(500),
            idle: Duration::from_secs(5 * 60),
            pause: Duration::from_secs(60),
            greeting: Duration::from_secs(60),
        })
    }
}

/// The server, whatever state it is in.
pub struct Analyzer {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    state: Mutex<State>,
    /// Told at every change of the state.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    server: Option<Arc<Server>>,
    /// A process that has not said its first word yet.
    greeted: Option<Arc<Client>>,
    /// Looks after the server, from its start to its end.
    keeper: Option<JoinHandle<()>>,
    /// The keeper is at work.
    kept: bool,
    last_question: Option<Instant>,
    last_failure: Option<Instant>,
    /// Nobody will ask any more.
    over: bool,
    /// How often a server was started.
    #[cfg(test)]
    starts: usize,
}

/// A server that has said its first word.
struct Server {
    client: Arc<Client>,
    file: String,
    /// Columns are counted in UTF-16.
    wide: bool,
    /// It has answered a first question, which costs seconds.
    warm: AtomicBool,
    /// The text that the server has, and how often it has changed. Whoever holds it asks alone.
    text: Mutex<(String, u64)>,
    /// Holds the file; removed with the server.
    _folder: TempDir,
}

impl Analyzer {
    /// A server that is started at the first question.
    pub fn new(settings: Settings) -> Analyzer {
        let shared = Shared {
            settings,
            state: Mutex::default(),
            changed: Condvar::new(),
        };
        Analyzer {
            shared: Arc::new(shared),
        }
    }

    /// What could stand at `cursor`, of what begins with `prefix`; nothing if the server cannot say so now.
    pub fn complete(
        &self,
        session: &SessionView,
        code: &str,
        cursor: usize,
        prefix: &str,
    ) -> Vec<Completion> {
        let found = self.ask("textDocument/completion", session, code, cursor);
        found
            .map(|found| answers::completions(&found, prefix))
            .unwrap_or_default()
    }

    /// What the name at `cursor` is.
    pub fn inspect(
        &self,
        session: &SessionView,
        code: &str,
        cursor: usize,
        detailed: bool,
    ) -> Option<Inspection> {
        let found = self.ask("textDocument/hover", session, code, cursor)?;
        answers::inspection(&found, detailed)
    }

    fn ask(&self, method: &str, session: &SessionView, code: &str, cursor: usize) -> Option<Value> {
        let server = self.server()?;
        let document = Document::new(session, code);
        let end = Instant::now() + self.shared.settings.answer;
        // One question at a time: the place belongs to the text that was sent last.
        let mut text = server.text.try_lock().ok()?;
        if text.0 != document.text {
            text.1 += 1;
            server.client.notify(
                "textDocument/didChange",
                json!({
                    "textDocument": { "uri": server.file, "version": text.1 },
                    "contentChanges": [{ "text": document.text }],
                }),
            );
            text.0.clone_from(&document.text);
        }
        let (line, character) = document.position(cursor, server.wide);
        let place = json!({
            "textDocument": { "uri": server.file },
            "position": { "line": line, "character": character },
        });
        server
            .client
            .ask(method, &place, end.saturating_duration_since(Instant::now()))
    }

    /// The server if it is ready; otherwise it is started, unless it failed a moment ago.
    fn server(&self) -> Option<Arc<Server>> {
        let mut state = self.shared.lock();
        state.last_question = Some(Instant::now());
        if let Some(server) = &state.server {
            return Some(server.clone()).filter(|server| server.can_answer());
        }
        let paused = state
            .last_failure
            .is_some_and(|when| when.elapsed() < self.shared.settings.pause);
        if !state.kept && !paused && !state.over {
            state.last_failure = Some(Instant::now());
            if find::is_memory_left() {
                let shared = self.shared.clone();
                let keeper = std::thread::Builder::new()
                    .name("analyzer".to_string())
                    .spawn(move || keep(&shared));
                state.kept = keeper.is_ok();
                state.keeper = keeper.ok();
            }
        }
        None
    }
}

impl Drop for Analyzer {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.over = true;
        let keeper = state.keeper.take();
        let server = state.server.as_ref().map(|server| server.client.clone());
        let client = state.greeted.take().or(server);
        drop(state);
        if let Some(client) = client {
            // Whoever waits for an answer sees that none will come.
            client.kill();
        }
        self.shared.changed.notify_all();
        if let Some(keeper) = keeper {
            // It kills the server before it returns.
            let _ = keeper.join();
        }
    }
}

impl Server {
    fn can_answer(&self) -> bool {
        self.warm.load(Ordering::Acquire) && self.client.is_ready() && !self.client.is_dead()
    }

    /// Has the server work out a first answer, before anybody waits for one.
    fn warm_up(&self, limit: Duration) {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        let line = text.0[..text.0.find(FIRST).unwrap_or_default()]
            .matches('\n')
            .count();
        let place = json!({
            "textDocument": { "uri": self.file },
            "position": { "line": line, "character": FIRST.len() },
        });
        self.client.ask("textDocument/completion", &place, limit);
        self.warm.store(true, Ordering::Release);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A question whose answer needs most of what others need: the prelude, lists, texts, iterators.
const FIRST: &str = "vec![String::new()].iter().map(|text| text.len()).max().";

/// Starts a server and ends it when it is time.
fn keep(shared: &Arc<Shared>) {
    let started = start(shared);
    let mut state = shared.lock();
    if let Ok(server) = started {
        let server = Arc::new(server);
        state.server = Some(server.clone());
        state.last_failure = None;
        shared.changed.notify_all();
        loop {
            let idle = state.last_question.map_or(Duration::ZERO, |when| when.elapsed());
            let left = shared.settings.idle.saturating_sub(idle);
            if state.over || left.is_zero() || server.client.is_dead() {
                break;
            }
            if server.client.is_ready() && !server.warm.load(Ordering::Acquire) {
                drop(state);
                server.warm_up(20 * shared.settings.answer);
                shared.changed.notify_all();
                state = shared.lock();
                continue;
            }
            let waited = shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if server.client.is_dead() {
            state.last_failure = Some(Instant::now());
        }
        state.server = None;
        drop(state);
        server.client.kill();
        state = shared.lock();
    } else {
        state.last_failure = Some(Instant::now());
    }
    state.kept = false;
    shared.changed.notify_all();
}

/// Starts the server and has it say its first word.
fn start(shared: &Arc<Shared>) -> io::Result<Server> {
    let settings = &shared.settings;
    #[cfg(test)]
    {
        shared.lock().starts += 1;
    }
    let folder = scratch::folder("hebb-analyzer-")?;
    let path = folder.path().join("session.rs");
    let empty = Document::new(&SessionView::default(), FIRST).text;
    std::fs::write(&path, &empty)?;
    let file = format!("file://{}", path.display());
    let root = format!("file://{}", folder.path().display());

    let mut command = Command::new(&settings.command[0]);
    command.args(&settings.command[1..]).current_dir(folder.path());
    let watched = Arc::downgrade(shared);
    let changed = move || {
        if let Some(shared) = watched.upgrade() {
            // Taken for a moment, so that nobody misses the call between looking and waiting.
            drop(shared.lock());
            shared.changed.notify_all();
        }
    };
    let client = Arc::new(Client::start(command, Box::new(changed))?);
    let mut state = shared.lock();
    if state.over {
        return Err(io::Error::other("nobody asks any more"));
    }
    state.greeted = Some(client.clone());
    drop(state);
    shared.changed.notify_all();
    let greeting = client.ask(
        "initialize",
        &initialize(settings, &path, &root),
        settings.greeting,
    );
    shared.lock().greeted = None;
    let greeting = greeting.ok_or_else(|| io::Error::other("no answer to `initialize`"))?;
    let encoding = greeting.pointer("/capabilities/positionEncoding");
    client.notify("initialized", json!({}));
    client.notify(
        "textDocument/didOpen",
        json!({ "textDocument": { "uri": file, "languageId": "rust", "version": 0, "text": empty } }),
    );
    Ok(Server {
        client,
        file,
        wide: encoding.and_then(Value::as_str) != Some("utf-8"),
        warm: AtomicBool::new(false),
        text: Mutex::new((empty, 0)),
        _folder: folder,
    })
}

/// What the server is told of us: one crate, no cargo, nothing that costs memory or runs programs in the background.
fn initialize(settings: &Settings, file: &Path, root: &str) -> Value {
    let mut project = json!({
        "sysroot": settings.sysroot,
        "crates": [{
            "display_name": "session",
            "root_module": file,
            "edition": "2024",
            "deps": [],
            "cfg": [],
            "env": {},
            "is_workspace_member": true,
            "is_proc_macro": false,
        }],
    });
    if let Some(source) = find::library_source(&settings.sysroot) {
        project["sysroot_src"] = json!(source);
    }
    json!({
        "processId": std::process::id(),
        "rootUri": root,
        "workspaceFolders": [{ "uri": root, "name": "session" }],
        "capabilities": {
            "general": { "positionEncodings": ["utf-8", "utf-16"] },
            "workspace": { "configuration": false, "workspaceFolders": true },
            "window": { "workDoneProgress": false },
            "experimental": { "serverStatusNotification": true },
            "textDocument": {
                "completion": { "completionItem": { "snippetSupport": false, "labelDetailsSupport": true } },
                "hover": { "contentFormat": ["markdown"] },
            },
        },
        "initializationOptions": {
            "linkedProjects": [project],
            "cachePriming": { "enable": false },
            "cargo": { "buildScripts": { "enable": false } },
            "checkOnSave": false,
            "completion": {
                "autoimport": { "enable": false },
                "callable": { "snippets": "none" },
                "fullFunctionSignatures": { "enable": true },
                "postfix": { "enable": false },
            },
            "diagnostics": { "enable": false },
            "files": { "watcher": "server" },
            "hover": { "actions": { "enable": false }, "links": { "enable": false }, "memoryLayout": { "enable": false } },
            "lru": { "capacity": 32 },
            "numThreads": 1,
            "procMacro": { "enable": false },
        },
    })
}
