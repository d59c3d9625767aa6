//! How a language server's messages stand in a stream: `Content-Length: N`, an empty line, N bytes of JSON.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

/// Bytes of a message that is still believed.
const LONGEST: u64 = 64 << 20;

/// Bytes of a header line that is still believed.
const LONGEST_HEADER: u64 = 4096;

/// Reads one message.
///
/// # Errors
/// At the end of the stream, and for everything that is no message.
pub fn read(stream: &mut impl BufRead) -> io::Result<Value> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        stream
            .by_ref()
            .take(LONGEST_HEADER)
            .read_until(b'\n', &mut line)?;
        let line = std::str::from_utf8(&line).map_err(damaged)?;
        let Some(line) = line.strip_suffix('\n') else {
            return Err(damaged("the stream ended, or a header has no end"));
        };
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| damaged("no header"))?;
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<u64>().map_err(damaged)?);
        }
    }
    let length = length.filter(|length| *length <= LONGEST);
    let length = length.ok_or_else(|| damaged("no length, or one that is not believed"))?;
    let mut text = Vec::new();
    stream.by_ref().take(length).read_to_end(&mut text)?;
    serde_json::from_slice(&text).map_err(damaged)
}

/// Writes one message.
///
/// # Errors
/// What the stream says.
pub fn write(stream: &mut impl Write, message: &Value) -> io::Result<()> {
    let text = message.to_string();
    write!(stream, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    stream.flush()
}

fn damaged(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn messages_come_through_whole() {
        let mut stream = Vec::new();
        let messages = [json!({ "id": 1, "result": "größe" }), json!(null), json!([1, 2])];
        for message in &messages {
            write(&mut stream, message).expect("a vector takes all");
        }
        let mut stream = stream.as_slice();
        for message in &messages {
            assert_eq!(&read(&mut stream).expect("a message"), message);
        }
        assert!(read(&mut stream).is_err());
    }

    #[test]
    fn garbage_is_an_error() {
        let endless = "x".repeat(10_000);
        for text in [
            "",
            "\n",
            "hello\n\n{}",
            "Content-Length: 2\r\n\r\n{",
            "Content-Length: -1\r\n\r\n{}",
            "Content-Length: 99999999999\r\n\r\n{}",
            "Content-Length: 2\r\n\r\n[}",
            "Content-Length: 2",
            "Content-Type: x\r\n\r\n{}",
            "\u{fffd}\n",
            endless.as_str(),
        ] {
            assert!(read(&mut text.as_bytes()).is_err(), "{text:.40}");
        }
        let other_order = "Content-Type: x\r\nCONTENT-LENGTH: 2\r\n\r\n{}";
        assert_eq!(read(&mut other_order.as_bytes()).expect("a message"), json!({}));
    }
}
