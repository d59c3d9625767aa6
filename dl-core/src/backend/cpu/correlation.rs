//! The two loops of every convolution, on one image: what filters see at each place, and what each place wants of the
//! filters. A tile of sums stays in registers, up to twelve places (or taps) by two vectors of filters, while the loop runs
//! straight over the image: a row of a window is contiguous, so the image is never taken apart.

use super::lanes::{Lanes, Work};
use super::memory;
use std::array::from_fn;

/// The numbers in the widest vector of all processors.
const WIDEST: usize = 16;

/// Calls a function with a height that is known only now, but that it must know when it is compiled.
macro_rules! by_height {
    ($height:expr, $name:ident => $call:expr) => {
        by_height!(@ $height, $name, $call, 1 2 3 4 5 6 7 8 9 10 11 12)
    };
    (@ $height:expr, $name:ident, $call:expr, $($known:literal)*) => {
        match $height {
            $($known => {
                const $name: usize = $known;
                $call
            })*
            _ => unreachable!("a tile has 1 to 12 rows"),
        }
    };
}

/// Filters in the order of the loops: groups of `width` filters, in each for every tap the weights of these filters, zeros
/// behind the last one. A tap is a number under the window: `[row, column, channel]`.
pub(super) struct Panels {
    values: Vec<f32>,
    taps: usize,
    filters: usize,
    width: usize,
}

impl Panels {
    /// Filters in a group: two of the widest vectors, or one where that is enough.
    fn width(filters: usize) -> usize {
        if filters > 16 { 32 } else { 16 }
    }

    /// All zero.
    pub(super) fn zeros(taps: usize, filters: usize) -> Panels {
        let width = Panels::width(filters);
        Panels {
            values: memory::filled(taps * filters.next_multiple_of(width), 0.0),
            taps,
            filters,
            width,
        }
    }

    /// The weights in `rows`: of one tap after the other, those of all filters.
    pub(super) fn pack<'a>(taps: usize, filters: usize, rows: impl Iterator<Item = &'a [f32]>) -> Panels {
        let mut panels = Panels::zeros(taps, filters);
        let width = panels.width;
        for (tap, row) in rows.enumerate() {
            for (group, part) in row.chunks(width).enumerate() {
                panels.values[(group * taps + tap) * width..][..part.len()].copy_from_slice(part);
            }
        }
        panels
    }

    /// Adds the weights to `sums: [taps, filters]`.
    pub(super) fn add_to(&self, sums: &mut [f32]) {
        for (tap, row) in sums.chunks_exact_mut(self.filters).enumerate() {
            for (group, part) in row.chunks_mut(self.width).enumerate() {
                let from = &self.values[(group * self.taps + tap) * self.width..];
                part.iter_mut().zip(from).for_each(|(sum, weight)| *sum += weight);
            }
        }
    }

    /// Where the weights of the first tap for this filter, and those that follow it, are.
    fn offset(&self, filter: usize) -> usize {
        filter / self.width * self.width * self.taps + filter % self.width
    }

    pub(super) fn give_back(self) {
        memory::give_back(self.values);
    }
}

/// Where the numbers of an image are, counted from its first one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) start: usize,
    /// From a pixel to the one below it.
    pub(super) row_step: usize,
    /// From a pixel to the one beside it.
    pub(super) pixel_step: usize,
}

impl Grid {
    /// The first number of a pixel.
    pub(super) fn at(self, row: usize, column: usize) -> usize {
        self.start + row * self.row_step + column * self.pixel_step
    }

    /// One behind the last number of the last pixel, of which each has so many.
    fn end(self, [rows, columns]: [usize; 2], numbers: usize) -> usize {
        self.at(rows - 1, columns - 1) + numbers
    }
}

/// A window at all its places over an image.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) image: &'a [f32],
    /// The first number under the window at each place.
    pub(super) grid: Grid,
    /// Rows and columns of places.
    pub(super) count: [usize; 2],
    /// From a row of the window to the next.
    pub(super) window_row: usize,
    /// Rows of the window, and the numbers in each.
    pub(super) window: [usize; 2],
    /// Rows of the image that are not all zero, counted from the first under the window at its first place.
    pub(super) filled: (usize, usize),
}

