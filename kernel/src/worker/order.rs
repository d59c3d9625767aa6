//! What the kernel and the process that holds the variables say to each other between cells: one JSON message a packet.
//!
//! The kernel orders, the process reports. A running cell has no part in this: its process closes the socket before the cell's
//! first line, and only a cell that has succeeded gets it back. What a cell says while it runs goes over a channel of
//! its own: see `frame`.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Longest message in bytes: well below what a Unix socket takes in one packet.
const LONGEST: usize = 128 << 10;

/// Most descriptors that travel with a message.
const DESCRIPTORS: usize = 2;

/// The worker's own descriptors have numbers from here on, out of the way of those that cells know.
pub const HIGH: i32 = 64;

/// What the kernel orders.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Run a cell. The channel of the run travels with it: a socket for frames, and a pipe that acknowledges them.
    Run(Task),
    /// End this run's cell, wherever it is.
    End {
        /// Of the run.
        nonce: String,
    },
}

/// One cell to run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Absolute path of the cell's shared object; none to handle the messages on comms that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<String>,
    /// The function to run, if it is another one than every cell of the default engine exports. It is given what the last such
    /// function gave back, and gives back what the next one is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Marks everything that this run sends.
    pub nonce: String,
    /// Variables to drop when the cell has succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forget: Vec<String>,
    /// Remove the shared object as soon as it is loaded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub take_away: bool,
    /// A variable holds the handle of a thread: in a copy of the process, waiting for a thread that has ended would never end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_threads: bool,
}

/// What the process that holds the variables reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Report {
    /// The libraries are loaded.
    Ready {
        /// The operating system's number of the process.
        process: i32,
    },
    /// The cell is about to run.
    Running {
        /// The process that it runs in, and the group that everything belongs to that it starts.
        process: i32,
        /// Why there is no snapshot to go back to; none if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unprotected: Option<String>,
    },
    /// The cell's process is the one that holds the variables now.
    Committed {
        /// Its number.
        process: i32,
    },
    /// The cell's process is gone, and the variables are as they were before it.
    Undone {
        /// How it ended, as `waitpid` tells.
        status: i32,
    },
}

/// Two ends of a socket that keeps messages apart.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC;
    Ok(socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        flags,
        None,
    )?)
}

/// Sends a message, and descriptors with it.
pub fn send(to: impl AsFd, message: &impl Serialize, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let text = serde_json::to_vec(message)?;
    if text.len() > LONGEST {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("a message of {} bytes is too long", text.len()),
        ));
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(descriptors));
    }
    // Nobody here has more than a few messages to send: if there is no room, the other side has stopped to read.
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    rustix::io::retry_on_intr(|| sendmsg(&to, &[IoSlice::new(&text)], &mut control, flags))?;
    Ok(())
}

/// Waits for a message. `None` when nobody is at the other end any more; a message that means nothing is an error.
pub fn receive<T: DeserializeOwned>(from: impl AsFd, wait: bool) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    let mut text = vec![0; LONGEST];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
    let mut flags = RecvFlags::CMSG_CLOEXEC;
    if !wait {
        flags |= RecvFlags::DONTWAIT;
    }
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received =
        rustix::io::retry_on_intr(|| recvmsg(&from, &mut [IoSliceMut::new(&mut text)], &mut control, flags))?;
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            descriptors.extend(received);
        }
    }
    match received.bytes {
        0 => Ok(None),
        bytes => Ok(Some((serde_json::from_slice(&text[..bytes])?, descriptors))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn a_message_arrives_with_its_descriptors() {
        let (kernel, process) = pair().unwrap();
        let (mut reader, writer) = io::pipe().unwrap();
        let order = Order::Run(Task {
            library: Some("/tmp/größe.so".into()),
            function: Some("run_1".into()),
            nonce: "7".into(),
            forget: vec!["x".into()],
            take_away: true,
            has_threads: true,
        });
        send(&kernel, &order, &[writer.as_fd()]).unwrap();
        drop(writer);
        let (received, descriptors) = receive::<Order>(&process, true).unwrap().unwrap();
        assert_eq!(received, order);
        let [writer] = <[OwnedFd; 1]>::try_from(descriptors).unwrap();
        File::from(writer).write_all(b"here").unwrap();
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text, "here");
        drop(kernel);
        assert!(receive::<Order>(&process, true).unwrap().is_none());
    }

    #[test]
    fn what_means_nothing_or_is_not_there_is_an_error() {
        let (kernel, process) = pair().unwrap();
        let nothing = receive::<Report>(&kernel, false).unwrap_err();
        assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
        send(&process, &"nonsense", &[]).unwrap();
        assert_eq!(
            receive::<Report>(&kernel, true).unwrap_err().kind(),
            io::ErrorKind::InvalidData
        );
        let long = Order::End {
            nonce: "x".repeat(LONGEST),
        };
        assert_eq!(
            send(&kernel, &long, &[]).unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
    }
}
