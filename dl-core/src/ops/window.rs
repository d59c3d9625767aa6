//! Convolution and pooling: what looks at an image through a window. Where a window stands, [`Window`] says.

use crate::backend::{Nonlinearity, Window};
use crate::error::{Error, Result, expect_fit};
use crate::ops::Op;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Whether zeros are laid around an image before a window moves over it. Both names are in scope in a notebook.
///
/// ```
/// use dl_core::prelude::*;
/// let image = Sequential::new([28, 28, 1]);
/// assert_eq!(image.clone().add(Conv2D::new(8, 3).padding(Valid)).output_shape(), [26, 26, 8]);
/// assert_eq!(image.add(Conv2D::new(8, 3).padding(Same)).output_shape(), [28, 28, 8]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Padding {
    /// None: the window stays inside the image.
    Valid,
    /// As many as it takes for an output of the image's size divided by the stride; an odd one goes to the bottom and
    /// the right.
    Same,
}

/// How the window of a convolution moves.
///
/// ```
/// use dl_core::prelude::*;
/// let image = Tensor::ones([1, 5, 5, 1]);
/// let blur = Tensor::full([3, 3, 1, 1], 1. / 9.);
/// assert_eq!(image.conv2d(&blur, Conv { stride: 1, padding: Padding::Valid }).shape(), [1, 3, 3, 1]);
/// assert_eq!(image.conv2d(&blur, Conv { stride: 2, padding: Padding::Same }).shape(), [1, 3, 3, 1]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conv {
    /// Pixels from one place of the window to the next, in both directions.
    pub stride: usize,
    /// What happens at the border.
    pub padding: Padding,
}

impl Default for Conv {
    fn default() -> Conv {
        Conv {
            stride: 1,
            padding: Padding::Valid,
        }
    }
}

impl Window {
    /// The places of a window over images of this height and width.
    ///
    /// # Errors
    /// If the window or its stride is nothing, or the window does not fit in the images without padding.
    pub(crate) fn over(
        op: &'static str,
        image: [usize; 2],
        size: [usize; 2],
        stride: usize,
        padding: Padding,
    ) -> Result<Window> {
        if stride == 0 || size.contains(&0) {
            return Err(Error::shape(
                op,
                format!("a window of {} x {} pixels, moved by {stride}", size[0], size[1]),
                "the window and its stride are at least 1",
            ));
        }
        if padding == Padding::Valid && (size[0] > image[0] || size[1] > image[1]) {
            return Err(Error::shape(
                op,
                format!(
                    "a window of {} x {} pixels over images of {} x {}",
                    size[0], size[1], image[0], image[1]
                ),
                "take a smaller window, larger images, or Padding::Same",
            ));
        }
        // Beyond the image there is no second place, however far away.
        let stride = stride.min(image[0].max(image[1]).max(1));
        let (mut before, mut places) = ([0; 2], [0; 2]);
        for side in 0..2 {
            match padding {
                Padding::Valid => places[side] = (image[side] - size[side]) / stride + 1,
                Padding::Same => {
                    places[side] = image[side].div_ceil(stride);
                    let last = places[side].saturating_sub(1) * stride;
                    before[side] = (last.saturating_add(size[side])).saturating_sub(image[side]) / 2;
                }
            }
        }
        Ok(Window {
            size,
            stride,
            before,
            places,
        })
    }
}

impl Tensor {
    /// What the filters in `kernel: [kh, kw, in, out]` see at each place of the images `[n, height, width, in]`:
    /// `y[n, i, j, o] = sum over a, b, c of x[n, i s + a, j s + b, c] · kernel[a, b, c, o]` with the stride `s`. The kernel
    /// is not flipped (a cross-correlation, as in Keras's `Conv2D`). The result is `[n, height', width', out]`.
    ///
    /// # Panics
    /// If the shapes do not fit each other, or the stride is 0.
    #[must_use]
    #[track_caller]
    pub fn conv2d(&self, kernel: &Tensor, conv: Conv) -> Tensor {
        self.convolved(kernel, None, Nonlinearity::Identity, conv)
    }

    /// function(self ⋆ kernel + bias) in one operation, with a bias `[out]`.
    #[track_caller]
    pub(crate) fn convolved(
        &self,
        kernel: &Tensor,
        bias: Option<&Tensor>,
        function: Nonlinearity,
        conv: Conv,
    ) -> Tensor {
        let window = self.convolution_window(kernel, conv);
        let value = self
            .value()
            .conv2d(kernel.value(), bias.map(Tensor::value), function, &window);
        let inputs = [Some(self), Some(kernel), bias];
        let inputs: Vec<&Tensor> = inputs.into_iter().flatten().collect();
        Tensor::result(Op::Conv2d(window, function), value, &inputs)
    }

