//! How the numbers inside a model are spread: its weights, or what its layers give.

use super::axes::extent;
use super::card::{Anchor, Card, FAINT_EDGE, NOTE, Style, TEXT, TITLE, WIDEST, number, shorten};
use super::palette::{CLASSES, FAINT};
use super::{MimeBundle, Show};
use crate::data::samples;
use crate::error::Result;
use crate::model::{Sequential, with_commas};
use crate::tensor::Tensor;

/// Bars of one histogram.
const BARS: usize = 32;
/// Histograms on one card.
const MOST_PANELS: usize = 24;
const COLUMNS: usize = 3;
/// Width and height of one histogram with its words, in pixels.
const PANEL: (f64, f64) = (210.0, 148.0);
/// If more of the numbers are exactly 0, that bar would hide the others: it is told in words instead.
const MANY_ZEROS: f64 = 0.1;
const SMALL: Style = Style { size: 11.0, ..NOTE };
/// The heights of a bar in text.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Numbers counted by size.
#[derive(Clone, Debug, PartialEq)]
struct Histogram {
    name: String,
    /// Lowest and highest of the finite numbers, mean and standard deviation; none if there are none.
    spread: Option<[f64; 4]>,
    /// How many numbers fall into each of the equal steps from the lowest to the highest.
    counts: Vec<usize>,
    /// The share of numbers that are exactly 0; they are not counted where these are many.
    zeros: f64,
    /// Numbers that are NaN or infinite.
    odd: usize,
}

impl Histogram {
    fn of(name: String, values: &[f32]) -> Histogram {
        let finite = || {
            values
                .iter()
                .filter(|value| value.is_finite())
                .map(|&value| f64::from(value))
        };
        let count = finite().count();
        let zeros = finite().filter(|&value| value == 0.0).count() as f64 / count.max(1) as f64;
        let mean = finite().sum::<f64>() / count as f64;
        let variance = finite().map(|value| (value - mean).powi(2)).sum::<f64>() / count as f64;
        let spread = extent(finite()).map(|(low, high)| [low, high, mean, variance.sqrt()]);
        let told = zeros > MANY_ZEROS && zeros < 1.0;
        let mut counts = vec![0; BARS];
        if let Some([low, high, ..]) = spread {
            for value in finite().filter(|&value| value != 0.0 || !told) {
                // All in the middle where all are equal.
                let share = if high > low {
                    (value - low) / (high - low)
                } else {
                    0.5
                };
                counts[((share * BARS as f64) as usize).min(BARS - 1)] += 1;
            }
        }
        Histogram {
            name,
            spread,
            counts,
            zeros,
            odd: values.len() - count,
        }
    }

    /// `0.01 ± 0.2, 52 % are 0`.
    fn line(&self) -> String {
        let mut words = Vec::new();
        if let Some([_, _, mean, deviation]) = self.spread {
            let short = |value: f64| number(format!("{value:.1e}").parse().unwrap_or(value));
            words.push(format!("{} ± {}", short(mean), short(deviation)));
        }
        if self.zeros > MANY_ZEROS {
            words.push(format!("{:.0} % are 0", 100.0 * self.zeros));
        }
        if self.odd > 0 {
            words.push(format!("{} NaN or infinite", with_commas(self.odd)));
        }
        words.join(", ")
    }

    /// The bars as letters between the ends.
    fn text(&self) -> String {
        let Some([low, high, ..]) = self.spread else {
            return format!("{}: {}", self.name, self.line());
        };
        let most = self.counts.iter().copied().max().unwrap_or(0).max(1);
        let bars: String = self
            .counts
            .iter()
            .map(|&count| match count {
                0 => ' ',
                count => BLOCKS[(count * BLOCKS.len() / most).min(BLOCKS.len() - 1)],
            })
            .collect();
        format!(
            "{}: {}\n  {} |{bars}| {}",
            self.name,
            self.line(),
            number(low),
            number(high)
        )
    }

