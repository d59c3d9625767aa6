//! Listening on an address of the connection file: a port or the file of a Unix socket. Who connects is the business of [`super::peers`].

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{Mode, fchmod};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with};
use tokio::net::{TcpListener, TcpStream, UnixListener};

/// After this long without a word the system asks whether the other side is still there.
const SILENCE: Duration = Duration::from_secs(60);

/// How many connections may wait to be accepted.
const WAITING: i32 = 1024;

/// A socket that listens. Dropped, it removes the file that it listens on, if there is one.
pub enum Listener {
    /// On a port.
    Tcp(TcpListener),
    /// On a file.
    Ipc {
        /// What listens.
        listener: UnixListener,
        /// The file.
        _file: SocketFile,
    },
}

/// The file of a Unix socket; removed when nobody listens any more.
pub struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody may have removed it already.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Listener {
    /// Listens on an address: `tcp://host:port` or `ipc://path`.
    ///
    /// # Errors
    /// What the system says.
    pub async fn bind(address: &str) -> io::Result<Listener> {
        if let Some(path) = address.strip_prefix("ipc://").map(Path::new) {
            // A kernel that was killed leaves the file behind, and nobody can listen there again.
            if path
                .symlink_metadata()
                .is_ok_and(|data| data.file_type().is_socket())
            {
                // If it cannot be removed, listening fails and says so.
                let _ = std::fs::remove_file(path);
            }
            let listener = listen_privately(path)?;
            let _file = SocketFile(path.to_path_buf());
            return Ok(Listener::Ipc { listener, _file });
        }
        let place = address.strip_prefix("tcp://").unwrap_or(address);
        TcpListener::bind(place).await.map(Listener::Tcp)
    }
}

/// Listens on a file to which only the user can connect. The mode is set before there is a file, so there is no moment in which
/// others could, and the umask does not matter.
fn listen_privately(path: &Path) -> io::Result<UnixListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    fchmod(&socket, Mode::RUSR | Mode::WUSR)?;
    bind(&socket, &SocketAddrUnix::new(path)?)?;
    listen(&socket, WAITING)?;
    UnixListener::from_std(socket.into())
}

/// Small messages leave at once, and a client that vanished without a word is noticed. Where the system refuses,
/// things are only slower.
pub fn keep_alive(stream: &TcpStream) {
    use rustix::net::sockopt;
    let _ = stream.set_nodelay(true);
    let _ = sockopt::set_socket_keepalive(stream, true);
    let _ = sockopt::set_tcp_keepidle(stream, SILENCE);
    let _ = sockopt::set_tcp_keepintvl(stream, SILENCE / 4);
    let _ = sockopt::set_tcp_keepcnt(stream, 4);
}
