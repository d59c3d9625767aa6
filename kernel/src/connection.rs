//! The connection file: which addresses the kernel listens on, and the key that signs messages.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::messages::Socket;

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
        reason: std::io::Error,
    },
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
    /// Reads a connection file.
    pub fn read(path: &Path) -> Result<Connection, ConnectionError> {
        let text = std::fs::read_to_string(path).map_err(|reason| ConnectionError::Unreadable {
            path: path.to_path_buf(),
            reason,
        })?;
        Connection::parse(&text).map_err(|reason| ConnectionError::Malformed {
            path: path.to_path_buf(),
            reason,
        })
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
        insta::assert_snapshot!(Connection::read(Path::new("/nonexistent/kernel.json")).unwrap_err(), @"
        cannot read the connection file /nonexistent/kernel.json: No such file or directory (os error 2)
        hint: `hebb kernel` is started by Jupyter; to run a notebook use `hebb run`
        ");
    }
}
