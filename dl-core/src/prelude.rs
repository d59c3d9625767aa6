//! Every name a notebook has in scope without an import.

pub use crate::device::Device;
pub use crate::error::Error;
pub use crate::gradients::Gradients;
pub use crate::random::seed;
pub use crate::tensor;
pub use crate::tensor::Tensor;
