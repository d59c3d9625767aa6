//! Dropout.

use crate::error::{Error, Result};
use crate::layers::{KnownLayer, Layer, Pass};
use crate::random;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// While learning, sets each input to 0 with probability `rate` and divides the others by 1 - rate, so that the
/// expected sum stays; otherwise changes nothing. Srivastava et al., "Dropout: a simple way to prevent neural networks
/// from overfitting", 2014.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([3]).add(Dropout::new(0.5));
/// assert_eq!(model.predict(&Tensor::ones([1, 3])).unwrap(), Tensor::ones([1, 3]));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dropout {
    rate: f32,
}

impl Dropout {
    /// Drops the share `rate` of the inputs: at least 0, below 1.
    pub fn new(rate: f32) -> Dropout {
        Dropout { rate }
    }
}

impl Layer for Dropout {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        if !(0.0..1.0).contains(&self.rate) {
            return Err(Error::shape(
                "Dropout",
                format!("the rate is {}", self.rate),
                "the rate is the share that is dropped: at least 0 and below 1, often 0.2 to 0.5",
            ));
        }
        Ok(input.to_vec())
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        if !pass.training() || self.rate == 0.0 {
            return x.clone();
        }
        let kept = 1.0 / (1.0 - self.rate);
        x * Tensor::leaf(x.value().mask_like(self.rate, kept, random::key()))
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Dropout(self.clone()))
    }
}
