//! The CUDA backend: NVIDIA's graphics cards, through the driver's own interface. Kernels stand by family in `kernels/`, as
//! readable files; NVIDIA's compiler library makes them into code for the card when it is opened. Matrix products are
//! cuBLAS's. All libraries are found at run time: where they are missing, opening a card says which one and nothing else
//! changes.
//!
//! One stream for each card: operations run in the order in which they were asked for, after the call that asked has gone
//! on. Only reading numbers waits. An operation that fails on the card is therefore told late, unless `HEBB_CUDA_CHECK=1`
//! makes each kernel be waited for.

mod array;
mod card;
pub(super) mod chance;
mod compile;
pub(super) mod convolution;
pub(super) mod elementwise;
mod failure;
mod launch;
mod libraries;
pub(super) mod lookup;
mod management;
mod memory;
pub(super) mod normalise;
pub(super) mod pool;
pub(super) mod product;
mod record;
pub(super) mod recurrent;
pub(super) mod reduce;
pub(super) mod shape;
pub(super) mod step;
mod table;
pub(super) mod warp;

pub(crate) use array::Array;
pub(super) use array::{copy, filled, from_host, put, to_host};
pub(crate) use card::Card;
pub(crate) use memory::in_words;
pub use product::allow_tf32;
pub(crate) use record::{Knob, Recorder, Recording, can_record, crossings, scale_position};
pub(crate) use table::{CardState, emptiest, open, opened, states};
