//! Images below each other that belong together: originals and what became of them.

use super::card::{Anchor, Card, NOTE, TEXT, TITLE, WIDEST, number, widest_text};
use super::images::{SIDE, brightest, draw, drawn_size, most_side};
use super::{MimeBundle, Show};
use crate::error::Error;
use crate::tensor::Tensor;

/// More columns of images than this would not be looked at.
const MOST_COLUMNS: usize = 20;

/// Rows of images, each with its name; made by [`show_pairs`] and [`show_augmented`](super::show_augmented).
///
/// ```
/// use dl_core::prelude::*;
/// let images = digits().x.rows(0..5);
/// let rows = show_pairs(&images, &(0.5 * &images), 5);
/// assert!(rows.show().plain().contains("5 pairs"));
/// ```
#[derive(Clone, Debug)]
pub struct ImageRows {
    title: String,
    /// Name and images `[n, height, width, channels]` of each row.
    rows: Vec<(String, Tensor)>,
    /// Below each column.
    captions: Vec<String>,
}

/// The first `count` originals (at most 20) above what a model made of them, with the mean squared error of each pair.
///
/// Both are images `[n, height, width, channels]`, or vectors `[n, pixels]` of square grey images, such as a dense
/// autoencoder gives.
///
/// ```
/// use dl_core::prelude::*;
/// let (train, _) = fashion_mnist_sample();
/// let noisy = &train.x / 255. + 0.1 * Tensor::randn(train.x.shape());
/// show_pairs(&(&train.x / 255.), &noisy, 8);
/// ```
///
/// # Panics
/// When they are no images, or differ in number or size.
#[track_caller]
pub fn show_pairs(originals: &Tensor, reconstructions: &Tensor, count: usize) -> ImageRows {
    let (first, second) = match (
        as_images(originals, reconstructions),
        as_images(reconstructions, originals),
    ) {
        (Some(first), Some(second)) if first.shape() == second.shape() => (first, second),
        _ => {
            let why = format!(
                "originals of shape {:?}, reconstructions of shape {:?}",
                originals.shape(),
                reconstructions.shape()
            );
            let hint =
                "both are as many images [n, height, width, 1 or 3], or vectors [n, pixels] of square images";
            Error::shape("show_pairs", why, hint).raise()
        }
    };
    let shown = count.min(MOST_COLUMNS).min(first.shape()[0]);
    let (first, second) = (first.rows(0..shown), second.rows(0..shown));
    let errors: Vec<f64> = (0..shown).map(|pair| error_of(&first, &second, pair)).collect();
    let mean = errors.iter().sum::<f64>() / shown.max(1) as f64;
    let plural = if shown == 1 { "" } else { "s" };
    ImageRows {
        title: format!(
            "{shown} pair{plural}, mean squared error {}",
            number(rounded(mean))
        ),
        rows: vec![
            ("original".to_string(), first),
            ("reconstruction".to_string(), second),
        ],
        captions: errors.into_iter().map(|error| number(rounded(error))).collect(),
    }
}

/// To three significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

fn error_of(first: &Tensor, second: &Tensor, pair: usize) -> f64 {
    let size = first.len() / first.shape()[0].max(1);
    let values = |tensor: &Tensor| tensor.values()[pair * size..(pair + 1) * size].to_vec();
    let squares = values(first)
        .into_iter()
        .zip(values(second))
        .map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>() / size.max(1) as f64
}

/// `[n, height, width, channels]`: as it is, or a vector as the other one tells, or as a square.
fn as_images(tensor: &Tensor, other: &Tensor) -> Option<Tensor> {
    let images = |tensor: &Tensor| super::images::are_images(tensor);
    match *tensor.shape() {
        _ if images(tensor) => Some(tensor.detach()),
        [count, rows, columns] if rows * columns > 0 => {
            Some(tensor.reshape([count, rows, columns, 1]).detach())
        }
        [count, pixels] if pixels > 0 => {
            let side = pixels.isqrt();
            match *other.shape() {
                [_, rows, columns, channels] if images(other) && rows * columns * channels == pixels => {
                    Some(tensor.reshape([count, rows, columns, channels]).detach())
                }
                _ if side * side == pixels => Some(tensor.reshape([count, side, side, 1]).detach()),
                _ => None,
            }
        }
        _ => None,
    }
}

impl ImageRows {
    /// Rows of images of one shape.
    pub(super) fn new(title: String, rows: Vec<(String, Tensor)>, captions: Vec<String>) -> ImageRows {
        ImageRows {
            title,
            rows,
            captions,
        }
    }

    fn count(&self) -> usize {
        self.rows.first().map_or(0, |(_, images)| images.shape()[0])
    }

    fn svg(&self) -> String {
        let count = self.count();
        let names: Vec<String> = self.rows.iter().map(|(name, _)| name.clone()).collect();
        let left = 24.0 + widest_text(&names, TEXT.size);
        let step = SIDE + 6.0;
        // Lines of about the same length.
        let most = ((WIDEST - left - 10.0) / step) as usize;
        let columns = count.div_ceil(count.div_ceil(most));
        let block = self.rows.len() as f64 * step + 24.0;
        let height = 38.0 + count.div_ceil(columns) as f64 * block;
        let width = (left + columns as f64 * step + 10.0).max(430.0);
        let mut card = Card::new(width, height);
        card.text(16.0, 24.0, TITLE, &self.title);
        for (row, (name, images)) in self.rows.iter().enumerate() {
            let shape = images.shape();
            let shape = [shape[1], shape[2], shape[3]];
            let most_side = most_side(count * self.rows.len(), shape[2]);
            // The first row tells what is white for all: a reconstruction may reach beyond.
            let brightest = brightest(&self.rows[0].1.values());
            let [width, height] = drawn_size([shape[0], shape[1]], SIDE);
            let values = images.values();
            let size: usize = shape.iter().product();
            for (index, pixels) in values.chunks_exact(size).enumerate() {
                let x = left + (index % columns) as f64 * step;
                let y = 38.0 + (index / columns) as f64 * block + row as f64 * step;
                if index % columns == 0 {
                    card.text(left - 8.0, y + SIDE / 2.0 + 4.0, TEXT.at(Anchor::End), name);
                }
                let place = [x + (SIDE - width) / 2.0, y + (SIDE - height) / 2.0, width, height];
                card.image(place, &draw(pixels, shape, most_side, brightest), false);
                let caption = self.captions.get(index).filter(|_| row + 1 == self.rows.len());
                if let Some(caption) = caption {
                    card.text(x + SIDE / 2.0, y + SIDE + 15.0, NOTE.at(Anchor::Middle), caption);
                }
            }
        }
        card.finish(&self.words())
    }

    fn words(&self) -> String {
        let names: Vec<&str> = self.rows.iter().map(|(name, _)| name.as_str()).collect();
        let size = self.rows.first().map_or(String::new(), |(_, images)| {
            let shape = images.shape();
            format!(" of {} x {} pixels", shape[1], shape[2])
        });
        format!("{}\nimages{size}; rows: {}", self.title, names.join(", "))
    }
}

impl Show for ImageRows {
    fn show(&self) -> MimeBundle {
        let mut plain = self.words();
        if !self.captions.is_empty() {
            plain.push_str(&format!("; below: {}", self.captions.join(", ")));
        }
        match self.count() {
            0 => MimeBundle::text(plain),
            _ => MimeBundle::text(plain).with_svg(self.svg()),
        }
    }
}
