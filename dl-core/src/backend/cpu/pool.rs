//! Pooling: one number for each window and channel. A window that reaches over the image's border is cut off there.

use super::parts::{Parts, share_out};
use super::wide::widest;
use super::{Array, elements, from_vec, memory};
use crate::backend::Window;
use std::ops::Range;

/// The largest number of each window.
pub(in crate::backend) fn max_pool(x: &Array, window: &Window) -> Array {
    let reach = Reach::new(x, window);
    pool(x, &reach, |image, row, column, result| {
        result.fill(f32::NEG_INFINITY);
        for pixel in reach.pixels(row, column) {
            // NaN wins, so that it is not lost on the way.
            let larger = |most: &mut f32, &x: &f32| *most = if x > *most || x.is_nan() { x } else { *most };
            result
                .iter_mut()
                .zip(&image[pixel])
                .for_each(|(most, x)| larger(most, x));
        }
    })
}

/// The mean of each window, of what lies inside the image.
pub(in crate::backend) fn avg_pool(x: &Array, window: &Window) -> Array {
    let reach = Reach::new(x, window);
    pool(x, &reach, |image, row, column, result| {
        result.fill(0.0);
        for pixel in reach.pixels(row, column) {
            result
                .iter_mut()
                .zip(&image[pixel])
                .for_each(|(sum, x)| *sum += x);
        }
        let share = reach.share(row, column);
        result.iter_mut().for_each(|sum| *sum *= share);
    })
}

/// The gradient goes to the first pixel of the window that is the largest.
pub(in crate::backend) fn max_pool_gradient(x: &Array, y: &Array, g: &Array, window: &Window) -> Array {
    let reach = Reach::new(x, window);
    unpool(x, g, &reach, |number, row, column, left, result| {
        let image = &elements(x)[reach.image(number)];
        let most = &elements(y)[reach.place(number, row, column)];
        for pixel in reach.pixels(row, column) {
            let channels = result[pixel.clone()]
                .iter_mut()
                .zip(&image[pixel])
                .zip(most.iter().zip(&mut *left));
            for ((result, x), (most, left)) in channels {
                let here = if x == most { *left } else { 0.0 };
                *left -= here;
                *result += here;
            }
        }
    })
}

/// The gradient is shared equally by all pixels of the window.
pub(in crate::backend) fn avg_pool_gradient(x: &Array, g: &Array, window: &Window) -> Array {
    let reach = Reach::new(x, window);
    unpool(x, g, &reach, |_, row, column, g, result| {
        let share = reach.share(row, column);
        for pixel in reach.pixels(row, column) {
            result[pixel]
                .iter_mut()
                .zip(&*g)
                .for_each(|(result, g)| *result += g * share);
        }
    })
}

/// Calls `see(image, row, column, result)` for each place of the window; it fills the numbers of all channels.
fn pool(x: &Array, reach: &Reach, see: impl Fn(&[f32], usize, usize, &mut [f32]) + Sync) -> Array {
    let [rows, columns] = reach.window.places;
    let mut values = memory::stale(reach.images * reach.places());
    let parts = Parts::of(&mut values);
    share_out(reach.images, reach.work(), |_, numbers| {
        for number in numbers {
            let image = &elements(x)[reach.image(number)];
            // SAFETY: the results of this image are this part's own.
            let results = unsafe { parts.run(number * reach.places()..(number + 1) * reach.places()) };
            widest(|| {
                for (place, result) in results.chunks_exact_mut(reach.channels.max(1)).enumerate() {
                    see(image, place / columns, place % columns, result);
                }
            });
        }
    });
    from_vec(values, &[reach.images, rows, columns, reach.channels])
}

/// The gradient of an image, to which `give(number, row, column, g, result)` adds what each place of the window has to give; it may
/// use up `g`, a copy.
fn unpool(
    x: &Array,
    g: &Array,
    reach: &Reach,
    give: impl Fn(usize, usize, usize, &mut [f32], &mut [f32]) + Sync,
) -> Array {
    let [rows, columns] = reach.window.places;
    let mut values = memory::stale(x.len());
    let parts = Parts::of(&mut values);
    share_out(reach.images, reach.work(), |_, numbers| {
        let mut left = vec![0.0; reach.channels];
        for number in numbers {
            // SAFETY: this image is this part's own.
            let result = unsafe { parts.run(reach.image(number)) };
            widest(|| {
                result.fill(0.0);
                for (row, column) in (0..rows * columns).map(|place| (place / columns, place % columns)) {
                    left.copy_from_slice(&elements(g)[reach.place(number, row, column)]);
                    give(number, row, column, &mut left, result);
                }
            });
        }
    });
    from_vec(values, x.shape())
}

/// What a window sees of images.
struct Reach<'a> {
    images: usize,
    size: [usize; 2],
    channels: usize,
    window: &'a Window,
}

impl Reach<'_> {
    fn new<'a>(x: &Array, window: &'a Window) -> Reach<'a> {
        let shape = x.shape();
        Reach {
            images: shape[0],
            size: [shape[1], shape[2]],
            channels: shape[3],
            window,
        }
    }

    /// Where an image is in its batch.
    fn image(&self, number: usize) -> Range<usize> {
        let length = self.size[0] * self.size[1] * self.channels;
        number * length..(number + 1) * length
    }

    /// Results of one image.
    fn places(&self) -> usize {
        self.window.places[0] * self.window.places[1] * self.channels
    }

    /// Where a place's numbers are in a batch of results.
    fn place(&self, number: usize, row: usize, column: usize) -> Range<usize> {
        let start = number * self.places() + (row * self.window.places[1] + column) * self.channels;
        start..start + self.channels
    }

    /// Comparisons or additions for all images.
    fn work(&self) -> usize {
        self.images * self.places() * self.window.size[0] * self.window.size[1]
    }

    /// The rows or columns of the image under the window.
    fn under(&self, side: usize, place: usize) -> Range<usize> {
        let Window {
            size, stride, before, ..
        } = self.window;
        let start = place * stride;
        start.saturating_sub(before[side])
            ..start
                .saturating_add(size[side])
                .saturating_sub(before[side])
                .min(self.size[side])
    }

    /// Where the pixels under the window are in the image, row by row.
    fn pixels(&self, row: usize, column: usize) -> impl Iterator<Item = Range<usize>> {
        let columns = self.under(1, column);
        self.under(0, row).flat_map(move |row| {
            columns.clone().map(move |column| {
                let start = (row * self.size[1] + column) * self.channels;
                start..start + self.channels
            })
        })
    }

    /// One divided by the number of pixels under the window.
    fn share(&self, row: usize, column: usize) -> f32 {
        1.0 / (self.under(0, row).len() * self.under(1, column).len()) as f32
    }
}
