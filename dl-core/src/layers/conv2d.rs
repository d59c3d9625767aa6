//! The convolutional layer.

use crate::backend::Window;
use crate::error::{Error, Result};
use crate::layers::settings::kernel_settings;
use crate::layers::{ActivationFunction, Initialiser, KnownLayer, Layer, MaxPool2D, Pass, Penalty, Weight};
use crate::ops::{Conv, Padding};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// y = activation(x ⋆ kernel + bias): the same small filters look at every place of an image.
///
/// `x: [batch, height, width, in]`, kernel `[size, size, in, filters]`, bias `[filters]`,
/// `y: [batch, height', width', filters]` with height' = (height - size) / stride + 1 (rounded down), or height / stride
/// (rounded up) with [`Padding::Same`]. The kernel starts from [`Initialiser::GlorotUniform`], the bias from zeros, as in
/// [Keras](https://keras.io/api/layers/convolution_layers/convolution2d/).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 1]).add(Conv2D::new(32, 3).activation(ReLU));
/// assert_eq!(model.output_shape(), [26, 26, 32]);
/// assert_eq!(model.summary().parameters(), 320);
/// let halved = Sequential::new([28, 28, 1]).add(Conv2D::new(8, [5, 3]).stride(2).padding(Same));
/// assert_eq!(halved.output_shape(), [14, 14, 8]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conv2D {
    filters: usize,
    size: WindowSize,
    stride: usize,
    padding: Padding,
    activation: ActivationFunction,
    kernel: Initialiser,
    bias: Initialiser,
    penalty: Option<Penalty>,
}

impl Conv2D {
    /// A layer of `filters` filters of `size` by `size` pixels (or `[height, width]`), stride 1, without padding and
    /// activation.
    pub fn new(filters: usize, size: impl Into<WindowSize>) -> Conv2D {
        Conv2D::with(filters, size.into())
    }

    fn with(filters: usize, size: WindowSize) -> Conv2D {
        Conv2D {
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

    /// Pixels from one place of the filters to the next, in both directions.
    #[must_use]
    pub fn stride(mut self, pixels: usize) -> Conv2D {
        self.stride = pixels;
        self
    }

    /// What happens at the border of an image.
    #[must_use]
    pub fn padding(mut self, padding: Padding) -> Conv2D {
        self.padding = padding;
        self
    }
}

kernel_settings!(Conv2D);

impl Conv2D {
    fn conv(&self) -> Conv {
        Conv {
            stride: self.stride,
            padding: self.padding,
        }
    }

    /// This layer and the pooling behind it in one operation, where there is one: what lies between need not be kept.
    pub(super) fn forward_pooled(&self, x: &Tensor, weights: &[Tensor], pool: &MaxPool2D) -> Option<Tensor> {
        if self.activation == ActivationFunction::Softmax {
            return None;
        }
        let weights = [&weights[0], &weights[1]];
        Some(x.convolved_pooled(
            weights,
            self.activation.nonlinearity(),
            self.conv(),
            pool.windows(),
        ))
    }
}

impl Layer for Conv2D {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        let [rows, columns, channels] = image("Conv2D", input)?;
        let window = self
            .size
            .over("Conv2D", [rows, columns], self.stride, self.padding)?;
        check_filters("Conv2D", "Conv2D::new(1, 3)", self.size, channels, self.filters)?;
        Ok(vec![window.places[0], window.places[1], self.filters])
    }

    fn weights(&self, input: &[usize]) -> Vec<Weight> {
        let WindowSize([height, width]) = self.size;
        let shape = [height, width, input[2], self.filters];
        vec![
            Weight::new("kernel", shape, self.kernel).penalty(self.penalty),
            Weight::new("bias", [self.filters], self.bias),
        ]
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        let function = self.activation.nonlinearity();
        let z = x.convolved(pass.weight(0), Some(pass.weight(1)), function, self.conv());
        self.activation.finish(z)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::Conv2D(self.clone()))
    }
}

/// Rows and columns of a window: `3` for a square one, or `[rows, columns]`.
///
/// ```
/// use dl_core::layers::WindowSize;
/// assert_eq!(WindowSize::from(3), WindowSize::from([3, 3]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSize(pub(super) [usize; 2]);

impl From<usize> for WindowSize {
    fn from(size: usize) -> WindowSize {
        WindowSize([size, size])
    }
}

impl From<[usize; 2]> for WindowSize {
    fn from(size: [usize; 2]) -> WindowSize {
        WindowSize(size)
    }
}

impl WindowSize {
    /// The window over images of this height and width.
    pub(super) fn over(
        self,
        layer: &'static str,
        image: [usize; 2],
        stride: usize,
        padding: Padding,
    ) -> Result<Window> {
        Window::over(layer, image, self.0, stride, padding)
    }
}

/// The shape of a sample as that of an image.
pub(super) fn image(layer: &'static str, input: &[usize]) -> Result<[usize; 3]> {
    <[usize; 3]>::try_from(input).map_err(|_| {
        Error::shape(
            layer,
            format!("samples of shape {input:?} are no images"),
            "images are [height, width, channels]: Sequential::new([28, 28, 1])",
        )
    })
}

/// Whether there are filters, and not more weights than can be counted.
pub(super) fn check_filters(
    layer: &'static str,
    example: &str,
    WindowSize([height, width]): WindowSize,
    channels: usize,
    filters: usize,
) -> Result<()> {
    if filters == 0 {
        let hint = format!("give at least one filter: {example}");
        return Err(Error::shape(layer, "a layer of 0 filters has no output", hint));
    }
    match crate::tensor::element_count(&[height, width, channels, filters]) {
        Some(_) => Ok(()),
        None => Err(Error::shape(
            layer,
            format!("{filters} filters of {height} x {width} pixels are more weights than can be counted"),
            "filters are small: 3 x 3 or 5 x 5 pixels, 8 to 512 of them",
        )),
    }
}
