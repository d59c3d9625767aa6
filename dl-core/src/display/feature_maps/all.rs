//! What all layers of a model give for one sample, from the sample to the answer.

use super::{EDGE, LayerOutput, NUMBERED, more};
use crate::display::card::{Card, NOTE, TEXT, TITLE, WIDEST};
use crate::display::mosaic::{Grid, cells, skip};
use crate::display::scale::Scale;
use crate::display::{MimeBundle, Show, images};
use crate::error::Result;
use crate::model::Sequential;
use crate::tensor::Tensor;

/// Maps, or units, of a layer that are shown where all layers share a card.
const FEW_MAPS: usize = 16;
const FEW_UNITS: usize = 240;
/// Layers on one card.
const MOST_LAYERS: usize = 16;
/// The side of a map.
const SIDE: f64 = 35.0;

/// What every layer gives for one image; made by [`all_feature_maps`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// let maps = all_feature_maps(&model, &digits().x.rows(0..1))?;
/// assert!(maps.show().plain().contains("10 units"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AllFeatureMaps {
    /// The sample, as `[height, width, channels]` or what it is.
    input: LayerOutput,
    layers: Vec<LayerOutput>,
    /// Layers that give what they got and are not drawn.
    unchanged: usize,
}

/// What every layer gives for one image, from the image at the top to the answer: a row of maps, or of units, for each
/// layer. Colours go from the lowest to the highest number of a layer, for each layer anew. Layers that hand on the same
/// numbers, such as `Flatten` and `Dropout`, are left out.
///
/// `image` is as for [`feature_maps`](super::feature_maps()).
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 1])
///     .add(Conv2D::new(8, 3).activation(ReLU))
///     .add(MaxPool2D::new(2))
///     .add(Flatten::new())
///     .add(Dense::new(10).activation(Softmax));
/// let (train, _) = fashion_mnist_sample();
/// all_feature_maps(&model, &train.x.rows(0..1))?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the model has no layers, or the image is none that it takes.
pub fn all_feature_maps(model: &Sequential, image: &Tensor) -> Result<AllFeatureMaps> {
    let op = "all_feature_maps";
    model.inside(op, 0)?;
    let x = model.batch_of_one(op, image)?;
    let (mut layers, mut unchanged, mut before) = (Vec::new(), 0, x.to_vec());
    for (layer, (_, output)) in model.insides().iter().zip(model.outputs(&x)?) {
        let values = output.to_vec();
        // Compared bit by bit: NaN handed on is the same too.
        if values
            .iter()
            .map(|value| value.to_bits())
            .eq(before.iter().map(|value| value.to_bits()))
        {
            unchanged += 1;
            continue;
        }
        layers.push(LayerOutput::new(layer.title(), &output));
        before = values;
    }
    Ok(AllFeatureMaps {
        input: LayerOutput::new("the sample".to_string(), &x),
        layers,
        unchanged,
    })
}

impl AllFeatureMaps {
    /// One line for each layer.
    fn lines(&self) -> Vec<String> {
        let layers = std::iter::once(&self.input).chain(&self.layers);
        layers
            .map(|layer| format!("{}: {}", layer.title, layer.line()))
            .collect()
    }

    fn title(&self) -> String {
        let left_out = match self.unchanged {
            0 => String::new(),
            1 => "; 1 layer that changes nothing is left out".to_string(),
            count => format!("; {count} layers that change nothing are left out"),
        };
        format!("From the sample to the answer{left_out}")
    }

    fn svg(&self) -> String {
        const HEAD: f64 = 24.0;
        let shown = self.layers.len().min(MOST_LAYERS);
        let blocks: Vec<(&LayerOutput, f64)> = std::iter::once(&self.input)
            .chain(&self.layers[..shown])
            .map(|layer| (layer, layer.block_height()))
            .collect();
        let height: f64 = blocks.iter().map(|(_, height)| height + HEAD + 10.0).sum();
        let skip = skip(self.layers[..shown].iter().map(LayerOutput::few_pixels).sum());
        let rest = more(shown, self.layers.len(), " layers");
        let mut card = Card::new(WIDEST, 38.0 + height + if rest.is_empty() { 0.0 } else { 24.0 });
        card.text(EDGE, 24.0, TITLE, &self.title());
        let mut y = 38.0;
        for (number, (layer, height)) in blocks.into_iter().enumerate() {
            let count = layer.count();
            let most = if layer.is_vector() { FEW_UNITS } else { FEW_MAPS };
            let rest = more(count.min(most), count, "");
            let line = format!("{}: {}{rest}", layer.title, layer.line());
            card.text(EDGE, y + 16.0, TEXT, &line);
            layer.block(&mut card, y + HEAD, skip, number == 0);
            y += height + HEAD + 10.0;
        }
        if !rest.is_empty() {
            card.text(EDGE, y + 14.0, NOTE, rest.trim_start_matches(", "));
        }
        card.finish(&format!("{}. {}", self.title(), self.lines().join("; ")))
    }
}

impl LayerOutput {
    const CELLS: usize = 60;

    /// The grid of its first maps in one row, among all layers.
    fn grid(skip: usize) -> Grid {
        Grid {
            columns: FEW_MAPS,
            side: SIDE,
            numbered: false,
            skip,
        }
    }

    /// Pixels of the maps that are drawn of it among all layers.
    fn few_pixels(&self) -> usize {
        let shape = self.values.shape();
        shape[0] * shape[1] * shape[2].min(FEW_MAPS)
    }

    /// The side of a unit's cell among all layers.
    fn cell(&self) -> f64 {
        match self.count() {
            ..=NUMBERED => 39.0,
            17..=30 => 22.0,
            _ => 10.4,
        }
    }

    fn block_height(&self) -> f64 {
        let values = self.values.values();
        if self.is_vector() {
            self.count().min(FEW_UNITS).div_ceil(Self::CELLS) as f64 * (self.cell() + 1.0)
        } else {
            Self::grid(1).size(&self.channels(&values), self.count().min(FEW_MAPS))[1]
        }
    }

    /// The first maps or units at the left edge; the sample itself in its own colours where it is an image.
    fn block(&self, card: &mut Card, y: f64, skip: usize, is_sample: bool) {
        let values = self.values.values();
        let scale = Scale::rising(&values);
        let [rows, columns, channels] = [0, 1, 2].map(|axis| self.values.shape()[axis]);
        if is_sample && !self.is_vector() && matches!(channels, 1 | 3) {
            let most_side = images::most_side(1, channels);
            let file = images::draw(
                &values,
                [rows, columns, channels],
                most_side,
                images::brightest(&values),
            );
            let [width, height] = images::drawn_size([rows, columns], SIDE);
            card.image([EDGE, y, width, height], &file, false);
        } else if self.is_vector() {
            let shown = &values[..self.count().min(FEW_UNITS)];
            cells(card, (EDGE, y), shown, Self::CELLS, self.cell(), &scale);
        } else {
            let shown = self.count().min(FEW_MAPS);
            Self::grid(skip).draw(card, (EDGE, y), &self.channels(&values), shown, &scale);
        }
    }
}

impl Show for AllFeatureMaps {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(format!("{}\n{}", self.title(), self.lines().join("\n"))).with_svg(self.svg())
    }
}
