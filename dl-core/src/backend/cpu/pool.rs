//! Pooling: one number for each window and channel. A window that reaches over the image's border is cut off there.

use super::correlation::Grid;
use super::lanes::{Lanes, Plain, Work, with_widest};
use super::parts::{Parts, share_out};
use super::{Array, elements, from_vec, memory};
use crate::backend::Window;
use std::ops::Range;

/// The largest number of each window, and which of its pixels that is: the first of the largest, counted row by row from 0
/// inside the image.
pub(in crate::backend) fn max_pool(x: &Array, window: &Window) -> (Array, Array) {
    let reach = Reach::of(x, window);
    let mut results = [memory::stale(reach.results()), memory::stale(reach.results())];
    let [most, winners] = results.each_mut().map(|values| Parts::of(values));
    share_out(reach.images, reach.work(), |_, images| {
        for image in images {
            // SAFETY: the results of this image are this part's own.
            let [most, winners] = [&most, &winners].map(|all| unsafe { all.run(reach.seen(image)) });
            reach.max(&elements(x)[reach.image(image)], most, winners);
        }
    });
    let [most, winners] = results.map(|values| from_vec(values, &reach.shape()));
    (most, winners)
}

/// The gradient goes to the pixel that was the largest.
pub(in crate::backend) fn max_pool_gradient(
    g: &Array,
    winners: &Array,
    image: [usize; 2],
    window: &Window,
) -> Array {
    let reach = Reach::over([g.shape()[0], image[0], image[1], g.shape()[3]], window);
    spread(&reach, |image, result| {
        let [g, winners] = [g, winners].map(|all| &elements(all)[reach.seen(image)]);
        reach.give_to_winners(g, winners, result, reach.grid());
    })
}

/// The mean of each window, of what lies inside the image.
pub(in crate::backend) fn avg_pool(x: &Array, window: &Window) -> Array {
    let reach = Reach::of(x, window);
    let mut values = memory::stale(reach.results());
    let parts = Parts::of(&mut values);
    share_out(reach.images, reach.work(), |_, images| {
        for image in images {
            // SAFETY: the results of this image are this part's own.
            let result = unsafe { parts.run(reach.seen(image)) };
            let (x, grid) = (&elements(x)[reach.image(image)], reach.grid());
            with_widest(All(&reach, Means { x, grid, result }));
        }
    });
    from_vec(values, &reach.shape())
}

/// The gradient is shared equally by all pixels of the window.
pub(in crate::backend) fn avg_pool_gradient(g: &Array, image: [usize; 2], window: &Window) -> Array {
    let reach = Reach::over([g.shape()[0], image[0], image[1], g.shape()[3]], window);
    spread(&reach, |image, result| {
        let (g, grid) = (&elements(g)[reach.seen(image)], reach.grid());
        with_widest(All(&reach, Shares { g, grid, result }));
    })
}

/// Images to which `add` adds, one at a time, from zeros on.
fn spread(reach: &Reach, add: impl Fn(usize, &mut [f32]) + Sync) -> Array {
    let [height, width] = reach.size;
    let mut values = memory::stale(reach.images * height * width * reach.channels);
    let parts = Parts::of(&mut values);
    share_out(reach.images, reach.work(), |_, images| {
        for image in images {
            // SAFETY: this image is this part's own.
            let result = unsafe { parts.run(reach.image(image)) };
            result.fill(0.0);
            add(image, result);
        }
    });
    from_vec(values, &[reach.images, height, width, reach.channels])
}

/// What a window sees of images.
pub(super) struct Reach<'a> {
    images: usize,
    size: [usize; 2],
    channels: usize,
    window: &'a Window,
}

