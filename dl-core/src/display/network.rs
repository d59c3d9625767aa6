//! A model as a drawing: its neurons as circles, its weights as coloured lines.

use super::card::{Anchor, Card, FAINT_EDGE, NOTE, Style, TEXT, TITLE, WIDEST, number, shorten, text_width};
use super::palette::{Color, INK, hex, on, signed};
use super::scale::Scale;
use super::{MimeBundle, Show};
use crate::error::Result;
use crate::model::{Sequential, with_commas};
use crate::tensor::Tensor;

/// A layer of more neurons shows `FEW` of them.
const MOST_NEURONS: usize = 8;
const FEW: usize = 7;
/// Columns on one card; of more the last ones follow after a gap.
const MOST_COLUMNS: usize = 8;
const LAST_COLUMNS: usize = 2;
/// A network of at most so many weights has their numbers at the lines.
const READABLE: usize = 16;
const RADIUS: f64 = 16.0;
/// From one neuron to the next.
const STEP: f64 = 50.0;
const NUMBER: Style = Style { size: 11.0, ..NOTE };

/// Neurons or images that stand above each other: the sample, or what a layer gives.
#[derive(Clone, Debug)]
struct Column {
    /// Names of the layers that end here.
    names: Vec<String>,
    /// The shape of one sample here.
    shape: Vec<usize>,
    /// `[before, here]`, where every neuron sees every one of the column before.
    weights: Option<Tensor>,
    bias: Option<Tensor>,
}

impl Column {
    /// The neurons here, unless it is images or sequences.
    fn neurons(&self) -> Option<usize> {
        match self.shape[..] {
            [count] => Some(count),
            _ => None,
        }
    }

    /// How many neurons are drawn, and how many are not.
    fn drawn(&self) -> (usize, usize) {
        match self.neurons() {
            Some(count) if count > MOST_NEURONS => (FEW, count - FEW),
            Some(count) => (count, 0),
            None => (0, 0),
        }
    }

    /// `784 neurons`, `26 x 26 x 32`.
    fn size(&self) -> String {
        match self.shape[..] {
            [count] => with_commas(count),
            _ => self
                .shape
                .iter()
                .map(usize::to_string)
                .collect::<Vec<_>>()
                .join(" x "),
        }
    }
}

/// A model as a drawing; made by [`network_diagram`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([2]).add(Dense::new(3).activation(ReLU)).add(Dense::new(1));
/// assert!(network_diagram(&model)?.show().plain().contains("2 - 3 - 1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct NetworkDiagram {
    columns: Vec<Column>,
    parameters: usize,
}

/// The model as a drawing: a column of neurons for the sample and for each layer, a line for each weight of a `Dense`
/// layer. Orange lines are weights above 0, blue and dashed ones below; a stronger line is a larger weight, compared with
/// the largest of its layer. The colour and number in a neuron is its bias. Wide layers show their first neurons; layers
/// of images, and of sequences, are boxes with their shape.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([2]).add(Dense::new(4).activation(ReLU)).add(Dense::new(1).activation(Sigmoid));
/// network_diagram(&model)?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the model has no layers.
pub fn network_diagram(model: &Sequential) -> Result<NetworkDiagram> {
    model.inside("network_diagram", 0)?;
    let column = |names, shape: &[usize], weights, bias| Column {
        names,
        shape: shape.to_vec(),
        weights,
        bias,
    };
    let mut columns = vec![column(vec!["input".to_string()], model.input_shape(), None, None)];
    for layer in model.insides() {
        let last = columns.last_mut().expect("the input is one");
        let dense = layer.kind == "Dense" && last.neurons().is_some();
        // What keeps the neurons where they are belongs to the column that is there.
        if layer.shapes[0] == layer.shapes[1] && !dense && layer.kind != "Embedding" {
            last.names.push(layer.name.to_string());
            continue;
        }
        let weight = |name: &str| layer.weight(name).filter(|_| dense).map(Tensor::detach);
        columns.push(column(
            vec![layer.name.to_string()],
            layer.shapes[1],
            weight("kernel"),
            weight("bias"),
        ));
    }
    Ok(NetworkDiagram {
        columns,
        parameters: model.weights().iter().map(Tensor::len).sum(),
    })
}

impl NetworkDiagram {
    /// `2 - 4 - 1`.
    fn title(&self) -> String {
        let sizes: Vec<String> = self.columns.iter().map(Column::size).collect();
        let mut all = sizes.join(" - ");
        if all.chars().count() > 50 {
            all = format!("{} - … - {}", sizes[0], sizes[sizes.len() - 1]);
        }
        format!("{all}, {} parameters", with_commas(self.parameters))
    }

    fn weights(&self) -> usize {
        self.columns
            .iter()
            .filter_map(|column| column.weights.as_ref())
            .map(Tensor::len)
            .sum()
    }

    /// A line for each layer; the weights of each neuron where there are few.
    fn text(&self) -> String {
        let mut lines = vec![format!("Network {}", self.title())];
        let few = self.weights() <= READABLE;
        for column in &self.columns {
            let what = if column.neurons() == Some(1) {
                "neuron"
            } else {
                "neurons"
            };
            let what = if column.neurons().is_some() { what } else { "" };
            let mut line = format!("  {}: {} {what}", column.names.join(", "), column.size());
            for (name, weights) in [("weights", &column.weights), ("biases", &column.bias)] {
                if let Some(weights) = weights {
                    let [low, high] = Scale::rising(&weights.values()).ends().map(number);
                    line.push_str(&format!(", {name} {low} to {high}"));
                }
            }
            lines.push(line.trim_end().to_string());
            if let (true, Some(weights)) = (few, &column.weights) {
                let (values, count) = (weights.values(), weights.shape()[1]);
                for neuron in 0..count {
                    let of_neuron = values.iter().skip(neuron).step_by(count);
                    let terms: Vec<String> = of_neuron.map(|&weight| number(weight.into())).collect();
                    let bias = column.bias.as_ref().map_or(0.0, |bias| bias.values()[neuron]);
                    let bias = number(bias.into());
                    lines.push(format!(
                        "    neuron {neuron}: weights {}, bias {bias}",
                        terms.join(" ")
                    ));
                }
            }
        }
        lines.join("\n")
    }

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

    fn svg(&self) -> String {
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
        let Scale::Signed { reach } = Scale::signed(&values) else {
            return;
        };
        let (seen, drawn) = (before.drawn().0, column.drawn().0);
        let numbers = self.weights() <= READABLE;
        for (input, neuron) in (0..seen).flat_map(|input| (0..drawn).map(move |neuron| (input, neuron))) {
            let weight = f64::from(values[input * weights.shape()[1] + neuron]);
            let ends = [
                (from, height(before, input, middle)),
                (to, height(column, neuron, middle)),
            ];
            if !weight.is_finite() {
                card.line(ends, 1.5, &hex(Scale::signed(&values).color(weight)), false);
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

impl Show for NetworkDiagram {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(self.text()).with_svg(self.svg())
    }
}
