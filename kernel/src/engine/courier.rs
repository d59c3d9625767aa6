//! A message on a comm on its way to the worker, which asks its host for messages.

use super::CellHost;
use crate::output::{CommMessage, Output};

/// Hands over one message before those that wait behind it.
pub struct Courier<'a> {
    host: &'a mut dyn CellHost,
    message: Option<CommMessage>,
}

impl<'a> Courier<'a> {
    /// `host` gets everything else.
    pub fn new(message: &CommMessage, host: &'a mut dyn CellHost) -> Courier<'a> {
        Courier {
            host,
            message: Some(message.clone()),
        }
    }
}

impl CellHost for Courier<'_> {
    fn emit(&mut self, output: Output) {
        self.host.emit(output);
    }

    fn input(&mut self, prompt: &str, password: bool) -> Result<String, String> {
        self.host.input(prompt, password)
    }

    fn comms(&mut self) -> Vec<CommMessage> {
        match self.message.take() {
            Some(message) => vec![message],
            None => self.host.comms(),
        }
    }
}
