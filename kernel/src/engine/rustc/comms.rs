//! Messages of the front end on comms: handled by cells' code in the worker, like a cell that needs no compiler.

use super::diagnostics::plain_error;
use super::filter::{Filter, translate};
use super::{RustcEngine, notes};
use crate::engine::CellHost;
use crate::engine::courier::Courier;
use crate::output::{CellError, CommMessage};

impl RustcEngine {
    /// Lets the handler of a message run. What it does counts, unless it fails.
    pub(super) fn deliver(
        &mut self,
        message: &CommMessage,
        host: &mut dyn CellHost,
    ) -> Result<(), CellError> {
        let mut filter = Filter::new(host, &self.files);
        let mut courier = Courier::new(message, &mut filter);
        let ran = self.worker.deliver(&mut courier);
        filter.finish();
        let end = self.finish(ran, None, host)?;
        for note in &end.notes {
            notes::show(host, &translate(note, &self.files));
        }
        if end.interrupted {
            return Err(plain_error("Interrupted", "the handler of a comm was stopped"));
        }
        Ok(())
    }
}
