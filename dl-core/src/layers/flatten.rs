//! Flatten.

use crate::error::Result;
use crate::layers::{KnownLayer, Layer, Pass};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Turns samples of any shape into vectors: `[batch, 28, 28, 1]` becomes `[batch, 784]`.
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(Sequential::new([28, 28, 1]).add(Flatten::new()).output_shape(), [784]);
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Flatten;

impl Flatten {
    /// A flattening layer.
    pub fn new() -> Flatten {
        Flatten
    }
}

impl Layer for Flatten {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        Ok(vec![input.iter().product()])
    }
    fn forward(&self, x: &Tensor, _pass: &Pass) -> Tensor {
        let batch = x.shape()[0];
        x.reshape([batch, x.shape()[1..].iter().product()])
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Flatten(self.clone()))
    }
}
