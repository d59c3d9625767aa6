//! The way back through a convolution, one image at a time: what each place of the window wants is laid on a plate with zeros
//! around it, over which the filters, turned by half a turn, move as in any convolution. With a stride s, the pixels of
//! the result fall into s · s phases, each seen by filters of its own: every s-th row and column of the whole ones.

use super::correlation::{Correlation, Grid, Panels, Places};
use super::elementwise::unbend;
use super::lanes::{Lanes, Work, with_widest};
use super::{Array, elements, memory};
use crate::backend::{Nonlinearity, Window};

/// Numbers behind a plate's last one that may be read, to be multiplied by nothing.
const BEHIND: usize = 32;

pub(super) struct Reverse {
    /// Rows and columns of places.
    places: [usize; 2],
    /// What a place wants of each filter.
    filters: usize,
    /// Rows and columns of the plate.
    size: [usize; 2],
    /// The places on the plate.
    pub(super) inside: Grid,
    phases: Vec<Phase>,
}

/// The pixels of the result whose row and column leave the same rest when divided by the stride.
struct Phase {
    filters: Panels,
    /// Rows and columns of these filters.
    window: [usize; 2],
    /// Where on the plate the window of the first pixel begins, and in which row.
    first: usize,
    top: usize,
    output: Grid,
    count: [usize; 2],
}

/// The pixels of a phase along one side.
struct Along {
    /// Filter weights that reach the phase.
    taps: usize,
    /// The first pixel, and how many there are, a stride apart.
    pixel: usize,
    count: usize,
    /// The place that the first tap of the first pixel belongs to; negative before the image.
    place: isize,
}

impl Along {
    /// Pixel i, counted with the padding before it, is seen by tap a of place (i - a) / stride, if that is a whole number.
    fn new(phase: usize, window: usize, stride: usize, before: usize, length: usize) -> Along {
        let taps = window.saturating_sub(phase).div_ceil(stride);
        let quotient = before.saturating_sub(phase).div_ceil(stride);
        let pixel = quotient * stride + phase - before;
        Along {
            taps,
            pixel,
            count: length.saturating_sub(pixel).div_ceil(stride),
            place: quotient as isize + 1 - taps.max(1) as isize,
        }
    }
}

impl Reverse {
    /// Without a way back to the images: only for what the places want of the filters.
    pub(super) fn without_filters(window: &Window, filters: usize) -> Reverse {
        let [rows, columns] = window.places;
        Reverse {
            places: window.places,
            filters,
            size: [rows, columns],
            inside: Grid {
                start: 0,
                row_step: columns * filters,
                pixel_step: filters,
            },
            phases: Vec::new(),
        }
    }

    /// Back from the places of this window to images of this size.
    pub(super) fn new(weights: &Array, window: &Window, image: [usize; 2]) -> Reverse {
        let shape = weights.shape();
        let (channels, filters, stride) = (shape[2], shape[3], window.stride);
        // Zeros around: as many before as the first phase has taps to spare, behind up to the image's last pixel.
        let before = window.size.map(|size| size.div_ceil(stride) - 1);
        let side = |side: usize| {
            let last = (image[side] + window.before[side]).saturating_sub(1) / stride;
            before[side] + window.places[side].max(last + 1)
        };
        let size = [side(0), side(1)];
        let plate_row = size[1] * filters;
        let mut phases = Vec::new();
        for phase in (0..stride * stride).map(|phase| [phase / stride, phase % stride]) {
            let [down, across] = [0, 1].map(|side| {
                Along::new(
                    phase[side],
                    window.size[side],
                    stride,
                    window.before[side],
                    image[side],
                )
            });
            let place = |side: usize, along: &Along| (before[side] as isize + along.place) as usize;
            phases.push(Phase {
                filters: turned(weights, phase, [down.taps, across.taps], stride),
                window: [down.taps, across.taps],
                top: place(0, &down),
                first: place(0, &down) * plate_row + place(1, &across) * filters,
                output: Grid {
                    start: (down.pixel * image[1] + across.pixel) * channels,
                    row_step: stride * image[1] * channels,
                    pixel_step: stride * channels,
                },
                count: [down.count, across.count],
            });
        }
        Reverse {
            places: window.places,
            filters,
            size,
            inside: Grid {
                start: before[0] * plate_row + before[1] * filters,
                row_step: plate_row,
                pixel_step: filters,
            },
            phases,
        }
    }

