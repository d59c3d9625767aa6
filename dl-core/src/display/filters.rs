//! The weights of a layer as small pictures: what its filters, or the units that look at an image, search for.

use super::card::{Card, NOTE, TITLE, number, text_width};
use super::mosaic::{Channels, Grid, skip};
use super::scale::Scale;
use super::{MimeBundle, Show};
use crate::error::{Error, Result};
use crate::model::{Inside, Sequential};
use crate::tensor::Tensor;

/// Filters that are shown where each is one picture.
const MOST_FILTERS: usize = 64;
/// Filters and channels that are shown where each filter has a picture for each channel.
const FEW_FILTERS: usize = 16;
const FEW_CHANNELS: usize = 12;

/// The weights of a layer as pictures; made by [`filters`].
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// let model = Sequential::new([8, 8, 1]).add(Conv2D::new(4, 3)).add(Flatten::new()).add(Dense::new(10));
/// assert!(filters(&model, 0)?.show().plain().contains("4 filters of 3 x 3"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Filters {
    title: String,
    /// `[height, width, channels, filters]`.
    kernel: Tensor,
}

/// The filters of layer number `layer` (from 0) as pictures: white is a weight of 0, orange above, blue below. Where the
/// layer sees several channels, each column is a filter and each row a channel.
///
/// A `Dense` layer that sees an image, whole and flattened, has one picture for each of its units: for digits, what each
/// unit searches for.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 1]).add(Conv2D::new(8, 3)).add(Flatten::new()).add(Dense::new(10));
/// assert_eq!(filters(&model, 0)?.kernel().shape(), [3, 3, 1, 8]);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When there is no such layer, or when it does not look at images.
pub fn filters(model: &Sequential, layer: usize) -> Result<Filters> {
    let op = "filters";
    let inside = model.inside(op, layer)?;
    let title = format!("Layer {layer}, {}", inside.title());
    match kernel(model, &inside, layer) {
        Some(kernel) if !kernel.is_empty() => Ok(Filters { title, kernel }),
        _ => {
            let with_filters: Vec<String> = (0..)
                .zip(model.insides())
                .filter(|(number, layer)| kernel_exists(model, layer, *number))
                .map(|(number, layer)| format!("{number} {}", layer.name))
                .collect();
            let hint = match with_filters.is_empty() {
                true => "no layer of this model looks at images: begin with Conv2D, or see a matrix of weights with \
                         heatmap(&model.weights()[0])"
                    .to_string(),
                false => format!("layers with filters: {}", with_filters.join(", ")),
            };
            let why = format!("layer {layer}, {}, has no filters", inside.title());
            Err(Error::shape(op, why, hint))
        }
    }
}

fn kernel_exists(model: &Sequential, layer: &Inside, number: usize) -> bool {
    kernel(model, layer, number).is_some()
}

/// The weights of a layer as `[height, width, channels, filters]`, if it looks at images.
fn kernel(model: &Sequential, layer: &Inside, number: usize) -> Option<Tensor> {
    let kernel = layer.weight("kernel")?.detach();
    match (layer.kind, kernel.shape()) {
        ("Conv2D", [_, _, _, _]) => Some(kernel),
        // Its filters stand before the channels.
        ("Conv2DTranspose", &[height, width, filters, channels]) => {
            let matrices: Vec<f32> = kernel
                .values()
                .chunks_exact((filters * channels).max(1))
                .flat_map(|pixel| {
                    (0..filters * channels)
                        .map(|at| pixel[at % filters * channels + at / filters])
                        .collect::<Vec<f32>>()
                })
                .collect();
            Some(Tensor::from_vec(matrices, [height, width, channels, filters]))
        }
        ("Dense", &[inputs, units]) => {
            let [height, width, channels] = image_before(model, number, inputs)?;
            Some(kernel.reshape([height, width, channels, units]))
        }
        _ => None,
    }
}

/// The shape of the image that a layer sees as a vector: that before a `Flatten`, or a square one that is the sample.
fn image_before(model: &Sequential, number: usize, inputs: usize) -> Option<[usize; 3]> {
    let layers = model.insides();
    let mut before = number;
    while before > 0 && ["Flatten", "Dropout"].contains(&layers[before - 1].kind) {
        before -= 1;
    }
    match *layers[before].shapes[0] {
        // Behind other layers, maps that were flattened are far too many to look at one by one.
        [height, width, channels] if height * width * channels == inputs && before == 0 => {
            Some([height, width, channels])
        }
        [height, width] if height * width == inputs && before == 0 => Some([height, width, 1]),
        [_] if before == 0 => {
            let side = inputs.isqrt();
            (side >= 4 && side * side == inputs).then_some([side, side, 1])
        }
        _ => None,
    }
}

