//! Listens to a run of evcxr's code: takes out of its output what is meant for evcxr, and passes on the rest.

use super::places::Places;
use super::protocol::{CHANGED, FAILED, PANICKED};
use crate::engine::CellHost;
use crate::output::{CommMessage, Output, StreamName};

/// What evcxr's code prints before it gives up because a type was defined anew.
const LOST: (&str, &str) = ("The type of the variable ", " was redefined, so was lost.\n");

/// What a run said to evcxr.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// A panic was caught.
    pub panicked: bool,
    /// A `?` met an error.
    pub failed: bool,
    /// That error, as far as it was heard.
    pub error: String,
    /// Variables of types that were defined anew.
    pub changed: Vec<String>,
}

/// A host that hears what is not for the person.
pub struct Marks<'a> {
    host: &'a mut dyn CellHost,
    places: &'a Places<'a>,
    /// Stdout that may be the start of a mark.
    held: String,
    /// Whether the cell may end with a `?`: then the last line on stderr is kept back, as it may be its error.
    may_fail: bool,
    last_words: String,
    seen: Seen,
}

impl<'a> Marks<'a> {
    /// Passes on to `host`.
    pub fn new(host: &'a mut dyn CellHost, places: &'a Places<'a>, may_fail: bool) -> Marks<'a> {
        Marks {
            host,
            places,
            held: String::new(),
            may_fail,
            last_words: String::new(),
            seen: Seen::default(),
        }
    }

    /// Passes on what was kept back, and tells what was heard.
    pub fn finish(mut self) -> Seen {
        let rest = std::mem::take(&mut self.held);
        self.text(StreamName::Stdout, &rest);
        let words = std::mem::take(&mut self.last_words);
        match self.seen.failed {
            true => self.seen.error = words.trim_end().to_owned(),
            false => self.text(StreamName::Stderr, &words),
        }
        self.seen
    }

    fn stdout(&mut self, text: &str) {
        self.held.push_str(text);
        while let Some((start, end)) = self.mark() {
            let mark = self.held[start..end].to_owned();
            let before = self.held[..start].to_owned();
            self.held.drain(..end);
            self.text(StreamName::Stdout, &before);
            match mark.strip_prefix(CHANGED) {
                Some(name) => self.seen.changed.push(name.trim_end().to_owned()),
                None if mark == FAILED => self.seen.failed = true,
                None => self.seen.panicked = true,
            }
        }
        // What is left may be the start of a mark whose rest is still on its way.
        let keep = match self.held.find(CHANGED) {
            Some(start) => self.held.len() - start,
            None => [PANICKED, FAILED, CHANGED]
                .iter()
                .filter_map(|mark| {
                    (1..mark.len())
                        .rev()
                        .find(|length| self.held.ends_with(&mark[..*length]))
                })
                .max()
                .unwrap_or(0),
        };
        let ready: String = self.held.drain(..self.held.len() - keep).collect();
        self.text(StreamName::Stdout, &ready);
    }

    /// The first whole mark.
    fn mark(&self) -> Option<(usize, usize)> {
        let fixed = [PANICKED, FAILED].into_iter().filter_map(|mark| {
            let start = self.held.find(mark)?;
            Some((start, start + mark.len()))
        });
        let changed = self.held.find(CHANGED).and_then(|start| {
            let length = self.held[start..].find('\n')? + 1;
            Some((start, start + length))
        });
        fixed.chain(changed).min()
    }

    fn stderr(&mut self, text: &str) {
        self.last_words.push_str(text);
        let words = std::mem::take(&mut self.last_words);
        let mut lines: Vec<&str> = words.split_inclusive('\n').collect();
        lines.retain(|line| !(line.starts_with(LOST.0) && line.ends_with(LOST.1)));
        if let Some(last) = lines.last() {
            let is_cut = LOST.0.starts_with(last) || last.starts_with(LOST.0) && !last.ends_with('\n');
            if self.may_fail || is_cut {
                self.last_words = lines.pop().unwrap_or_default().to_owned();
            }
        }
        let ready = lines.concat();
        self.text(StreamName::Stderr, &ready);
    }

    fn text(&mut self, name: StreamName, text: &str) {
        if !text.is_empty() {
            let text = self.places.translate(text);
            self.host.emit(Output::Stream { name, text });
        }
    }
}

impl CellHost for Marks<'_> {
    fn emit(&mut self, output: Output) {
        match output {
            Output::Stream { name, text } => match name {
                StreamName::Stdout => self.stdout(&text),
                StreamName::Stderr => self.stderr(&text),
            },
            output => self.host.emit(output),
        }
    }

    fn input(&mut self, prompt: &str, password: bool) -> Result<String, String> {
        self.host.input(prompt, password)
    }

    fn comms(&mut self) -> Vec<CommMessage> {
        self.host.comms()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Screen {
        stdout: String,
        stderr: String,
    }

    impl CellHost for Screen {
        fn emit(&mut self, output: Output) {
            match output {
                Output::Stream {
                    name: StreamName::Stdout,
                    text,
                } => self.stdout.push_str(&text),
                Output::Stream { text, .. } => self.stderr.push_str(&text),
                _ => panic!("nothing else was sent"),
            }
        }

        fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
            Err(String::new())
        }
    }

    /// Sends stdout in pieces, then stderr whole.
    fn hear(stdout: &str, size: usize, stderr: &[&str], may_fail: bool) -> (Screen, Seen) {
        let mut screen = Screen::default();
        let places = Places::default();
        let mut marks = Marks::new(&mut screen, &places, may_fail);
        let stream = |name, text: &str| Output::Stream {
            name,
            text: text.to_owned(),
        };
        for piece in stdout.as_bytes().chunks(size) {
            marks.emit(stream(StreamName::Stdout, std::str::from_utf8(piece).unwrap()));
        }
        for text in stderr {
            marks.emit(stream(StreamName::Stderr, text));
        }
        let seen = marks.finish();
        (screen, seen)
    }

    #[test]
    fn marks_are_heard_and_not_shown_however_the_text_is_cut() {
        let text = format!("EVCXR\nEVC{CHANGED}x\n{PANICKED}a\n{CHANGED}y\n{FAILED}EVCXR_");
        for size in 1..text.len() {
            let (screen, seen) = hear(&text, size, &[], false);
            assert_eq!(screen.stdout, "EVCXR\nEVCa\nEVCXR_", "pieces of {size}");
            assert_eq!(seen.changed, ["x", "y"]);
            assert!(seen.panicked && seen.failed);
        }
    }

    #[test]
    fn the_error_of_a_question_mark_is_told_once() {
        let (screen, seen) = hear(FAILED, 99, &["mine\ninvalid", " digit", "\n"], true);
        assert_eq!(
            (screen.stderr.as_str(), seen.error.as_str()),
            ("mine\n", "invalid digit")
        );
        let (screen, seen) = hear("fine\n", 99, &["mine\n", "too\n"], true);
        assert_eq!((screen.stderr.as_str(), seen.error.as_str()), ("mine\ntoo\n", ""));
    }

    #[test]
    fn what_evcxr_says_of_lost_variables_is_not_shown() {
        let lost = [
            "The type of the ",
            "variable p was redefined",
            ", so was lost.\n",
            "mine",
        ];
        let (screen, _) = hear("", 1, &lost, false);
        assert_eq!(screen.stderr, "mine");
    }
}
