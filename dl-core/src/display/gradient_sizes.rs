//! How large the gradient is that arrives at each layer: where it vanishes, and where it explodes.

use super::card::{Anchor, Card, FAINT_EDGE, NOTE, TEXT, TITLE, WIDEST, number, shorten, widest_text};
use super::palette::CLASSES;
use super::{MimeBundle, Show};
use crate::data::{Dataset, samples};
use crate::error::Result;
use crate::model::Sequential;

/// The gradient is that of this many samples.
const BATCH: usize = 128;
/// Layers on one card.
const MOST_LAYERS: usize = 32;
/// The height of one layer, in pixels.
const ROW: f64 = 24.0;
/// What is smaller by more powers of ten than this is drawn as nothing.
const MOST_POWERS: f64 = 12.0;

/// The size of the gradient of each layer; made by [`gradient_sizes`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let mut model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// model.compile(Adam::new(0.01), SparseCategoricalCrossentropy::from_logits(), [Accuracy]);
/// assert!(gradient_sizes(&model, &digits())?.show().plain().contains("conv2d"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct GradientSizes {
    /// Names, from the first layer to the last, and the root of the mean square of the gradient; none if it is frozen.
    layers: Vec<(String, Option<f64>)>,
    samples: usize,
}

/// How strongly the loss of one batch (the first samples, at most 128) asks each layer to change: the root of the mean
/// square of the gradient over all weights of the layer, on a scale of powers of ten. Gradients that get smaller and
/// smaller towards the first layer vanish: these layers hardly learn. The model stays as it is.
///
/// ```
/// use dl_core::prelude::*;
/// let data = xor(100, 0.1);
/// let mut model = Sequential::new([2]).add(Dense::new(8).activation(Sigmoid)).add(Dense::new(1).activation(Sigmoid));
/// model.compile(SGD::new(0.1), BinaryCrossentropy::new(), []);
/// let sizes = gradient_sizes(&model, &data)?;
/// assert!(sizes.of("dense").is_some_and(|size| size > 0.0));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the model is not compiled, has nothing to learn, or does not suit the data.
pub fn gradient_sizes(model: &Sequential, data: &Dataset) -> Result<GradientSizes> {
    let batch = data.take(BATCH);
    let mut gradients = model.gradients_on("gradient_sizes", &batch)?.into_iter();
    let mut layers = Vec::new();
    for layer in model
        .insides()
        .into_iter()
        .filter(|layer| !layer.weights.is_empty())
    {
        let (mut squares, mut count) = (0.0, 0);
        for gradient in gradients.by_ref().take(layer.weights.len()).flatten() {
            squares += gradient
                .values()
                .iter()
                .map(|&value| f64::from(value).powi(2))
                .sum::<f64>();
            count += gradient.len();
        }
        let size = (count > 0).then(|| (squares / count as f64).sqrt());
        layers.push((layer.name.to_string(), size));
    }
    Ok(GradientSizes {
        layers,
        samples: batch.len(),
    })
}

impl GradientSizes {
    /// The size for the layer of this name; none where there is no such layer, or where it is frozen.
    pub fn of(&self, layer: &str) -> Option<f64> {
        let (_, size) = self.layers.iter().find(|(name, _)| name == layer)?;
        *size
    }

    /// The first layer that learns, compared with the last one.
    fn title(&self) -> String {
        let learning = |(name, size): &(String, Option<f64>)| size.map(|size| (name.clone(), size));
        let mut sizes = self.layers.iter().filter_map(learning);
        match (sizes.next(), sizes.next_back()) {
            (Some((first, small)), Some((last, large))) if small > 0.0 && large.is_finite() => {
                let ratio = format!("{:.1e}", small / large).parse().unwrap_or(small / large);
                format!(
                    "The gradient of {first} is {} times that of {last}",
                    number(ratio)
                )
            }
            _ => "The gradient of each layer".to_string(),
        }
    }

    fn note(&self) -> String {
        let count = samples(self.samples);
        format!("root mean square over the weights of a layer, of {count}, powers of ten")
    }

    fn svg(&self) -> String {
        let shown = &self.layers[..self.layers.len().min(MOST_LAYERS)];
        let names: Vec<String> = shown.iter().map(|(name, _)| shorten(name, 20)).collect();
        let left = 28.0 + widest_text(&names, TEXT.size);
        let (right, top) = (WIDEST - 100.0, 62.0);
        let bottom = top + shown.len() as f64 * ROW;
        let rest = self.layers.len() - shown.len();
        let mut card = Card::new(WIDEST, bottom + 30.0 + if rest > 0 { 20.0 } else { 0.0 });
        card.text(16.0, 24.0, TITLE, &self.title());
        card.text(16.0, 46.0, NOTE, &self.note());
        let sizes = shown.iter().filter_map(|(_, size)| *size);
        let sizes = sizes
            .filter(|size| *size > 0.0 && size.is_finite())
            .map(f64::log10);
        let (low, high) = super::axes::extent(sizes).unwrap_or((0.0, 0.0));
        let high = high.ceil().max(low.floor() + 1.0);
        let low = (low - 0.3).floor().max(high - MOST_POWERS);
        let x = |power: f64| left + (right - left) * ((power - low) / (high - low)).clamp(0.0, 1.0);
        let step = ((high - low) / 8.0).ceil();
        let mut power = low;
        while power <= high {
            card.line([(x(power), top), (x(power), bottom + 4.0)], 1.0, "#d8d8d8", false);
            let mark = number(10f64.powf(power));
            card.text(x(power), bottom + 19.0, NOTE.at(Anchor::Middle), &mark);
            power += step;
        }
        for (row, ((_, size), name)) in shown.iter().zip(&names).enumerate() {
            let y = top + row as f64 * ROW;
            card.text(left - 8.0, y + ROW / 2.0 + 4.5, TEXT.at(Anchor::End), name);
            let end = match size {
                Some(size) if *size > 0.0 && size.is_finite() => x(size.log10()),
                _ => left,
            };
            card.rect([left, y + 4.0, end - left, ROW - 8.0], CLASSES[0]);
            card.text(end + 6.0, y + ROW / 2.0 + 4.5, TEXT, &told(*size));
        }
        card.line([(left, top), (left, bottom)], 1.0, FAINT_EDGE, false);
        if rest > 0 {
            card.text(16.0, bottom + 40.0, NOTE, &format!("+ {rest} more layers"));
        }
        card.finish(&format!("{}. {}", self.title(), self.note()))
    }
}

fn told(size: Option<f64>) -> String {
    size.map_or("frozen".to_string(), number)
}

impl Show for GradientSizes {
    fn show(&self) -> MimeBundle {
        let wide = self.layers.iter().map(|(name, _)| name.chars().count()).max();
        let wide = wide.unwrap_or(0);
        let mut plain = vec![self.title(), self.note()];
        plain.extend(
            self.layers
                .iter()
                .map(|(name, size)| format!("  {name:wide$}  {}", told(*size))),
        );
        MimeBundle::text(plain.join("\n")).with_svg(self.svg())
    }
}
