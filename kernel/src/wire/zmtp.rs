//! ZMTP 3.0, the protocol under ZeroMQ, as far as a kernel needs it (<https://rfc.zeromq.org/spec/23>): the greeting, commands
//! and messages as bytes. No sockets here.
//!
//! Whoever can reach the port can send these bytes, long before a signature is checked. So nothing is believed: memory is
//! taken for bytes that have come, never for a length that was announced.

use bytes::{Buf, BufMut, Bytes, BytesMut};

/// Length of the greeting in bytes.
const GREETING: usize = 64;
/// Longest command in bytes: READY with an identity is the longest that anyone sends.
const LONGEST_COMMAND: usize = 8 << 10;
/// Longest message in bytes, all frames together, that a request may be.
pub const LONGEST_REQUEST: usize = 128 << 20;
/// Longest message in bytes where only topics and signs of life are expected.
pub const LONGEST_NOTE: usize = 64 << 10;
/// Most frames of a message: an empty one costs more memory than it takes on the wire.
pub const MOST_FRAMES: usize = 10_000;
/// Memory in bytes that a connection may keep between messages.
const USUAL_BUFFER: usize = 256 << 10;

const MORE: u8 = 1;
const LONG: u8 = 2;
const COMMAND: u8 = 4;

/// Why bytes are not ZMTP. The connection is closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZmtpError {
    /// It does not begin as ZeroMQ does.
    #[error("it is not ZeroMQ that speaks there")]
    Greeting,
    /// Version 2 or older.
    #[error("ZMTP {0} is spoken there, at least 3 is needed")]
    Version(u8),
    /// CURVE, PLAIN or another mechanism.
    #[error("the mechanism {0:?} is wanted there, only NULL is offered")]
    Mechanism(String),
    /// A first byte of a frame that means nothing.
    #[error("a frame begins with {0:#04x}")]
    Flags(u8),
    /// A frame, or a message with it, is too long.
    #[error("{0} bytes were announced, {1} are allowed")]
    TooLong(u64, usize),
    /// Too many frames.
    #[error("a message of more than {MOST_FRAMES} frames")]
    TooMany,
    /// A command that cannot be read, or not now.
    #[error("a command cannot be read: {0}")]
    Command(&'static str),
}

/// What comes over a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The other side has said hello.
    Greeting,
    /// A command: name and data.
    Command(Bytes, Bytes),
    /// A whole message.
    Message(Vec<Bytes>),
}

/// Cuts the bytes of one connection into units.
#[derive(Debug)]
pub struct Decoder {
    /// Longest message in bytes.
    longest: usize,
    buffer: BytesMut,
    greeted: bool,
    frames: Vec<Bytes>,
    /// Bytes of `frames`.
    length: usize,
}

impl Decoder {
    /// For a connection that may send messages of up to this many bytes.
    pub fn new(longest: usize) -> Decoder {
        Decoder {
            longest,
            buffer: BytesMut::new(),
            greeted: false,
            frames: Vec::new(),
            length: 0,
        }
    }

    /// Where received bytes are put. Its spare room is what is sensible to read at once.
    pub fn room(&mut self) -> &mut BytesMut {
        let wanted = self.missing().clamp(4 << 10, 1 << 20);
        self.buffer.reserve(wanted);
        &mut self.buffer
    }

    /// The next unit, if all of it has come. After an error the connection is of no use.
    ///
    /// # Errors
    /// When the bytes are not ZMTP 3 or ask for too much.
    pub fn next_unit(&mut self) -> Result<Option<Unit>, ZmtpError> {
        if !self.greeted {
            return self.greeting();
        }
        while let Some((flags, header, length)) = self.header()? {
            let end = header + length;
            if self.buffer.len() < end {
                return Ok(None);
            }
            self.buffer.advance(header);
            let frame = self.buffer.split_to(length).freeze();
            if flags & COMMAND != 0 {
                self.shrink();
                return command(frame).map(Some);
            }
            self.length += length;
            self.frames.push(frame);
            if flags & MORE == 0 {
                self.length = 0;
                self.shrink();
                return Ok(Some(Unit::Message(std::mem::take(&mut self.frames))));
            }
            if self.frames.len() >= MOST_FRAMES {
                return Err(ZmtpError::TooMany);
            }
        }
        Ok(None)
    }

    fn greeting(&mut self) -> Result<Option<Unit>, ZmtpError> {
        let there = &self.buffer[..];
        if there.first().is_some_and(|byte| *byte != 0xff) || there.get(9).is_some_and(|byte| *byte != 0x7f) {
            return Err(ZmtpError::Greeting);
        }
        if let Some(major) = there.get(10).filter(|major| **major < 3) {
            return Err(ZmtpError::Version(*major));
        }
        if there.len() < GREETING {
            return Ok(None);
        }
        let greeting = self.buffer.split_to(GREETING);
        let mechanism = &greeting[12..32];
        let end = mechanism.iter().position(|byte| *byte == 0);
        let mechanism = &mechanism[..end.unwrap_or(mechanism.len())];
        if mechanism != b"NULL" {
            let name = String::from_utf8_lossy(mechanism).into_owned();
            return Err(ZmtpError::Mechanism(name));
        }
        self.greeted = true;
        Ok(Some(Unit::Greeting))
    }

