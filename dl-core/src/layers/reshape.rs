//! Reshape.

use crate::error::{Error, Result};
use crate::layers::{KnownLayer, Layer, Pass};
use crate::tensor::{Tensor, element_count};
use serde::{Deserialize, Serialize};

/// Gives samples another shape with the same numbers in the same order: `[batch, 784]` becomes `[batch, 28, 28, 1]`.
///
/// One of the sizes may be -1: it is worked out from the others, as in
/// [Keras](https://keras.io/api/layers/reshaping_layers/reshape/).
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(Sequential::new([784]).add(Reshape::new([28, 28, 1])).output_shape(), [28, 28, 1]);
/// assert_eq!(Sequential::new([28, 28, 1]).add(Reshape::new([-1, 28])).output_shape(), [28, 28]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reshape {
    shape: Vec<i64>,
}

impl Reshape {
    /// Samples of this shape, without the batch axis. Whole numbers of any type will do.
    pub fn new<Size: TryInto<i64>>(sample_shape: impl IntoIterator<Item = Size>) -> Reshape {
        // No sample is as large as the largest number: the layer refuses it with the other sizes that do not fit.
        let sizes = sample_shape
            .into_iter()
            .map(|size| size.try_into().unwrap_or(i64::MAX));
        Reshape {
            shape: sizes.collect(),
        }
    }
}

impl Layer for Reshape {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let shape = &self.shape;
        if let Some(wrong) = shape.iter().find(|&&size| size < -1 || size == 0) {
            return Err(Error::shape(
                "Reshape",
                format!("{shape:?} has the size {wrong}"),
                "sizes are at least 1; one of them may be -1, which is worked out",
            ));
        }
        let open = shape.iter().filter(|&&size| size == -1).count();
        if open > 1 {
            return Err(Error::shape(
                "Reshape",
                format!("{shape:?} leaves {open} sizes open"),
                "only one of them can be worked out: give the others",
            ));
        }
        let known: Vec<usize> = shape
            .iter()
            .filter(|&&size| size > 0)
            .map(|&size| size as usize)
            .collect();
        let numbers = element_count(input).unwrap_or(usize::MAX);
        let fits = element_count(&known).filter(|&count| match open {
            0 => count == numbers,
            _ => numbers.is_multiple_of(count),
        });
        let Some(count) = fits else {
            return Err(Error::shape(
                "Reshape",
                format!("samples of shape {input:?} hold {numbers} numbers, which do not fill {shape:?}"),
                format!("the sizes must multiply to {numbers}; one of them may be -1, which is worked out"),
            ));
        };
        let size = |&size: &i64| {
            if size == -1 {
                numbers / count
            } else {
                size as usize
            }
        };
        Ok(shape.iter().map(size).collect())
    }

    fn forward(&self, x: &Tensor, _pass: &Pass) -> Tensor {
        let (batch, sample) = (x.shape()[0], &x.shape()[1..]);
        let shape = crate::error::expect_fit(self.output_shape(sample));
        x.reshape([&[batch], &shape[..]].concat())
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Reshape(self.clone()))
    }
}
