//! A network on a card: its neurons as circles, its weights as coloured lines.

use super::{Column, NetworkDiagram, READABLE};
use crate::display::card::{
    Anchor, Card, FAINT_EDGE, NOTE, Style, TEXT, TITLE, WIDEST, number, shorten, text_width,
};
use crate::display::palette::{Color, INK, hex, on, signed};
use crate::display::scale::Scale;
use crate::model::with_commas;

/// Columns on one card; of more the last ones follow after a gap.
const MOST_COLUMNS: usize = 8;
const LAST_COLUMNS: usize = 2;
const RADIUS: f64 = 16.0;
/// From one neuron to the next.
const STEP: f64 = 50.0;
const NUMBER: Style = Style { size: 11.0, ..NOTE };

impl NetworkDiagram {
    /// The columns that are drawn; `None` stands for those left out.
    fn shown(&self) -> Vec<Option<&Column>> {
        let count = self.columns.len();
        if count <= MOST_COLUMNS {
            return self.columns.iter().map(Some).collect();
        }
        let first = self.columns[..MOST_COLUMNS - LAST_COLUMNS - 1].iter().map(Some);
        let last = self.columns[count - LAST_COLUMNS..].iter().map(Some);
        first.chain([None]).chain(last).collect()
    }

    /// The whole card.
    pub(super) fn svg(&self) -> String {
        let shown = self.shown();
        let (top, below) = (66.0, 62.0);
        let tallest = shown
            .iter()
            .flatten()
            .map(|column| column.drawn())
            .map(|(drawn, rest)| drawn + usize::from(rest > 0));
        let tallest = tallest.max().unwrap_or(0).max(2) as f64 * STEP;
        let steps = (shown.len() - 1).max(1) as f64;
        let step = ((WIDEST - 130.0) / steps).min(230.0);
        let width = (130.0 + step * steps).max(430.0);
        let left = (width - step * (shown.len() - 1) as f64) / 2.0;
        let mut card = Card::new(width, top + tallest + below);
        card.text(16.0, 24.0, TITLE, &self.title());
        self.key(&mut card);
        let middle = top + tallest / 2.0;
        let x = |place: usize| left + place as f64 * step;
        // Lines first, so that the neurons lie on them.
        for (place, pair) in shown.windows(2).enumerate() {
            if let [Some(before), Some(column)] = pair {
                self.lines(&mut card, [before, column], [x(place), x(place + 1)], middle);
            }
        }
        for (place, column) in shown.iter().enumerate() {
            match column {
                Some(column) => neurons(&mut card, column, x(place), middle, step),
                None => {
                    let rest = self.columns.len() - (MOST_COLUMNS - 1);
                    let words = format!("+ {rest} more");
                    card.text(x(place), middle, TEXT.at(Anchor::Middle), "…");
                    card.text(x(place), middle + 20.0, NOTE.at(Anchor::Middle), &words);
                }
            }
            if let Some(column) = column {
                let letters = (step / text_width("m", NOTE.size)) as usize;
                let base = top + tallest + 22.0;
                let name = shorten(&column.names.join(" + "), letters.max(6));
                card.text(x(place), base, TEXT.at(Anchor::Middle), &name);
                card.text(x(place), base + 18.0, NOTE.at(Anchor::Middle), &column.size());
            }
        }
        card.finish(&format!("Network {}", self.title()))
    }

    /// What the lines mean.
    fn key(&self, card: &mut Card) {
        if self.weights() == 0 {
            return;
        }
        let mut x = 16.0;
        for (share, words) in [
            (1.0, "weight above 0"),
            (-1.0, "below 0"),
            (0.0, "stronger: larger"),
        ] {
            if share != 0.0 {
                card.line(
                    [(x, 41.0), (x + 26.0, 41.0)],
                    3.0,
                    &hex(signed(share)),
                    share < 0.0,
                );
                x += 32.0;
            }
            card.text(x, 45.5, NOTE, words);
            x += text_width(words, NOTE.size) + 16.0;
        }
    }

