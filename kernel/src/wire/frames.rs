//! Messages as frames: identities, a delimiter, the signature, four JSON parts, binary buffers.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::signature::Signer;
use crate::messages::Message;

const DELIMITER: &[u8] = b"<IDS|MSG>";

/// Why frames are no message. Such frames are dropped.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Nothing separates identities from the message.
    #[error("no <IDS|MSG> among {0} frames")]
    NoDelimiter(usize),
    /// Fewer than the signature and four parts.
    #[error("{0} frames after <IDS|MSG>, at least 5 are needed")]
    TooFew(usize),
    /// Signed with another key, or changed on the way.
    #[error("the signature does not fit")]
    Signature,
    /// A part that is not the JSON it should be.
    #[error("{part} cannot be read: {reason}")]
    Part {
        /// Which of the four.
        part: &'static str,
        /// What the parser says.
        reason: serde_json::Error,
    },
}

/// Reads a message.
pub fn decode(frames: &[Bytes], signer: &Signer) -> Result<Message, FrameError> {
    let delimiter = frames
        .iter()
        .position(|frame| frame == DELIMITER)
        .ok_or(FrameError::NoDelimiter(frames.len()))?;
    let (identities, rest) = frames.split_at(delimiter);
    let [_, signature, parts @ ..] = rest else {
        return Err(FrameError::TooFew(rest.len() - 1));
    };
    let Some((parts, buffers)) = parts.split_first_chunk::<4>() else {
        return Err(FrameError::TooFew(rest.len() - 1));
    };
    if !signer.verify(signature, parts) {
        return Err(FrameError::Signature);
    }
    let [header, parent_header, metadata, content] = parts;
    Ok(Message {
        identities: identities.to_vec(),
        header: part("header", header)?,
        parent_header: part::<Value>("parent_header", parent_header)?,
        metadata: part("metadata", metadata)?,
        content: part("content", content)?,
        buffers: buffers.to_vec(),
    })
}

/// Writes a message.
pub fn encode(message: &Message, signer: &Signer) -> Vec<Bytes> {
    let json =
        |value: serde_json::Result<Vec<u8>>| Bytes::from(value.expect("keys are text, so this is JSON"));
    let parts = [
        json(serde_json::to_vec(&message.header)),
        json(serde_json::to_vec(&message.parent_header)),
        json(serde_json::to_vec(&message.metadata)),
        json(serde_json::to_vec(&message.content)),
    ];
    let signature = Bytes::from(signer.sign(&parts));
    let mut frames = message.identities.clone();
    frames.push(Bytes::from_static(DELIMITER));
    frames.push(signature);
    frames.extend(parts);
    frames.extend(message.buffers.iter().cloned());
    frames
}

fn part<T: DeserializeOwned>(part: &'static str, bytes: &[u8]) -> Result<T, FrameError> {
    serde_json::from_slice(bytes)
        .or_else(|reason| match mended(bytes) {
            Some(mended) => serde_json::from_slice(&mended),
            None => Err(reason),
        })
        .map_err(|reason| FrameError::Part { part, reason })
}

/// JSON with U+FFFD for each half of a surrogate pair that has lost its other half. JavaScript and Python write such
/// halves, where somebody has cut an emoji in two, and a cell that is dropped for it would wait for ever. None if there are no such.
fn mended(json: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut mended = json.to_vec();
    let (mut at, mut changed) = (0, false);
    while at < json.len() {
        at += match (json[at], unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => 12,
            (b'\\', Some(0xd800..=0xdfff)) => {
                mended[at + 2..at + 6].copy_from_slice(b"fffd");
                changed = true;
                6
            }
            // Whatever is escaped, it is not the beginning of another escape.
            (b'\\', _) => 2,
            _ => 1,
        };
    }
    changed.then_some(mended)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::messages::Session;

    fn frames(parts: &[&[u8]], signer: &Signer) -> Vec<Bytes> {
        let mut frames = vec![Bytes::from_static(b"client"), Bytes::from_static(DELIMITER)];
        frames.push(signer.sign(parts).into());
        frames.extend(parts.iter().map(|part| Bytes::copy_from_slice(part)));
        frames
    }

    #[test]
    fn a_message_survives_the_way() {
        let signer = Signer::new("key");
        let mut message = Session::default().broadcast("stream", None, json!({ "text": "é\u{0}" }));
        message.header.other.insert("subshell_id".into(), json!("7"));
        message.buffers = vec![Bytes::from_static(b"\x00\xff"), Bytes::new()];
        assert_eq!(decode(&encode(&message, &signer), &signer).unwrap(), message);
    }

    #[test]
    fn half_an_emoji_does_not_cost_the_message() {
        let signer = Signer::new("key");
        let header = br#"{"msg_id":"1","msg_type":"execute_request"}"#.as_slice();
        let rows = [
            (r"\ud83d", "\u{fffd}"),
            (r"\uDE00x\uD83D", "\u{fffd}x\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}\u{1f600}"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\\ud83d\ude00", "\\ud83d\u{fffd}"),
        ];
        for (written, read) in rows {
            let content = format!(r#"{{"code":"{written}"}}"#);
            let message = decode(
                &frames(&[header, b"{}", b"{}", content.as_bytes()], &signer),
                &signer,
            );
            assert_eq!(message.unwrap().text("code"), Some(read), "{written}");
        }
        assert_eq!(mended(br#""\ud83d\ude00 \\ud83d""#), None);
        assert_eq!(mended(br#""\ud8"#), None);
    }

    #[test]
    fn malformed_frames_are_refused_in_words() {
        let signer = Signer::new("key");
        let header = br#"{"msg_id":"1","msg_type":"execute_request"}"#.as_slice();
        let refuse = |frames: &[Bytes]| decode(frames, &signer).unwrap_err().to_string();
        assert_eq!(refuse(&[]), "no <IDS|MSG> among 0 frames");
        assert_eq!(refuse(&[Bytes::from_static(b"x")]), "no <IDS|MSG> among 1 frames");
        assert_eq!(
            refuse(&[Bytes::from_static(DELIMITER)]),
            "0 frames after <IDS|MSG>, at least 5 are needed"
        );
        let good = frames(&[header, b"{}", b"{}", b"{}"], &signer);
        assert_eq!(decode(&good, &signer).unwrap().header.msg_type, "execute_request");
        assert_eq!(
            refuse(&good[..6]),
            "4 frames after <IDS|MSG>, at least 5 are needed"
        );
        let mut forged = good;
        forged[6] = Bytes::from_static(br#"{"code":"1"}"#);
        assert_eq!(refuse(&forged), "the signature does not fit");
        let rows: [(&[u8], &[u8], &str); 4] = [
            (b"{}", b"{}", "header cannot be read"),
            (b"\xff", b"{}", "header cannot be read"),
            (header, b"[1]", "metadata cannot be read"),
            (header, b"", "metadata cannot be read"),
        ];
        for (header, metadata, words) in rows {
            let text = refuse(&frames(&[header, b"{}", metadata, b"{}"], &signer));
            assert!(text.starts_with(words), "{text}");
        }
    }
}
