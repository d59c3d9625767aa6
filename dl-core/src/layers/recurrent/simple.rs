//! The simple recurrent layer.

use super::{Settings, recurrent_settings};
use crate::backend::Cell;
use crate::error::{Error, Result};
use crate::layers::{ActivationFunction, Initialiser, KnownLayer, Layer, Pass, Penalty, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// h_t = activation(x_t · kernel + h_{t-1} · recurrent_kernel + bias): the state sees the input of its step and the state of
/// the one before, beginning with h_0 = 0.
///
/// `x: [batch, steps, in]`, kernel `[in, units]`, recurrent kernel `[units, units]`, bias `[units]`; gives the last state
/// `[batch, units]`, or with [`return_sequences`](Self::return_sequences) all of them, `[batch, steps, units]`. The
/// activation is [`Tanh`](ActivationFunction::Tanh); the kernel starts from [`Initialiser::GlorotUniform`], the recurrent
/// one from [`Initialiser::Orthogonal`], the bias from 0. Over many steps gradients vanish: [`LSTM`](super::LSTM) and
/// [`GRU`](super::GRU) remember longer. Elman, "Finding structure in time", 1990; numbers as in
/// [Keras](https://keras.io/api/layers/recurrent_layers/simple_rnn/).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([20, 1]).add(SimpleRNN::new(32)).add(Dense::new(1));
/// assert_eq!(model.summary().parameters(), 32 + 32 * 32 + 32 + 33);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SimpleRNN {
    settings: Settings,
    activation: ActivationFunction,
}

recurrent_settings!(SimpleRNN);

impl SimpleRNN {
    /// A layer whose state has `units` numbers.
    pub fn new(units: usize) -> SimpleRNN {
        SimpleRNN {
            settings: Settings::new(units),
            activation: ActivationFunction::Tanh,
        }
    }

    /// The function that each new state goes through; it works element by element.
    #[must_use]
    pub fn activation(mut self, function: ActivationFunction) -> SimpleRNN {
        self.activation = function;
        self
    }
}

impl Layer for SimpleRNN {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        if self.activation == ActivationFunction::Softmax {
            return Err(Error::shape(
                "SimpleRNN",
                "the activation is Softmax, which works on whole rows",
                "use Tanh or ReLU here, and Softmax in a layer behind",
            ));
        }
        self.settings.output_shape("SimpleRNN", 1, input)
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let [kernel, recurrent] = self.settings.kernels(1, input);
        let bias = Weight::new("bias", [self.settings.units], Initialiser::Zeros);
        vec![kernel, recurrent, bias]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        let cell = Cell::Simple(self.activation.nonlinearity());
        self.settings.forward("SimpleRNN", cell, x, pass)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::SimpleRNN(self.clone()))
    }
}