    /// The weights between two columns, or a plain arrow where every neuron does not see every one.
    fn lines(&self, card: &mut Card, [before, column]: [&Column; 2], [from, to]: [f64; 2], middle: f64) {
        let Some(weights) = &column.weights else {
            let gap = |column: &Column| {
                if column.neurons().is_some() {
                    RADIUS + 6.0
                } else {
                    40.0
                }
            };
            let ends = [(from + gap(before), middle), (to - gap(column), middle)];
            if ends[1].0 - ends[0].0 > 4.0 {
                card.line(ends, 2.0, FAINT_EDGE, false);
                let tip = ends[1];
                for side in [-5.0, 5.0] {
                    card.line([(tip.0 - 6.0, tip.1 + side), tip], 2.0, FAINT_EDGE, false);
                }
            }
            return;
        };
        let values = weights.values();
        let scale = Scale::signed(&values);
        let [_, reach] = scale.ends();
        let (seen, drawn) = (before.drawn().0, column.drawn().0);
        let numbers = self.weights() <= READABLE;
        for (input, neuron) in (0..seen).flat_map(|input| (0..drawn).map(move |neuron| (input, neuron))) {
            let weight = f64::from(values[input * weights.shape()[1] + neuron]);
            let ends = [
                (from, height(before, input, middle)),
                (to, height(column, neuron, middle)),
            ];
            if !weight.is_finite() {
                card.line(ends, 1.5, &hex(scale.color(weight)), false);
                continue;
            }
            let share = if reach > 0.0 { weight / reach } else { 0.0 };
            // Even the smallest weight leaves a trace of its colour.
            let seen_share = share.signum() * (0.12 + 0.88 * share.abs());
            let color = if weight == 0.0 {
                [0xe0; 3]
            } else {
                signed(seen_share as f32)
            };
            card.line(ends, 0.8 + 3.2 * share.abs(), &hex(color), weight < 0.0);
        }
        if numbers {
            for (input, neuron) in (0..seen).flat_map(|input| (0..drawn).map(move |neuron| (input, neuron))) {
                let weight = values[input * weights.shape()[1] + neuron];
                let (a, b) = (height(before, input, middle), height(column, neuron, middle));
                // Each input at another share of the way, so that the numbers stand apart.
                let share = match (drawn, seen) {
                    (1, _) => 0.35,
                    (_, 1) => 0.5,
                    _ => 0.34 + 0.38 * input as f64 / (seen - 1) as f64,
                };
                let (x, y) = (from + share * (to - from), a + share * (b - a));
                let text = hundredths(f64::from(weight));
                let wide = text_width(&text, NUMBER.size) + 5.0;
                card.rect([x - wide / 2.0, y - 8.0, wide, 15.0], [255; 3]);
                card.text(
                    x,
                    y + 4.0,
                    Style { color: INK, ..NUMBER }.at(Anchor::Middle),
                    &text,
                );
            }
        }
    }
}

/// The height of a neuron on the card.
fn height(column: &Column, neuron: usize, middle: f64) -> f64 {
    let (drawn, rest) = column.drawn();
    let places = drawn + usize::from(rest > 0);
    middle + (neuron as f64 - (places - 1) as f64 / 2.0) * STEP
}

/// The neurons of a column with their biases, or a box.
fn neurons(card: &mut Card, column: &Column, x: f64, middle: f64, step: f64) {
    let (drawn, rest) = column.drawn();
    if column.neurons().is_none() {
        let side = (step - 24.0).clamp(26.0, 56.0);
        for offset in [8.0, 4.0, 0.0] {
            let place = [x - side / 2.0 + offset, middle - side / 2.0 - offset, side, side];
            card.rect(place, [0xee; 3]);
            card.frame(place, 1.5, FAINT_EDGE);
        }
        return;
    }
    let biases = column.bias.as_ref().map(|bias| bias.to_vec()).unwrap_or_default();
    let scale = Scale::signed(&biases);
    for neuron in 0..drawn {
        let y = height(column, neuron, middle);
        let bias = biases.get(neuron).map(|&bias| f64::from(bias));
        let ground: Color = bias.map_or([0xee; 3], |bias| {
            let [r, g, b] = scale.color(bias);
            // Half as strong, so that the number can be read.
            [r, g, b].map(|channel| channel / 2 + 127)
        });
        card.disc((x, y), RADIUS, ground, INK);
        if let Some(bias) = bias {
            let text = in_circle(bias);
            let style = Style {
                color: on(ground),
                ..NUMBER
            };
            card.text(x, y + 4.0, style.at(Anchor::Middle), &text);
        }
    }
    if rest > 0 {
        let y = height(column, drawn, middle);
        let words = format!("+ {} more", with_commas(rest));
        card.text(x, y + 4.0, NOTE.at(Anchor::Middle), &words);
    }
}

/// A number beside a line: at most two decimals, unless it is smaller still.
fn hundredths(value: f64) -> String {
    match value.abs() {
        0.005..1e4 => number((100.0 * value).round() / 100.0),
        _ => number(value),
    }
}

/// A number that fits into a circle: at most four letters and a sign.
fn in_circle(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return number(value);
    }
    match value.abs() {
        size if size >= 999.5 => format!("{value:.0e}"),
        size if size >= 9.95 => format!("{value:.0}"),
        size if size >= 0.995 => number((value * 10.0).round() / 10.0),
        size if size >= 0.005 => number((value * 100.0).round() / 100.0),
        _ => "0.00".to_string(),
    }
}
