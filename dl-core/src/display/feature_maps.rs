//! What a layer of a model gives for one sample, as large maps. All layers together, small: `all`.

use super::card::{Card, NOTE, TITLE, number, text_width};
use super::mosaic::{Channels, Grid, cells, skip};
use super::scale::Scale;
use super::{MimeBundle, Show};
use crate::error::Result;
use crate::model::Sequential;
use crate::tensor::Tensor;

mod all;

pub use all::{AllFeatureMaps, all_feature_maps};

/// Maps, or units, of one layer that are shown where it has the card for itself.
const MOST_MAPS: usize = 64;
const MOST_UNITS: usize = 2048;
/// Units that have their numbers written into their cells.
const NUMBERED: usize = 16;
/// From the edge of the card to what is on it.
const EDGE: f64 = 16.0;

/// What one layer gives for one sample.
#[derive(Clone, Debug)]
struct LayerOutput {
    /// `conv2d (Conv2D)`.
    title: String,
    /// `[height, width, maps]`; a layer that gives a vector has one row of `[1, 1, units]`.
    values: Tensor,
}

impl LayerOutput {
    /// `output` is of a batch of one.
    fn new(title: String, output: &Tensor) -> LayerOutput {
        let shape = match output.shape()[1..] {
            [rows, columns, maps] => [rows, columns, maps],
            // Steps of a sequence with their features are one map.
            [steps, features] => [steps, features, 1],
            _ => [1, 1, output.len()],
        };
        let values = Tensor::from_vec(output.to_vec(), shape);
        LayerOutput { title, values }
    }

    fn channels<'a>(&self, values: &'a [f32]) -> Channels<'a> {
        let shape = self.values.shape();
        Channels {
            values,
            rows: shape[0],
            columns: shape[1],
            channels: shape[2],
        }
    }

    /// Whether it is a vector of units and no map.
    fn is_vector(&self) -> bool {
        self.values.shape()[..2] == [1, 1]
    }

    fn count(&self) -> usize {
        self.values.shape()[2]
    }

    /// `32 maps of 26 x 26`, `10 units`.
    fn size(&self) -> String {
        match *self.values.shape() {
            [1, 1, 1] => "1 unit".to_string(),
            [1, 1, units] => format!("{units} units"),
            [rows, columns, 1] => format!("1 map of {rows} x {columns}"),
            [rows, columns, maps] => format!("{maps} maps of {rows} x {columns}"),
            _ => unreachable!("three axes are made above"),
        }
    }

    /// `32 maps of 26 x 26, from 0 to 1.234, 3 are 0 everywhere`.
    fn line(&self) -> String {
        let values = self.values.values();
        let [low, high] = Scale::rising(&values).ends().map(number);
        let mut line = format!("{}, from {low} to {high}", self.size());
        let silent = (0..self.count())
            .filter(|map| {
                values
                    .iter()
                    .skip(*map)
                    .step_by(self.count())
                    .all(|&value| value == 0.0)
            })
            .count();
        if silent > 0 && !self.is_vector() {
            line.push_str(&format!(", {silent} of them 0 everywhere"));
        } else if silent > 0 {
            line.push_str(&format!(", {silent} of them 0"));
        }
        let odd = values.iter().filter(|value| !value.is_finite()).count();
        if odd > 0 {
            line.push_str(&format!(", {odd} numbers NaN or infinite"));
        }
        line
    }
}

/// `, + 32 more` where not all are shown.
fn more(shown: usize, count: usize, what: &str) -> String {
    match count - shown {
        0 => String::new(),
        more => format!(", + {more} more{what}"),
    }
}

/// What one layer gives for one image; made by [`feature_maps`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// let maps = feature_maps(&model, &digits().x.rows(0..1), 0)?;
/// assert!(maps.show().plain().contains("4 maps of 6 x 6"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FeatureMaps {
    layer: usize,
    output: LayerOutput,
}

