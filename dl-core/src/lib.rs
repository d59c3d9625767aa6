//! Tensors, gradients, layers, training, data and displays for teaching deep learning.
//!
//! This crate knows nothing of Jupyter: what it shows it hands to a [`display::Host`], which prints text in a plain
//! program and is replaced by the notebook's prelude inside a kernel.

// What tests of the crate share with those beside it names the crate as they do.
#[cfg(test)]
extern crate self as dl_core;
#[cfg(test)]
#[path = "../tests/cards/devices.rs"]
mod devices;

mod backend;
pub mod callbacks;
pub mod data;
mod derivatives;
pub mod device;
pub mod display;
pub mod error;
pub mod gradients;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod model;
mod ops;
pub mod optimizers;
pub mod prelude;
pub mod random;
pub mod tensor;

pub use backend::cuda::allow_tf32;
pub use backend::threads::{close_threads, set_threads};
pub use device::Device;
pub use error::{Error, Result};
pub use gradients::Gradients;
pub use model::Sequential;
pub use random::seed;
pub use tensor::Tensor;
