//! `hebb warm`: runs every lesson of a directory, so that its cells are compiled when a student runs them.
//!
//! Each notebook runs as in a session of its own, in its own folder, as Jupyter runs it. What its cells show is nobody's business here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;

use crate::engine::rustc::cache::{Folder, Places, Refusal, total, written};
use crate::engine::rustc::{Options, RustcEngine, StartError};
use crate::engine::{Cell, CellHost, Engine, Interrupter};
use crate::layout::{Layout, LayoutError};
use crate::notebook::{Notebook, NotebookError};
use crate::output::{CellError, Output};
use crate::run::{INTERRUPTED, interrupt_on_ctrl_c, was_interrupted};

/// `hebb warm`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Exit codes:
  0    every notebook ran
  1    a cell failed, or a notebook could not be read; what compiled is kept
  2    there is no notebook, or nothing can be kept
  130  interrupted

Students find the cells of a shared directory when HEBB_CACHE_PATH names it:
  hebb warm notebooks --cache /srv/hebb
  hebb install --env HEBB_CACHE_PATH=/srv/hebb
Only its owner may be able to write to it. The same build of Hebb must run there.")]
pub struct WarmArguments {
    /// The folder with the notebooks, or one notebook; folders inside are looked through
    #[arg(value_name = "DIR")]
    pub lessons: PathBuf,
    /// The cache directory to fill, made if it is not there; by default the user's own
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
}

/// A notebook failed.
const FAILED: u8 = 1;
/// Nothing could be done.
const NOT_DONE: u8 = 2;

