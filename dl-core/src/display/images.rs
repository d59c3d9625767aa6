//! A grid of images with their labels.

use super::card::{Anchor, Card, NOTE, TEXT, TITLE, WIDEST, shorten, text_width};
use super::picture::Picture;
use super::{MimeBundle, Show};
use crate::data::Dataset;
use crate::error::Error;
use crate::metrics::largest;
use crate::tensor::Tensor;

/// More images than this would not be looked at, and would make the notebook heavy.
pub(super) const MOST_IMAGES: usize = 100;
/// All images of a grid together have at most this many pixels: a picture stays below 300 kB.
const MOST_PIXELS: usize = 150_000;
/// Images of more pixels on a side are drawn with fewer.
const MOST_SIDE: usize = 96;
/// The side of one drawn image, in pixels of the screen.
pub(super) const SIDE: f64 = 60.0;

/// Pixels of one line of a label, and its length.
const LABEL_LINE: f64 = 16.0;
const WIDEST_LABEL: f64 = 140.0;

/// Images in rows with their labels below; made by [`show_images`].
///
/// ```
/// use dl_core::prelude::*;
/// let grid = show_images(&digits(), 10);
/// assert!(grid.show().get("image/svg+xml").is_some());
/// ```
#[derive(Clone, Debug)]
pub struct ImageGrid {
    images: Tensor,
    /// Below each image, in one line or several.
    labels: Vec<String>,
    title: String,
}

/// The first `count` images of a data set (at most 100), each with the name of its class.
///
/// `data.x` is `[n, height, width, channels]` with one channel (grey) or three (red, green, blue), of 0 to 1 or 0 to 255.
///
/// ```
/// use dl_core::prelude::*;
/// let (train, _) = fashion_mnist_sample();
/// show_images(&train, 20);
/// ```
///
/// # Panics
/// When the samples are no such images.
#[track_caller]
pub fn show_images(data: &Dataset, count: usize) -> ImageGrid {
    if !are_images(&data.x) {
        let why = format!("the samples have shape {:?}", data.x.shape());
        let hint = "images are [n, height, width, 1] (grey) or [n, height, width, 3] (colour)";
        Error::shape("show_images", why, hint).raise();
    }
    let shown = data.take(count.min(MOST_IMAGES));
    let [height, width] = [1, 2].map(|axis| data.x.shape()[axis]);
    let (count, total) = (shown.len(), data.len());
    let title = format!("{count} of {total} images of {height} x {width} pixels");
    ImageGrid::new(shown.x.clone(), labels(&shown), title)
}

impl ImageGrid {
    /// Images as [`are_images`] demands, with a label for each.
    pub(super) fn new(images: Tensor, labels: Vec<String>, title: String) -> ImageGrid {
        ImageGrid {
            images,
            labels,
            title,
        }
    }
}

/// Whether the samples can be drawn as grey or colour images.
pub(super) fn are_images(x: &Tensor) -> bool {
    matches!(x.shape(), [_, height, width, 1 | 3] if *height > 0 && *width > 0)
}

/// The class of each sample where the targets are classes (or one-hot), else the number itself.
fn labels(data: &Dataset) -> Vec<String> {
    let width = data.y.len() / data.len().max(1);
    let values = data.y.values();
    let name = |value: f32| {
        if value.fract() == 0.0 && value >= 0.0 {
            data.class_name(value as usize)
        } else {
            super::card::number(value.into())
        }
    };
    match width {
        0 => Vec::new(),
        1 => values.iter().map(|&value| name(value)).collect(),
        _ => {
            let classes = largest(&data.y, width);
            classes.into_iter().map(|class| data.class_name(class)).collect()
        }
    }
}