    /// The largest numbers in windows of `size`, moved by `stride`, over function(self ⋆ kernel + bias), in one operation.
    #[track_caller]
    pub(crate) fn convolved_pooled(
        &self,
        [kernel, bias]: [&Tensor; 2],
        function: Nonlinearity,
        conv: Conv,
        (size, stride, padding): ([usize; 2], usize, Padding),
    ) -> Tensor {
        let window = self.convolution_window(kernel, conv);
        let pool = expect_fit(Window::over("max_pool2d", window.places, size, stride, padding));
        let weights = [kernel.value(), bias.value()];
        let (most, winners) =
            self.value()
                .conv2d_max_pool(weights[0], weights[1], function, [&window, &pool]);
        let op = Op::Conv2dMaxPool(window, function, pool);
        Tensor::result(op, most, &[self, kernel, bias, &Tensor::leaf(winners)])
    }

    /// The window of these filters over these images.
    #[track_caller]
    fn convolution_window(&self, kernel: &Tensor, conv: Conv) -> Window {
        let (&[_, rows, columns, channels], &[height, width, inputs, _]) = (self.shape(), kernel.shape())
        else {
            Error::shape(
                "conv2d",
                format!(
                    "images of shape {:?}, filters of shape {:?}",
                    self.shape(),
                    kernel.shape()
                ),
                "images are [n, height, width, channels] and filters [height, width, channels, filters]",
            )
            .raise()
        };
        if channels != inputs {
            Error::shape(
                "conv2d",
                format!("images of {channels} channels, filters for {inputs}"),
                "the third size of the filters is the number of channels of the images",
            )
            .raise();
        }
        expect_fit(Window::over(
            "conv2d",
            [rows, columns],
            [height, width],
            conv.stride,
            conv.padding,
        ))
    }

    /// function(self spread by kernel + bias): the reverse of a convolution by `kernel: [kh, kw, out, in]` that leads from
    /// images of the size of the result to those of `self: [n, height, width, in]`. The caller has checked that
    /// `window` is that convolution's.
    pub(crate) fn convolved_back(
        &self,
        kernel: &Tensor,
        bias: &Tensor,
        function: Nonlinearity,
        window: Window,
        size: [usize; 2],
    ) -> Tensor {
        let value =
            self.value()
                .conv2d_transpose(kernel.value(), Some(bias.value()), function, &window, size);
        Tensor::result(
            Op::Conv2dTranspose(window, function),
            value,
            &[self, kernel, bias],
        )
    }

    /// The largest number in each window of `size` by `size` pixels, moved by `stride`; the window stays inside the
    /// images `[n, height, width, channels]`. Where several are largest, the first of them gets the gradient.
    ///
    /// # Panics
    /// If the tensor holds no images or the window is larger than they are.
    #[must_use]
    #[track_caller]
    pub fn max_pool2d(&self, size: usize, stride: usize) -> Tensor {
        self.max_pool("max_pool2d", [size, size], stride, Padding::Valid)
    }

    /// The mean of each window of `size` by `size` pixels, moved by `stride`; see [`max_pool2d`](Tensor::max_pool2d).
    ///
    /// # Panics
    /// If the tensor holds no images or the window is larger than they are.
    #[must_use]
    #[track_caller]
    pub fn avg_pool2d(&self, size: usize, stride: usize) -> Tensor {
        self.avg_pool("avg_pool2d", [size, size], stride, Padding::Valid)
    }

    #[track_caller]
    pub(crate) fn max_pool(
        &self,
        op: &'static str,
        size: [usize; 2],
        stride: usize,
        padding: Padding,
    ) -> Tensor {
        let window = self.window(op, size, stride, padding);
        let (most, winners) = self.value().max_pool(&window);
        Tensor::result(Op::MaxPool(window), most, &[self, &Tensor::leaf(winners)])
    }

    #[track_caller]
    pub(crate) fn avg_pool(
        &self,
        op: &'static str,
        size: [usize; 2],
        stride: usize,
        padding: Padding,
    ) -> Tensor {
        let window = self.window(op, size, stride, padding);
        Tensor::result(Op::AvgPool(window), self.value().avg_pool(&window), &[self])
    }

    #[track_caller]
    fn window(&self, op: &'static str, size: [usize; 2], stride: usize, padding: Padding) -> Window {
        let &[_, rows, columns, _] = self.shape() else {
            Error::shape(
                op,
                format!("a tensor of shape {:?}", self.shape()),
                "images are [n, height, width, channels]",
            )
            .raise()
        };
        expect_fit(Window::over(op, [rows, columns], size, stride, padding))
    }
}
