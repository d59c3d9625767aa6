//! Zeros around images.

use super::conv2d::image;
use crate::error::{Error, Result};
use crate::layers::{KnownLayer, Layer, Pass, WindowSize};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Lays `rows` rows of zeros above and below each image and `columns` columns left and right of it:
/// `[batch, height, width, channels]` becomes `[batch, height + 2 rows, width + 2 columns, channels]`; see
/// [Keras](https://keras.io/api/layers/reshaping_layers/zero_padding2d/).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([1, 1, 1]).add(ZeroPadding2D::new([0, 1]));
/// assert_eq!(model.predict(&Tensor::ones([1, 1, 1, 1])).unwrap(), tensor![0., 1., 0.].reshape([1, 1, 3, 1]));
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ZeroPadding2D {
    zeros: WindowSize,
}

impl ZeroPadding2D {
    /// As many zeros on each side of an image (or `[rows, columns]`).
    pub fn new(zeros: impl Into<WindowSize>) -> ZeroPadding2D {
        ZeroPadding2D { zeros: zeros.into() }
    }
}

impl Layer for ZeroPadding2D {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let [height, width, channels] = image("ZeroPadding2D", input)?;
        let WindowSize([rows, columns]) = self.zeros;
        let with = |length: usize, zeros: usize| zeros.checked_mul(2)?.checked_add(length);
        match (with(height, rows), with(width, columns)) {
            (Some(height), Some(width)) => Ok(vec![height, width, channels]),
            _ => Err(Error::shape(
                "ZeroPadding2D",
                format!("{rows} rows and {columns} columns of zeros are more than can be counted"),
                "one or two rows are usual: ZeroPadding2D::new(1)",
            )),
        }
    }

    fn forward(&self, x: &Tensor, _pass: &Pass) -> Tensor {
        let WindowSize([rows, columns]) = self.zeros;
        [(1, rows), (2, columns)]
            .into_iter()
            .fold(x.clone(), |x, (axis, zeros)| {
                if zeros == 0 {
                    return x;
                }
                let mut shape = x.shape().to_vec();
                shape[axis] = zeros;
                let zeros = Tensor::filled_on(x.device(), &shape, 0.0);
                Tensor::concat(&[&zeros, &x, &zeros], axis)
            })
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::ZeroPadding2D(self.clone()))
    }
}
