//! The command line of `hebb grade`, and what it does in order.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tempfile::TempDir;

use super::assignment::Assignment;
use super::engine::{Limits, Walls};
use super::files::copy_open;
use super::names::names;
use super::one::Order;
use super::pool::{Stop, grade_all};
use super::rehearsal::{Form, rehearse};
use super::report::{feedback, github, gradescope, junit, table};
use super::result::{Graded, Shown};
use super::{at_least_one, seconds_argument, size_argument};
use crate::assign;
use crate::engine::rustc::StartError;
use crate::limits;
use crate::notebook::{Notebook, NotebookError};
use crate::run::interrupt_on_ctrl_c;

/// `hebb grade`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Scores are those of nbgrader: an error or a word on standard error in a test cell gives no points, a number as its last value that
many, anything else all. What students write by hand is left to a person. Test cells, points and marks are the instructor's,
whatever a student has made of them. A late submission costs nothing, as in nbgrader where nothing else is set.

A submission is called by its file, or by its folder where the files are called alike (STUDENT/NAME.ipynb).

Students' cells run inside of walls: without network, as another user if root grades, with limits, seeing no file but the data sets
and what --files gives. What the walls are on this system is told below the table.

Exit codes:
  0    every submission has its points, be they few or none
  1    a submission has fewer points than --fail-under asks for
  2    the assignment cannot be read, cells cannot be confined here, or a result not be written
  130  stopped by Ctrl-C; what was graded until then is written")]
pub struct GradeArguments {
    /// The submitted notebooks
    #[arg(required = true, value_name = "SUBMISSION")]
    pub submissions: Vec<PathBuf>,
    /// The instructor's notebook, with solutions and hidden tests
    #[arg(long, value_name = "SOURCE")]
    pub assignment: PathBuf,
    /// Write the points as JSON; - is standard output, in the place of the table
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the points as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the points of one submission as Gradescope reads them (results.json)
    #[arg(long, value_name = "FILE")]
    pub gradescope: Option<PathBuf>,
    /// Annotate a GitHub workflow and write its summary
    #[arg(long)]
    pub github: bool,
    /// Write a page for each student into this folder
    #[arg(long, value_name = "DIR")]
    pub feedback: Option<PathBuf>,
    /// Exit with 1 if a submission has fewer points
    #[arg(long, value_name = "POINTS")]
    pub fail_under: Option<f64>,
    /// How many submissions to grade at once; by default one for each processor
    #[arg(short, value_name = "N", value_parser = at_least_one)]
    pub jobs: Option<usize>,
    /// Longest time for one cell, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = seconds_argument)]
    pub cell_time: Duration,
    /// Most memory for a submission's cells
    #[arg(long, value_name = "SIZE", default_value = "1G", value_parser = size_argument)]
    pub memory: u64,
    /// Longest time for one run through a submission, in seconds; it is run a second time for hidden tests
    #[arg(long, value_name = "SECONDS", default_value = "900", value_parser = seconds_argument)]
    pub time: Duration,
    /// A folder with files for the notebooks, which find them where they work and can only read them
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
    /// Put test cells back that are missing from a submission, instead of giving no points for them
    #[arg(long)]
    pub add_missing: bool,
    /// Grade also where the system has no Landlock: students' cells can then read files, hidden tests too. Only for a container
    /// in which nothing else is, of a class that you trust
    #[arg(long)]
    pub open_files: bool,
}

/// A submission has too few points.
const TOO_FEW: u8 = 1;
/// The assignment cannot be read, or a result not be written.
const NOT_DONE: u8 = 2;
/// Somebody stopped it.
const STOPPED: u8 = 130;

/// Why there are no results, or not all of them.
#[derive(Debug, thiserror::Error)]
enum GradeError {
    #[error(transparent)]
    Notebook(#[from] NotebookError),
    #[error("{}: {fault}", path.display())]
    Assignment { path: PathBuf, fault: String },
    #[error(
        "students' cells cannot be confined: {0}. In a container in which nothing else\nis, --open-files grades without it"
    )]
    Open(io::Error),
    #[error(transparent)]
    Start(StartError),
    #[error("{}: there is no such notebook, nor any other that was named\nhint: name the submitted notebooks, such as submitted/*.ipynb", .0.display())]
    Nobody(PathBuf),
    #[error("--gradescope takes one submission, and there are {0}\nhint: Gradescope grades them one by one")]
    Gradescope(usize),
    #[error("{}: not a folder of files for students to read{why}\nhint: name a folder with data alone", path.display())]
    Files { path: PathBuf, why: &'static str },
    #[error("{}: cannot be copied for the notebooks: {source}", path.display())]
    Copy { path: PathBuf, source: io::Error },
    #[error("{}: cannot write: {source}\nhint: name a file or folder that you may write to", path.display())]
    Write { path: PathBuf, source: io::Error },
}

