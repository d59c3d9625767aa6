//! The fully connected layer.

use crate::error::{Error, Result};
use crate::layers::settings::kernel_settings;
use crate::layers::{ActivationFunction, Initialiser, KnownLayer, Layer, Pass, Penalty, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// y = activation(x · kernel + bias): every unit sees every input.
///
/// `x: [batch, in]`, kernel `[in, units]`, bias `[units]`, `y: [batch, units]`. Samples with more axes are worked on
/// along the last one, as in [Keras](https://keras.io/api/layers/core_layers/dense/). The kernel starts from
/// [`Initialiser::GlorotUniform`], the bias from zeros.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([784]).add(Dense::new(128).activation(ReLU)).add(Dense::new(10));
/// assert_eq!(model.summary().parameters(), 101_770);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dense {
    units: usize,
    activation: ActivationFunction,
    kernel: Initialiser,
    bias: Initialiser,
    penalty: Option<Penalty>,
}

impl Dense {
    /// A layer of `units` units without activation.
    pub fn new(units: usize) -> Dense {
        let activation = ActivationFunction::Linear;
        Dense {
            units,
            activation,
            kernel: Initialiser::GlorotUniform,
            bias: Initialiser::Zeros,
            penalty: None,
        }
    }
}

kernel_settings!(Dense);

impl Layer for Dense {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let Some((_, outer)) = input.split_last() else {
            return Err(Error::shape(
                "Dense",
                "samples of shape [] have no axis to work on",
                "a sample of one number has shape [1]: Sequential::new([1])",
            ));
        };
        if self.units == 0 {
            return Err(Error::shape(
                "Dense",
                "a layer of 0 units has no output",
                "give at least one unit: Dense::new(1)",
            ));
        }
        Ok([outer, &[self.units]].concat())
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let inputs = input.last().copied().unwrap_or(1);
        vec![
            Weight::new("kernel", [inputs, self.units], self.kernel).penalty(self.penalty),
            Weight::new("bias", [self.units], self.bias),
        ]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        let (kernel, bias) = (pass.weight(0), pass.weight(1));
        if x.rank() == 2 {
            return self.activation.of_affine(x, kernel, bias);
        }
        let (outer, inputs) = (&x.shape()[..x.rank() - 1], kernel.shape()[0]);
        let rows = x.reshape([outer.iter().product(), inputs]);
        self.activation
            .of_affine(&rows, kernel, bias)
            .reshape([outer, &[self.units]].concat())
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Dense(self.clone()))
    }
}
