//! The process that evcxr takes for the one that runs its cells.
//!
//! It runs nothing: it carries evcxr's requests to the engine, which has the worker run them, and the answers back. The way
//! there is two named pipes in the engine's folder. It ends when evcxr closes its input or the engine is gone.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::protocol::{FRESH, LOST, ends_answer};

/// Names the folder of the pipes to the process that evcxr starts.
pub const FOLDER: &str = "HEBB_EVCXR_FOLDER";

/// The pipes, from the engine's side.
pub struct Pipes {
    /// Requests come here, one a line.
    pub requests: File,
    /// Answers go here.
    pub answers: File,
}

/// Where requests go.
fn requests(folder: &Path) -> PathBuf {
    folder.join("requests")
}

/// Where answers come from.
fn answers(folder: &Path) -> PathBuf {
    folder.join("answers")
}

impl Pipes {
    /// Makes them.
    pub fn make(folder: &Path) -> io::Result<Pipes> {
        let pipe = |path: PathBuf| -> io::Result<File> {
            mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
            // Open for both, it waits for nobody, and does not end when one process at the other end makes way for the next.
            OpenOptions::new().read(true).write(true).open(path)
        };
        Ok(Pipes {
            requests: pipe(requests(folder))?,
            answers: pipe(answers(folder))?,
        })
    }
}

/// Carries requests and answers until there are no more.
pub fn serve(folder: &OsStr) -> io::Result<()> {
    let folder = Path::new(folder);
    let mut requests = OpenOptions::new().write(true).open(requests(folder))?;
    let mut answers = BufReader::new(File::open(answers(folder))?);
    writeln!(requests, "{FRESH}")?;
    let mut evcxr = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        // One write for the whole line, so that it arrives in one piece.
        requests.write_all(format!("{}\n", line?).as_bytes())?;
        loop {
            let mut line = Vec::new();
            if answers.read_until(b'\n', &mut line)? == 0 || line == LOST {
                return Ok(());
            }
            evcxr.write_all(&line)?;
            evcxr.flush()?;
            if ends_answer(&line) {
                break;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_pipes_outlive_who_uses_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut pipes = Pipes::make(folder.path()).unwrap();
        for word in ["one", "two"] {
            let mut other = OpenOptions::new()
                .write(true)
                .open(requests(folder.path()))
                .unwrap();
            other.write_all(word.as_bytes()).unwrap();
        }
        let mut heard = [0; 6];
        pipes.requests.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"onetwo");
    }
}