impl Places<'_> {
    /// The rows of the window that see anything but zeros at this row of places.
    fn seeing(&self, row: usize) -> (usize, usize) {
        let above = row * (self.grid.row_step / self.window_row.max(1));
        let (first, end) = self.filled;
        let end = end.saturating_sub(above).min(self.window[0]);
        (first.saturating_sub(above).min(end), end)
    }

    /// Whether all that lies under the window is in the image.
    fn are_inside(&self) -> bool {
        let [rows, run] = self.window;
        rows * run == 0 || self.grid.end(self.count, (rows - 1) * self.window_row + run) <= self.image.len()
    }
}

/// What filters see at each place: output[i, j, f] = bias[f] + sum over taps t of image[i, j, t] · filters[t, f].
pub(super) struct Correlation<'a> {
    pub(super) places: Places<'a>,
    pub(super) filters: &'a Panels,
    /// With zeros behind the last filter, to a whole group.
    pub(super) bias: &'a [f32],
    pub(super) output: &'a mut [f32],
    pub(super) output_grid: Grid,
}

impl Work for Correlation<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let (places, panels) = (self.places, self.filters);
        let [rows, columns] = places.count;
        if rows * columns == 0 {
            return;
        }
        assert!(places.are_inside() && panels.taps == places.window[0] * places.window[1]);
        assert!(self.output_grid.end(places.count, panels.filters) <= self.output.len());
        assert!(self.bias.len() >= panels.filters.next_multiple_of(panels.width));
        let tiles = columns.div_ceil(L::TILE);
        for first in (0..panels.filters).step_by(2 * L::COUNT) {
            let count = (panels.filters - first).min(2 * L::COUNT);
            for row in 0..rows {
                let seeing = places.seeing(row);
                for tile in 0..tiles {
                    let (left, right) = (columns * tile / tiles, columns * (tile + 1) / tiles);
                    let tile = SeenTile {
                        image: places.image[places.grid.at(row, left)..].as_ptr(),
                        places,
                        rows: seeing,
                        weights: panels.values[panels.offset(first)..].as_ptr(),
                        width: panels.width,
                        bias: self.bias[first..].as_ptr(),
                        output: self.output[self.output_grid.at(row, left) + first..].as_mut_ptr(),
                        output_step: self.output_grid.pixel_step,
                        count,
                    };
                    // SAFETY: 1. the processor has the instructions, as the caller promises; 2. the assertions above
                    // hold for the last place and the last filter, so all that the tile reads and writes is there.
                    unsafe {
                        match count > L::COUNT {
                            true => by_height!(right - left, HEIGHT => tile.compute::<L, HEIGHT, 2>()),
                            false => by_height!(right - left, HEIGHT => tile.compute::<L, HEIGHT, 1>()),
                        }
                    }
                }
            }
        }
    }
}

/// Some places beside each other, and a group of filters.
struct SeenTile<'a> {
    image: *const f32,
    places: Places<'a>,
    /// The rows of the window that are summed: first, and one after the last.
    rows: (usize, usize),
    weights: *const f32,
    width: usize,
    bias: *const f32,
    output: *mut f32,
    output_step: usize,
    count: usize,
}

impl SeenTile<'_> {
    /// # Safety
    /// The processor has the instructions of `L`; the pointers lead to the image under `HEIGHT` places, to the weights and biases
    /// of `WIDTH` vectors of filters, and to the output of `count` filters.
    #[inline(always)]
    unsafe fn compute<L: Lanes, const HEIGHT: usize, const WIDTH: usize>(&self) {
        if HEIGHT > L::TILE {
            unreachable!("places are divided into tiles that fit the registers");
        }
        let run = self.places.window[1];
        let step = self.places.grid.pixel_step;
        // SAFETY: see above; the rows are rows of the window.
        unsafe {
            let bias: [L; WIDTH] = from_fn(|v| L::load(self.bias.add(v * L::COUNT)));
            let mut sums = [bias; HEIGHT];
            let mut weights = self.weights.add(self.rows.0 * run * self.width);
            for row in self.rows.0..self.rows.1 {
                let pixels = self.image.add(row * self.places.window_row);
                for k in 0..run {
                    let weight: [L; WIDTH] = from_fn(|v| L::load(weights.add(v * L::COUNT)));
                    for (place, sums) in sums.iter_mut().enumerate() {
                        let number = L::all(*pixels.add(place * step + k));
                        for v in 0..WIDTH {
                            sums[v] = sums[v].plus_product(number, weight[v]);
                        }
                    }
                    weights = weights.add(self.width);
                }
            }
            for (place, sums) in sums.iter().enumerate() {
                let output = self.output.add(place * self.output_step);
                if self.count == WIDTH * L::COUNT {
                    (0..WIDTH).for_each(|v| sums[v].store(output.add(v * L::COUNT)));
                } else {
                    let mut all = [0.0; 2 * WIDEST];
                    (0..WIDTH).for_each(|v| sums[v].store(all.as_mut_ptr().add(v * L::COUNT)));
                    output.copy_from_nonoverlapping(all.as_ptr(), self.count);
                }
            }
        }
    }
}

