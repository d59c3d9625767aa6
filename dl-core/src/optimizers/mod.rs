//! Optimizers: how weights follow their gradients. Rules, defaults and names are
//! [Keras's](https://keras.io/api/optimizers/).

mod adam;
mod sgd;

pub use adam::Adam;
pub use sgd::SGD;

use crate::backend::Value;
use crate::tensor::Tensor;

/// A rule that moves weights. One of your own needs these three methods, and `#[derive(Clone, Debug)]`.
///
/// ```
/// use dl_core::optimizers::Optimizer;
/// use dl_core::prelude::*;
///
/// /// Moves every weight by the same distance, whatever the size of its gradient.
/// #[derive(Clone, Debug)]
/// struct SignDescent(f32);
///
/// impl Optimizer for SignDescent {
///     fn step(&mut self, weights: &mut [Tensor], gradients: &[Option<Tensor>]) {
///         for (weight, gradient) in weights.iter_mut().zip(gradients) {
///             if let Some(gradient) = gradient {
///                 *weight -= self.0 * (gradient / (gradient.abs() + 1e-12));
///             }
///         }
///     }
///     fn learning_rate(&self) -> f32 {
///         self.0
///     }
///     fn set_learning_rate(&mut self, rate: f32) {
///         self.0 = rate;
///     }
/// }
///
/// let mut weights = [tensor![1., 2.]];
/// SignDescent(0.5).step(&mut weights, &[Some(tensor![-3., 0.1])]);
/// assert_eq!(weights[0], tensor![1.5, 1.5]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no optimizer",
    label = "an optimizer is expected here",
    note = "for example `Adam::new(1e-3)` or `SGD::new(0.1)`"
)]
pub trait Optimizer: dyn_clone::DynClone + std::fmt::Debug + Send + Sync {
    /// Moves each weight one step. The lists keep their order from step to step; `None` stands where the loss does not
    /// depend on the weight.
    fn step(&mut self, weights: &mut [Tensor], gradients: &[Option<Tensor>]);

    /// The factor between gradient and step.
    fn learning_rate(&self) -> f32;

    /// Changes the learning rate; what the optimizer remembers stays.
    fn set_learning_rate(&mut self, rate: f32);
}

dyn_clone::clone_trait_object!(Optimizer);

/// Zeros in the shape and on the device of a weight: the start of what an optimizer remembers about it.
fn zeros_like(weight: &Tensor) -> Value {
    Tensor::zeros(weight.shape()).to(weight.device()).value().clone()
}
