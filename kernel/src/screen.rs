//! What `hebb run` writes for people to read: headings, streams, the text of displays, errors.
//!
//! On a terminal a live display is rewritten in place. Elsewhere, in a log, it is written when it first appears and once more
//! in its last state at the end of its cell, instead of hundreds of times.

use std::io::{self, Write};

use serde_json::Value;

use crate::output::{CellError, MimeBundle, Output, StreamName};

/// Where the text goes.
pub struct Screen<O, E> {
    out: O,
    errors: E,
    /// Columns of the terminal; none where the output is no terminal.
    columns: Option<usize>,
    /// True after text that did not end its line.
    in_line: bool,
    /// The display that stands last on the screen, with the rows that it takes.
    last_live: Option<(String, usize)>,
    /// Displays whose latest state is not on the screen.
    outdated: Vec<(String, String)>,
}

impl<O: Write, E: Write> Screen<O, E> {
    /// A screen over two streams.
    pub fn new(out: O, errors: E, columns: Option<usize>) -> Screen<O, E> {
        Screen {
            out,
            errors,
            columns,
            in_line: false,
            last_live: None,
            outdated: Vec::new(),
        }
    }

    /// Announces a cell.
    pub fn heading(&mut self, position: usize, count: usize, source: &str) -> io::Result<()> {
        let first = source
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        let short: String = first.chars().take(60).collect();
        let more = if short.len() < first.len() { "..." } else { "" };
        self.line(&format!("[{position}/{count}] {short}{more}"))
    }

    /// Writes a whole line.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.end_line()?;
        self.last_live = None;
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }

    /// Shows one output of a cell.
    pub fn show(&mut self, output: &Output) -> io::Result<()> {
        match output {
            Output::Stream {
                name: StreamName::Stdout,
                text,
            } => {
                self.last_live = None;
                self.out.write_all(text.as_bytes())?;
                self.in_line = !text.is_empty() && !text.ends_with('\n');
                self.out.flush()
            }
            Output::Stream {
                name: StreamName::Stderr,
                text,
            } => {
                self.last_live = None;
                self.errors.write_all(text.as_bytes())?;
                self.errors.flush()
            }
            Output::Result { data, .. } | Output::Page { data } => self.line(&plain(data)),
            Output::Display {
                data,
                display_id: None,
                ..
            } => self.line(&plain(data)),
            Output::Display {
                data,
                display_id: Some(id),
                update,
                ..
            } => self.display(id, &plain(data), *update),
            // What has been printed on a terminal or into a log stays.
            Output::Clear { .. } => Ok(()),
            // No front end runs code here.
            Output::Comm(_) | Output::CommTarget(_) => Ok(()),
        }
    }

    /// Ends a cell: live displays are shown as they stand now.
    pub fn end_cell(&mut self) -> io::Result<()> {
        for (_, text) in std::mem::take(&mut self.outdated) {
            self.line(&text)?;
        }
        self.last_live = None;
        self.end_line()
    }

    /// Shows the error that ended a cell.
    pub fn error(&mut self, error: &CellError, expected: bool) -> io::Result<()> {
        let lines = if error.traceback.is_empty() {
            vec![format!("{}: {}", error.name, error.value)]
        } else {
            error.traceback.clone()
        };
        let text = lines.join("\n");
        let text = if self.columns.is_some() {
            text
        } else {
            without_colours(&text)
        };
        if expected {
            return self.line(&text);
        }
        self.end_line()?;
        writeln!(self.errors, "{text}")?;
        self.errors.flush()
    }

    fn display(&mut self, id: &str, text: &str, update: bool) -> io::Result<()> {
        // Its older state is not to follow the newer one at the cell's end.
        self.outdated.retain(|(outdated, _)| outdated != id);
        if update {
            let rows = self
                .last_live
                .as_ref()
                .filter(|(last, _)| last == id)
                .map(|(_, rows)| *rows);
            let Some(rows) = rows.filter(|_| self.columns.is_some()) else {
                self.outdated.push((id.to_string(), text.to_string()));
                return Ok(());
            };
            // Up over the old text, and erase all below.
            write!(self.out, "\x1b[{rows}A\x1b[J")?;
        }
        self.line(text)?;
        self.last_live = Some((id.to_string(), self.rows(text)));
        Ok(())
    }

    /// Rows of the terminal that a text takes, long lines wrapped.
    fn rows(&self, text: &str) -> usize {
        let columns = self.columns.unwrap_or(usize::MAX).max(1);
        text.split('\n')
            .map(|line| without_colours(line).chars().count().div_ceil(columns).max(1))
            .sum()
    }

    fn end_line(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.in_line) {
            writeln!(self.out)?;
        }
        Ok(())
    }
}