impl Filters {
    /// The weights behind the pictures: `[height, width, channels, filters]`.
    pub fn kernel(&self) -> &Tensor {
        &self.kernel
    }

    fn sizes(&self) -> [usize; 4] {
        [0, 1, 2, 3].map(|axis| self.kernel.shape()[axis])
    }

    /// `32 filters of 3 x 3, weights from -0.2 to 0.3`.
    fn line(&self) -> String {
        let [height, width, channels, filters] = self.sizes();
        let values = self.kernel.values();
        let [low, high] = Scale::rising(&values).ends().map(number);
        let plural = if filters == 1 { "" } else { "s" };
        let of = if channels == 1 {
            String::new()
        } else {
            format!(" x {channels}")
        };
        let odd = values.iter().filter(|value| !value.is_finite()).count();
        let odd = if odd > 0 {
            format!(", {odd} of them NaN or infinite")
        } else {
            String::new()
        };
        format!("{filters} filter{plural} of {height} x {width}{of}, weights from {low} to {high}{odd}")
    }

    fn svg(&self) -> String {
        let [rows, columns, channels, filters] = self.sizes();
        let values = self.kernel.values();
        let scale = Scale::signed(&values);
        let (left, top) = (16.0, 58.0);
        let of_one = channels == 1;
        let (shown, seen) = match of_one {
            true => (filters.min(MOST_FILTERS), 1),
            false => (filters.min(FEW_FILTERS), channels.min(FEW_CHANNELS)),
        };
        let (across, side) = match (of_one, shown) {
            (true, ..=10) => (5, 104.0),
            (true, _) => (8, 64.0),
            (false, _) => (1, 450.0 / shown.max(10) as f64),
        };
        let grid = Grid {
            columns: across,
            side,
            numbered: of_one,
            skip: skip(rows * columns * shown * seen),
        };
        // One column of the pictures of a filter after the other; where a filter has one picture, it is a grid.
        let all = Channels {
            values: &values,
            rows,
            columns,
            channels: channels * filters,
        };
        let one = grid.size(&all, 1);
        let gutter = if of_one { 0.0 } else { 30.0 };
        let [width, height] = match of_one {
            true => grid.size(&all, shown),
            false => [
                gutter + shown as f64 * (one[0] + 4.0),
                16.0 + seen as f64 * (one[1] + 4.0),
            ],
        };
        let bar = height.clamp(90.0, 300.0);
        let mut line = self.line();
        if shown < filters {
            line.push_str(&format!(", + {} more filters", filters - shown));
        }
        if seen < channels {
            line.push_str(&format!(", + {} more channels", channels - seen));
        }
        let wide = (left + width + 100.0).max(2.0 * left + text_width(&line, NOTE.size));
        let mut card = Card::new(wide, top + height.max(bar) + 16.0);
        card.text(left, 24.0, TITLE, &self.title);
        card.text(left, 46.0, NOTE, &line);
        match of_one {
            true => grid.draw(&mut card, (left, top), &all, shown, &scale),
            false => {
                for filter in 0..shown {
                    let x = left + gutter + filter as f64 * (one[0] + 4.0);
                    card.text(x, top + 10.0, NOTE, &filter.to_string());
                    let of_filter: Vec<f32> = values
                        .chunks_exact(channels * filters)
                        .flat_map(|pixel| (0..seen).map(move |channel| pixel[channel * filters + filter]))
                        .collect();
                    let of_filter = Channels {
                        values: &of_filter,
                        rows,
                        columns,
                        channels: seen,
                    };
                    grid.draw(&mut card, (x, top + 16.0), &of_filter, seen, &scale);
                }
                for channel in 0..seen {
                    let y = top + 16.0 + (channel as f64 + 0.5) * (one[1] + 4.0) + 3.0;
                    card.text(left, y, NOTE, &channel.to_string());
                }
            }
        }
        scale.bar(&mut card, [left + width + 18.0, top, 16.0, bar]);
        card.finish(&format!("{}: {}", self.title, self.line()))
    }
}

impl Show for Filters {
    fn show(&self) -> MimeBundle {
        let [rows, columns, channels, filters] = self.sizes();
        let mut plain = format!("{}\n{}", self.title, self.line());
        if rows * columns * channels * filters <= 36 {
            plain.push_str(&format!("\n{:?}", self.kernel));
        }
        MimeBundle::text(plain).with_svg(self.svg())
    }
}
