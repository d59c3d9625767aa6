//! For tests of what stands around an engine: handles that answer nothing and stop nothing.

use super::{Assistant, Completeness, Completions, Inspection, Interrupter};

/// Knows nothing and does nothing.
pub struct Silent;

impl Interrupter for Silent {
    fn interrupt(&self) {}
}

impl Assistant for Silent {
    fn complete(&self, _: &str, _: usize) -> Completions {
        Completions::default()
    }

    fn inspect(&self, _: &str, _: usize, _: bool) -> Option<Inspection> {
        None
    }

    fn is_complete(&self, _: &str) -> Completeness {
        Completeness::Complete
    }
}
