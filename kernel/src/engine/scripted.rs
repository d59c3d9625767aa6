//! For tests of what stands around an engine: one that does as it is told, with handles that answer nothing and stop nothing.

use std::sync::Arc;

use super::{
    Assistant, Cell, CellHost, Completeness, Completions, Engine, Inspection, Interrupter, Terms, Variable,
};
use crate::output::CellError;

/// Runs each cell by this function.
pub struct Scripted(pub fn(&Cell<'_>, &mut dyn CellHost) -> Result<(), CellError>);

impl Engine for Scripted {
    fn execute(&mut self, cell: &Cell<'_>, host: &mut dyn CellHost) -> Result<(), CellError> {
        (self.0)(cell, host)
    }

    fn assistant(&self) -> Arc<dyn Assistant> {
        Arc::new(Silent)
    }

    fn interrupter(&self) -> Arc<dyn Interrupter> {
        Arc::new(Silent)
    }

    fn reset(&mut self) -> Result<(), CellError> {
        Ok(())
    }

    fn variables(&self) -> Vec<Variable> {
        Vec::new()
    }

    fn terms(&self) -> Terms {
        Terms::default()
    }

    fn grade_by(&mut self, _: Terms) {}
}

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
