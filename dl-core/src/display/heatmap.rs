//! A matrix as colours with a colour bar.

use super::card::{Card, TITLE, number};
use super::picture::Picture;
use super::scale::Scale;
use super::{MimeBundle, Show};
use crate::error::Error;
use crate::tensor::Tensor;

/// Larger matrices are drawn with the mean of several elements in one pixel.
const MOST_CELLS: usize = 256;
/// The longer side of the drawing, in pixels.
const SIDE: f64 = 340.0;

/// A matrix drawn as colours; made by [`heatmap`].
///
/// ```
/// use dl_core::prelude::*;
/// let map = heatmap(&Tensor::eye(4)).title("ones on the diagonal");
/// assert!(map.show().plain().contains("ones on the diagonal"));
/// ```
#[derive(Clone, Debug)]
pub struct HeatMap {
    matrix: Tensor,
    title: String,
}

/// The numbers of a matrix as colours, from dark (the lowest) to bright (the highest), with a colour bar.
///
/// `tensor` is `[rows, columns]`; a vector is drawn as one row, and axes of size 1 do not count, so that a grey image
/// `[1, 28, 28, 1]` is a matrix too.
///
/// ```
/// use dl_core::prelude::*;
/// heatmap(&Tensor::randn([20, 30]));
/// ```
///
/// # Panics
/// When the tensor has more than two axes of size above 1, or no elements.
#[track_caller]
pub fn heatmap(tensor: &Tensor) -> HeatMap {
    let sizes: Vec<usize> = tensor.shape().iter().copied().filter(|&size| size != 1).collect();
    let (rows, columns) = match sizes[..] {
        _ if tensor.is_empty() => {
            let why = format!("shape {:?} holds no numbers", tensor.shape());
            Error::shape("heatmap", why, "check how the tensor was made").raise()
        }
        [] => (1, 1),
        [columns] if tensor.shape().last() == Some(&1) && tensor.rank() == 2 => (columns, 1),
        [columns] => (1, columns),
        [rows, columns] => (rows, columns),
        _ => {
            let why = format!("shape {:?} is no matrix", tensor.shape());
            let hint = "pick one with slice: x.slice(0, 0..1)";
            Error::shape("heatmap", why, hint).raise()
        }
    };
    let matrix = Tensor::from_vec(tensor.to_vec(), [rows, columns]);
    HeatMap {
        matrix,
        title: format!("shape {:?}", tensor.shape()),
    }
}

impl HeatMap {
    /// Sets the line above the picture.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> HeatMap {
        self.title = title.into();
        self
    }

    /// The picture, and in words what it shows.
    pub(super) fn svg(&self) -> String {
        let (rows, columns) = (self.matrix.shape()[0], self.matrix.shape()[1]);
        let values = self.matrix.values();
        let scale = Scale::rising(&values);
        // How many rows and columns make one pixel.
        let (tall, wide) = (rows.div_ceil(MOST_CELLS), columns.div_ceil(MOST_CELLS));
        let (height, width) = (rows.div_ceil(tall), columns.div_ceil(wide));
        let mut picture = Picture::new(width, height, [255; 3]);
        for y in 0..height {
            for x in 0..width {
                let inside = (y * tall..rows.min((y + 1) * tall)).flat_map(|row| {
                    (x * wide..columns.min((x + 1) * wide)).map(move |column| row * columns + column)
                });
                let (sum, count) = inside.fold((0.0, 0.0), |(sum, count), at| {
                    (sum + f64::from(values[at]), count + 1.0)
                });
                picture.set(x, y, scale.color(sum / count));
            }
        }
        // Thin matrices stay thick enough to be seen.
        let cell = (SIDE / rows.max(columns) as f64).min(36.0);
        let thick = |cells: usize| (cell * cells as f64).max((14.0 * cells as f64).min(112.0));
        let (drawn_width, drawn_height) = (thick(columns), thick(rows));
        let (left, top) = (16.0, 36.0);
        let bar = drawn_height.max(90.0);
        let mut card = Card::new((left + drawn_width + 110.0).max(300.0), top + bar + 16.0);
        card.text(left, 24.0, TITLE, &self.title);
        card.image([left, top, drawn_width, drawn_height], &picture.png(), false);
        scale.bar(&mut card, [left + drawn_width + 20.0, top, 16.0, bar]);
        let [low, high] = scale.ends().map(number);
        card.finish(&format!(
            "Heat map, {}: {rows} rows, {columns} columns, {low} to {high}",
            self.title
        ))
    }
}

impl Show for HeatMap {
    fn show(&self) -> MimeBundle {
        MimeBundle::text(format!("{}\n{:?}", self.title, self.matrix)).with_svg(self.svg())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor;

    #[test]
    fn colours_are_the_same_however_large_the_numbers() {
        let drawn = |size: f32| {
            let svg = heatmap(&(tensor![[-1., 0., 1.]] * size)).svg();
            let (_, picture) = svg.split_once("base64,").unwrap();
            picture.split_once('"').unwrap().0.to_string()
        };
        assert_eq!(drawn(f32::MAX), drawn(1.0));
    }
}
