//! The CPU backend: `ndarray` holds the numbers, loops over contiguous slices compute with them.

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

use ndarray::{ArcArray, ArrayD, IxDyn};
use std::ops::{Deref, DerefMut};

/// Shared numbers in standard order; every function here keeps that invariant. When the last handle goes, the memory is
/// kept for the next result.
#[derive(Clone)]
pub(crate) struct Array(Option<ArcArray<f32, IxDyn>>);

/// Only `drop` takes the numbers away.
const PRESENT: &str = "an array has its numbers until it is dropped";

impl Deref for Array {
    type Target = ArcArray<f32, IxDyn>;
    fn deref(&self) -> &Self::Target {
        self.0.as_ref().expect(PRESENT)
    }
}

impl DerefMut for Array {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0.as_mut().expect(PRESENT)
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        let numbers = self.0.take().filter(|numbers| numbers.len() >= memory::SMALLEST);
        if let Some(Ok(alone)) = numbers.map(ArcArray::try_into_owned_nocopy) {
            memory::give_back(alone.into_raw_vec_and_offset().0);
        }
    }
}

fn shared(numbers: ArcArray<f32, IxDyn>) -> Array {
    Array(Some(numbers))
}

pub(super) fn from_vec(values: Vec<f32>, shape: &[usize]) -> Array {
    shared(ArcArray::from_shape_vec(IxDyn(shape), values).expect("the values fill the shape"))
}

pub(super) fn from_array(array: ArrayD<f32>) -> Array {
    shared(match array.is_standard_layout() {
        true => array.into_shared(),
        false => array.as_standard_layout().into_owned().into_shared(),
    })
}

pub(super) fn elements(array: &Array) -> &[f32] {
    array
        .as_slice()
        .expect("a tensor's numbers are in standard order")
}

/// Copies the numbers first if others share them.
fn elements_mut(array: &mut Array) -> &mut [f32] {
    array
        .as_slice_mut()
        .expect("a tensor's numbers are in standard order")
}

/// The same numbers, shared with nobody.
fn copy(array: &Array) -> Array {
    let mut values = memory::room(array.len());
    values.extend_from_slice(elements(array));
    from_vec(values, array.shape())
}

/// The sizes before `axis`, of `axis` and after it, each multiplied out: element (o, i, n) lies at
/// (o * size + i) * inner + n.
fn around(shape: &[usize], axis: usize) -> (usize, usize, usize) {
    (
        shape[..axis].iter().product(),
        shape[axis],
        shape[axis + 1..].iter().product(),
    )
}

/// The shape without `axis`.
fn without(shape: &[usize], axis: usize) -> Vec<usize> {
    [&shape[..axis], &shape[axis + 1..]].concat()
}
