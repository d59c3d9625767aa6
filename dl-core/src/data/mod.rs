//! Data sets: loading, generating, splitting, preparing. Nothing here fetches anything from a network;
//! `install/data.sh` does that before a course begins.

mod dataset;
mod generate;
mod idx;
mod image_sets;

pub use dataset::{Dataset, one_hot};
pub(crate) use dataset::{one_hot_rows, samples};
pub use generate::{blobs, checkerboard, xor};
pub use image_sets::{fashion_mnist, fashion_mnist_sample, mnist, mnist_sample};
