//! Larger images by repeating pixels.

use super::conv2d::image;
use crate::error::{Error, Result};
use crate::layers::{KnownLayer, Layer, Pass, WindowSize};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Repeats each pixel `factor` times down and across (nearest neighbour): `[batch, height, width, channels]` becomes
/// `[batch, height · factor, width · factor, channels]`; see [Keras](https://keras.io/api/layers/reshaping_layers/up_sampling2d/).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([1, 2, 1]).add(UpSampling2D::new(2));
/// let larger = model.predict(&tensor![1., 2.].reshape([1, 1, 2, 1])).unwrap();
/// assert_eq!(larger, tensor![[1., 1., 2., 2.], [1., 1., 2., 2.]].reshape([1, 2, 4, 1]));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UpSampling2D {
    factor: WindowSize,
}

impl UpSampling2D {
    /// Each pixel becomes `factor` by `factor` pixels (or `[rows, columns]`).
    pub fn new(factor: impl Into<WindowSize>) -> UpSampling2D {
        UpSampling2D {
            factor: factor.into(),
        }
    }
}

impl Layer for UpSampling2D {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let [height, width, channels] = image("UpSampling2D", input)?;
        let WindowSize([down, across]) = self.factor;
        match (height.checked_mul(down), width.checked_mul(across)) {
            (Some(rows), Some(columns)) if down > 0 && across > 0 => Ok(vec![rows, columns, channels]),
            _ => Err(Error::shape(
                "UpSampling2D",
                format!("images of {height} x {width} pixels, repeated {down} x {across} times"),
                "a factor of 2 doubles height and width",
            )),
        }
    }

    fn forward(&self, x: &Tensor, _pass: &Pass) -> Tensor {
        let &[batch, height, width, channels] = x.shape() else {
            unreachable!("the shape of samples is checked when the layer is added")
        };
        let WindowSize([down, across]) = self.factor;
        x.reshape([batch, height, 1, width, 1, channels])
            .broadcast_to(&[batch, height, down, width, across, channels])
            .reshape([batch, height * down, width * across, channels])
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::UpSampling2D(self.clone()))
    }
}
