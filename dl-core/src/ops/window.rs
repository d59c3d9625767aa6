//! Convolution and pooling: what looks at an image through a window. Written in the other operations, so they need no
//! derivative of their own.

use crate::error::Error;
use crate::tensor::Tensor;

/// Whether zeros are laid around an image before a window moves over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let (&[images, _, _, channels], &[height, width, inputs, filters]) = (self.shape(), kernel.shape())
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
        let windows = Windows::over("conv2d", self, [height, width], conv.stride, conv.padding);
        let [rows, columns] = windows.places;
        let taps = windows.taps().map(|(a, b, pixels)| {
            let weights = kernel
                .slice(0, a..a + 1)
                .slice(1, b..b + 1)
                .reshape([inputs, filters]);
            pixels
                .reshape([images * rows * columns, channels])
                .matmul(&weights)
        });
        let sum = taps
            .reduce(|sum, tap| sum + tap)
            .expect("a window has at least one pixel");
        sum.reshape([images, rows, columns, filters])
    }

    /// The largest number in each window of `size` by `size` pixels, moved by `stride`; the window stays inside the
    /// images `[n, height, width, channels]`. Where several are largest, they share the gradient.
    ///
    /// # Panics
    /// If the tensor holds no images or the window is larger than they are.
    #[must_use]
    #[track_caller]
    pub fn max_pool2d(&self, size: usize, stride: usize) -> Tensor {
        stacked("max_pool2d", self, size, stride).max_axis(0)
    }

    /// The mean of each window of `size` by `size` pixels, moved by `stride`; see [`max_pool2d`](Tensor::max_pool2d).
    ///
    /// # Panics
    /// If the tensor holds no images or the window is larger than they are.
    #[must_use]
    #[track_caller]
    pub fn avg_pool2d(&self, size: usize, stride: usize) -> Tensor {
        stacked("avg_pool2d", self, size, stride).mean_axis(0)
    }
}

/// The pixels of all windows: `[pixels of a window, n, height', width', channels]`.
#[track_caller]
fn stacked(op: &'static str, images: &Tensor, size: usize, stride: usize) -> Tensor {
    let &[count, _, _, channels] = images.shape() else {
        Error::shape(
            op,
            format!("a tensor of shape {:?}", images.shape()),
            "images are [n, height, width, channels]",
        )
        .raise()
    };
    let windows = Windows::over(op, images, [size, size], stride, Padding::Valid);
    let [rows, columns] = windows.places;
    let taps: Vec<Tensor> = windows
        .taps()
        .map(|(_, _, pixels)| pixels.reshape([1, count, rows, columns, channels]))
        .collect();
    Tensor::concat(&taps.iter().collect::<Vec<_>>(), 0)
}

/// A window at all its places over images, which have been padded to hold a whole number of strides.
struct Windows {
    images: Tensor,
    size: [usize; 2],
    stride: usize,
    /// How many places there are, down and across.
    places: [usize; 2],
}

impl Windows {
    /// `images` has four axes.
    #[track_caller]
    fn over(op: &'static str, images: &Tensor, size: [usize; 2], stride: usize, padding: Padding) -> Windows {
        if stride == 0 || size.contains(&0) {
            Error::shape(
                op,
                format!("a window of {} x {} pixels, moved by {stride}", size[0], size[1]),
                "the window and its stride are at least 1",
            )
            .raise();
        }
        let mut padded = images.clone();
        let mut places = [0; 2];
        for (side, axis) in [1, 2].into_iter().enumerate() {
            let (length, window) = (images.shape()[axis], size[side]);
            let before = match padding {
                Padding::Valid if window > length => Error::shape(
                    op,
                    format!(
                        "a window of {} x {} pixels over images of {} x {}",
                        size[0],
                        size[1],
                        images.shape()[1],
                        images.shape()[2]
                    ),
                    "take a smaller window, larger images, or Padding::Same",
                )
                .raise(),
                Padding::Valid => {
                    places[side] = (length - window) / stride + 1;
                    0
                }
                Padding::Same => {
                    places[side] = length.div_ceil(stride);
                    ((places[side].max(1) - 1) * stride + window).saturating_sub(length) / 2
                }
            };
            // Behind the image too, and up to a whole stride for the last tap.
            let needed = window - 1 + places[side] * stride;
            let after = needed.saturating_sub(before + length);
            padded = zeros_around(&padded, axis, before, after);
        }
        Windows {
            images: padded,
            size,
            stride,
            places,
        }
    }

    /// For each pixel of the window its position, and what lies under it at all places: `[n, height', width', channels]`.
    fn taps(&self) -> impl Iterator<Item = (usize, usize, Tensor)> + '_ {
        let [height, width] = self.size;
        (0..height * width).map(move |pixel| {
            let (a, b) = (pixel / width, pixel % width);
            let rows = every(&self.images, 1, a, self.stride, self.places[0]);
            (a, b, every(&rows, 2, b, self.stride, self.places[1]))
        })
    }
}

/// `count` elements of `axis`, from `start` on, `stride` apart.
fn every(x: &Tensor, axis: usize, start: usize, stride: usize, count: usize) -> Tensor {
    let part = x.slice(axis, start..start + count * stride);
    if stride == 1 {
        return part;
    }
    // [.., count · stride, ..] is [.., count, stride, ..], of which the first of each stride is taken.
    let mut split = part.shape().to_vec();
    split.splice(axis..=axis, [count, stride]);
    let mut taken = part.shape().to_vec();
    taken[axis] = count;
    part.reshape(split).slice(axis + 1, 0..1).reshape(taken)
}

fn zeros_around(x: &Tensor, axis: usize, before: usize, after: usize) -> Tensor {
    let zeros = |count: usize| {
        let mut shape = x.shape().to_vec();
        shape[axis] = count;
        Tensor::zeros(shape).to(x.device())
    };
    match (before, after) {
        (0, 0) => x.clone(),
        _ => Tensor::concat(&[&zeros(before), x, &zeros(after)], axis),
    }
}