impl From<StartError> for GradeError {
    fn from(error: StartError) -> GradeError {
        match error {
            StartError::Walls(why) => GradeError::Open(why),
            error => GradeError::Start(error),
        }
    }
}

/// Grades submissions.
pub fn grade(arguments: &GradeArguments) -> ExitCode {
    match grade_and_report(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hebb: {error}");
            ExitCode::from(NOT_DONE)
        }
    }
}

fn grade_and_report(arguments: &GradeArguments) -> Result<ExitCode, GradeError> {
    if arguments.gradescope.is_some() && arguments.submissions.len() != 1 {
        return Err(GradeError::Gradescope(arguments.submissions.len()));
    }
    if let [first, ..] = arguments.submissions.as_slice()
        && arguments
            .submissions
            .iter()
            .all(|file| file.symlink_metadata().is_err())
    {
        return Err(GradeError::Nobody(first.clone()));
    }
    let files = arguments
        .files
        .as_ref()
        .map(|folder| given_files(folder, &arguments.assignment));
    // The copy lives until everything is graded.
    let files = files.transpose()?;
    let given = files.as_ref().map(|copy| copy.path().to_owned());
    let limits = Limits {
        cell: arguments.cell_time,
        run: arguments.time,
        memory: arguments.memory,
        files: given,
        walls: match arguments.open_files {
            true => Walls::OpenFiles,
            false => Walls::All,
        },
    };
    let walls = limits.walls_here()?;
    let order = prepare(arguments, limits)?;
    check_writable(arguments)?;
    let at_once = arguments
        .jobs
        .unwrap_or_else(|| usize::try_from(limits::cpus().number).unwrap_or(1));
    let stop = Arc::new(Stop::default());
    interrupt_on_ctrl_c(stop.clone());
    let answers = grade_all(&arguments.submissions, &order, at_once, &stop, &|done| {
        progress(done, arguments.submissions.len());
    });
    let names = names(&arguments.submissions, &arguments.assignment);
    let mut all = Results::default();
    for ((name, answer), file) in names.into_iter().zip(answers).zip(&arguments.submissions) {
        let Some(answer) = answer else { continue };
        if let Some(trouble) = &answer.trouble {
            eprintln!("hebb: {name}: {trouble}");
        }
        all.graded.push(Graded::new(name, answer.cells));
        all.shown.push(answer.shown);
        all.files.push(file.clone());
    }
    report(arguments, &all, &walls)?;
    if stop.is_stopped() {
        let (done, asked) = (all.graded.len(), arguments.submissions.len());
        eprintln!("hebb: stopped: {done} of {asked} submissions are graded, the others are in no result");
        return Ok(ExitCode::from(STOPPED));
    }
    let too_few = |least: f64| all.graded.iter().any(|graded| graded.score < least);
    Ok(match arguments.fail_under.is_some_and(too_few) {
        true => ExitCode::from(TOO_FEW),
        false => ExitCode::SUCCESS,
    })
}

/// What has come of the submissions that were graded, each in the same place.
#[derive(Default)]
struct Results {
    graded: Vec<Graded>,
    shown: Vec<Vec<Shown>>,
    files: Vec<PathBuf>,
}

/// Finds out before hours of computing that a result cannot be written.
fn check_writable(arguments: &GradeArguments) -> Result<(), GradeError> {
    for path in [&arguments.json, &arguments.junit, &arguments.gradescope] {
        if let Some(path) = path.as_ref().filter(|path| path.as_os_str() != "-") {
            let file = File::options().create(true).append(true).open(path);
            file.map(drop).map_err(|source| unwritten(path, source))?;
        }
    }
    match &arguments.feedback {
        Some(folder) => {
            let made = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
            made.map(drop).map_err(|source| unwritten(folder, source))
        }
        None => Ok(()),
    }
}

