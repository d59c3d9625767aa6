//! Where displays go, and the one process-wide place that says so.
//!
//! The host is one of the few statics of this crate: `display(&x)` deep inside a student's function has no other way
//! to reach the notebook, and there is exactly one screen per process. Nothing is drawn here.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::MimeBundle;

/// The program around the library: it shows bundles, answers questions and tells whether the user pressed stop.
///
/// The notebook's prelude sets one with [`set_host`]; without it, text goes to standard output.
///
/// ```
/// use dl_core::display::{Host, MimeBundle};
///
/// /// Writes what there is as text, and answers nothing.
/// struct Quiet;
///
/// impl Host for Quiet {
///     fn display(&self, bundle: &MimeBundle, _display_id: Option<&str>, _update: bool) {
///         println!("{}", bundle.plain());
///     }
///     fn input(&self, _prompt: &str, _password: bool) -> std::io::Result<String> {
///         Err(std::io::ErrorKind::Unsupported.into())
///     }
///     fn replaces(&self) -> bool {
///         false
///     }
/// }
/// dl_core::display::set_host(Box::new(Quiet));
/// dl_core::display::display(&dl_core::tensor![1., 2.]);
/// ```
pub trait Host: Send + Sync {
    /// Shows a bundle. With a `display_id`, later calls with the same one and `update` replace what is on the screen.
    fn display(&self, bundle: &MimeBundle, display_id: Option<&str>, update: bool);

    /// Clears what the current cell has shown; with `wait`, only when the next thing comes. A program without cells leaves
    /// everything where it is.
    fn clear(&self, _wait: bool) {}

    /// Whether the user asked the running computation to stop. Long loops look at it after every step. Nobody can, where
    /// Ctrl-C ends the program.
    fn interrupted(&self) -> bool {
        false
    }

    /// Asks the user for a line of text; with `password`, what is typed stays hidden where the host can hide it. A plain
    /// program asks on standard output and reads a line of standard input, where nothing is hidden.
    ///
    /// # Errors
    /// When nobody can answer: no terminal, no notebook front end, end of input.
    fn input(&self, prompt: &str, _password: bool) -> io::Result<String> {
        ask(prompt)
    }

    /// Whether `update` replaces what is on the screen. Where it does not (a file, a pipe), a progress display writes
    /// one line per epoch instead of many frames.
    fn replaces(&self) -> bool {
        true
    }

    /// Whether pictures are kept although nothing is replaced, as files are: then a training shows its curves when it is over.
    fn keeps_pictures(&self) -> bool {
        false
    }
}

static HOST: OnceLock<Box<dyn Host>> = OnceLock::new();
static TERMINAL: Terminal = Terminal {
    last: Mutex::new(None),
};

/// Sets the host of this process. The runtime of a notebook does this once, before any cell runs.
///
/// # Panics
/// When a host is already set.
pub fn set_host(host: Box<dyn Host>) {
    assert!(
        HOST.set(host).is_ok(),
        "the display host of this process is already set"
    );
}

/// The host of this process: the one given to [`set_host`], else one that prints plain text.
///
/// ```
/// use dl_core::display::{MimeBundle, host};
///
/// host().display(&MimeBundle::text("hello"), None, false);
/// assert!(!host().interrupted());
/// ```
pub fn host() -> &'static dyn Host {
    HOST.get().map_or(&TERMINAL, |host| &**host)
}

/// The host of a plain program: standard output and standard input.
struct Terminal {
    /// What was displayed last: its display id and how many lines it took.
    last: Mutex<Option<(String, usize)>>,
}

impl Host for Terminal {
    fn display(&self, bundle: &MimeBundle, display_id: Option<&str>, update: bool) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = match (&*last, display_id) {
            (Some((shown, lines)), Some(id)) if update && shown == id && self.replaces() => *lines,
            _ => 0,
        };
        let mut out = io::stdout().lock();
        // A closed pipe must not end a training: there is nobody left to tell.
        let _ = out
            .write_all(frame(bundle.plain(), replaced).as_bytes())
            .and_then(|()| out.flush());
        *last = display_id.map(|id| (id.to_owned(), bundle.plain().lines().count()));
    }

    fn replaces(&self) -> bool {
        io::stdout().is_terminal()
    }
}

/// Asks on standard output and reads a line of standard input.
fn ask(prompt: &str) -> io::Result<String> {
    let mut out = io::stdout().lock();
    write!(out, "{prompt}")?;
    out.flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "standard input is at its end",
        ));
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The bytes that put `text` on a terminal over the `replaced` lines just above the cursor.
fn frame(text: &str, replaced: usize) -> String {
    // ESC [ n A moves the cursor up n lines, ESC [ J clears to the end of the screen (ECMA-48).
    let back = if replaced > 0 {
        format!("\r\x1b[{replaced}A\x1b[J")
    } else {
        String::new()
    };
    format!(
        "{back}{text}{}",
        if text.ends_with('\n') || text.is_empty() {
            ""
        } else {
            "\n"
        }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_ends_its_line_and_covers_the_lines_it_replaces() {
        assert_eq!(frame("a\nb", 0), "a\nb\n");
        assert_eq!(frame("a\n", 2), "\r\x1b[2A\x1b[Ja\n");
        assert_eq!(frame("", 0), "");
    }
}
