//! Convolutions of whole batches: images are shared out to the threads, each of which goes from image to image, so that
//! what it works on stays in its cache.

use super::correlation::{Correlation, FilterGradient, Grid, Panels, Places};
use super::elementwise::bend;
use super::lanes::with_widest;
use super::parts::{Parts, share_out};
use super::reversed::Reverse;
use super::{Array, elements, from_vec, memory};
use crate::backend::{ConvolutionGradients, Nonlinearity, Window};
use std::sync::{Mutex, PoisonError};

/// Filters for which groups are padded at most, so that a bias can be read in whole vectors.
const GROUP: usize = 32;

/// function(x ⋆ filters + bias): `[n, height, width, in]`, `[kh, kw, in, out]`, `[out]` to `[n, height', width', out]`.
pub(in crate::backend) fn conv2d(
    x: &Array,
    filters: &Array,
    bias: Option<&Array>,
    function: Nonlinearity,
    window: &Window,
) -> Array {
    let ([images, height, width, channels], [kh, kw, _, outputs]) = (sizes(x), sizes(filters));
    let [rows, columns] = window.places;
    let row = columns * outputs;
    let mut result = memory::stale(images * rows * row);
    if result.is_empty() {
        return from_vec(result, &[images, rows, columns, outputs]);
    }
    let panels = Panels::pack(kh * kw * channels, outputs, rows_of(filters));
    let bias = padded_bias(bias, outputs);
    let parts = Parts::of(&mut result);
    let image_of = Padded::new([height, width, channels], window);
    let work = images * rows * row * kh * kw * channels;
    share_out(images * rows, work, |_, all_rows| {
        let mut plate = image_of.plate();
        for image in all_rows.start / rows..all_rows.end.div_ceil(rows) {
            let from = all_rows.start.max(image * rows) - image * rows;
            let to = all_rows.end.min((image + 1) * rows) - image * rows;
            // SAFETY: these rows are this part's own.
            let output = unsafe { parts.run((image * rows + from) * row..(image * rows + to) * row) };
            let pixels = &elements(x)[image * height * width * channels..][..height * width * channels];
            let mut places = image_of.places(image_of.lay(pixels, &mut plate), window);
            places.grid.start = places.grid.at(from, 0);
            places.count[0] = to - from;
            let output_grid = Grid {
                start: 0,
                row_step: row,
                pixel_step: outputs,
            };
            with_widest(Correlation {
                places,
                filters: &panels,
                bias: &bias,
                output,
                output_grid,
            });
            bend(output, function);
        }
        memory::give_back(plate);
    });
    panels.give_back();
    from_vec(result, &[images, rows, columns, outputs])
}

/// The reverse way: each pixel of `x: [n, height', width', out]` lays the filters `[kh, kw, in, out]`, scaled by its channels,
/// over a result `[n, height, width, in]` of zeros, to which the bias is added: the gradient of a convolution for its
/// images. `window` is that of the convolution that leads from `size` to `x`.
pub(in crate::backend) fn conv2d_transpose(
    x: &Array,
    filters: &Array,
    bias: Option<&Array>,
    function: Nonlinearity,
    window: &Window,
    size: [usize; 2],
) -> Array {
    let ([images, rows, columns, outputs], [kh, kw, channels, _]) = (sizes(x), sizes(filters));
    let image = size[0] * size[1] * channels;
    let mut result = memory::stale(images * image);
    if result.is_empty() {
        return from_vec(result, &[images, size[0], size[1], channels]);
    }
    let bias = padded_bias(bias, channels);
    let reverse = Reverse::new(filters, window, size);
    let parts = Parts::of(&mut result);
    share_out(images, x.len() * kh * kw * channels, |_, part| {
        let mut plate = reverse.plate();
        for number in part {
            // SAFETY: this image is this part's own.
            let output = unsafe { parts.run(number * image..(number + 1) * image) };
            let pixels = &elements(x)[number * rows * columns * outputs..][..rows * columns * outputs];
            reverse.lay(pixels, pixels, Nonlinearity::Identity, &mut plate);
            reverse.spread(&plate, &bias, output);
            bend(output, function);
        }
        memory::give_back(plate);
    });
    reverse.give_back();
    from_vec(result, &[images, size[0], size[1], channels])
}

