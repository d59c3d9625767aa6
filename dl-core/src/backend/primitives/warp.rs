//! Primitives that see images through maps of their plane.

use super::super::{Beyond, PlaneMap, Value, cpu, cuda};

impl Value {
    /// Images `[n, height, width, channels]`, each seen through its own map, with linear interpolation.
    pub(crate) fn warp(&self, maps: &[PlaneMap], beyond: Beyond) -> Value {
        match self {
            Value::Cpu(images) => Value::Cpu(cpu::warp::warp(images, maps, beyond)),
            Value::Cuda(images) => Value::Cuda(cuda::warp::warp(images, maps, beyond)),
        }
    }

    /// `self` is the gradient of the result: the gradient of the images.
    pub(crate) fn warp_gradient(&self, maps: &[PlaneMap], beyond: Beyond) -> Value {
        match self {
            Value::Cpu(gradient) => Value::Cpu(cpu::warp::warp_gradient(gradient, maps, beyond)),
            Value::Cuda(gradient) => Value::Cuda(cuda::warp::warp_gradient(gradient, maps, beyond)),
        }
    }
}
