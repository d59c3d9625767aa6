//! Layer normalisation.

use crate::backend::Over;
use crate::error::{Error, Result};
use crate::layers::{Initialiser, KnownLayer, Layer, Pass, Weight};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// y = (x - mean) / sqrt(variance + epsilon) · gamma + beta, with mean and variance over the features (the last axis) of
/// each sample, or each time step, by itself: no sample depends on the others, and learning is as predicting.
///
/// `x: [batch, .., features]`, `y` has its shape; gamma and beta are `[features]` and start from 1 and 0.
///
/// Ba, Kiros and Hinton, "Layer normalization", 2016; numbers as in
/// [Keras](https://keras.io/api/layers/normalization_layers/layer_normalization/).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([2]).add(LayerNorm::new().epsilon(0.));
/// assert_eq!(model.predict(&tensor![[1., 3.], [10., 50.]]).unwrap(), tensor![[-1., 1.], [-1., 1.]]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerNorm {
    epsilon: f32,
}

impl Default for LayerNorm {
    fn default() -> LayerNorm {
        LayerNorm::new()
    }
}

impl LayerNorm {
    /// A layer of epsilon 0.001.
    pub fn new() -> LayerNorm {
        LayerNorm { epsilon: 1e-3 }
    }

    /// What is added to the variance, so that nothing is divided by 0.
    #[must_use]
    pub fn epsilon(mut self, number: f32) -> LayerNorm {
        self.epsilon = number;
        self
    }
}

impl Layer for LayerNorm {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        size_of_last_axis("LayerNorm", input)?;
        check_epsilon("LayerNorm", self.epsilon)?;
        Ok(input.to_vec())
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let features = &input[input.len() - 1..];
        vec![
            Weight::new("gamma", features, Initialiser::Constant(1.0)),
            Weight::new("beta", features, Initialiser::Zeros),
        ]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        let [y, ..] = x.normalise(pass.weight(0), pass.weight(1), Over::Columns, self.epsilon);
        y
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::LayerNorm(self.clone()))
    }
}

/// The number of features of samples of this shape.
pub(super) fn size_of_last_axis(layer: &'static str, input: &[usize]) -> Result<usize> {
    match input.last() {
        Some(&features) if features > 0 => Ok(features),
        _ => Err(Error::shape(
            layer,
            format!("samples of shape {input:?} have no features to work on"),
            "a sample of one number has shape [1]: Sequential::new([1])",
        )),
    }
}

pub(super) fn check_epsilon(layer: &'static str, epsilon: f32) -> Result<()> {
    match epsilon >= 0.0 && epsilon.is_finite() {
        true => Ok(()),
        false => Err(Error::shape(
            layer,
            format!("epsilon is {epsilon}"),
            "a small number that is not negative, such as 0.001",
        )),
    }
}
