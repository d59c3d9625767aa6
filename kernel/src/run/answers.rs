//! Who answers the questions of cells in `hebb run`: the lines of standard input, until somebody presses Ctrl-C.
//!
//! Lines are read on a thread of their own, because nothing can end a read that waits for a terminal. That thread reads only when
//! a cell asks: what no cell wants stays for whoever reads after us.

use std::io::{self, BufRead};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use crate::engine::Interrupter;

/// Something that a waiting question hears.
enum Heard {
    /// A line with its end, or nothing where there are no more.
    Line(io::Result<String>),
    /// Ctrl-C.
    Interrupt,
}

/// The lines that answer questions.
pub struct Answers {
    /// Asks the reading thread for one line.
    wanted: mpsc::Sender<()>,
    heard: mpsc::Receiver<Heard>,
    wake: mpsc::Sender<Heard>,
    pressed: Arc<AtomicBool>,
}

impl Answers {
    /// Answers from `lines`, none of which is read before a cell asks.
    pub fn new(mut lines: impl BufRead + Send + 'static) -> io::Result<Answers> {
        let (wanted, wants) = mpsc::channel();
        let (wake, heard) = mpsc::channel();
        let tell = wake.clone();
        // It may wait in a read when the program ends, which ends it too.
        std::thread::Builder::new()
            .name("answers".to_string())
            .spawn(move || {
                for () in wants {
                    let mut line = String::new();
                    let read = lines.read_line(&mut line).map(|_| line);
                    if tell.send(Heard::Line(read)).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Answers {
            wanted,
            heard,
            wake,
            pressed: Arc::default(),
        })
    }

    /// Waits for a line. Once Ctrl-C was pressed there is no answer any more: the run is about to end.
    pub fn ask(&self) -> Result<String, String> {
        if !self.interrupted() && self.wanted.send(()).is_ok() {
            match self.heard.recv() {
                Ok(Heard::Line(Ok(line))) if line.is_empty() => {
                    return Err("standard input has ended: nobody answers\nhint: pipe one line for each question into hebb run"
                        .to_string());
                }
                Ok(Heard::Line(Ok(line))) => return Ok(line.trim_end_matches(['\n', '\r']).to_string()),
                Ok(Heard::Line(Err(error))) => return Err(error.to_string()),
                Ok(Heard::Interrupt) | Err(_) => {}
            }
        }
        Err("the cell was interrupted".to_string())
    }

    /// Whether Ctrl-C was pressed since the run began.
    pub fn interrupted(&self) -> bool {
        self.pressed.load(Ordering::Relaxed)
    }

    /// An interrupter that ends both the running cell and a question that waits.
    pub fn interrupter(&self, cell: Arc<dyn Interrupter>) -> Arc<dyn Interrupter> {
        Arc::new(CtrlC {
            cell,
            wake: self.wake.clone(),
            pressed: Arc::clone(&self.pressed),
        })
    }
}

struct CtrlC {
    cell: Arc<dyn Interrupter>,
    wake: mpsc::Sender<Heard>,
    pressed: Arc<AtomicBool>,
}

impl Interrupter for CtrlC {
    fn interrupt(&self) {
        self.pressed.store(true, Ordering::Relaxed);
        // The cell first: its question must not end before it knows why.
        self.cell.interrupt();
        // An error: the run has ended.
        let _ = self.wake.send(Heard::Interrupt);
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;
    use std::sync::atomic::AtomicU32;

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicU32);

    impl Interrupter for Counter {
        fn interrupt(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn ctrl_c_ends_a_question_whose_answer_never_comes() {
        let (silent, typing) = io::pipe().unwrap();
        let answers = Answers::new(BufReader::new(silent)).unwrap();
        let cell = Arc::new(Counter::default());
        let keyboard = answers.interrupter(cell.clone());
        assert!(!answers.interrupted());
        let pressed = std::thread::spawn(move || keyboard.interrupt());
        for _ in 0..2 {
            assert_eq!(answers.ask().unwrap_err(), "the cell was interrupted");
        }
        pressed.join().unwrap();
        assert!(answers.interrupted());
        assert_eq!(cell.0.load(Ordering::Relaxed), 1);
        drop(typing);
    }

    #[test]
    fn answers_are_lines_until_there_are_no_more() {
        let answers = Answers::new("Ada\r\n\nü".as_bytes()).unwrap();
        assert_eq!(answers.ask().unwrap(), "Ada");
        assert_eq!(answers.ask().unwrap(), "");
        assert_eq!(answers.ask().unwrap(), "ü");
        insta::assert_snapshot!(answers.ask().unwrap_err(), @"
        standard input has ended: nobody answers
        hint: pipe one line for each question into hebb run
        ");
    }
}
