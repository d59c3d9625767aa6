//! What holds the numbers of a tensor: shared memory, a part of it, and a shape. Making one costs two small allocations and
//! nothing else, because a step of a small network makes dozens.

use super::memory;
use ndarray::{ArrayD, ArrayViewD, IxDyn};
use std::sync::Arc;

/// Shared numbers in standard order, the last axis running fastest. When the last handle goes, the memory is kept for the
/// next result.
#[derive(Clone)]
pub(crate) struct Array {
    numbers: Arc<Numbers>,
    /// Where this array's own begin.
    start: usize,
    length: usize,
    /// `ndarray`'s, which holds up to four sizes without an allocation.
    shape: IxDyn,
}

struct Numbers(Vec<f32>);

impl Drop for Numbers {
    fn drop(&mut self) {
        memory::give_back(std::mem::take(&mut self.0));
    }
}

impl Array {
    pub(in crate::backend) fn shape(&self) -> &[usize] {
        ndarray::Dimension::slice(&self.shape)
    }

    pub(in crate::backend) fn len(&self) -> usize {
        self.length
    }

    /// The number of axes.
    pub(super) fn ndim(&self) -> usize {
        self.shape().len()
    }

    /// The same numbers in another shape of as many.
    pub(super) fn in_shape(&self, shape: &[usize]) -> Array {
        assert_eq!(
            shape.iter().product::<usize>(),
            self.length,
            "both shapes hold as many numbers"
        );
        Array {
            numbers: self.numbers.clone(),
            shape: IxDyn(shape),
            ..*self
        }
    }

    /// A part that lies in one piece: `shape` from the number at `start` on.
    pub(super) fn piece(&self, start: usize, shape: &[usize]) -> Array {
        let length = shape.iter().product();
        assert!(start + length <= self.length, "the piece is a part of the whole");
        Array {
            numbers: self.numbers.clone(),
            start: self.start + start,
            length,
            shape: IxDyn(shape),
        }
    }

    /// For what `ndarray` does with strides.
    pub(super) fn view(&self) -> ArrayViewD<'_, f32> {
        ArrayViewD::from_shape(self.shape.clone(), elements(self)).expect("the numbers fill the shape")
    }
}

pub(in crate::backend) fn from_vec(values: Vec<f32>, shape: &[usize]) -> Array {
    let length = values.len();
    assert_eq!(
        shape.iter().product::<usize>(),
        length,
        "the values fill the shape"
    );
    Array {
        numbers: Arc::new(Numbers(values)),
        start: 0,
        length,
        shape: IxDyn(shape),
    }
}

pub(in crate::backend) fn from_array(array: ArrayD<f32>) -> Array {
    let shape = array.shape().to_vec();
    let (values, start) = match array.is_standard_layout() {
        true => array.into_raw_vec_and_offset(),
        false => array.as_standard_layout().into_owned().into_raw_vec_and_offset(),
    };
    let length = shape.iter().product();
    Array {
        numbers: Arc::new(Numbers(values)),
        start: start.unwrap_or(0),
        length,
        shape: IxDyn(&shape),
    }
}

pub(in crate::backend) fn elements(array: &Array) -> &[f32] {
    &array.numbers.0[array.start..array.start + array.length]
}

/// Copies the numbers first if others share them.
pub(super) fn elements_mut(array: &mut Array) -> &mut [f32] {
    if Arc::get_mut(&mut array.numbers).is_none() {
        *array = copy(array);
    }
    let numbers = Arc::get_mut(&mut array.numbers).expect("shared with nobody");
    &mut numbers.0[array.start..array.start + array.length]
}

/// Writes a part over some numbers of a vector, from this place on.
pub(in crate::backend) fn put(array: &mut Array, start: usize, part: &Array) {
    elements_mut(array)[start..start + part.len()].copy_from_slice(elements(part));
}

/// The same numbers, shared with nobody.
pub(super) fn copy(array: &Array) -> Array {
    let mut values = memory::room(array.len());
    values.extend_from_slice(elements(array));
    from_vec(values, array.shape())
}
