//! The drawing of a sliding window: image, kernel and result as cells with their numbers, and the sum below.

use super::{SlidingWindow, Work, cell};
use crate::display::card::{Anchor, Card, FAINT_EDGE, NOTE, Style, TEXT, TITLE, WIDEST, text_width};
use crate::display::palette::{CLASSES, Color, FAINT, INK, hex};
use crate::display::scale::Scale;

/// The colour of the window and of what it gives.
const WINDOW: Color = CLASSES[2];
/// The sum below the pictures.
const SUM: Style = Style { size: 14.0, ..TEXT };
/// The signs between them.
const SIGN: Style = Style { size: 24.0, ..TEXT };

impl SlidingWindow {
    /// The picture.
    pub(super) fn svg(&self) -> String {
        let (padded, result) = (self.padded(), [self.result.rows, self.result.columns]);
        let kernel = match &self.work {
            Work::Convolution(kernel) => Some(kernel),
            Work::Maximum => None,
        };
        let of_kernel = kernel.map_or([0, 0], |kernel| [kernel.rows, kernel.columns]);
        let (gap, edge, top) = (44.0, 16.0, 62.0);
        let gaps = if kernel.is_some() { 2.0 * gap } else { gap };
        let room = WIDEST - 2.0 * edge;
        let beside = (room - gaps) / (padded[1] + of_kernel[1] + result[1]) as f64;
        // Numbers in cells below this size cannot be read: the result then stands below the image.
        let below = beside < 26.0;
        let side = if below {
            (room - gaps + gap) / (padded[1] + of_kernel[1]).max(result[1]) as f64
        } else {
            beside
        };
        let side = side.min(40.0);
        let length = |count: usize| count as f64 * side;
        let kernel_x = edge + length(padded[1]) + gap;
        let (result_x, result_y) = match below {
            true => (edge, top + length(padded[0].max(of_kernel[0])) + 34.0),
            false => {
                let x = kernel_x + length(of_kernel[1]);
                (x + if kernel.is_some() { gap } else { 0.0 }, top)
            }
        };
        let right = (kernel_x - gap
            + if kernel.is_some() {
                gap + length(of_kernel[1])
            } else {
                0.0
            })
        .max(result_x + length(result[1]));
        let bottom = (top + length(padded[0].max(of_kernel[0]))).max(result_y + length(result[0]));
        let sum = self.sum();
        let longest = sum
            .iter()
            .map(|line| text_width(line, SUM.size))
            .fold(0.0, f64::max);
        let width = (right + edge).max(longest + 2.0 * edge).max(430.0);
        let mut card = Card::new(width, bottom + 18.0 + 20.0 * sum.len() as f64);
        card.text(edge, 24.0, TITLE, &self.title());
        let heading = |card: &mut Card, x: f64, y: f64, words: &str| card.text(x, y - 8.0, NOTE, words);

        heading(&mut card, edge, top, "image");
        let scale = Scale::signed(&self.image.values);
        for (row, column) in (0..padded[0]).flat_map(|row| (0..padded[1]).map(move |column| (row, column))) {
            let place = [edge + length(column), top + length(row), side, side];
            match self.pixel(row, column) {
                Some(value) => draw_cell(&mut card, place, &cell(value), shade(&scale, value), INK),
                None => draw_cell(&mut card, place, "0", [0xec; 3], FAINT),
            }
        }
        let at = self.place().map(|place| length(place * self.window.stride));
        let size = self.window.size.map(length);
        let window = [edge + at[1], top + at[0], size[1], size[0]];
        card.frame(window, 3.5, &hex(WINDOW));
        if let Some(kernel) = kernel {
            heading(&mut card, kernel_x, top, "kernel");
            let sign = (kernel_x - gap / 2.0, top + length(of_kernel[0]) / 2.0 + 7.0);
            card.text(sign.0, sign.1, SIGN.at(Anchor::Middle), "∗");
            let scale = Scale::signed(&kernel.values);
            for (row, column) in (0..kernel.rows).flat_map(|row| (0..kernel.columns).map(move |at| (row, at)))
            {
                let (value, place) = (
                    kernel.at(row, column),
                    [kernel_x + length(column), top + length(row), side, side],
                );
                draw_cell(&mut card, place, &cell(value), shade(&scale, value), INK);
            }
        }
        heading(&mut card, result_x, result_y, "result");
        if !below {
            let y = result_y + length(result[0].min(3)) / 2.0 + 7.0;
            card.text(result_x - gap / 2.0, y, SIGN.at(Anchor::Middle), "=");
        }
        let scale = Scale::signed(&self.result.values);
        for step in 0..self.steps() {
            let (row, column) = (step / result[1], step % result[1]);
            let place = [result_x + length(column), result_y + length(row), side, side];
            let value = self.result.values[step];
            match step <= self.step {
                true => draw_cell(&mut card, place, &cell(value), shade(&scale, value), INK),
                false => draw_cell(&mut card, place, "", [255; 3], INK),
            }
        }
        let [row, column] = self.place().map(length);
        card.frame([result_x + column, result_y + row, side, side], 3.5, &hex(WINDOW));
        for (line, text) in sum.iter().enumerate() {
            card.text(edge, bottom + 26.0 + 20.0 * line as f64, SUM, text);
        }
        card.finish(&format!("{}. {}", self.title(), sum.join(" ")))
    }
}

/// Half the strength of the scale's colour, so that black numbers can be read.
fn shade(scale: &Scale, value: f32) -> Color {
    scale.color(f64::from(value)).map(|channel| channel / 2 + 127)
}

/// One cell with its number, as large as fits.
fn draw_cell(card: &mut Card, place: [f64; 4], text: &str, ground: Color, color: &'static str) {
    let [x, y, side, _] = place;
    card.rect(place, ground);
    card.frame(place, 0.75, FAINT_EDGE);
    let size = ((side - 4.0) / text_width(text, 1.0).max(2.2)).min(14.0);
    let style = Style { size, color, ..TEXT };
    card.text(
        x + side / 2.0,
        y + side / 2.0 + 0.36 * size,
        style.at(Anchor::Middle),
        text,
    );
}
