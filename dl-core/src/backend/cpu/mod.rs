//! The CPU backend: `ndarray` holds the numbers, loops over contiguous slices compute with them.

use ndarray::{ArcArray, ArrayD, IxDyn};

/// Shared numbers in standard order; every function here keeps that invariant.
pub(crate) type Array = ArcArray<f32, IxDyn>;

pub(crate) fn from_vec(values: Vec<f32>, shape: &[usize]) -> Array {
    Array::from_shape_vec(IxDyn(shape), values).expect("the values fill the shape")
}

pub(crate) fn from_array(array: ArrayD<f32>) -> Array {
    match array.is_standard_layout() {
        true => array.into_shared(),
        false => array.as_standard_layout().into_owned().into_shared(),
    }
}

pub(crate) fn elements(array: &Array) -> &[f32] {
    array
        .as_slice()
        .expect("a tensor's numbers are in standard order")
}
