//! Images that are mirrored, turned, moved, and made larger or smaller.

use super::{Factor, FillMode, same_shape};
use crate::backend::{Beyond, PlaneMap};
use crate::error::Result;
use crate::layers::{KnownLayer, Layer, Pass};
use crate::random;
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};
use std::f32::consts::TAU;

/// While learning, mirrors every second image on average, left to right and, drawn apart, top to bottom; see
/// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_flip/) (which draws once for both).
///
/// `x: [batch, height, width, channels]`, `y` has its shape. Take it only where a mirrored image means the same: not for
/// letters.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 1]).add(RandomFlip::horizontal()).add(Flatten::new()).add(Dense::new(10));
/// let image = Tensor::randn([1, 28, 28, 1]);
/// assert_eq!(model.outputs(&image).unwrap()[0].1, image);        // nothing changes when the model predicts
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RandomFlip {
    horizontal: bool,
    vertical: bool,
}

impl Default for RandomFlip {
    fn default() -> RandomFlip {
        RandomFlip::new()
    }
}

impl RandomFlip {
    /// In both directions.
    pub fn new() -> RandomFlip {
        RandomFlip {
            horizontal: true,
            vertical: true,
        }
    }

    /// Only left to right.
    pub fn horizontal() -> RandomFlip {
        RandomFlip {
            horizontal: true,
            vertical: false,
        }
    }

    /// Only top to bottom.
    pub fn vertical() -> RandomFlip {
        RandomFlip {
            horizontal: false,
            vertical: true,
        }
    }
}

impl Layer for RandomFlip {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        same_shape("RandomFlip", input)
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        if !pass.training() {
            return x.clone();
        }
        let (height, width) = (x.shape()[1], x.shape()[2]);
        let mut draws = vec![0.0; 2 * x.shape()[0]];
        random::fill_uniform(&mut draws, 0.0, 1.0);
        // A coordinate stays, or counts from the other end.
        let turned = |turn: bool, size: usize| match turn {
            true => (-1.0, (size - 1) as f32),
            false => (1.0, 0.0),
        };
        let map = |draws: &[f32]| {
            let (a, c) = turned(self.horizontal && draws[0] < 0.5, width);
            let (e, f) = turned(self.vertical && draws[1] < 0.5, height);
            PlaneMap([a, 0.0, c, 0.0, e, f, 0.0, 0.0])
        };
        x.warp(draws.chunks_exact(2).map(map).collect(), Beyond::Nearest)
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::RandomFlip(self.clone()))
    }
}

/// While learning, turns each image around its middle by a random share of a whole turn (positive: counter-clockwise); see
/// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_rotation/).
///
/// `x: [batch, height, width, channels]`, `y` has its shape; pixels in between are mixed in proportion to their distance
/// (bilinear).
///
/// ```
/// use dl_core::layers::{Layer, Pass};
/// use dl_core::prelude::*;
/// let image = tensor![[1., 2.], [3., 4.]].reshape([1, 2, 2, 1]);
/// let quarter = RandomRotation::new((0.25, 0.25)).forward(&image, &Pass::new(&[], true));
/// assert!((quarter - tensor![[2., 4.], [1., 3.]].reshape([1, 2, 2, 1])).abs().max().item() < 1e-5);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RandomRotation {
    factor: Factor,
    fill: FillMode,
}

impl RandomRotation {
    /// By up to this share of a turn to either side, or between two: 0.1 is 36 degrees.
    pub fn new(factor: impl Into<Factor>) -> RandomRotation {
        RandomRotation {
            factor: factor.into(),
            fill: FillMode::Reflect,
        }
    }

    /// What stands where there was no image.
    #[must_use]
    pub fn fill(mut self, mode: FillMode) -> RandomRotation {
        self.fill = mode;
        self
    }
}

impl Layer for RandomRotation {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        self.factor
            .check("RandomRotation", "the share of a turn of 360 degrees", -1.0..=1.0)?;
        same_shape("RandomRotation", input)
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        if !pass.training() {
            return x.clone();
        }
        let [middle_x, middle_y] = middle(x);
        let map = |turn: f32| {
            let (sine, cosine) = (turn * TAU).sin_cos();
            let c = middle_x - middle_x * cosine + middle_y * sine;
            let f = middle_y - middle_x * sine - middle_y * cosine;
            PlaneMap([cosine, -sine, c, sine, cosine, f, 0.0, 0.0])
        };
        let turns = self.factor.draw(x.shape()[0]);
        x.warp(turns.into_iter().map(map).collect(), self.fill.beyond())
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::RandomRotation(self.clone()))
    }
}

