//! Recurrent layers: one cell that goes through the steps of each sample and remembers. What they share stands here, each
//! layer's own words in its file.

mod gru;
mod lstm;
mod simple;

pub use gru::GRU;
pub use lstm::LSTM;
pub use simple::SimpleRNN;

use crate::backend::Cell;
use crate::error::{Error, Result};
use crate::layers::{Initialiser, Pass, Penalty, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// What every recurrent layer can be set to.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Settings {
    units: usize,
    return_sequences: bool,
    stateful: bool,
    kernel: Initialiser,
    recurrent: Initialiser,
    penalty: Option<Penalty>,
}

impl Settings {
    fn new(units: usize) -> Settings {
        Settings {
            units,
            return_sequences: false,
            stateful: false,
            kernel: Initialiser::GlorotUniform,
            recurrent: Initialiser::Orthogonal,
            penalty: None,
        }
    }

    fn output_shape(&self, layer: &'static str, gates: usize, input: &[usize]) -> Result<Vec<usize>> {
        let &[steps, features] = input else {
            let hint = match input {
                [_] => {
                    "of numbers, make each step a sample of one: .add(Reshape::new([-1, 1])); of tokens, begin with an Embedding"
                }
                _ => {
                    "flatten each step: .add(Reshape::new([steps, features])); between recurrent layers, use .return_sequences()"
                }
            };
            return Err(Error::shape(
                layer,
                format!("samples of shape {input:?}, but a sample is [steps, features]"),
                hint,
            ));
        };
        if steps == 0 || features == 0 {
            return Err(Error::shape(
                layer,
                format!("samples of shape {input:?} hold nothing"),
                "a sample has at least one step of one feature",
            ));
        }
        if self.units == 0 || self.units.checked_mul(gates).is_none() {
            return Err(Error::shape(
                layer,
                format!("a layer of {} units", self.units),
                "give at least one unit, often 32 to 256",
            ));
        }
        Ok(match self.return_sequences {
            true => vec![steps, self.units],
            false => vec![self.units],
        })
    }

    /// Kernel and recurrent kernel.
    fn kernels(&self, gates: usize, input: &[usize]) -> [Weight; 2] {
        let width = gates * self.units;
        let features = input.last().copied().unwrap_or(1);
        [
            Weight::new("kernel", [features, width], self.kernel).penalty(self.penalty),
            Weight::new("recurrent_kernel", [self.units, width], self.recurrent),
        ]
    }

    /// `x: [batch, steps, features]` through all steps.
    fn forward(&self, layer: &'static str, cell: Cell, x: &Tensor, pass: &Pass) -> Tensor {
        let (batch, steps) = (x.shape()[0], x.shape()[1]);
        let start = self.start(layer, cell, x, pass);
        let weights = [pass.weight(0), pass.weight(1), pass.weight(2)];
        let (states, of_cell) = x.swap().recurrent(cell, weights, &start);
        if self.stateful {
            let last = |states: &Tensor| {
                states
                    .detach()
                    .rows(steps..steps + 1)
                    .reshape([batch, self.units])
            };
            let kept: Vec<Tensor> = [Some(&states), of_cell.as_ref()]
                .into_iter()
                .flatten()
                .map(last)
                .collect();
            pass.keep(&kept.iter().collect::<Vec<_>>());
        }
        match self.return_sequences {
            true => states.rows(1..steps + 1).swap(),
            false => states.rows(steps..steps + 1).reshape([batch, self.units]),
        }
    }

    /// The state before the first step: what a stateful layer kept, else zeros.
    fn start(&self, layer: &'static str, cell: Cell, x: &Tensor, pass: &Pass) -> Vec<Tensor> {
        let batch = x.shape()[0];
        let kept = if self.stateful { pass.kept() } else { Vec::new() };
        match kept.first() {
            None => {
                let zeros = Tensor::filled_on(x.device(), &[batch, self.units], 0.0);
                vec![zeros; if cell == Cell::Lstm { 2 } else { 1 }]
            }
            Some(state) if state.shape()[0] == batch => {
                kept.iter().map(|state| state.to(x.device())).collect()
            }
            Some(state) => Error::shape(
                layer,
                format!(
                    "the layer is stateful and remembers {} samples, but this batch has {batch}",
                    state.shape()[0]
                ),
                "take a batch size that divides the number of samples, or forget first: model.reset_states()",
            )
            .raise(),
        }
    }
}

/// The builder methods that every recurrent layer has.
macro_rules! recurrent_settings {
    ($layer:ident) => {
        impl $layer {
            /// Gives the state after each step, `[batch, steps, units]`, not only after the last one: for another recurrent
            /// layer behind this one.
            #[must_use]
            pub fn return_sequences(mut self) -> $layer {
                self.settings.return_sequences = true;
                self
            }

            /// Begins each batch with the states that the last one ended with, sample by sample, until
            /// [`reset_states`](crate::Sequential::reset_states). All batches must be equally large.
            #[must_use]
            pub fn stateful(mut self) -> $layer {
                self.settings.stateful = true;
                self
            }

            pub(crate) fn is_stateful(&self) -> bool {
                self.settings.stateful
            }

            /// What the kernel starts from.
            #[must_use]
            pub fn kernel_initialiser(mut self, initialiser: Initialiser) -> $layer {
                self.settings.kernel = initialiser;
                self
            }

            /// What the recurrent kernel starts from.
            #[must_use]
            pub fn recurrent_initialiser(mut self, initialiser: Initialiser) -> $layer {
                self.settings.recurrent = initialiser;
                self
            }

            /// What large numbers in the kernel add to the loss: `L2(1e-4)`.
            #[must_use]
            pub fn penalty(mut self, penalty: Penalty) -> $layer {
                self.settings.penalty = Some(penalty);
                self
            }
        }
    };
}
use recurrent_settings;
