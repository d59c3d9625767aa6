//! Images seen through a map of their plane.

use crate::backend::{Beyond, PlaneMap};
use crate::ops::Op;
use crate::tensor::Tensor;
use std::sync::Arc;

impl Tensor {
    /// Images `[n, height, width, channels]`, each seen through its own map: the pixel (x, y) of the result is what stands
    /// where the map sends (x, y), between pixels in proportion to their distance. The caller knows that they fit.
    pub(crate) fn warp(&self, maps: Vec<PlaneMap>, beyond: Beyond) -> Tensor {
        let value = self.value().warp(&maps, beyond);
        Tensor::result(Op::Warp(Arc::from(maps), beyond), value, &[self])
    }
}
