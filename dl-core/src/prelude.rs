//! Every name a notebook has in scope without an import.

pub use crate::data::{
    Dataset, blobs, checkerboard, fashion_mnist, fashion_mnist_sample, mnist, mnist_sample, one_hot, xor,
};
pub use crate::device::Device;
pub use crate::display::{Live, MimeBundle, Show, display, display_live, input, password};
pub use crate::error::Error;
pub use crate::gradients::Gradients;
pub use crate::random::seed;
pub use crate::tensor;
pub use crate::tensor::Tensor;
