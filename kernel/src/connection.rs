//! The connection file: which addresses the kernel listens on, and the key that signs messages.
//!
//! Whoever has the key can run code as the user, and whoever is connected can read along. So nobody else may read the file, and the
//! kernel listens where only this machine can connect, unless it is told otherwise.

use std::fs::{File, Permissions};
use std::io::{self, Read};
use std::net::IpAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::messages::Socket;

/// The variable that says who may connect.
const LISTEN: &str = "HEBB_LISTEN";

/// Permissions that others have.
const OTHERS: u32 = 0o077;

/// Who may connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Programs of the same user on this machine, and root's.
    User,
    /// Whoever reaches the address: other machines, too.
    Any,
}

impl Reach {
    /// What `HEBB_LISTEN` says.
    ///
    /// # Errors
    /// If it says something unknown.
    pub fn from_environment() -> Result<Reach, ConnectionError> {
        match std::env::var(LISTEN).unwrap_or_default().as_str() {
            "" => Ok(Reach::User),
            "any" => Ok(Reach::Any),
            other => Err(ConnectionError::Listen(other.to_owned())),
        }
    }
}

/// What Jupyter writes for a kernel that it starts.
#[derive(Clone, Debug, Deserialize)]
pub struct Connection {
    transport: Transport,
    ip: String,
    shell_port: u16,
    iopub_port: u16,
    stdin_port: u16,
    control_port: u16,
    hb_port: u16,
    /// The key; empty: messages are not signed.
    #[serde(default)]
    pub key: String,
    #[serde(default = "default_scheme")]
    signature_scheme: String,
    #[serde(skip, default = "nearest")]
    reach: Reach,
}

/// How the bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Transport {
    Tcp,
    Ipc,
}

/// Why a connection file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// It cannot be read.
    #[error("cannot read the connection file {}: {reason}\nhint: `hebb kernel` is started by Jupyter; to run a notebook use `hebb run`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// Somebody else wrote it.
    #[error("the connection file {} belongs to user number {owner}: whoever wrote it could run code as you\nhint: start the kernel from a Jupyter of your own", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// Other machines could connect.
    #[error(
        "the connection file asks to listen on {0}, where other machines could connect: not allowed unless {LISTEN}=any is set\n\
         hint: if that is meant: hebb install --env {LISTEN}=any"
    )]
    Reach(String),
    /// The setting is not known.
    #[error(
        "{LISTEN} is `{0}`, which means nothing\nhint: leave it out, or set {LISTEN}=any to let other machines connect"
    )]
    Listen(String),
    /// It says something else than it should.
    #[error("the connection file {} cannot be understood: {reason}\nhint: start the kernel again from Jupyter", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl Connection {
    /// Reads a connection file for a kernel that these may connect to.
    ///
    /// # Errors
    /// If it cannot be read or understood, if others may have written it, or if it asks for more than `reach` allows.
    pub fn read(path: &Path, reach: Reach) -> Result<Connection, ConnectionError> {
        let unreadable = |reason| ConnectionError::Unreadable {
            path: path.to_path_buf(),
            reason,
        };
        let mut file = File::open(path).map_err(unreadable)?;
        let owner = file.metadata().map_err(unreadable)?.uid();
        if ![0, geteuid().as_raw()].contains(&owner) {
            let path = path.to_path_buf();
            return Err(ConnectionError::Owner { path, owner });
        }
        close_to_others(path, &file).map_err(unreadable)?;
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(unreadable)?;
        let connection = Connection::parse(&text).map_err(|reason| ConnectionError::Malformed {
            path: path.to_path_buf(),
            reason,
        })?;
        if reach == Reach::User && !connection.is_local() {
            return Err(ConnectionError::Reach(connection.ip));
        }
        Ok(Connection { reach, ..connection })
    }

    /// Who may connect.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether only programs on this machine can connect.
    fn is_local(&self) -> bool {
        let address = self.ip.trim_start_matches('[').trim_end_matches(']');
        self.transport == Transport::Ipc
            || address == "localhost"
            || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
    }

    fn parse(text: &str) -> Result<Connection, String> {
        let connection: Connection = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if connection.signature_scheme != "hmac-sha256" {
            return Err(format!(
                "signature_scheme is {}, only hmac-sha256 is known",
                connection.signature_scheme
            ));
        }
        Ok(connection)
    }

    /// The address of a socket.
    pub fn address(&self, socket: Socket) -> String {
        self.endpoint(match socket {
            Socket::Shell => self.shell_port,
            Socket::Control => self.control_port,
            Socket::Stdin => self.stdin_port,
            Socket::Iopub => self.iopub_port,
        })
    }

    /// The address of the heartbeat.
    pub fn heartbeat_address(&self) -> String {
        self.endpoint(self.hb_port)
    }

    /// The ports as `connect_request` asks for them.
    pub fn ports(&self) -> Value {
        json!({
            "shell_port": self.shell_port,
            "iopub_port": self.iopub_port,
            "stdin_port": self.stdin_port,
            "control_port": self.control_port,
            "hb_port": self.hb_port,
        })
    }

    fn endpoint(&self, port: u16) -> String {
        match self.transport {
            Transport::Ipc => format!("ipc://{}-{port}", self.ip),
            Transport::Tcp if self.ip == "*" => format!("tcp://0.0.0.0:{port}"),
            Transport::Tcp if self.ip.contains(':') && !self.ip.starts_with('[') => {
                format!("tcp://[{}]:{port}", self.ip)
            }
            Transport::Tcp => format!("tcp://{}:{port}", self.ip),
        }
    }
}

