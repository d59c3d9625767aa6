//! The CPU backend: loops over contiguous slices; `ndarray` moves what needs strides.

mod array;
pub(super) mod chance;
pub(super) mod convolution;
mod correlation;
mod curves;
pub(super) mod elementwise;
mod lanes;
pub(super) mod lookup;
mod memory;
pub(super) mod normalise;
mod parts;
pub(super) mod pool;
pub(super) mod product;
pub(super) mod recurrent;
pub(super) mod reduce;
mod reversed;
pub(super) mod shape;
pub(super) mod step;
pub(super) mod warp;
mod wide;

pub(super) use array::{Array, elements, from_array, from_vec, put};
use array::{copy, elements_mut};
