//! Turns the raw bytes of a cell's stdout and stderr into stream outputs: whole characters, a bounded number of messages.
//!
//! The first text after a pause goes out at once, so a prompt or a progress bar is seen as it is written; what
//! follows within [`PAUSE`] goes out together.

use std::time::{Duration, Instant};

use crate::output::{Output, StreamName};

/// Shortest time between two batches of text: twenty a second.
pub const PAUSE: Duration = Duration::from_millis(50);

/// Bytes of text that may wait. When they are reached the pipes are left alone, so a cell that floods its output is slowed to
/// what a browser can take instead of filling the kernel's memory.
const MOST_WAITING: usize = 1 << 20;

/// Changes between stdout and stderr that are kept apart within one batch.
const MOST_CHANGES: usize = 32;

/// Decodes UTF-8 that arrives in pieces. Bytes that are not UTF-8 become U+FFFD, as everywhere in Rust.
#[derive(Debug, Default)]
pub struct Utf8Decoder {
    /// The beginning of a character whose end has not come yet: at most three bytes.
    beginning: Vec<u8>,
}

impl Utf8Decoder {
    /// The text of `bytes` and of what was left over; keeps the beginning of a cut character for the next call.
    pub fn decode(&mut self, bytes: &[u8]) -> String {
        let mut all = std::mem::take(&mut self.beginning);
        all.extend_from_slice(bytes);
        let mut text = String::with_capacity(all.len());
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            if chunks.peek().is_none() && is_beginning(invalid) {
                self.beginning = invalid.to_vec();
            } else if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        text
    }

    /// What is left when no more bytes come: a cut character becomes U+FFFD.
    pub fn finish(&mut self) -> String {
        let cut = !std::mem::take(&mut self.beginning).is_empty();
        if cut {
            char::REPLACEMENT_CHARACTER.to_string()
        } else {
            String::new()
        }
    }
}

/// Whether more bytes could complete `bytes` to a character.
fn is_beginning(bytes: &[u8]) -> bool {
    matches!(std::str::from_utf8(bytes), Err(error) if error.error_len().is_none())
}

/// How lines begin that Rust's runtime writes to stderr when it gives up. They come in pieces.
const LAST_WORDS: [&str; 5] = [
    "\nthread '",
    "fatal runtime error: ",
    "memory allocation of ",
    "note: run with `RUST_BACKTRACE",
    "thread caused non-unwinding panic",
];

/// Keeps back what Rust's runtime says when it ends a process: the error of the cell says it in words for learners.
#[derive(Debug, Default)]
struct LastWords {
    /// The beginning of a line that may become one of those.
    beginning: String,
    inside_line: bool,
    kept: String,
}

impl LastWords {
    /// The part of `text` that is to be shown.
    fn sift(&mut self, text: &str) -> String {
        let mut rest = std::mem::take(&mut self.beginning) + text;
        let mut shown = String::new();
        while !rest.is_empty() {
            if !self.inside_line && may_be(&rest) {
                // The newline of an empty line before them belongs to them.
                let begins = LAST_WORDS.iter().any(|words| rest.starts_with(words));
                match line_end(&rest, 1).filter(|_| begins) {
                    Some(end) => self.kept.extend(rest.drain(..end)),
                    None => {
                        self.beginning = rest;
                        break;
                    }
                }
            } else {
                let end = line_end(&rest, 0).unwrap_or(rest.len());
                shown.extend(rest.drain(..end));
                self.inside_line = !shown.ends_with('\n');
            }
        }
        shown
    }
}

/// Whether `text` is, or could become, something that the runtime says.
fn may_be(text: &str) -> bool {
    let mut known = LAST_WORDS.iter();
    known.any(|words| text.starts_with(words) || words.starts_with(text))
}

/// Where the line ends whose newline comes after `skip` bytes.
fn line_end(text: &str, skip: usize) -> Option<usize> {
    let newline = text.bytes().skip(skip).position(|byte| byte == b'\n');
    newline.map(|at| at + skip + 1)
}

/// Collects a cell's text and says when it is time to show it.
#[derive(Debug, Default)]
pub struct Batches {
    last_words: LastWords,
    decoders: [Utf8Decoder; 2],
    waiting: Vec<(StreamName, String)>,
    bytes: usize,
    last: Option<Instant>,
}

impl Batches {
    /// Takes bytes that a stream delivered.
    pub fn push(&mut self, name: StreamName, bytes: &[u8]) {
        let mut text = self.decoder(name).decode(bytes);
        if name == StreamName::Stderr {
            text = self.last_words.sift(&text);
        }
        self.append(name, text);
    }

    /// Whether more should be read before the next batch has gone out.
    pub fn is_full(&self) -> bool {
        self.bytes >= MOST_WAITING
    }

    /// When the waiting text is due; `None` if none waits.
    pub fn due(&self) -> Option<Instant> {
        let first = *self.waiting.first().map(|_| &self.last)?;
        Some(first.map_or_else(Instant::now, |last| last + PAUSE))
    }

    /// The waiting text, in the order in which it was written.
    pub fn take(&mut self) -> Vec<Output> {
        if !self.waiting.is_empty() {
            self.last = Some(Instant::now());
        }
        self.bytes = 0;
        self.waiting
            .drain(..)
            .map(|(name, text)| Output::Stream { name, text })
            .collect()
    }