impl Show for ImageGrid {
    fn show(&self) -> MimeBundle {
        let (count, height, width, channels) = match *self.images.shape() {
            [count, height, width, channels] => (count, height, width, channels),
            _ => unreachable!("nothing else is an image"),
        };
        let words = &self.title;
        let plain = match count {
            0 => words.clone(),
            _ => format!("{words}: {}", self.labels.join(", ").replace('\n', " ")),
        };
        let bundle = MimeBundle::text(plain);
        if count == 0 {
            return bundle;
        }
        // The longest label decides how far the images stand apart, within reason.
        let longest = self.labels.iter().flat_map(|label| label.lines());
        let longest = longest
            .map(|line| text_width(line, TEXT.size))
            .fold(0.0, f64::max);
        let lines = self.labels.iter().map(|label| label.lines().count()).max();
        let lines = lines.unwrap_or(0).max(1);
        let step_x = (longest + 8.0).clamp(SIDE + 8.0, WIDEST_LABEL);
        let step_y = SIDE + 14.0 + LABEL_LINE * lines as f64;
        // Lines of about the same length.
        let rows = count.div_ceil(10.min(((WIDEST - 24.0) / step_x) as usize));
        let columns = count.div_ceil(rows);
        let wide = (24.0 + columns as f64 * step_x).max(32.0 + text_width(words, TITLE.size));
        let mut card = Card::new(wide, 44.0 + rows as f64 * step_y);
        card.text(16.0, 24.0, TITLE, words);
        let values = self.images.values();
        let (most_side, brightest) = (most_side(count, channels), brightest(&values));
        for (index, pixels) in values.chunks_exact(height * width * channels).enumerate() {
            let (x, y) = (
                12.0 + (index % columns) as f64 * step_x,
                38.0 + (index / columns) as f64 * step_y,
            );
            let file = draw(pixels, [height, width, channels], most_side, brightest);
            let [drawn_width, drawn_height] = drawn_size([height, width], SIDE);
            let place = [
                x + (step_x - drawn_width) / 2.0,
                y + SIDE - drawn_height,
                drawn_width,
                drawn_height,
            ];
            card.image(place, &file, false);
            let letters = (step_x / text_width("m", TEXT.size)) as usize;
            let label = self.labels.get(index).map_or("", String::as_str);
            for (line, words) in label.lines().enumerate() {
                let base = y + SIDE + LABEL_LINE * (line + 1) as f64;
                let words = shorten(words, letters);
                card.text(x + step_x / 2.0, base, NOTE.at(Anchor::Middle), &words);
            }
        }
        bundle.with_svg(card.finish(words))
    }
}

/// What is drawn white: 255 where the numbers are bytes, else 1. Noise may lead beyond 1, not beyond 2.
pub(super) fn brightest(values: &[f32]) -> f32 {
    if values.iter().any(|&value| value > 2.0) {
        255.0
    } else {
        1.0
    }
}

/// The longest side, in pixels of the file, that `count` images of these channels may have for a picture that stays small.
pub(super) fn most_side(count: usize, channels: usize) -> usize {
    ((MOST_PIXELS / (count * channels).max(1)) as f64)
        .sqrt()
        .min(MOST_SIDE as f64) as usize
}

/// One image as a PNG file, enlarged pixel by pixel where it is small.
pub(super) fn draw(
    pixels: &[f32],
    [height, width, channels]: [usize; 3],
    most_side: usize,
    brightest: f32,
) -> Vec<u8> {
    let skip = height.max(width).div_ceil(most_side);
    let zoom = (SIDE as usize / height.max(width)).clamp(1, 3);
    Picture::enlarged(
        [height.div_ceil(skip), width.div_ceil(skip)],
        zoom,
        |row, column| {
            let at = (row * skip * width + column * skip) * channels;
            std::array::from_fn(|channel| {
                let value = pixels[at + channel.min(channels - 1)] / brightest;
                (255.0 * value.clamp(0.0, 1.0)).round() as u8
            })
        },
    )
}

/// Width and height of an image on the screen whose longer side is `side`.
pub(super) fn drawn_size([height, width]: [usize; 2], side: f64) -> [f64; 2] {
    let scale = side / height.max(width).max(1) as f64;
    [width as f64 * scale, height as f64 * scale]
}