    /// Flags, length of the header and of the body of the frame that begins here, if its header has come.
    fn header(&self) -> Result<Option<(u8, usize, usize)>, ZmtpError> {
        let Some(&flags) = self.buffer.first() else {
            return Ok(None);
        };
        // A command is one frame, and never between the frames of a message.
        let command = flags & COMMAND != 0;
        if flags & !(MORE | LONG | COMMAND) != 0 || command && (flags & MORE != 0 || !self.frames.is_empty())
        {
            return Err(ZmtpError::Flags(flags));
        }
        let (header, length) = if flags & LONG == 0 {
            match self.buffer.get(1) {
                Some(length) => (2, u64::from(*length)),
                None => return Ok(None),
            }
        } else {
            match self.buffer.get(1..9) {
                Some(mut length) => (9, length.get_u64()),
                None => return Ok(None),
            }
        };
        let allowed = if command {
            LONGEST_COMMAND
        } else {
            self.longest - self.length
        };
        match usize::try_from(length).ok().filter(|length| *length <= allowed) {
            Some(length) => Ok(Some((flags, header, length))),
            None => Err(ZmtpError::TooLong(length, allowed)),
        }
    }

    /// Bytes that the frame at hand still lacks.
    fn missing(&self) -> usize {
        match self.header() {
            Ok(Some((_, header, length))) => (header + length).saturating_sub(self.buffer.len()),
            Ok(None) | Err(_) => 0,
        }
    }

    /// Lets go of the memory of a message that was unusually long.
    fn shrink(&mut self) {
        if self.buffer.capacity() > USUAL_BUFFER && self.buffer.len() < USUAL_BUFFER / 4 {
            self.buffer = BytesMut::from(&self.buffer[..]);
        }
    }
}

/// What this side says first.
pub fn greeting() -> Bytes {
    let mut bytes = BytesMut::with_capacity(GREETING);
    bytes.put_slice(&[0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
    bytes.put_slice(b"NULL");
    bytes.resize(GREETING, 0);
    bytes.freeze()
}

/// The command READY of a socket of this type.
pub fn ready(socket_type: &str) -> Bytes {
    let mut data = BytesMut::new();
    for (name, value) in [("Socket-Type", socket_type), ("Identity", "")] {
        data.put_u8(name.len() as u8);
        data.put_slice(name.as_bytes());
        data.put_u32(value.len() as u32);
        data.put_slice(value.as_bytes());
    }
    write_command("READY", &data)
}

/// A command as bytes; its name and data are short.
pub fn write_command(name: &str, data: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    let length = 1 + name.len() + data.len();
    write_header(&mut bytes, COMMAND, length);
    bytes.put_u8(name.len() as u8);
    bytes.put_slice(name.as_bytes());
    bytes.put_slice(data);
    bytes.freeze()
}

/// The bytes before a frame of a message.
pub fn write_frame_header(bytes: &mut BytesMut, length: usize, more: bool) {
    write_header(bytes, if more { MORE } else { 0 }, length);
}

fn write_header(bytes: &mut BytesMut, flags: u8, length: usize) {
    match u8::try_from(length) {
        Ok(length) => bytes.put_slice(&[flags, length]),
        Err(_) => {
            bytes.put_u8(flags | LONG);
            bytes.put_u64(length as u64);
        }
    }
}

/// What a client says of itself in READY.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// `DEALER`, `SUB`, ...
    pub socket_type: Bytes,
    /// The name it wants to be known by; empty if it does not care.
    pub identity: Bytes,
}

impl Ready {
    /// Reads the data of the command.
    ///
    /// # Errors
    /// When a property is cut off.
    pub fn parse(mut data: Bytes) -> Result<Ready, ZmtpError> {
        let mut ready = Ready::default();
        while !data.is_empty() {
            let length = usize::from(data.get_u8());
            let name = take(&mut data, length)?;
            let length = take(&mut data, 4)?.get_u32() as usize;
            let value = take(&mut data, length)?;
            if name.eq_ignore_ascii_case(b"Socket-Type") {
                ready.socket_type = value;
            } else if name.eq_ignore_ascii_case(b"Identity") {
                ready.identity = value;
            }
        }
        if ready.identity.len() > 255 {
            return Err(ZmtpError::Command("an identity of more than 255 bytes"));
        }
        Ok(ready)
    }
}

/// What the data of a PING wants back: all that stands behind its time to live.
///
/// # Errors
/// When it is cut off.
pub fn ping_context(mut data: Bytes) -> Result<Bytes, ZmtpError> {
    take(&mut data, 2)?;
    Ok(data)
}

fn command(mut frame: Bytes) -> Result<Unit, ZmtpError> {
    let length = usize::from(take(&mut frame, 1)?[0]);
    let name = take(&mut frame, length)?;
    Ok(Unit::Command(name, frame))
}

fn take(data: &mut Bytes, length: usize) -> Result<Bytes, ZmtpError> {
    if data.len() < length {
        return Err(ZmtpError::Command("it is cut off"));
    }
    Ok(data.split_to(length))
}

#[cfg(test)]
mod tests;
