//! Convolutions of whole batches: images are shared out to the threads, each of which goes from image to image, so that
//! what it works on stays in its cache.

use super::correlation::{Correlation, FilterGradient, Grid, Panels, Places};
use super::elementwise::{bend, unbend};
use super::lanes::with_widest;
use super::parts::{Parts, share_out};
use super::pool::Reach;
use super::reversed::Reverse;
use super::{Array, elements, from_vec, memory};
use crate::backend::{ConvolutionGradients, Nonlinearity, Window};
use std::ops::Range;
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
    let ([images, ..], [.., outputs]) = (sizes(x), sizes(filters));
    let [rows, columns] = window.places;
    let row = columns * outputs;
    let mut result = memory::stale(images * rows * row);
    if result.is_empty() {
        return from_vec(result, &[images, rows, columns, outputs]);
    }
    let seeing = Seeing::new(x, filters, bias, window);
    let parts = Parts::of(&mut result);
    share_out(
        images * rows,
        images * rows * row * seeing.taps(),
        |_, all_rows| {
            let mut plate = seeing.images.plate();
            for image in all_rows.start / rows..all_rows.end.div_ceil(rows) {
                let from = all_rows.start.max(image * rows) - image * rows;
                let to = all_rows.end.min((image + 1) * rows) - image * rows;
                // SAFETY: these rows are this part's own.
                let output = unsafe { parts.run((image * rows + from) * row..(image * rows + to) * row) };
                seeing.look(image, from..to, &mut plate, output);
                bend(output, function);
            }
            memory::give_back(plate);
        },
    );
    seeing.filters.give_back();
    from_vec(result, &[images, rows, columns, outputs])
}

/// The largest number in each window `pool` over function(x ⋆ filters + bias), and which of its pixels that is; image by
/// image, so that what lies between is never in memory.
pub(in crate::backend) fn conv2d_max_pool(
    x: &Array,
    filters: &Array,
    bias: &Array,
    function: Nonlinearity,
    [window, pool]: [&Window; 2],
) -> (Array, Array) {
    let ([images, ..], [.., outputs]) = (sizes(x), sizes(filters));
    let [rows, columns] = window.places;
    let reach = Reach::over([images, rows, columns, outputs], pool);
    let mut results = [memory::stale(reach.results()), memory::stale(reach.results())];
    let [most, winners] = results.each_mut().map(|values| Parts::of(values));
    let seeing = Seeing::new(x, filters, Some(bias), window);
    let seen = rows * columns * outputs;
    share_out(images, images * seen * seeing.taps(), |_, part| {
        let (mut plate, mut output) = (seeing.images.plate(), memory::stale(seen));
        for image in part {
            // SAFETY: the results of this image are this part's own.
            let [most, winners] = [&most, &winners].map(|all| unsafe { all.run(reach.seen(image)) });
            seeing.look(image, 0..rows, &mut plate, &mut output);
            reach.max(&output, most, winners);
            // None of the functions ever falls: the largest stays the largest.
            bend(most, function);
        }
        memory::give_back(plate);
        memory::give_back(output);
    });
    seeing.filters.give_back();
    let [most, winners] = results.map(|values| from_vec(values, &reach.shape()));
    (most, winners)
}

/// Filters that look at images through a window.
struct Seeing<'a> {
    x: &'a [f32],
    images: Padded,
    window: &'a Window,
    filters: Panels,
    bias: Vec<f32>,
    outputs: usize,
}

impl<'a> Seeing<'a> {
    fn new(x: &'a Array, filters: &Array, bias: Option<&Array>, window: &'a Window) -> Seeing<'a> {
        let ([_, height, width, channels], [kh, kw, _, outputs]) = (sizes(x), sizes(filters));
        Seeing {
            x: elements(x),
            images: Padded::new([height, width, channels], window),
            window,
            filters: Panels::pack(kh * kw * channels, outputs, rows_of(filters)),
            bias: padded_bias(bias, outputs),
            outputs,
        }
    }

    /// Numbers under the window.
    fn taps(&self) -> usize {
        self.window.size[0] * self.window.size[1] * self.images.channels
    }

    /// What the filters see of an image at these rows of places.
    fn look(&self, image: usize, rows: Range<usize>, plate: &mut [f32], output: &mut [f32]) {
        let pixels = self.images.of(image, self.x);
        let mut places = self.images.places(self.images.lay(pixels, plate), self.window);
        let above = rows.start * self.window.stride;
        places.filled = (
            places.filled.0.saturating_sub(above),
            places.filled.1.saturating_sub(above),
        );
        places.grid.start = places.grid.at(rows.start, 0);
        places.count[0] = rows.len();
        let output_grid = Grid {
            start: 0,
            row_step: places.count[1] * self.outputs,
            pixel_step: self.outputs,
        };
        with_widest(Correlation {
            places,
            filters: &self.filters,
            bias: &self.bias,
            output,
            output_grid,
        });
    }
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

/// The gradients of `y = function(x ⋆ filters + bias)`, or of a max-pool over it with these winners, given that of `y`. All three in one walk over the images: what each
/// place wants is computed once and used while it is in the cache.
pub(in crate::backend) fn conv2d_gradients(
    [x, filters, y, g]: [&Array; 4],
    function: Nonlinearity,
    window: &Window,
    pool: Option<(&Window, &Array)>,
    for_image: bool,
) -> ConvolutionGradients<Array> {
    let ([images, height, width, channels], [kh, kw, _, outputs]) = (sizes(x), sizes(filters));
    let [rows, columns] = window.places;
    let (image, seen, taps) = (
        height * width * channels,
        rows * columns * outputs,
        kh * kw * channels,
    );
    let pool = pool.map(|(pool, winners)| (Reach::over([images, rows, columns, outputs], pool), winners));
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
    share_out(images, 2 * images * seen * taps, |part, numbers| {
        let (mut plate, mut wanted) = (image_of.plate(), reverse.plate());
        let mut most = memory::stale(pool.as_ref().map_or(0, |(reach, _)| reach.seen(0).len()));
        let (mut for_filters, mut for_bias) = (Panels::zeros(taps, outputs), vec![0.0; outputs]);
        for number in numbers {
            let own = pool
                .as_ref()
                .map_or(number * seen..(number + 1) * seen, |(reach, _)| {
                    reach.seen(number)
                });
            let [g, y] = [g, y].map(|all| &elements(all)[own.clone()]);
            match &pool {
                None => reverse.lay(g, y, function, &mut wanted),
                Some((reach, winners)) => {
                    unbend(g, y, function, &mut most);
                    wanted.fill(0.0);
                    reach.give_to_winners(&most, &elements(winners)[own], &mut wanted, reverse.inside);
                }
            }
            reverse.add_places(&wanted, &mut for_bias);
            let pixels = image_of.of(number, elements(x));
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
        memory::give_back(most);
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

    /// The pixels of one of many images.
    fn of<'a>(&self, number: usize, images: &'a [f32]) -> &'a [f32] {
        let length = self.height * self.width * self.channels;
        &images[number * length..(number + 1) * length]
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
            filled: (self.before[0], self.before[0] + self.height),
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
