//! Convolutions as products of matrices: each place of the window becomes a row of what is under it, for some images at a
//! time, so that the rows never need much memory. A window of one pixel needs no rows: the images are the matrix.

use super::array::{Array, filled};
use super::elementwise::{add_bias, bent, nonlinearity};
use super::launch::{Argument, Grid};
use super::pool::{Reach, each_element, max_pool, max_pool_gradient, sizes};
use super::product::{Matrix, multiply};
use super::reduce::nonlinearity_gradient_and_sums;
use crate::backend::{ConvolutionGradients, Nonlinearity, Window};
use std::ops::Range;

/// Elements that the rows of a part of the images may have together (256 MiB), unless one image alone has more.
const MOST: usize = 64 << 20;

/// A convolution's sizes.
struct Sizes<'a> {
    images: usize,
    /// Height, width and channels of an image.
    image: [usize; 3],
    window: &'a Window,
    /// Numbers under the window.
    taps: usize,
    outputs: usize,
}

impl<'a> Sizes<'a> {
    fn new(images: usize, [height, width]: [usize; 2], filters: &Array, window: &'a Window) -> Sizes<'a> {
        let [rows, columns, channels, outputs] = sizes(filters);
        Sizes {
            images,
            image: [height, width, channels],
            window,
            taps: rows * columns * channels,
            outputs,
        }
    }

    /// Places of the window in an image.
    fn places(&self) -> usize {
        self.window.places[0] * self.window.places[1]
    }

    /// Whether the rows of the places are the images themselves.
    fn is_plain(&self) -> bool {
        let [height, width, _] = self.image;
        self.window.size == [1, 1] && self.window.stride == 1 && self.window.places == [height, width]
    }

    /// Which images are worked on together.
    fn parts(&self) -> impl Iterator<Item = Range<usize>> {
        let each = (MOST / (self.places() * self.taps).max(1)).max(1);
        let images = self.images;
        (0..images)
            .step_by(each)
            .map(move |start| start..images.min(start + each))
    }

    /// Some of the images, or of what is seen of them.
    fn some(array: &Array, images: &Range<usize>) -> Array {
        let [_, a, b, c] = sizes(array);
        array.piece(images.start * a * b * c, &[images.len(), a, b, c])
    }

    /// The rows of these images.
    fn unfold(&self, x: &Array) -> Array {
        let rows = sizes(x)[0] * self.places();
        if self.is_plain() {
            return x.in_shape(&[rows, self.taps]);
        }
        let result = Array::stale(x.card(), &[rows, self.taps]);
        each_element("unfold", &[x, &result], &Reach::over(self.image, self.window));
        result
    }

    /// function(the images that these rows add up to + bias), written to `result`.
    fn fold(&self, rows: &Array, bias: Option<&Array>, function: Nonlinearity, result: &Array) {
        let card = rows.card();
        let reach = Reach::over(self.image, self.window);
        let [choice, slope] = bent(function);
        card.launch(
            "fold",
            Grid::over(card, result.len()),
            &[
                Argument::Array(rows),
                bias.map_or(Argument::Absent, Argument::Array),
                Argument::Array(result),
                Argument::Count(result.len()),
                Argument::Whole(&reach),
                choice,
                slope,
            ],
        );
    }

    /// The filters as a matrix, or transposed.
    fn matrix<'b>(&self, filters: &'b Array, transposed: bool) -> Matrix<'b> {
        Matrix::of(filters, self.taps, self.outputs, transposed)
    }
}

/// function(x ⋆ filters + bias): `[n, height, width, in]`, `[kh, kw, in, out]`, `[out]` to `[n, height', width', out]`.
pub(in crate::backend) fn conv2d(
    x: &Array,
    filters: &Array,
    bias: Option<&Array>,
    function: Nonlinearity,
    window: &Window,
) -> Array {
    let [images, height, width, _] = sizes(x);
    let sizes = Sizes::new(images, [height, width], filters, window);
    let [down, across] = window.places;
    let result = Array::stale(x.card(), &[images, down, across, sizes.outputs]);
    if result.len() == 0 {
        return result;
    }
    for part in sizes.parts() {
        let rows = sizes.unfold(&Sizes::some(x, &part));
        let count = part.len() * sizes.places();
        let rows = Matrix::of(&rows, count, sizes.taps, false);
        multiply(
            rows,
            sizes.matrix(filters, false),
            &Sizes::some(&result, &part),
            false,
        );
    }
    match bias {
        Some(bias) => add_bias(&result, bias, function),
        None if function != Nonlinearity::Identity => return nonlinearity(&result, function),
        None => {}
    }
    result
}

