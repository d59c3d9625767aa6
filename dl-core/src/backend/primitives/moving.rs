//! Primitives that move elements without computing.

use super::super::{Value, cpu, cuda};
use super::{apart, check_cards};
use crate::device::Device;
use std::ops::Range;

/// In which order the rows of a data set are taken, on the device where the data is: batch after batch, without sending
/// numbers of rows for each one.
pub(crate) enum RowOrder {
    Cpu(Vec<usize>),
    Cuda(cuda::shape::RowOrder),
}

impl RowOrder {
    pub(crate) fn new(rows: Vec<usize>, device: Device) -> RowOrder {
        match device.card() {
            None => RowOrder::Cpu(rows),
            Some(card) => RowOrder::Cuda(cuda::shape::RowOrder::new(card, &rows)),
        }
    }

    /// Takes as many other rows in place of these; on a card in the same memory.
    pub(crate) fn replace(&mut self, rows: Vec<usize>) {
        match self {
            RowOrder::Cpu(own) => *own = rows,
            RowOrder::Cuda(order) => order.replace(&rows),
        }
    }
}

impl Value {
    /// The same elements in another shape, without a copy.
    pub(crate) fn reshape(&self, shape: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::reshape(array, shape)),
            Value::Cuda(array) => Value::Cuda(array.in_shape(shape)),
        }
    }

    /// Rows become columns; the value is a matrix.
    pub(crate) fn transpose(&self) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::transpose(array)),
            Value::Cuda(array) => Value::Cuda(cuda::shape::swap(array)),
        }
    }

    /// The first two axes change places: `[a, b, ..]` becomes `[b, a, ..]`.
    pub(crate) fn swap(&self) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::swap(array)),
            Value::Cuda(array) => Value::Cuda(cuda::shape::swap(array)),
        }
    }

    /// The part of `axis` in `range`; without a copy on axis 0.
    pub(crate) fn slice(&self, axis: usize, range: Range<usize>) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::slice(array, axis, range)),
            Value::Cuda(array) => Value::Cuda(cuda::shape::slice(array, axis, range)),
        }
    }

    /// Zeros of `shape` with this value laid in from `start` on along `axis`: the reverse of `slice`.
    pub(crate) fn embed(&self, axis: usize, start: usize, shape: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::embed(array, axis, start, shape)),
            Value::Cuda(array) => Value::Cuda(cuda::shape::embed(array, axis, start, shape)),
        }
    }

    /// One after the other along `axis`; at least one part, all on one device.
    #[track_caller]
    pub(crate) fn concat(parts: &[&Value], axis: usize) -> Value {
        check_cards("concat", parts);
        match parts[0] {
            Value::Cpu(_) => {
                let arrays: Option<Vec<&cpu::Array>> = parts.iter().map(|part| part.on_cpu()).collect();
                let arrays = arrays.unwrap_or_else(|| apart("concat", parts));
                Value::Cpu(cpu::shape::concat(&arrays, axis))
            }
            Value::Cuda(_) => {
                let arrays: Option<Vec<&cuda::Array>> = parts.iter().map(|part| part.on_cuda()).collect();
                let arrays = arrays.unwrap_or_else(|| apart("concat", parts));
                Value::Cuda(cuda::shape::concat(&arrays, axis))
            }
        }
    }

    /// The given rows (positions on axis 0), in that order.
    pub(crate) fn gather(&self, rows: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::gather(array, rows)),
            Value::Cuda(array) => {
                let order = cuda::shape::RowOrder::new(array.card(), rows);
                Value::Cuda(cuda::shape::gather(array, &order, 0..rows.len()))
            }
        }
    }

    /// The rows at these places of an order, which is on the same device.
    pub(crate) fn gather_part(&self, order: &RowOrder, places: Range<usize>) -> Value {
        match (self, order) {
            (Value::Cpu(array), RowOrder::Cpu(rows)) => Value::Cpu(cpu::shape::gather(array, &rows[places])),
            (Value::Cuda(array), RowOrder::Cuda(order)) => {
                Value::Cuda(cuda::shape::gather(array, order, places))
            }
            _ => unreachable!("an order is made for the device of its data"),
        }
    }

    /// Class numbers `[n]` as rows of zeros with a single one: `[n, classes]`. They are known to be in range on the CPU; on a
    /// graphics card one that is not gives a row of NaN.
    pub(crate) fn one_hot(&self, classes: usize) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::lookup::one_hot(array, classes)),
            Value::Cuda(array) => Value::Cuda(cuda::lookup::one_hot(array, classes)),
        }
    }

    /// The rows of this matrix with the given numbers, which are whole and in range: `[..]` gives `[.., width]`.
    #[track_caller]
    pub(crate) fn lookup(&self, numbers: &Value) -> Value {
        check_cards("lookup", &[self, numbers]);
        match (self, numbers) {
            (Value::Cpu(table), Value::Cpu(numbers)) => Value::Cpu(cpu::lookup::lookup(table, numbers)),
            (Value::Cuda(table), Value::Cuda(numbers)) => Value::Cuda(cuda::lookup::lookup(table, numbers)),
            _ => apart("lookup", &[self, numbers]),
        }
    }

    /// Zeros of `rows` rows, to which those of this value are added by their numbers: the reverse of `lookup`.
    #[track_caller]
    pub(crate) fn lookup_gradient(&self, numbers: &Value, rows: usize) -> Value {
        check_cards("the derivative of lookup", &[self, numbers]);
        match (self, numbers) {
            (Value::Cpu(gradient), Value::Cpu(numbers)) => {
                Value::Cpu(cpu::lookup::lookup_gradient(gradient, numbers, rows))
            }
            (Value::Cuda(gradient), Value::Cuda(numbers)) => {
                Value::Cuda(cuda::lookup::lookup_gradient(gradient, numbers, rows))
            }
            _ => apart("the derivative of lookup", &[self, numbers]),
        }
    }

    /// Repeated along new axes on the left and along axes of size 1 until it has `shape`.
    pub(crate) fn broadcast(&self, shape: &[usize]) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::shape::broadcast(array, shape)),
            Value::Cuda(array) => Value::Cuda(cuda::shape::broadcast(array, shape)),
        }
    }

    /// The array of the CPU backend, if it is one.
    pub(super) fn on_cpu(&self) -> Option<&cpu::Array> {
        match self {
            Value::Cpu(array) => Some(array),
            Value::Cuda(_) => None,
        }
    }

    /// The array of the CUDA backend, if it is one.
    pub(super) fn on_cuda(&self) -> Option<&cuda::Array> {
        match self {
            Value::Cpu(_) => None,
            Value::Cuda(array) => Some(array),
        }
    }
}