/// Why nothing could be done.
#[derive(Debug, thiserror::Error)]
enum WarmError {
    #[error("{}: {source}\nhint: name the folder with the notebooks", path.display())]
    Lessons { path: PathBuf, source: io::Error },
    #[error("no notebooks in {}\nhint: a notebook is a file that Jupyter saved, with the ending .ipynb", .0.display())]
    None(PathBuf),
    #[error("{}: {source}\nhint: name a directory that you may write to with --cache", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("{} cannot be used: {refusal}", path.display())]
    Refused { path: PathBuf, refusal: Refusal },
    #[error(transparent)]
    Layout(#[from] LayoutError),
    #[error(transparent)]
    Start(#[from] StartError),
}

/// What became of the notebooks.
#[derive(Default)]
struct Tally {
    compiled: u32,
    found: u32,
    failed: bool,
}

/// Compiles every lesson of a directory.
pub fn warm(arguments: &WarmArguments) -> ExitCode {
    match warm_all(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hebb: {error}");
            ExitCode::from(NOT_DONE)
        }
    }
}

fn warm_all(arguments: &WarmArguments) -> Result<ExitCode, WarmError> {
    let notebooks = notebooks(&arguments.lessons)?;
    let places = match &arguments.cache {
        Some(root) => Places::to_share(root),
        None => Places::from_environment(),
    };
    let own = places.own.clone().unwrap_or_else(|| Folder::own(Path::new("")));
    check(&own)?;
    let layout = Layout::find()?;
    let stop = Arc::new(Stop::default());
    interrupt_on_ctrl_c(stop.clone());
    let mut tally = Tally::default();
    // Each notebook's folder becomes the current one while it runs.
    let start = std::env::current_dir().unwrap_or_default();
    for path in &notebooks {
        let place = start.join(path);
        let notebook = match Notebook::read(&place) {
            Ok(notebook) => notebook,
            Err(NotebookError::Language { language, .. }) => {
                println!("{}: skipped: a notebook for {language}", path.display());
                continue;
            }
            Err(error) => {
                eprintln!("hebb: {error}");
                tally.failed = true;
                continue;
            }
        };
        let options = Options {
            layout: Some(layout.clone()),
            cache: places.clone(),
            limits: None,
        };
        // Where lessons cannot find their files, their cells fail and are told.
        let _ = std::env::set_current_dir(place.parent().unwrap_or(&start));
        let engine = RustcEngine::start(options)?;
        warm_one(path, &notebook, engine, &stop, &mut tally);
        if stop.pressed.load(Ordering::Relaxed) {
            return Ok(ExitCode::from(INTERRUPTED));
        }
    }
    let entries = own
        .contents()
        .map(|contents| contents.entries)
        .unwrap_or_default();
    println!(
        "{}: {}; {} in {}",
        count(notebooks.len(), "notebook"),
        cells(tally.compiled, tally.found),
        written(total(&entries)),
        own.cells().display()
    );
    Ok(match tally.failed {
        true => ExitCode::from(FAILED),
        false => ExitCode::SUCCESS,
    })
}

/// Runs one notebook to its end, whatever fails on the way: the cells behind may well compile.
fn warm_one(path: &Path, notebook: &Notebook, mut engine: RustcEngine, stop: &Stop, tally: &mut Tally) {
    let counts = engine.counts();
    stop.now(Some(engine.interrupter()));
    let mut failures = Vec::new();
    let all = notebook.code_cells();
    let to_run = all.iter().filter(|cell| !cell.skip);
    for (number, cell) in (1..).zip(to_run) {
        if stop.pressed.load(Ordering::Relaxed) {
            break;
        }
        let code = &cell.source;
        match engine.execute(&Cell::new(number, code), &mut Nobody) {
            Err(error) if was_interrupted(&error) => break,
            Err(error) if !cell.may_fail => failures.push((number, error)),
            _ => {}
        }
    }
    stop.now(None);
    // What was compiled is written by now.
    drop(engine);
    let (compiled, found) = (counts.compiled(), counts.found());
    println!("{}: {}", path.display(), cells(compiled, found));
    if let Some((number, error)) = failures.first() {
        let more = match failures.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        eprintln!(
            "hebb: {}: In [{number}] failed{more}: {}",
            path.display(),
            first_line(error)
        );
        tally.failed = true;
    }
    tally.compiled += compiled;
    tally.found += found;
}

fn check(own: &Folder) -> Result<(), WarmError> {
    let path = own.cells();
    match own.make() {
        Ok(()) => {}
        Err(source) => return Err(WarmError::Unwritable { path, source }),
    }
    match own.contents() {
        Ok(_) => Ok(()),
        Err(refusal) => Err(WarmError::Refused { path, refusal }),
    }
}

/// The notebooks in a folder and in those inside, in the order of their names.
fn notebooks(lessons: &Path) -> Result<Vec<PathBuf>, WarmError> {
    if lessons.is_file() {
        return Ok(vec![lessons.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![lessons.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |source| WarmError::Lessons {
            path: folder.clone(),
            source,
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // Jupyter keeps copies in `.ipynb_checkpoints`.
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            // A linked folder could lead back here.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "ipynb") {
                found.push(path);
            }
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(WarmError::None(lessons.to_owned())),
        false => Ok(found),
    }
}

fn cells(compiled: u32, found: u32) -> String {
    format!("{} compiled, {found} found", count(compiled as usize, "cell"))
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn first_line(error: &CellError) -> String {
    let line = error.value.lines().next().unwrap_or_default();
    format!("{}: {line}", error.name)
}

/// Sees nothing and answers nothing.
struct Nobody;

impl CellHost for Nobody {
    fn emit(&mut self, _: Output) {}

    fn input(&mut self, _: &str, _: bool) -> Result<String, String> {
        Err("nobody answers while lessons are compiled ahead".to_owned())
    }
}

/// Hands Ctrl-C to the cell that runs, and remembers it.
#[derive(Default)]
struct Stop {
    pressed: AtomicBool,
    running: Mutex<Option<Arc<dyn Interrupter>>>,
}

impl Stop {
    fn now(&self, running: Option<Arc<dyn Interrupter>>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = running;
    }
}

impl Interrupter for Stop {
    fn interrupt(&self) {
        self.pressed.store(true, Ordering::Relaxed);
        if let Some(running) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            running.interrupt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notebooks_are_found_in_order_and_copies_are_left_out() {
        let root = tempfile::tempdir().unwrap();
        for path in [
            "b.ipynb",
            "a/c.ipynb",
            ".ipynb_checkpoints/b.ipynb",
            "a/notes.txt",
            ".hidden.ipynb",
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        std::os::unix::fs::symlink(root.path(), root.path().join("a/back")).unwrap();
        let found = notebooks(root.path()).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|path| path.strip_prefix(root.path()).unwrap())
            .collect();
        assert_eq!(names, [Path::new("a/c.ipynb"), Path::new("b.ipynb")]);
        assert_eq!(notebooks(&found[0]).unwrap(), [found[0].clone()]);
    }

    #[test]
    fn what_cannot_be_warmed_is_named() {
        let root = tempfile::tempdir().unwrap();
        let said = |error: WarmError| {
            error
                .to_string()
                .replace(&root.path().display().to_string(), "DIR")
        };
        insta::assert_snapshot!(said(notebooks(root.path()).unwrap_err()), @"
        no notebooks in DIR
        hint: a notebook is a file that Jupyter saved, with the ending .ipynb
        ");
        insta::assert_snapshot!(said(notebooks(&root.path().join("none")).unwrap_err()), @"
        DIR/none: No such file or directory (os error 2)
        hint: name the folder with the notebooks
        ");
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        insta::assert_snapshot!(said(check(&Folder::to_share(&file)).unwrap_err()), @"
        DIR/file/cells: Not a directory (os error 20)
        hint: name a directory that you may write to with --cache
        ");
    }
}