/// The gradients of `y = function(x ⋆ filters + bias)`, given that of `y`. All three in one walk over the images: what each
/// place wants is computed once and used while it is in the cache.
pub(in crate::backend) fn conv2d_gradients(
    [x, filters, y, g]: [&Array; 4],
    function: Nonlinearity,
    window: &Window,
    for_image: bool,
) -> ConvolutionGradients<Array> {
    let ([images, height, width, channels], [kh, kw, _, outputs]) = (sizes(x), sizes(filters));
    let [rows, columns] = window.places;
    let (image, seen, taps) = (
        height * width * channels,
        rows * columns * outputs,
        kh * kw * channels,
    );
    if g.len() == 0 {
        let zeros = |array: &Array| from_vec(memory::filled(array.len(), 0.0), array.shape());
        return ConvolutionGradients {
            images: for_image.then(|| zeros(x)),
            filters: zeros(filters),
            bias: from_vec(vec![0.0; outputs], &[outputs]),
        };
    }
    let mut result = memory::stale(if for_image { images * image } else { 0 });
    let parts = Parts::of(&mut result);
    let reverse = match for_image {
        true => Reverse::new(filters, window, [height, width]),
        false => Reverse::without_filters(window, outputs),
    };
    let image_of = Padded::new([height, width, channels], window);
    let no_bias = padded_bias(None, channels);
    // By the number of the part: sums in another order would not be the same to the last digit.
    let sums = Mutex::new(Vec::new());
    share_out(images, 2 * g.len() * taps, |part, numbers| {
        let (mut plate, mut wanted) = (image_of.plate(), reverse.plate());
        let (mut for_filters, mut for_bias) = (Panels::zeros(taps, outputs), vec![0.0; outputs]);
        for number in numbers {
            let (g, y) = (
                &elements(g)[number * seen..][..seen],
                &elements(y)[number * seen..][..seen],
            );
            reverse.lay(g, y, function, &mut wanted);
            reverse.add_places(&wanted, &mut for_bias);
            let pixels = &elements(x)[number * image..][..image];
            with_widest(FilterGradient {
                places: image_of.places(image_of.lay(pixels, &mut plate), window),
                wanted: &wanted,
                wanted_grid: reverse.inside,
                sums: &mut for_filters,
            });
            if for_image {
                // SAFETY: this image is this part's own.
                let output = unsafe { parts.run(number * image..(number + 1) * image) };
                reverse.spread(&wanted, &no_bias, output);
            }
        }
        memory::give_back(plate);
        memory::give_back(wanted);
        sums.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((part, for_filters, for_bias));
    });
    reverse.give_back();
    let mut sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    sums.sort_unstable_by_key(|&(part, ..)| part);
    let (mut for_filters, mut for_bias) = (memory::filled(taps * outputs, 0.0), vec![0.0; outputs]);
    for (_, filters, bias) in sums {
        filters.add_to(&mut for_filters);
        for_bias.iter_mut().zip(bias).for_each(|(sum, part)| *sum += part);
        filters.give_back();
    }
    ConvolutionGradients {
        images: for_image.then(|| from_vec(result, x.shape())),
        filters: from_vec(for_filters, filters.shape()),
        bias: from_vec(for_bias, &[outputs]),
    }
}

/// How images are read through a window: as they are, or on a plate with zeros around them.
struct Padded {
    height: usize,
    width: usize,
    channels: usize,
    /// Rows and pixels of zeros before the image.
    before: [usize; 2],
    /// Height and width with all zeros.
    size: [usize; 2],
}

impl Padded {
    fn new([height, width, channels]: [usize; 3], window: &Window) -> Padded {
        let side = |side: usize, length: usize| {
            let seen = window.places[side].saturating_sub(1) * window.stride + window.size[side];
            (window.before[side] + length).max(seen)
        };
        Padded {
            height,
            width,
            channels,
            before: window.before,
            size: [side(0, height), side(1, width)],
        }
    }

    fn is_bare(&self) -> bool {
        self.size == [self.height, self.width]
    }

    /// Zeros for an image to be laid on; nothing where none is needed.
    fn plate(&self) -> Vec<f32> {
        match self.is_bare() {
            true => Vec::new(),
            false => memory::filled(self.size[0] * self.size[1] * self.channels, 0.0),
        }
    }

    fn lay<'a>(&self, pixels: &'a [f32], plate: &'a mut [f32]) -> &'a [f32] {
        if self.is_bare() {
            return pixels;
        }
        let row = self.width * self.channels;
        for (number, pixels) in pixels.chunks_exact(row.max(1)).enumerate() {
            let start = ((self.before[0] + number) * self.size[1] + self.before[1]) * self.channels;
            plate[start..start + row].copy_from_slice(pixels);
        }
        plate
    }

    fn places<'a>(&self, image: &'a [f32], window: &Window) -> Places<'a> {
        let row = self.size[1] * self.channels;
        Places {
            image,
            grid: Grid {
                start: 0,
                row_step: window.stride * row,
                pixel_step: window.stride * self.channels,
            },
            count: window.places,
            window_row: row,
            window: [window.size[0], window.size[1] * self.channels],
        }
    }
}

fn sizes(array: &Array) -> [usize; 4] {
    let shape = array.shape();
    [shape[0], shape[1], shape[2], shape[3]]
}

/// The weights of one tap after the other for all filters.
fn rows_of(filters: &Array) -> impl Iterator<Item = &[f32]> {
    elements(filters).chunks_exact(filters.shape()[3])
}

/// The bias, or zeros, with room to be read in whole groups.
fn padded_bias(bias: Option<&Array>, filters: usize) -> Vec<f32> {
    let mut padded = vec![0.0; filters.next_multiple_of(GROUP)];
    if let Some(bias) = bias {
        padded[..filters].copy_from_slice(elements(bias));
    }
    padded
}
