//! The CPU backend: `ndarray` holds the numbers, loops over contiguous slices compute with them.

pub(super) mod elementwise;
pub(super) mod product;
pub(super) mod reduce;
pub(super) mod shape;
pub(super) mod step;
mod wide;

use ndarray::{ArcArray, ArrayD, IxDyn};

/// Shared numbers in standard order; every function here keeps that invariant.
pub(crate) type Array = ArcArray<f32, IxDyn>;

pub(super) fn from_vec(values: Vec<f32>, shape: &[usize]) -> Array {
    Array::from_shape_vec(IxDyn(shape), values).expect("the values fill the shape")
}

pub(super) fn from_array(array: ArrayD<f32>) -> Array {
    match array.is_standard_layout() {
        true => array.into_shared(),
        false => array.as_standard_layout().into_owned().into_shared(),
    }
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