    /// Zeros for what the places want.
    pub(super) fn plate(&self) -> Vec<f32> {
        memory::filled(self.size[0] * self.size[1] * self.filters + BEHIND, 0.0)
    }

    /// Lays on the plate what the places want: the gradient `g` of y = function(z), told for z.
    pub(super) fn lay(&self, g: &[f32], y: &[f32], function: Nonlinearity, plate: &mut [f32]) {
        let row = self.places[1] * self.filters;
        if self.size == self.places {
            return unbend(g, y, function, &mut plate[..g.len()]);
        }
        for (number, (g, y)) in g
            .chunks_exact(row.max(1))
            .zip(y.chunks_exact(row.max(1)))
            .enumerate()
        {
            let start = self.inside.at(number, 0);
            unbend(g, y, function, &mut plate[start..start + row]);
        }
    }

    /// sums[f] += sum over all places of what they want of filter f.
    pub(super) fn add_places(&self, plate: &[f32], sums: &mut [f32]) {
        // An image's own sum first: so few are added in a row that the last digits stay.
        let mut own = vec![0.0; self.filters];
        with_widest(AddPlaces {
            reverse: self,
            plate,
            sums: &mut own,
        });
        sums.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }

    /// Writes the image `[height, width, in]` that the plate leads to.
    pub(super) fn spread(&self, plate: &[f32], bias: &[f32], output: &mut [f32]) {
        let plate_row = self.size[1] * self.filters;
        // Zeros above the places, and below them.
        let above = self.inside.start / plate_row.max(1);
        for phase in &self.phases {
            let row = |row: usize| row.saturating_sub(phase.top);
            with_widest(Correlation {
                places: Places {
                    image: plate,
                    grid: Grid {
                        start: phase.first,
                        row_step: plate_row,
                        pixel_step: self.filters,
                    },
                    count: phase.count,
                    window_row: plate_row,
                    window: [phase.window[0], phase.window[1] * self.filters],
                    filled: (row(above), row(above + self.places[0])),
                },
                filters: &phase.filters,
                bias,
                output,
                output_grid: phase.output,
            });
        }
    }

    pub(super) fn give_back(self) {
        self.phases
            .into_iter()
            .for_each(|phase| phase.filters.give_back());
    }
}

struct AddPlaces<'a> {
    reverse: &'a Reverse,
    plate: &'a [f32],
    sums: &'a mut [f32],
}

impl Work for AddPlaces<'_> {
    #[inline(always)]
    unsafe fn run<L: Lanes>(self) {
        let Reverse {
            places: [rows, columns],
            filters,
            inside,
            ..
        } = *self.reverse;
        for row in 0..rows {
            let row = &self.plate[inside.at(row, 0)..][..columns * filters];
            for place in row.chunks_exact(filters) {
                self.sums
                    .iter_mut()
                    .zip(place)
                    .for_each(|(sum, wanted)| *sum += wanted);
            }
        }
    }
}

/// The weights that reach a phase, turned by half a turn, with images and filters changed round.
fn turned(weights: &Array, phase: [usize; 2], taps: [usize; 2], stride: usize) -> Panels {
    let &[_, width, channels, filters] = weights.shape() else {
        unreachable!("filters have four axes")
    };
    let values = elements(weights);
    let mut rows = memory::room(taps[0] * taps[1] * filters * channels);
    for tap in (0..taps[0] * taps[1]).map(|tap| [tap / taps[1], tap % taps[1]]) {
        let [a, b] = [0, 1].map(|side| (taps[side] - 1 - tap[side]) * stride + phase[side]);
        let seen = &values[(a * width + b) * channels * filters..][..channels * filters];
        for filter in 0..filters {
            rows.extend((0..channels).map(|channel| seen[channel * filters + filter]));
        }
    }
    let panels = Panels::pack(
        taps[0] * taps[1] * filters,
        channels,
        rows.chunks_exact(channels.max(1)),
    );
    memory::give_back(rows);
    panels
}
