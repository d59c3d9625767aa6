//! Layers: what a [`Sequential`](crate::model::Sequential) model is built of. A layer holds settings; its weights are
//! kept by the model, which hands them in, so that a layer is plain data and a model is saved, cloned and updated in
//! one place.

mod activation;
mod dense;
mod dropout;
mod flatten;
mod initialiser;

pub use activation::{Activation, ActivationFunction};
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use initialiser::Initialiser;

use crate::error::Result;
use crate::tensor::Tensor;

/// One step from input to output. A layer of your own needs three methods, and `#[derive(Clone, Debug)]`.
///
/// ```
/// use dl_core::layers::{Layer, Pass};
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
///     fn weights(&self, input: &[usize]) -> Vec<Tensor> {
///         vec![Tensor::ones(input)]
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

    /// The weights to start from, in the order in which [`forward`](Self::forward) finds them.
    fn weights(&self, input: &[usize]) -> Vec<Tensor>;

    /// The output for a batch: `x: [batch, ..input]` gives `[batch, ..output]`.
    fn forward(&self, x: &Tensor, pass: &Pass) -> Tensor;

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

/// What a layer is handed besides its input.
///
/// ```
/// use dl_core::layers::Pass;
/// use dl_core::prelude::*;
/// let weights = [Tensor::eye(2)];
/// let pass = Pass::new(&weights, true);
/// assert!(pass.training() && pass.weight(0).len() == 4);
/// ```
#[derive(Debug)]
pub struct Pass<'a> {
    weights: &'a [Tensor],
    training: bool,
}

impl<'a> Pass<'a> {
    /// A pass with these weights.
    pub fn new(weights: &'a [Tensor], training: bool) -> Pass<'a> {
        Pass { weights, training }
    }

    /// The layer's weight of this number, from 0, in the order of [`Layer::weights`].
    pub fn weight(&self, number: usize) -> &Tensor {
        &self.weights[number]
    }

    /// Whether the model is learning: Dropout works only then.
    pub fn training(&self) -> bool {
        self.training
    }
}