    fn draw(&self, card: &mut Card, x: f64, y: f64) {
        let (left, width) = (x + 8.0, PANEL.0 - 24.0);
        let (top, height) = (y + 40.0, 72.0);
        card.text(left, y + 14.0, TEXT, &shorten(&self.name, 28));
        // Two facts on a line; a third one would not fit.
        card.text(left, y + 31.0, SMALL, &shorten(&self.line(), 32));
        let bottom = top + height;
        if let Some([low, high, ..]) = self.spread {
            let most = self.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
            let bar = width / BARS as f64;
            for (number, &count) in self.counts.iter().enumerate() {
                let tall = height * count as f64 / most;
                if count > 0 {
                    let place = [left + number as f64 * bar, bottom - tall, bar - 0.75, tall];
                    card.rect(place, CLASSES[0]);
                }
            }
            // Where 0 is.
            if low < 0.0 && high > 0.0 {
                let zero = left + width * (-low / (high - low));
                card.line([(zero, top), (zero, bottom + 4.0)], 1.0, FAINT, true);
                let far = |end: f64| (zero - end).abs() > 56.0;
                if far(left) && far(left + width) {
                    card.text(zero, bottom + 15.0, SMALL.at(Anchor::Middle), "0");
                }
            }
            card.text(left, bottom + 15.0, SMALL, &number(low));
            card.text(left + width, bottom + 15.0, SMALL.at(Anchor::End), &number(high));
        }
        card.line([(left, bottom), (left + width, bottom)], 1.0, FAINT_EDGE, false);
    }
}

/// Histograms side by side; made by [`weight_histograms`] and [`activation_histograms`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// assert!(weight_histograms(&model).show().plain().contains("conv2d"));
/// assert!(activation_histograms(&model, &digits().x.rows(0..50))?.show().plain().contains("dense"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Histograms {
    title: String,
    panels: Vec<Histogram>,
}

/// How the weights of each layer are spread: a histogram for each tensor of them, with mean and standard deviation.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([784]).add(Dense::new(64).activation(ReLU)).add(Dense::new(10));
/// weight_histograms(&model);
/// ```
pub fn weight_histograms(model: &Sequential) -> Histograms {
    let mut panels = Vec::new();
    for layer in model.insides() {
        for (described, weight) in layer.described.iter().zip(layer.weights) {
            let name = format!("{} {}", layer.name, described.name());
            panels.push(Histogram::of(name, &weight.values()));
        }
    }
    let count = with_commas(model.weights().iter().map(Tensor::len).sum());
    Histograms {
        title: format!("{count} weights: mean ± standard deviation"),
        panels,
    }
}

/// How the numbers that each layer gives for the samples `x` are spread. Many zeros behind a ReLU are units that are
/// silent; all numbers near the ends of a sigmoid are units that are stuck.
///
/// ```
/// use dl_core::prelude::*;
/// let (train, _) = fashion_mnist_sample();
/// let model = Sequential::new([28, 28, 1]).add(Flatten::new()).add(Dense::new(64).activation(ReLU)).add(Dense::new(10));
/// activation_histograms(&model, &train.normalize().x.rows(0..100))?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the samples have another shape than the model takes.
pub fn activation_histograms(model: &Sequential, x: &Tensor) -> Result<Histograms> {
    model.inside("activation_histograms", 0)?;
    let panels = model
        .outputs_for("activation_histograms", x)?
        .into_iter()
        .map(|(name, output)| Histogram::of(name, &output.values()));
    Ok(Histograms {
        title: format!(
            "What each layer gives for {}: mean ± standard deviation",
            samples(x.shape()[0])
        ),
        panels: panels.collect(),
    })
}

impl Histograms {
    fn svg(&self) -> String {
        let shown = self.panels.len().min(MOST_PANELS);
        let rows = shown.div_ceil(COLUMNS) as f64;
        let top = 38.0;
        let rest = self.panels.len() - shown;
        let below = if rest > 0 { 28.0 } else { 0.0 };
        let mut card = Card::new(WIDEST, top + rows * PANEL.1 + below);
        card.text(16.0, 24.0, TITLE, &self.title);
        for (number, panel) in self.panels[..shown].iter().enumerate() {
            let x = 8.0 + (number % COLUMNS) as f64 * (PANEL.0 + 8.0);
            panel.draw(&mut card, x, top + (number / COLUMNS) as f64 * PANEL.1);
        }
        if rest > 0 {
            card.text(16.0, top + rows * PANEL.1 + 14.0, NOTE, &format!("+ {rest} more"));
        }
        let names: Vec<&str> = self.panels.iter().map(|panel| panel.name.as_str()).collect();
        card.finish(&format!("Histograms. {}: {}", self.title, names.join(", ")))
    }
}

impl Show for Histograms {
    fn show(&self) -> MimeBundle {
        let mut plain = vec![self.title.clone()];
        plain.extend(self.panels.iter().map(Histogram::text));
        let bundle = MimeBundle::text(plain.join("\n"));
        match self.panels.is_empty() {
            true => bundle,
            false => bundle.with_svg(self.svg()),
        }
    }
}
