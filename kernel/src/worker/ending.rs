//! Says in plain words how a process ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How many bytes of stderr are kept to understand an ending.
const LAST_WORDS: usize = 4096;

/// The end of what a process wrote to stderr.
#[derive(Debug, Default)]
pub struct LastWords(Vec<u8>);

impl LastWords {
    /// Takes what was written.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        let surplus = self.0.len().saturating_sub(LAST_WORDS);
        self.0.drain(..surplus);
    }

    /// Forgets what earlier cells wrote.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// As text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).trim().to_string()
    }
}

/// How the process ended, fit to follow "the cell's process ended: ".
pub fn describe(status: ExitStatus, last_words: &LastWords) -> String {
    if let Some(code) = status.code() {
        return format!("exit({code})");
    }
    let text = last_words.text();
    let signal = status.signal().unwrap_or_default();
    match signal {
        libc::SIGABRT if text.contains("has overflowed its stack") => {
            "stack overflow\nhint: does a function call itself without an end?".to_string()
        }
        libc::SIGABRT if text.contains("IO Safety violation") => {
            "it closed a file descriptor that was closed already, or was not its own".to_string()
        }
        libc::SIGABRT => match allocation(&text) {
            Some(bytes) => format!("out of memory: {bytes} bytes could not be had"),
            None => "abort (signal 6)".to_string(),
        },
        libc::SIGSEGV => "segmentation fault (signal 11)".to_string(),
        libc::SIGBUS => "bus error (signal 7)".to_string(),
        libc::SIGILL => "illegal instruction (signal 4)".to_string(),
        libc::SIGFPE => "arithmetic fault (signal 8)".to_string(),
        libc::SIGTRAP => "trap (signal 5)".to_string(),
        libc::SIGKILL => "killed (signal 9)\nhint: the system does this when memory runs out".to_string(),
        libc::SIGTERM => "told to end (signal 15)".to_string(),
        libc::SIGINT => "interrupted (signal 2)".to_string(),
        // Nothing else sends it: Rust programs ignore it.
        libc::SIGPIPE => "it closed the descriptors over which it talks to the kernel".to_string(),
        other => format!("signal {other}"),
    }
}

/// The size in the standard library's message about a failed allocation.
fn allocation(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("memory allocation of ")?;
    rest.split_once(" bytes failed").map(|(bytes, _)| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_has_its_words() {
        let rows = [
            (0, "", "exit(0)"),
            (3 << 8, "", "exit(3)"),
            (6, "", "abort (signal 6)"),
            (
                6,
                "memory allocation of 99 bytes failed",
                "out of memory: 99 bytes could not be had",
            ),
            (
                6,
                "thread 'cell' has overflowed its stack\nfatal runtime error: stack overflow",
                "stack overflow\nhint: does a function call itself without an end?",
            ),
            (
                6,
                "fatal runtime error: IO Safety violation: owned file descriptor already closed, aborting",
                "it closed a file descriptor that was closed already, or was not its own",
            ),
            (11, "", "segmentation fault (signal 11)"),
            (11 | 0x80, "core dumped", "segmentation fault (signal 11)"),
            (
                9,
                "",
                "killed (signal 9)\nhint: the system does this when memory runs out",
            ),
            (10, "", "signal 10"),
        ];
        for (raw, stderr, words) in rows {
            let mut last_words = LastWords::default();
            last_words.push(stderr.as_bytes());
            assert_eq!(describe(ExitStatus::from_raw(raw), &last_words), words);
        }
    }

    #[test]
    fn only_the_end_of_stderr_is_kept() {
        let mut last_words = LastWords::default();
        last_words.push(&[b'a'; 2 * LAST_WORDS]);
        last_words.push(b"end");
        assert_eq!(last_words.text().len(), LAST_WORDS);
        assert!(last_words.text().ends_with("aend"));
    }
}
