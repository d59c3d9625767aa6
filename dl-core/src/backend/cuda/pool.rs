//! Pooling: one number for each window and channel. A window that reaches over the image's border is cut off there.

use super::array::Array;
use super::launch::{Argument, Grid, Structure};
use crate::backend::Window;

/// What a window sees of images; sizes as numbers that may become negative on the way.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Reach {
    height: i64,
    width: i64,
    channels: i64,
    rows: i64,
    columns: i64,
    stride: i64,
    above: i64,
    left: i64,
    down: i64,
    across: i64,
}

// SAFETY: `Reach` in window.cu has the same fields.
unsafe impl Structure for Reach {}

impl Reach {
    pub(super) fn over([height, width, channels]: [usize; 3], window: &Window) -> Reach {
        // Larger than any image is as good as larger still.
        let number = |size: usize| i64::try_from(size).unwrap_or(i64::MAX).min(1 << 40);
        Reach {
            height: number(height),
            width: number(width),
            channels: number(channels),
            rows: number(window.size[0]),
            columns: number(window.size[1]),
            stride: number(window.stride),
            above: number(window.before[0]),
            left: number(window.before[1]),
            down: number(window.places[0]),
            across: number(window.places[1]),
        }
    }
}

/// Starts a kernel of `window.cu` that makes each element of the last arrays of what windows see in the first ones.
#[track_caller]
pub(super) fn each_element(kernel: &str, arrays: &[&Array], reach: &Reach) {
    let result = arrays.last().expect("there is a result");
    let card = result.card();
    let count = result.len();
    let arguments: Vec<Argument> = (arrays.iter().map(|array| Argument::Array(array)))
        .chain([Argument::Count(count), Argument::Whole(reach)])
        .collect();
    card.launch(kernel, Grid::over(card, count), &arguments);
}

/// The shape of a batch of images.
pub(super) fn sizes(array: &Array) -> [usize; 4] {
    let shape = array.shape();
    [shape[0], shape[1], shape[2], shape[3]]
}

pub(in crate::backend) fn max_pool(x: &Array, window: &Window) -> (Array, Array) {
    let [images, height, width, channels] = sizes(x);
    let reach = Reach::over([height, width, channels], window);
    let shape = [images, window.places[0], window.places[1], channels];
    let [most, winners] = [(); 2].map(|()| Array::stale(x.card(), &shape));
    each_element("max_pool", &[x, &most, &winners], &reach);
    (most, winners)
}

/// The gradient goes to the pixel that was the largest.
pub(in crate::backend) fn max_pool_gradient(
    g: &Array,
    winners: &Array,
    [height, width]: [usize; 2],
    window: &Window,
) -> Array {
    let [images, _, _, channels] = sizes(g);
    let reach = Reach::over([height, width, channels], window);
    let result = Array::stale(g.card(), &[images, height, width, channels]);
    each_element("max_pool_gradient", &[g, winners, &result], &reach);
    result
}

/// The mean of each window, of what lies inside the image.
pub(in crate::backend) fn avg_pool(x: &Array, window: &Window) -> Array {
    let [images, height, width, channels] = sizes(x);
    let reach = Reach::over([height, width, channels], window);
    let result = Array::stale(x.card(), &[images, window.places[0], window.places[1], channels]);
    each_element("avg_pool", &[x, &result], &reach);
    result
}

/// The gradient is shared equally by all pixels of the window.
pub(in crate::backend) fn avg_pool_gradient(
    g: &Array,
    [height, width]: [usize; 2],
    window: &Window,
) -> Array {
    let [images, _, _, channels] = sizes(g);
    let reach = Reach::over([height, width, channels], window);
    let result = Array::stale(g.card(), &[images, height, width, channels]);
    each_element("avg_pool_gradient", &[g, &result], &reach);
    result
}
