//! Moving elements without computing: reshape, transpose, slices and their reverse, joining, gathering, repeating.

use super::{Array, elements, from_array, from_vec, memory};
use crate::backend::around;
use ndarray::IxDyn;
use std::ops::Range;

pub(in crate::backend) fn reshape(array: &Array, shape: &[usize]) -> Array {
    array.in_shape(shape)
}

pub(in crate::backend) fn transpose(array: &Array) -> Array {
    from_array(array.view().t().as_standard_layout().into_owned())
}

pub(in crate::backend) fn swap(array: &Array) -> Array {
    let (first, second) = (array.shape()[0], array.shape()[1]);
    let mut shape = array.shape().to_vec();
    shape.swap(0, 1);
    let width: usize = shape[2..].iter().product();
    let source = elements(array);
    let mut values = memory::room(array.len());
    for column in 0..second {
        for row in 0..first {
            values.extend_from_slice(&source[(row * second + column) * width..][..width]);
        }
    }
    from_vec(values, &shape)
}

pub(in crate::backend) fn slice(array: &Array, axis: usize, range: Range<usize>) -> Array {
    let (outer, size, inner) = around(array.shape(), axis);
    let mut shape = array.shape().to_vec();
    shape[axis] = range.len();
    if outer == 1 {
        return array.piece(range.start * inner, &shape);
    }
    let run = range.len() * inner;
    let mut values = memory::room(outer * run);
    for block in 0..outer {
        let start = (block * size + range.start) * inner;
        values.extend_from_slice(&elements(array)[start..start + run]);
    }
    from_vec(values, &shape)
}

pub(in crate::backend) fn embed(array: &Array, axis: usize, start: usize, shape: &[usize]) -> Array {
    let mut values = memory::filled(shape.iter().product(), 0.0);
    let (outer, size, inner) = around(array.shape(), axis);
    let run = size * inner;
    for (block, part) in (0..outer).zip(elements(array).chunks_exact(run.max(1))) {
        let offset = (block * shape[axis] + start) * inner;
        values[offset..offset + run].copy_from_slice(part);
    }
    from_vec(values, shape)
}

pub(in crate::backend) fn concat(arrays: &[&Array], axis: usize) -> Array {
    let mut shape = arrays[0].shape().to_vec();
    shape[axis] = arrays.iter().map(|array| array.shape()[axis]).sum();
    let outer: usize = shape[..axis].iter().product();
    let mut values = memory::room(shape.iter().product());
    for block in 0..outer {
        for array in arrays {
            let run = array.len() / outer;
            values.extend_from_slice(&elements(array)[block * run..(block + 1) * run]);
        }
    }
    from_vec(values, &shape)
}

pub(in crate::backend) fn gather(array: &Array, rows: &[usize]) -> Array {
    let width: usize = array.shape()[1..].iter().product();
    let source = elements(array);
    let mut values = memory::room(rows.len() * width);
    for &row in rows {
        values.extend_from_slice(&source[row * width..(row + 1) * width]);
    }
    let mut shape = array.shape().to_vec();
    shape[0] = rows.len();
    from_vec(values, &shape)
}

pub(in crate::backend) fn broadcast(array: &Array, shape: &[usize]) -> Array {
    if array.len() == 1 {
        return from_vec(memory::filled(shape.iter().product(), elements(array)[0]), shape);
    }
    let view = array.view();
    let repeated = view.broadcast(IxDyn(shape)).expect("the shape broadcasts");
    from_array(repeated.as_standard_layout().into_owned())
}
