//! How much one cell may show. A loop that prints for ever must not make a notebook of gigabytes; the cell itself goes on.
//!
//! Only what stays is counted: text that a `\r` overwrites, updates of a display and what was cleared cost nothing, so
//! a training with a progress bar may run for days.

use crate::output::{Output, StreamName};

/// Bytes of text.
const MOST_TEXT: usize = 8 << 20;
/// Bytes of rich displays, as they are sent.
const MOST_RICH: usize = 128 << 20;
/// Number of rich displays.
const MOST_DISPLAYS: usize = 5000;

/// Counts what one cell shows.
#[derive(Debug, Default)]
pub struct OutputLimit {
    text: usize,
    rich: usize,
    displays: usize,
    said: bool,
}

impl OutputLimit {
    /// What is to be shown of an output: all, a part or nothing of it, and once a line that says so.
    pub fn pass(&mut self, output: Output) -> Vec<Output> {
        match output {
            Output::Stream { name, text } => self.pass_text(name, text),
            Output::Display {
                ref data,
                update: false,
                ..
            } => {
                self.displays += 1;
                self.rich += data
                    .values()
                    .map(|content| content.as_str().map_or(0, str::len))
                    .sum::<usize>();
                if self.rich <= MOST_RICH && self.displays <= MOST_DISPLAYS {
                    vec![output]
                } else {
                    self.say("of displays")
                }
            }
            Output::Clear { .. } => {
                *self = OutputLimit::default();
                vec![output]
            }
            output => vec![output],
        }
    }

    fn pass_text(&mut self, name: StreamName, mut text: String) -> Vec<Output> {
        let before = self.text;
        self.text = self.text.saturating_add(staying(&text));
        if self.text <= MOST_TEXT {
            return vec![Output::Stream { name, text }];
        }
        let rest = text.floor_char_boundary(MOST_TEXT.saturating_sub(before));
        text.truncate(rest);
        let mut shown = self.say("of text");
        if !text.is_empty() && !shown.is_empty() {
            shown.insert(0, Output::Stream { name, text });
        }
        shown
    }

    fn say(&mut self, what: &str) -> Vec<Output> {
        if std::mem::replace(&mut self.said, true) {
            return Vec::new();
        }
        // Not on stderr, which graders read as failure.
        let text =
            format!("\n[the cell has shown more {what} than a notebook can hold: the rest is left out]\n");
        vec![Output::Stream {
            name: StreamName::Stdout,
            text,
        }]
    }
}

/// Bytes of a text that stay when each line is overwritten as its `\r` tell.
fn staying(text: &str) -> usize {
    let lines = text.split_inclusive('\n');
    lines
        .map(|line| {
            // `\r\n` ends a line and overwrites nothing.
            let end = line.trim_end_matches(['\r', '\n']);
            line.len() - end.rfind('\r').map_or(0, |at| at + 1)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn print(text: &str) -> Output {
        Output::Stream {
            name: StreamName::Stdout,
            text: text.into(),
        }
    }

    fn display(content: &str, update: bool) -> Output {
        Output::Display {
            data: json!({ "text/plain": content }).as_object().unwrap().clone(),
            metadata: Map::new(),
            display_id: None,
            update,
        }
    }

    fn text(outputs: &[Output]) -> String {
        let texts = outputs.iter().map(|output| match output {
            Output::Stream { text, .. } => text.as_str(),
            other => panic!("{other:?}"),
        });
        texts.collect()
    }

    #[test]
    fn text_ends_with_one_line_that_says_so() {
        let mut limit = OutputLimit::default();
        let piece = "é".repeat(1 << 19);
        for _ in 0..7 {
            assert_eq!(limit.pass(print(&piece)), [print(&piece)]);
        }
        assert_eq!(limit.pass(print("x")), [print("x")]);
        let last = text(&limit.pass(print(&piece)));
        let (kept, note) = last.split_once('\n').unwrap();
        assert_eq!(kept.len(), (1 << 20) - 2, "no character is cut");
        insta::assert_snapshot!(note, @"[the cell has shown more of text than a notebook can hold: the rest is left out]");
        assert_eq!(limit.pass(print("more")), []);
        assert_eq!(limit.pass(display("a", false)), [display("a", false)]);
        let clear = Output::Clear { wait: true };
        assert_eq!(limit.pass(clear.clone()), [clear]);
        assert_eq!(limit.pass(print("more")), [print("more")]);
    }

    #[test]
    fn what_is_overwritten_costs_nothing() {
        assert_eq!(staying("abc\rde"), 2);
        assert_eq!(staying("abc\r\nde\n"), 8);
        assert_eq!(staying("1%\r2%\r"), 3);
        let mut limit = OutputLimit::default();
        let bar = format!("\r{}", "#".repeat(99)).repeat(1000);
        for _ in 0..1000 {
            assert_eq!(limit.pass(print(&bar)).len(), 1);
        }
        assert!(limit.text <= 100_000);
        for _ in 0..MOST_DISPLAYS * 2 {
            assert_eq!(limit.pass(display("a", true)).len(), 1);
        }
    }

    #[test]
    fn displays_have_a_number_and_a_size() {
        let mut limit = OutputLimit::default();
        for _ in 0..MOST_DISPLAYS {
            assert_eq!(limit.pass(display("a", false)).len(), 1);
        }
        assert!(text(&limit.pass(display("a", false))).contains("more of displays"));
        assert_eq!(limit.pass(display("a", false)), []);
        let mut limit = OutputLimit::default();
        let large = "x".repeat(MOST_RICH);
        assert_eq!(limit.pass(display(&large, false)).len(), 1);
        assert!(text(&limit.pass(display("a", false))).contains("left out"));
        let result = Output::Result {
            data: Map::new(),
            metadata: Map::new(),
        };
        assert_eq!(limit.pass(result.clone()), [result]);
    }
}
