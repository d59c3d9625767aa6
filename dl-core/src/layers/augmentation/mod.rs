//! Layers that change images at random while the model learns, so that it meets each of them in many forms and cannot know
//! them by heart; when it predicts, they pass images on as they are.
//!
//! Each image of a batch is changed by itself. The numbers come from the one random generator: [`seed`](crate::seed) makes
//! them repeatable. Gradients go through all of these layers, so that they may also stand behind layers that learn, as
//! behind the generator of a GAN.

mod colour;
mod perspective;
mod plane;

pub use colour::{RandomBrightness, RandomChannelShift};
pub use perspective::RandomPerspective;
pub use plane::{RandomFlip, RandomRotation, RandomTranslation, RandomZoom};

use super::conv2d::image;
use crate::backend::Beyond;
use crate::error::{Error, Result};
use crate::random;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// What stands beyond the border of an image that is turned, moved or made smaller, as in Keras.
///
/// ```
/// use dl_core::prelude::*;
/// let layer = RandomTranslation::new(0.2, 0.2).fill(FillMode::Constant(0.));
/// # drop(layer);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum FillMode {
    /// The image in a mirror at its border: `d c b a | a b c d | d c b a`.
    #[default]
    Reflect,
    /// This number.
    Constant(f32),
    /// The image again: `a b c d | a b c d | a b c d`.
    Wrap,
    /// The pixel at the border: `a a a a | a b c d | d d d d`.
    Nearest,
}

impl FillMode {
    fn beyond(self) -> Beyond {
        match self {
            FillMode::Reflect => Beyond::Reflect,
            FillMode::Constant(number) => Beyond::Constant(number),
            FillMode::Wrap => Beyond::Wrap,
            FillMode::Nearest => Beyond::Nearest,
        }
    }
}

/// The limits between which a random number is drawn: `0.2` means from -0.2 to 0.2, `(0.1, 0.3)` means these.
///
/// ```
/// use dl_core::prelude::*;
/// let a_little = RandomRotation::new(0.05);              // to either side
/// let to_one_side = RandomRotation::new((0., 0.05));
/// # drop((a_little, to_one_side));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Factor {
    low: f32,
    high: f32,
}

impl From<f32> for Factor {
    fn from(size: f32) -> Factor {
        Factor {
            low: -size,
            high: size,
        }
    }
}

impl From<(f32, f32)> for Factor {
    fn from((low, high): (f32, f32)) -> Factor {
        Factor { low, high }
    }
}

impl Factor {
    /// One number for each of `count` images.
    fn draw(self, count: usize) -> Vec<f32> {
        let mut numbers = vec![0.0; count];
        random::fill_uniform(&mut numbers, self.low, self.high);
        numbers
    }

    /// Whether both limits lie within `limits` and the first is not above the second.
    fn check(self, layer: &'static str, name: &str, limits: RangeInclusive<f32>) -> Result<()> {
        let Factor { low, high } = self;
        if low <= high && limits.contains(&low) && limits.contains(&high) {
            return Ok(());
        }
        let (least, most) = limits.into_inner();
        Err(Error::shape(
            layer,
            format!("{name} is between {low} and {high}"),
            format!(
                "both are numbers from {least} to {most}, the smaller one first; a single one means to either side"
            ),
        ))
    }
}

/// The output of a layer that keeps the shape of images.
fn same_shape(layer: &'static str, input: &[usize]) -> Result<Vec<usize>> {
    let sizes = image(layer, input)?;
    match sizes.contains(&0) {
        true => Err(Error::shape(
            layer,
            format!("samples of shape {input:?} hold nothing"),
            "an image has at least one pixel of one channel",
        )),
        false => Ok(input.to_vec()),
    }
}
