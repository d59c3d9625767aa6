//! `hebb assign`: the students' version of an exercise, made by nbgrader's rules, after a check that the exercise is sound.
//!
//! Sound means: its marks are whole, its solution gets all points, and what a student starts with gets none.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::grade::assignment::Assignment;
use crate::grade::engine::{Limits, Walls};
use crate::grade::report::points;
use crate::notebook::{Notebook, NotebookError};

mod check;
mod student;
mod trial;

pub(crate) use check::faults;

/// `hebb assign`
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Cells are marked with nbgrader's toolbar in JupyterLab (Create Assignment). In the students' version
  - what stands between `// BEGIN SOLUTION` and `// END SOLUTION`, or else the whole solution cell, gives way to a stub
  - what stands between `// BEGIN HIDDEN TESTS` and `// END HIDDEN TESTS` in a test cell is gone
  - what stands between `BEGIN MARK SCHEME` and `END MARK SCHEME` in a task cell is gone
  - outputs are gone, and test cells are locked.
Then the notebook is run: its solution must get all points, the students' version none.

Exit codes:
  0  the students' version is written
  1  the exercise has faults, which are told; nothing is written
  2  the notebook could not be read or written, or the kernel could not start")]
pub struct AssignArguments {
    /// The notebook with solutions
    pub source: PathBuf,
    /// The students' version to write
    #[arg(short, long, value_name = "STUDENT")]
    pub output: PathBuf,
    /// Check the marks only, without running a cell
    #[arg(long)]
    pub no_run: bool,
    /// Longest time for one cell, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "120", value_parser = crate::grade::seconds_argument)]
    pub cell_time: Duration,
}

/// The exercise has faults.
const FAULTS: u8 = 1;
/// Nothing could be done.
const NOT_DONE: u8 = 2;

/// Makes the students' version.
pub fn assign(arguments: &AssignArguments) -> ExitCode {
    match make(arguments) {
        Ok(faults) if faults.is_empty() => ExitCode::SUCCESS,
        Ok(faults) => {
            for fault in faults {
                eprintln!("hebb: {}: {fault}", arguments.source.display());
            }
            ExitCode::from(FAULTS)
        }
        Err(error) => {
            eprintln!("hebb: {error}");
            ExitCode::from(NOT_DONE)
        }
    }
}

/// Why nothing could be done.
#[derive(Debug, thiserror::Error)]
enum AssignError {
    #[error(transparent)]
    Notebook(#[from] NotebookError),
    #[error("{}: this is the notebook with solutions\nhint: name another file with -o", .0.display())]
    SameFile(PathBuf),
    #[error(transparent)]
    Start(#[from] crate::engine::rustc::StartError),
}

/// Writes the students' version, or gives the faults.
fn make(arguments: &AssignArguments) -> Result<Vec<String>, AssignError> {
    let AssignArguments { source, output, .. } = arguments;
    let mut notebook = Notebook::read(source)?;
    if let (Ok(from), Ok(to)) = (source.canonicalize(), output.canonicalize())
        && from == to
    {
        return Err(AssignError::SameFile(output.clone()));
    }
    Notebook::check_writable(output)?;
    let faults = faults(&mut notebook);
    if !faults.is_empty() {
        return Ok(faults);
    }
    let assignment = Assignment::of(notebook.cells());
    if !arguments.no_run {
        let limits = Limits {
            cell: arguments.cell_time,
            run: Duration::MAX,
            memory: u64::MAX,
            files: None,
            walls: Walls::None,
        };
        let faults = trial::faults(&assignment, &limits)?;
        if !faults.is_empty() {
            return Ok(faults);
        }
    }
    student::make(&mut notebook);
    notebook.write(output)?;
    let asked = assignment.asked();
    let graded: Vec<f64> = asked
        .iter()
        .filter(|asked| asked.graded())
        .map(|asked| asked.points)
        .collect();
    println!(
        "Wrote {}: {} graded cell{}, {} points",
        output.display(),
        graded.len(),
        if graded.len() == 1 { "" } else { "s" },
        points(graded.iter().sum())
    );
    Ok(Vec::new())
}
