//! Throws damaged cells at everything that reads a cell before the compiler does: the parser, the assembler with its source map,
//! completion, inspection and the question whether a cell is complete. None may panic, hang or run out of stack.
//!
//! `cargo run --release -p hebb-kernel --example fuzz_cells -- SECONDS [SEED]`. The inputs are read by a child process, because
//! a stack that overflows ends the process; the first fault ends the run with 1 and tells the seed, which finds it again.

mod corpus;
mod mutate;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use hebb_kernel::engine::rustc::trial::{Reached, Trial};

/// An input that takes so long does not end.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the child is told by.
const CHILD: &str = "--child";
/// What the child says before a seed.
const NEXT: &str = "seed ";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let is_child = arguments.next_if(|argument| argument == CHILD).is_some();
    let mut number = || arguments.next().and_then(|text| text.parse().ok());
    let seconds = number().unwrap_or(60);
    let seed = number().unwrap_or(1);
    if is_child {
        return match read_inputs(seconds, seed) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                println!("{fault}");
                ExitCode::FAILURE
            }
        };
    }
    match watch(seconds, seed) {
        Ok(counts) => {
            println!("{counts}; no fault");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            println!("{fault}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a child to its end: its last word, or what happened to it at which seed.
fn watch(seconds: u64, seed: u64) -> Result<String, String> {
    let mut child = start(seconds, seed).map_err(|error| format!("no child: {error}"))?;
    let out = child.stdout.take().expect("stdout is a pipe");
    let (tell, heard) = mpsc::channel();
    std::thread::spawn(move || {
        BufReader::new(out)
            .lines()
            .map_while(Result::ok)
            .try_for_each(|line| tell.send(line))
    });
    let (mut at, mut last) = (seed, String::new());
    let silent = loop {
        match heard.recv_timeout(PATIENCE) {
            Ok(line) => match line.strip_prefix(NEXT).and_then(|seed| seed.parse().ok()) {
                Some(next) => at = next,
                None => {
                    last.push_str(&line);
                    last.push('\n');
                }
            },
            Err(RecvTimeoutError::Timeout) => break true,
            Err(RecvTimeoutError::Disconnected) => break false,
        }
    };
    if silent {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let last = last.trim_end();
    if status.success() {
        return Ok(last.to_owned());
    }
    let what = match (silent, last) {
        (true, _) => "it does not end".to_owned(),
        (false, "") => format!("{status}"),
        (false, fault) => fault.to_owned(),
    };
    let [before, cell] = mutate::input(at, &corpus::cells()).cells;
    let shown = |text: &str| text.chars().take(2_000).collect::<String>();
    Err(format!(
        "seed {at}: {what}\n--- after\n{}\n--- the cell ({} bytes)\n{}",
        shown(&before),
        cell.len(),
        shown(&cell)
    ))
}

fn start(seconds: u64, seed: u64) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args([CHILD, &seconds.to_string(), &seed.to_string()])
        .stdout(Stdio::piped())
        .spawn()
}

/// The child: says each seed before it reads that input, and at the end how many there were.
fn read_inputs(seconds: u64, seed: u64) -> Result<(), String> {
    let corpus = corpus::cells();
    let (begun, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut reader = Reader::default();
    let mut out = std::io::stdout().lock();
    let mut slowest = (Duration::ZERO, 0);
    for seed in seed.. {
        writeln!(out, "{NEXT}{seed}").map_err(|error| error.to_string())?;
        let started = Instant::now();
        reader.read(seed, &corpus)?;
        slowest = slowest.max((started.elapsed(), seed));
        if begun.elapsed() >= limit {
            break;
        }
    }
    let [grammar, tokens, text, deep] = reader.reached;
    let (took, at) = slowest;
    writeln!(
        out,
        "{} cells: {grammar} follow the grammar, {tokens} are tokens, {text} are not, {deep} are too deep; the slowest took {} ms (seed {at})",
        grammar + tokens + text + deep,
        took.as_millis()
    )
    .map_err(|error| error.to_string())
}

/// Reads inputs and counts how far they got: every way must be taken, or the test tests nothing.
#[derive(Default)]
struct Reader {
    trial: Trial,
    reached: [u64; 4],
}

/// A panic on any thread. Some are caught, which makes them no less wrong.
static PANICKED: AtomicBool = AtomicBool::new(false);

impl Reader {
    fn read(&mut self, seed: u64, corpus: &[String]) -> Result<(), String> {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| PANICKED.store(true, Ordering::Relaxed)));
        let read = self.read_unguarded(seed, corpus);
        std::panic::set_hook(usual);
        match PANICKED.swap(false, Ordering::Relaxed) {
            true => Err("a panic".to_owned()),
            false => read,
        }
    }

    fn read_unguarded(&mut self, seed: u64, corpus: &[String]) -> Result<(), String> {
        let input = mutate::input(seed, corpus);
        self.trial.reset();
        for (cell, which) in input.cells.iter().zip(["first", "second"]) {
            let cursor = input.cursor % (cell.len() + 1);
            let reached = self.trial.cell(cell, cursor);
            let reached = match reached.map_err(|fault| format!("{which} cell: {fault}"))? {
                Reached::Grammar => 0,
                Reached::Tokens => 1,
                Reached::Text => 2,
                Reached::TooDeep => 3,
            };
            self.reached[reached] += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_cells_do_no_harm() {
        let corpus = corpus::cells();
        let mut reader = Reader::default();
        for seed in 1..=800 {
            reader
                .read(seed, &corpus)
                .unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        }
        assert!(
            reader.reached.iter().all(|count| *count > 0),
            "{:?}",
            reader.reached
        );
    }
}
