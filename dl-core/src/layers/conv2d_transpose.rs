//! The transposed convolution, which makes images larger.

use super::conv2d::{check_filters, image};
use crate::backend::Window;
use crate::error::{Error, Result};
use crate::layers::settings::kernel_settings;
use crate::layers::{ActivationFunction, Initialiser, KnownLayer, Layer, Pass, Penalty, Weight, WindowSize};
use crate::ops::Padding;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// A convolution the other way round: each pixel lays the filters, scaled by its channels, over the result, and what falls
/// on the same place adds up. With a stride it makes images larger: the second half of an autoencoder.
///
/// `x: [batch, height, width, in]`, kernel `[size, size, filters, in]`, bias `[filters]`, `y: [batch, height', width', filters]`
/// with height' = height · stride for [`Padding::Same`], else plus max(size - stride, 0), as in
/// [Keras](https://keras.io/api/layers/convolution_layers/convolution2d_transpose/). Dumoulin and Visin, "A guide to
/// convolution arithmetic for deep learning", 2016.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([7, 7, 8]).add(Conv2DTranspose::new(16, 3).stride(2).padding(Same));
/// assert_eq!(model.output_shape(), [14, 14, 16]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conv2DTranspose {
    filters: usize,
    size: WindowSize,
    stride: usize,
    padding: Padding,
    activation: ActivationFunction,
    kernel: Initialiser,
    bias: Initialiser,
    penalty: Option<Penalty>,
}

impl Conv2DTranspose {
    /// A layer of `filters` filters of `size` by `size` pixels (or `[height, width]`), stride 1, without padding and
    /// activation.
    pub fn new(filters: usize, size: impl Into<WindowSize>) -> Conv2DTranspose {
        Conv2DTranspose::with(filters, size.into())
    }

    fn with(filters: usize, size: WindowSize) -> Conv2DTranspose {
        Conv2DTranspose {
            filters,
            size,
            stride: 1,
            padding: Padding::Valid,
            activation: ActivationFunction::Linear,
            kernel: Initialiser::GlorotUniform,
            bias: Initialiser::Zeros,
            penalty: None,
        }
    }

    /// Pixels of the result from one pixel's filters to the next one's, in both directions.
    #[must_use]
    pub fn stride(mut self, pixels: usize) -> Conv2DTranspose {
        self.stride = pixels;
        self
    }

    /// Whether what lies outside of an image of stride times the size is cut off (`Same`) or kept (`Valid`).
    #[must_use]
    pub fn padding(mut self, padding: Padding) -> Conv2DTranspose {
        self.padding = padding;
        self
    }

    /// The size of the result, and the convolution that leads from it to images of this height and width.
    fn back_to(&self, image: [usize; 2]) -> Result<(Window, [usize; 2])> {
        let too_large = || {
            Error::shape(
                "Conv2DTranspose",
                format!(
                    "images of {} x {} times {} are too large",
                    image[0], image[1], self.stride
                ),
                "a stride of 2 doubles height and width",
            )
        };
        let mut size = [0; 2];
        for side in 0..2 {
            let more = match self.padding {
                Padding::Same => 0,
                Padding::Valid => self.size.0[side].saturating_sub(self.stride),
            };
            let length = image[side]
                .checked_mul(self.stride)
                .and_then(|length| length.checked_add(more));
            size[side] = length.ok_or_else(too_large)?;
        }
        let window = self
            .size
            .over("Conv2DTranspose", size, self.stride, self.padding)?;
        match window.places == image {
            true => Ok((window, size)),
            false => Err(Error::shape(
                "Conv2DTranspose",
                format!("images of {} x {} pixels", image[0], image[1]),
                "give images of at least one pixel",
            )),
        }
    }
}

kernel_settings!(Conv2DTranspose);

impl Layer for Conv2DTranspose {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let [rows, columns, channels] = image("Conv2DTranspose", input)?;
        let (_, [height, width]) = self.back_to([rows, columns])?;
        check_filters(
            "Conv2DTranspose",
            "Conv2DTranspose::new(1, 3)",
            self.size,
            channels,
            self.filters,
        )?;
        Ok(vec![height, width, self.filters])
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let WindowSize([height, width]) = self.size;
        let shape = [height, width, self.filters, input[2]];
        vec![
            Weight::new("kernel", shape, self.kernel).penalty(self.penalty),
            Weight::new("bias", [self.filters], self.bias),
        ]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        let (window, size) = crate::error::expect_fit(self.back_to([x.shape()[1], x.shape()[2]]));
        let function = self.activation.nonlinearity();
        let z = x.convolved_back(pass.weight(0), pass.weight(1), function, window, size);
        self.activation.finish(z)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Conv2DTranspose(self.clone()))
    }
}
