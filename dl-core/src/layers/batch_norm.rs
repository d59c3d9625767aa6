//! Batch normalisation.

use super::layer_norm::{check_epsilon, size_of_last_axis};
use crate::backend::Over;
use crate::error::{Error, Result};
use crate::layers::{Initialiser, KnownLayer, Layer, Pass, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// y = (x - mean) / sqrt(variance + epsilon) · gamma + beta, for each feature by itself; of images, for each channel.
///
/// `x: [batch, .., features]`, `y` has its shape; gamma, beta, moving mean and moving variance are `[features]` (Keras's
/// order). While the model learns, mean and variance (the biased one) are those of the batch, over all axes but the last,
/// and the moving ones follow them: moving = momentum · moving + (1 - momentum) · batch. Otherwise, and where the layer is
/// [frozen](crate::Sequential::freeze), the moving ones are used. Gamma starts from 1, beta from 0.
///
/// Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal covariate shift", 2015;
/// numbers as in [Keras](https://keras.io/api/layers/normalization_layers/batch_normalization/).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 75]).add(BatchNorm::new());
/// assert_eq!((model.summary().parameters(), model.summary().trainable()), (300, 150));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BatchNorm {
    momentum: f32,
    epsilon: f32,
}

impl Default for BatchNorm {
    fn default() -> BatchNorm {
        BatchNorm::new()
    }
}

impl BatchNorm {
    /// A layer of momentum 0.99 and epsilon 0.001.
    pub fn new() -> BatchNorm {
        BatchNorm {
            momentum: 0.99,
            epsilon: 1e-3,
        }
    }

    /// The share of the moving statistics that each batch leaves as it was, from 0 to 1. For short trainings take less than
    /// 0.99.
    #[must_use]
    pub fn momentum(mut self, share: f32) -> BatchNorm {
        self.momentum = share;
        self
    }

    /// What is added to the variance, so that nothing is divided by 0.
    #[must_use]
    pub fn epsilon(mut self, number: f32) -> BatchNorm {
        self.epsilon = number;
        self
    }
}

impl Layer for BatchNorm {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        size_of_last_axis("BatchNorm", input)?;
        check_epsilon("BatchNorm", self.epsilon)?;
        if !(0.0..=1.0).contains(&self.momentum) {
            return Err(Error::shape(
                "BatchNorm",
                format!("the momentum is {}", self.momentum),
                "the momentum is a share from 0 to 1, often 0.9 to 0.99",
            ));
        }
        Ok(input.to_vec())
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let features = &input[input.len() - 1..];
        vec![
            Weight::new("gamma", features, Initialiser::Constant(1.0)),
            Weight::new("beta", features, Initialiser::Zeros),
            Weight::new("moving_mean", features, Initialiser::Zeros).not_learned(),
            Weight::new("moving_variance", features, Initialiser::Constant(1.0)).not_learned(),
        ]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        let (gamma, beta) = (pass.weight(0), pass.weight(1));
        if pass.training() && !pass.frozen() {
            let [y, mean, variance] = x.normalise(gamma, beta, Over::Rows, self.epsilon);
            for (number, batch) in [(2, mean), (3, variance)] {
                let moved = pass.weight(number) * self.momentum + batch * (1.0 - self.momentum);
                pass.update(number, &moved);
            }
            return y;
        }
        let scale = gamma / (pass.weight(3) + self.epsilon).sqrt();
        let shift = beta - pass.weight(2) * &scale;
        x * scale + shift
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::BatchNorm(self.clone()))
    }
}
