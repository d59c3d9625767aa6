//! For the tests of exercises: points for each check, numbers that are close, random cases that are the same each time.
//!
//! Nothing here knows who grades: points are the value of a test cell, as nbgrader reads them, and messages are printed.
//! `kernel/batch` uses it too, by its place, and runs the examples.

mod cases;
mod close;
mod score;

pub use cases::{Case, Cases, cases};
pub use close::close;
pub use score::Score;
