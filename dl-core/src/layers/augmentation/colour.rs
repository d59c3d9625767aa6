//! Images that become brighter, darker, or another colour.

use super::{Factor, same_shape};
use crate::error::{Error, Result};
use crate::layers::{KnownLayer, Layer, Pass};
use crate::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// While learning, makes each image brighter or darker by a random share of the whole range of values; see
/// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_brightness/).
///
/// y = x + share · (high - low), kept between low and high. `x: [batch, height, width, channels]`, `y` has its shape. The
/// values go from 0 to 1 if nothing else is said (in Keras from 0 to 255).
///
/// ```
/// use dl_core::layers::{Layer, Pass};
/// use dl_core::prelude::*;
/// let brighter = RandomBrightness::new((0.25, 0.25));
/// let image = tensor![0., 0.5, 1.].reshape([1, 1, 3, 1]);
/// assert_eq!(brighter.forward(&image, &Pass::new(&[], true)).to_vec(), [0.25, 0.75, 1.]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RandomBrightness {
    factor: Factor,
    range: (f32, f32),
}

impl RandomBrightness {
    /// By up to this share of the range to either side, or between two.
    pub fn new(factor: impl Into<Factor>) -> RandomBrightness {
        RandomBrightness {
            factor: factor.into(),
            range: (0.0, 1.0),
        }
    }

    /// The darkest and the brightest value that a pixel can have.
    #[must_use]
    pub fn value_range(mut self, low: f32, high: f32) -> RandomBrightness {
        self.range = (low, high);
        self
    }
}

impl Layer for RandomBrightness {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        check("RandomBrightness", self.factor, self.range)?;
        same_shape("RandomBrightness", input)
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        match pass.training() {
            true => shifted(x, self.factor, self.range, [x.shape()[0], 1, 1, 1]),
            false => x.clone(),
        }
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::RandomBrightness(self.clone()))
    }
}

/// While learning, adds a random share of the whole range of values to each channel of each image, so that colours change;
/// as in KerasCV's `RandomChannelShift`.
///
/// y = x + share · (high - low), kept between low and high. `x: [batch, height, width, channels]`, `y` has its shape. The
/// values go from 0 to 1 if nothing else is said.
///
/// ```
/// use dl_core::prelude::*;
/// let model = Sequential::new([32, 32, 3]).add(RandomChannelShift::new(0.1));
/// assert_eq!(model.output_shape(), [32, 32, 3]);
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RandomChannelShift {
    factor: Factor,
    range: (f32, f32),
}

impl RandomChannelShift {
    /// By up to this share of the range to either side, or between two.
    pub fn new(factor: impl Into<Factor>) -> RandomChannelShift {
        RandomChannelShift {
            factor: factor.into(),
            range: (0.0, 1.0),
        }
    }

    /// The smallest and the largest value that a pixel can have.
    #[must_use]
    pub fn value_range(mut self, low: f32, high: f32) -> RandomChannelShift {
        self.range = (low, high);
        self
    }
}

impl Layer for RandomChannelShift {
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>> {
        check("RandomChannelShift", self.factor, self.range)?;
        same_shape("RandomChannelShift", input)
    }

    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
        match pass.training() {
            true => shifted(x, self.factor, self.range, [x.shape()[0], 1, 1, x.shape()[3]]),
            false => x.clone(),
        }
    }

    fn known(&self) -> Option<KnownLayer> {
        Some(KnownLayer::RandomChannelShift(self.clone()))
    }
}

fn shifted(x: &Tensor, factor: Factor, (low, high): (f32, f32), shape: [usize; 4]) -> Tensor {
    let shares = Tensor::from_vec(factor.draw(shape.iter().product()), shape);
    (x + (shares * (high - low)).to(x.device())).clamp(low, high)
}

fn check(layer: &'static str, factor: Factor, (low, high): (f32, f32)) -> Result<()> {
    factor.check(layer, "the share of the range", -1.0..=1.0)?;
    match low < high && low.is_finite() && high.is_finite() {
        true => Ok(()),
        false => Err(Error::shape(
            layer,
            format!("the values go from {low} to {high}"),
            "give the smallest value first: .value_range(0., 255.)",
        )),
    }
}
