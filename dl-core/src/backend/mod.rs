//! The numbers of a tensor and the primitives that compute with them: one `match` on the device per primitive, here
//! and nowhere else. A primitive trusts its caller with shapes; they are checked in [`crate::ops`].

mod cpu;

use crate::device::Device;
use ndarray::ArrayD;
use std::borrow::Cow;

/// The numbers of one tensor on their device, always in standard order without gaps (the last axis runs fastest).
/// Clones share them.
#[derive(Clone)]
pub(crate) enum Value {
    Cpu(cpu::Array),
}

impl Value {
    /// `values` must fill `shape`.
    pub(crate) fn from_vec(values: Vec<f32>, shape: &[usize]) -> Value {
        Value::Cpu(cpu::from_vec(values, shape))
    }

    pub(crate) fn from_array(array: ArrayD<f32>) -> Value {
        Value::Cpu(cpu::from_array(array))
    }

    pub(crate) fn shape(&self) -> &[usize] {
        match self {
            Value::Cpu(array) => array.shape(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Value::Cpu(array) => array.len(),
        }
    }

    pub(crate) fn device(&self) -> Device {
        match self {
            Value::Cpu(_) => Device::cpu(),
        }
    }

    /// The elements in the processor's memory; borrowed if they are there already.
    pub(crate) fn to_host(&self) -> Cow<'_, [f32]> {
        match self {
            Value::Cpu(array) => Cow::Borrowed(cpu::elements(array)),
        }
    }

    /// A copy on another device; only the CPU exists in this build, so there is nowhere else to go.
    pub(crate) fn to(&self, _device: Device) -> Value {
        match self {
            Value::Cpu(array) => Value::Cpu(array.clone()),
        }
    }
}
