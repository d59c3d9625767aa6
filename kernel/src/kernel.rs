//! `hebb kernel`: puts sockets, event loop and execution thread together and runs them until the end.

use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::connection::{Connection, ConnectionError, Reach};
use crate::event_loop::{Event, EventLoop, Parts};
use crate::execution::{self, MakeEngine};
use crate::history;
use crate::layout;
use crate::log_file;
use crate::messages::Session;
use crate::parent;
use crate::questions;
use crate::wire::{BindError, Sockets};

/// How long the engine may take to end, and then the history, which may have to wait for a disk. Whatever is left then ends with this process.
const TIME_TO_END: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// Why the kernel did not start.
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    /// The connection file.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// A socket.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The log file.
    #[error("cannot write the log that HEBB_LOG names: {0}")]
    Log(std::io::Error),
    /// The operating system refused something.
    #[error("{0}")]
    System(#[from] std::io::Error),
}

/// Runs a kernel until a client, the system or the parent's end stops it.
pub fn run(connection_file: &Path, history: &Path, make_engine: MakeEngine) -> Result<(), KernelError> {
    log_file::open().map_err(KernelError::Log)?;
    let connection = Connection::read(connection_file, Reach::from_environment()?)?;
    let (events, received) = unbounded_channel();
    let (orders, ended) = execution::start(make_engine, events.clone())?;
    let questions = questions::start(events.clone())?;
    let (history, kept) = history::start(history, events.clone())?;
    // One thread: the kernel waits far more than it works, and each further thread costs a learner's machine memory.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        let sockets = Sockets::bind(&connection).await?;
        let (outgoing, to_send) = unbounded_channel();
        let session = Session::default();
        listen_to_signals(&events)?;
        parent::look_after(events.clone())?;
        sockets.start(session.clone(), &events, to_send);
        EventLoop::new(Parts {
            session,
            outgoing,
            orders,
            questions,
            history,
            ports: connection.ports(),
            language_version: layout::compiler_version(),
        })
        .run(received)
        .await;
        Ok(())
    });
    ended.wait(TIME_TO_END[0]);
    kept.wait(TIME_TO_END[1]);
    log::logger().flush();
    result
}

/// Turns signals into events.
fn listen_to_signals(events: &UnboundedSender<Event>) -> std::io::Result<()> {
    for (kind, make) in [
        (SignalKind::interrupt(), (|| Event::Interrupt) as fn() -> Event),
        (SignalKind::terminate(), || Event::Terminate),
    ] {
        let (mut arrivals, events) = (signal(kind)?, events.clone());
        tokio::spawn(async move {
            while arrivals.recv().await.is_some() {
                if events.send(make()).is_err() {
                    return;
                }
            }
        });
    }
    Ok(())
}
