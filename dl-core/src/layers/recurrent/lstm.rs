//! Long short-term memory.

use super::{Settings, recurrent_settings};
use crate::backend::Cell;
use crate::error::Result;
use crate::layers::{Initialiser, KnownLayer, Layer, Pass, Penalty, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// A recurrent layer with a second state, the cell's c, that is only added to and faded, so that it remembers for long:
///
/// ```text
/// i, f, o = sigmoid(x_t · kernel + h_{t-1} · recurrent_kernel + bias)     input, forget and output gate
/// g       =    tanh(x_t · kernel + h_{t-1} · recurrent_kernel + bias)     the candidate
/// c_t = f · c_{t-1} + i · g
/// h_t = o · tanh(c_t)
/// ```
///
/// `x: [batch, steps, in]`, kernel `[in, 4 · units]`, recurrent kernel `[units, 4 · units]`, bias `[4 · units]`, each with
/// its quarters in Keras's order: input, forget, candidate, output. Gives the last state h `[batch, units]`, or with
/// [`return_sequences`](Self::return_sequences) all of them, `[batch, steps, units]`. The kernel starts from
/// [`Initialiser::GlorotUniform`], the recurrent one from [`Initialiser::Orthogonal`], the bias from 0, but the forget gate's
/// from 1, so that the layer begins by remembering.
///
/// Hochreiter and Schmidhuber, "Long short-term memory", 1997; numbers as in
/// [Keras](https://keras.io/api/layers/recurrent_layers/lstm/). PyTorch has two biases, whose sum is this one, kernels
/// transposed, and the order input, forget, candidate, output too.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([40]).add(Embedding::new(11_753, 10)).add(LSTM::new(100)).add(Dense::new(11_753));
/// assert_eq!(model.summary().parameters(), 1_348_983);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LSTM {
    settings: Settings,
}

recurrent_settings!(LSTM);

impl LSTM {
    /// A layer whose states have `units` numbers.
    pub fn new(units: usize) -> LSTM {
        LSTM {
            settings: Settings::new(units),
        }
    }
}

impl Layer for LSTM {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        self.settings.output_shape("LSTM", 4, input)
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let [kernel, recurrent] = self.settings.kernels(4, input);
        let bias = Weight::drawn("bias", [4 * self.settings.units], remembering);
        vec![kernel, recurrent, bias]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        self.settings.forward("LSTM", Cell::Lstm, x, pass)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::LSTM(self.clone()))
    }
}

/// 0, but 1 for the forget gate (Jozefowicz et al., 2015).
fn remembering(shape: &[usize]) -> Tensor {
    let units = shape[0] / 4;
    let [others, forget] = [Tensor::zeros([units]), Tensor::ones([units])];
    Tensor::concat(&[&others, &forget, &others, &others], 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bias_starts_by_remembering() {
        let bias = LSTM::new(2).weights(&[1, 1])[2].draw();
        assert_eq!(bias.to_vec(), [0., 0., 1., 1., 0., 0., 0., 0.]);
    }
}
