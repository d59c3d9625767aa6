//! Whose program is at the other end of a connection on this machine. Messages are signed, but whoever is connected can read what
//! the kernel publishes: code and output. On a machine with many people that must be nobody but the user.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with, sockopt,
};
use rustix::process::geteuid;
use tokio::net::{TcpStream, UnixStream};

/// Whether it was said that somebody was turned away: whoever knocks for ever must not fill a log.
static SAID: Once = Once::new();

/// Asks for one socket by its family: `SOCK_DIAG_BY_FAMILY`, `NLM_F_REQUEST` (`linux/sock_diag.h`, `linux/netlink.h`).
const BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;

/// The length of a question, `nlmsghdr` and `inet_diag_req_v2` (`linux/inet_diag.h`).
const QUESTION: u32 = 72;

/// Where the user stands in an answer, `nlmsghdr` and `inet_diag_msg`.
const USER_AT: usize = 80;

/// Whose program is at the other end, if it is neither the user's nor root's. None as well if the system does not tell: a signature is
/// needed all the same to have a cell run.
pub fn stranger_tcp(stream: &TcpStream) -> Option<u32> {
    // Whoever is gone already has no address.
    let (here, there) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
    stranger(user_of(there, here)?)
}

/// The same for the file of a Unix socket.
pub fn stranger_ipc(stream: &UnixStream) -> Option<u32> {
    stranger(sockopt::socket_peercred(stream).ok()?.uid.as_raw())
}

fn stranger(user: u32) -> Option<u32> {
    (user != 0 && user != geteuid().as_raw()).then_some(user)
}

/// Says once, where the server keeps its log, that somebody was turned away: if that was the server, nobody would know why nothing
/// happens.
pub fn turn_away(socket: &str, user: u32) {
    log::warn!("{socket}: a program of user number {user} was turned away");
    SAID.call_once(|| {
        eprintln!(
            "hebb: a program of user number {user} wanted to connect to a kernel of user number {} and was turned away\n\
             hint: if that is your Jupyter server, set HEBB_LISTEN=any: hebb install --env HEBB_LISTEN=any",
            geteuid().as_raw()
        );
    });
}

/// Whose socket on this machine has the address `from` and is connected to `to`.
fn user_of(from: SocketAddr, to: SocketAddr) -> Option<u32> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let system = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        flags,
        Some(netlink::SOCK_DIAG),
    )
    .ok()?;
    send(&system, &question(from, to), SendFlags::empty()).ok()?;
    let mut answer = [0; 1024];
    // It is there when the question was taken.
    let (length, _) = recv(&system, &mut answer, RecvFlags::empty()).ok()?;
    let answer = answer.get(..length)?;
    let kind = u16::from_ne_bytes(*answer.get(4..)?.first_chunk()?);
    let user = u32::from_ne_bytes(*answer.get(USER_AT..)?.first_chunk()?);
    (kind == BY_FAMILY).then_some(user)
}

fn question(from: SocketAddr, to: SocketAddr) -> Vec<u8> {
    let family = match from {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let mut bytes = Vec::with_capacity(QUESTION as usize);
    bytes.extend(QUESTION.to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend(REQUEST.to_ne_bytes());
    // Number of the message and of the sender: there is one message, and the system knows the sender.
    bytes.extend([0; 8]);
    bytes.extend([family.as_raw() as u8, 6 /* IPPROTO_TCP */, 0, 0]);
    // In whatever state.
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.extend(from.port().to_be_bytes());
    bytes.extend(to.port().to_be_bytes());
    for address in [from, to] {
        let mut field = [0; 16];
        match address.ip() {
            IpAddr::V4(address) => field[..4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) => field = address.octets(),
        }
        bytes.extend(field);
    }
    // Any interface, and no cookie.
    bytes.extend(0_u32.to_ne_bytes());
    bytes.extend([0xff; 8]);
    bytes
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn the_user_of_a_connection_is_found() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // Not every machine has IPv6.
            let Ok(listener) = TcpListener::bind(address) else {
                continue;
            };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (accepted, peer) = listener.accept().unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            let found = user_of(peer, accepted.local_addr().unwrap());
            assert_eq!(found, Some(geteuid().as_raw()), "{address}");
            assert_eq!(user_of(peer, "127.0.0.1:1".parse().unwrap()), None);
        }
    }

    #[test]
    fn strangers_are_told_apart() {
        let user = geteuid().as_raw();
        assert_eq!(
            [0, user, user + 12345].map(stranger),
            [None, None, Some(user + 12345)]
        );
    }
}
