//! The gated recurrent unit.

use super::{Settings, recurrent_settings};
use crate::backend::Cell;
use crate::error::Result;
use crate::layers::{Initialiser, KnownLayer, Layer, Pass, Penalty, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// A recurrent layer that mixes its old state with a new one, in a proportion that it learns:
///
/// ```text
/// z, r = sigmoid(x_t · kernel + bias_0 + h_{t-1} · recurrent_kernel + bias_1)      update and reset gate
/// c    = tanh(x_t · kernel + bias_0 + r · (h_{t-1} · recurrent_kernel + bias_1))   the candidate
/// h_t = z · h_{t-1} + (1 - z) · c
/// ```
///
/// `x: [batch, steps, in]`, kernel `[in, 3 · units]`, recurrent kernel `[units, 3 · units]`, bias `[2, 3 · units]`, each with
/// its thirds in Keras's order: update, reset, candidate. Gives the last state `[batch, units]`, or with
/// [`return_sequences`](Self::return_sequences) all of them, `[batch, steps, units]`. The kernel starts from
/// [`Initialiser::GlorotUniform`], the recurrent one from [`Initialiser::Orthogonal`], the biases from 0.
///
/// Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014, with the reset after the product
/// (`reset_after`, the default in [Keras](https://keras.io/api/layers/recurrent_layers/gru/) and the form of PyTorch, whose
/// order is reset, update, candidate).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([20, 3]).add(GRU::new(8).return_sequences()).add(GRU::new(4));
/// assert_eq!(model.summary().parameters(), (3 * 24 + 8 * 24 + 2 * 24) + (8 * 12 + 4 * 12 + 2 * 12));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GRU {
    settings: Settings,
}

recurrent_settings!(GRU);

impl GRU {
    /// A layer whose state has `units` numbers.
    pub fn new(units: usize) -> GRU {
        GRU {
            settings: Settings::new(units),
        }
    }
}

impl Layer for GRU {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        self.settings.output_shape("GRU", 3, input)
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let [kernel, recurrent] = self.settings.kernels(3, input);
        let bias = Weight::new("bias", [2, 3 * self.settings.units], Initialiser::Zeros);
        vec![kernel, recurrent, bias]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        self.settings.forward("GRU", Cell::Gru, x, pass)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::GRU(self.clone()))
    }
}
