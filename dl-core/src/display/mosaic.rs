//! Many small matrices with a common scale, side by side on a card: feature maps, filters, the units of a layer. Which
//! ones, and what is written to them, is decided by the displays.

use super::card::{Anchor, Card, FAINT_EDGE, NOTE, Style, number, text_width};
use super::palette::on;
use super::picture::Picture;
use super::scale::Scale;

/// All matrices of a mosaic together have at most this many pixels in their files: a picture stays below 300 kB.
const MOST_PIXELS: usize = 50_500;
/// Small numbers beside the matrices.
const NUMBER: Style = Style { size: 11.0, ..NOTE };
/// The height of a line of them.
const NUMBER_LINE: f64 = 14.0;
/// Between two matrices.
const GAP: f64 = 4.0;

/// Numbers `[rows, columns, channels]`: each channel is a matrix.
#[derive(Clone, Copy)]
pub(super) struct Channels<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) channels: usize,
}

impl Channels<'_> {
    /// The mean of the pixels of one channel from these rows and columns, as far as they are there.
    fn mean(&self, channel: usize, rows: [usize; 2], columns: [usize; 2]) -> f64 {
        let (mut sum, mut count) = (0.0, 0.0);
        for row in rows[0]..rows[1].min(self.rows) {
            for column in columns[0]..columns[1].min(self.columns) {
                let at = (row * self.columns + column) * self.channels + channel;
                sum += f64::from(self.values[at]);
                count += 1.0;
            }
        }
        sum / count
    }

    /// One channel as a PNG file, in which squares of `skip` by `skip` pixels are one.
    fn file(&self, channel: usize, scale: &Scale, skip: usize) -> Vec<u8> {
        let zoom = (48 / self.rows.max(self.columns).max(1)).clamp(1, 8);
        let shape = [self.rows.div_ceil(skip), self.columns.div_ceil(skip)];
        Picture::enlarged(shape, zoom, |row, column| {
            let span = |at: usize| [at * skip, (at + 1) * skip];
            scale.color(self.mean(channel, span(row), span(column)))
        })
    }
}

/// How many pixels in a row become one, where a card shows so many of them.
pub(super) fn skip(pixels: usize) -> usize {
    ((pixels as f64 / MOST_PIXELS as f64).sqrt().ceil() as usize).max(1)
}

/// How the matrices stand on the card.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    /// Matrices in one row.
    pub(super) columns: usize,
    /// The longer side of a matrix on the screen, in pixels.
    pub(super) side: f64,
    /// Whether each matrix has its number above it.
    pub(super) numbered: bool,
    /// See [`skip`].
    pub(super) skip: usize,
}

impl Grid {
    /// Width and height of one matrix on the screen.
    fn tile(&self, pictures: &Channels) -> [f64; 2] {
        let scale = self.side / pictures.rows.max(pictures.columns).max(1) as f64;
        // Thin matrices stay thick enough to be seen.
        [pictures.columns, pictures.rows].map(|count| (count as f64 * scale).max(self.side.min(10.0)))
    }

    fn line(&self) -> f64 {
        if self.numbered { NUMBER_LINE } else { 0.0 }
    }

    /// Width and height of the first `count` matrices.
    pub(super) fn size(&self, pictures: &Channels, count: usize) -> [f64; 2] {
        let [width, height] = self.tile(pictures);
        let rows = count.div_ceil(self.columns) as f64;
        let columns = count.min(self.columns) as f64;
        [
            columns * (width + GAP) - GAP,
            rows * (height + GAP + self.line()) - GAP,
        ]
    }

    /// Draws the first `count` matrices from (x, y) to the right and down.
    pub(super) fn draw(
        &self,
        card: &mut Card,
        (x, y): (f64, f64),
        pictures: &Channels,
        count: usize,
        scale: &Scale,
    ) {
        let [width, height] = self.tile(pictures);
        for channel in 0..count {
            let x = x + (channel % self.columns) as f64 * (width + GAP);
            let y = y + (channel / self.columns) as f64 * (height + GAP + self.line());
            if self.numbered {
                card.text(x, y + NUMBER_LINE - 3.0, NUMBER, &channel.to_string());
            }
            let place = [x, y + self.line(), width, height];
            card.image(place, &pictures.file(channel, scale, self.skip), false);
            card.frame(place, 0.75, FAINT_EDGE);
        }
    }
}

/// Cells of at least this side, in pixels, have their numbers written into them.
const READABLE_CELL: f64 = 34.0;

/// The numbers of a vector as cells in rows of `columns`; what is missing in the last row stays empty.
pub(super) fn cells(
    card: &mut Card,
    (x, y): (f64, f64),
    values: &[f32],
    columns: usize,
    side: f64,
    scale: &Scale,
) {
    for (row, values) in values.chunks(columns).enumerate() {
        let file = Picture::enlarged([1, values.len()], 8, |_, column| {
            scale.color(f64::from(values[column]))
        });
        let y = y + row as f64 * (side + 1.0);
        let place = [x, y, values.len() as f64 * side, side];
        card.image(place, &file, false);
        card.frame(place, 0.75, FAINT_EDGE);
        if side < READABLE_CELL {
            continue;
        }
        for (column, &value) in values.iter().enumerate() {
            let value = f64::from(value);
            let text = number((100.0 * value).round() / 100.0);
            let style = Style {
                size: ((side - 6.0) / text_width(&text, 1.0)).min(NUMBER.size),
                color: on(scale.color(value)),
                ..NUMBER
            };
            let at = (x + (column as f64 + 0.5) * side, y + side / 2.0 + 4.0);
            card.text(at.0, at.1, style.at(Anchor::Middle), &text);
        }
    }
}