/// What all places want of the filters: sums[t, f] += sum over places (i, j) of image[i, j, t] · wanted[i, j, f].
pub(super) struct FilterGradient<'a> {
    pub(super) places: Places<'a>,
    /// With room for a group of filters behind the last number.
    pub(super) wanted: &'a [f32],
    pub(super) wanted_grid: Grid,
    pub(super) sums: &'a mut Panels,
}

impl Work for FilterGradient<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let (places, panels) = (self.places, self.sums);
        let [rows, run] = places.window;
        if places.count[0] * places.count[1] == 0 || rows * run == 0 {
            return;
        }
        assert!(places.are_inside() && panels.taps == rows * run);
        let last = panels.filters.next_multiple_of(panels.width);
        assert!(self.wanted_grid.end(places.count, last) <= self.wanted.len());
        let tiles = panels.taps.div_ceil(L::TAPS);
        for first in (0..panels.filters).step_by(2 * L::COUNT) {
            for tile in 0..tiles {
                let (top, bottom) = (panels.taps * tile / tiles, panels.taps * (tile + 1) / tiles);
                let start = panels.offset(first) + top * panels.width;
                let tile = WantedTile {
                    image: places.image[places.grid.start..].as_ptr(),
                    places,
                    first_tap: top,
                    wanted: self.wanted[self.wanted_grid.start + first..].as_ptr(),
                    wanted_grid: self.wanted_grid,
                    sums: panels.values[start..].as_mut_ptr(),
                    width: panels.width,
                };
                // SAFETY: 1. the processor has the instructions, as the caller promises; 2. the assertions above hold for
                // the last place, the last tap and the last filter, so all that the tile reads and writes is there.
                unsafe {
                    match panels.filters - first > L::COUNT {
                        true => by_height!(bottom - top, HEIGHT => tile.compute::<L, HEIGHT, 2>()),
                        false => by_height!(bottom - top, HEIGHT => tile.compute::<L, HEIGHT, 1>()),
                    }
                }
            }
        }
    }
}

/// Some taps, and a group of filters.
struct WantedTile<'a> {
    image: *const f32,
    places: Places<'a>,
    first_tap: usize,
    wanted: *const f32,
    wanted_grid: Grid,
    sums: *mut f32,
    width: usize,
}

impl WantedTile<'_> {
    /// # Safety
    /// The processor has the instructions of `L`; the pointers lead to the image under `HEIGHT` taps at all places, to what these
    /// want of `WIDTH` vectors of filters, and to the sums of these taps and filters.
    #[inline(always)]
    unsafe fn compute<L: Lanes, const HEIGHT: usize, const WIDTH: usize>(&self) {
        if HEIGHT > L::TILE {
            unreachable!("taps are divided into tiles that fit the registers");
        }
        let run = self.places.window[1];
        let offsets: [usize; HEIGHT] = from_fn(|tap| {
            let tap = self.first_tap + tap;
            tap / run * self.places.window_row + tap % run
        });
        let [rows, columns] = self.places.count;
        // SAFETY: see above.
        unsafe {
            let mut sums: [[L; WIDTH]; HEIGHT] =
                from_fn(|tap| from_fn(|v| L::load(self.sums.add(tap * self.width + v * L::COUNT))));
            for row in 0..rows {
                let mut pixel = self.image.add(row * self.places.grid.row_step);
                let mut wanted = self.wanted.add(row * self.wanted_grid.row_step);
                for _ in 0..columns {
                    let want: [L; WIDTH] = from_fn(|v| L::load(wanted.add(v * L::COUNT)));
                    for (sums, offset) in sums.iter_mut().zip(offsets) {
                        let number = L::all(*pixel.add(offset));
                        for v in 0..WIDTH {
                            sums[v] = sums[v].plus_product(number, want[v]);
                        }
                    }
                    pixel = pixel.add(self.places.grid.pixel_step);
                    wanted = wanted.add(self.wanted_grid.pixel_step);
                }
            }
            for (tap, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(self.sums.add(tap * self.width + v * L::COUNT));
                }
            }
        }
    }
}
