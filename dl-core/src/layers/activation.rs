//! Activation functions by name, and the layer that applies one.

use crate::backend::Nonlinearity;
use crate::error::Result;
use crate::layers::{KnownLayer, Layer, Pass};
use crate::ops::check_not_negative;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The functions that bend the straight lines of a network. The variants are in scope in a notebook.
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(ReLU.apply(&tensor![-1., 2.]), tensor![0., 2.]);
/// assert_eq!(LeakyReLU(0.1).apply(&tensor![-1., 2.]), tensor![-0.1, 2.]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum ActivationFunction {
    /// x: no bend at all.
    #[default]
    Linear,
    /// 1 / (1 + e^-x), between 0 and 1.
    Sigmoid,
    /// The hyperbolic tangent, between -1 and 1.
    Tanh,
    /// max(x, 0).
    ReLU,
    /// x above 0, slope * x below.
    LeakyReLU(f32),
    /// x above 0, alpha * (e^x - 1) below.
    ELU(f32),
    /// e^x / (sum of e^x) along the last axis: probabilities of classes.
    Softmax,
}

impl ActivationFunction {
    /// The function of each element of `x` (of each row, for Softmax).
    ///
    /// # Panics
    /// If a slope or alpha is negative, or Softmax is asked of a single number.
    #[must_use]
    #[track_caller]
    pub fn apply(&self, x: &Tensor) -> Tensor {
        match self {
            ActivationFunction::Linear => x.clone(),
            ActivationFunction::Softmax => x.softmax(),
            other => x.nonlinearity(other.nonlinearity()),
        }
    }

    /// The function of x · weights + bias.
    #[track_caller]
    pub(crate) fn of_affine(&self, x: &Tensor, weights: &Tensor, bias: &Tensor) -> Tensor {
        self.finish(x.affine(weights, bias, self.nonlinearity()))
    }

    /// What is left to do where [`nonlinearity`](Self::nonlinearity) is applied already.
    pub(crate) fn finish(&self, z: Tensor) -> Tensor {
        match self {
            ActivationFunction::Softmax => z.softmax(),
            _ => z,
        }
    }

    /// The part that works element by element.
    #[track_caller]
    pub(crate) fn nonlinearity(&self) -> Nonlinearity {
        match *self {
            ActivationFunction::Linear | ActivationFunction::Softmax => Nonlinearity::Identity,
            ActivationFunction::Sigmoid => Nonlinearity::Sigmoid,
            ActivationFunction::Tanh => Nonlinearity::Tanh,
            ActivationFunction::ReLU => Nonlinearity::Relu,
            ActivationFunction::LeakyReLU(slope) => {
                check_not_negative("LeakyReLU", "slope", slope);
                Nonlinearity::LeakyRelu(slope)
            }
            ActivationFunction::ELU(alpha) => {
                check_not_negative("ELU", "alpha", alpha);
                Nonlinearity::Elu(alpha)
            }
        }
    }
}

/// A layer that applies an activation function and has no weights.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([2]).add(Dense::new(3)).add(Activation::new(Tanh));
/// assert_eq!(model.output_shape(), [3]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Activation {
    function: ActivationFunction,
}

impl Activation {
    /// A layer that applies `function`.
    pub fn new(function: ActivationFunction) -> Activation {
        Activation { function }
    }
}

impl Layer for Activation {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(input.to_vec())
    }
    fn forward(&self, x: &Tensor, _pass: &Pass) -> Tensor {
        self.function.apply(x)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Activation(self.clone()))
    }
}
