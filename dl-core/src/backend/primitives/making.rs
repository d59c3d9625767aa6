//! Making values, looking at them, and moving them between devices.

use super::super::{Value, cpu, cuda};
use super::apart;
use crate::device::Device;
use ndarray::ArrayD;
use std::borrow::Cow;

impl Value {
    /// `values` must fill `shape`.
    pub(crate) fn from_vec(values: Vec<f32>, shape: &[usize]) -> Value {
        Value::Cpu(cpu::from_vec(values, shape))
    }

    pub(crate) fn from_array(array: ArrayD<f32>) -> Value {
        Value::Cpu(cpu::from_array(array))
    }

    /// `number` in each place of `shape`, made on the device itself.
    pub(crate) fn filled(number: f32, shape: &[usize], device: Device) -> Value {
        match device.card() {
            None => Value::Cpu(cpu::from_vec(vec![number; shape.iter().product()], shape)),
            Some(card) => Value::Cuda(cuda::filled(card, number, shape)),
        }
    }

    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Value::Cpu(array) => array.shape(),
            Value::Cuda(array) => array.shape(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Value::Cpu(array) => array.len(),
            Value::Cuda(array) => array.len(),
        }
    }

    pub(crate) fn device(&self) -> Device {
        match self {
            Value::Cpu(_) => Device::cpu(),
            Value::Cuda(array) => Device::of_card(array.card()),
        }
    }

    /// The elements in the processor's memory; borrowed if they are there already. From a graphics card, this waits until
    /// everything before it is computed.
    pub(crate) fn to_host(&self) -> Cow<'_, [f32]> {
        match self {
            Value::Cpu(array) => Cow::Borrowed(cpu::elements(array)),
            Value::Cuda(array) => Cow::Owned(cuda::to_host(array)),
        }
    }

    /// A copy on another device; the same numbers if they are there.
    pub(crate) fn to(&self, device: Device) -> Value {
        match (self, device.card()) {
            (Value::Cpu(_), None) => self.clone(),
            (Value::Cuda(array), Some(card)) if array.is_on(card) => self.clone(),
            // A single number goes along with the instruction.
            (Value::Cpu(array), Some(card)) if array.len() == 1 => {
                Value::Cuda(cuda::filled(card, cpu::elements(array)[0], array.shape()))
            }
            (value, Some(card)) => Value::Cuda(cuda::from_host(card, &value.to_host(), value.shape())),
            (value, None) => Value::Cpu(cpu::from_vec(value.to_host().into_owned(), value.shape())),
        }
    }

    /// Where these numbers are on a graphics card.
    pub(crate) fn place(&self) -> Option<u64> {
        match self {
            Value::Cpu(_) => None,
            Value::Cuda(array) => Some(array.pointer()),
        }
    }

    /// Whether they are on a graphics card, and nobody else sees them.
    pub(crate) fn is_own(&self) -> bool {
        match self {
            Value::Cpu(_) => false,
            Value::Cuda(array) => array.is_own(),
        }
    }

    /// Writes the numbers of a part over some of these, which are a vector, from this place on. Both are on one device.
    #[track_caller]
    pub(crate) fn put(&mut self, start: usize, part: &Value) {
        match (&mut *self, part) {
            (Value::Cpu(array), Value::Cpu(part)) => cpu::put(array, start, part),
            (Value::Cuda(array), Value::Cuda(part)) => cuda::put(array, start, part),
            _ => apart("laying numbers side by side", &[self, part]),
        }
    }

    /// Takes the numbers of another value of this shape; on a graphics card in the same memory, if it is nobody else's.
    pub(crate) fn become_like(&mut self, other: Value) {
        match (&mut *self, &other) {
            (Value::Cuda(array), Value::Cuda(from)) if array.is_own() && array.is_on(from.card()) => {
                cuda::copy(from, array);
            }
            _ => *self = other,
        }
    }

    /// In this shape and on this device, numbers that are 0 with probability `rate`, else `kept`; the same ones for the
    /// same `key`, on every device.
    pub(crate) fn mask_like(&self, rate: f32, kept: f32, key: u64) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(cpu::chance::mask(array, rate, kept, key)),
            Value::Cuda(array) => Value::Cuda(cuda::chance::mask(array, rate, kept, key)),
        }
    }
}