/// Says on a terminal how far it is.
fn progress(done: usize, all: usize) {
    let mut screen = io::stderr();
    if screen.is_terminal() {
        let end = if done == all { "\r\x1b[K" } else { "" };
        // Who reads it may have gone.
        let _ = write!(screen, "\rgraded {done} of {all}{end}");
    }
}

/// A copy of the folder with files for students, unless they would read the solutions there.
fn given_files(folder: &Path, assignment: &Path) -> Result<TempDir, GradeError> {
    let refused = |why| {
        let path = folder.to_owned();
        GradeError::Files { path, why }
    };
    let found = folder.canonicalize().ok().filter(|found| found.is_dir());
    let found = found.ok_or_else(|| refused(""))?;
    match assignment.canonicalize() {
        Ok(assignment) if assignment.starts_with(&found) => Err(refused(": the assignment is in it")),
        _ => copy_open(&found).map_err(|source| GradeError::Copy {
            path: folder.to_owned(),
            source,
        }),
    }
}

/// Reads the assignment and runs it once: what its solution defines is all that tests see of a submission.
fn prepare(arguments: &GradeArguments, limits: Limits) -> Result<Order, GradeError> {
    let path = &arguments.assignment;
    let mut notebook = Notebook::read(path)?;
    if let Some(fault) = assign::faults(&mut notebook).into_iter().next() {
        let path = path.clone();
        return Err(GradeError::Assignment { path, fault });
    }
    let assignment = Assignment::of(notebook.cells());
    let rehearsal = rehearse(&assignment, Form::Whole, None, &limits)?;
    for test in rehearsal.tests.iter().filter(|test| !test.is_full()) {
        eprintln!(
            "hebb: {}: {}: the solution itself gets {} of {} points here{}",
            path.display(),
            test.id,
            test.score,
            test.points,
            if test.why.is_empty() {
                String::new()
            } else {
                format!(": {}", test.why)
            }
        );
    }
    Ok(Order {
        asked: assignment.asked(),
        terms: rehearsal.terms,
        limits,
        add_missing: arguments.add_missing,
        feedback: arguments.feedback.is_some(),
    })
}

/// Writes every report that is wanted, also if one before it cannot be written.
fn report(arguments: &GradeArguments, all: &Results, walls: &str) -> Result<(), GradeError> {
    let graded = all.graded.as_slice();
    let mut written: Vec<Result<(), GradeError>> = Vec::new();
    let mut out = String::new();
    if let Some(path) = &arguments.json {
        let mut text = serde_json::to_string_pretty(graded).map_err(|error| unwritten(path, error.into()))?;
        text.push('\n');
        match path.as_os_str() == "-" {
            true => out.push_str(&text),
            false => written.push(write(path, &text)),
        }
    }
    if out.is_empty() {
        out = table::table(graded, walls);
        if arguments.github {
            out = github::guarded(&out);
        }
    }
    if arguments.github {
        out.push_str(&github::annotations(graded, &all.files));
        if let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY") {
            written.push(append(Path::new(&path), &github::summary(graded, walls)));
        }
    }
    if let Some(path) = &arguments.junit {
        written.push(write(path, &junit::junit(graded, walls)));
    }
    if let (Some(path), [one]) = (&arguments.gradescope, graded) {
        written.push(write(path, &gradescope::results(one)));
    }
    if let Some(folder) = &arguments.feedback {
        let files = feedback::file_names(graded);
        for ((graded, shown), file) in graded.iter().zip(&all.shown).zip(files) {
            written.push(write(&folder.join(file), &feedback::page(graded, shown)));
        }
    }
    // Who reads the table may have gone; the files are there all the same.
    let _ = io::stdout().write_all(out.as_bytes());
    written.into_iter().collect()
}

fn write(path: &Path, text: &str) -> Result<(), GradeError> {
    std::fs::write(path, text).map_err(|source| unwritten(path, source))
}

fn append(path: &Path, text: &str) -> Result<(), GradeError> {
    let file = File::options().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| unwritten(path, source))
}

fn unwritten(path: &Path, source: io::Error) -> GradeError {
    let path = path.to_owned();
    GradeError::Write { path, source }
}
