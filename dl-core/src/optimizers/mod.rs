//! Optimizers: how weights follow their gradients. Rules, defaults and names are
//! [Keras's](https://keras.io/api/optimizers/).

mod adadelta;
mod adagrad;
mod adam;
mod descent;
mod rate;
mod rmsprop;
mod sgd;

pub use adadelta::Adadelta;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use rate::{CosineDecay, ExponentialDecay, LearningRate, PiecewiseConstantDecay, Schedule, WarmUp};
pub use rmsprop::RMSprop;
pub use sgd::SGD;

use crate::error::Error;
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

    /// The factor between gradient and step: that of the next step, if a schedule changes it.
    fn learning_rate(&self) -> f32;

    /// Changes the learning rate; what the optimizer remembers stays. A schedule ends with that: the rate keeps this value.
    fn set_learning_rate(&mut self, rate: f32);

    /// Whether the next step differs from the last one in nothing but rate and decay, and moves numbers that nobody else
    /// sees: then a step that a graphics card has recorded can stand for it.
    #[doc(hidden)]
    fn can_go_on(&self) -> bool {
        false
    }

    /// Counts a step that is played from a recording: its rate and its decay.
    #[doc(hidden)]
    fn go_on(&mut self) -> Option<[f32; 2]> {
        None
    }
}

dyn_clone::clone_trait_object!(Optimizer);

/// The settings that all optimizers have, and the trait: each one has a field `descent` and a method `rule`.
macro_rules! descends {
    ($name:ident) => {
        impl $name {
            /// Takes this share of each weight away at each step, times the learning rate: keeps weights small. It does not
            /// pass through the gradient, as L2 penalties do. Loshchilov and Hutter, 2019.
            ///
            /// # Panics
            /// If the number is negative or no number.
            #[must_use]
            #[track_caller]
            pub fn weight_decay(mut self, decay: f32) -> $name {
                self.descent.set_decay(stringify!($name), decay);
                self
            }

            /// Brings each number of a gradient between `-limit` and `limit`. It replaces any other clipping.
            ///
            /// # Panics
            /// If the limit is not above 0.
            #[must_use]
            #[track_caller]
            pub fn clip_value(mut self, limit: f32) -> $name {
                self.descent.set_clip(
                    stringify!($name),
                    crate::optimizers::descent::Clip::Value(limit),
                );
                self
            }

            /// Shortens the gradient of each weight tensor to the length `limit` (root of its sum of squares) if it is
            /// longer. It replaces any other clipping.
            ///
            /// # Panics
            /// If the limit is not above 0.
            #[must_use]
            #[track_caller]
            pub fn clip_norm(mut self, limit: f32) -> $name {
                self.descent.set_clip(
                    stringify!($name),
                    crate::optimizers::descent::Clip::Norm(limit),
                );
                self
            }

            /// Shortens all gradients together, as one long vector, to the length `limit` if it is longer: the direction of
            /// the step stays. The usual remedy for exploding gradients of recurrent networks (Pascanu et al., 2013). It
            /// replaces any other clipping.
            ///
            /// # Panics
            /// If the limit is not above 0.
            #[must_use]
            #[track_caller]
            pub fn global_clip_norm(mut self, limit: f32) -> $name {
                self.descent.set_clip(
                    stringify!($name),
                    crate::optimizers::descent::Clip::GlobalNorm(limit),
                );
                self
            }
        }

        impl crate::optimizers::Optimizer for $name {
            fn step(
                &mut self,
                weights: &mut [crate::tensor::Tensor],
                gradients: &[Option<crate::tensor::Tensor>],
            ) {
                let (rule, starts) = self.rule();
                self.descent.step(weights, gradients, rule, starts.as_ref());
            }

            fn learning_rate(&self) -> f32 {
                self.descent.rate()
            }

            fn set_learning_rate(&mut self, rate: f32) {
                self.descent.set_rate(rate);
            }

            fn can_go_on(&self) -> bool {
                self.descent.can_go_on()
            }

            fn go_on(&mut self) -> Option<[f32; 2]> {
                let ((_, correction), _) = self.rule();
                Some(self.descent.go_on(correction))
            }
        }
    };
}
use descends;

/// A setting that is a share: at least 0 and below 1.
#[track_caller]
fn checked_share(name: &'static str, setting: &str, share: f32) -> f32 {
    if !(0.0..1.0).contains(&share) {
        let hint = "it is the share of the past that a step keeps: at least 0 and below 1, often 0.9";
        Error::shape(name, format!("{setting} is {share}"), hint).raise();
    }
    share
}

/// A setting that must be a number above 0.
#[track_caller]
fn checked_positive(name: &'static str, setting: &str, number: f32, hint: &str) -> f32 {
    if !(number > 0.0 && number.is_finite()) {
        Error::shape(name, format!("{setting} is {number}"), hint).raise();
    }
    number
}

#[track_caller]
fn checked_epsilon(name: &'static str, epsilon: f32) -> f32 {
    checked_positive(
        name,
        "epsilon",
        epsilon,
        "it keeps a division finite: a small number above 0, such as 1e-7",
    )
}
