//! Layers that make images smaller: one number for each window, or for a whole image.

use super::conv2d::image;
use crate::error::{Error, Result};
use crate::layers::{KnownLayer, Layer, Pass, WindowSize};
use crate::ops::Padding;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// The largest number of each window and channel: where a filter sees most. Of equal ones the first gets the gradient.
///
/// `[batch, height, width, channels]` becomes `[batch, height / size, width / size, channels]` (rounded down); see
/// [Keras](https://keras.io/api/layers/pooling_layers/max_pooling2d/).
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(Sequential::new([13, 13, 8]).add(MaxPool2D::new(2)).output_shape(), [6, 6, 8]);
/// assert_eq!(Sequential::new([13, 13, 8]).add(MaxPool2D::new(2).padding(Same)).output_shape(), [7, 7, 8]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MaxPool2D {
    size: WindowSize,
    stride: Option<usize>,
    padding: Padding,
}

/// The mean of each window and channel.
///
/// `[batch, height, width, channels]` becomes `[batch, height / size, width / size, channels]` (rounded down). Of a window that
/// reaches over the border ([`Padding::Same`]) the part inside counts, as in
/// [Keras](https://keras.io/api/layers/pooling_layers/average_pooling2d/).
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(Sequential::new([12, 12, 8]).add(AvgPool2D::new(3).stride(1)).output_shape(), [10, 10, 8]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AvgPool2D {
    size: WindowSize,
    stride: Option<usize>,
    padding: Padding,
}

macro_rules! pool {
    ($layer:ident, $name:literal, $method:ident) => {
        impl $layer {
            /// Windows of `size` by `size` pixels (or `[rows, columns]`), side by side, none over the border.
            pub fn new(size: impl Into<WindowSize>) -> $layer {
                $layer {
                    size: size.into(),
                    stride: None,
                    padding: Padding::Valid,
                }
            }

            /// Pixels from one window to the next, in both directions; without a word, windows of n by n pixels are n apart.
            #[must_use]
            pub fn stride(mut self, pixels: usize) -> $layer {
                self.stride = Some(pixels);
                self
            }

            /// Whether windows may reach over the border.
            #[must_use]
            pub fn padding(mut self, padding: Padding) -> $layer {
                self.padding = padding;
                self
            }

            fn step(&self) -> Result<usize> {
                match (self.stride, self.size) {
                    (Some(stride), _) => Ok(stride),
                    (None, WindowSize([rows, columns])) if rows == columns => Ok(rows),
                    (None, WindowSize([rows, columns])) => Err(Error::shape(
                        $name,
                        format!("windows of {rows} x {columns} pixels and no stride"),
                        "say how far apart windows are that are not square: .stride(2)",
                    )),
                }
            }
        }

        impl Layer for $layer {
            fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
                let [rows, columns, channels] = image($name, input)?;
                let window = self
                    .size
                    .over($name, [rows, columns], self.step()?, self.padding)?;
                Ok(vec![window.places[0], window.places[1], channels])
            }

            fn forward(&self, x: &Tensor, _pass: &Pass) -> Tensor {
                let stride = crate::error::expect_fit(self.step());
                x.$method($name, self.size.0, stride, self.padding)
            }

            fn known(&self) -> Option<KnownLayer> {
                Some(KnownLayer::$layer(self.clone()))
            }
        }
    };
}

pool!(MaxPool2D, "MaxPool2D", max_pool);
pool!(AvgPool2D, "AvgPool2D", avg_pool);

impl MaxPool2D {
    /// Size, stride and padding of its windows.
    pub(super) fn windows(&self) -> ([usize; 2], usize, Padding) {
        (self.size.0, crate::error::expect_fit(self.step()), self.padding)
    }
}

/// The mean of each channel over the whole image: `[batch, height, width, channels]` becomes `[batch, channels]`. Lin, Chen and Yan,
/// "Network in network", 2014; see [Keras](https://keras.io/api/layers/pooling_layers/global_average_pooling2d/).
///
/// ```
/// use dl_core::prelude::*;
/// assert_eq!(Sequential::new([7, 7, 64]).add(GlobalAvgPool2D::new()).output_shape(), [64]);
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct GlobalAvgPool2D;

impl GlobalAvgPool2D {
    /// A layer of means.
    pub fn new() -> GlobalAvgPool2D {
        GlobalAvgPool2D
    }
}

impl Layer for GlobalAvgPool2D {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let [rows, columns, channels] = image("GlobalAvgPool2D", input)?;
        match rows * columns {
            0 => Err(Error::shape(
                "GlobalAvgPool2D",
                format!("images of {rows} x {columns} pixels have no mean"),
                "give images of at least one pixel",
            )),
            _ => Ok(vec![channels]),
        }
    }

    fn forward(&self, x: &Tensor, _pass: &Pass) -> Tensor {
        let (batch, channels) = (x.shape()[0], x.shape()[3]);
        x.reshape([batch, x.shape()[1] * x.shape()[2], channels])
            .mean_axis(1)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::GlobalAvgPool2D(self.clone()))
    }
}
