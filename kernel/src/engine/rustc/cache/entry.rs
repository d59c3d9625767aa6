//! One file of the cache: what a compilation gave, and what proves that the file is whole.
//!
//! ```text
//! "HEBBCELL"  8 bytes
//! key         32 bytes   whose answer this is
//! checksum    32 bytes   SHA-256 of all other bytes
//! length      8 bytes    of the description, little-endian
//! description JSON       Answer
//! library                the rest; empty if nothing is to be run
//! ```
//!
//! The checksum tells of accidents, not of attacks: whoever may write a file may write its checksum. Whose files are read at
//! all is decided in `folder`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::compile::Diagnostic;
use super::key::{Key, LENGTH};

const MAGIC: &[u8; 8] = b"HEBBCELL";

/// Where the description begins.
const HEADER: usize = MAGIC.len() + 2 * LENGTH + size_of::<u64>();

/// What a compilation gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it succeeded.
    pub success: bool,
    /// What was said.
    pub diagnostics: Vec<Diagnostic>,
    /// The types of the variables that the cell makes.
    pub types: HashMap<String, String>,
}

/// An answer with its library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was said and found.
    pub answer: Answer,
    /// The shared object; empty if nothing is to be run.
    pub library: Vec<u8>,
}

/// Why a file is no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// Too short, or another kind of file.
    #[error("it is no entry of this cache")]
    Foreign,
    /// It answers something else.
    #[error("it belongs to another cell")]
    OtherKey,
    /// Some of its bytes are not what was written.
    #[error("its checksum is wrong")]
    Checksum,
    /// The checksum is right, but nothing can be made of it.
    #[error("its description cannot be read")]
    Description,
}

impl Entry {
    /// The file's content.
    pub fn encode(&self, key: &Key) -> Vec<u8> {
        let description = serde_json::to_vec(&self.answer).expect("text and numbers always serialize");
        let mut bytes = Vec::with_capacity(HEADER + description.len() + self.library.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(key.bytes());
        bytes.extend_from_slice(&[0; LENGTH]);
        bytes.extend_from_slice(&(description.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&description);
        bytes.extend_from_slice(&self.library);
        let checksum = checksum(&bytes);
        bytes[MAGIC.len() + LENGTH..][..LENGTH].copy_from_slice(&checksum);
        bytes
    }

    /// Reads a file that should answer `key`.
    pub fn decode(bytes: &[u8], key: &Key) -> Result<Entry, Damage> {
        if bytes.len() < HEADER || !bytes.starts_with(MAGIC) {
            return Err(Damage::Foreign);
        }
        let part = |start: usize| &bytes[start..start + LENGTH];
        if part(MAGIC.len() + LENGTH) != checksum(bytes) {
            return Err(Damage::Checksum);
        }
        if part(MAGIC.len()) != key.bytes() {
            return Err(Damage::OtherKey);
        }
        let (header, rest) = bytes.split_at(HEADER);
        let length = header
            .last_chunk()
            .map_or(0, |length| u64::from_le_bytes(*length));
        let (description, library) = usize::try_from(length)
            .ok()
            .and_then(|length| rest.split_at_checked(length))
            .ok_or(Damage::Description)?;
        Ok(Entry {
            answer: serde_json::from_slice(description).map_err(|_| Damage::Description)?,
            library: library.to_vec(),
        })
    }
}

/// The checksum of a file: of everything but the place where it stands.
fn checksum(bytes: &[u8]) -> [u8; LENGTH] {
    let mut hasher = Sha256::new();
    hasher.update(&bytes[..MAGIC.len() + LENGTH]);
    hasher.update(&bytes[MAGIC.len() + 2 * LENGTH..]);
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::super::super::compile::{Advice, Span};
    use super::*;

    fn entry() -> Entry {
        let span = Span {
            range: 3..7,
            outermost: 3..7,
            primary: true,
            label: Some("é".to_owned()),
            replacement: None,
        };
        Entry {
            answer: Answer {
                success: false,
                diagnostics: vec![Diagnostic {
                    error: true,
                    code: Some("E0382".to_owned()),
                    message: "moved".to_owned(),
                    spans: vec![span.clone()],
                    children: vec![Advice {
                        level: "help".to_owned(),
                        message: "clone".to_owned(),
                        spans: vec![span],
                    }],
                }],
                types: HashMap::from([("x".to_owned(), "i32".to_owned())]),
            },
            library: vec![0x7f, 0, 1, 2],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let key = Key::new([7; LENGTH]);
        assert_eq!(Entry::decode(&entry().encode(&key), &key), Ok(entry()));
    }

    #[test]
    fn no_damaged_byte_and_no_missing_end_goes_unnoticed() {
        let key = Key::new([7; LENGTH]);
        let whole = entry().encode(&key);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert!(Entry::decode(&damaged, &key).is_err(), "byte {at}");
            assert!(Entry::decode(&whole[..at], &key).is_err(), "cut at {at}");
        }
        let longer = [whole.as_slice(), b"x"].concat();
        assert_eq!(Entry::decode(&longer, &key), Err(Damage::Checksum));
    }

    #[test]
    fn an_entry_under_another_name_is_none() {
        let whole = entry().encode(&Key::new([7; LENGTH]));
        let refused = Entry::decode(&whole, &Key::new([8; LENGTH]));
        assert_eq!(refused, Err(Damage::OtherKey));
    }

    #[test]
    fn a_length_beyond_the_end_is_refused() {
        let key = Key::new([7; LENGTH]);
        for length in [u64::MAX, 1 << 40] {
            let mut bytes = entry().encode(&key);
            bytes[HEADER - 8..HEADER].copy_from_slice(&length.to_le_bytes());
            let right = checksum(&bytes);
            bytes[MAGIC.len() + LENGTH..][..LENGTH].copy_from_slice(&right);
            assert_eq!(Entry::decode(&bytes, &key), Err(Damage::Description));
        }
    }
}
