//! Images before and after augmentation.

use super::ImageRows;
use super::images::are_images;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::layers::{Layer, Pass};
use crate::model::Sequential;
use crate::tensor::Tensor;

/// Random versions of each image.
const VERSIONS: usize = 3;
/// More images than this would not be looked at.
const MOST_IMAGES: usize = 20;

/// What makes random versions of images: a layer, or a model that begins with such layers.
///
/// ```
/// use dl_core::prelude::*;
/// # fn main() -> Result<(), Error> {
/// show_augmented(&RandomFlip::new(), &digits(), 5)?;
/// let model = Sequential::new([8, 8, 1]).add(RandomRotation::new(0.1)).add(Flatten::new()).add(Dense::new(10));
/// show_augmented(&model, &digits(), 5)?;
/// # Ok(())
/// # }
/// ```
pub trait Augments {
    /// One random version of each image of a batch `[n, height, width, channels]`.
    ///
    /// # Errors
    /// If it cannot work on such images, or leaves every image as it is.
    fn augment(&self, images: &Tensor) -> Result<Tensor>;
}

const OP: &str = "show_augmented";

impl<L: Layer> Augments for L {
    fn augment(&self, images: &Tensor) -> Result<Tensor> {
        let sample = &images.shape()[1..];
        let output = self.output_shape(sample)?;
        if output != sample || !self.weights(sample).is_empty() {
            let why = format!("{} makes no random versions of images", self.kind());
            return Err(Error::shape(
                OP,
                why,
                "give a layer such as RandomRotation::new(0.1)",
            ));
        }
        Ok(self.forward(images, &Pass::new(&[], true)))
    }
}

impl Augments for Sequential {
    fn augment(&self, images: &Tensor) -> Result<Tensor> {
        if images.shape()[1..] != *self.input_shape() {
            let why = format!(
                "the model takes samples of shape {:?}, but the images have shape {:?}",
                self.input_shape(),
                images.shape()
            );
            return Err(Error::shape(
                OP,
                why,
                "give the images that the model learns from",
            ));
        }
        self.augmented(images).ok_or_else(|| {
            let hint =
                "put a layer such as RandomFlip or RandomRotation at its beginning, or give the layer itself";
            Error::shape(OP, "the model does not begin with an augmentation", hint)
        })
    }
}

/// The first `count` images (at most 20) above three random versions of each, as a model sees them while it learns.
///
/// `augmentation` is a layer such as [`RandomRotation`](crate::layers::RandomRotation), or a model that begins with such
/// layers: then all of those work together.
///
/// ```
/// use dl_core::prelude::*;
/// let (train, _) = fashion_mnist_sample();
/// show_augmented(&RandomTranslation::new(0.2, 0.2), &train, 6)?;
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// When the samples are no images, or nothing augments them.
pub fn show_augmented(augmentation: &impl Augments, data: &Dataset, count: usize) -> Result<ImageRows> {
    if data.is_empty() {
        return Err(Error::shape(OP, "the data set is empty", "give it some images"));
    }
    if !are_images(&data.x) {
        let why = format!("the samples have shape {:?}", data.x.shape());
        let hint = "images are [n, height, width, 1] (grey) or [n, height, width, 3] (colour)";
        return Err(Error::shape(OP, why, hint));
    }
    let shown = data.x.rows(0..count.clamp(1, MOST_IMAGES).min(data.len()));
    let mut rows = vec![("original".to_string(), shown.clone())];
    for version in 1..=VERSIONS {
        rows.push((
            format!("version {version}"),
            augmentation.augment(&shown)?.detach(),
        ));
    }
    let count = shown.shape()[0];
    let plural = if count == 1 { "" } else { "s" };
    let title = format!("{count} image{plural} and {VERSIONS} random versions of each");
    Ok(ImageRows::new(title, rows, Vec::new()))
}