/// While learning, makes each image smaller by a random factor (0.2: what was 100 pixels apart is then 100 / 1.2) or, where
/// it is negative, larger; see [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/).
///
/// `x: [batch, height, width, channels]`, `y` has its shape, and the middle stays where it is.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([28, 28, 1]).add(RandomZoom::new(0.1));
/// assert_eq!(model.output_shape(), [28, 28, 1]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RandomZoom {
    height: Factor,
    width: Option<Factor>,
    fill: FillMode,
}

impl RandomZoom {
    /// Height and width by the same factor, up to this to either side, or between two: at least -1.
    pub fn new(factor: impl Into<Factor>) -> RandomZoom {
        RandomZoom {
            height: factor.into(),
            width: None,
            fill: FillMode::Reflect,
        }
    }

    /// The width by a factor of its own, so that images are stretched.
    #[must_use]
    pub fn width(mut self, factor: impl Into<Factor>) -> RandomZoom {
        self.width = Some(factor.into());
        self
    }

    /// What stands where there was no image.
    #[must_use]
    pub fn fill(mut self, mode: FillMode) -> RandomZoom {
        self.fill = mode;
        self
    }
}

impl Layer for RandomZoom {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        for factor in [Some(self.height), self.width].into_iter().flatten() {
            factor.check("RandomZoom", "the factor", -1.0..=100.0)?;
        }
        same_shape("RandomZoom", input)
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        if !pass.training() {
            return x.clone();
        }
        let [middle_x, middle_y] = middle(x);
        let heights = self.height.draw(x.shape()[0]);
        let widths = match self.width {
            Some(factor) => factor.draw(x.shape()[0]),
            None => heights.clone(),
        };
        let map = |(width, height): (f32, f32)| {
            let (a, e) = (1.0 + width, 1.0 + height);
            PlaneMap([a, 0.0, -middle_x * width, 0.0, e, -middle_y * height, 0.0, 0.0])
        };
        x.warp(
            widths.into_iter().zip(heights).map(map).collect(),
            self.fill.beyond(),
        )
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::RandomZoom(self.clone()))
    }
}

/// While learning, moves each image by random shares of its height (positive: down) and width (positive: to the right); see
/// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_translation/).
///
/// `x: [batch, height, width, channels]`, `y` has its shape.
///
/// ```
/// use dl_core::layers::{Layer, Pass};
/// use dl_core::prelude::*;
/// let image = tensor![[1., 2.], [3., 4.]].reshape([1, 2, 2, 1]);
/// let to_the_right = RandomTranslation::new(0., (0.5, 0.5)).fill(FillMode::Constant(0.));
/// assert_eq!(to_the_right.forward(&image, &Pass::new(&[], true)).to_vec(), [0., 1., 0., 3.]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RandomTranslation {
    height: Factor,
    width: Factor,
    fill: FillMode,
}

impl RandomTranslation {
    /// By up to these shares of height and width to either side, or between two.
    pub fn new(height: impl Into<Factor>, width: impl Into<Factor>) -> RandomTranslation {
        RandomTranslation {
            height: height.into(),
            width: width.into(),
            fill: FillMode::Reflect,
        }
    }

    /// What stands where there was no image.
    #[must_use]
    pub fn fill(mut self, mode: FillMode) -> RandomTranslation {
        self.fill = mode;
        self
    }
}

impl Layer for RandomTranslation {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        self.height
            .check("RandomTranslation", "the share of the height", -1.0..=1.0)?;
        self.width
            .check("RandomTranslation", "the share of the width", -1.0..=1.0)?;
        same_shape("RandomTranslation", input)
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        if !pass.training() {
            return x.clone();
        }
        let (height, width) = (x.shape()[1] as f32, x.shape()[2] as f32);
        let down = self.height.draw(x.shape()[0]);
        let right = self.width.draw(x.shape()[0]);
        let map = |(right, down): (f32, f32)| {
            PlaneMap([1.0, 0.0, -right * width, 0.0, 1.0, -down * height, 0.0, 0.0])
        };
        x.warp(right.into_iter().zip(down).map(map).collect(), self.fill.beyond())
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::RandomTranslation(self.clone()))
    }
}

/// The middle of images, in pixels from the first one to the right and down.
fn middle(images: &Tensor) -> [f32; 2] {
    [images.shape()[2], images.shape()[1]].map(|size| (size as f32 - 1.0) / 2.0)
}