impl<'a> Reach<'a> {
    fn of(x: &Array, window: &'a Window) -> Reach<'a> {
        let shape = x.shape();
        Reach::over([shape[0], shape[1], shape[2], shape[3]], window)
    }

    pub(super) fn over([images, height, width, channels]: [usize; 4], window: &'a Window) -> Reach<'a> {
        Reach {
            images,
            size: [height, width],
            channels,
            window,
        }
    }

    pub(super) fn shape(&self) -> [usize; 4] {
        [
            self.images,
            self.window.places[0],
            self.window.places[1],
            self.channels,
        ]
    }

    /// Results of all images.
    pub(super) fn results(&self) -> usize {
        self.shape().iter().product()
    }

    /// Where the results of an image are.
    pub(super) fn seen(&self, image: usize) -> Range<usize> {
        let [_, rows, columns, channels] = self.shape();
        let length = rows * columns * channels;
        image * length..(image + 1) * length
    }

    /// Where an image is in its batch.
    fn image(&self, number: usize) -> Range<usize> {
        let length = self.size[0] * self.size[1] * self.channels;
        number * length..(number + 1) * length
    }

    /// Comparisons or additions for all images, at most: a window may be larger than any image.
    fn work(&self) -> usize {
        let under = self.window.size[0].saturating_mul(self.window.size[1]);
        self.results().saturating_mul(under)
    }

    /// The pixels of an image by itself.
    fn grid(&self) -> Grid {
        Grid {
            start: 0,
            row_step: self.size[1] * self.channels,
            pixel_step: self.channels,
        }
    }

    /// The largest numbers of an image, and the places in the window where they are.
    pub(super) fn max(&self, x: &[f32], most: &mut [f32], winners: &mut [f32]) {
        with_widest(All(
            self,
            Largest {
                x,
                grid: self.grid(),
                most,
                winners,
            },
        ));
    }

    /// Adds the gradients `g` to those of the pixels that were the largest, which lie in `result` as `grid` says.
    pub(super) fn give_to_winners(&self, g: &[f32], winners: &[f32], result: &mut [f32], grid: Grid) {
        with_widest(All(
            self,
            ToWinners {
                g,
                winners,
                result,
                grid,
            },
        ));
    }

    /// What lies under the window at each place, row by row.
    #[inline(always)]
    fn places(&self) -> impl Iterator<Item = Under> {
        let Window {
            size,
            stride,
            before,
            places,
        } = *self.window;
        let side = move |side: usize, place: usize| {
            let start = place * stride;
            let end = start.saturating_add(size[side]).saturating_sub(before[side]);
            start.saturating_sub(before[side])..end.min(self.size[side])
        };
        (0..places[0]).flat_map(move |row| {
            (0..places[1]).map(move |column| Under {
                rows: side(0, row),
                columns: side(1, column),
            })
        })
    }
}

/// The pixels of an image under a window.
struct Under {
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Under {
    /// Visits them row by row, each with where it is in the grid.
    #[inline(always)]
    fn each(&self, grid: Grid, mut visit: impl FnMut(usize)) {
        for row in self.rows.clone() {
            for column in self.columns.clone() {
                visit(grid.at(row, column));
            }
        }
    }

    /// The part of a mean that is one pixel's.
    #[inline(always)]
    fn share(&self) -> f32 {
        1.0 / (self.rows.len() * self.columns.len()) as f32
    }
}

/// What is done with one window and as many channels as fit in a vector.
trait Block {
    /// `place` is the number of the window's place; `channel` the first of the channels.
    ///
    /// # Safety
    /// The processor has the instructions of `L`.
    unsafe fn see<L: Lanes>(&mut self, under: &Under, place: usize, channel: usize);
}

/// All windows and channels of an image.
struct All<'a, B>(&'a Reach<'a>, B);

impl<B: Block> Work for All<'_, B> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(mut self) {
        let channels = self.0.channels;
        let in_vectors = channels - channels % L::COUNT;
        for (place, under) in self.0.places().enumerate() {
            for channel in (0..in_vectors).step_by(L::COUNT) {
                // SAFETY: the caller promises the instructions.
                unsafe { self.1.see::<L>(&under, place * channels, channel) };
            }
            for channel in in_vectors..channels {
                // SAFETY: these lanes are ordinary numbers.
                unsafe { self.1.see::<Plain<1>>(&under, place * channels, channel) };
            }
        }
    }
}

/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
unsafe fn load<L: Lanes>(numbers: &[f32], start: usize) -> L {
    // SAFETY: the caller promises the instructions; the slice has the numbers.
    unsafe { L::load(numbers[start..start + L::COUNT].as_ptr()) }
}

/// # Safety
/// The processor has the instructions of `L`.
#[inline(always)]
unsafe fn store<L: Lanes>(vector: L, numbers: &mut [f32], start: usize) {
    // SAFETY: the caller promises the instructions; the slice has the numbers.
    unsafe { vector.store(numbers[start..start + L::COUNT].as_mut_ptr()) };
}

struct Largest<'a> {
    x: &'a [f32],
    grid: Grid,
    most: &'a mut [f32],
    winners: &'a mut [f32],
}

impl Block for Largest<'_> {
    #[inline(always)]
    unsafe fn see<L: Lanes>(&mut self, under: &Under, place: usize, channel: usize) {
        // SAFETY: the caller promises the instructions.
        unsafe {
            let (mut most, mut winner) = (L::all(f32::NEG_INFINITY), L::all(0.0));
            let mut number = 0.0;
            under.each(self.grid, |pixel| {
                let x = load::<L>(self.x, pixel + channel);
                winner = x.where_larger(most, L::all(number), winner);
                most = x.where_larger(most, x, most);
                number += 1.0;
            });
            store(most, self.most, place + channel);
            store(winner, self.winners, place + channel);
        }
    }
}

struct ToWinners<'a> {
    g: &'a [f32],
    winners: &'a [f32],
    result: &'a mut [f32],
    grid: Grid,
}

impl Block for ToWinners<'_> {
    #[inline(always)]
    unsafe fn see<L: Lanes>(&mut self, under: &Under, place: usize, channel: usize) {
        // SAFETY: the caller promises the instructions.
        unsafe {
            let g = load::<L>(self.g, place + channel);
            let winner = load::<L>(self.winners, place + channel);
            let mut number = 0.0;
            under.each(self.grid, |pixel| {
                let here = g.where_equal(winner, L::all(number));
                let sum = load::<L>(self.result, pixel + channel).plus_product(here, L::all(1.0));
                store(sum, self.result, pixel + channel);
                number += 1.0;
            });
        }
    }
}

struct Means<'a> {
    x: &'a [f32],
    grid: Grid,
    result: &'a mut [f32],
}

impl Block for Means<'_> {
    #[inline(always)]
    unsafe fn see<L: Lanes>(&mut self, under: &Under, place: usize, channel: usize) {
        // SAFETY: the caller promises the instructions.
        unsafe {
            let (mut mean, share) = (L::all(0.0), L::all(under.share()));
            under.each(self.grid, |pixel| {
                mean = mean.plus_product(load::<L>(self.x, pixel + channel), share);
            });
            store(mean, self.result, place + channel);
        }
    }
}

struct Shares<'a> {
    g: &'a [f32],
    grid: Grid,
    result: &'a mut [f32],
}

impl Block for Shares<'_> {
    #[inline(always)]
    unsafe fn see<L: Lanes>(&mut self, under: &Under, place: usize, channel: usize) {
        // SAFETY: the caller promises the instructions.
        unsafe {
            let (g, share) = (load::<L>(self.g, place + channel), L::all(under.share()));
            under.each(self.grid, |pixel| {
                let sum = load::<L>(self.result, pixel + channel).plus_product(g, share);
                store(sum, self.result, pixel + channel);
            });
        }
    }
}