/// The reverse way: each pixel of `x: [n, height', width', out]` lays the filters `[kh, kw, in, out]`, scaled by its channels,
/// over a result `[n, height, width, in]` of zeros, to which the bias is added. `window` is that of the convolution that leads
/// from `size` to `x`.
pub(in crate::backend) fn conv2d_transpose(
    x: &Array,
    filters: &Array,
    bias: Option<&Array>,
    function: Nonlinearity,
    window: &Window,
    size: [usize; 2],
) -> Array {
    let sizes = Sizes::new(x.shape()[0], size, filters, window);
    let [height, width, channels] = sizes.image;
    let result = Array::stale(x.card(), &[sizes.images, height, width, channels]);
    if result.len() == 0 {
        return result;
    }
    for part in sizes.parts() {
        spread(
            &sizes,
            &Sizes::some(x, &part),
            filters,
            bias,
            function,
            &Sizes::some(&result, &part),
        );
    }
    result
}

/// Lays what `seen` wants of the filters over some images.
fn spread(
    sizes: &Sizes,
    seen: &Array,
    filters: &Array,
    bias: Option<&Array>,
    function: Nonlinearity,
    result: &Array,
) {
    let count = seen.len() / sizes.outputs.max(1);
    let rows = Array::stale(seen.card(), &[count, sizes.taps]);
    let seen = Matrix::of(seen, count, sizes.outputs, false);
    multiply(seen, sizes.matrix(filters, true), &rows, false);
    sizes.fold(&rows, bias, function, result);
}

/// The largest number in each window `pool` over function(x ⋆ filters + bias), and which of its pixels that is.
pub(in crate::backend) fn conv2d_max_pool(
    x: &Array,
    filters: &Array,
    bias: &Array,
    function: Nonlinearity,
    [window, pool]: [&Window; 2],
) -> (Array, Array) {
    max_pool(&conv2d(x, filters, Some(bias), function, window), pool)
}

/// The gradients of `y = function(x ⋆ filters + bias)`, or of a max-pool over it with these winners, given that of `y`.
pub(in crate::backend) fn conv2d_gradients(
    [x, filters, y, g]: [&Array; 4],
    function: Nonlinearity,
    window: &Window,
    pool: Option<(&Window, &Array)>,
    for_images: bool,
) -> ConvolutionGradients<Array> {
    let card = x.card();
    let [images, height, width, _] = sizes(x);
    let sizes = Sizes::new(images, [height, width], filters, window);
    if g.len() == 0 {
        return ConvolutionGradients {
            images: for_images.then(|| filled(card, 0.0, x.shape())),
            filters: filled(card, 0.0, filters.shape()),
            bias: filled(card, 0.0, &[sizes.outputs]),
        };
    }
    // Each number that a pool lets through counts for one place, so that the sums are the same before and behind it.
    let (wanted, bias) = nonlinearity_gradient_and_sums(g, y, function);
    let wanted = match pool {
        Some((pool, winners)) => max_pool_gradient(&wanted, winners, window.places, pool),
        None => wanted,
    };
    let of_filters = match sizes.taps {
        0 => filled(card, 0.0, filters.shape()),
        _ => Array::stale(card, filters.shape()),
    };
    let of_images = for_images.then(|| Array::stale(card, x.shape()));
    for (number, part) in sizes.parts().enumerate() {
        let count = part.len() * sizes.places();
        let some_wanted = Sizes::some(&wanted, &part);
        let rows = sizes.unfold(&Sizes::some(x, &part));
        multiply(
            Matrix::of(&rows, count, sizes.taps, true),
            Matrix::of(&some_wanted, count, sizes.outputs, false),
            &of_filters,
            number > 0,
        );
        if let Some(of_images) = &of_images {
            let result = Sizes::some(of_images, &part);
            spread(
                &sizes,
                &some_wanted,
                filters,
                None,
                Nonlinearity::Identity,
                &result,
            );
        }
    }
    ConvolutionGradients {
        images: of_images,
        filters: of_filters,
        bias,
    }
}