/// What layer number `layer` (from 0) gives for one image: a map for each of its filters, all in the same colours, from
/// dark (the lowest number of the layer) to bright. A layer that gives a vector has one cell for each unit.
///
/// `image` is one sample, as the model takes it, with or without the batch axis: `[28, 28, 1]` or `[1, 28, 28, 1]`.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 1]).add(Conv2D::new(8, 3).activation(ReLU)).add(MaxPool2D::new(2));
/// let (train, _) = fashion_mnist_sample();
/// let maps = feature_maps(&model, &train.x.rows(0..1), 0)?;
/// assert_eq!(maps.maps().shape(), [26, 26, 8]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When there is no such layer, or the image is none that the model takes.
pub fn feature_maps(model: &Sequential, image: &Tensor, layer: usize) -> Result<FeatureMaps> {
    let op = "feature_maps";
    let title = model.inside(op, layer)?.title();
    let x = model.batch_of_one(op, image)?;
    let output = &model.outputs(&x)?[layer].1;
    Ok(FeatureMaps {
        layer,
        output: LayerOutput::new(title, output),
    })
}

impl FeatureMaps {
    /// The numbers behind the picture: `[height, width, maps]`, for a layer that gives a vector `[1, 1, units]`.
    pub fn maps(&self) -> &Tensor {
        &self.output.values
    }

    fn title(&self) -> String {
        format!("Layer {}, {}", self.layer, self.output.title)
    }

    fn svg(&self) -> String {
        let values = self.output.values.values();
        let (channels, scale) = (self.output.channels(&values), Scale::rising(&values));
        let count = self.output.count();
        let top = 58.0;
        let (left, bar_room) = (EDGE, 112.0);
        if self.output.is_vector() {
            let shown = count.min(MOST_UNITS);
            let columns = if shown > 320 { 64 } else { 32 };
            let side = match shown {
                ..=NUMBERED => 530.0 / shown.max(12) as f64,
                _ => 530.0 / columns as f64,
            };
            let rows = shown.div_ceil(columns) as f64;
            let height = (rows * (side + 1.0)).max(90.0);
            let width = shown.min(columns) as f64 * side;
            let mut card = self.card([width + bar_room, top + height + 16.0], shown, " units");
            cells(&mut card, (left, top), &values[..shown], columns, side, &scale);
            scale.bar(&mut card, [left + width + 18.0, top, 16.0, height.min(200.0)]);
            return card.finish(&self.words());
        }
        let shown = count.min(MOST_MAPS);
        let (columns, side) = match shown {
            1 => (1, 300.0),
            2..=4 => (shown, 128.0),
            5..=8 => (4, 128.0),
            _ => (8, 63.0),
        };
        let grid = Grid {
            columns,
            side,
            numbered: count > 1,
            skip: skip(channels.rows * channels.columns * shown),
        };
        let [width, height] = grid.size(&channels, shown);
        let bar = height.clamp(90.0, 300.0);
        let size = [width + bar_room, top + height.max(bar) + 16.0];
        let mut card = self.card(size, shown, " maps");
        grid.draw(&mut card, (left, top), &channels, shown, &scale);
        scale.bar(&mut card, [left + width + 18.0, top, 16.0, bar]);
        card.finish(&self.words())
    }

    /// A card with the head; its size besides the edge on the left.
    fn card(&self, [width, height]: [f64; 2], shown: usize, what: &str) -> Card {
        let line = format!("{}{}", self.output.line(), more(shown, self.output.count(), what));
        let words = text_width(&line, NOTE.size) + EDGE;
        let mut card = Card::new(EDGE + width.max(words), height);
        card.text(EDGE, 24.0, TITLE, &self.title());
        card.text(EDGE, 46.0, NOTE, &line);
        card
    }

    fn words(&self) -> String {
        format!("Feature maps. {}: {}", self.title(), self.output.line())
    }
}

impl Show for FeatureMaps {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(format!("{}\n{}", self.title(), self.output.line())).with_svg(self.svg())
    }
}