/// Takes from others the right to the file: some front ends write it with the permissions of any file. Whoever has read it by then
/// knows the key, but only the user's own programs are let in.
fn close_to_others(path: &Path, file: &File) -> io::Result<()> {
    let about = file.metadata()?;
    // A pipe that a shell hands over (`<(...)`) is of the moment.
    if !about.is_file() || about.mode() & OTHERS == 0 {
        return Ok(());
    }
    let mode = about.mode() & 0o7777;
    let closed = file.set_permissions(Permissions::from_mode(mode & !OTHERS));
    // There are file systems without permissions.
    let now = closed.map_or_else(|error| error.to_string(), |()| "closed now".to_owned());
    log::warn!("{}: open to others (mode {mode:04o}): {now}", path.display());
    Ok(())
}

fn nearest() -> Reach {
    Reach::User
}

fn default_scheme() -> String {
    "hmac-sha256".to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"transport":"tcp","ip":"127.0.0.1","shell_port":1,"iopub_port":2,"stdin_port":3,
        "control_port":4,"hb_port":5,"key":"k","signature_scheme":"hmac-sha256","kernel_name":"hebb"}"#;

    #[test]
    fn addresses_are_as_jupyter_builds_them() {
        let rows = [
            ("tcp", "127.0.0.1", "tcp://127.0.0.1:2"),
            ("tcp", "*", "tcp://0.0.0.0:2"),
            ("tcp", "::1", "tcp://[::1]:2"),
            ("ipc", "/run/user/1/kernel", "ipc:///run/user/1/kernel-2"),
        ];
        for (transport, ip, address) in rows {
            let text = GOOD
                .replace("\"tcp\"", &format!("\"{transport}\""))
                .replace("127.0.0.1", ip);
            assert_eq!(Connection::parse(&text).unwrap().address(Socket::Iopub), address);
        }
        assert_eq!(
            Connection::parse(GOOD).unwrap().heartbeat_address(),
            "tcp://127.0.0.1:5"
        );
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said() {
        let wrong = |text: &str| Connection::parse(text).unwrap_err();
        insta::assert_snapshot!(wrong(""), @"EOF while parsing a value at line 1 column 0");
        insta::assert_snapshot!(wrong("{}"), @"missing field `transport` at line 1 column 2");
        insta::assert_snapshot!(wrong(&GOOD.replace("\"shell_port\":1", "\"shell_port\":99999")), @"invalid value: integer `99999`, expected u16 at line 1 column 54");
        insta::assert_snapshot!(wrong(&GOOD.replace("hmac-sha256", "hmac-md5")), @"signature_scheme is hmac-md5, only hmac-sha256 is known");
        insta::assert_snapshot!(Connection::read(Path::new("/nonexistent/kernel.json"), Reach::User).unwrap_err(), @"
        cannot read the connection file /nonexistent/kernel.json: No such file or directory (os error 2)
        hint: `hebb kernel` is started by Jupyter; to run a notebook use `hebb run`
        ");
    }

    #[test]
    fn only_this_machine_can_connect_unless_it_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connection.json");
        let read = |transport: &str, ip: &str, reach| {
            let text = GOOD
                .replace("\"tcp\"", &format!("\"{transport}\""))
                .replace("127.0.0.1", ip);
            std::fs::write(&path, text).unwrap();
            Connection::read(&path, reach)
        };
        for near in ["127.0.0.1", "127.8.9.10", "localhost", "::1", "[::1]"] {
            assert_eq!(
                read("tcp", near, Reach::User).unwrap().reach(),
                Reach::User,
                "{near}"
            );
        }
        assert!(read("ipc", "/run/user/1/kernel", Reach::User).is_ok());
        for far in [
            "*",
            "0.0.0.0",
            "::",
            "10.1.2.3",
            "node7.cluster",
            "",
            "::ffff:127.0.0.1",
        ] {
            assert!(read("tcp", far, Reach::User).is_err(), "{far}");
            assert_eq!(read("tcp", far, Reach::Any).unwrap().reach(), Reach::Any, "{far}");
        }
        insta::assert_snapshot!(read("tcp", "10.1.2.3", Reach::User).unwrap_err(), @"
        the connection file asks to listen on 10.1.2.3, where other machines could connect: not allowed unless HEBB_LISTEN=any is set
        hint: if that is meant: hebb install --env HEBB_LISTEN=any
        ");
        insta::assert_snapshot!(ConnectionError::Listen("all".into()), @"
        HEBB_LISTEN is `all`, which means nothing
        hint: leave it out, or set HEBB_LISTEN=any to let other machines connect
        ");
        insta::assert_snapshot!(ConnectionError::Owner { path: "/tmp/c.json".into(), owner: 1007 }, @"
        the connection file /tmp/c.json belongs to user number 1007: whoever wrote it could run code as you
        hint: start the kernel from a Jupyter of your own
        ");
    }

    #[test]
    fn a_file_that_others_could_read_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connection.json");
        std::fs::write(&path, GOOD).unwrap();
        for mode in [0o666, 0o640, 0o600, 0o400] {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            Connection::read(&path, Reach::User).unwrap();
            let now = path.metadata().unwrap().mode() & 0o777;
            assert_eq!(now, mode & 0o700);
        }
    }
}