/// The text of a bundle, for people without pictures.
fn plain(data: &MimeBundle) -> String {
    let text = data.get("text/plain").and_then(Value::as_str);
    text.map_or_else(
        || "(a picture)".to_string(),
        |text| text.trim_end_matches('\n').to_string(),
    )
}

/// A text without ANSI colours and cursor movements.
pub fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\x1b' {
            plain.push(character);
        } else if characters.next() == Some('[') {
            for parameter in characters.by_ref() {
                if ('@'..='~').contains(&parameter) {
                    break;
                }
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(text: &str) -> MimeBundle {
        [("text/plain".to_string(), Value::from(text))]
            .into_iter()
            .collect()
    }

    fn live(text: &str, update: bool) -> Output {
        let display_id = Some("live".to_string());
        Output::Display {
            data: bundle(text),
            metadata: MimeBundle::new(),
            display_id,
            update,
        }
    }

    fn stream(name: StreamName, text: &str) -> Output {
        Output::Stream {
            name,
            text: text.to_string(),
        }
    }

    fn written(columns: Option<usize>) -> String {
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        let mut screen = Screen::new(&mut out, &mut errors, columns);
        let mut play = || -> io::Result<()> {
            screen.heading(
                1,
                2,
                "\n  let history = model.fit(&train, Fit::epochs(5).batch_size(128).validation(&test))?;",
            )?;
            screen.show(&stream(StreamName::Stdout, "begin"))?;
            screen.show(&live("epoch 1\nabcdefghij", false))?;
            screen.show(&live("epoch 2\nabc", true))?;
            screen.show(&live("epoch 3", true))?;
            screen.show(&stream(StreamName::Stdout, "10 %\r20 %\n"))?;
            screen.show(&live("epoch 4", true))?;
            screen.show(&live("epoch 5", true))?;
            screen.show(&Output::Result {
                data: bundle("0.5"),
                metadata: MimeBundle::new(),
            })?;
            screen.end_cell()?;
            screen.heading(2, 2, "x")?;
            let traceback = vec!["\x1b[31mPanic\x1b[0m: no".to_string(), "hint: yes".to_string()];
            screen.error(
                &CellError {
                    name: "Panic".into(),
                    value: "no".into(),
                    traceback,
                },
                false,
            )
        };
        play().expect("memory takes everything");
        format!(
            "{}---\n{}",
            String::from_utf8_lossy(&out),
            String::from_utf8_lossy(&errors)
        )
        .replace('\x1b', "ESC")
    }

    #[test]
    fn a_log_has_each_display_twice_at_most() {
        insta::assert_snapshot!(written(None).replace('\r', "CR"), @"
        [1/2] let history = model.fit(&train, Fit::epochs(5).batch_size(12...
        begin
        epoch 1
        abcdefghij
        10 %CR20 %
        0.5
        epoch 5
        [2/2] x
        ---
        Panic: no
        hint: yes
        ");
    }

    #[test]
    fn a_display_that_is_shown_anew_is_not_followed_by_an_older_state() {
        let (mut out, mut errors) = (Vec::new(), Vec::new());
        let mut screen = Screen::new(&mut out, &mut errors, None);
        screen.show(&live("old", true)).expect("written");
        screen.show(&live("new", false)).expect("written");
        screen.end_cell().expect("written");
        assert_eq!(String::from_utf8_lossy(&out), "new\n");
    }

    #[test]
    fn a_terminal_is_rewritten_in_place() {
        insta::assert_snapshot!(written(Some(5)).replace('\r', "CR"), @"
        [1/2] let history = model.fit(&train, Fit::epochs(5).batch_size(12...
        begin
        epoch 1
        abcdefghij
        ESC[4AESC[Jepoch 2
        abc
        ESC[3AESC[Jepoch 3
        10 %CR20 %
        0.5
        epoch 5
        [2/2] x
        ---
        ESC[31mPanicESC[0m: no
        hint: yes
        ");
    }
}