    /// All text at the end of a cell, cut characters included; not what the runtime said about the end of the process if that is
    /// `explained` otherwise.
    pub fn finish(&mut self, explained: bool) -> Vec<Output> {
        let LastWords { beginning, kept, .. } = std::mem::take(&mut self.last_words);
        if !explained {
            self.append(StreamName::Stderr, kept + &beginning);
        }
        for name in [StreamName::Stdout, StreamName::Stderr] {
            let text = self.decoder(name).finish();
            self.append(name, text);
        }
        self.take()
    }

    fn decoder(&mut self, name: StreamName) -> &mut Utf8Decoder {
        match name {
            StreamName::Stdout => &mut self.decoders[0],
            StreamName::Stderr => &mut self.decoders[1],
        }
    }

    fn append(&mut self, name: StreamName, text: String) {
        if text.is_empty() {
            return;
        }
        self.bytes += text.len();
        let many = self.waiting.len() >= MOST_CHANGES;
        // Past the limit a stream's text joins its own last piece: a cell that alternates thousands of times a second
        // still makes a bounded number of messages.
        match self
            .waiting
            .iter_mut()
            .rev()
            .take(if many { 2 } else { 1 })
            .find(|piece| piece.0 == name)
        {
            Some(piece) => piece.1.push_str(&text),
            None => self.waiting.push((name, text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: StreamName, text: &str) -> Output {
        Output::Stream {
            name,
            text: text.into(),
        }
    }

    #[test]
    fn characters_survive_every_cut() {
        let text = "aé€😀\r\n";
        for cut in 0..=text.len() {
            let mut decoder = Utf8Decoder::default();
            let (first, second) = text.as_bytes().split_at(cut);
            assert_eq!(
                decoder.decode(first) + &decoder.decode(second) + &decoder.finish(),
                text,
                "cut at {cut}"
            );
        }
        let mut decoder = Utf8Decoder::default();
        let one_by_one: String = text.bytes().map(|byte| decoder.decode(&[byte])).collect();
        assert_eq!(one_by_one, text);
    }

    #[test]
    fn bytes_that_are_not_text_are_replaced() {
        let mut decoder = Utf8Decoder::default();
        assert_eq!(decoder.decode(b"a\xff\xfeb"), "a\u{fffd}\u{fffd}b");
        assert_eq!(decoder.decode(b"\xe2\x82"), "");
        assert_eq!(decoder.decode(b"x"), "\u{fffd}x");
        assert_eq!(decoder.decode(b"\xf0\x9f"), "");
        assert_eq!(decoder.finish(), "\u{fffd}");
        assert_eq!(decoder.finish(), "");
    }

    #[test]
    fn the_first_text_is_due_at_once_and_the_next_after_the_pause() {
        let mut batches = Batches::default();
        assert_eq!(batches.due(), None);
        batches.push(StreamName::Stdout, b"10%\r");
        assert!(batches.due().unwrap() <= Instant::now());
        assert_eq!(batches.take(), [stream(StreamName::Stdout, "10%\r")]);
        assert_eq!(batches.due(), None);
        batches.push(StreamName::Stdout, b"20%\r");
        batches.push(StreamName::Stdout, b"30%\r");
        assert_eq!(batches.due(), Some(batches.last.unwrap() + PAUSE));
        assert_eq!(batches.take(), [stream(StreamName::Stdout, "20%\r30%\r")]);
    }

    #[test]
    fn the_order_of_the_two_streams_is_kept() {
        let mut batches = Batches::default();
        batches.push(StreamName::Stdout, b"a");
        batches.push(StreamName::Stderr, b"b");
        batches.push(StreamName::Stdout, b"c\xe2");
        assert_eq!(
            batches.finish(false),
            [
                stream(StreamName::Stdout, "a"),
                stream(StreamName::Stderr, "b"),
                stream(StreamName::Stdout, "c\u{fffd}")
            ]
        );
    }

    #[test]
    fn the_last_words_of_the_runtime_wait_for_the_end() {
        let words =
            "\nthread 'cell' (7) has overflowed its stack\nfatal runtime error: stack overflow, aborting\n";
        let own = "é\n\n\nmine\nnote: mine\nnot fatal runtime error: mine\n";
        for size in 1..words.len() {
            let mut batches = Batches::default();
            for piece in (own.to_owned() + words).as_bytes().chunks(size) {
                batches.push(StreamName::Stderr, piece);
            }
            assert_eq!(
                batches.take(),
                [stream(StreamName::Stderr, own)],
                "pieces of {size}"
            );
            assert_eq!(batches.finish(true), []);
            batches.push(StreamName::Stderr, words.as_bytes());
            assert_eq!(batches.take(), []);
            assert_eq!(batches.finish(false), [stream(StreamName::Stderr, words)]);
        }
    }

    #[test]
    fn alternating_streams_make_a_bounded_number_of_messages() {
        let mut batches = Batches::default();
        for _ in 0..1000 {
            batches.push(StreamName::Stdout, b"o");
            batches.push(StreamName::Stderr, b"e");
        }
        let outputs = batches.finish(false);
        assert_eq!(outputs.len(), MOST_CHANGES);
        let letters = |wanted: StreamName| -> usize {
            outputs
                .iter()
                .map(|output| match output {
                    Output::Stream { name, text } if *name == wanted => text.len(),
                    _ => 0,
                })
                .sum()
        };
        assert_eq!(
            (letters(StreamName::Stdout), letters(StreamName::Stderr)),
            (1000, 1000)
        );
    }

    #[test]
    fn a_flood_is_stopped_until_it_was_shown() {
        let mut batches = Batches::default();
        batches.push(StreamName::Stdout, &vec![b'x'; MOST_WAITING]);
        assert!(batches.is_full());
        batches.take();
        assert!(!batches.is_full());
    }
}
