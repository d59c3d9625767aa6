//! Layers: what a [`Sequential`](crate::model::Sequential) model is built of. A layer holds settings; its weights are
//! kept by the model, which hands them in, so that a layer is plain data and a model is saved, cloned and updated in
//! one place.

mod activation;
mod augmentation;
mod batch_norm;
mod conv2d;
mod conv2d_transpose;
mod dense;
mod dropout;
mod embedding;
mod flatten;
mod initialiser;
mod known;
mod layer_norm;
mod maxout;
mod padding;
mod pass;
mod pooling;
mod recurrent;
mod reshape;
mod settings;
mod upsampling;
mod weight;

pub use activation::{Activation, ActivationFunction};
pub use augmentation::{
    Factor, FillMode, RandomBrightness, RandomChannelShift, RandomFlip, RandomPerspective, RandomRotation,
    RandomTranslation, RandomZoom,
};
pub use batch_norm::BatchNorm;
pub use conv2d::{Conv2D, WindowSize};
pub use conv2d_transpose::Conv2DTranspose;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use flatten::Flatten;
pub use initialiser::Initialiser;
pub use known::KnownLayer;
pub(crate) use known::forward_both;
pub use layer_norm::LayerNorm;
pub use maxout::Maxout;
pub use padding::ZeroPadding2D;
pub(crate) use pass::Memory;
pub use pass::Pass;
pub use pooling::{AvgPool2D, GlobalAvgPool2D, MaxPool2D};
pub use recurrent::{GRU, LSTM, SimpleRNN};
pub use reshape::Reshape;
pub use upsampling::UpSampling2D;
pub use weight::{Penalty, Weight};

use crate::error::Result;
use crate::tensor::Tensor;

/// One step from input to output. A layer of your own needs three methods, and `#[derive(Clone, Debug)]`.
///
/// ```
/// use dl_core::prelude::*;
///
/// /// y = x * scale, with one learned scale per input.
/// #[derive(Clone, Debug)]
/// struct Scale;
///
/// impl Layer for Scale {
///     fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>, Error> {
///         Ok(input.to_vec())
///     }
///     fn weights(&self, input: &[usize]) -> Vec<Weight> {
///         vec![Weight::new("scale", input, Constant(1.0))]
///     }
///     fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor {
///         x * pass.weight(0)
///     }
/// }
///
/// let model = Sequential::new([3]).add(Scale).add(Dense::new(1));
/// assert_eq!(model.summary().parameters(), 3 + 4);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no layer",
    label = "a layer is expected here",
    note = "for example `Dense::new(10)`"
)]
pub trait Layer: dyn_clone::DynClone + std::fmt::Debug + Send + Sync {
    /// The shape of one output sample for input samples of shape `input`, both without the batch axis.
    ///
    /// # Errors
    /// If the layer cannot work on such samples.
    fn output_shape(&self, input: &[usize]) -> Result<Vec<usize>>;

    /// The weights for input samples of shape `input`, in the order in which [`forward`](Self::forward) finds them. A layer without
    /// any need not say so.
    fn weights(&self, _input: &[usize]) -> Vec<Weight> {
        Vec::new()
    }

    /// The output for a batch: `x: [batch, ..input]` gives `[batch, ..output]`.
    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor;

    /// The layer as one that can be saved with its model. One of your own is none: save its weights, build the model anew and
    /// [set](crate::Sequential::set_weights) them.
    fn known(&self) -> Option<KnownLayer> {
        None
    }

    /// What the summary calls this kind of layer: the name of the type.
    fn kind(&self) -> &str {
        last_name(std::any::type_name::<Self>())
    }
}

/// The name at the end of a type's path. Apart from [`Layer::kind`], of which each crate that adds a layer to a model
/// compiles a copy.
fn last_name(path: &'static str) -> &'static str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}

dyn_clone::clone_trait_object!(Layer);
