//! What the programs that `hebb script` writes are built with: a notebook's code without Jupyter and without a kernel.
//!
//! The names in scope, the way a value finds its display and what a failed `?` says are those of a cell; the screen is a folder
//! of figures and standard output. Nothing here compiles or evaluates cells.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use dl_core::display::{FileHost, set_host};

pub use {dl_core, image, ndarray, plotters};

// A cell and a program fail and show in the same way; the kernel's channel is all that differs. The prelude cannot be asked
// itself: it is a dynamic library, made for a worker.
#[allow(dead_code)]
#[path = "../../prelude/src/failure.rs"]
mod failure;
#[path = "../../prelude/src/grading/mod.rs"]
pub mod grading;
#[path = "../../prelude/src/ladder.rs"]
pub mod ladder;
mod shown;
#[path = "../../prelude/src/wait.rs"]
mod wait;

pub use failure::CellFailure as Failure;
use failure::Failure as _;
pub use wait::{wait, wait_in};

/// What the code has in scope without an import, as in a cell.
pub mod prelude {
    pub use crate::check;
    pub use crate::grading::{Case, Cases, Score, cases, close};
    pub use crate::{dl_core, image, ndarray, plotters};
    pub use dl_core::prelude::*;
}

/// Shows the value of an expression as a notebook shows that of a cell's last line. Stands where `?` can.
///
/// ```
/// fn notebook() -> Result<(), hebb_batch::Failure> {
///     hebb_batch::show!(1 + 1);
///     hebb_batch::show!("12".parse::<i32>()?);
///     Ok(())
/// }
/// assert!(notebook().is_ok());
/// ```
#[macro_export]
macro_rules! show {
    ($value:expr) => {
        match &($value) {
            value => {
                use $crate::ladder::*;
                (&&&&&&Rung(value)).display(|| value.evcxr_display())?
            }
        }
    };
}

/// Runs a notebook's code. Figures go to the folder that the program's first argument names, else to `figures` in the current
/// folder.
///
/// Called once, by `main`.
pub fn run(figures: &str, notebook: impl FnOnce() -> Result<(), Failure>) -> ExitCode {
    let folder = std::env::args_os()
        .nth(1)
        .map_or_else(|| figures.into(), PathBuf::from);
    match FileHost::new(&folder) {
        Ok(host) => set_host(Box::new(host)),
        Err(error) => {
            eprintln!(
                "{}: {error}\nhint: name a folder that you may write to, as the first argument",
                folder.display()
            );
            return ExitCode::FAILURE;
        }
    }
    let ended = notebook();
    // What a cell printed without a line end waits in the buffer; a closed pipe leaves nobody to tell.
    let _ = io::stdout().flush();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let report = failure.into_report();
            let (file, line, column) = report.place;
            eprintln!("error: {}\n --> {file}:{line}:{column}", report.message);
            ExitCode::FAILURE
        }
    }
}
